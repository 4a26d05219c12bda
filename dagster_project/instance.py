"""Dagster's home: the history that the command line and the interface share.

Here belongs finding and preparing it. Runs do not.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import dagster as dg
import yaml
from dagster._core.storage.event_log.sqlite import sqlite_event_log

from dagster_project.settings import PROJECT_ROOT, Settings

_PLACES = ("storage", "local_artifact_storage")


def prepare_home(settings: Settings) -> None:
    """Give Dagster's home the project's ``dagster.yaml``, unless it has one of its own.

    The file at the project's root says where the home is; the one in the home need not.
    """
    path = settings.dagster_home / "dagster.yaml"
    if path.exists():
        return
    content: dict[str, Any] = yaml.safe_load((PROJECT_ROOT / "dagster.yaml").read_text(encoding="utf-8"))
    for name in _PLACES:
        content.pop(name)
    path.write_text(yaml.safe_dump(content), encoding="utf-8")


def open_instance(settings: Settings) -> dg.DagsterInstance:
    """The instance that keeps the history of this warehouse."""
    prepare_home(settings)
    return dg.DagsterInstance.get()


def end_dead_runs(instance: dg.DagsterInstance) -> int:
    """Close the books on runs whose process died: they count as failed, and what they held in pools is free again.

    Only for who holds the writer's lock: every other run that is at work would hold it. Returns how many there were.
    """
    dead = instance.get_runs(filters=dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
    for run in dead:
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        instance.report_run_failed(run, "这次运行的进程已经不在了；已由后来的建库收尾。")
    return len(dead)


@contextlib.contextmanager
def fast_history() -> Iterator[None]:
    """Record events without making a database engine for each.

    Dagster's SQLite history builds an SQLAlchemy engine per event, and throws away its compiled statements: some ten
    milliseconds for each of the hundreds of events of a run. While the block runs, engines are kept. This reaches into
    Dagster; ``tests/contract`` has a test that fails when it moves.
    """
    module: Any = sqlite_event_log
    original = module.create_engine
    engines: dict[str, Any] = {}

    def create_engine(address: str, **options: Any) -> Any:
        if address not in engines:
            engines[address] = original(address, **options)
            # Dagster disposes of the engine after each event; with NullPool nothing stays open meanwhile
            engines[address].dispose = lambda *_args, **_options: None
        return engines[address]

    module.create_engine = create_engine
    try:
        yield
    finally:
        module.create_engine = original
