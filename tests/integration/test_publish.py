"""Publishing: only what was checked, and never in the way of readers."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dagster_project import dbt_runner, gate, warehouse
from dagster_project.build import build_defs
from dagster_project.checks import BLOCKING_NAMES
from tests.integration.conftest import Corpus, failure_text, tree


def run_check(corpus: Corpus, asset: str, name: str) -> dg.ExecuteInProcessResult:
    """Run one asset check and nothing else, as the interface can."""
    key = dg.AssetCheckKey(dg.AssetKey(asset.split("/")), name)
    job = dg.define_asset_job("one_check", selection=dg.AssetSelection.checks(key))
    repository = dg.Definitions.merge(build_defs(corpus.settings), dg.Definitions(jobs=[job]))
    return repository.resolve_job_def("one_check").execute_in_process(
        instance=dg.DagsterInstance.ephemeral(),
        raise_on_error=False,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )


def assert_refused(corpus: Corpus, reason: str) -> None:
    served = tree(corpus.settings.serving_dir)
    result = corpus.build("serving/warehouse")
    assert not result.success
    assert reason in failure_text(result)
    assert tree(corpus.settings.serving_dir) == served


class TestGate:
    def test_publishing_alone_what_is_served_already_changes_nothing(self, corpus: Corpus) -> None:
        served = tree(corpus.settings.warehouse_dir / "serving")
        result = corpus.build("serving/warehouse")
        assert result.success, failure_text(result)
        assert tree(corpus.settings.warehouse_dir / "serving") == served

    def test_refused_after_a_failed_python_check(self, corpus: Corpus) -> None:
        with warehouse.writer(corpus.settings) as connection:
            connection.execute("UPDATE staging.mentions SET value_text = value_text || '?' WHERE ordinal = 0")
        result = run_check(corpus, "staging/mentions", "text_equals_offsets")
        (evaluation,) = result.get_asset_check_evaluations()
        assert not evaluation.passed
        assert_refused(corpus, "text_equals_offsets：没有通过")

    def test_refused_after_a_failed_dbt_test(self, corpus: Corpus) -> None:
        manifest = dbt_runner.load_manifest(corpus.settings)
        name = next(
            node["name"]
            for node in manifest["nodes"].values()
            if node["resource_type"] == "test"
            and node.get("attached_node") == "model.fazhi.fct_metric"
            and node["config"]["severity"].lower() == "error"
            and node.get("column_name") == "indicator_code"
            and node["name"].startswith("relationships")
        )
        with warehouse.writer(corpus.settings) as connection:
            connection.execute("UPDATE marts.fct_metric SET indicator_code = 'nonsense' || rowid")
        result = run_check(corpus, "marts/fct_metric", name)
        assert [evaluation.passed for evaluation in result.get_asset_check_evaluations()] == [False]
        assert_refused(corpus, f"{name}：没有通过")

    def test_refused_when_reports_changed_after_modelling(self, corpus: Corpus) -> None:
        (corpus.settings.raw_dir / "luxian_2024.txt").unlink()
        result = corpus.build("staging/documents")
        assert result.success, failure_text(result)
        assert_refused(corpus, "报告在建模之后又有变化")

    def test_refused_when_a_check_was_never_run_for_this_state(self, corpus: Corpus) -> None:
        with warehouse.writer(corpus.settings) as connection:
            warehouse.forget_checks(connection, ["python.ids_are_unique"])
        assert_refused(corpus, "ids_are_unique：没有做过")

    def test_rebuilding_one_table_takes_back_what_is_made_from_it(self, corpus: Corpus) -> None:
        result = corpus.build("intermediate/int_value")
        assert result.success, failure_text(result)
        assert_refused(corpus, "fct_metric：没有做过")

    def test_a_table_built_from_old_parents_does_not_count(self, corpus: Corpus) -> None:
        manifest = dbt_runner.load_manifest(corpus.settings)
        with warehouse.writer(corpus.settings) as connection:
            state = gate.verify(connection, manifest, BLOCKING_NAMES)
            warehouse.forget_checks(connection, ["model.fazhi.int_value"])
            good = dbt_runner.NodeResult("model.fazhi.fct_metric", "model", "success", "", None, 0.0, None)
            gate.record_nodes(connection, manifest, state, [good])
            with pytest.raises(gate.NotPublishableError, match="不是按当前输入建的"):
                gate.verify(connection, manifest, BLOCKING_NAMES)

    def test_a_failing_error_test_stops_the_run_and_shows_rows(self, corpus: Corpus) -> None:
        path = corpus.settings.review_dir / "value_corrections.csv"
        path.parent.mkdir(exist_ok=True)
        ((report, indicator),) = corpus.query(
            "SELECT file_name, indicator_code FROM marts.fct_metric JOIN marts.dim_report USING (report_id) "
            "ORDER BY 1, 2 LIMIT 1"
        )
        path.write_text(
            "report,indicator_code,value_expected,value_new,reason,decided_by,decided_on\n"
            f"{report},{indicator},987654321,1,印错了,甲,2025-01-02\n",
            encoding="utf-8",
        )
        served = tree(corpus.settings.serving_dir)
        result = corpus.build()
        assert not result.success
        assert "987654321" in failure_text(result)
        assert tree(corpus.settings.serving_dir) == served


class TestReaders:
    def test_overlapping_readers_of_one_process_see_the_new_snapshot(self, corpus: Corpus) -> None:
        settings = corpus.settings
        with warehouse.writer(settings) as connection:
            connection.execute("UPDATE marts.build_info SET fingerprint = 'feedfeedfeedfeed'")
        link = str(settings.serving_file)
        old = duckdb.connect(link, read_only=True)
        before = old.execute("SELECT fingerprint FROM marts.build_info").fetchone()
        seen: list[set[str]] = [set(), set(), set()]
        errors: list[Exception] = []
        finished = threading.Event()

        def read(index: int) -> None:
            while not finished.is_set():
                try:
                    with duckdb.connect(link, read_only=True) as connection:
                        rows = connection.execute("SELECT fingerprint FROM marts.build_info").fetchall()
                        connection.execute("SELECT sum(length(sentence)) FROM marts.fct_mention").fetchall()
                        seen[index].add(rows[0][0])
                except duckdb.Error as error:
                    errors.append(error)

        threads = [threading.Thread(target=read, args=(index,)) for index in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        warehouse.publish(settings, "feedfeedfeedfeed")
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline and not all("feedfeedfeedfeed" in one for one in seen):
            time.sleep(0.02)
        finished.set()
        for thread in threads:
            thread.join()
        assert errors == []
        assert all(one == {before[0], "feedfeedfeedfeed"} for one in seen if before)
        # who holds the old snapshot keeps it
        assert old.execute("SELECT fingerprint FROM marts.build_info").fetchone() == before
        old.close()

    def test_old_snapshots_go_but_the_newest_stay(self, corpus: Corpus) -> None:
        settings = replace(corpus.settings, keep_snapshots=2)
        for number in range(4):
            state = f"{number:016x}"
            with warehouse.writer(settings) as connection:
                connection.execute("UPDATE marts.build_info SET fingerprint = ?", [state])
            warehouse.publish(settings, state)
        assert sorted(path.name for path in settings.snapshots_dir.iterdir()) == [
            f"fazhi-{2:016x}.duckdb",
            f"fazhi-{3:016x}.duckdb",
        ]
        assert settings.serving_file.resolve().name == f"fazhi-{3:016x}.duckdb"
        assert (settings.export_dir / "parquet").resolve().name == f"parquet-{3:016x}"

    def test_leftovers_of_a_killed_run_are_removed(self, corpus: Corpus) -> None:
        settings = corpus.settings
        (settings.snapshots_dir / ".tmp-dead.duckdb").write_bytes(b"half")
        (settings.export_dir / "snapshots" / ".tmp-dead" / "marts").mkdir(parents=True)
        with warehouse.writer(settings) as connection:
            connection.execute("UPDATE marts.build_info SET fingerprint = 'feedfeedfeedfeed'")
        warehouse.publish(settings, "feedfeedfeedfeed")
        assert not list(settings.warehouse_dir.rglob(".tmp-*"))


def test_the_lock_file_is_no_json_that_lies(built: Corpus) -> None:
    with warehouse.writer_lock(built.settings):
        who = json.loads(Path(built.settings.lock_file).read_text(encoding="utf-8"))
        assert set(who) == {"pid", "command", "since"}
    assert Path(built.settings.lock_file).read_bytes() == b""
