"""The document assets: reports as text, their mentions, and the ledger that says what was read with what.

Here belongs bringing the staging tables up to date with the raw folder, and the state of the inputs for dbt. Reading
a document does not (``ingest``, ``parsing``).
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg
import duckdb

from dagster_project import gate, ingest, warehouse
from dagster_project.assets.inventory import ledger_rows
from dagster_project.resources import OWNERS, POOL, WarehouseResource, row_count, table_metadata
from dagster_project.review_files import StewardFileError, load_steward_files
from dagster_project.settings import Settings

_DESCRIPTIONS = {
    "documents": "报告原文与身份：每份报告一行。· Text and identity: one row per report taken in.",
    "segments": "标题、句子、表格行的位置：每段一行。· Headings, sentences, table rows: one row per stretch of text.",
    "mentions": "报告里的每个数字：一处一行，带位置、原句、指标。· Every number with its place: one row per mention.",
    "rejected_numbers": "不是统计数字的数字：一处一行，带原因。· Numbers that are no quantities: one row each.",
    "issues": "没能读懂的地方：一处一行。· What could not be read: one row per place.",
    "rejected_input": "没有收进来的文件：每个文件一行，带原因和办法。· Files not taken in: one row per file.",
    "ledger": "台账：每个文件一行，记下内容和读它的程序、目录。· The ledger: one row per file.",
}
_PROGRESS_SECONDS = 5.0


@dg.multi_asset(
    name="documents",
    can_subset=True,  # the work is one, whichever of its tables is asked for
    group_name="staging",
    pool=POOL,
    specs=[
        dg.AssetSpec(
            ["staging", name],
            deps=[["raw", "inventory"], ["review", "register"]],
            description=description,
            owners=OWNERS,
            skippable=True,
            kinds={"python", "duckdb"},
        )
        for name, description in _DESCRIPTIONS.items()
    ],
)
def documents(context: dg.AssetExecutionContext, store: WarehouseResource) -> Iterator[dg.MaterializeResult[None]]:
    """Read what is new or changed, match again what only the catalogue changed, drop what is gone."""
    try:
        with store.writer() as connection:
            done = bring_up_to_date(connection, store.settings, context.log.info)
            for key in sorted(context.selected_asset_keys):
                yield dg.MaterializeResult(
                    asset_key=key, metadata=table_metadata(connection, ".".join(key.path)) | done
                )
    except (StewardFileError, ingest.RawFolderError) as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error


@dg.asset(
    key=["staging", "build_inputs"],
    deps=[["staging", "ledger"], ["review", "register"]],
    group_name="staging",
    owners=OWNERS,
    kinds={"python", "duckdb"},
    pool=POOL,
    description="本次建库依据的全部输入的指纹与版本：每项一行。· What the warehouse is made of: one row per input.",
)
def build_inputs(store: WarehouseResource) -> dg.MaterializeResult[None]:
    """Note the state of all inputs."""
    with store.writer() as connection:
        state = gate.refresh_build_inputs(connection, store.settings)
        return dg.MaterializeResult(
            metadata=table_metadata(connection, "staging.build_inputs") | {"fingerprint": state}
        )


def bring_up_to_date(
    connection: duckdb.DuckDBPyConnection, settings: Settings, say: Callable[[str], Any]
) -> dict[str, int]:
    """Make the staging tables show the raw folder; returns how many files were read, matched again and removed.

    Raises:
        StewardFileError: the register is not in form.
        RawFolderError: there is no raw folder.
    """
    steward = load_steward_files(settings)
    plan = ingest.make_plan(settings, ingest.scan(settings), steward.register, ledger_rows(connection))
    if plan.to_remove:
        warehouse.remove_files(connection, plan.to_remove)
    notify = _progress(say, "已读", len(plan.to_read))
    for tables in ingest.read_documents(settings, [plan.tasks[name] for name in plan.to_read], notify):
        warehouse.add_documents(connection, tables)
    notify = _progress(say, "已重新对照指标目录", len(plan.to_remap))
    for names in _chunks(plan.to_remap):
        _remap(connection, settings, plan, names, notify)
    removed = len(set(plan.to_remove) - set(plan.to_read))
    say(
        f"报告：{row_count(connection, 'staging.documents')} 份，数字 {row_count(connection, 'staging.mentions')} 处，"
        f"未收 {row_count(connection, 'staging.rejected_input')} 个文件"
        f"（本次读 {len(plan.to_read)}，重新对照 {len(plan.to_remap)}，移除 {removed}）"
    )
    return {"files_read": len(plan.to_read), "files_remapped": len(plan.to_remap), "files_removed": removed}


def _chunks(names: tuple[str, ...], size: int = 1000) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(names), size):
        yield names[start : start + size]


def _remap(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    plan: ingest.Plan,
    names: tuple[str, ...],
    notify: Callable[[int], None],
) -> None:
    inputs = [
        ingest.RemapInput(
            name, text, department, tuple((row["mention_id"], ingest.mention_from_row(row)) for row in rows)
        )
        for name, text, department, rows in warehouse.mentions_of_files(connection, names)
    ]
    tables = list(ingest.remap_documents(settings, inputs, notify))
    warehouse.update_mappings(connection, tables, {name: plan.tasks[name].map_key for name in names})


def _progress(say: Callable[[str], Any], verb: str, total: int) -> Callable[[int], None]:
    """Tell how far the work is, at most every few seconds, with rate and time left."""
    started = last = time.monotonic()

    def notify(done: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < _PROGRESS_SECONDS or done == 0:
            return
        last = now
        rate = done / (now - started)
        say(f"{verb} {done}/{total} 份，每秒 {rate:.0f} 份，约剩 {(total - done) / rate:.0f} 秒")

    return notify
