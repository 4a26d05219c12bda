"""The departments of local government: their codes, and where texts name them.

Here belongs what the department table alone can tell. Whether a named department is the one that reports is decided in
``identity``.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ahocorasick_rs import AhoCorasick, MatchKind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

GOVERNMENT = "government"
"""Code of a whole government, which acts through no department."""

_ORGAN = re.compile(
    r"(?:(?!工作|法治|法制|系统|行业|领域|部门|关于|执法局|全面|依法|年度|普法|的|在|对|等|是)[\u4e00-\u9fff、]){0,12}?"
    r"(?:委员会(?:办公室)?|办公室|管理局|局|厅|总队|支队|大队|中队|中心|队(?![伍员])"
    r"|委(?![托派任员办书会])|署(?!名)|办(?![理法案公件结事证学好]))"
)


_ORGAN_WORDS = ("局", "厅", "委", "公署", "政府", "办公室", "办公厅", "海关", "处")


class DepartmentError(ValueError):
    """``departments.csv`` is not of the form this module reads; the message, in Chinese, names line and column."""


@dataclass(frozen=True, slots=True)
class Department:
    """One row of ``departments.csv``; ``organ`` is the word after the name: 局, for a province 厅."""

    code: str
    name_zh: str
    organ: str
    organ_province: str
    keywords: tuple[str, ...]

    def bureau(self, *, of_province: bool = False) -> str:
        """The usual name of such a bureau: 交通运输局, at province level 交通运输厅."""
        return self.name_zh + (self.organ_province if of_province else self.organ)


@dataclass(frozen=True, slots=True)
class DepartmentHit:
    """A department named in a text at ``start``..``end``.

    ``organ_end`` is where the bureau's name ends, if it is one (交通运输局), and ``None`` where only the field is named
    (交通运输系统).
    """

    start: int
    end: int
    organ_end: int | None
    code: str


class Departments:
    """The table, indexed; made once and shared."""

    def __init__(self, rows: Iterable[Department]) -> None:
        self.rows: tuple[Department, ...] = tuple(rows)
        self._by_code = {row.code: row for row in self.rows}

    def get(self, code: str) -> Department | None:
        """The department of a code."""
        return self._by_code.get(code)

    def find(self, text: str) -> list[DepartmentHit]:
        """Departments named in ``text``, without overlaps, in text order."""
        hits: list[DepartmentHit] = []
        for pattern, start, end in self._automaton.find_matches_as_indexes(text):
            if hits and start < (hits[-1].organ_end or 0):
                # 教育体育局 is one bureau, 体育 in it no other
                continue
            keyword, code = self._keywords[pattern]
            organ = _ORGAN.match(text, end)
            organ_end = end if keyword.endswith(_ORGAN_WORDS) else None
            if organ is not None and organ_end is None:
                organ_end = organ.end()
            hits.append(DepartmentHit(start, end, organ_end, code))
        return hits

    @cached_property
    def _keywords(self) -> list[tuple[str, str]]:
        return [(keyword, row.code) for row in self.rows for keyword in row.keywords]

    @cached_property
    def _automaton(self) -> AhoCorasick:
        return AhoCorasick([keyword for keyword, _ in self._keywords], matchkind=MatchKind.LeftmostLongest)


def load_departments(folder: Path) -> Departments:
    """Reads ``departments.csv`` of a seed folder.

    Raises:
        DepartmentError: A column is missing, a cell is empty that must not be, or a code or keyword comes twice.
    """
    rows: list[Department] = []
    owner: dict[str, str] = {}
    with (folder / "departments.csv").open(encoding="utf-8", newline="") as handle:
        for line, row in enumerate(csv.DictReader(handle), start=2):
            try:
                keywords = tuple(word for word in row["keywords"].split(";") if word)
                department = Department(row["code"], row["name_zh"], row["organ"], row["organ_province"], keywords)
            except (KeyError, AttributeError) as error:
                raise DepartmentError(f"departments.csv 第 {line} 行缺少列 {error}。请对照表头检查。") from error
            if not (department.code and department.name_zh and keywords):
                raise DepartmentError(f"departments.csv 第 {line} 行:code、name_zh、keywords 都不能为空。")
            for keyword in keywords:
                if keyword in owner:
                    raise DepartmentError(
                        f"departments.csv 第 {line} 行 keywords 列:“{keyword}”已用于 {owner[keyword]},请删去一处。"
                    )
                owner[keyword] = department.code
            if any(department.code == other.code for other in rows):
                raise DepartmentError(f"departments.csv 第 {line} 行 code 列:{department.code} 重复。")
            rows.append(department)
    return Departments(rows)
