"""Here belong tests of whose report a text is, its year, kind, title and dates; tables and encodings have their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.parsing.departments import load_departments
from dagster_project.parsing.divisions import load_divisions
from dagster_project.parsing.identity import REGISTER_COLUMNS, RegisterRow, identify
from dagster_project.parsing.model import Identity
from dagster_project.parsing.read import load_page_noise, read_source

SEEDS = Path(__file__).parents[2] / "dbt" / "seeds" / "catalogue"
DIVISIONS = load_divisions(SEEDS)
DEPARTMENTS = load_departments(SEEDS)
NOISE = load_page_noise(SEEDS)


def told(text: str, register: RegisterRow | None = None) -> Identity:
    return identify(read_source(text.encode(), "x.txt", NOISE), DIVISIONS, DEPARTMENTS, register)


def body(kind: str, *, office: str = "我局", opening: str = "") -> str:
    """A report's text by a bureau of a 市, 县, 区 ..., which names neither place nor department."""
    return (
        f"{opening}\n一、主要工作\n{office}扎实推进法治政府建设，召开会议5次，办结案件12件。我{kind}各项工作有序开展，"
        f"全{kind}检查企业120家次，全{kind}依法行政水平不断提高。\n二、下一步打算\n继续抓好法治政府建设。\n"
    )


# ------------------------------------------------------------------------------------------------------------- bureau


@pytest.mark.parametrize(
    ("title", "kind", "bureau", "code", "department"),
    [
        ("泸县交通运输局", "县", "泸县交通运输局", "510521", "transport"),
        ("廉江市交通运输局", "市", "廉江市交通运输局", "440881", "transport"),
        ("湛江市廉江市交通运输局", "市", "廉江市交通运输局", "440881", "transport"),
        ("魏都区交通运输局", "区", "许昌市魏都区交通运输局", "411002", "transport"),
        ("许昌市魏都区交通运输局", "区", "许昌市魏都区交通运输局", "411002", "transport"),
        ("朝阳市交通运输局", "市", "朝阳市交通运输局", "211300", "transport"),
        ("北京市朝阳区城市管理委员会", "区", "北京市朝阳区城市管理委员会", "110105", "urban_management"),
        ("云阳县交通局", "县", "云阳县交通局", "500235", "transport"),
        ("济源市应急管理局", "市", "济源市应急管理局", "419001", "emergency"),
        ("凉山州市场监督管理局", "州", "凉山彝族自治州市场监督管理局", "513400", "market_regulation"),
        ("峨边彝族自治县水务局", "县", "峨边彝族自治县水务局", "511132", "water"),
        ("四川省交通运输厅", "省", "四川省交通运输厅", "510000", "transport"),
        ("宜宾市交通运输综合行政执法支队", "市", "宜宾市交通运输综合行政执法支队", "511500", "transport"),
        ("浦东新区市场监管局", "区", "上海市浦东新区市场监管局", "310115", "market_regulation"),
        ("公安县司法局", "县", "公安县司法局", "421022", "justice"),
        ("毕节市司法局", "市", "毕节市司法局", "520500", "justice"),
        ("和县司法局", "县", "和县司法局", "340523", "justice"),
        ("寿阳县人民政府", "县", "寿阳县人民政府", "140725", "government"),
    ],
)
def test_bureau_from_the_title(title: str, kind: str, bureau: str, code: str, department: str) -> None:
    found = told(f"{title}关于2022年度法治政府建设情况的报告\n{body(kind)}")
    assert (found.bureau_name, found.division_code, found.department) == (bureau, code, department)
    assert (found.identified_by, found.bureau_key) == ("title", f"{code}-{department}")


@pytest.mark.parametrize(
    ("name", "kind", "opening", "code"),
    [
        ("朝阳区司法局", "区", "认真落实《吉林省行政执法条例》，在长春市司法局指导下开展工作。", "220104"),
        ("朝阳区司法局", "区", "按照北京市司法局部署开展工作。", "110105"),
        ("鼓楼区司法局", "区", "落实《徐州市法治政府建设实施方案》。", "320302"),
        ("鼓楼区司法局", "区", "落实《河南省行政处罚裁量办法》。", "410204"),
        ("城关区司法局", "区", "根据甘法办〔2022〕3号文件要求，会同兰州市司法局开展工作。", "620102"),
    ],
)
def test_one_name_for_several_places_is_decided_by_the_text(name: str, kind: str, opening: str, code: str) -> None:
    found = told(f"{name}2022年法治政府建设年度报告\n{body(kind, opening=opening)}")
    assert found.division_code == code
    [evidence] = [one for one in found.evidence if one.field == "division_code"]
    assert evidence.confidence < 0.97


@pytest.mark.parametrize("name", ["朝阳区", "鼓楼区", "城关区"])
def test_an_undecided_name_stays_open_with_suggestions(name: str) -> None:
    found = told(f"{name}司法局2022年法治政府建设年度报告\n{body('区')}")
    assert (found.division_code, found.bureau_name, found.bureau_key) == (None, None, "unidentified")
    assert found.department == "justice"
    suggested = [one.quote for one in found.evidence if one.method == "suggestion"]
    assert len(suggested) >= 2
    assert all(name in quote for quote in suggested)


def test_a_name_of_former_days_counts_in_its_own_time() -> None:
    assert told(f"桥东区教育局2023年法治政府建设报告\n{body('区')}").division_code == "130702"
    assert told(f"富阳市交通运输局2013年依法行政工作总结\n{body('市')}").division_code == "330111"
    assert told(f"下城区城市管理局2018年法治政府建设报告\n{body('区')}").division_code == "330103"


def test_bureau_from_the_page_header() -> None:
    found = told("2023年法治政府建设年度报告\n发布时间：2024-01-05 来源：福州市鼓楼区司法局 浏览次数：3\n" + body("区"))
    assert (found.bureau_name, found.identified_by) == ("福州市鼓楼区司法局", "header")
    assert (found.published_on, found.source_name) == (date(2024, 1, 5), "福州市鼓楼区司法局")


def test_bureau_from_the_signature() -> None:
    opening = "2023年，我局推进法治政府建设，现将有关情况报告如下："
    found = told(f"{opening}{body('县')}\n泸县司法局\n二〇二四年一月十五日\n")
    assert (found.bureau_name, found.identified_by, found.signed_on) == ("泸县司法局", "signature", date(2024, 1, 15))


def test_bureau_put_together_from_the_text() -> None:
    found = told("今年余杭区交通运输系统法治工作的总体要求是：推进依法行政，建设法治政府，建设交通强区。" + body("区"))
    assert (found.bureau_name, found.identified_by) == ("杭州市余杭区交通运输局", "text")
    assert found.doc_kind == "plan"


def test_general_name_in_the_title_takes_its_place_from_the_text() -> None:
    opening = "宜宾市交通运输系统深入推进法治建设。宜宾市持续发力。"
    found = told(f"市交通运输局2023年度法治政府建设工作报告\n{body('市', opening=opening)}")
    assert (found.bureau_name, found.identified_by) == ("宜宾市交通运输局", "text")


def test_whole_government() -> None:
    found = told(f"关于泸县2023年法治政府建设情况的报告\n{body('县', office='我县')}")
    assert (found.bureau_name, found.department) == ("泸县人民政府", "government")


def test_neighbours_named_in_the_text_are_not_the_bureau() -> None:
    text = "2024年，我局在县委县政府领导下推进法治政府建设，与重庆永川区、荣昌区联合执法，宣传《四川省公路条例》。"
    found = told(text + "交通运输执法有力。交通运输安全。" + body("县"))
    assert found.division_code is None
    assert any("四川省" in one.quote for one in found.evidence if one.method == "suggestion")


# ----------------------------------------------------------------------------------------------------------- register


def test_register_comes_first_and_the_text_stays_in_evidence() -> None:
    row = RegisterRow(
        2, "x.txt", bureau_name="泸县交通运输局", division_code="510521", department="transport", year=2021,
        doc_kind="other", title="题", source_url="https://example.org/a", published_on=date(2022, 1, 1),
        signed_on=date(2022, 1, 2),
    )  # fmt: skip
    found = told(f"廉江市司法局2023年法治政府建设报告\n{body('市')}", row)
    assert (found.bureau_name, found.division_code, found.department) == ("泸县交通运输局", "510521", "transport")
    assert (found.year, found.doc_kind, found.title, found.source_url) == (2021, "other", "题", "https://example.org/a")
    assert (found.published_on, found.signed_on) == (date(2022, 1, 1), date(2022, 1, 2))
    assert (found.province, found.city, found.county) == ("四川省", "泸州市", "泸县")
    sources = {(one.field, one.method) for one in found.evidence}
    assert {(field, method) for field in ("division_code", "year") for method in ("register", "title")} <= sources


@pytest.mark.parametrize(
    "row",
    [
        RegisterRow(2, "x.txt", bureau_name="泸县交通运输局"),
        RegisterRow(2, "x.txt", division_code="510521", department="transport"),
    ],
)
def test_register_may_be_partial(row: RegisterRow) -> None:
    found = told("2024年，我局推进法治政府建设，现将情况报告如下：" + body("县"), row)
    assert (found.bureau_name, found.bureau_key) == ("泸县交通运输局", "510521-transport")
    assert found.identified_by == "register"


def test_register_row_has_the_columns_of_the_file() -> None:
    assert tuple(RegisterRow.__dataclass_fields__)[1:] == REGISTER_COLUMNS
    assert replace(RegisterRow(2, "a.txt"), year=2020).year == 2020


def test_file_name_is_no_evidence() -> None:
    text = body("县", opening="现将法治政府建设情况报告如下。").encode()
    first, second = (read_source(text, name, NOISE) for name in ("泸县交通运输局2019.txt", "b.txt"))
    assert identify(first, DIVISIONS, DEPARTMENTS, None) == identify(second, DIVISIONS, DEPARTMENTS, None)


# ------------------------------------------------------------------------------------------------------- year and kind


@pytest.mark.parametrize(
    ("text", "year", "kind"),
    [
        ("泸县司法局2023年法治政府建设报告\n", 2023, "annual_report"),
        ("泸县司法局２０２３年度法治政府建设报告\n", 2023, "annual_report"),
        ("泸县司法局二〇二三年度法治政府建设报告\n", 2023, "annual_report"),
        ("泸县司法局 2023 年法治政府 建设年度报告\n", 2023, "annual_report"),
        ("泸县司法局2023年法治政府建设工作总结及2024年工作计划\n", 2023, "annual_report"),
        ("泸县司法局关于《法治政府建设实施纲要（2021—2025年）》2022年度贯彻落实情况的报告\n", 2022, "annual_report"),
        ("泸县司法局2024年法治政府建设工作要点\n", 2024, "plan"),
        ("泸县司法局2024年普法依法治理工作计划\n", 2024, "plan"),
        ("泸县司法局法治政府建设年度报告\n现将我局2022年度法治政府建设情况报告如下：\n", 2022, "annual_report"),
        ("泸县司法局法治政府建设年度报告\n发布时间：2023-01-15\n", 2022, "annual_report"),
        ("泸县司法局法治政府建设年度报告\n发布时间：2022-12-15\n", 2022, "annual_report"),
        ("泸县司法局2023年政府信息公开工作年度报告\n", 2023, "other"),
    ],
)
def test_year_and_kind(text: str, year: int, kind: str) -> None:
    found = told(text + body("县"))
    assert (found.year, found.doc_kind) == (year, kind)


def test_text_that_is_no_report() -> None:
    found = told("红烧肉的做法\n五花肉500克切块，冷水下锅焯水2分钟，加冰糖30克炒出糖色，小火炖40分钟即可出锅。\n")
    assert (found.doc_kind, found.bureau_name, found.year) == ("other", None, None)


# ---------------------------------------------------------------------------------------------------- title and dates


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("泸县交通运输局\n关于2023年度法治政府\n建设情况的报告\n", "泸县交通运输局关于2023年度法治政府建设情况的报告"),
        ("泸县交通运输局\n\n泸县交通运输局 2023 年法治政府 建设年度报告\n", "泸县交通运输局2023年法治政府建设年度报告"),
        ("魏都区交通运输局      关于2024年法治政府建设报告\n", "魏都区交通运输局关于2024年法治政府建设报告"),
    ],
)
def test_title(head: str, title: str) -> None:
    assert told(head + body("县")).title == title


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("发布时间：2021-07-02", date(2021, 7, 2)),
        ("时间:2021-07-02来源:泸县司法局", date(2021, 7, 2)),
        ("发布日期： 2021年7月2日 16:08 浏览次数：6", date(2021, 7, 2)),
        ("【发布时间：2021/7/2】", date(2021, 7, 2)),
        ("2021-07-02 09:00", date(2021, 7, 2)),
        ("发布时间：2021-13-02", None),
        ("浏览次数：20210702", None),
    ],
)
def test_published_on(line: str, day: date | None) -> None:
    found = told(f"泸县司法局2020年法治政府建设报告\n{line}\n{body('县')}")
    assert found.published_on == day


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("2021年1月5日", date(2021, 1, 5)),
        ("２０２１年１月５日", date(2021, 1, 5)),
        ("2021 年 1 月 5 日", date(2021, 1, 5)),
        ("二〇二一年十二月三十一日", date(2021, 12, 31)),
        ("二○二一年一月十日", date(2021, 1, 10)),
    ],
)
def test_signed_on(line: str, day: date) -> None:
    found = told(f"泸县司法局2020年法治政府建设报告\n{body('县')}\n泸县司法局\n{line}\n")
    assert found.signed_on == day


# ---------------------------------------------------------------------------------------------------------- properties


PRESENT = [row for row in DIVISIONS.rows if row.valid_to is None and row.level != "province"]


OFFICES = st.sampled_from(["交通运输局", "司法局", "应急管理局", "水利局"])


@given(st.sampled_from(PRESENT), OFFICES, st.integers(2024, 2030))
def test_any_place_written_with_its_province_is_known(row: object, office: str, year: int) -> None:
    place = row.province + (row.city if row.level == "county" else "") + row.name  # type: ignore[attr-defined]
    found = told(f"{place}{office}{year}年法治政府建设报告\n{body(row.name[-1])}")  # type: ignore[attr-defined]
    assert found.year == year
    assert found.division_code == row.code  # type: ignore[attr-defined]
    assert found.bureau_name == row.full_name + office  # type: ignore[attr-defined]


@given(st.text(alphabet="市县区省我局2023年月日法治政府建设报告《》（）〔〕：\n ，。泸朝阳", min_size=10, max_size=200))
def test_any_text_has_an_identity(text: str) -> None:
    found = told("法治政府建设情况报告材料汇编" + text)
    assert found.doc_kind in {"annual_report", "plan", "other"}
    assert all(0 <= one.confidence <= 1 for one in found.evidence)
    assert (found.bureau_name is None) or found.division_code


@pytest.mark.parametrize(
    ("title", "year"),
    [
        ("青羊区交通运输局关于印发《2022年法治交通建设工作要点》的通知", 2022),
        ("泸县司法局关于转发《2023年依法行政工作计划》的通知", 2023),
    ],
)
def test_a_notice_is_about_the_document_that_it_issues(title: str, year: int) -> None:
    opening = f"{year - 1}年，我局办理案件120件。{year}年为做好全年法治工作，制定本要点。"
    text = f"{title}\n\n{opening}\n一、总体要求\n坚持依法行政。\n"
    identity = told(text)
    assert (identity.doc_kind, identity.year) == ("plan", year)
