"""The publish asset: the last step, which swaps the served snapshot if everything was checked.

Here belongs the order of verifying and publishing. How a file is swapped does not (``warehouse``), nor what counts as
verified (``gate``).
"""

from collections.abc import Iterable

import dagster as dg

from dagster_project import gate, warehouse
from dagster_project.checks import BLOCKING_NAMES
from dagster_project.dbt_runner import load_manifest
from dagster_project.resources import OWNERS, POOL, WarehouseResource, markdown


def make_publish(upstream: Iterable[dg.AssetKey]) -> dg.AssetsDefinition:
    """The publish asset, downstream of the tables that it serves."""

    @dg.asset(
        key=["serving", "warehouse"],
        deps=sorted(upstream),
        group_name="serving",
        owners=OWNERS,
        kinds={"duckdb", "parquet"},
        pool=POOL,
        description="对外提供的仓库：serving/fazhi.duckdb 和 export/parquet；阻断检查对当前内容全部通过才发布。· "
        "The served warehouse: snapshot and Parquet, swapped only when every blocking check passed for this state.",
    )
    def publish(context: dg.AssetExecutionContext, store: WarehouseResource) -> dg.MaterializeResult[None]:
        """Verify, then publish."""
        settings = store.settings
        with store.writer() as connection:
            try:
                state = gate.verify(connection, load_manifest(settings), BLOCKING_NAMES)
            except gate.NotPublishableError as error:
                raise dg.Failure(description=str(error), allow_retries=False) from error
        published = warehouse.publish(settings, state)
        done = "已发布" if published.was_written else "已发布的就是这一版，没有改动"
        context.log.info(f"{done}：{published.path}")
        rows = published.table_rows
        return dg.MaterializeResult(
            metadata={
                "path": dg.MetadataValue.path(str(published.path)),
                "fingerprint": published.fingerprint,
                "was_written": published.was_written,
                "dagster/row_count": rows.get("marts.fct_metric", 0),
                "tables": markdown(["table", "rows"], sorted(rows.items())),
            }
        )

    return publish
