"""Steward files as people and spreadsheets really leave them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from dagster_project.review_files import StewardFileError, load_steward_files
from dagster_project.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "raw" / "review").mkdir(parents=True)
    return replace(Settings.from_environment(), raw_dir=tmp_path / "raw", warehouse_dir=tmp_path / "warehouse")


HEADER = "file_name,bureau_name,division_code,department,year,published_on\n"
ROW = "报告.txt,余杭区交通运输局,330110,transport,2021,2022-01-31\n"


def test_no_files_at_all(settings: Settings) -> None:
    files = load_steward_files(replace(settings, raw_dir=settings.raw_dir / "none"))
    assert files.register == files.value_choices == files.value_corrections == files.finding_reviews == ()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param((HEADER + ROW).encode(), id="utf-8"),
        pytest.param((HEADER + ROW).encode("utf-8-sig"), id="with byte order mark"),
        pytest.param((HEADER + ROW).encode("gb18030"), id="gb18030"),
        pytest.param((HEADER + ROW).encode("utf-16"), id="utf-16"),
        pytest.param((HEADER + ROW).replace(",", ";").encode(), id="semicolons"),
        pytest.param((HEADER + ROW).replace(",", "\t").encode("utf-16"), id="tabs, as Excel's Unicode text"),
        pytest.param((HEADER + ROW).replace("\n", "\r\n").encode(), id="windows lines"),
        pytest.param(("\n" + HEADER + "\n" + ROW + ",,,,,\n").encode(), id="blank lines"),
        pytest.param((HEADER.upper() + ROW).encode(), id="capital headers"),
        pytest.param((HEADER + ROW.replace("2022-01-31", "2022/1/31")).encode(), id="date as Excel rewrites it"),
        pytest.param((HEADER + ROW.replace("330110", "330110.0")).encode(), id="code as a number"),
        pytest.param((HEADER + ROW.replace("报告.txt", "raw\\报告.txt")).encode(), id="windows path"),
    ],
)
def test_one_row_however_it_was_saved(settings: Settings, data: bytes) -> None:
    settings.register_file.write_bytes(data)
    (row,) = load_steward_files(settings).register
    assert (row.file_name, row.bureau_name) == ("报告.txt", "余杭区交通运输局")
    assert (row.division_code, row.department, row.year) == ("330110", "transport", 2021)
    assert row.published_on == date(2022, 1, 31)
    assert row.doc_kind is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("filename,year\na.txt,2020\n", ["第 1 行", "缺少列「file_name」", "filename"]),
        ("file_name,year,year\na.txt,2020,2020\n", ["第 1 行", "「year」出现了两次"]),
        ("file_name,year\n,2020\n", ["第 2 行「file_name」列", "不能为空"]),
        ("file_name,year\na.txt,20\n", ["第 2 行「year」列", "「20」"]),
        ("file_name,division_code\na.txt,33011\n", ["第 2 行「division_code」列", "六位数字"]),
        ("file_name,division_code\na.txt,999999\n", ["第 2 行「division_code」列", "divisions.csv"]),
        ("file_name,department\na.txt,transprot\n", ["第 2 行「department」列", "是不是 transport"]),
        ("file_name,doc_kind\na.txt,report\n", ["第 2 行「doc_kind」列", "annual_report"]),
        ("file_name,published_on\na.txt,2024-02-30\n", ["第 2 行「published_on」列", "不是日期"]),
        ("file_name,source_url\na.txt,javascript:alert(1)\n", ["第 2 行「source_url」列", "不是网址"]),
        ("file_name,report_id\na.txt,r12\n", ["第 2 行「report_id」列"]),
        ("file_name,year\n../a.txt,2020\n", ["第 2 行「file_name」列", ".."]),
        ("file_name,year\na.txt,2020\n\na.txt,2021\n", ["第 4 行", "file_name=a.txt", "第 2 行重复"]),
        ("file_name,title\na.txt,甲,乙\n", ["第 2 行", "有 3 格", "双引号"]),
    ],
)
def test_a_form_error_names_file_line_column_and_what_to_do(settings: Settings, content: str, words: list[str]) -> None:
    settings.register_file.write_text(content, encoding="utf-8")
    with pytest.raises(StewardFileError) as caught:
        load_steward_files(settings)
    assert "raw/reports.csv" in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_all_errors_of_all_files_are_told_at_once(settings: Settings) -> None:
    settings.register_file.write_text("file_name,year\na.txt,xx\nb.txt,yy\n", encoding="utf-8")
    (settings.review_dir / "finding_reviews.csv").write_text("finding_id\nf\n", encoding="utf-8")
    with pytest.raises(StewardFileError) as caught:
        load_steward_files(settings)
    assert len(caught.value.problems) == 5 + 1
    assert sum("finding_reviews.csv" in problem for problem in caught.value.problems) == 4


def test_a_file_in_no_encoding(settings: Settings) -> None:
    settings.register_file.write_bytes(b"file_name,year\n\xff\xff\x81\n")
    with pytest.raises(StewardFileError, match="另存为"):
        load_steward_files(settings)


def test_unknown_columns_and_files_are_remarked_on_but_stop_nothing(settings: Settings) -> None:
    settings.register_file.write_text("file_name,我的备注\na.txt,好\n", encoding="utf-8")
    (settings.review_dir / "notes.csv").write_text("x\n", encoding="utf-8")
    remarks = load_steward_files(settings).remarks
    assert any("我的备注" in remark for remark in remarks)
    assert any("notes.csv" in remark for remark in remarks)


DECIDED = ",因为,甲,2025-01-02\n"


def test_choices_and_corrections(settings: Settings) -> None:
    (settings.review_dir / "value_choices.csv").write_text(
        "bureau_key,year,indicator_code,mention_id,value,reason,decided_by,decided_on\n"
        "330110-transport,2021,training_law_sessions,r0123456789abcdef-1-2-0,," + DECIDED[1:]
        + "330110-transport,2022,training_law_sessions,,\"1,200\"" + DECIDED,
        encoding="utf-8",
    )  # fmt: skip
    (settings.review_dir / "value_corrections.csv").write_text(
        "report,indicator_code,value_expected,value_new,reason,evidence,decided_by,decided_on\n"
        "a.txt,training_law_sessions,１２,1.5,因为,网页,甲,2025-01-02\n",
        encoding="utf-8",
    )
    files = load_steward_files(settings)
    assert [choice.value for choice in files.value_choices] == [None, Decimal(1200)]
    assert [choice.mention_id for choice in files.value_choices] == ["r0123456789abcdef-1-2-0", None]
    (correction,) = files.value_corrections
    assert (correction.value_expected, correction.value_new) == (Decimal(12), Decimal("1.5"))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (
            "value_choices.csv",
            "bureau_key,year,indicator_code,mention_id,value,reason,decided_by,decided_on\n"
            "330110-transport,2021,training_law_sessions,,," + DECIDED[1:],
            ["value_choices.csv 第 2 行", "只填一个"],
        ),
        (
            "value_choices.csv",
            "bureau_key,year,indicator_code,value,reason,decided_by,decided_on\n余杭,2021,training_law_sessions,1"
            + DECIDED,
            ["「bureau_key」列", "330110-transport"],
        ),
        (
            "value_corrections.csv",
            "report,value_expected,value_new,reason,decided_by,decided_on\na.txt,1,2" + DECIDED,
            ["第 2 行", "至少要填一个"],
        ),
        (
            "value_corrections.csv",
            "report,indicator_code,value_expected,value_new,reason,decided_by,decided_on\n"
            "a.txt,training_law_sessions,一百,2" + DECIDED,
            ["「value_expected」列", "不是数字"],
        ),
        (
            "finding_reviews.csv",
            "finding_id,decision,reason,reviewed_by,reviewed_on\nf,accepted" + DECIDED + "f,dismissed" + DECIDED,
            ["第 3 行", "finding_id=f", "重复"],
        ),
    ],
)
def test_form_errors_of_review_files(settings: Settings, name: str, content: str, words: list[str]) -> None:
    (settings.review_dir / name).write_text(content, encoding="utf-8")
    with pytest.raises(StewardFileError) as caught:
        load_steward_files(settings)
    for word in words:
        assert word in str(caught.value)
