"""One warehouse is built for the session through Dagster's own API; tests that change something work on copies."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from dagster_project import warehouse
from dagster_project.build import build_defs
from dagster_project.settings import PROJECT_ROOT, Settings


class Corpus:
    """A raw folder and its warehouse somewhere under a temporary folder."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._definitions: dg.Definitions | None = None

    def build(self, *keys: str, checks: bool = True) -> dg.ExecuteInProcessResult:
        """Materialise everything, or only the assets named (``schema/table``)."""
        self._definitions = self._definitions or build_defs(self.settings)
        options: dict[str, Any] = {
            "instance": dg.DagsterInstance.ephemeral(),
            "raise_on_error": False,
            "run_config": {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        }
        if not keys:
            return self._definitions.resolve_job_def("build_warehouse").execute_in_process(**options)
        job = self._definitions.resolve_implicit_global_asset_job_def()
        return job.execute_in_process(asset_selection=[dg.AssetKey(key.split("/")) for key in keys], **options)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows from the served warehouse."""
        with warehouse.reader(self.settings) as connection:
            return connection.execute(sql).fetchall()

    def staged(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows from the build file."""
        with warehouse.writer(self.settings) as connection:
            return connection.execute(sql).fetchall()

    def row_hashes(self) -> dict[str, tuple[int, str | None]]:
        """Count and hash of the rows of every served table, whatever their order; the moment of building left out."""
        with warehouse.reader(self.settings) as connection:
            return _row_hashes(connection)


def _row_hashes(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, str | None]]:
    hashes = {}
    for schema, table in connection.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall():
        without = " EXCLUDE (built_at)" if table == "build_info" else ""
        row = connection.execute(
            f"SELECT count(*), md5(string_agg(h, '' ORDER BY h)) "
            f'FROM (SELECT md5(t::VARCHAR) AS h FROM (SELECT *{without} FROM "{schema}"."{table}") AS t)'
        ).fetchone()
        assert row is not None
        hashes[f"{schema}.{table}"] = (row[0], row[1])
    return hashes


def failure_text(result: dg.ExecuteInProcessResult) -> str:
    """What a failed run says."""
    texts = []
    for event in result.all_events:
        if event.event_type == dg.DagsterEventType.STEP_FAILURE:
            data = event.step_failure_data
            texts.append(data.user_failure_data.description if data.user_failure_data else str(data.error))
    return "\n".join(texts)


def tree(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of change of everything below a folder."""
    return {
        path.relative_to(folder).as_posix(): (path.lstat().st_size, path.lstat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture(scope="session")
def make_settings(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Settings]:
    """Settings for an empty corpus in a folder of its own."""

    def make(**changes: Any) -> Settings:
        root = tmp_path_factory.mktemp("corpus")
        (root / "raw").mkdir()
        settings = Settings(
            raw_dir=root / "raw",
            warehouse_dir=root / "warehouse",
            workers=1,
            segmenter="jieba",
            lock_wait_seconds=2.0,
            keep_snapshots=3,
            dagster_home=root / "warehouse" / "dagster",
        )
        return replace(settings, **changes)

    return make


@pytest.fixture(scope="session")
def built(make_settings: Callable[..., Settings]) -> Corpus:
    """The five reports of the repository, built and published once. Not to be changed."""
    settings = make_settings()
    shutil.copytree(PROJECT_ROOT / "raw", settings.raw_dir, dirs_exist_ok=True)
    corpus = Corpus(settings)
    result = corpus.build()
    assert result.success, failure_text(result)
    return corpus


@pytest.fixture
def corpus(built: Corpus, make_settings: Callable[..., Settings]) -> Corpus:
    """A copy of the built corpus to change at will."""
    settings = make_settings()
    shutil.copytree(built.settings.raw_dir, settings.raw_dir, dirs_exist_ok=True)
    shutil.copytree(built.settings.warehouse_dir, settings.warehouse_dir, symlinks=True)
    return Corpus(settings)
