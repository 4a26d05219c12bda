"""Steward files: reading, checking and normalising ``reports.csv`` and ``review/*.csv`` of a corpus.

Here belongs form: encodings, separators, columns, codes, dates, keys. Whether a row matches anything in the warehouse
does not: dbt finds that out.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from dagster_project.parsing.model import DocKind

if TYPE_CHECKING:
    from dagster_project.settings import Settings

_SHOWN = 20


class StewardFileError(ValueError):
    """A steward file has form errors. The message (Chinese) lists them: file, line, column, what to do."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        shown = "\n".join(f"  · {problem}" for problem in problems[:_SHOWN])
        more = f"\n  …… 另有 {len(problems) - _SHOWN} 处" if len(problems) > _SHOWN else ""
        super().__init__(f"人工文件有 {len(problems)} 处格式错误，什么都没有改动：\n{shown}{more}")


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One row of ``reports.csv``: what a steward knows of a report; ``None`` means "find it in the text"."""

    line_number: int
    file_name: str
    report_id: str | None
    bureau_name: str | None
    division_code: str | None
    department: str | None
    year: int | None
    doc_kind: str | None
    title: str | None
    source_name: str | None
    source_url: str | None
    published_on: date | None
    signed_on: date | None
    note: str | None


@dataclass(frozen=True, slots=True)
class ValueChoice:
    """One row of ``review/value_choices.csv``: which mention, or which value, a fact takes."""

    line_number: int
    bureau_key: str
    year: int
    indicator_code: str
    mention_id: str | None
    value: Decimal | None
    reason: str
    decided_by: str
    decided_on: date


@dataclass(frozen=True, slots=True)
class ValueCorrection:
    """One row of ``review/value_corrections.csv``: a misprinted value, as it stands and as it should be."""

    line_number: int
    report: str
    indicator_code: str | None
    mention_id: str | None
    value_expected: Decimal
    value_new: Decimal
    reason: str
    evidence: str | None
    decided_by: str
    decided_on: date


@dataclass(frozen=True, slots=True)
class FindingReview:
    """One row of ``review/finding_reviews.csv``: what a steward decided about a finding."""

    line_number: int
    finding_id: str
    decision: str
    reason: str
    reviewed_by: str
    reviewed_on: date
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class StewardFiles:
    """All steward files of a corpus, checked; and remarks (Chinese) that stop nothing."""

    register: tuple[RegisterLine, ...] = ()
    value_choices: tuple[ValueChoice, ...] = ()
    value_corrections: tuple[ValueCorrection, ...] = ()
    finding_reviews: tuple[FindingReview, ...] = ()
    remarks: tuple[str, ...] = ()


class _CellError(ValueError):
    """What is wrong with one cell, and what to write instead."""


@dataclass(frozen=True, slots=True)
class _Column:
    read: Callable[[str], Any]
    is_required: bool = False
    default: Any = None


@dataclass(slots=True)
class _Report:
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def _text(cell: str) -> str:
    return cell


def _number(cell: str) -> Decimal:
    try:
        value = Decimal(unicodedata.normalize("NFKC", cell).replace(",", ""))
    except InvalidOperation:
        raise _CellError("不是数字；请只写数字，单位按指标目录") from None
    if not value.is_finite() or abs(value) >= 10**18:
        raise _CellError("数值过大或不是数字")
    return value.quantize(Decimal("0.000001"))


def _year(cell: str) -> int:
    if not re.fullmatch(r"(19[5-9]\d|20\d\d)(\.0+)?年?", cell):
        raise _CellError("不是年份；请写四位数字，如 2024")
    return int(cell[:4])


def _date(cell: str) -> date:
    match = re.fullmatch(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})日?(?:\s+0?0:00(?::00)?)?", cell)
    match = match or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", cell)
    try:
        year, month, day = (int(part) for part in match.groups()) if match else (0, 0, 0)
        return date(year, month, day)
    except ValueError:
        raise _CellError("不是日期；请写成 2025-01-31 的样子") from None


def _one_of(choices: Iterable[str], advice: str) -> Callable[[str], str]:
    known = set(choices)

    def read(cell: str) -> str:
        if cell not in known:
            near = difflib.get_close_matches(cell, known, n=1)
            hint = f"，是不是 {near[0]}？" if near else ""
            raise _CellError(f"{advice}{hint}")
        return cell

    return read


def _pattern(expression: str, advice: str) -> Callable[[str], str]:
    compiled = re.compile(expression)

    def read(cell: str) -> str:
        if not compiled.fullmatch(cell):
            raise _CellError(advice)
        return cell

    return read


def _file_name(cell: str) -> str:
    name = cell.replace("\\", "/").removeprefix("./").removeprefix("raw/")
    if name.startswith("/") or ".." in name.split("/"):
        raise _CellError("应是 raw/ 里的文件名，不能是绝对路径或含“..”")
    return name


def _division(codes: set[str]) -> Callable[[str], str]:
    def read(cell: str) -> str:
        code = cell.removesuffix(".0")
        if not re.fullmatch(r"\d{6}", code):
            raise _CellError("应是六位数字的行政区划代码，如 330110")
        if code not in codes:
            raise _CellError("不在行政区划表 dbt/seeds/catalogue/divisions.csv 里；请查对代码")
        return code

    return read


def load_steward_files(settings: Settings) -> StewardFiles:
    """Read and check all steward files of the corpus; each may be missing.

    Raises:
        StewardFileError: form errors; all of them are listed.
    """
    report = _Report()
    seeds = settings.catalogue_dir
    divisions = _codes(seeds / "divisions.csv", "code")
    departments = _codes(seeds / "departments.csv", "code")
    indicators = _codes(seeds / "indicators.csv", "code")

    department = _one_of(departments, f"不是已知的部门代码（{'、'.join(sorted(departments))}）")
    indicator = _one_of(indicators, "不在指标目录 dbt/seeds/catalogue/indicators.csv 里")
    mention = _pattern(r"r[0-9a-f]{16}-\d+-\d+-\d+", "不是数字编号（mention_id）；请从 marts.fct_mention 复制")
    report_id = _pattern(r"r[0-9a-f]{16}", "不是报告编号；应是 r 加 16 位十六进制，请从 marts.dim_report 复制")
    who = {"reason": _Column(_text, is_required=True)}
    decided = {
        **who,
        "decided_by": _Column(_text, is_required=True),
        "decided_on": _Column(_date, is_required=True),
    }

    def bureau_key(cell: str) -> str:
        code, _, name = cell.partition("-")
        if not re.fullmatch(r"\d{6}", code) or name not in departments:
            raise _CellError("应是“区划代码-部门代码”，如 330110-transport；请从 marts.dim_bureau 复制")
        return cell

    register = _read(
        settings.register_file,
        settings.raw_dir,
        RegisterLine,
        {
            "file_name": _Column(_file_name, is_required=True),
            "report_id": _Column(report_id),
            "bureau_name": _Column(_text),
            "division_code": _Column(_division(divisions)),
            "department": _Column(department),
            "year": _Column(_year),
            "doc_kind": _Column(_one_of(get_args(DocKind), f"应是 {'、'.join(get_args(DocKind))} 之一")),
            "title": _Column(_text),
            "source_name": _Column(_text),
            "source_url": _Column(_pattern(r"https?://\S+", "不是网址；应以 http:// 或 https:// 开头")),
            "published_on": _Column(_date),
            "signed_on": _Column(_date),
            "note": _Column(_text),
        },
        [("file_name",), ("report_id",)],
        report,
    )
    review = settings.review_dir
    choices = _read(
        review / "value_choices.csv",
        settings.raw_dir,
        ValueChoice,
        {
            "bureau_key": _Column(bureau_key, is_required=True),
            "year": _Column(_year, is_required=True),
            "indicator_code": _Column(indicator, is_required=True),
            "mention_id": _Column(mention),
            "value": _Column(_number),
            **decided,
        },
        [("bureau_key", "year", "indicator_code")],
        report,
    )
    _each(
        choices,
        lambda row: (row.mention_id is None) == (row.value is None),
        "value_choices.csv 第 {line} 行：mention_id 和 value 要填且只填一个。",
        settings,
        report,
    )
    corrections = _read(
        review / "value_corrections.csv",
        settings.raw_dir,
        ValueCorrection,
        {
            "report": _Column(_file_name, is_required=True),
            "indicator_code": _Column(indicator),
            "mention_id": _Column(mention),
            "value_expected": _Column(_number, is_required=True),
            "value_new": _Column(_number, is_required=True),
            "evidence": _Column(_text),
            **decided,
        },
        [("report", "indicator_code", "mention_id", "value_expected")],
        report,
    )
    _each(
        corrections,
        lambda row: row.mention_id is None and row.indicator_code is None,
        "value_corrections.csv 第 {line} 行：indicator_code 和 mention_id 至少要填一个，才知道改哪个数字。",
        settings,
        report,
    )
    reviews = _read(
        review / "finding_reviews.csv",
        settings.raw_dir,
        FindingReview,
        {
            "finding_id": _Column(_text, is_required=True),
            "decision": _Column(
                _one_of(("accepted", "dismissed"), "应是 accepted（属实）或 dismissed（不是问题）"), is_required=True
            ),
            **who,
            "reviewed_by": _Column(_text, is_required=True),
            "reviewed_on": _Column(_date, is_required=True),
            "valid_until": _Column(_date),
        },
        [("finding_id",)],
        report,
    )
    if review.is_dir():
        known = {"value_choices.csv", "value_corrections.csv", "finding_reviews.csv"}
        report.remarks += [
            f"{_shown(path, settings.raw_dir)}：不认识的文件，没有读取；review/ 里只用 {'、'.join(sorted(known))}。"
            for path in sorted(review.iterdir())
            if path.name not in known and not path.name.startswith((".", "~$"))
        ]
    if report.problems:
        raise StewardFileError(report.problems)
    return StewardFiles(tuple(register), tuple(choices), tuple(corrections), tuple(reviews), tuple(report.remarks))


def _each(rows: list[Any], is_wrong: Callable[[Any], bool], message: str, settings: Settings, report: _Report) -> None:
    folder = _shown(settings.review_dir, settings.raw_dir)
    report.problems += [f"{folder}/{message.format(line=row.line_number)}" for row in rows if is_wrong(row)]


def _codes(path: Path, column: str) -> set[str]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return {row[column] for row in csv.DictReader(handle)}


def _shown(path: Path, raw_dir: Path) -> str:
    return f"{raw_dir.name}/{path.relative_to(raw_dir).as_posix()}"


def _read(
    path: Path,
    raw_dir: Path,
    kind: type[Any],
    columns: Mapping[str, _Column],
    keys: list[tuple[str, ...]],
    report: _Report,
) -> list[Any]:
    """The rows of one file as dataclasses; problems go to ``report``. A missing file is an empty one."""
    shown = _shown(path, raw_dir)
    if not path.exists():
        return []
    try:
        text = _decode(path.read_bytes())
    except OSError as error:
        report.problems.append(f"{shown}：读不了（{error.strerror}）；请检查文件权限。")
        return []
    except UnicodeDecodeError:
        report.problems.append(f"{shown}：编码不是 UTF-8 或 GBK；请在 Excel 里另存为“CSV UTF-8（逗号分隔）”。")
        return []
    lines = list(_lines(text))
    if not lines:
        report.problems.append(f"{shown}：是空文件，可能没有存好；请恢复内容，或删去这个文件（它可以没有）。")
        return []
    header_line, header = lines[0]
    names = [cell.strip().lower() for cell in header]
    if not _check_header(shown, header_line, names, columns, report):
        return []
    rows: list[Any] = []
    seen: dict[tuple[Any, ...], int] = {}
    for number, cells in lines[1:]:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
            report.problems.append(
                f"{shown} 第 {number} 行：有 {len(cells)} 格，表头只有 {len(names)} 列；"
                "单元格里有逗号时要用双引号括起来，最好用 Excel 编辑。"
            )
            continue
        broken = next((cell for cell in cells if "\n" in cell.strip() and text.count('"') % 2), None)
        if broken is not None:
            report.problems.append(
                f"{shown} 第 {number} 行：有一个双引号没有配对，后面的行都被并进了一格；请补上或删去这个引号。"
            )
            continue
        values, is_good = _cells(shown, number, dict(zip(names, cells, strict=False)), columns, report)
        if not is_good:
            continue
        for key in keys:
            value = (key, *(values.get(name) for name in key))
            if all(part is None for part in value[1:]):
                continue
            if value in seen:
                what = "、".join(f"{name}={values.get(name)}" for name in key)
                report.problems.append(f"{shown} 第 {number} 行：{what} 与第 {seen[value]} 行重复；请只留一行。")
                is_good = False
            seen.setdefault(value, number)
        if is_good:
            wanted = {item.name for item in fields(kind)} - {"line_number"}
            rows.append(kind(line_number=number, **{name: values.get(name) for name in wanted}))
    return rows


def _check_header(shown: str, line: int, names: list[str], columns: Mapping[str, _Column], report: _Report) -> bool:
    problems = [
        f"{shown} 第 {line} 行：列名「{name}」出现了两次；请删去一列。"
        for name in sorted({name for name in names if name and names.count(name) > 1})
    ]
    unknown = [name for name in names if name and name not in columns]
    for name, column in columns.items():
        if column.is_required and name not in names:
            near = difflib.get_close_matches(name, unknown, n=1)
            hint = f"表头里的「{near[0]}」是不是写错了？" if near else f"表头现有：{'、'.join(names) or '（空）'}。"
            problems.append(f"{shown} 第 {line} 行：缺少列「{name}」。{hint}")
    for name in unknown:
        # A misspelt optional column would silently lose what it holds.
        near = difflib.get_close_matches(name, [known for known in columns if known not in names], n=1, cutoff=0.8)
        if near and not columns[near[0]].is_required:
            problems.append(
                f"{shown} 第 {line} 行：列名「{name}」是不是「{near[0]}」写错了？请改正，或换一个不相近的列名。"
            )
    report.problems += problems
    if unknown and not problems:
        report.remarks.append(f"{shown} 第 {line} 行：不认识的列 {'、'.join(unknown)}，没有使用。")
    return not problems


def _cells(
    shown: str, number: int, cells: Mapping[str, str], columns: Mapping[str, _Column], report: _Report
) -> tuple[dict[str, Any], bool]:
    values: dict[str, Any] = {}
    is_good = True
    for name, column in columns.items():
        cell = cells.get(name, "").strip()
        if not cell:
            values[name] = column.default
            if column.is_required:
                report.problems.append(f"{shown} 第 {number} 行「{name}」列：不能为空。")
                is_good = False
            continue
        try:
            values[name] = column.read(cell)
        except _CellError as error:
            report.problems.append(f"{shown} 第 {number} 行「{name}」列：「{cell}」{error}。")
            is_good = False
    return values, is_good


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")


def _lines(text: str) -> Iterable[tuple[int, list[str]]]:
    """Rows with the line number where each begins; the separator is the header's most frequent one."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(",;\t，；", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    started = 1
    for cells in reader:
        if cells:
            yield started, cells
        started = reader.line_num + 1
