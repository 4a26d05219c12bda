"""The way from the raw folder to the served warehouse, through Dagster's own API."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from dagster_project import ingest, pending, warehouse
from dagster_project.build import build_defs
from dagster_project.review_files import load_steward_files
from dagster_project.settings import PROJECT_ROOT, Settings
from tests.contract.test_dbt_docs import CONTRACT
from tests.integration.conftest import Corpus, failure_text, tree

REPORTS = ("chaoyang_2020.txt", "lianjiang_2023.txt", "luxian_2024.txt", "weidu_2024.txt", "yuhang_2021.txt")


def environment(settings: Settings) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if name != "DAGSTER_HOME"},
        "FAZHI_RAW_DIR": str(settings.raw_dir),
        "FAZHI_WAREHOUSE_DIR": str(settings.warehouse_dir),
        "FAZHI_WORKERS": "1",
        "FAZHI_LOCK_WAIT": "0",
    }


def fazhi(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dagster_project.cli", *arguments],
        env=environment(settings),
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


class TestFirstBuild:
    def test_every_report_is_served(self, built: Corpus) -> None:
        assert [name for (name,) in built.query("SELECT file_name FROM marts.dim_report ORDER BY 1")] == list(REPORTS)
        for table in ("marts.fct_metric", "marts.fct_mention", "marts.metrics_wide", "quality.fct_coverage"):
            assert built.query(f"SELECT count(*) FROM {table}")[0][0] > 0

    def test_text_at_the_offsets_is_the_values_text(self, built: Corpus) -> None:
        wrong = built.query(
            "SELECT mention_id FROM marts.fct_mention JOIN staging.documents USING (report_id) "
            "WHERE substr(text, char_start + 1, char_end - char_start) IS DISTINCT FROM value_text"
        )
        assert wrong == []

    def test_the_served_file_is_a_relative_link_to_a_snapshot_with_the_fingerprint(self, built: Corpus) -> None:
        ((fingerprint,),) = built.query("SELECT fingerprint FROM marts.build_info")
        link = built.settings.serving_file
        assert link.readlink() == Path("snapshots") / f"fazhi-{fingerprint}.duckdb"
        assert pending.look(built.settings).is_served

    def test_snapshots_hold_tables_with_keys_and_comments_in_a_format_old_drivers_read(self, built: Corpus) -> None:
        with warehouse.reader(built.settings) as connection:
            assert connection.execute("SELECT count(*) FROM duckdb_views() WHERE NOT internal").fetchone() == (0,)
            keys = connection.execute(
                "SELECT count(*) FROM duckdb_constraints() WHERE constraint_type = 'PRIMARY KEY'"
            ).fetchone()
            assert keys is not None
            assert keys[0] >= 10
            without = connection.execute(
                "SELECT schema_name, table_name FROM duckdb_tables() WHERE comment IS NULL"
            ).fetchall()
            assert without == []
            tags = connection.execute("SELECT tags FROM duckdb_databases() WHERE NOT internal").fetchone()
            assert tags is not None
            assert tags[0]["storage_version"].startswith("v1.2.0")

    def test_the_served_file_holds_texts_but_nothing_else_of_staging(self, built: Corpus) -> None:
        columns = built.query("SELECT column_name FROM duckdb_columns() WHERE schema_name = 'staging' ORDER BY 1")
        assert columns == [("report_id",), ("text",)]
        schemas = {name for (name,) in built.query("SELECT DISTINCT schema_name FROM duckdb_tables()")}
        assert schemas == {"catalogue", "quality", "marts", "staging"}

    @pytest.mark.parametrize("name", sorted(CONTRACT))
    def test_served_tables_keep_the_contract(self, built: Corpus, name: str) -> None:
        schema, key, columns = CONTRACT[name]
        with warehouse.reader(built.settings) as connection:
            types = dict(
                connection.execute(
                    "SELECT column_name, lower(data_type) FROM duckdb_columns() "
                    "WHERE schema_name = ? AND table_name = ?",
                    [schema, name],
                ).fetchall()
            )
            keys = connection.execute(
                "SELECT constraint_column_names FROM duckdb_constraints() "
                "WHERE schema_name = ? AND table_name = ? AND constraint_type = 'PRIMARY KEY'",
                [schema, name],
            ).fetchall()
        assert {column: types.get(column) for column in columns} == columns
        assert keys == [(key,)]

    def test_parquet_files_hold_the_same_rows(self, built: Corpus) -> None:
        folder = built.settings.export_dir / "parquet"
        for schema, table in built.query("SELECT schema_name, table_name FROM duckdb_tables()"):
            path = folder / schema / f"{table}.parquet"
            ((exported,),) = duckdb.connect().execute(f"SELECT count(*) FROM '{path}'").fetchall()
            ((served,),) = built.query(f"SELECT count(*) FROM {schema}.{table}")
            assert exported == served, path

    def test_another_process_can_open_the_build_file_after_a_build_in_this_one(self, built: Corpus) -> None:
        code = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute('SELECT 1')"
        subprocess.run([sys.executable, "-c", code, str(built.settings.build_file)], check=True)


class TestNothingChanged:
    def test_the_command_writes_nothing_and_says_so(self, built: Corpus) -> None:
        before = tree(built.settings.warehouse_dir)
        done = fazhi(built.settings, "build")
        assert done.returncode == 0, done.stderr
        assert "没有变化" in done.stdout
        assert tree(built.settings.warehouse_dir) == before

    def test_the_command_imports_neither_dagster_nor_dbt(self, built: Corpus) -> None:
        code = (
            "import sys; from dagster_project.cli import main; status = main(['build']); "
            "sys.exit(status or any(name.split('.')[0] in ('dagster', 'dbt', 'dagster_dbt') for name in sys.modules))"
        )
        subprocess.run([sys.executable, "-c", code], env=environment(built.settings), cwd=PROJECT_ROOT, check=True)

    def test_a_run_from_the_interface_reads_nothing_and_publishes_nothing_new(self, corpus: Corpus) -> None:
        served = tree(corpus.settings.serving_dir)
        result = corpus.build()
        assert result.success, failure_text(result)
        for event in result.get_asset_materialization_events():
            if event.asset_key is not None and event.asset_key.path == ["staging", "documents"]:
                assert event.materialization.metadata["files_read"].value == 0
        assert tree(corpus.settings.serving_dir) == served

    def test_saving_the_register_in_another_encoding_changes_no_number(self, corpus: Corpus, built: Corpus) -> None:
        path = corpus.settings.register_file
        path.write_bytes(path.read_text(encoding="utf-8-sig").replace(",", ";").encode("gb18030"))
        with warehouse.writer(corpus.settings) as connection:
            known = {name: (r.sha256, r.read_key, r.map_key) for name, r in warehouse.ledger(connection).items()}
        register = load_steward_files(corpus.settings).register
        plan = ingest.make_plan(corpus.settings, ingest.scan(corpus.settings), register, known)
        assert plan.to_read == plan.to_remove == plan.to_remap == ()


class TestSomethingChanged:
    def test_files_changed_removed_renamed_and_added(self, corpus: Corpus, built: Corpus) -> None:
        raw = corpus.settings.raw_dir
        untouched = (
            "SELECT * FROM marts.fct_mention WHERE report_id IN (SELECT report_id FROM marts.dim_report "
            "WHERE file_name IN ('chaoyang_2020.txt', 'luxian_2024.txt')) ORDER BY mention_id"
        )
        (before,) = built.query("SELECT report_id FROM marts.dim_report WHERE file_name = 'weidu_2024.txt'")
        (raw / "yuhang_2021.txt").unlink()
        (raw / "深" / "层").mkdir(parents=True)
        (raw / "weidu_2024.txt").rename(raw / "深" / "层" / "魏都 2024.txt")
        changed = raw / "lianjiang_2023.txt"
        changed.write_text(changed.read_text(encoding="utf-8").replace("一", "壹", 1), encoding="utf-8")
        result = corpus.build()
        assert result.success, failure_text(result)
        read = {
            event.materialization.metadata["files_read"].value
            for event in result.get_asset_materialization_events()
            if event.asset_key is not None and event.asset_key.path[0] == "staging" and "files_read" in
            event.materialization.metadata
        }  # fmt: skip
        assert read == {2}
        names = [name for (name,) in corpus.query("SELECT file_name FROM marts.dim_report ORDER BY 1")]
        assert names == ["chaoyang_2020.txt", "lianjiang_2023.txt", "luxian_2024.txt", "深/层/魏都 2024.txt"]
        assert corpus.query("SELECT report_id FROM marts.dim_report WHERE file_name LIKE '深%'") == [before]
        assert corpus.query(untouched) == built.query(untouched)
        # the same folder built from nothing gives the same
        again = Corpus(replace(corpus.settings, warehouse_dir=corpus.settings.warehouse_dir.with_name("again")))
        result = again.build()
        assert result.success, failure_text(result)
        assert again.row_hashes() == corpus.row_hashes()

    def test_from_scratch_with_other_workers_gives_the_same_rows(
        self, built: Corpus, make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ingest, "_POOL_FROM_FILES", 1)
        monkeypatch.setattr(ingest, "BATCH_FILES", 2)
        other = Corpus(make_settings(raw_dir=built.settings.raw_dir, workers=2))
        result = other.build()
        assert result.success, failure_text(result)
        assert other.row_hashes() == built.row_hashes()

    def test_an_empty_folder_is_a_warehouse_without_reports(self, make_settings: Callable[..., Settings]) -> None:
        corpus = Corpus(make_settings())
        result = corpus.build()
        assert result.success, failure_text(result)
        assert corpus.query("SELECT count(*) FROM marts.fct_metric") == [(0,)]


class TestKilled:
    KILL = (
        "import os, signal; from dagster_project import warehouse; from dagster_project.cli import main; "
        "warehouse.{where} = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL); main(['build'])"
    )

    @pytest.mark.parametrize("where", ["publish", "_write_parquet"])
    def test_the_next_run_publishes(self, corpus: Corpus, where: str) -> None:
        (corpus.settings.raw_dir / "yuhang_2021.txt").unlink()
        served = corpus.settings.serving_file.readlink()
        done = subprocess.run(
            [sys.executable, "-c", self.KILL.format(where=where)],
            env=environment(corpus.settings),
            cwd=PROJECT_ROOT,
            check=False,
            capture_output=True,
        )
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert corpus.settings.serving_file.readlink() == served
        assert len(corpus.query("SELECT * FROM marts.dim_report")) == 5
        assert not pending.look(corpus.settings).is_served
        result = corpus.build()
        assert result.success, failure_text(result)
        assert len(corpus.query("SELECT * FROM marts.dim_report")) == 4
        assert pending.look(corpus.settings).is_served
        assert not list(corpus.settings.warehouse_dir.rglob(".tmp-*"))


class TestWriters:
    def test_a_second_writer_is_told_who_the_first_is(self, built: Corpus) -> None:
        (extra := built.settings.raw_dir.with_name("raw2")).mkdir()
        shutil.copytree(built.settings.raw_dir, extra, dirs_exist_ok=True)
        (extra / "neu.txt").write_text("空", encoding="utf-8")
        settings = replace(built.settings, raw_dir=extra)
        with warehouse.writer_lock(built.settings):
            done = fazhi(settings, "build")
        assert done.returncode == 1
        assert f"进程 {os.getpid()}" in done.stderr
        assert "Traceback" not in done.stderr

    def test_a_viewer_on_the_build_file_is_named(self, corpus: Corpus) -> None:
        code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
        viewer = subprocess.Popen(
            [sys.executable, "-c", code, str(corpus.settings.build_file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert viewer.stdout is not None
        viewer.stdout.readline()
        try:
            with (
                pytest.raises(warehouse.WarehouseBusyError, match=str(viewer.pid)),
                warehouse.writer(replace(corpus.settings, lock_wait_seconds=0.0)),
            ):
                pass
        finally:
            viewer.communicate("")


def test_the_job_is_what_the_interface_shows(built: Corpus) -> None:
    repository = build_defs(built.settings).get_repository_def()
    assert repository.get_job("build_warehouse").executor_def.name == "in_process"
    assert [sensor.name for sensor in repository.sensor_defs] == ["raw_folder_changes"]
    assert [schedule.name for schedule in repository.schedule_defs] == ["daily_build"]
