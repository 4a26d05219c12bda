"""The review assets: the steward files of the corpus as tables.

Here belongs loading what ``review_files`` has checked. Form checks do not, nor matching rows with reports (dbt).
"""

import dataclasses
from collections.abc import Iterator

import dagster as dg
import duckdb
import pyarrow as pa

from dagster_project import fingerprint, warehouse
from dagster_project.resources import OWNERS, POOL, WarehouseResource, table_metadata
from dagster_project.review_files import StewardFileError, StewardFiles, load_steward_files

_DESCRIPTIONS = {
    "register": "登记表 reports.csv：每份报告一行。· The register: one row per file that a steward described.",
    "value_choices": "人工选定的值：每个单位、年份、指标一行。· Values chosen by a steward: one row per fact.",
    "value_corrections": "人工更正的值：每个更正一行。· Misprints corrected by a steward: one row per correction.",
    "finding_reviews": "对疑点的处理意见：每个疑点一行。· What a steward decided: one row per finding.",
}
_TYPES: dict[str, pa.DataType] = {
    "line_number": pa.int32(),
    "year": pa.int16(),
    "value": pa.decimal128(24, 6),
    "value_expected": pa.decimal128(24, 6),
    "value_new": pa.decimal128(24, 6),
    "published_on": pa.date32(),
    "signed_on": pa.date32(),
    "decided_on": pa.date32(),
    "reviewed_on": pa.date32(),
    "valid_until": pa.date32(),
}


@dg.multi_asset(
    name="reviews",
    can_subset=True,  # the work is one, whichever of its tables is asked for
    group_name="review",
    pool=POOL,
    specs=[
        dg.AssetSpec(
            ["review", name],
            deps=[["raw", "inventory"]],
            description=description,
            owners=OWNERS,
            skippable=True,
            kinds={"python", "csv", "duckdb"},
        )
        for name, description in _DESCRIPTIONS.items()
    ],
)
def reviews(context: dg.AssetExecutionContext, store: WarehouseResource) -> Iterator[dg.MaterializeResult[None]]:
    """Replace the review tables by what the steward files say now."""
    settings = store.settings
    inputs = {
        "register_hash": fingerprint.register_hash(settings),
        "reviews_hash": fingerprint.reviews_hash(settings),
    }
    try:
        steward = load_steward_files(settings)
    except StewardFileError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    with store.writer() as connection:
        replace(connection, steward, inputs)
        context.log.info(
            f"人工文件：登记 {len(steward.register)} 行，选值 {len(steward.value_choices)} 行，"
            f"更正 {len(steward.value_corrections)} 行，疑点意见 {len(steward.finding_reviews)} 行"
        )
        for key in sorted(context.selected_asset_keys):
            yield dg.MaterializeResult(asset_key=key, metadata=table_metadata(connection, ".".join(key.path)))


def replace(connection: duckdb.DuckDBPyConnection, steward: StewardFiles, inputs: dict[str, str]) -> None:
    """Write the steward files' rows and their hashes in one transaction."""
    tables = {}
    for name in _DESCRIPTIONS:
        rows = [dataclasses.asdict(row) for row in getattr(steward, name)]
        columns = list(rows[0]) if rows else []
        schema = pa.schema([(column, _TYPES.get(column, pa.string())) for column in columns])
        tables[name] = pa.Table.from_pylist(rows, schema=schema)
    warehouse.replace_reviews(connection, tables, inputs)
