"""The dbt assets: seeds, models and tests of the dbt project as one Dagster step.

Here belongs translating between the two: keys, groups, results. Running dbt does not (``dbt_runner``), nor any SQL.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets

from dagster_project import dbt_runner, gate
from dagster_project.dbt_runner import NodeResult
from dagster_project.resources import OWNERS, POOL, WarehouseResource, markdown, preview
from dagster_project.settings import Settings

UNIQUE_ID = "dagster_dbt/unique_id"
"""Where dagster-dbt keeps a node's name in the metadata of assets and checks."""
_SHOWN = 3


class Translator(DagsterDbtTranslator):
    """Keys are ``schema/table`` as in the warehouse; groups are the schemas."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_source_tests_as_checks=True))

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """Schema and table name."""
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The schema."""
        return str(dbt_resource_props["schema"])

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The dbt description, without the SQL."""
        return str(dbt_resource_props.get("description") or "")

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:  # noqa: ARG002
        """One team owns all."""
        return OWNERS


def make_dbt_assets(settings: Settings) -> dg.AssetsDefinition:
    """The dbt project's assets and checks, from its manifest as it is now."""
    manifest = dbt_runner.load_manifest(settings)

    @dbt_assets(manifest=manifest, dagster_dbt_translator=Translator(), name="dbt_models", pool=POOL)
    def dbt_models(context: dg.AssetExecutionContext, store: WarehouseResource) -> Iterator[Any]:
        yield from run(context, store, manifest)

    return dbt_models


def run(
    context: dg.AssetExecutionContext, store: WarehouseResource, manifest: Mapping[str, Any]
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Build what was selected, record the outcome for publishing, and tell Dagster."""
    keys, checks = _names(context.assets_def)
    selected = _selection(context, keys, checks)
    with store.writer() as connection:
        state = gate.refresh_build_inputs(connection, store.settings)
        gate.forget_nodes(connection, manifest, selected)
    paths = None if selected is None else [".".join(manifest["nodes"][node]["fqn"]) for node in selected]
    results = dbt_runner.build(store.settings, paths)
    with store.writer() as connection:
        gate.record_nodes(connection, manifest, state, results)
        counts = _row_counts(connection)
        for result in results:
            node = manifest["nodes"].get(result.unique_id)
            if node is None or result.status == "skipped":
                continue
            if result.unique_id in checks:
                yield _check_result(connection, checks[result.unique_id], node, result)
            elif result.unique_id in keys and result.is_good:
                yield _output(connection, keys[result.unique_id], result, counts)
        failed = [result for result in results if not result.is_good and result.status != "skipped"]
        built = sum(result.is_good and result.resource_type != "test" for result in results)
        tested = sum(result.is_good and result.resource_type == "test" for result in results)
        context.log.info(f"dbt：建好 {built} 个表和视图，{tested} 项检查通过")
        if failed:
            raise dg.Failure(description=_explain(connection, failed), allow_retries=False)


def _names(definition: dg.AssetsDefinition) -> tuple[dict[str, dg.AssetKey], dict[str, dg.AssetCheckKey]]:
    """Asset keys and check keys by dbt's unique id."""
    keys = {spec.metadata[UNIQUE_ID]: spec.key for spec in definition.specs if UNIQUE_ID in spec.metadata}
    checks = {
        spec.metadata[UNIQUE_ID]: spec.key
        for spec in definition.node_check_specs_by_output_name.values()
        if UNIQUE_ID in spec.metadata
    }
    return keys, checks


def _selection(
    context: dg.AssetExecutionContext, keys: Mapping[str, dg.AssetKey], checks: Mapping[str, dg.AssetCheckKey]
) -> list[str] | None:
    """The nodes to run by unique id; ``None`` for all, which includes tests that belong to no single asset."""
    assets = context.selected_asset_keys
    tests = context.selected_asset_check_keys
    if assets >= set(keys.values()) and tests >= set(checks.values()):
        return None
    chosen = [unique_id for unique_id, key in keys.items() if key in assets]
    return chosen + [unique_id for unique_id, key in checks.items() if key in tests]


def _row_counts(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], int]:
    rows = connection.execute("SELECT schema_name, table_name, estimated_size FROM duckdb_tables()").fetchall()
    return {(schema, table): size for schema, table, size in rows}


def _output(
    connection: duckdb.DuckDBPyConnection,
    key: dg.AssetKey,
    result: NodeResult,
    counts: Mapping[tuple[str, str], int],
) -> dg.MaterializeResult[None]:
    schema, table = key.path
    metadata: dict[str, Any] = {"seconds": round(result.seconds, 3)}
    if (schema, table) in counts:
        metadata["dagster/row_count"] = counts[schema, table]
        metadata["preview"] = preview(connection, f'FROM "{schema}"."{table}" LIMIT 5')
    return dg.MaterializeResult(asset_key=key, metadata=metadata)


def _check_result(
    connection: duckdb.DuckDBPyConnection, key: dg.AssetCheckKey, node: Mapping[str, Any], result: NodeResult
) -> dg.AssetCheckResult:
    metadata: dict[str, Any] = {"status": result.status, "seconds": round(result.seconds, 3)}
    if result.failures is not None:
        metadata["failing_rows"] = result.failures
    if result.status in {"fail", "warn"}:
        rows = _failing_rows(connection, result)
        if rows:
            metadata["first_failing_rows"] = markdown(*rows)
    return dg.AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=result.status == "pass",
        severity=dg.AssetCheckSeverity.WARN if result.status == "warn" else dg.AssetCheckSeverity.ERROR,
        description=result.message or node.get("description") or None,
        metadata=metadata,
    )


def _failing_rows(
    connection: duckdb.DuckDBPyConnection, result: NodeResult, limit: int = 5
) -> tuple[list[str], list[tuple[Any, ...]]] | None:
    """Header and first rows of what a test found."""
    if not result.sql:
        return None
    try:
        found = connection.execute(f"SELECT * FROM ({result.sql}) LIMIT {limit}")
    except duckdb.Error:
        return None
    return [column[0] for column in found.description or []], found.fetchall()


def _explain(connection: duckdb.DuckDBPyConnection, failed: list[NodeResult]) -> str:
    lines = [f"dbt 有 {len(failed)} 项没有通过，没有发布，已发布的仓库保持原样："]
    for result in failed[:_SHOWN]:
        lines.append(f"  · {result.unique_id}：{result.message}")
        rows = _failing_rows(connection, result) if result.resource_type == "test" else None
        if rows:
            header, values = rows
            lines += ["      " + "，".join(f"{n}={v}" for n, v in zip(header, row, strict=True)) for row in values]
    if len(failed) > _SHOWN:
        lines.append(f"  …… 另有 {len(failed) - _SHOWN} 项")
    return "\n".join(lines)
