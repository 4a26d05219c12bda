"""The inventory asset: what lies in the raw folder, and whether the steward files are in form.

Here belongs looking; nothing is written. Reading documents does not (``documents``).
"""

import dagster as dg
import duckdb

from dagster_project import ingest, warehouse
from dagster_project.resources import OWNERS, POOL, WarehouseResource, markdown
from dagster_project.review_files import load_steward_files


@dg.asset(
    key=["raw", "inventory"],
    group_name="raw",
    owners=OWNERS,
    kinds={"python"},
    pool=POOL,
    description="raw/ 里有哪些文件、哪些是新的；人工文件的格式在这里检查，有错就停。· "
    "Files of the raw folder, what is new, and a form check of the steward files. One row per file (not stored).",
)
def inventory(context: dg.AssetExecutionContext, store: WarehouseResource) -> dg.MaterializeResult[None]:
    """List, hash and compare with the ledger."""
    settings = store.settings
    try:
        steward = load_steward_files(settings)
        files = ingest.scan(settings)
        ingest.check_seeds(settings)
    except ValueError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    with store.writer() as connection:
        plan = ingest.make_plan(settings, files, steward.register, ledger_rows(connection))
    remarks = [*steward.remarks, *(f"登记表里的 {name} 不在 raw/ 里。" for name in plan.register_only)]
    for remark in remarks:
        context.log.warning(remark)
    context.log.info(
        f"清点：{len(files)} 个文件，要读 {len(plan.to_read)} 个，要重新对照目录 {len(plan.to_remap)} 个，"
        f"已不在的 {len(set(plan.to_remove) - set(plan.to_read))} 个"
    )
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(files),
            "to_read": len(plan.to_read),
            "to_remap": len(plan.to_remap),
            "to_remove": len(plan.to_remove),
            "remarks": dg.MetadataValue.md("\n".join(f"- {remark}" for remark in remarks) or "—"),
            "preview": markdown(
                ["file_name", "bytes", "state"],
                [(one.file_name, one.size, "new" if one.file_name in plan.to_read else "known") for one in files[:20]],
            ),
        }
    )


def ledger_rows(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, str, str]]:
    """The ledger as plans compare it."""
    return {name: (row.sha256, row.read_key, row.map_key) for name, row in warehouse.ledger(connection).items()}
