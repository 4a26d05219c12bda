"""Running dbt inside this process: the manifest, a build, and letting go of the DuckDB file afterwards.

Here belongs what is dbt's own. Dagster does not (``assets/dbt.py``), nor does what a result means for publishing
(``gate``).
"""

from __future__ import annotations

import fcntl
import gc
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagster_project.fingerprint import dbt_hash, digest, seeds_hash
from dagster_project.settings import Settings

_FINISHED = {"success", "pass", "warn", "no-op"}
_EXECUTED = ("model", "seed", "test", "snapshot")


class DbtError(RuntimeError):
    """dbt could not run at all; the message is Chinese and holds dbt's own."""


@dataclass(frozen=True, slots=True)
class NodeResult:
    """What became of one seed, model or test."""

    unique_id: str
    resource_type: str
    status: str
    """dbt's word: success, pass, warn, fail, error or skipped."""
    message: str
    failures: int | None
    seconds: float
    sql: str | None
    """A test's compiled query: its rows are the failures."""

    @property
    def is_good(self) -> bool:
        """Whether it does not stand in the way of publishing."""
        return self.status in _FINISHED


_parsed: dict[str, Any] = {}
"""dbt's own manifest object by state of the project, so that a build after a parse need not parse again."""


def load_manifest(settings: Settings) -> dict[str, Any]:
    """dbt's manifest for the project as it is now; parses if it changed since the last time.

    Raises:
        DbtError: the project cannot be parsed.
    """
    target = settings.dbt_target_dir
    target.mkdir(parents=True, exist_ok=True)
    path, stamp = target / "manifest.json", target / "manifest.state"
    with (target / "parse.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_parsed(settings):
            stamp.unlink(missing_ok=True)
            result = _invoke(settings, None, ["parse", *_places(settings)])
            if not result.success:
                raise DbtError(f"dbt 项目有错误，读不了：{result.exception}")
            state = _state(settings)
            _parsed[state] = result.result
            stamp.write_text(state, encoding="utf-8")
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return manifest


def parse_ahead(settings: Settings) -> subprocess.Popen[bytes] | None:
    """Begin parsing in another process, if there is anything to parse; ``load_manifest`` waits for it.

    Parsing takes as long as importing Dagster does: on two cores they are done together.
    """
    if _is_parsed(settings):
        return None
    return subprocess.Popen(
        [sys.executable, "-m", "dagster_project.dbt_runner"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def executable_nodes(manifest: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The seeds, models and data tests of a build, by unique id; dbt's own unit tests check code, not data."""
    return {unique_id: node for unique_id, node in manifest["nodes"].items() if node["resource_type"] in _EXECUTED}


def build(settings: Settings, select: Sequence[str] | None = None) -> list[NodeResult]:
    """Run ``dbt build`` over everything, or over exactly the nodes of ``select`` (dotted paths, dbt's "fqn").

    Results come in the order of execution.
    The build file must not be open in this process; it is closed again when this returns.

    Raises:
        DbtError: dbt did not get as far as running anything.
    """
    arguments = ["build", *_places(settings), "--no-write-json", "--exclude-resource-type", "unit_test"]
    if select is not None:
        arguments += ["--indirect-selection", "empty", "--select", " ".join(select)]
    result = _invoke(settings, _parsed.get(_state(settings)), arguments)
    if result.result is None:
        raise DbtError(f"dbt 没能运行：{result.exception}")
    return [
        NodeResult(
            unique_id=one.node.unique_id,
            resource_type=str(one.node.resource_type),
            status=str(one.status),
            message=one.message or "",
            failures=one.failures,
            seconds=one.execution_time,
            sql=getattr(one.node, "compiled_code", None),
        )
        for one in result.result.results
    ]


def _is_parsed(settings: Settings) -> bool:
    path, stamp = settings.dbt_target_dir / "manifest.json", settings.dbt_target_dir / "manifest.state"
    return path.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == _state(settings)


def _state(settings: Settings) -> str:
    return digest(dbt_hash(settings) + seeds_hash(settings))


def _places(settings: Settings) -> list[str]:
    places: dict[str, Path] = {
        "--project-dir": settings.dbt_dir,
        "--profiles-dir": settings.dbt_dir,
        "--target-path": settings.dbt_target_dir,
        "--log-path": settings.dbt_target_dir,
    }
    return [part for name, path in places.items() for part in (name, str(path))]


def _invoke(settings: Settings, manifest: Any, arguments: list[str]) -> Any:
    # both imports take seconds
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415
    from dbt.cli.main import dbtRunner  # noqa: PLC0415

    settings.export_for_dbt()
    # no log file: results carry every message, and formatting thousands of debug events costs half a second
    flags = ["--quiet", "--no-use-colors", "--no-version-check", "--log-level", "none", "--log-level-file", "none"]
    try:
        return dbtRunner(manifest=manifest).invoke([*flags, *arguments])
    finally:
        # dbt-duckdb keeps its connection for the life of the process; other readers and writers need the file
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
        gc.collect()


if __name__ == "__main__":
    gc.disable()
    load_manifest(Settings.from_environment())
