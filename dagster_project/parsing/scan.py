"""Find the numbers of a flat text: which are quantities, with value and unit, and which are none, and why.

Here belong numerals in place, multipliers, units, ranges, and the noise rules. What a number counts, and whether it
was done or planned, does not: that is ``context``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache

from dagster_project.parsing.catalogue import Catalogue, Unit
from dagster_project.parsing.numerals import MULTIPLIERS, NumeralError, read_arabic, read_chinese

_pattern = cache(re.compile)
"""A pattern where it is used, compiled once: ``re`` looks it up more slowly."""
_CN = "一二两俩三四五六七八九十百千零〇廿卅壹贰叁肆伍陆柒捌玖拾佰仟"
_MULT = "万亿|百万|千万|十万|百|千|万|亿"
_MORE = "余|多"
# A blank inside digits parts the thousands, or single digits; anything else beside it is another number.
_ARABIC = re.compile(
    r"[0-9](?:[0-9]{0,2}(?: [0-9]{3})+(?:\.[0-9]+)?(?![0-9 ,.])|(?: [0-9])+(?![0-9])(?! [0-9])|[0-9]*(?:[,.·][0-9]+)*)"
)
_MASK = re.compile(
    r"《[^《》\n]{1,120}》|[“”\"‘’][^“”\"‘’,。;\n]{1,24}[“”\"‘’]|(?:https?://|www\.)[A-Za-z0-9./?=&_%:#~-]+"
    r"|(?<![A-Za-z0-9._-])[A-Za-z0-9._-]{1,64}@[A-Za-z0-9.-]+"
)
_QUOTED_LIMIT = re.compile(r"[“”\"][0-9.]+%(?:以内|以上|以下|左右)[“”\"]")
_YEARS = re.compile(r"(?:(?:19|20)[0-9]{2}(?:年(?:度)?)?[-~至、,和及到/])*(?:19|20)[0-9]{2}年?(?!次|[0-9])")
_DATE = re.compile(
    r"(?:19|20)[0-9]{2}[-/.][0-9]{1,2}[-/.][0-9]{1,2}(?: ?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?"
    r"|(?:19|20)[0-9]{2}[-/.](?:0?[1-9]|1[0-2])(?![0-9%万亿元吨公亩米])"
    r"|(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])(?![0-9.万亿])"
)
_PHONE = re.compile(r"0[0-9]{2,3}-?[0-9]{7,8}|1[3-9][0-9]{9}|[0-9]{3,4}-[0-9]{4,8}|400-[0-9]{3}-[0-9]{4}")
_BARE_MYRIAD = re.compile(r"(?<=超|逾|近|过|破|约|达)(?:超)?(百万|千万|万亿|百|千|万|亿)(余|多)?")
_PERCENT_WORDS = re.compile(rf"百分之(?P<n>[{_CN}点]{{1,12}}|[0-9]+(?:\.[0-9]+)?)(?P<more>余|多)?")
_FRACTION = re.compile(
    r"(?<![百千万第0-9])(?P<below>[二三四五六七八九十]|[0-9]{1,3})分之(?P<above>[一二两三四五六七八九]|[0-9]{1,3})"
)
_SLASH = re.compile(r"(?<![0-9/.])([1-9])/([2-9]|10)(?![0-9/])")
_TENTHS = re.compile(
    r"(?P<n>[一二两三四五六七八九])成(?P<half>半|[一二三四五六七八九])?(?=[,。;、)以左多的由是为]|$|\n)"
)
_HEADCOUNT = re.compile(r"(?P<head>[0-9]|[一二两三四五])正(?P<rest>[0-9]|[一二两三四五六七八九])副")
_LOOSE_TENS = re.compile(r"[一二两三四五六七八九]{2}[十百千]")
_LOOSE = re.compile(r"[上数几成好]$")
_GAP = re.compile(r"[至到~-]{1,2}")
_SHARE_GAP = re.compile(r"[、,]|和|及|与|以及|[至到~-]{1,2}")
_TRIGGER = re.compile(
    r"(?:培训|练兵|轮训|集训|讲座|简报|夜校|不少于|不得少于|至少|不低于|不超过|不多于|最多|累计|总计|合计|共计|共|仅有|仅|只有|达到|达|超过|超|突破|近|约|逾"
    r"|召开|开展|举办|组织|举行|进行|新增|增加|增设|设立|设置|聘请|配备|现有|拥有|下设|查处|立案|完成|印发|制定|出台|修订|发放|办理"
    r"|受理|收到|化解|调解|每年|每月|每季度|每半年|全年|年内|建成|移送|公布|下达|作出|查获|承办|审理|通过|报送|梳理|评查|抽查|处理|排查|整改|发布|选送"
    r"|调整|取消|承接|培养|引进|解决|开设|编印|拍摄|制作|撰写|提出|听取|研究|审议|参加|参与|接受|分别|各|均为|为|有|由|降至|增至|压缩至|压减至|缩短至|缩减至|减至|到|至)(?:了|过|各类|各项|的)?$"
)
_STRONG_UNITS = frozenset(
    "次 回 趟 位 堂 讲 节 场 场次 名 人 起 件 宗 家 户 辆 份 人次 辆次 台次 台 本 册 篇 例 宗 艘 吨 亩 "
    "公里 元 个百分点 工作日 个工作日 轮 户次 家次 件次 批次".split()
)
_ARTICLE_UNITS_AFTER_ONE = re.compile(r"(?:不少于|不得少于|至少|不低于|仅有|仅|只有|共计|共|累计)$")
_ENDS = re.compile(r"[,。;、)\n]|$")
_NOUN_BEFORE = re.compile(r"(?<!以下)(?<!如下)(?<!下列)(?<!上述)[\u4e00-\u9fff](?<![这那每第各几整哪前后这些])$")
_COUNTABLE = re.compile(
    r"(?:部门|乡镇|镇|街道|村|社区|县(?!域)|区(?!域|间|块)|市(?!场)|单位|企业|科室|小组|网点|窗口|中队|大队|支队|站所|行政村|专班|试点|项目)"
)
_REST_BEHIND = re.compile(r"([0-9]{1,4}(?:\.[0-9]+)?)(?![0-9])(万|千|百)?")
_TENTHS_END = re.compile(r"成(半)?(?=[,。;、)以左多的由是为]|$|\n)")
_RANK_MOVED = re.compile(r"(?:排名|位次|位居|名次)[^。;]{0,20}(?:上升|提升|前移|前进|晋升|下降|下滑|进|升)了?$")
_FIGURE_ROW = re.compile(r"[-+0-9.,%/无]+(?:\|[-+0-9.,%/无]+)+")
_LIMIT_SPAN = 14
_LIST_MARK_AFTER = re.compile(r"[.、)](?![0-9])")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number that counts something; ``start``/``end`` are flat offsets from first digit to last unit character.

    ``suffix_end`` is behind qualifiers that follow the unit (以上, 左右). ``unit`` is ``None`` for a bare number.
    """

    start: int
    number_end: int
    end: int
    suffix_end: int
    value_reported: Decimal
    unit_reported: str
    value: Decimal
    unit: Unit | None
    more: bool
    suffix: str
    is_range: bool
    range_low: Decimal | None
    multiplier: str
    note: str


@dataclass(frozen=True, slots=True)
class NoQuantity:
    """A number that is none, or one that could not be read (``reason_code`` ``unread``)."""

    start: int
    end: int
    reason_code: str


class Scanner:
    """Holds the compiled patterns of one catalogue; ``scan`` is pure."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.units = {unit.surface: unit for unit in catalogue.units}
        by_length = sorted(catalogue.units, key=lambda unit: -len(unit.surface))
        alternatives = "|".join(
            re.escape(unit.surface) + (f"(?![{re.escape(unit.not_before)}])" if unit.not_before else "")
            for unit in by_length
        )
        self._unit = re.compile(alternatives)
        self._tail = re.compile(
            rf"(?P<m1>{_MORE})?(?P<mult>{_MULT})?(?P<m2>{_MORE})?(?P<mult2>万|亿)?(?P<unit>{alternatives})?(?P<m3>{_MORE})?"
            r"(?P<twin>[(](?:次|人次|家次|户次|台次|辆次|件次|起|人|宗|批次)[)])?"
            r"(?P<suffix>以上|以内|以下|之内|之多|左右|上下)?"
        )
        self._cn = re.compile(
            rf"(?<![{_CN}第万亿数几番0-9.星])(?<![{_CN}万亿0-9]余)(?:(?P<low>[{_CN}万]{{1,8}})[至到~-])?(?P<n>[{_CN}][{_CN}万亿点]{{0,23}})(?P<more>{_MORE})?(?P<mult>万|亿)?(?P<more2>{_MORE})?"
            rf"(?P<unit>{alternatives})(?P<suffix>以上|以内|以下|之内|之多|左右|上下)?"
        )
        noise = catalogue.noise
        self._hotlines = frozenset(noise.get("hotline", ()))
        self._slogan = re.compile(
            "[^,。;、]{0,4}?(?:" + "|".join(map(re.escape, noise.get("slogan_noun", ("\0",)))) + ")"
        )
        self._ordinal_before = re.compile(
            "(?:" + "|".join(map(re.escape, noise.get("ordinal_before", ("第",)))) + ")$|(?<![目此提年会先以之前])前$"
        )
        self._rank_before = re.compile(
            "(?:" + "|".join(map(re.escape, noise.get("rank_before", ("\0",)))) + ")(?:全[国省市县区]|在)?(?:第|前)?$"
        )
        self._limit = re.compile("|".join(map(re.escape, noise.get("duration_limit", ("\0",)))))
        self._size_class = re.compile(
            "的?(?:[0-9二三四五六]轴)?(?:" + "|".join(map(re.escape, noise.get("size_class_noun", ("\0",)))) + ")"
        )
        self._page_word = re.compile("(?:" + "|".join(map(re.escape, noise.get("page_word", ("\0",)))) + ")[:为是]?$")

    def scan(self, flat: str) -> tuple[list[Quantity], list[NoQuantity]]:
        """All numbers of ``flat`` in order: quantities, and numbers that are none."""
        masks = [match.span() for match in _MASK.finditer(flat) if not _QUOTED_LIMIT.fullmatch(match.group())]
        mask_starts = [start for start, _ in masks]

        def masked(at: int) -> tuple[int, int] | None:
            index = bisect_right(mask_starts, at) - 1
            return masks[index] if index >= 0 and at < masks[index][1] else None

        found: list[Quantity | NoQuantity] = []
        done = 0
        for match in _ARABIC.finditer(flat):
            start, end = match.span()
            if start < done or flat.startswith("百分之", start - 3):
                continue
            mask = masked(start)
            item = (
                NoQuantity(start, min(mask[1], end), "name") if mask else self._arabic(flat, start, end, match.group())
            )
            found.append(item)
            done = item.end
        taken = [(item.start, item.end) for item in found]
        for item in self._chinese(flat, masked):
            index = bisect_right(taken, (item.start, len(flat) + 1)) - 1
            overlaps = (index >= 0 and taken[index][1] > item.start) or (
                index + 1 < len(taken) and taken[index + 1][0] < item.end
            )
            if not overlaps:
                found.append(item)
        found.sort(key=lambda item: item.start)
        return self._join(flat, found)

    # -- Arabic digits -------------------------------------------------------------------------------------------

    def _arabic(self, flat: str, start: int, end: int, token: str) -> Quantity | NoQuantity:
        left = flat[max(0, start - 8) : start]
        before = left[-1:] if left else "\n"
        after = flat[end : end + 1] or "\n"
        if len(token) > 1 and token[0] == "0" and token.isdigit():
            return NoQuantity(start, end, "code")
        if len(token) > 24:
            return NoQuantity(start, end, "unread")
        for pattern, reason in ((_DATE, "date"), (_PHONE, "phone")):
            found = pattern.match(flat, start)
            if (
                found
                and found.end() >= end
                and not before.isdigit()
                and not (before == "|" and "-" not in found.group())
            ):
                return NoQuantity(start, found.end(), reason)
        years = _YEARS.match(flat, start)
        if years and years.end() >= end and (years.group().endswith("年") or self._bare_year(flat, years.end(), token)):
            return NoQuantity(start, years.end(), "year")
        if before.isascii() and before.isalpha() and not _pattern(r"(?:km|kg|m)$").search(left):
            return NoQuantity(start, end, "code")
        if before == "-" and left[-2:-1].isascii() and left[-2:-1].isalpha():
            return NoQuantity(start, end, "code")
        if token.count(".") + token.count("·") >= 2 and "," not in token:
            return NoQuantity(start, end, "date_or_version" if not self._unit.match(flat, end) else "unread")
        if "·" in token:
            if not _pattern(r"[0-9]+·[0-9]+").fullmatch(token) or not self._unit.match(flat, end):
                return NoQuantity(start, end, "date")
            token = token.replace("·", ".")
        if after == "号" or (before == "[" and after == "]"):
            return NoQuantity(start, end, "document_number")
        if before == "(" and after == ")" and len(token) <= 4 and token.isdigit():
            return NoQuantity(start, end, "year" if len(token) == 4 else "list_marker")
        line_start = before in "\n。;:|" or start == 0 or left.endswith("、\n")
        if (
            line_start
            and token.isdigit()
            and len(token) <= 2
            and (_LIST_MARK_AFTER.match(flat, end) or (after == "," and before == "\n"))
        ):
            return NoQuantity(start, end, "list_marker")
        if line_start and before == "\n" and _pattern(r"[0-9]{1,2}\.(?:19|20)[0-9]{2}年").match(flat[start : end + 1]):
            return NoQuantity(start, end, "list_marker")
        if before in "×*xX" or after in "×*":
            return NoQuantity(start, end, "name")
        if (before == "+" and left[-2:-1] not in "(|" and left[-2:-1] != "") or after == "+":
            return NoQuantity(start, end, "name")
        if (after == ":" and flat[end + 1 : end + 2].isdigit()) or (before == ":" and left[-2:-1].isdigit()):
            return NoQuantity(start, end, "ratio_or_time")
        if (before in "时点" and (after == "分" or left[-2:-1].isdigit())) or (
            after in "时点" and flat[end + 1 : end + 2] not in "位"
        ):
            return NoQuantity(start, end, "ratio_or_time")
        slash = _SLASH.match(flat, start)
        if slash:
            value = (Decimal(100) * Decimal(slash.group(1)) / Decimal(slash.group(2))).quantize(Decimal("0.01"))
            return self._quantity(start, slash.end(), slash.end(), value, "", value, self.units["%"], note="fraction")
        if _pattern(r"[0-9]+分之[0-9]").match(flat[start : start + 8]):
            return self._fraction(flat, start) or NoQuantity(start, end, "ratio_or_time")
        if before == "/" or (after == "/" and flat[end + 1 : end + 2].isdigit()):
            return NoQuantity(start, end, "code")
        if after == "成" and len(token) == 1 and _TENTHS_END.match(flat, end):
            share = _TENTHS_END.match(flat, end)
            assert share is not None
            value = Decimal(token) * 10 + (5 if share.group(1) else 0)
            suffix = _suffix(flat, share.end())
            return self._quantity(
                start, share.end(), share.end(), value / 10, "成", value, self.units["%"], suffix=suffix, note="成"
            )
        headcount = _HEADCOUNT.match(flat, start)
        if headcount:
            return self._headcount(headcount)
        if self._page_word.search(left):
            return NoQuantity(start, end, "page")
        if after in ("月", "日") or (after == "周" and flat[end + 1 : end + 2] == "年") or after in ("岁", "周", "季"):
            if after == "岁" and _pattern(r"寿命[^,。;]{0,8}$").search(flat[max(0, start - 12) : start]):
                pass
            else:
                return NoQuantity(start, end, "date" if after in "月日" else "age_or_anniversary")
        tail = self._tail.match(flat, end)
        assert tail is not None
        unit = self.units.get(tail["unit"]) if tail["unit"] else None
        if (
            after == "年"
            or flat[end : end + 2] in ("个月", "余年", "多年")
            or (
                tail["mult"] and flat[tail.end("mult")] == "年"
                if tail["mult"] and tail.end("mult") < len(flat)
                else False
            )
        ):
            return NoQuantity(start, end, "period")
        if _pattern(r"[-~至到]{1,2}[0-9]{1,2}(?:个月|年)").match(flat[end : end + 7]):
            return NoQuantity(start, end, "period")
        if self._ordinal_before.search(left):
            return NoQuantity(start, end, "ordinal")
        if self._rank_before.search(left) and (unit is None or unit.surface in ("位", "名", "个")):
            return NoQuantity(start, end, "rank")
        if after in ("强", "线", "轴", "版", "期") and unit is None:
            return NoQuantity(start, end, "name")
        if after.isascii() and after.isalpha() and unit is None:
            return NoQuantity(start, end, "code")
        if token in self._hotlines and (unit is None or flat[end : end + 1] in "热平投政市便民群监工举"):
            return NoQuantity(start, end, "hotline")
        try:
            number = read_arabic(token)
        except NumeralError:
            return NoQuantity(start, end, "unread")
        return self._with_tail(flat, start, end, token, number, tail, unit, left)

    def _bare_year(self, flat: str, end: int, token: str) -> bool:
        """A year without 年: in a chain of years that ends in 年 elsewhere, in brackets, or beside no unit."""
        if len(token) != 4:
            return False
        following = flat[end : end + 1]
        return not self._unit.match(flat, end) and not _pattern(r"[余多十百千万亿%0-9,.]").match(following or "\0")

    def _with_tail(
        self,
        flat: str,
        start: int,
        end: int,
        token: str,
        number: Decimal,
        tail: re.Match[str],
        unit: Unit | None,
        left: str,
    ) -> Quantity | NoQuantity:
        multiplier = tail["mult"] or ""
        compound = _REST_BEHIND.match(flat, tail.end("mult")) if multiplier in ("万", "亿") and not tail["m1"] else None
        if compound and (multiplier == "万") == (compound.group(2) != "万"):
            # 1亿3000万, 3万5000: two parts of one number.
            number = (
                number * MULTIPLIERS[multiplier] + read_arabic(compound.group(1)) * MULTIPLIERS[compound.group(2) or ""]
            )
            multiplier, end = "", compound.end()
            behind = self._tail.match(flat, end)
            assert behind is not None
            tail = behind
            unit = self.units.get(tail["unit"]) if tail["unit"] else None
        if multiplier and tail["mult2"]:
            # 5百余万: the two multiply.
            number, multiplier = number * MULTIPLIERS[multiplier], tail["mult2"]
        more = bool(tail["m1"] or tail["m2"] or tail["m3"])
        if unit is None:
            bare_end = max(tail.end("m1"), tail.end("mult"), tail.end("m2"), tail.end("mult2"), end)
            following = flat[bare_end : bare_end + 1]
            strong = bool(multiplier or more or "," in token) or re.search(
                r"(?:累计|共计|合计|总计|共|达到|达|超过|超|逾|约|近|突破|不少于|至少|增至|降至)$", left
            )
            listed = (
                following in ",。;、)\n|" or not following or flat[bare_end : bare_end + 2] in ("以上", "左右", "以内")
            )
            month_day = _pattern(r"(?:0?[1-9]|1[0-2])\.(?:[0-2]?[0-9]|3[01])").fullmatch(token)
            if (
                month_day
                and not strong
                and not _pattern(r"\|[+-]?$").search(left)
                and not _pattern(r"[、和及至~-][0-9.]+(?:[万亿]|%|[\u4e00-\u9fff])").match(flat[end : end + 8])
            ):
                return NoQuantity(start, end, "date")
            if "." in token and _pattern(r"[0-9]{1,2}\.[0-9]{1,2}$").match(token) and not strong and not listed:
                return NoQuantity(start, end, "date")
            if not strong and not (listed and left[-1:] not in "\n、,。;:(" and not left[-1:].isdigit()):
                table_cell = (
                    _pattern(r"\|[+-]?$").search(left) is not None and following in "|\n"
                ) or self._figures_only(flat, start)
                shared = following in "、和及至到~-" and left[-1:] not in "\n。;"
                if not (table_cell or shared or (listed and left[-1:] in "、和及至~-:")):
                    return NoQuantity(start, end, "no_unit")
            suffix = _pattern(r"以上|以内|以下|左右|上下|之多").match(flat[bare_end : bare_end + 2])
            value = number * MULTIPLIERS[multiplier]
            return Quantity(
                start,
                bare_end,
                bare_end,
                bare_end + (2 if suffix else 0),
                number,
                multiplier,
                value,
                None,
                more,
                suffix.group() if suffix else "",
                False,
                None,
                multiplier,
                "bare",
            )
        unit_end = tail.end("unit")
        reason = self._unit_noise(flat, start, unit_end, number, unit, tail, left)
        if reason:
            return NoQuantity(start, unit_end, reason)
        value = number * MULTIPLIERS[multiplier] * unit.factor
        return Quantity(
            start,
            end,
            unit_end,
            tail.end(),
            number,
            multiplier + unit.surface,
            value,
            unit,
            more,
            tail["suffix"] or "",
            False,
            None,
            multiplier,
            "number with unit",
        )

    def _unit_noise(
        self, flat: str, start: int, unit_end: int, number: Decimal, unit: Unit, tail: re.Match[str], left: str
    ) -> str | None:
        """The reason why a number with a unit is no quantity all the same, or ``None``."""
        around = flat[max(0, start - _LIMIT_SPAN) : start] + flat[unit_end : unit_end + _LIMIT_SPAN]
        if unit.unit_class in ("day", "hour", "minute"):
            named = number in (Decimal(24), Decimal(7)) and unit.unit_class != "day"
            if (
                named
                or not self._limit.search(around)
                or _pattern(r"[^,。]{0,4}(?:圈|城市|自助|不间断|值班)").match(flat[unit_end : unit_end + 8])
            ):
                return "duration"
        if (
            tail["suffix"] in ("以上", "以下")
            and unit.unit_class in ("money", "mass", "length", "age", "area", "person")
            and self._size_class.match(flat, tail.end())
            and not _pattern(r"占|达|率").search(left)
        ):
            return "size_class"
        if tail["suffix"] in ("以上", "以下") and _pattern(r"的(?:车辆|企业|人员|单位|驾驶员|当事人|主体|行为)").match(
            flat[tail.end() : tail.end() + 6]
        ):
            return "size_class"
        if (
            unit.unit_class == "money"
            and self._size_class.match(flat, unit_end)
            and "级" in flat[unit_end : unit_end + 2]
        ):
            return "size_class"
        if unit.unit_class in ("mass", "length", "area", "power") and _pattern(
            r"限值|以上货|级|轴|/年|/日|/小时|范围|分辨率|口径|限高|半径|的?[0-9二三四五六]轴|的?(?:重型)?(?:载?货车|大货)"
        ).match(flat[unit_end : unit_end + 6]):
            return "specification"
        if unit.surface == "座" and _pattern(r"(?:以上|以下)?(?:的)?[大中小]?型?(?:客车|轿车|车)").match(
            flat[unit_end : unit_end + 7]
        ):
            return "specification"
        if unit.surface in ("位", "名") and _RANK_MOVED.search(flat[max(0, start - 34) : start]):
            return "rank"
        if unit.surface == "倍" and _pattern(r"(?:是|为)[^,。;]{0,8}(?:的)?$").search(left):
            return "multiple"
        return None

    # -- Chinese numerals ----------------------------------------------------------------------------------------

    def _chinese(self, flat: str, is_masked: Callable[[int], tuple[int, int] | None]) -> list[Quantity | NoQuantity]:
        found: list[Quantity | NoQuantity] = []
        ends = 0
        for match in _PERCENT_WORDS.finditer(flat):
            try:
                number = read_chinese(match["n"]) if not match["n"][0].isdigit() else Decimal(match["n"])
            except NumeralError:
                if match["n"] == "百":
                    number = Decimal(100)
                else:
                    found.append(NoQuantity(*match.span(), "unread"))
                    continue
            found.append(
                self._quantity(
                    match.start(),
                    match.end(),
                    match.end(),
                    number,
                    "%",
                    number,
                    self.units["%"],
                    more=bool(match["more"]),
                    suffix=_suffix(flat, match.end()),
                    note="百分之",
                )
            )
        for match in _FRACTION.finditer(flat) if "分之" in flat else ():
            if match.start() >= ends and not is_masked(match.start()):
                fraction = self._fraction(flat, match.start())
                if fraction:
                    found.append(fraction)
        for match in _TENTHS.finditer(flat):
            rest = match["half"]
            number = read_chinese(match["n"]) * 10 + (0 if not rest else 5 if rest == "半" else read_chinese(rest))
            if not is_masked(match.start()) and (
                match["half"]
                or _pattern(r"占|近|超|达|约|过|降|有|提高").search(flat[max(0, match.start() - 5) : match.start()])
                or _pattern(r"以上|左右|多").match(flat[match.end() : match.end() + 2])
            ):
                found.append(
                    self._quantity(
                        match.start(),
                        match.end(),
                        match.end(),
                        number / 10,
                        "成",
                        number,
                        self.units["%"],
                        suffix=_suffix(flat, match.end()),
                        note="成",
                    )
                )
        for match in _HEADCOUNT.finditer(flat):
            if not match["head"].isdigit() and not is_masked(match.start()):
                headcount = self._headcount(match)
                found.append(headcount)
        for match in _BARE_MYRIAD.finditer(flat):
            item = self._bare_myriad(flat, match)
            if item and not is_masked(match.start()):
                found.append(item)
        covered = sorted((item.start, item.end) for item in found)
        for match in self._cn.finditer(flat):
            index = bisect_right(covered, (match.start(), len(flat) + 1)) - 1
            if (index >= 0 and covered[index][1] > match.start()) or (
                index + 1 < len(covered) and covered[index + 1][0] < match.end("unit")
            ):
                continue
            if is_masked(match.start()):
                found.append(NoQuantity(match.start(), match.end("unit"), "name"))
                continue
            found.append(self._chinese_number(flat, match))
        return found

    def _chinese_number(self, flat: str, match: re.Match[str]) -> Quantity | NoQuantity:
        start, words = match.start(), match["n"]
        unit = self.units[match["unit"]]
        unit_end = match.end("unit")
        left = flat[max(0, start - 8) : start]
        more = bool(match["more"] or match["more2"])
        try:
            number = read_chinese(words)
        except NumeralError:
            loose = (
                not any(char in "十百千拾佰仟" for char in words)
                or bool(_LOOSE_TENS.search(words))
                or words in ("百", "千", "万", "亿", "百万", "千万")
            )
            return NoQuantity(start, unit_end, "indefinite" if loose else "unread")
        if _LOOSE.search(left) and words[0] in "十百千万亿":
            return NoQuantity(start, unit_end, "indefinite")
        if words in ("百", "千", "万", "亿", "千万", "百万"):
            if not (more or _pattern(r"[近超逾过约破]$").search(left)):
                return NoQuantity(start, unit_end, "indefinite")
            number = MULTIPLIERS[words]
        low = None
        if match["low"]:
            try:
                low = read_chinese(match["low"])
            except NumeralError:
                return NoQuantity(start, unit_end, "indefinite")
            if low >= number:
                return NoQuantity(start, unit_end, "unread")
        small = len(words) == 1 and low is None
        if left.endswith("第") or (
            small and _pattern(r"[第之每另同某]$").search(left) and not (words != "一" and left[-1:] in "每")
        ):
            return NoQuantity(start, unit_end, "ordinal")
        if unit.unit_class in ("day", "hour", "minute"):
            around = left + flat[unit_end : unit_end + _LIMIT_SPAN]
            if not self._limit.search(around):
                return NoQuantity(start, unit_end, "duration")
        if small and not more and not match["mult"]:
            if words == "一":
                if not _ARTICLE_UNITS_AFTER_ONE.search(left) or unit.surface not in _STRONG_UNITS:
                    return NoQuantity(start, unit_end, "article")
            else:
                triggered = bool(_TRIGGER.search(left))
                rest = flat[unit_end : unit_end + 10]
                if unit.surface not in _STRONG_UNITS and (
                    (unit.surface != "期" and self._slogan.match(rest))
                    or not (
                        triggered
                        or (unit.surface == "个" and _COUNTABLE.match(rest))
                        or (_ENDS.match(rest) and _NOUN_BEFORE.search(left))
                    )
                ):
                    return NoQuantity(start, unit_end, "slogan")
                if unit.surface in _STRONG_UNITS and _pattern(
                    r"以上(?:行政)?执法|一体|会一课|分配|创业|产业|全会|全体会议|党代会|代表大会"
                ).match(rest):
                    return NoQuantity(start, unit_end, "name")
                if unit.surface == "期" and _pattern(r"工程|项目|建设|改造|、").match(rest):
                    return NoQuantity(start, unit_end, "name")
                if (
                    unit.surface in ("件", "本", "台")
                    and not triggered
                    and _pattern(r"(?:民生)?(?:实事|好事|大事|事[:,;。\n])").match(rest)
                ):
                    return NoQuantity(start, unit_end, "slogan")
        elif (
            unit.surface in ("大", "项", "个", "条", "类", "种")
            and number <= 20
            and not more
            and self._slogan.match(flat[unit_end : unit_end + 10])
            and not _TRIGGER.search(left)
        ):
            return NoQuantity(start, unit_end, "slogan")
        multiplier = match["mult"] or ""
        value = number * MULTIPLIERS[multiplier] * unit.factor
        return Quantity(
            start,
            match.end("n"),
            unit_end,
            match.end(),
            number,
            multiplier + unit.surface,
            value,
            unit,
            more,
            match["suffix"] or "",
            low is not None,
            low,
            multiplier,
            "Chinese numeral",
        )

    def _bare_myriad(self, flat: str, match: re.Match[str]) -> Quantity | None:
        """近百家次, 超万人次, 突破万亿元: the multiplier alone is the number."""
        tail = self._tail.match(flat, match.end())
        assert tail is not None
        if not tail["unit"] or tail["mult"]:
            return None
        unit = self.units[tail["unit"]]
        if tail["suffix"] or self._size_class.match(flat, tail.end()):
            return None
        number = MULTIPLIERS[match.group(1)]
        return Quantity(
            match.start(1),
            match.end(1),
            tail.end("unit"),
            tail.end(),
            number,
            unit.surface,
            number * unit.factor,
            unit,
            bool(match.group(2) or tail["m1"]),
            "",
            False,
            None,
            "",
            "multiplier alone",
        )

    def _fraction(self, flat: str, start: int) -> Quantity | None:
        match = _FRACTION.match(flat, start)
        if not match:
            return None
        below = Decimal(match["below"]) if match["below"].isdigit() else read_chinese(match["below"])
        above = Decimal(match["above"]) if match["above"].isdigit() else read_chinese(match["above"])
        if below == 0:
            return None
        value = (Decimal(100) * above / below).quantize(Decimal("0.01"))
        return self._quantity(
            start,
            match.end(),
            match.end(),
            value,
            "",
            value,
            self.units["%"],
            suffix=_suffix(flat, match.end()),
            note="fraction",
        )

    def _headcount(self, match: re.Match[str]) -> Quantity:
        parts = [int(part) if part.isdigit() else int(read_chinese(part)) for part in (match["head"], match["rest"])]
        value = Decimal(sum(parts))
        return self._quantity(
            match.start(), match.end(), match.end(), value, "", value, self.units["人"], note="N正M副"
        )

    @staticmethod
    def _quantity(
        start: int,
        number_end: int,
        end: int,
        reported: Decimal,
        unit_reported: str,
        value: Decimal,
        unit: Unit | None,
        *,
        more: bool = False,
        suffix: str = "",
        note: str,
    ) -> Quantity:
        return Quantity(
            start,
            number_end,
            end,
            end + len(suffix),
            reported,
            unit_reported,
            value,
            unit,
            more,
            suffix,
            False,
            None,
            "",
            note,
        )

    # -- neighbours ----------------------------------------------------------------------------------------------

    def _join(self, flat: str, found: list[Quantity | NoQuantity]) -> tuple[list[Quantity], list[NoQuantity]]:
        """Lists share the last one's unit; two ends of a range become one; a bare number left alone is judged."""
        items = list(found)
        for index in range(len(items) - 2, -1, -1):
            item, following = items[index], items[index + 1]
            if not (
                isinstance(item, Quantity) and item.unit is None and isinstance(following, Quantity) and following.unit
            ):
                continue
            gap = flat[item.suffix_end : following.start]
            if _SHARE_GAP.fullmatch(gap) and following.unit.surface != "%":
                multiplier = item.multiplier or following.multiplier
                value = item.value_reported * MULTIPLIERS[multiplier] * following.unit.factor
                items[index] = replace(
                    item,
                    unit=following.unit,
                    value=value,
                    multiplier=multiplier,
                    unit_reported=multiplier + following.unit.surface,
                    note="shares the unit that follows",
                )
            elif _SHARE_GAP.fullmatch(gap) and following.unit.surface == "%":
                items[index] = replace(
                    item, unit=following.unit, unit_reported="%", note="shares the unit that follows"
                )
        quantities: list[Quantity] = []
        rejected: list[NoQuantity] = []
        for item in items:
            if isinstance(item, NoQuantity):
                rejected.append(item)
                continue
            last = quantities[-1] if quantities else None
            if (
                last is not None
                and last.unit is not None
                and item.unit is not None
                and last.unit.unit_class == item.unit.unit_class
                and _GAP.fullmatch(flat[last.suffix_end : item.start])
                and last.value <= item.value
                and not _pattern(r"[由从自][^,。;]*$").search(flat[max(0, last.start - 16) : last.start])
            ):
                quantities[-1] = replace(
                    item, start=last.start, is_range=True, range_low=last.value, note="range: upper bound"
                )
                continue
            if (
                item.note == "bare"
                and item.unit is None
                and not item.multiplier
                and not item.more
                and self._unlikely(flat, item)
            ):
                rejected.append(NoQuantity(item.start, item.end, "no_unit"))
                continue
            quantities.append(item)
        return quantities, rejected

    @staticmethod
    def _figures_only(flat: str, at: int) -> bool:
        """Whether the line around ``at`` is a table row of nothing but figures."""
        begin = flat.rfind("\n", 0, at) + 1
        stop = flat.find("\n", at)
        return _FIGURE_ROW.fullmatch(flat, begin, stop if stop >= 0 else len(flat)) is not None

    @staticmethod
    def _unlikely(flat: str, item: Quantity) -> bool:
        """A bare number that nothing introduces as a count (reference numbers, leftovers of a page)."""
        left = flat[max(0, item.start - 6) : item.start]
        if _pattern(r"\|[+-]?$").search(left) or Scanner._figures_only(flat, item.start):
            return False
        return bool(_pattern(r"[:、,。;(\n-]$|^$").search(left)) or not _pattern(r"[\u4e00-\u9fff]$").search(left)


def _suffix(flat: str, at: int) -> str:
    match = _pattern(r"以上|以内|以下|之内|左右|上下").match(flat[at : at + 2])
    return match.group() if match else ""
