"""The catalogue as Python sees it: the CSV seeds that dbt loads too, read and checked.

Here belong reading and form checks of the seeds that parsing needs. Matching words with them does not.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path


class CatalogueError(ValueError):
    """A seed file is missing or malformed. The message (Chinese) names file, line, column and what to do."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as written, its canonical form, the factor to it, its class, and characters that may not follow."""

    surface: str
    unit: str
    factor: Decimal
    unit_class: str
    not_before: str


@dataclass(frozen=True, slots=True)
class Indicator:
    """A catalogue row, as far as matching needs it."""

    code: str
    name_zh: str
    unit: str
    kind: str
    aggregation: str
    parent_code: str
    denominator_code: str
    period_default: str
    """``as_of`` for stocks and for ratios over stocks, ``year`` for flows."""


@dataclass(frozen=True, slots=True)
class Concept:
    """A notion of the field and the terms that express it. ``role`` says which of its kind shadow each other."""

    code: str
    role: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """One way to say an indicator: groups of alternatives that are all needed, and concepts that rule it out."""

    indicator_code: str
    needs: tuple[tuple[str, ...], ...]
    forbids: frozenset[str]
    """Weaken the pattern when farther than its own words, rule it out when nearer."""
    vetoes: frozenset[str]
    """Rule it out wherever they stand in the clause (written with a ! in front)."""
    units: frozenset[str]
    departments: frozenset[str]
    """Only in reports of these departments (or of unknown ones), or, with a ! in front, in none of these."""

    def suits(self, department: str | None) -> bool:
        """Whether the pattern holds in reports of a department; an unknown department suits all."""
        if not self.departments or department is None:
            return True
        if f"!{department}" in self.departments:
            return False
        return department in self.departments or any(code.startswith("!") for code in self.departments)


@dataclass(frozen=True, slots=True)
class UnitAcceptance:
    """A canonical unit in which an indicator's figures may be written, and the factor to the indicator's unit."""

    unit: str
    factor: Decimal


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All seeds that parsing reads, indexed."""

    units: tuple[Unit, ...]
    indicators: Mapping[str, Indicator]
    concepts: Mapping[str, Concept]
    patterns: tuple[Pattern, ...]
    aliases: tuple[tuple[str, str], ...]
    acceptance: Mapping[str, Mapping[str, Decimal]]
    noise: Mapping[str, tuple[str, ...]]
    label_words: tuple[str, ...]
    """Words that a label is not cut inside; apart from the lexicon, so that a new term re-reads nothing."""


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("；", ";").split(";") if part.strip())


def _read(folder: Path, name: str, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    path = folder / name
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            header = reader.fieldnames or []
            missing = [column for column in columns if column not in header]
            if missing:
                raise CatalogueError(f"{name} 第1行缺少列 {'、'.join(missing)}；请按该文件原有表头补上。")
            return [
                (reader.line_num, {key: (value or "").strip() for key, value in row.items() if key}) for row in reader
            ]
    except FileNotFoundError:
        raise CatalogueError(f"找不到目录文件 {name}；它应在 dbt/seeds/catalogue/ 下。") from None
    except UnicodeDecodeError:
        raise CatalogueError(f"{name} 不是 UTF-8 编码；请另存为“CSV UTF-8”。") from None


def _decimal(text: str, name: str, line: int, column: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise CatalogueError(f"{name} 第{line}行 {column} 列“{text}”不是数字；请改成数字。") from None


def _check(value: str, known: Callable[[str], bool], message: str) -> str:
    if not known(value):
        raise CatalogueError(message)
    return value


def _indicators(folder: Path) -> dict[str, Indicator]:
    name = "indicators.csv"
    rows = _read(folder, name, ("code", "name_zh", "unit", "kind", "aggregation", "parent_code", "denominator_code"))
    kinds = {row["code"]: row["kind"] for _, row in rows}
    found: dict[str, Indicator] = {}
    for line, row in rows:
        code = row["code"]
        if not code or code in found:
            raise CatalogueError(f"{name} 第{line}行 code 列“{code}”为空或重复；每个指标代码只能出现一次。")
        for column in ("parent_code", "denominator_code"):
            if row[column] and row[column] not in kinds:
                raise CatalogueError(f"{name} 第{line}行 {column} 列“{row[column]}”不在目录中；请改成已有的指标代码。")
        stock_like = row["kind"] == "stock" or (
            row["kind"] == "ratio" and kinds.get(row["denominator_code"]) == "stock"
        )
        default = row.get("period_default") or ("as_of" if stock_like or row["kind"] == "duration" else "year")
        found[code] = Indicator(
            code,
            row["name_zh"],
            row["unit"],
            row["kind"],
            row["aggregation"],
            row["parent_code"],
            row["denominator_code"],
            default,
        )
    return found


def load_catalogue(folder: Path) -> Catalogue:
    """Read and check the seeds in ``folder`` (``dbt/seeds/catalogue``). Raises ``CatalogueError``."""
    units = tuple(
        Unit(
            row["surface"],
            row["unit"],
            _decimal(row["factor"], "units.csv", line, "factor"),
            row["unit_class"],
            row["not_before"],
        )
        for line, row in _read(folder, "units.csv", ("surface", "unit", "factor", "unit_class", "not_before"))
    )
    indicators = _indicators(folder)
    concepts: dict[str, Concept] = {}
    for line, row in _read(folder, "concepts.csv", ("concept", "role", "terms")):
        if row["concept"] in concepts:
            raise CatalogueError(f"concepts.csv 第{line}行 concept 列“{row['concept']}”重复；请合并到同一行。")
        concepts[row["concept"]] = Concept(row["concept"], row["role"], _split(row["terms"]))
    acceptance: dict[str, dict[str, Decimal]] = {}
    for line, row in _read(folder, "unit_acceptance.csv", ("indicator_unit", "units", "factor")):
        factor = _decimal(row["factor"], "unit_acceptance.csv", line, "factor")
        for unit in _split(row["units"]):
            acceptance.setdefault(row["indicator_unit"], {})[unit] = factor
    patterns: list[Pattern] = []
    name = "indicator_patterns.csv"
    for line, row in _read(folder, name, ("indicator_code", "needs", "forbids", "units")):
        _check(
            row["indicator_code"],
            indicators.__contains__,
            f"{name} 第{line}行 indicator_code“{row['indicator_code']}”不在 indicators.csv 中。",
        )
        needs = tuple(tuple(part.strip() for part in group.split("|")) for group in row["needs"].split("+"))
        given = _split(row["forbids"])
        forbids = frozenset(word for word in given if not word.startswith("!"))
        vetoes = frozenset(word[1:] for word in given if word.startswith("!"))
        for concept in [*(c for group in needs for c in group), *forbids, *vetoes]:
            _check(
                concept,
                concepts.__contains__,
                f"{name} 第{line}行用到概念“{concept}”，但 concepts.csv 中没有；请先在那里加一行。",
            )
        patterns.append(
            Pattern(
                row["indicator_code"],
                needs,
                forbids,
                vetoes,
                frozenset(_split(row["units"])),
                frozenset(_split(row.get("departments", ""))),
            )
        )
    aliases: list[tuple[str, str]] = []
    for line, row in _read(folder, "aliases.csv", ("alias", "indicator_code")):
        _check(
            row["indicator_code"],
            indicators.__contains__,
            f"aliases.csv 第{line}行 indicator_code“{row['indicator_code']}”不在 indicators.csv 中。",
        )
        _check(row["alias"], bool, f"aliases.csv 第{line}行 alias 列为空；请填写报告中的说法。")
        aliases.append((row["alias"], row["indicator_code"]))
    noise = {row["kind"]: _split(row["terms"]) for _, row in _read(folder, "noise.csv", ("kind", "terms"))}
    label_words = tuple(row["word"] for _, row in _read(folder, "label_words.csv", ("word",)) if row["word"])
    return Catalogue(units, indicators, concepts, tuple(patterns), tuple(aliases), acceptance, noise, label_words)
