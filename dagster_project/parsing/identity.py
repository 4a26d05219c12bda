"""Whose report a text is, for which year, and of what kind: each field with the words it was read from.

Here belongs the weighing of what register, title, page header, signature and text say. Reading files, the division
table and the department table do not: see ``read``, ``divisions`` and ``departments``.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final

from dagster_project.parsing.departments import GOVERNMENT
from dagster_project.parsing.folding import squeeze
from dagster_project.parsing.model import DocKind, Evidence, Identity
from dagster_project.parsing.read import fold, lines_of, title_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dagster_project.parsing.departments import Department, Departments
    from dagster_project.parsing.divisions import Division, Divisions, NameHit
    from dagster_project.parsing.model import SourceText
    from dagster_project.parsing.read import Line


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One line of the steward's register ``reports.csv``, read and checked; ``None`` where the cell is blank."""

    line_number: int
    file_name: str
    report_id: str | None = None
    bureau_name: str | None = None
    division_code: str | None = None
    department: str | None = None
    year: int | None = None
    doc_kind: DocKind | None = None
    title: str | None = None
    source_url: str | None = None
    published_on: date | None = None
    signed_on: date | None = None
    note: str | None = None


REGISTER_COLUMNS: Final = (
    "file_name",
    "report_id",
    "bureau_name",
    "division_code",
    "department",
    "year",
    "doc_kind",
    "title",
    "source_url",
    "published_on",
    "signed_on",
    "note",
)
"""Header of ``reports.csv``."""

_PROVINCE_SHORT: Final = {
    short: code + "0000"
    for short, code in re.findall(
        r"(\D)(\d\d)",
        "京11津12冀13晋14蒙15辽21吉22黑23沪31苏32浙33皖34闽35赣36鲁37豫41鄂42湘43粤44桂45琼46渝50川51黔52滇53藏54陕61甘62青63宁64新65",
    )
}
"""The one-character names that open a province's document numbers: 辽委办发〔2020〕1号."""

_DOCUMENT_NUMBER = re.compile(
    rf"(?<![\u4e00-\u9fff])([{''.join(_PROVINCE_SHORT)}])(?=[\u4e00-\u9fff]{{1,8}}[〔\[(【]20\d\d[〕\])】])"
)
_OWN_OFFICE = re.compile(r"我局|我厅|我委(?!托)|我支队|我大队|局党[组委]|厅党组|局机关|局领导|局主要负责")
_LEVEL_WORD = re.compile(
    r"[我全省市县区州盟旗](?:(?<=[我全])([省市县区州盟旗])(?!间|场|域|别|直)"
    r"|(?<=([省市县区州盟旗]))(?=委区政府|委县政府|委市政府|委、|委和|委的|委全面依法|委依法治))"
)
_SPACE_IN_LINE = re.compile(r"[ \t\u3000\xa0\u200b\ufeff]+")
_BOOK = re.compile(r"《[^《》]{1,80}》")

_CHINESE_DIGIT: Final = dict(zip("〇○零OΟo一二三四五六七八九", "000000123456789", strict=True))
_YEAR = r"(?:(?<!\d)20\d\d(?!\d)|二[〇○零OΟo][〇○零OΟo一二三四五六七八九]{2})"
_YEAR_SPAN = re.compile(rf"({_YEAR})年?(?:度)?[-—–~至到－]+({_YEAR})年")
_YEAR_OF = re.compile(rf"({_YEAR})(?=年)")
_REPORT_SENTENCE = re.compile(
    rf"(?:现将|现就|现对|现把|将)[^。;；]{{0,40}}?({_YEAR})年[^。;；]{{0,60}}?(?:报告|汇报|总结|公布|公开|通报|说明)"
)
_PLAN_SENTENCE = re.compile(
    rf"(?:({_YEAR})年|今年)[^。;；]{{0,40}}(?:总体要求|总体思路|指导思想|工作要点|工作思路|工作目标|主要任务)(?:是|为|如下|[:：])"
    r"|制定(?:本|如下|以下)(?:工作)?(?:要点|计划|方案)|(?:工作要点|工作计划|实施方案|工作安排)如下"
)
_TOLD_SENTENCE = re.compile(
    r"(?:报告|汇报|总结|自查)(?:情况)?如下|(?:工作|有关|开展|建设)情况(?:总结|报告|汇报|公布)?如下|工作总结如下|特此报告|专此报告"
)
_PLAN_WORD = re.compile(r"要点|计划|方案|规划|安排|打算|清单|实施意见|行动")
_TOLD_WORD = re.compile(r"报告|总结|情况|年报|汇报|自查|述法|综述|公报|白皮书")
_LAW_WORD = re.compile(r"法治|依法行政|依法治|法制|行政执法|普法")
_LAW_NATURE = re.compile(r"法治政府|依法行政|法治建设|法治政府部门|依法治[县市区省]|法治[\u4e00-\u9fff]{2}建设")
_OTHER_REPORT = re.compile(
    r"信息公开(?:工作)?(?:年度)?报告|信息公开年报|^政府工作报告|\d年政府工作报告|预算|决算|统计公报|审计(?:工作)?报告"
)

_DAY = r"(20\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})"
_PUBLISHED = re.compile(
    rf"(?:(发布|发文|公开|更新|上传|录入)\s*(?:时间|日期)|(?<![\u4e00-\u9fff])(?:时间|日期))\s*[:：]?\s*[\[【(]?\s*{_DAY}"
)
_MADE = re.compile(rf"(?:成文|生成|印发|制发|签发)\s*(?:时间|日期)\s*[:：]?\s*{_DAY}")
_BARE_DAY = re.compile(rf"{_DAY}日?")
_CHINESE_DAY = re.compile(
    r"(二[〇○零OΟo][〇○零OΟo一二三四五六七八九]{2})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})日"
)
_SOURCE = re.compile(
    r"(?:信息|文章|稿件|内容)?(?:来源|出处)\s*[:：]\s*([^\s:：|｜【\[<>]{2,40}?)"
    r"(?=\s|$|[|｜【\[<>]|作者|编辑|浏览|阅读|点击|访问|发布|时间|日期|字体|字号|打印|分享)"
)

_WEIGHT: Final = {"register": 1.0, "title": 0.97, "header": 0.9, "signature": 0.88, "text": 0.7}


@dataclass(frozen=True, slots=True)
class _Named:
    """A bureau as one place of the document names it."""

    method: str
    quote: str
    department: str
    organ: str
    """The bureau's name without the division: 交通运输局; empty where only the field is named (交通运输系统)."""
    divisions: tuple[NameHit, ...]
    """Division names that stand right before it, outermost first."""
    start: int


@dataclass(slots=True)
class _Context:
    """What the whole document says about where it is from: code to weight, and the words that said so."""

    weights: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    quotes: dict[str, str] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    """How often the text speaks of 我县, 全市, 区委 ..., by the character."""

    def add(self, code: str, weight: float, quote: str) -> None:
        self.weights[code] += weight
        self.quotes.setdefault(code, quote)


@dataclass(frozen=True, slots=True)
class _Place:
    division: Division
    confidence: float
    quote: str


@dataclass(frozen=True, slots=True)
class _Parts:
    """The document, split into the places that are asked one after the other; white space and width folded away."""

    title: str
    header: tuple[str, ...]
    signature: tuple[str, ...]
    footer: tuple[str, ...]
    body: str


def identify(
    source: SourceText, divisions: Divisions, departments: Departments, register: RegisterRow | None
) -> Identity:
    """Bureau, year, kind, title and dates of a document; what it does not tell stays ``None``.

    The file's name is no evidence. A field that the register gives is taken from there; the text's own word on it
    stays in the evidence, so that a contradiction can be found.
    """
    row = register or RegisterRow(0, "")
    evidence: list[Evidence] = []
    lines = title_lines(source.text)
    title = _joined(source.text, lines) or None
    parts = _split(source, lines)

    if title:
        evidence.append(Evidence("title", "title", 0.95, title))
    published, signed, name_of_source = _page_fields(parts, evidence)
    kind = _doc_kind(parts, evidence)
    year = _year(parts, kind, published, signed, evidence)
    for name, value in (
        ("title", row.title),
        ("published_on", row.published_on),
        ("signed_on", row.signed_on),
        ("doc_kind", row.doc_kind),
        ("year", row.year),
    ):
        if value is not None:
            evidence.append(Evidence(name, "register", 1.0, str(value)))
    year = row.year if row.year is not None else year

    bureau = _Bureau(divisions, departments, parts, year, name_of_source)
    found = bureau.identify(row, evidence)
    if found.method == "register":
        own: list[Evidence] = []
        bureau.identify(RegisterRow(0, ""), own)
        evidence += (one for one in own if one.method != "suggestion")
    division = found.division
    return Identity(
        bureau_name=found.name,
        department=found.department,
        division_code=division.code if division else None,
        division_level=division.level if division else None,
        province=division.province or None if division else None,
        city=division.city or None if division else None,
        county=division.county or None if division else None,
        year=year,
        doc_kind=row.doc_kind or kind,
        title=row.title or title,
        published_on=row.published_on or published,
        signed_on=row.signed_on or signed,
        source_name=name_of_source,
        source_url=row.source_url,
        identified_by=found.method,
        evidence=tuple(evidence),
    )


# ------------------------------------------------------------------------------------------------ parts of a document


def _joined(text: str, lines: list[Line]) -> str:
    """The title's lines as one, without the blanks that only set it out on the page."""
    whole = " ".join(text[line.start : line.end].lstrip("#* ").rstrip("* ") for line in lines)
    return re.sub(r"(?<![A-Za-z])\s+|\s+(?![A-Za-z])", "", whole)


def _split(source: SourceText, title: list[Line]) -> _Parts:
    text = source.text
    inside_title = {line.start for line in title}
    header = tuple(line.shown for line in lines_of(text, 0, source.body_start) if line.start not in inside_title)
    tail = [line.shown for line in lines_of(text, source.body_end)]
    # the signature stands first in the tail, down to its date; what follows belongs to the page
    day = next((n for n, line in enumerate(tail[:4]) if _BARE_DAY.search(line) or _CHINESE_DAY.search(line)), None)
    length = day + 1 if day is not None else min(1, len(tail))
    body = fold(squeeze(text[source.body_start : source.body_end]))
    return _Parts(fold(squeeze(_joined(text, title))), header, tuple(tail[:length]), tuple(tail[length:]), body)


def _day(match: re.Match[str], first: int) -> date | None:
    try:
        return date(*(int(match[first + offset]) for offset in range(3)))
    except ValueError:
        return None


def _chinese_number(text: str) -> int:
    """一 to 九十九."""
    tens, sep, ones = text.rpartition("十")
    digits = "一二三四五六七八九"
    if not sep:
        return digits.index(text) + 1 if text in digits else 0
    return (digits.index(tens) + 1 if tens in digits and tens else 1) * 10 + (digits.index(ones) + 1 if ones else 0)


def _find_day(line: str) -> date | None:
    plain = squeeze(line)
    if match := _BARE_DAY.search(plain):
        return _day(match, 1)
    if match := _CHINESE_DAY.search(plain):
        try:
            return date(_to_year(match[1]), _chinese_number(match[2]), _chinese_number(match[3]))
        except ValueError:
            return None
    return None


def _page_fields(parts: _Parts, evidence: list[Evidence]) -> tuple[date | None, date | None, str | None]:
    """Date of publication, date of signing, and the source that the page names."""
    published = signed = name_of_source = None
    page = (*parts.header, *parts.footer)
    for line in page:
        if published is None and (match := _PUBLISHED.search(line)):
            published = _day(match, 2)
            evidence.append(Evidence("published_on", "header", 0.95, line[:80]))
        if name_of_source is None and (match := _SOURCE.search(line)):
            name_of_source = match[1].strip(" 、,，;；")
            evidence.append(Evidence("source_name", "header", 0.95, line[:80]))
    for method, lines in (("signature", parts.signature), ("header", parts.header)):
        for line in lines:
            if signed is not None or _PUBLISHED.search(line):
                continue
            match = _MADE.search(line)
            # a day alone above the report may be either; one beside a document number is the document's own
            own = method == "signature" or re.search(r"号[\s,，]*(?:20\d\d|二)", line)
            signed = _day(match, 1) if match else _find_day(line) if own else None
            if signed is not None:
                evidence.append(Evidence("signed_on", method, 0.95, line[:80]))
    if published is None:
        for line in parts.header:
            if re.fullmatch(rf"{_DAY}日?(?:\s+\d{{1,2}}:\d\d(?::\d\d)?)?", line) and (day := _find_day(line)):
                published = day
                evidence.append(Evidence("published_on", "header", 0.7, line))
                break
    return published, signed, name_of_source


# ------------------------------------------------------------------------------------------------------ kind and year


def _doc_kind(parts: _Parts, evidence: list[Evidence]) -> DocKind:
    """Report, plan or neither: from the title if it says so, else from how the text opens."""
    title = _own_title(parts.title)
    opening = parts.body[:700]
    kind: DocKind
    if title and _OTHER_REPORT.search(title) and not _LAW_WORD.search(title):
        kind, method, confidence, quote = "other", "title", 0.9, title
    elif title and _LAW_WORD.search(title) and _TOLD_WORD.search(title) and not _is_plan_title(title):
        kind, method, confidence, quote = "annual_report", "title", 0.95, title
    elif title and _LAW_WORD.search(title) and _PLAN_WORD.search(title):
        kind, method, confidence, quote = "plan", "title", 0.95, title
    elif not _LAW_NATURE.search(title + parts.body[:3000]) and not (
        _LAW_WORD.search(title + opening) and len(_LAW_WORD.findall(parts.body)) >= 5
    ):
        kind, method, confidence, quote = "other", "text", 0.7, title or opening[:40]
    elif match := _PLAN_SENTENCE.search(_BOOK.sub("", opening)):
        told = _TOLD_SENTENCE.search(opening)
        kind = "annual_report" if told else "plan"
        method, confidence, quote = "text", 0.8, (told or match)[0]
    elif match := _TOLD_SENTENCE.search(opening) or _TOLD_SENTENCE.search(parts.body[-60:]):
        kind, method, confidence, quote = "annual_report", "text", 0.85, match[0]
    elif _OTHER_REPORT.search(title):
        kind, method, confidence, quote = "other", "title", 0.8, title
    else:
        law = len(_LAW_NATURE.findall(parts.body))
        kind = "annual_report" if law * 400 >= len(parts.body) ** 0.9 or law >= 8 else "other"
        method, confidence, quote = "text", 0.5, f"法治政府、依法行政等出现{law}次"
    evidence.append(Evidence("doc_kind", method, confidence, quote[:80]))
    return kind


def _own_title(title: str) -> str:
    """The title without books named in it; of a notice that issues a document, that document's name."""
    issued = re.search(r"(?:印发|下发|转发|发布|制定)[《〈](?P<name>[^》〉]+)[》〉]的?通知", title)
    return issued["name"] if issued else _BOOK.sub("", title)


def _is_plan_title(title: str) -> bool:
    """情况的报告 is a report even if it also holds next year's plan; a plan's title ends in the plan."""
    told = [match.end() for match in _TOLD_WORD.finditer(title)]
    plan = [match.end() for match in _PLAN_WORD.finditer(title)]
    return bool(plan) and (not told or (max(plan) > max(told) and not re.search(r"报告|总结|汇报|年报", title)))


def _to_year(text: str) -> int:
    return int("".join(_CHINESE_DIGIT.get(char, "2" if char == "二" else char) for char in text))


def _year(
    parts: _Parts, kind: DocKind, published: date | None, signed: date | None, evidence: list[Evidence]
) -> int | None:
    """The calendar year that the figures are about; a plan's is the year planned."""

    def found(method: str, confidence: float, year: str, quote: str) -> int:
        evidence.append(Evidence("year", method, confidence, quote[:80]))
        return _to_year(year)

    title = _own_title(parts.title)
    if match := _YEAR_SPAN.search(title):
        return found("title", 0.8, match[2], title)
    if match := _YEAR_OF.search(title) or re.search(rf"({_YEAR})", title):
        return found("title", 0.97, match[1], title)
    body = _BOOK.sub("", parts.body)
    opening = body[:900]
    if kind != "plan" and (match := _REPORT_SENTENCE.search(opening)):
        return found("text", 0.93, match[1], match[0])
    written = signed or published
    latest = written.year if written else None
    first = [match for match in _YEAR_OF.finditer(opening[:300]) if latest is None or _to_year(match[1]) <= latest]
    if first and (first[0].start() <= 40 or kind == "plan"):
        return found("text", 0.85, first[0][1], opening[first[0].start() : first[0].start() + 30])
    if written is not None:
        # reports are written at the turn of the year; in its last weeks they are about the year itself
        year = written.year if kind == "plan" or written.month >= 11 else written.year - 1
        return found("signature" if signed else "header", 0.7, str(year), str(written))
    counted = Counter(_to_year(match[1]) for match in _YEAR_OF.finditer(body))
    if counted:
        year, times = counted.most_common(1)[0]
        if times >= 3:
            return found("text", 0.55, str(year), f"正文中{year}年出现{times}次")
    return None


# ------------------------------------------------------------------------------------------------------------- bureau


@dataclass(frozen=True, slots=True)
class _Found:
    name: str | None
    department: str | None
    division: Division | None
    method: str | None


class _Bureau:
    """The search for one document's bureau."""

    def __init__(
        self,
        divisions: Divisions,
        departments: Departments,
        parts: _Parts,
        year: int | None,
        name_of_source: str | None,
    ) -> None:
        self.divisions = divisions
        self.departments = departments
        self.parts = parts
        self.year = year
        self.name_of_source = name_of_source
        self.context = _Context()
        self._resolved: dict[tuple[str, ...], _Place | None] = {}
        self.body_hits = divisions.find(parts.body)
        self._read_context()

    # ---- register first, then title, header, signature and text

    def identify(self, row: RegisterRow, evidence: list[Evidence]) -> _Found:
        """The bureau, and the evidence for its name, division and department."""
        given = list(self._named("register", row.bureau_name)) if row.bureau_name else []
        named = [*given, *self._all_named()]
        department, department_method = self._department(row, named, evidence)
        place, place_method = self._place(row, named, department, evidence)
        if place is None:
            self._suggest(evidence)
        elif row.bureau_name is None and row.division_code is not None and department is not None:
            place_method = department_method = "register"
        if row.bureau_name is not None:
            evidence.append(Evidence("bureau_name", "register", 1.0, row.bureau_name))
            return _Found(row.bureau_name, department, place.division if place else None, "register")
        if place is None or department is None or place_method is None or department_method is None:
            return _Found(None, department, place.division if place else None, None)
        if department == GOVERNMENT:
            organ, quote = "人民政府", place.quote
        else:
            organ, quote = self._organ(named, department, place.division)
        name = place.division.full_name + organ
        order = list(_WEIGHT)
        method = max(place_method, department_method, key=order.index)
        confidence = min(place.confidence, _WEIGHT[department_method])
        evidence.append(Evidence("bureau_name", method, round(confidence, 2), quote))
        return _Found(name, department, place.division, method)

    def _all_named(self) -> list[_Named]:
        parts = self.parts
        found = list(self._named("title", parts.title))
        for line in parts.header:
            found += self._named("header", line)
        if self.name_of_source:
            found += self._named("header", self.name_of_source)
        for line in parts.signature:
            found += self._named("signature", line)
        found += self._named("text", parts.body, self.body_hits)
        for line in parts.footer:
            # who runs the web site is often the government above
            found += (named for named in self._named("header", line) if named.department != GOVERNMENT)
        return found

    def _named(self, method: str, text: str, hits: list[NameHit] | None = None) -> Iterable[_Named]:
        """Departments named in a text, each with the division names right before it."""
        plain = _SPACE_IN_LINE.sub("", fold(text))
        places = self.divisions.find(plain) if hits is None else hits
        ends = {hit.end: hit for hit in places}
        # a bureau in the name of a law or a notice tells nothing of its own; same length, so that offsets stay
        unquoted = _BOOK.sub(lambda match: "《" * len(match[0]), plain)
        for place in places:
            if place.is_full:
                # 公安县 names no police
                unquoted = unquoted[: place.start] + "《" * (place.end - place.start) + unquoted[place.end :]
        for hit in self.departments.find(unquoted):
            chain: list[NameHit] = []
            at = hit.start
            while at in ends and len(chain) < 3:
                chain.insert(0, ends[at])
                at = ends[at].start
            if chain and not chain[-1].is_full and hit.organ_end is None:
                chain = []
            organ = plain[hit.start : hit.organ_end] if hit.organ_end else ""
            yield _Named(method, plain[at : hit.organ_end or hit.end][:40], hit.code, organ, tuple(chain), at)

    # ---- department

    def _department(
        self, row: RegisterRow, named: list[_Named], evidence: list[Evidence]
    ) -> tuple[str | None, str | None]:
        if row.department is not None:
            evidence.append(Evidence("department", "register", 1.0, row.department))
            return row.department, "register"
        for method in ("register", "title", "header", "signature"):
            here = [one for one in named if one.method == method]
            # of several, a bureau before a mere field, and a department before the government it belongs to
            here.sort(key=lambda one: (one.department == GOVERNMENT, not one.organ))
            for one in here:
                if one.department == GOVERNMENT and (method == "header" or not one.divisions):
                    continue
                if not one.organ and method == "header":
                    continue
                evidence.append(Evidence("department", method, _WEIGHT[method], one.quote))
                return one.department, method
        return self._department_of_text(named, evidence)

    def _department_of_text(self, named: list[_Named], evidence: list[Evidence]) -> tuple[str | None, str | None]:
        """The department that a text is about, if it is about one; else perhaps the whole government."""
        parts = self.parts
        title_place = self.divisions.find(parts.title)
        own_office = _OWN_OFFICE.search(parts.body)
        if "政府工作报告" in parts.title or (title_place and not own_office):
            evidence.append(Evidence("department", "title", 0.85, parts.title))
            return GOVERNMENT, "title"
        counted: Counter[str] = Counter()
        quotes: dict[str, str] = {}
        for one in named:
            if one.method == "text" and one.department != GOVERNMENT:
                # who names itself says so often and early
                counted[one.department] += 3 if one.divisions and one.start < 200 else 1
                quotes.setdefault(one.department, one.quote)
        if own_office and counted:
            (first, times), *others = counted.most_common(2)
            if times >= 3 and (not others or times >= 1.5 * others[0][1]):
                evidence.append(Evidence("department", "text", 0.7, f"{quotes[first]}(正文提到{times}次)"))
                return first, "text"
        governs = re.search(r"我(?:县|市|区|省|州|旗)|(?:县|市|区|州|旗|省)(?:人民)?政府常务会议", parts.body)
        if governs and not own_office:
            evidence.append(Evidence("department", "text", 0.6, governs[0]))
            return GOVERNMENT, "text"
        return None, None

    def _organ(self, named: list[_Named], department: str, division: Division) -> tuple[str, str]:
        """The bureau's own name without its division, as the first place that has it in full writes it."""
        for wants_division in (True, False):
            for one in named:
                if one.department != department or not one.organ or (one.method == "text" and not one.divisions):
                    continue
                codes = {code for hit in one.divisions[-1:] for code in hit.codes}
                if codes and division.code not in {self._today(code, one.divisions[-1].surface).code for code in codes}:
                    continue
                if bool(codes) is wants_division:
                    return one.organ, one.quote
        entry = self.departments.get(department)
        quote = next((one.quote for one in named if one.department == department), "")
        return (self._usual(entry, division) if entry else "") or "", quote

    @staticmethod
    def _usual(entry: Department, division: Division) -> str:
        return entry.bureau(of_province=division.level == "province" and not division.name.endswith("市"))

    # ---- division

    def _read_context(self) -> None:
        """Weighs every division that the document names, and those above it."""
        parts = self.parts
        self._weigh(parts.title, self.divisions.find(parts.title), 4.0)
        for line in (*parts.header, *parts.signature):
            plain = _SPACE_IN_LINE.sub("", line)
            self._weigh(plain, self.divisions.find(plain), 3.0)
        for line in parts.footer:
            plain = _SPACE_IN_LINE.sub("", line)
            self._weigh(plain, self.divisions.find(plain), 1.5)
        self._weigh(parts.body, self.body_hits, 1.0)
        for match in _DOCUMENT_NUMBER.finditer(parts.body):
            self.context.add(_PROVINCE_SHORT[match[1]], 1.5, parts.body[match.start() : match.start() + 16])
        self.context.kinds.update(match[1] or match[2] for match in _LEVEL_WORD.finditer(parts.body))

    def _weigh(self, text: str, hits: list[NameHit], weight: float) -> None:
        for hit in hits:
            divisions = [d for code in hit.codes if (d := self.divisions.get(code)) is not None]
            divisions = [d for d in divisions if d.valid_to is None] or divisions
            if not hit.is_full and divisions and all(d.level == "county" for d in divisions):
                # 和平, 平安, 建设: too often words
                continue
            if not hit.is_full:
                divisions = [d for d in divisions if d.level != "county"] or divisions
            quote = text[max(0, hit.start - 4) : hit.end + 12]
            for division in divisions:
                self.context.add(division.code, weight / len(divisions), quote)

    def _today(self, code: str, surface: str) -> Division:
        """The division that a name meant by ``code``, under its present code."""
        return self.divisions.same_place(code, surface)

    def _resolve(self, chain: tuple[NameHit, ...]) -> _Place | None:
        """Which division a chain of names means; ``None`` if the document does not decide between several."""
        key = tuple(hit.surface for hit in chain)
        if key not in self._resolved:
            self._resolved[key] = self._decide(chain)
        return self._resolved[key]

    def _decide(self, chain: tuple[NameHit, ...]) -> _Place | None:
        hit = chain[-1]
        above = {code for outer in chain[:-1] for code in outer.codes}
        candidates: dict[str, float] = {}
        of_its_time = [code for code in hit.codes if self.divisions.was_so_named(code, hit.surface, self.year)]
        for code in of_its_time or hit.codes:
            division = self._today(code, hit.surface)
            parents = self.divisions.parents(division)
            score = 0.0
            if above:
                score += 12.0 if any(parent.code in above for parent in parents) else -6.0
            for parent, factor in zip(parents, (2.0, 1.0), strict=False):
                score += factor * min(self.context.weights.get(parent.code, 0.0), 6.0)
            if not hit.is_full:
                score += 1.5 * min(self.context.kinds.get(division.name[-1], 0), 5)
                score += {"province": 2.0, "prefecture": 1.5}.get(division.level, 0.0)
            candidates[division.code] = max(score, candidates.get(division.code, score))
        ranked = sorted(candidates.items(), key=lambda item: (-item[1], item[0]))
        best = self.divisions.get(ranked[0][0])
        if best is None:
            return None
        quote = "".join(one.surface for one in chain)
        if len(ranked) == 1:
            return _Place(best, 0.97 if ranked[0][1] > 0 else 0.93, quote)
        margin = ranked[0][1] - ranked[1][1]
        if margin < 1.0:
            return None
        quotes = self.context.quotes
        told = next((quotes[parent.code] for parent in self.divisions.parents(best) if parent.code in quotes), "")
        confidence = 0.95 if margin >= 6 else 0.85 if margin >= 3 else 0.7
        return _Place(best, confidence, f"{quote}(“{told}”)" if told and not above else quote)

    def _place(
        self, row: RegisterRow, named: list[_Named], department: str | None, evidence: list[Evidence]
    ) -> tuple[_Place | None, str | None]:
        """The division and where it was found."""
        if row.division_code is not None:
            division = self.divisions.present(row.division_code)
            if division is not None:
                evidence.append(Evidence("division_code", "register", 1.0, row.division_code))
                return _Place(division, 1.0, row.division_code), "register"
        for method in ("register", "title", "header", "signature"):
            for place in self._places(method, named, department, row):
                evidence.append(
                    Evidence("division_code", method, round(min(place.confidence, _WEIGHT[method]), 2), place.quote)
                )
                return place, method
        of_text = self._place_of_text(named, department)
        if of_text is not None:
            evidence.append(Evidence("division_code", "text", of_text.confidence, of_text.quote))
            return of_text, "text"
        return None, None

    def _places(self, method: str, named: list[_Named], department: str | None, row: RegisterRow) -> Iterable[_Place]:
        """Divisions that one part of the document gives for the bureau, the surest first."""
        here = [one for one in named if one.method == method and one.divisions]
        here.sort(key=lambda one: (one.department != department, not one.organ))
        for one in here:
            if one.department == department or method != "signature":
                place = self._resolve(one.divisions)
                if place is not None and self._fits(place, method, one, department):
                    yield place
        texts = {
            "register": (row.bureau_name or "",),
            "title": (self.parts.title,),
            "header": self.parts.header,
            "signature": self.parts.signature,
        }[method]
        for text in texts:
            plain = _SPACE_IN_LINE.sub("", _BOOK.sub("", text))
            yield from self._loose_places(plain, method)

    def _fits(self, place: _Place, method: str, one: _Named, department: str | None) -> bool:
        """A page header's government is the bureau's own only if the text speaks of that kind of place."""
        if method != "header" or one.department == department:
            return True
        return self._kind_agrees(place.division)

    def _loose_places(self, plain: str, method: str) -> Iterable[_Place]:
        """Divisions named apart from the department: 泸县2024年交通运输法治政府建设报告."""
        chain: list[NameHit] = []
        chains: list[tuple[NameHit, ...]] = []
        for hit in self.divisions.find(plain):
            if chain and chain[-1].end != hit.start:
                chains.append(tuple(chain))
                chain = []
            chain.append(hit)
        if chain:
            chains.append(tuple(chain))
        for found in sorted(chains, key=lambda one: (not one[-1].is_full, -len(one))):
            place = self._resolve(found)
            if place is None or (not found[-1].is_full and method != "title"):
                continue
            if self._kind_agrees(place.division):
                yield place

    def _kind_agrees(self, division: Division) -> bool:
        """Whether the text's 我县, 全市, 区委 are of the division's kind; true if the text says too little."""
        kinds = self.context.kinds
        total = sum(kinds.values())
        if total < 3:
            return True
        return kinds.get(division.name[-1], 0) * 3 >= total

    def _place_of_text(self, named: list[_Named], department: str | None) -> _Place | None:
        """The division that the running text is about: named right before the department, or most often."""
        scores: dict[str, float] = defaultdict(float)
        places: dict[str, _Place] = {}

        def count(chain: tuple[NameHit, ...], weight: float) -> None:
            place = self._resolve(chain)
            if place is None:
                return
            code = place.division.code
            scores[code] += weight * (1.0 if self._kind_agrees(place.division) else 0.2)
            places.setdefault(code, place)

        for one in named:
            if one.method == "text" and one.divisions and one.department == department:
                count(one.divisions, 3.0)
        for hit in self.body_hits:
            if hit.is_full:
                count((hit,), 1.5 if hit.start < 400 else 1.0)
        if not scores:
            return None
        ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
        best, score = ranked[0]
        rival = next((s for code, s in ranked[1:] if code not in self._family(best)), 0.0)
        if score < 2.5 or score < 1.5 * rival or not self._kind_agrees(places[best].division):
            return None
        confidence = 0.8 if score >= 2 * rival and score >= 4 else 0.65
        place = places[best]
        return _Place(place.division, round(min(confidence, place.confidence), 2), place.quote)

    def _family(self, code: str) -> set[str]:
        division = self.divisions.get(code)
        return {parent.code for parent in self.divisions.parents(division)} if division else set()

    def _suggest(self, evidence: list[Evidence]) -> None:
        """What a steward may start from where the division stayed open: the places named most, and the words."""
        ranked = sorted(self.context.weights.items(), key=lambda item: (-item[1], item[0]))
        for code, weight in ranked[:5]:
            division = self.divisions.get(code)
            if division is not None:
                quote = f"可能是 {division.province}{division.city if division.level != 'province' else ''}"
                quote += f"{division.county}({code}):“{self.context.quotes[code]}”"
                evidence.append(Evidence("division_code", "suggestion", round(min(0.4, weight / 20), 2), quote))
