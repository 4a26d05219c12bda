"""What surrounds a quantity: the windows that say what it counts, its qualifier, status, measure, year, period, scope.

Here belong the cue words of time, change, promise and extent. Which indicator a quantity is does not: that is
``matching``.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache

from dagster_project.parsing.catalogue import Unit
from dagster_project.parsing.model import Measure, Period, Qualifier, Scope, Status, Window
from dagster_project.parsing.outline import Line, Outline
from dagster_project.parsing.scan import Quantity
from dagster_project.parsing.tables import locate

_pattern = cache(re.compile)
"""A pattern where it is used, compiled once: ``re`` looks it up more slowly."""
_REACH = 1000
"""Words farther back in a sentence without end say nothing about a number."""
_PARAGRAPH = 4000
"""A year farther back in a paragraph is forgotten."""
_MARK = re.compile(r"[,。;!?\n()]")
_PAUSE = re.compile(r"[,:;]")
_NEAR_STOP = frozenset(",。;!?\n、:()|")

# -- qualifier: words right before and right behind the number
_BEFORE = (
    (
        "at_least",
        re.compile(r"(?:不少于|不得少于|不低于|不得低于|至少|最少|不小于|不短于|不下|起码|保底)[^,。;]{0,3}$"),
    ),
    (
        "at_most",
        re.compile(
            r"(?:不超过|不得超过|不高于|不得高于|不大于|不多于|最多|最长|至多|低于|少于|小于|控制在|限于)[^,。;]{0,3}$"
        ),
    ),
    ("about", re.compile(r"(?:大约|约为|约占|约|大概|大致)[^,。;0-9]{0,2}$")),
    ("over", re.compile(r"(?:超过|超出|超|逾|突破|破|迈过|多于|大于)(?:了)?$")),
    ("nearly", re.compile(r"(?:将近|接近|临近|近)$")),
)
_NOT_OVER = re.compile(r"(?:不破|打破)$")
_REQUIREMENT = re.compile(r"不少于|不得少于|不低于|不得低于|至少|最少|不短于")

# -- status
_TARGET_BEFORE = re.compile(
    r"(?:力争|争取|确保|计划(?!生育|内|外)|拟(?!定|废|制|稿|任|订|保留|[^,。;]{0,12}的)|预计|目标(?:是|为|:|任务)?|(?<![即必不])将(?=继续|进一步|持续|开展|组织|举办|推动|推进|完成|实现|建成|新增|培训|达|超|加大|力争|围绕|聚焦|全面|重点|坚持|按照)|(?:任务|指标|要求)(?:为|是|:)|要求[^,。;]{0,12}(?:达到|完成|实现)|"
    r"力求|准备|打算|下一步|下步|明年|来年|下一年|(?<!结转)下年度|将于|即将|谋划|有望|努力|推动[^,。;]{0,12}(?:达到|降至|下降|提高到))[^。;]{0,60}$"
)
_TARGET_CLAUSE = re.compile(
    r"(?:^|[,。;:、(])(?:我[局市县区委院单位]*|全[市县区局年系统]*|到?20[0-9]{2}年(?:底|末)?前?)?(?:力争|争取|确保|计划|拟|预计|力求|打算)[^,。;]{0,40}$"
)
_TARGET_NOUN = re.compile(
    r"(?:以上|以下|以内)的?(?:年度|既定|预期|工作)?(?:目标|任务|指标|要求)|(?:以上|以下|以内|左右)?的?(?:年度|既定|预期|工作)?(?:目标|任务指标|任务要求|控制目标|控制线|指标要求|考核指标)(?!任务完成)"
)
_NOMINAL_PLAN = re.compile(
    r"(?:工作|检查|年度|监管|执法|普法|培训|抽查|学习|立法|规划|培养|行动|发展|实施|按|按照|根据|列入|纳入|制定|编制|完成|超额完成)[的年度]{0,3}计划[^,。;]*$"
)
_ACTUAL_WORDS = re.compile(r"实际|已(?!建)|完成了|累计|截至|截止|去年|上年|上一年|同比|较上年|比上年|目前")
_NORM = re.compile(r"每(?:年|季度?|月|半年|周|个?工作日|案|件|名|人|次)|年均(?:不少于|至少)|原则上")
_NORM_LIMITS = frozenset(("at_least", "at_most"))

# -- measure
_COMPARED = re.compile(
    r"同比|环比|(?:较|比|与|同)(?:去年|上年|上一年|前年|同期|20[0-9]{2}年|往年|年初|上一?年度|上月|上季度)(?:同期)?(?:相比)?|同上年|与去年|相比"
)
_CHANGE = re.compile(
    r"(?P<up>增长率?|增加|上升|提高|提升|增幅|净增加?|多出?|上涨|增速|扩大|回升|攀升)|(?P<down>下降|减少|降低|下滑|回落|降幅|少|净减|缩小|压减|压降|压缩|精简|减负|缩短|收窄)"
)
_TAIL_CHANGE = re.compile(
    r"(?P<up>增长|增加|上升|提高|提升|增幅|净增加?|多|多出|上涨|增速|净长|增)(?:率|幅|幅度)?(?:了|再|约|近|超过?|逾|达到?|为|高达|达)?$|"
    r"(?P<down>下降|减少|降低|下滑|回落|降幅|减幅|瘦身|缩水|少|净减|再降|减|降)(?:率|幅|幅度)?(?:了|再|约|近|超过?|逾|达到?|为|达|不少于|不低于)?$"
)
_CHANGED_BY = re.compile(r"(?:较|比)[^,。;]*?(多|少)[\u4e00-\u9fff]{1,2}了?$")
_TAIL_PRESS = re.compile(
    r"(?:压减|压降|压缩|精简|缩减|缩短|削减|减免)(?:率|比例|幅度)?(?:了|约|近|超过?|逾|达到?|为|达|不少于|不低于)?$"
)

# -- year and period
_FULL_YEAR = re.compile(
    r"(?P<y>(?:19|20)[0-9]{2})年(?!来|版|修订|第)|(?P<cn>二[〇○零][一二三][〇○零一二三四五六七八九])年"
)
_YEAR_SPAN = re.compile(r"(?P<a>(?:19|20)[0-9]{2})年?(?:[-~至到]{1,2})(?P<b>20[0-9]{2})年?")
_PLAN_BEGINS = re.compile(r"(?:^|[\n。;,(（)）、.])(?:下一?步|下一?阶段|明年|来年|新的一年|新一年|下一?年度?|今后)")
_LEADING_YEAR = re.compile(
    r"(?:^|[。;])(?:[(（]?[一二三四五六七八九十0-9①-⑳]{0,3}[)）、.])?(?P<y>20[0-9]{2})年(?:度)?(?![0-9]*月)"
)
_SINCE = re.compile(r"(?:自|从)(?P<y>20[0-9]{2})年[^,。;]{0,12}(?:以来|起|至今|开始|来)")
_LAST_YEAR = re.compile(r"去年|上年(?!度?工作)|上一年度?(?!法治)|上年度|前一年|往年同期")
_COMPARE_ONLY = re.compile(
    r"(?:较|比|与|同)(?:去年|上年|上一年度?|上年度|前一年)(?:同期)?(?:相比)?(?!的?(?:[^,。;]{0,12})?[0-9])"
)
_YEAR_COMPARED = re.compile(r"去年|上年|上一年|前一年")
_ASIDE = re.compile(r"[《\[(]")
_YEAR_BEFORE_LAST = re.compile(r"前年")
_NEXT_YEAR = re.compile(r"明年|来年|(?<!结转)(?<!结转至)下一?年度?|次年|新的一年")
_YTD = re.compile(
    r"截[至止](?:到)?(?:目前|当前|今|日前|现在|发稿)|截[至止](?:到)?(?:(?:20[0-9]{2}|今|本)年?)?(?P<m>[0-9]{1,2}|[一二三四五六七八九十]{1,2})月(?P<d>[0-9]{1,2}日|底|末|初|中旬|上旬|下旬|份)?"
    r"|1[-~至到]{1,2}(?P<to>[0-9]{1,2})月|前(?P<first>[0-9一二三四五六七八九十]{1,2})个?月|上半年|一季度|前三季度|前三个季度|到目前为止|迄今"
)
_SAYS_NEXT = re.compile(r"(?:[(（]?[一二三四五六七八九十0-9①-⑳]{0,3}[)）、.]?)?(?:下一?步|明年|来年|下一?年度?|今后)")
_FULL_STOP = re.compile(r"[。;]")
_EACH = re.compile(r"[各均都双]")
_DOCUMENTS = re.compile(r"文件|制度|规定|政策")
_MULTI_YEAR_SIGN = re.compile(
    r"年[均来间累以]|近[二两三四五六七八九十2-9]年|过去[二两三四五六七八九十2-9]年|历|多年|五[”\"]?[规期时以]|以来"
)
"""In every match of ``_MULTI_YEAR``."""
_STOCK_WORD = re.compile(r"共有|率|在册|现有")
_YTD_SIGN = re.compile(r"截|半年|季度|迄今|目前为止")
"""In every match of ``_YTD`` that names no month."""
_YEAR_END = re.compile(
    r"截[至止](?:到)?(?:(?:20[0-9]{2}|今|本)年)?(?:12月(?:31日|底|末|份)|年底|年末)|1[-~至到]{1,2}12月"
)
_MONTHLY = re.compile(r"(?:每月|月均|平均每月|月平均|每个月|日均|平均每[天日]|每[日天]|每周|周均|当月|单月)")
_MONTH_OWN = re.compile(r"(?:20[0-9]{2}年)?[0-9]{1,2}月份?(?=,|、[0-9]{1,2}月)")
_NAMED_MONTH = re.compile(
    r"(?:^|[,。;\n年(、])(?:(?:20[0-9]{2}|今|本)年)?(?:[0-9]{1,2}|[一二三四五六七八九十]{1,2})月(?:份|底|末)?(?![0-9]*日)(?!至)"
)
_MULTI_YEAR = re.compile(
    r"年均|(?<![0-9])(?:近|过去|前)?(?:[二两三四五六七八九十]|[2-9]|1[0-9])(?:余)?年(?:来|间|累计|以来)|(?:近|过去)(?:[二两三四五六七八九十]|[2-9])年|历年|多年来|"
    r"[“\"]?(?:十[一二三四五]五|八五|七五|九五)[”\"]?(?:规划)?(?:期间|时期|以来|期内)|改革开放以来|成立以来|建[局市县区]以来|党的十[八九]大以来|党的二十大以来|历史(?:性)?累计|五年(?:来|间)"
)
_AS_OF = re.compile(
    r"编制|实有|仍有|尚有|现存|共辖|下辖|辖区?(?:有|内)|占比仅|目前(?:共|已)?(?:有|拥有|配备|在册|实有|共有)|现有|现共有|实有|在编|在岗|在册|期末|年末|年底(?:前)?(?:共|累计)?有|保有量|登记在册|拥有|下设|内设|常年"
)

# -- scope
_OTHER_BRACKETS = re.compile(r"[(][^()]*[)]")

_PURPOSE = re.compile(r"(?:全部|主要|专门)?(?:用于|购置|更新|采购|配备|安装|建设|升级|添置)[^,。;0-9]{2,30}")

_SYSTEM = re.compile(
    r"全(?:市|县|区|州|旗|盟)(?:交通|司法|城管|市场|应急|水利|农业|系统|各级|[^,。;]{0,6}系统)?|全系统|系统内|全行业|辖区内?|全域"
)
_UPPER = re.compile(r"全国|全省|全自治区|省级(?:以上)?(?:平均)|全省平均|上级平均|全市平均")
_OWN = re.compile(
    r"我局|本局|局机关|市本级|县本级|区本级|本级|本单位|我单位|局属|我队|我大队|我支队|我委|本机关|机关本级"
)
_SUBORDINATE = re.compile(
    r"(?:各|所属|下属|基层)(?:县|区|乡镇|街道|站所|单位|中队|大队|县区|县市区)|县(?:市、?)?区(?:局|级)?(?=[^,。;]{0,6}$)"
)
_TOTAL = re.compile(r"(?:共计|共|累计|合计|总计|总共|全年|总数|总量|一共)[^,。;、]{0,14}$")
_PART_MARK = re.compile(r"其中[:,]?|其余|剩余|余下|含(?!义|量|金)|包括|内含")


@dataclass(frozen=True, slots=True)
class _Opening:
    """What a line says that holds for the sentences behind; offsets are flat."""

    headed_by_future: bool
    year_at: int
    year: int | None
    """The first year that stands at the head of a sentence."""
    says_next: bool
    """Whether the line opens with 下一步 or the like."""
    month_from: int
    """From here on, stocks and rates are those of a month named before."""


@dataclass(frozen=True, slots=True)
class Context:
    """All that the words around a quantity tell, apart from its indicator. Offsets are flat."""

    windows: tuple[Window, ...]
    clause_start: int
    clause_end: int
    sentence: int
    line: Line
    qualifier: Qualifier
    status: Status
    measure: Measure
    negative: bool
    year: int | None
    period: Period
    period_explicit: bool
    scope: Scope
    is_total: bool
    is_part: bool
    after_part_mark: int
    """Flat offset of the 其中 that governs the quantity, or -1."""


def _clause(flat: str, quantity: Quantity, low: int, high: int, marks: list[int]) -> tuple[int, int]:
    """The clause around a quantity: between commas and stops; inside brackets where the number is inside them.

    ``marks`` are the places of commas, stops and brackets in the sentence from ``low`` to ``high``.
    """
    depth, start = 0, low
    for index in range(bisect_left(marks, quantity.start) - 1, -1, -1):
        at = marks[index]
        char = flat[at]
        if char == ")":
            depth += 1
        elif depth == 0:
            start = at + 1
            break
        elif char == "(":
            depth -= 1
    depth, end = 0, high
    for index in range(bisect_left(marks, quantity.suffix_end), len(marks)):
        at = marks[index]
        char = flat[at]
        if char == "(":
            depth += 1
        elif depth == 0:
            end = at
            break
        elif char == ")":
            depth -= 1
    return start, end


def _stock_of_month(words: str) -> int:
    """The end of the first stock or rate that follows a month in its sentence; behind ``words`` if there is none."""
    if "月" in words:
        stock: re.Match[str] | None = None
        stop = -1
        for month in _NAMED_MONTH.finditer(words):
            if stock is None or stock.start() < month.end():
                stock = _STOCK_WORD.search(words, month.end())
            if stock is None:
                break
            if stop < month.end():
                end = _FULL_STOP.search(words, month.end())
                stop = end.start() if end else len(words)
            if stock.start() < stop:
                return stock.end()
    return len(words) + 1


class ContextReader:
    """Reads the context of each quantity of one flat text; the quantities must be in order."""

    def __init__(
        self,
        flat: str,
        outline: Outline,
        quantities: Sequence[Quantity],
        units: Mapping[str, Unit],
        year: int | None,
        doc_kind: str,
    ) -> None:
        self._flat = flat
        self._outline = outline
        self._quantities = quantities
        self._units = units
        self._qualifiers: dict[int, Qualifier] = {}
        self._measures: dict[int, tuple[Measure, bool]] = {}
        self._marks: dict[int, list[int]] = {}
        self._pauses: dict[int, list[int]] = {}
        self._planned_at: dict[int, bool] = {}
        self._openings: dict[int, _Opening] = {}
        self._year = year
        self._is_plan = doc_kind == "plan"

    def read(self, index: int) -> list[Context]:
        """The contexts of quantity ``index``: one, or one for each named thing that shares the number (各, 均)."""
        flat, quantity = self._flat, self._quantities[index]
        sentence = self._outline.sentence_at(quantity.start)
        sentence_start, sentence_end = self._outline.sentences[sentence]
        sentence_start = max(sentence_start, quantity.start - _REACH)
        line = self._outline.line_at(quantity.start)
        clause_start, clause_end = _clause(flat, quantity, sentence_start, sentence_end, self._marks_of(sentence))
        if line.is_row:
            return [self._row_context(quantity, sentence, line)]
        before = flat[clause_start : quantity.start]
        sentence_before = flat[sentence_start : quantity.start]
        near_start, near_end = self._near(index, clause_start, clause_end)
        windows = self._windows(index, near_start, near_end, clause_start, clause_end, sentence, line)
        shared = self._shared(index, clause_start, sentence_start)
        measure, negative = self._measures[index] = self._measure(index, before, sentence_before)
        qualifier = self._qualifiers[index] = self._qualifier(index, before)
        status = self._status(quantity, line, before, sentence_before, qualifier, sentence_start)
        if qualifier == "over" and quantity.suffix == "以上" and status != "actual":
            qualifier = "at_least"
        if (
            qualifier == "at_least"
            and quantity.suffix == "以上"
            and status == "actual"
            and not _REQUIREMENT.search(before[-12:])
        ):
            qualifier = "over"
        year = self._year_of(index, line, clause_start, sentence_start, before, sentence_before, status)
        period, explicit = self._period(quantity, line, sentence_start, before)
        part_at = self._part_mark(clause_start, quantity.start, sentence_start)
        in_brackets = clause_start > 0 and flat[clause_start - 1] == "("
        context = Context(
            windows,
            clause_start,
            clause_end,
            sentence,
            line,
            qualifier,
            status,
            measure,
            negative,
            year,
            period,
            explicit,
            self._scope(before, sentence_before),
            bool(_TOTAL.search(before)),
            part_at >= 0 or in_brackets,
            part_at,
        )
        if shared:
            return [replace(context, windows=given) for given in shared]
        return [context]

    def _marks_of(self, sentence: int) -> list[int]:
        if sentence not in self._marks:
            self._marks[sentence] = [
                match.start() for match in _MARK.finditer(self._flat, *self._outline.sentences[sentence])
            ]
        return self._marks[sentence]

    def _pauses_of(self, sentence: int) -> list[int]:
        if sentence not in self._pauses:
            self._pauses[sentence] = [
                match.start() for match in _PAUSE.finditer(self._flat, *self._outline.sentences[sentence])
            ]
        return self._pauses[sentence]

    # -- windows -------------------------------------------------------------------------------------------------

    def _near(self, index: int, clause_start: int, clause_end: int) -> tuple[int, int]:
        flat, quantity = self._flat, self._quantities[index]
        floor = max(clause_start, self._quantities[index - 1].suffix_end if index else 0)
        start = quantity.start
        while start > floor and flat[start - 1] not in _NEAR_STOP:
            start -= 1
        # Quotation marks straight before the number do not part it from its noun (“即办件”1项).
        if quantity.start - start < 2 and start > floor and flat[start - 1] in "“”":
            start -= 1
            while start > floor and flat[start - 1] not in ",。;、:(\n|":
                start -= 1
        # X、Y等Z N次: what stands before 等 are examples, Z is what is counted.
        examples = flat.rfind("等", start, quantity.start - 2)
        if examples > start and _pattern(r"[\u4e00-\u9fff]{2}").search(flat[examples + 1 : quantity.start]):
            start = examples + 1
        ceiling = min(
            clause_end, self._quantities[index + 1].start if index + 1 < len(self._quantities) else clause_end
        )
        end = quantity.suffix_end
        while end < ceiling and flat[end] not in ",。;!?\n、:(|":
            end += 1
        return start, end

    def _windows(
        self, index: int, near_start: int, near_end: int, clause_start: int, clause_end: int, sentence: int, line: Line
    ) -> tuple[Window, ...]:
        flat, quantity = self._flat, self._quantities[index]
        windows = [Window(0, near_start, quantity.start), Window(0, quantity.end, near_end)]
        following_end = self._list_end(index, clause_end)
        if following_end and _pattern(r"(?:及时|依法)?[对为将把向给]").match(flat[clause_start : quantity.start]):
            # 对3名…、78名…做好注销工作: the verb behind the list is every item's.
            windows.append(Window(1, following_end, clause_end))
        if clause_start < near_start:
            # Words before an earlier number of the clause are that number's first.
            earlier = self._quantities[index - 1].suffix_end if index else clause_start
            cut = min(max(clause_start, earlier), near_start)
            if cut < near_start:
                # Before 等 stand examples: they do not limit what the number counts.
                windows.append(Window(2 if flat[near_start - 1 : near_start] == "等" else 1, cut, near_start))
            if clause_start < cut:
                windows.append(Window(2, clause_start, cut))
        if near_end < clause_end:
            following = self._quantities[index + 1].start if index + 1 < len(self._quantities) else clause_end
            if following >= clause_end:
                windows.append(Window(1, near_end, clause_end))
        stop, steps = clause_start - 1, 0
        sentence_start = self._outline.sentences[sentence][0]
        pauses = self._pauses_of(sentence)
        before = bisect_left(pauses, stop)
        while stop >= sentence_start and steps < 6:
            before -= 1
            begin = pauses[before] + 1 if before >= 0 else sentence_start
            if stop > begin:
                windows.append(Window(3, begin, stop))
                steps += 1
            stop = begin - 1
        behind = (
            _PURPOSE.match(flat, min(clause_end + 1, len(flat))) if flat[clause_end : clause_end + 1] == "," else None
        )
        if behind:
            windows.append(Window(3, behind.start(), behind.end()))
        for back in (1, 2):
            if sentence - back >= 0:
                start, end = self._outline.sentences[sentence - back]
                if start >= line.start:
                    windows.append(Window(4, start, end))
        windows.extend(Window(5, start, end) for start, end in reversed(line.headings) if end <= quantity.start)
        return tuple(windows)

    def _list_end(self, index: int, clause_end: int) -> int:
        """The end of the last number of the clause, when more numbers follow; else 0."""
        last = 0
        for following in self._quantities[index + 1 : index + 6]:
            if following.start >= clause_end:
                break
            last = following.suffix_end
        return last

    def _row_context(self, quantity: Quantity, sentence: int, line: Line) -> Context:
        """A table row: the label is the nearest cell of words to the left, then the header above."""
        flat = self._flat
        cell = locate(flat, self._outline, line, quantity.start, self._units)
        windows = [Window(0, cell.own[0], quantity.start), Window(0, quantity.end, cell.own[1])]
        label = ""
        if cell.label:
            windows.append(Window(0, *cell.label))
            label = flat[slice(*cell.label)]
        if cell.caption and _pattern(r"合计|总计|小计|总数").search(label):
            windows.append(Window(1, *cell.caption))
        year, measure, negative = self._year, "level", False
        if cell.header:
            windows.append(Window(0, *cell.header))
            words = flat[slice(*cell.header)]
            found = _FULL_YEAR.search(words)
            compared = _pattern(r"同比|增长|增减|增幅|比上年|较上年|升降").search(words)
            if found and found["y"]:
                year = int(found["y"])
            elif _LAST_YEAR.search(words) and not compared:
                year = self._year - 1 if self._year else None
            if compared:
                measure = "yoy_pct" if quantity.unit is None or quantity.unit.surface == "%" else "yoy_abs"
        negative = measure != "level" and flat[max(0, quantity.start - 1)] == "-"
        windows.extend(Window(5, start, end) for start, end in reversed(line.headings) if end <= quantity.start)
        planned = (
            self._is_plan
            or line.chapter == "plan"
            or (year is not None and self._year is not None and year > self._year)
        )
        measure_kind: Measure = "yoy_pct" if measure == "yoy_pct" else "yoy_abs" if measure == "yoy_abs" else "level"
        return Context(
            tuple(windows),
            line.start,
            line.end,
            sentence,
            line,
            "over" if quantity.more else "exact",
            "target" if planned else "actual",
            measure_kind,
            negative,
            year,
            "year",
            False,
            "own",
            bool(_pattern(r"合计|总计|小计").search(label)),
            False,
            -1,
        )

    def _shared(self, index: int, clause_start: int, sentence_start: int) -> list[tuple[Window, ...]] | None:
        """分别: the item of the list that belongs to the number; 各 and 均: one set of windows for each item."""
        flat, quantity = self._flat, self._quantities[index]
        before = flat[clause_start : quantity.start]
        each = _EACH.search(before) and _pattern(
            r"(?P<items>[^,。;:]+)(?P<mark>各|均|都|双双)(?P<verb>[^,。;、]{0,6})$"
        ).search(before)
        if each and (each["mark"] == "各" or each["items"].count("率") > 1 or each["items"].count("度") > 1):
            items = _items(each["items"], clause_start + each.start("items"))
            sentence, line = self._outline.sentence_at(quantity.start), self._outline.line_at(quantity.start)
            far = [
                w
                for w in self._windows(index, quantity.start, quantity.end, clause_start, quantity.end, sentence, line)
                if w.level >= 3
            ]
            if 2 <= len(items) <= 4 and not _pattern(r"各(?:类|项|级|种|地|单位|部门|县|区|乡|镇|股|科)").search(
                before
            ):
                tail = Window(0, clause_start + each.start("verb"), quantity.start)
                post = Window(0, quantity.end, min(len(flat), quantity.end + 12)) if each["mark"] == "各" else None
                return [
                    tuple(
                        w
                        for w in (
                            Window(0, *item),
                            tail,
                            post and Window(0, post.char_start, self._near_end(quantity)),
                            Window(1, clause_start, items[0][0]),
                            Window(2, *items[0]) if item != items[0] else Window(1, *items[-1]),
                            *far,
                        )
                        if w
                    )
                    for item in items
                ]
        respective = flat.rfind("分别", sentence_start, quantity.start)
        if respective < 0 or any(char in "。;" for char in flat[respective : quantity.start]):
            return None
        group = [q for q in self._quantities[max(0, index - 6) : index + 7] if q.start > respective]
        run = [group[0]] if group else []
        for following in group[1:]:
            if _pattern(r"(?:[^,。;、0-9]{0,2})?[、,和及与]|以及").fullmatch(
                flat[run[-1].suffix_end : following.start]
            ):
                run.append(following)
            else:
                break
        if quantity not in run or len(run) < 2:
            return None
        list_start = respective
        while list_start > sentence_start and flat[list_start - 1] not in ",。;:(":
            list_start -= 1
        if respective - list_start < 2 and list_start > sentence_start:
            list_start -= 1
            while list_start > sentence_start and flat[list_start - 1] not in ",。;:(":
                list_start -= 1
        items = _items(flat[list_start:respective], list_start)
        if len(items) < len(run):
            return None
        items = items[-len(run) :]
        item = items[run.index(quantity)]
        windows = [
            Window(0, *item),
            Window(0, respective, run[0].start),
            Window(1, list_start, items[0][0]),
            Window(0, quantity.end, self._near_end(quantity)),
        ]
        if item != items[-1]:
            # The noun that the last item ends in is shared: 4A、3A、2A企业.
            windows.append(Window(2, *items[-1]))
        sentence = self._outline.sentence_at(quantity.start)
        line = self._outline.line_at(quantity.start)
        windows.extend(
            w
            for w in self._windows(index, quantity.start, quantity.end, list_start, quantity.end, sentence, line)
            if w.level >= 3
        )
        return [tuple(windows)]

    def _near_end(self, quantity: Quantity) -> int:
        flat, end = self._flat, quantity.suffix_end
        while end < len(flat) and flat[end] not in ",。;!?\n、:(|0123456789":
            end += 1
        return end

    def _part_mark(self, clause_start: int, start: int, sentence_start: int) -> int:
        found = -1
        for match in _PART_MARK.finditer(self._flat, sentence_start, start):
            if match.group().startswith("其中") or match.start() >= clause_start:
                found = match.start()
        return found

    # -- qualifier, status, measure ------------------------------------------------------------------------------

    def _qualifier(self, index: int, before: str) -> Qualifier:
        quantity = self._quantities[index]
        if quantity.more:
            return "over"
        if quantity.suffix in ("左右", "上下"):
            return "about"
        tail = before[-10:]
        for name, pattern in _BEFORE:
            if pattern.search(tail) and not (name == "over" and _NOT_OVER.search(tail)):
                return name  # type: ignore[return-value]
        if quantity.suffix == "以上":
            return "at_least"
        if quantity.suffix == "之多":
            return "over"
        if quantity.suffix in ("以内", "以下", "之内") or quantity.is_range:
            return "at_most"
        after = self._flat[quantity.suffix_end : quantity.suffix_end + 3]
        if (
            quantity.unit is not None
            and quantity.unit.unit_class in ("workday", "hour", "day", "minute")
            and after.startswith("内")
        ):
            return "at_most"
        return self._list_qualifier(index)

    def _list_qualifier(self, index: int) -> Qualifier:
        """A 左右 or 余 that closes a list of bare neighbours (300、500家左右), or a 超过 that opens it, covers all."""
        flat, quantity = self._flat, self._quantities[index]
        position = index
        while position + 1 < len(self._quantities):
            here, following = self._quantities[position], self._quantities[position + 1]
            if here.note != "shares the unit that follows" or flat[here.suffix_end : following.start] not in (
                "、",
                "和",
                "及",
                "与",
            ):
                break
            position += 1
        if index and self._flat[self._quantities[index - 1].suffix_end : quantity.start] in ("、", "和", "及", "与"):
            # 超过3次、5场: what opens the list covers it.
            opener = self._qualifiers.get(index - 1, "exact")
            if opener != "exact" and self._quantities[index - 1].suffix == "" and not self._quantities[index - 1].more:
                return opener
        if position != index:
            last = self._quantities[position]
            if last.suffix in ("左右", "上下"):
                return "about"
            if last.more:
                return "over"
            if last.suffix in ("以内", "以下"):
                return "at_most"
        return "exact"

    def _status(
        self,
        quantity: Quantity,
        line: Line,
        before: str,
        sentence_before: str,
        qualifier: Qualifier,
        sentence_start: int,
    ) -> Status:
        tail = before[-24:]
        planned = self._is_plan or self._planned(line, sentence_start)
        if (
            _ACTUAL_WORDS.search(tail)
            and not _TARGET_CLAUSE.search(tail)
            and not (self._is_plan and _pattern(r"累计|已").search(tail) and not _pattern(r"去年|上年|截").search(tail))
        ):
            compared = planned and _pattern(r"(?:较|比)(?:去年|上年)[^,。;]*$").search(tail)
            standing = qualifier in _NORM_LIMITS and _NORM.search(before)
            if not compared and not standing:
                return "actual"
        if before.endswith(("计划", "计划为", "计划:")) or (
            "计划" in before[-6:] and self._flat.startswith("实际", min(len(self._flat), self._near_end(quantity) + 1))
        ):
            return "target"
        if _TARGET_NOUN.match(self._flat, quantity.end):
            return "target"
        if planned:
            past = [int(m["y"]) for m in _FULL_YEAR.finditer(sentence_before) if m["y"]]
            own_year = self._year if self._year is not None else 9999
            limit = own_year if self._is_plan else own_year + 1
            if (past and past[-1] < limit and not _pattern(r"(?:较|比)20[0-9]{2}年").search(sentence_before)) or (
                _pattern(r"去年|上年(?!度?工作)|上一年").search(sentence_before[-40:])
                and not _pattern(r"较(?:去年|上年)|比(?:去年|上年)").search(sentence_before[-40:])
            ):
                return "actual"
            return "target"
        if line.chapter == "mixed" and _pattern(r"下一?步|下一?年|明年|今后|20[0-9]{2}年,?(?:我局|将|要)").search(
            sentence_before
        ):
            return "target"
        if (
            qualifier in _NORM_LIMITS
            and not quantity.is_range
            and _NORM.search(before)
            and not _pattern(r"力争|计划|确保|将").search(before)
        ):
            return "norm"
        if _TARGET_BEFORE.search(sentence_before[-70:]):
            cue = _TARGET_BEFORE.search(sentence_before[-70:])
            assert cue is not None
            words = cue.group()
            same_clause = "," not in words and "、" not in words.replace("、", "", 2)
            starts_sentence = _pattern(r"(?:下一步|下步|明年|来年|下一年|下年度)").search(words)
            if (same_clause or starts_sentence) and not _NOMINAL_PLAN.search(sentence_before[-70:]):
                return "target"
        if (
            qualifier in _NORM_LIMITS
            and _pattern(r"要求|规定|应当|须|必须|标准").search(before)
            and not _ACTUAL_WORDS.search(before)
        ):
            return "norm"
        return "actual"

    def _planned(self, line: Line, position: int) -> bool:
        """A plan chapter, or a line that opens with a year to come or 下一步 (2026年: …; …)."""
        known = self._planned_at.get(position)
        if known is None:
            known = self._planned_at[position] = self._is_planned(line, position)
        return known

    def _is_planned(self, line: Line, position: int) -> bool:
        if line.chapter == "plan":
            return True
        opening = self._opening(line)
        if opening.headed_by_future:
            return True
        if line.chapter == "mixed" and line.headings:
            # 存在问题和明年打算 in one chapter: the plan begins where its words do.
            if _PLAN_BEGINS.search(self._flat, line.headings[0][1], position + 12):
                return True
            if self._names_future(line.headings[0][1], position + 12):
                return True
        if opening.year is not None and self._year is not None and opening.year_at <= position + 2:
            return opening.year > self._year
        return opening.says_next

    def _names_future(self, start: int, end: int) -> bool:
        year = self._year
        return year is not None and any(
            int(match["y"]) > year for match in _FULL_YEAR.finditer(self._flat, start, end) if match["y"]
        )

    def _opening(self, line: Line) -> _Opening:
        """What the line says once for all its sentences."""
        known = self._openings.get(line.start)
        if known is None:
            words = self._flat[line.start : line.end]
            leading = _LEADING_YEAR.search(words)
            known = self._openings[line.start] = _Opening(
                any(self._names_future(start, end) for start, end in line.headings),
                line.start + leading.start() if leading else 0,
                int(leading["y"]) if leading else None,
                _SAYS_NEXT.match(words) is not None,
                line.start + _stock_of_month(words),
            )
        return known

    def _measure(self, index: int, before: str, sentence_before: str) -> tuple[Measure, bool]:
        quantity = self._quantities[index]
        unit_class = quantity.unit.unit_class if quantity.unit else ""
        tail = before[-12:]
        signed = _pattern(r"(?:^|[(])([+-])$").search(tail) or (
            _pattern(r"\($").search(self._flat[max(0, quantity.start - 2) : quantity.start - 1])
            and self._flat[quantity.start - 1 : quantity.start] in "+-"
        )
        if unit_class == "percent" and self._flat[quantity.start - 1 : quantity.start] in ("+", "-") and signed:
            return "yoy_pct", self._flat[quantity.start - 1] == "-"
        if (
            index
            and _pattern(r"[、,]|和|及").fullmatch(
                flat_gap := self._flat[self._quantities[index - 1].suffix_end : quantity.start]
            )
            and flat_gap
        ):
            earlier = self._quantities[index - 1]
            same = quantity.unit is not None and earlier.unit is not None
            if same and (flat_gap != "," or quantity.unit is earlier.unit):
                measure, negative = self._measures.get(index - 1, ("level", False))
                if measure != "level":
                    return measure, negative
        match = _TAIL_CHANGE.search(tail)
        press = _TAIL_PRESS.search(tail)
        if unit_class in ("point",) or (quantity.unit is not None and quantity.unit.surface in ("个百分点", "百分点")):
            down = bool(match and match["down"]) or bool(_pattern(r"下降|降低|减少|回落|下滑").search(tail))
            if _pattern(r"[高低]于[^,。;]{0,14}$").search(before) and not match:
                return "level", False
            return "yoy_abs", down
        if match is None and _COMPARED.search(before) and unit_class not in ("percent", "fold"):
            # 比上年少罚了三百二十万元, 比2023年多审41份: the change and its verb.
            verb = _CHANGED_BY.search(before)
            if verb:
                return "yoy_abs", verb.group(1) == "少"
        if match is None:
            if press and unit_class == "percent" and not _pattern(r"时限|时间|环节|材料|时长|周期|期限").search(before):
                return "yoy_pct", True
            return "level", False
        down = bool(match["down"])
        if unit_class in ("percent", "fold", "permille"):
            if _pattern(r"时限|时间|环节|材料|时长|周期|期限").search(before) and not _COMPARED.search(before) and down:
                return "level", False
            return "yoy_pct", down
        if (
            _COMPARED.search(before)
            or (
                _COMPARED.search(sentence_before[-40:])
                and _pattern(r"^[^,]{0,2}(?:增加|减少|增长|下降|上升|多|少|增|减)").match(before)
            )
            or (match.group()[:2] in ("净增", "净减"))
            or self._list_of_changes(sentence_before)
        ):
            return "yoy_abs", down
        return "level", False

    @staticmethod
    def _list_of_changes(sentence_before: str) -> bool:
        return bool(
            _pattern(r"(?:同比|较上年|比上年|较去年|比去年)[^。;]{0,40}[、,和](?:增加|减少|增长|下降|上升)$").search(
                sentence_before
            )
        )

    # -- time ----------------------------------------------------------------------------------------------------

    def _year_of(
        self,
        index: int,
        line: Line,
        clause_start: int,
        sentence_start: int,
        before: str,
        sentence_before: str,
        status: Status,
    ) -> int | None:
        flat, quantity, year = self._flat, self._quantities[index], self._year
        if year is None:
            found = _FULL_YEAR.search(flat, sentence_start, quantity.start)
            return int(found["y"]) if found and found["y"] else None
        if self._from_to(index) == "from":
            named = _FULL_YEAR.search(flat[clause_start : quantity.start])
            return int(named["y"]) if named and named["y"] else year - 1
        if index and self._from_to(index - 1) == "from" and status != "target":
            named = _FULL_YEAR.search(flat[self._quantities[index - 1].end : quantity.start])
            return int(named["y"]) if named and named["y"] else year
        digits = "20" in sentence_before
        shared = digits and _pattern(
            r"(?P<list>(?:20[0-9]{2}年?[、,和及与])+20[0-9]{2}年?)(?:[^,。;]{0,10})分别"
        ).search(sentence_before)
        if shared:
            years = [int(y) for y in _pattern(r"20[0-9]{2}").findall(shared["list"])]
            respective = sentence_start + shared.end()
            position = sum(1 for q in self._quantities if respective <= q.start < quantity.start)
            if position < len(years):
                return years[position]
        clause_words = before
        if before.endswith("的") and _pattern(r"(?:较|比)(?:去年|上年|上一年度?|上年度)(?:同期)?的$").search(
            clause_words
        ):
            return year - 1
        if (
            _pattern(r"(?:较|比)(?:去年|上年)").match(clause_words)
            and self._measures.get(index, ("level", False))[0] == "level"
            and _pattern(r"的[^,。;]{0,6}$").search(clause_words)
        ):
            return year - 1
        sentence_words = sentence_before
        if "(" in sentence_words:
            sentence_words = _OTHER_BRACKETS.sub(lambda m: "□" * len(m.group()), sentence_words)
        spans = list(_YEAR_SPAN.finditer(sentence_words)) if digits else []
        latest = self._told_year(sentence_words, year) if "年" in sentence_words else None
        if latest is not None:
            # A year at the sentence's head governs it, unless a stop that ends its reach lies between.
            return latest
        planned = status == "target" and self._planned(line, sentence_start)
        if spans and status == "target" and not planned:
            return int(spans[-1]["b"])
        if status == "target" and not self._is_plan:
            heading = " ".join(flat[a:b] for a, b in line.headings)
            found = _FULL_YEAR.search(heading)
            if found and found["y"] and int(found["y"]) > year:
                return int(found["y"])
            if (
                line.chapter in ("plan", "mixed")
                or self._planned(line, sentence_start)
                or _pattern(r"下一?步|明年|下一?年|来年").search(sentence_words)
            ):
                paragraph = flat[max(line.start, quantity.start - _PARAGRAPH) : quantity.start]
                later = [int(m["y"]) for m in _FULL_YEAR.finditer(paragraph) if m["y"] and int(m["y"]) > year]
                return later[-1] if later else year + 1
        return year

    def _told_year(self, words: str, year: int) -> int | None:
        """The year that a sentence speaks of last, by its number or as 去年, 明年, 今年."""
        stripped = words
        if _ASIDE.search(stripped):
            stripped = _pattern(r"《[^》]*》|[\[(][0-9]{4}[\])]").sub("", stripped)
        if "20" in stripped:
            stripped = _YEAR_SPAN.sub("", stripped)
        if _YEAR_COMPARED.search(stripped):
            stripped = _COMPARE_ONLY.sub("", stripped)
        latest: tuple[int, int] | None = None
        for match in _FULL_YEAR.finditer(stripped):
            value = int(match["y"]) if match["y"] else _chinese_year(match["cn"])
            if _pattern(r"(?:底|末)?(?:相比|同期)").match(stripped[match.end() : match.end() + 4]) or _pattern(
                r"(?:较|比|与|同)$"
            ).search(stripped[: match.start()]):
                continue
            if _pattern(r"自$|从$").search(stripped[: match.start()]) or _pattern(r"(?:以来|起)").match(
                stripped[match.end() : match.end() + 3]
            ):
                value = year
            latest = (match.start(), value)
        for pattern, offset in ((_LAST_YEAR, -1), (_YEAR_BEFORE_LAST, -2), (_NEXT_YEAR, 1)):
            for match in pattern.finditer(stripped):
                if _pattern(r"(?:较|比|同|与)$").search(stripped[: match.start()]):
                    continue
                if offset == -1 and "," in stripped[match.end() :] and match.start() > 6:
                    continue
                if latest is None or match.start() > latest[0]:
                    latest = (match.start(), year + offset)
        current = max(stripped.rfind("今年"), stripped.rfind("本年"), stripped.rfind("当年"))
        if latest is not None and current > latest[0]:
            latest = (current, year)
        return latest[1] if latest is not None else None

    def _from_to(self, index: int) -> str:
        """``from`` for the first number of 由/从 … 到 …, ``to`` for the second, else empty."""
        flat, quantity = self._flat, self._quantities[index]
        left = flat[max(0, quantity.start - 24) : quantity.start]
        following = self._quantities[index + 1] if index + 1 < len(self._quantities) else None
        if _pattern(r"[由从](?![^,。;]*(?:到|至))[^,。;]{0,20}$").search(left) and following is not None:
            gap = flat[quantity.suffix_end : following.start]
            if (
                len(gap) <= 16
                and _pattern(
                    r"[到至为成]$|(?:爬|升|增|扩|降|减|压)[\u4e00-\u9fff]?[到至为]$|(?:到|至)(?:了|目前的|现在的|今年的?|20[0-9]{2}年的?)?[^,。;]{0,4}$"
                ).search(gap)
                and "。" not in gap
                and ";" not in gap
            ):
                return "from"
        return ""

    def _period(self, quantity: Quantity, line: Line, sentence_start: int, before: str) -> tuple[Period, bool]:
        flat = self._flat
        words = flat[sentence_start : quantity.start]
        month, digits = "月" in words, "20" in words
        if month and _MONTH_OWN.match(words):
            # 6月,解答咨询210人次: the month is the figure's own, not the day of one event.
            return "month", True
        best: tuple[int, Period] | None = None
        if _MONTHLY.search(before) and not _pattern(r"每月[^,。;]{0,8}(?:至少|不少于)").search(before):
            return "month", True
        for match in _YEAR_END.finditer(words) if month or "截" in words else ():
            best = (match.start(), "year")
        for match in _YTD.finditer(words) if month or _YTD_SIGN.search(words) else ():
            if _YEAR_END.match(words, match.start()):
                continue
            if best is None or match.start() > best[0]:
                best = (match.start(), "ytd")
        for match in _MULTI_YEAR.finditer(words) if _MULTI_YEAR_SIGN.search(words) else ():
            if best is None or match.start() > best[0]:
                best = (match.start(), "multi_year")
        if best is None or best[1] == "multi_year":
            # Documents of many years cleaned up in one: the span is theirs, not the deed's.
            span_of_documents = _DOCUMENTS.search(words) and _pattern(
                r"(?:印发|制定|出台|颁布|以来|形成|制发|局发|所有|年内)[^,。;]{0,14}(?:文件|制度|规定|政策)"
            ).search(words)
            if span_of_documents:
                return "year", False
        since = _SINCE.search(words) if digits else None
        if (
            since
            and self._year is not None
            and int(since["y"]) < self._year
            and (best is None or since.start() > best[0])
        ):
            best = (since.start(), "multi_year")
        if self._planned(line, sentence_start):
            return ("month", True) if best is not None and best[1] == "month" else ("year", False)
        named = _pattern(r"《[^》]*》").sub(lambda m: "□" * len(m.group()), words) if digits else ""
        spans = list(_YEAR_SPAN.finditer(named))
        span = spans[-1] if spans else None
        if span is not None and (best is None or span.start() > best[0]) and int(span["a"]) < int(span["b"]):
            best = (span.start(), "multi_year")
        current = max(words.rfind("今年"), words.rfind("全年"), words.rfind("本年"))
        if best is not None and current > best[0] + 3 and best[1] != "ytd":
            best = None
        if best is not None:
            return best[1], best[1] != "year"
        if month and any(
            not _pattern(r"截[至止]").search(words[max(0, m.start() - 6) : m.start() + 2])
            for m in _NAMED_MONTH.finditer(words)
        ):
            return "month", False
        if _AS_OF.search(before[-16:]) or (_pattern(r"目前").search(before) and _pattern(r"有|已").search(before)):
            return "as_of", True
        if sentence_start >= self._opening(line).month_from:
            # Stocks and rates of one month are told over several sentences of a paragraph.
            return "month", False
        return "year", False

    @staticmethod
    def _scope(before: str, sentence_before: str) -> Scope:
        near = before[-30:]
        for pattern, scope in ((_OWN, "own"), (_UPPER, "upper"), (_SUBORDINATE, "subordinate"), (_SYSTEM, "system")):
            if pattern.search(near):
                return scope  # type: ignore[return-value]
        if _SYSTEM.search(sentence_before) and not _OWN.search(sentence_before):
            return "system"
        return "own"


def _items(words: str, offset: int) -> list[tuple[int, int]]:
    """The spans of a coordinated list's items."""
    spans: list[tuple[int, int]] = []
    position = 0
    for match in _pattern(r"、|和|及|与|以及").finditer(words + "、"):
        if match.start() > position:
            spans.append((offset + position, offset + match.start()))
        position = match.end()
    return spans


def _chinese_year(words: str) -> int:
    digits = {"〇": 0, "○": 0, "零": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
    return int("".join(str(digits[char]) for char in words))


def signed(value: Decimal, negative: bool) -> Decimal:
    """The value with the sign of a fall."""
    return -value if negative else value
