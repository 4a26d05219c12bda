"""What is wrong in the raw folder or in a steward file is said; nothing else suffers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dagster_project import ingest, warehouse
from dagster_project.assets.documents import bring_up_to_date
from dagster_project.parsing.extract import Extractor
from dagster_project.review_files import load_steward_files
from tests.integration.conftest import Corpus, failure_text, tree
from tests.integration.test_build import fazhi


def test_bad_reports_are_rejected_and_the_rest_is_built(corpus: Corpus) -> None:
    raw = corpus.settings.raw_dir
    (raw / "空.txt").write_bytes(b"")
    (raw / "程序.txt").write_bytes(bytes(range(256)) * 40)
    (raw / "旧.wps").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500)
    (raw / "再来一份.txt").write_bytes((raw / "weidu_2024.txt").read_bytes())
    (raw / "~$打开着.docx").write_bytes(b"lock")
    (raw / "外面").symlink_to("/etc")
    os.mkfifo(raw / "管道")
    register = corpus.settings.register_file
    lines = register.read_text(encoding="utf-8-sig").splitlines()
    columns = lines[0].split(",")
    row = dict.fromkeys(columns, "") | {"file_name": "没有这个文件.txt"}
    register.write_text("\n".join([*lines, ",".join(row[name] for name in columns)]) + "\n", encoding="utf-8")

    done = fazhi(corpus.settings, "build")

    assert done.returncode == 0, done.stderr
    rejected = {
        name: (code, message, first)
        for name, code, message, first in corpus.query(
            "SELECT file_name, reason_code, message_zh, duplicate_of FROM quality.rejected_input"
        )
    }
    assert set(rejected) == {"空.txt", "程序.txt", "旧.wps", "再来一份.txt", "外面", "管道"}
    assert rejected["再来一份.txt"][0] == "duplicate"
    assert rejected["再来一份.txt"][2] == "weidu_2024.txt"
    assert rejected["外面"][0] == "outside_raw"
    assert rejected["管道"][0] == "not_a_file"
    assert all(message for _, message, _ in rejected.values())
    assert len(corpus.query("SELECT * FROM marts.dim_report")) == 5
    assert "没有这个文件.txt" in done.stdout
    for name in rejected:
        assert name in done.stdout
    # and again: rejected files are remembered like any other
    done = fazhi(corpus.settings, "build")
    assert "没有变化" in done.stdout, done.stdout


FORM_ERRORS = {
    "reports.csv": [
        ("a file listed twice", "file_name,year\nweidu_2024.txt,2024\nweidu_2024.txt,2024\n", ["第 3 行", "file_name"]),
        ("an unknown division code", "file_name,division_code\nweidu_2024.txt,999999\n", ["第 2 行", "division_code"]),
        ("a missing column", "filename,year\nweidu_2024.txt,2024\n", ["第 1 行", "file_name"]),
        (
            "a bad date",
            "file_name,published_on\nweidu_2024.txt,2024-02-31\n",
            ["第 2 行", "published_on", "2024-02-31"],
        ),
    ],
    "review/value_choices.csv": [
        (
            "an unknown indicator",
            (
                "bureau_key,year,indicator_code,value,reason,decided_by,decided_on\n"
                "411002-transport,2024,no_such_thing,1,因为,甲,2025-01-01\n"
            ),
            ["第 2 行", "indicator_code", "no_such_thing"],
        ),
    ],
    "review/finding_reviews.csv": [
        (
            "an unknown word",
            "finding_id,decision,reason,reviewed_by,reviewed_on\nf1,maybe,因为,甲,2025-01-01\n",
            ["decision"],
        ),
    ],
}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        pytest.param(name, content, words, id=f"{name}: {what}")
        for name, cases in FORM_ERRORS.items()
        for what, content, words in cases
    ],
)
def test_form_errors_stop_before_anything_is_written(
    built: Corpus, tmp_path: Path, name: str, content: str, words: list[str]
) -> None:
    settings = built.settings
    path = settings.raw_dir / name
    kept = path.read_bytes() if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, encoding="utf-8")
    try:
        before = tree(settings.warehouse_dir)
        done = fazhi(settings, "build")
        assert tree(settings.warehouse_dir) == before
    finally:
        if kept is None:
            path.unlink()
        else:
            path.write_bytes(kept)
    assert done.returncode == 2
    for word in [Path(name).name, *words]:
        assert word in done.stderr
    assert "Traceback" not in done.stderr


def test_form_errors_stop_a_run_from_the_interface_too(corpus: Corpus) -> None:
    corpus.settings.register_file.write_text("file_name,year\nweidu_2024.txt,二〇二四\n", encoding="utf-8")
    before = tree(corpus.settings.serving_dir)
    rows = corpus.staged("SELECT count(*) FROM review.register")
    result = corpus.build()
    assert not result.success
    assert "第 2 行「year」列" in failure_text(result)
    assert tree(corpus.settings.serving_dir) == before
    assert corpus.staged("SELECT count(*) FROM review.register") == rows


def test_one_document_that_breaks_the_reader_does_not_stop_the_others(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    extract = Extractor.extract

    def broken(self: Extractor, source: object, *arguments: object) -> object:
        if "荣昌区" in source.text:  # type: ignore[attr-defined]
            raise ZeroDivisionError("planted")
        return extract(self, source, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Extractor, "extract", broken)
    monkeypatch.setattr(ingest, "reading_key", lambda _settings: "another")
    with warehouse.writer(corpus.settings) as connection:
        bring_up_to_date(connection, corpus.settings, print)
        rejected = connection.execute(
            "SELECT file_name, reason_code, message_zh FROM staging.rejected_input"
        ).fetchall()
        assert connection.execute("SELECT count(*) FROM staging.documents").fetchone() == (4,)
    ((name, code, message),) = rejected
    assert (name, code) == ("luxian_2024.txt", "internal_error")
    assert "ZeroDivisionError: planted" in message


def test_a_file_that_changes_while_it_is_read_is_left_for_the_next_run(corpus: Corpus) -> None:
    settings = corpus.settings
    path = settings.raw_dir / "weidu_2024.txt"
    with warehouse.writer(settings) as connection:
        files = ingest.scan(settings)
        path.write_text(path.read_text(encoding="utf-8") + "\n又及。", encoding="utf-8")
        register = load_steward_files(settings).register
        plan = ingest.make_plan(settings, files, register, {})
        (tables,) = ingest.read_documents(settings, [plan.tasks["weidu_2024.txt"]])
        assert tables["ledger"].num_rows == 0
        assert tables["rejected_input"].to_pylist()[0]["reason_code"] == "changed_while_reading"
        done = bring_up_to_date(connection, settings, print)
    assert done["files_read"] == 1


def test_new_terms_match_again_without_reading(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "mapping_key", lambda _settings: "another")
    with warehouse.writer(corpus.settings) as connection:
        sql = "SELECT * FROM staging.mentions ORDER BY mention_id"
        before = connection.execute(sql).fetchall()
        done = bring_up_to_date(connection, corpus.settings, print)
        assert connection.execute(sql).fetchall() == before
    assert done == {"files_read": 0, "files_remapped": 5, "files_removed": 0}
