"""Here belong tests of the division and department tables and of finding their names; identity has its own."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.parsing.departments import DepartmentError, Departments, load_departments
from dagster_project.parsing.divisions import DivisionError, Divisions, load_divisions, stem

SEEDS = Path(__file__).parents[2] / "dbt" / "seeds" / "catalogue"
DIVISIONS = load_divisions(SEEDS)
DEPARTMENTS = load_departments(SEEDS)


def test_the_table_is_whole() -> None:
    present = [row for row in DIVISIONS.rows if row.valid_to is None]
    by_level = {level: sum(row.level == level for row in present) for level in ("province", "prefecture", "county")}
    assert by_level == {"province": 34, "prefecture": 333, "county": 2846}
    assert len({row.code for row in DIVISIONS.rows}) == len(DIVISIONS.rows)
    assert not [row.name for row in DIVISIONS.rows if row.name in {"市辖区", "县", "市"} or "直辖" in row.name]


def test_every_parent_is_in_the_table_and_encloses_its_child() -> None:
    for row in DIVISIONS.rows:
        parents = DIVISIONS.parents(row)
        assert bool(parents) is (row.level != "province"), row
        assert all(row.code.startswith(parent.code.rstrip("0")[:2]) for parent in parents)
        assert not parents or parents[-1].name == row.province


@pytest.mark.parametrize(
    ("code", "full_name", "city", "level"),
    [
        ("411002", "许昌市魏都区", "许昌市", "county"),
        ("330110", "杭州市余杭区", "杭州市", "county"),
        ("330113", "杭州市临平区", "杭州市", "county"),
        ("510521", "泸县", "泸州市", "county"),
        ("440881", "廉江市", "湛江市", "county"),
        ("110105", "北京市朝阳区", "", "county"),
        ("500235", "云阳县", "", "county"),
        ("419001", "济源市", "", "county"),
        ("429021", "神农架林区", "", "county"),
        ("520203", "六枝特区", "六盘水市", "county"),
        ("211300", "朝阳市", "朝阳市", "prefecture"),
        ("513400", "凉山彝族自治州", "凉山彝族自治州", "prefecture"),
        ("110000", "北京市", "", "province"),
    ],
)
def test_full_names(code: str, full_name: str, city: str, level: str) -> None:
    division = DIVISIONS.get(code)
    assert division is not None
    assert (division.full_name, division.city, division.level) == (full_name, city, level)


@pytest.mark.parametrize(
    ("code", "present"),
    [
        ("330183", "330111"),  # 富阳市, a district since 2014
        ("220625", "220605"),  # 江源县, twice recoded
        ("411023", "411003"),  # 许昌县, 建安区 since
        ("330103", "330103"),  # 下城区, merged into another: stays what it was
        ("510521", "510521"),
    ],
)
def test_present_code_of_a_former_one(code: str, present: str) -> None:
    division = DIVISIONS.present(code)
    assert division is not None
    assert division.code == present
    assert DIVISIONS.present("999999") is None


def test_a_code_given_to_another_place_does_not_take_the_name_along() -> None:
    assert DIVISIONS.same_place("410307", "洛龙区").code == "410311"
    assert DIVISIONS.same_place("410307", "偃师区").code == "410307"


def test_the_division_of_yuhang_is_on_record() -> None:
    rows = [row for row in DIVISIONS.former if row.code == "330110"]
    assert [(row.change, row.successor_codes) for row in rows] == [("split", ("330110", "330113"))]


def test_successors_are_in_the_table() -> None:
    for row in DIVISIONS.former:
        assert DIVISIONS.get(row.code) is not None, row
        assert all(DIVISIONS.get(code) is not None for code in row.successor_codes), row
        assert row.change in {"renamed", "recoded", "merged", "split", "abolished"}
        assert bool(row.successor_codes) is (row.change != "abolished"), row


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("泸州市", "泸州"), ("凉山彝族自治州", "凉山"), ("恩施土家族苗族自治州", "恩施"), ("昌江黎族自治县", "昌江"),
        ("宁夏回族自治区", "宁夏"), ("内蒙古自治区", "内蒙古"), ("广西壮族自治区", "广西"), ("泸县", "泸县"),
        ("阿里地区", "阿里"), ("锡林郭勒盟", "锡林郭勒"), ("积石山保安族东乡族撒拉族自治县", "积石山"),
        ("前郭尔罗斯蒙古族自治县", "前郭尔罗斯"),
    ],
)  # fmt: skip
def test_stem(name: str, short: str) -> None:
    assert stem(name) == short


def test_names_are_found_longest_first() -> None:
    hits = DIVISIONS.find("湛江市廉江市交通运输局与四川泸州市泸县、凉山州交界")
    assert [hit.surface for hit in hits] == ["湛江市", "廉江市", "四川", "泸州市", "泸县", "凉山州"]
    assert [hit.is_full for hit in hits] == [True, True, False, True, True, True]


@pytest.mark.parametrize("text", ["在县委和县政府的领导下", "到达县城", "公开县级预算", "完成县里任务"])
def test_two_characters_that_meet_by_chance_are_no_name(text: str) -> None:
    assert not [hit for hit in DIVISIONS.find(text) if hit.is_full]


def test_ambiguous_names_keep_all_their_codes() -> None:
    assert {row.code for row in DIVISIONS.named("鼓楼区") if row.valid_to is None} == {
        "320106", "320302", "350102", "410204",
    }  # fmt: skip


@given(st.text(alphabet="省市县区朝阳泸州城关和 \n，。abc鼓楼", max_size=60))
def test_hits_lie_in_order_and_hold_their_surface(text: str) -> None:
    end = 0
    for hit in DIVISIONS.find(text):
        assert end <= hit.start < hit.end
        assert text[hit.start : hit.end] == hit.surface
        assert hit.codes
        end = hit.end


@given(st.sampled_from(DIVISIONS.rows))
def test_every_division_is_found_by_its_own_name(row: object) -> None:
    hits = DIVISIONS.find(row.name)  # type: ignore[attr-defined]
    assert any(row.code in hit.codes for hit in hits)  # type: ignore[attr-defined]


# --------------------------------------------------------------------------------------------------------- departments


@pytest.mark.parametrize(
    ("text", "code", "bureau"),
    [
        ("泸县交通运输局", "transport", "交通运输局"),
        ("某市交通局", "transport", "交通局"),
        ("某市交通运输委员会", "transport", "交通运输委员会"),
        ("某市交通运输综合行政执法支队", "transport", "交通运输综合行政执法支队"),
        ("某县道路运输管理局", "transport", "道路运输管理局"),
        ("某市公安局交通警察支队", "public_security", "公安局交通警察支队"),
        ("某市城市管理和综合执法局", "urban_management", "城市管理和综合执法局"),
        ("某县综合行政执法局", "urban_management", "综合行政执法局"),
        ("某区教育体育局", "education", "教育体育局"),
        ("某省发展和改革委员会", "development_reform", "发展和改革委员会"),
        ("某市卫健委", "health", "卫健委"),
        ("某市人力资源和社会保障局", "human_resources", "人力资源和社会保障局"),
        ("某县文化广电旅游体育局", "culture_tourism", "文化广电旅游体育局"),
        ("某县人民政府", "government", "人民政府"),
        ("某市林业和草原局", "forestry", "林业和草原局"),
        ("某市政务服务和数据管理局", "government_services", "政务服务和数据管理局"),
        ("某市农业综合行政执法支队", "agriculture", "农业综合行政执法支队"),
    ],
)
def test_departments_by_their_many_names(text: str, code: str, bureau: str) -> None:
    hits = DEPARTMENTS.find(text + "关于2023年度法治政府建设情况的报告")
    assert hits[0].code == code
    assert text[hits[0].start : hits[0].organ_end] == bureau


def test_a_field_is_no_bureau() -> None:
    assert [hit.organ_end for hit in DEPARTMENTS.find("余杭区交通运输系统法治工作")] == [None]


def test_usual_names() -> None:
    transport = DEPARTMENTS.get("transport")
    assert transport is not None
    assert (transport.bureau(), transport.bureau(of_province=True)) == ("交通运输局", "交通运输厅")


def test_keywords_stand_longest_first_where_one_holds_another() -> None:
    for row in DEPARTMENTS.rows:
        for number, keyword in enumerate(row.keywords):
            assert not any(later.startswith(keyword) for later in row.keywords[number + 1 :]), keyword


# --------------------------------------------------------------------------------------------------------- broken seeds


def _write(path: Path, header: str, *rows: str) -> None:
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")


def test_broken_division_seed_names_file_and_line(tmp_path: Path) -> None:
    header = "code,name,level,province,city,county,parent_code,valid_from,valid_to,is_municipal_district"
    _write(tmp_path / "divisions.csv", header, "510000,四川省,province,四川省,,,,,,no", "51,泸县,county,四川省,,,,,,no")
    with pytest.raises(DivisionError, match=r"divisions\.csv 第 3 行 code 列"):
        load_divisions(tmp_path)
    _write(tmp_path / "divisions.csv", header, "510000,四川省,province,四川省,,,,2020年,,no")
    with pytest.raises(DivisionError, match="第 2 行 valid_from 列"):
        load_divisions(tmp_path)


def test_broken_department_seed_names_file_and_line(tmp_path: Path) -> None:
    header = "code,name_zh,organ,organ_province,keywords,note"
    _write(tmp_path / "departments.csv", header, "a,甲,局,厅,甲;乙,", "b,乙,局,厅,乙,")
    with pytest.raises(DepartmentError, match="第 3 行 keywords 列:“乙”已用于 a"):
        load_departments(tmp_path)
    _write(tmp_path / "departments.csv", header, "a,甲,局,厅,,")
    with pytest.raises(DepartmentError, match="第 2 行"):
        load_departments(tmp_path)


def test_seeds_are_utf8_with_lf() -> None:
    for name in ("divisions.csv", "division_names.csv", "departments.csv", "page_noise.csv"):
        data = (SEEDS / name).read_bytes()
        assert b"\r" not in data
        assert not data.startswith(b"\xef\xbb\xbf")
        widths = {len(row) for row in csv.reader(data.decode("utf-8").splitlines())}
        assert len(widths) == 1, name


def test_empty_tables_find_nothing() -> None:
    assert Divisions([]).find("四川省泸县") == []
    assert Departments([]).find("泸县交通运输局") == []
