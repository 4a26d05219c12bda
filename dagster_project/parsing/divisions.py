"""China's administrative divisions of county level and above: look-up by code, by name, and of names in running text.

Here belongs what the division table alone can tell, former names and codes included. Which of several divisions of one
name a report means is decided in ``identity``.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from ahocorasick_rs import AhoCorasick, MatchKind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_NATION = (
    "达斡尔族|乌孜别克族|柯尔克孜族|哈萨克族|维吾尔族|塔吉克族|俄罗斯族|鄂温克族|塔塔尔族|鄂伦春族|蒙古族|布依族|朝鲜族|土家族"
    "|哈尼族|傈僳族|拉祜族|东乡族|纳西族|景颇族|仫佬族|布朗族|撒拉族|毛南族|仡佬族|锡伯族|阿昌族|普米族|德昂族|保安族|裕固族|独龙族"
    "|赫哲族|门巴族|珞巴族|基诺族|高山族|回族|藏族|苗族|彝族|壮族|满族|侗族|瑶族|白族|傣族|黎族|佤族|畲族|水族|土族|羌族|怒族|京族|各族"
)
_AUTONOMOUS = re.compile(rf"^(.{{2,}}?)(?:{_NATION}|蒙古|哈萨克|维吾尔|壮|回|柯尔克孜)+自治(县|州|旗|区)$")
_PLAIN_KIND = re.compile(r"(?:自治(?:县|州|旗|区)|特别行政区|地区|特区|林区|省|市|区|县|旗|盟)$")
_CODE = re.compile(r"[1-9]\d{5}$")
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d$")
_IDEOGRAPH = re.compile(r"[\u4e00-\u9fff]")


class DivisionError(ValueError):
    """A division seed is not of the form this module reads; the message, in Chinese, names file and line."""


@dataclass(frozen=True, slots=True)
class Division:
    """One row of ``divisions.csv``; ``valid_to`` is set where the code is no longer in use.

    ``city`` and ``county`` are empty where there is none: a county run by its province has no city.
    """

    code: str
    name: str
    level: str
    province: str
    city: str
    county: str
    parent_code: str
    valid_from: date | None
    valid_to: date | None
    is_municipal_district: bool

    @property
    def stem(self) -> str:
        """The place's own name without the word for its kind: 泸州, 凉山; the whole name if one character is left."""
        return stem(self.name)

    @property
    def full_name(self) -> str:
        """The name that goes before a bureau's: districts carry their city (北京市朝阳区), everything else its own."""
        return (self.city or self.province) + self.name if self.is_municipal_district else self.name


@dataclass(frozen=True, slots=True)
class FormerName:
    """One row of ``division_names.csv``: a name and code that ended, and what became of it.

    ``change`` is ``renamed`` (same code), ``recoded`` (same place, new code), ``merged``, ``split`` or ``abolished``.
    """

    code: str
    name: str
    valid_from: date | None
    valid_to: date | None
    successor_codes: tuple[str, ...]
    change: str
    note: str


@dataclass(frozen=True, slots=True)
class NameHit:
    """A division name in a text, at ``start``..``end``; ``codes`` are the divisions it may stand for.

    ``is_full`` is false for a name without the word for its kind (朝阳 for 朝阳市 or 朝阳区).
    """

    start: int
    end: int
    surface: str
    codes: tuple[str, ...]
    is_full: bool


def stem(name: str) -> str:
    """A division's own name without the word for its kind: 凉山彝族自治州 gives 凉山, 泸县 stays 泸县."""
    autonomous = _AUTONOMOUS.match(name)
    short = autonomous[1] if autonomous else _PLAIN_KIND.sub("", name)
    return short if len(short) >= 2 else name


def _surfaces(name: str) -> Iterable[tuple[str, bool]]:
    """How texts write a division's name, and whether the writing says its kind."""
    yield name, True
    short = stem(name)
    if short != name:
        yield short, False
        autonomous = _AUTONOMOUS.match(name)
        if autonomous:
            # 凉山州, 峨边县, 宁夏区 is not written
            if autonomous[2] != "区":
                yield short + autonomous[2], True
        elif name.endswith("自治州"):
            yield short + "州", True


class Divisions:
    """The table, indexed; made once and shared. Everything beyond the rows is built at first use."""

    def __init__(self, divisions: Iterable[Division], former: Iterable[FormerName] = ()) -> None:
        self.rows: tuple[Division, ...] = tuple(divisions)
        self.former: tuple[FormerName, ...] = tuple(former)
        self._by_code = {row.code: row for row in self.rows}

    def get(self, code: str) -> Division | None:
        """The division of a six-digit code, in use or not."""
        return self._by_code.get(code)

    def present(self, code: str) -> Division | None:
        """The division that a code stands for today: the same place under its present code, if it was recoded.

        A division that was merged into another is not the same place, and stays as it was.
        """
        seen = set()
        while code not in seen:
            seen.add(code)
            division = self._by_code.get(code)
            if division is None or division.valid_to is None:
                return division
            follower = self._recoded.get(code)
            if follower is None:
                return division
            code = follower
        return self._by_code.get(code)

    def same_place(self, code: str, name: str) -> Division:
        """The present division of the place that was called ``name`` under ``code`` (codes were sometimes given anew).

        Raises:
            KeyError: There is no such code.
        """
        division = self._by_code[code]
        if not any(name == surface for surface, _ in _surfaces(division.name)):
            # the code is in use for another place now
            for row in self._former_of.get(code, ()):
                recoded = row.change == "recoded" and len(row.successor_codes) == 1
                if recoded and any(name == surface for surface, _ in _surfaces(row.name)):
                    code = row.successor_codes[0]
                    break
        return self.present(code) or division

    def parents(self, division: Division) -> tuple[Division, ...]:
        """The divisions above, nearest first."""
        found = []
        code = division.parent_code
        while code and (parent := self._by_code.get(code)) is not None:
            found.append(parent)
            code = parent.parent_code
        return tuple(found)

    def named(self, name: str) -> tuple[Division, ...]:
        """Divisions that bear or bore this name (with or without the word for its kind), those in use first."""
        return tuple(self._by_code[code] for code in self._codes_of.get(name, ((), False))[0])

    def was_so_named(self, code: str, surface: str, year: int | None) -> bool:
        """Whether the division bore the name in ``year`` (give or take one: the lists are yearly); true if unknown."""
        division = self._by_code[code]
        names = [(division.name, division.valid_from, division.valid_to)]
        names += [(row.name, row.valid_from, row.valid_to) for row in self._former_of.get(code, ())]
        if year is None:
            return any(surface in dict(_surfaces(name)) and end is None for name, _, end in names)
        return any(
            surface in dict(_surfaces(name))
            and (begin is None or begin.year - 1 <= year)
            and (end is None or year <= end.year + 1)
            for name, begin, end in names
        )

    def find(self, text: str) -> list[NameHit]:
        """Division names in ``text``, longest first at each place, without overlaps, in text order.

        Names of two characters that also come about by chance (和县 in 县委和县政府, 城区) count only after a character
        that cannot belong to a word, or after the name of the division above.
        """
        hits: list[NameHit] = []
        for pattern, start, end in self._automaton.find_matches_as_indexes(text):
            surface = self._patterns[pattern]
            codes, is_full = self._codes_of[surface]
            by_chance = is_full and len(surface) == 2 and start > 0 and _IDEOGRAPH.match(text[start - 1])
            if by_chance and not text.endswith(("关于", "在", "由"), max(0, start - 2), start):
                above = hits[-1] if hits and hits[-1].end == start else None
                codes = tuple(c for c in codes if above and self._is_under(c, above.codes))
                if not codes:
                    continue
            hits.append(NameHit(start, end, surface, codes, is_full))
        return hits

    def _is_under(self, code: str, above: tuple[str, ...]) -> bool:
        return any(parent.code in above for parent in self.parents(self._by_code[code]))

    @cached_property
    def _former_of(self) -> dict[str, list[FormerName]]:
        found: dict[str, list[FormerName]] = defaultdict(list)
        for row in self.former:
            found[row.code].append(row)
        return dict(found)

    @cached_property
    def _recoded(self) -> dict[str, str]:
        return {
            row.code: row.successor_codes[0]
            for row in self.former
            if row.change == "recoded" and len(row.successor_codes) == 1
        }

    @cached_property
    def _codes_of(self) -> dict[str, tuple[tuple[str, ...], bool]]:
        """Surface to codes (in use first) and whether it says its kind."""
        full: dict[str, dict[str, None]] = defaultdict(dict)
        short: dict[str, dict[str, None]] = defaultdict(dict)
        in_use_first = sorted(self.rows, key=lambda row: (row.valid_to is not None, row.code))
        named = [(row.name, row.code) for row in in_use_first]
        named += [(row.name, row.code) for row in self.former if row.code in self._by_code]
        for name, code in named:
            for surface, is_full in _surfaces(name):
                (full if is_full else short)[surface][code] = None
        found = {surface: (tuple(codes), False) for surface, codes in short.items()}
        found |= {surface: (tuple(codes), True) for surface, codes in full.items()}
        return found

    @cached_property
    def _patterns(self) -> list[str]:
        return list(self._codes_of)

    @cached_property
    def _automaton(self) -> AhoCorasick:
        return AhoCorasick(self._patterns, matchkind=MatchKind.LeftmostLongest)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _rows(path: Path, columns: tuple[str, ...]) -> Iterable[dict[str, str]]:
    """The rows of a seed, checked for their form."""
    with path.open(encoding="utf-8", newline="") as handle:
        for line, row in enumerate(csv.DictReader(handle), start=2):
            for column in (*columns, "valid_from", "valid_to"):
                if row.get(column) is None:
                    raise DivisionError(f"{path.name} 第 {line} 行缺少 {column} 列。请对照表头检查这一行。")
            if not _CODE.match(row["code"]):
                raise DivisionError(f"{path.name} 第 {line} 行 code 列:{row['code']!r} 应为六位数字。")
            for column in ("valid_from", "valid_to"):
                if row[column] and not _ISO_DAY.match(row[column]):
                    message = f"{path.name} 第 {line} 行 {column} 列:{row[column]!r} 应为 2021-04-09 这样的日期。"
                    raise DivisionError(message)
            yield row


def load_divisions(folder: Path) -> Divisions:
    """Reads ``divisions.csv`` and ``division_names.csv`` of a seed folder.

    Raises:
        DivisionError: A column is missing or a cell cannot be read.
    """
    divisions = [
        Division(
            row["code"],
            row["name"],
            row["level"],
            row["province"],
            row["city"],
            row["county"],
            row["parent_code"],
            _day(row["valid_from"]),
            _day(row["valid_to"]),
            row["is_municipal_district"] == "yes",
        )
        for row in _rows(folder / "divisions.csv", ("code", "name", "level", "province", "parent_code"))
    ]
    former = [
        FormerName(
            row["code"],
            row["name"],
            _day(row["valid_from"]),
            _day(row["valid_to"]),
            tuple(code for code in row["successor_code"].split(";") if code),
            row["change"],
            row["note"],
        )
        for row in _rows(folder / "division_names.csv", ("code", "name", "successor_code", "change", "note"))
    ]
    return Divisions(divisions, former)
