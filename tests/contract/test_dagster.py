"""What users of Dagster's interface rely on: keys, groups, owners; and the few private names this project uses."""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.instance import InstanceRef
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dbt.adapters.duckdb.connections import DuckDBConnectionManager

from dagster_project.assets.dbt import UNIQUE_ID
from dagster_project.build import build_defs
from dagster_project.instance import fast_history, prepare_home
from dagster_project.resources import OWNERS
from dagster_project.settings import PROJECT_ROOT, Settings

KEYS = Path(__file__).with_name("asset_keys.txt")
"""One line for each asset: key, and the assets it is made from. ``UPDATE_SNAPSHOTS=1 make test`` rewrites it."""


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    folder = tmp_path_factory.mktemp("definitions")
    return build_defs(
        Settings(
            raw_dir=PROJECT_ROOT / "raw",
            warehouse_dir=folder,
            workers=1,
            segmenter="jieba",
            lock_wait_seconds=0,
            keep_snapshots=1,
            dagster_home=folder / "dagster",
        )
    )


def test_asset_keys_and_lineage_are_as_recorded(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    lines = []
    for key in sorted(graph.get_all_asset_keys()):
        parents = sorted(parent.to_user_string() for parent in graph.get(key).parent_keys)
        lines.append(f"{key.to_user_string()}: {', '.join(parents)}".removesuffix(": "))
    now = "\n".join(lines) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        KEYS.write_text(now, encoding="utf-8")
    assert now == KEYS.read_text(encoding="utf-8"), "see KEYS above if the change is meant"


def test_every_asset_has_group_owner_kind_and_description(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    assert not [key for key in graph.get_all_asset_keys() if not graph.get(key).is_materializable]
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.group_name in {
            "raw",
            "review",
            "staging",
            "catalogue",
            "intermediate",
            "quality",
            "marts",
            "serving",
        }
        assert node.owners == OWNERS, key
        assert node.kinds, key
        assert node.description, key


def test_every_step_is_in_the_pool_of_the_one_writer(definitions: dg.Definitions) -> None:
    for asset in definitions.resolve_all_asset_specs():
        assert asset is not None
    repository = definitions.get_repository_def()
    pools = {node.name: node.definition.pool for node in repository.get_job("build_warehouse").nodes}
    assert set(pools.values()) == {"duckdb_writer"}, pools


def test_error_severity_tests_are_blocking_checks_and_warnings_are_not(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    checks = [graph.get(key) for key in graph.asset_check_keys]
    assert sum(check.blocking for check in checks) > 20
    assert {key.name for key in graph.asset_check_keys} >= {"text_equals_offsets", "ids_are_unique", "ledger_agrees"}


def test_a_bare_dagster_dev_and_the_command_line_share_one_history(tmp_path: Path) -> None:
    """``dagster dev`` takes ``./dagster.yaml`` when DAGSTER_HOME is not set; its paths must be the command line's."""
    bare = InstanceRef.from_dir(str(tmp_path), config_dir=str(PROJECT_ROOT))
    home = PROJECT_ROOT / "warehouse" / "dagster"
    assert bare.storage_data is not None
    assert (PROJECT_ROOT / bare.storage_data.config_dict["base_dir"]).resolve() == home
    assert (PROJECT_ROOT / bare.local_artifact_storage_data.config_dict["base_dir"]).resolve() == home
    assert bare.settings["telemetry"] == {"enabled": False}
    assert bare.settings["concurrency"]["pools"]["default_limit"] == 1

    settings = Settings(
        raw_dir=tmp_path, warehouse_dir=tmp_path, workers=1, segmenter="jieba", lock_wait_seconds=0, keep_snapshots=1,
        dagster_home=tmp_path,
    )  # fmt: skip
    prepare_home(settings)
    own = InstanceRef.from_dir(str(tmp_path))
    assert own.storage_data is not None
    assert own.storage_data.config_dict["base_dir"] == str(tmp_path)
    assert own.settings["telemetry"] == {"enabled": False}


class TestPrivateNames:
    """Each fails when a new version of a library moves what this project reaches for."""

    def test_dagster_dbt_keeps_the_unique_id_where_we_look(self, definitions: dg.Definitions) -> None:
        specs = [spec for spec in definitions.resolve_all_asset_specs() if spec.key.path[0] == "marts"]
        assert all(str(spec.metadata[UNIQUE_ID]).startswith("model.fazhi.") for spec in specs)

    def test_the_history_makes_its_engine_where_we_keep_it(self, tmp_path: Path) -> None:
        made: list[str] = []
        original = sqlite_event_log.create_engine  # type: ignore[attr-defined]
        sqlite_event_log.create_engine = lambda *a, **k: made.append(a[0]) or original(*a, **k)  # type: ignore[assignment,attr-defined,func-returns-value]
        try:
            with fast_history(), dg.instance_for_test(temp_dir=str(tmp_path)) as instance:
                for _ in range(5):
                    instance.report_runless_asset_event(dg.AssetMaterialization("one"))
                assert len(made) == len(set(made))
                assert len(instance.fetch_materializations(dg.AssetKey("one"), limit=10).records) == 5
        finally:
            sqlite_event_log.create_engine = original  # type: ignore[attr-defined]

    def test_dbt_duckdb_can_be_told_to_let_go(self) -> None:
        assert callable(DuckDBConnectionManager.close_all_connections)
        assert hasattr(DuckDBConnectionManager, "_ENV")
