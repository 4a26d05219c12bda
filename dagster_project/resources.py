"""What Dagster hands to assets: the warehouse of one corpus, held by one run at a time.

Here belongs the resource and small helpers for metadata. Work on the warehouse does not.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from dagster_project import warehouse
from dagster_project.settings import Settings

POOL = "duckdb_writer"
"""Every step that touches the build file is in this pool; ``dagster.yaml`` limits it to one."""
OWNERS = ["team:fazhi-data"]


class WarehouseResource(dg.ConfigurableResource[Any]):
    """One corpus and its warehouse. While a run uses it, other runs and processes cannot write."""

    raw_dir: str
    warehouse_dir: str
    workers: int
    segmenter: str
    lock_wait_seconds: float
    keep_snapshots: int
    dagster_home: str

    @classmethod
    def of(cls, settings: Settings) -> WarehouseResource:
        """The resource for these settings."""
        return cls(
            raw_dir=str(settings.raw_dir),
            warehouse_dir=str(settings.warehouse_dir),
            workers=settings.workers,
            segmenter=settings.segmenter,
            lock_wait_seconds=settings.lock_wait_seconds,
            keep_snapshots=settings.keep_snapshots,
            dagster_home=str(settings.dagster_home),
        )

    @property
    def settings(self) -> Settings:
        """The settings again."""
        return Settings(
            raw_dir=Path(self.raw_dir),
            warehouse_dir=Path(self.warehouse_dir),
            workers=self.workers,
            segmenter=self.segmenter,
            lock_wait_seconds=self.lock_wait_seconds,
            keep_snapshots=self.keep_snapshots,
            dagster_home=Path(self.dagster_home),
        )

    @contextlib.contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[WarehouseResource]:
        """Hold the writer's lock for as long as the run lasts."""
        log = context.log
        with warehouse.writer_lock(self.settings, notify=log.warning if log else None):
            yield self

    @contextlib.contextmanager
    def writer(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection to the build file."""
        with warehouse.writer(self.settings) as connection:
            yield connection


def row_count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """Number of rows of ``schema.table``."""
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0


def table_metadata(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, Any]:
    """Row count and the first rows of ``schema.table``, for the interface."""
    return {
        "dagster/row_count": row_count(connection, table),
        "preview": preview(connection, f"SELECT * FROM {table} LIMIT 5"),
    }


def preview(connection: duckdb.DuckDBPyConnection, query: str) -> dg.MarkdownMetadataValue:
    """A query's rows as a Markdown table; long cells are cut."""
    result = connection.execute(query)
    header = [column[0] for column in result.description or []]
    return markdown(header, result.fetchall())


def markdown(header: Sequence[str], rows: Sequence[Sequence[object]]) -> dg.MarkdownMetadataValue:
    """A Markdown table; long cells are cut."""

    def cell(value: object) -> str:
        text = "" if value is None else " ".join(str(value).split())
        text = text if len(text) <= 60 else text[:59] + "…"
        return text.replace("|", "\\|").replace("<", "&lt;")

    lines = [" | ".join(header), " | ".join("---" for _ in header)]
    lines += [" | ".join(cell(value) for value in row) for row in rows]
    return dg.MetadataValue.md("\n".join(f"| {line} |" for line in lines))
