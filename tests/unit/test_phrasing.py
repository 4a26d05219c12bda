"""Here belongs the table of phrasings: ways in which reports put quantities, each with sentences of our own and what an
annotator reads in them. Properties that hold for any number or text have tests of their own.

``phrasing/<section>.csv`` holds the cases of rows A1 to K23 (phrasings) and L1 to L17 (units). Columns: ``case`` (row
and a running number), ``row``, ``sentence``, ``section_heading`` (a line above the sentence, or empty), ``doc_kind``,
``year`` (of the report), ``department`` (code, or empty) and ``expect``.

``expect`` is ``nothing`` or mentions joined by ``; `` in any order. A mention is

    [~]indicator=value unit [{flag,flag}]

- ``~`` before it: the mention may be missing (zeros said in words, numbers of low confidence), but none other may stand
  in its place.
- ``indicator``: a code of the catalogue, ``-`` for none, ``?`` not asserted.
- ``value``: a plain decimal in ``unit``; ``unit``: canonical, ``_`` for none, ``?`` not asserted.
- flags: a qualifier (``about``, ``over``, ``nearly``, ``at_least``, ``at_most``; else ``exact``), a status (``target``,
  ``norm``; else ``actual``), a measure (``yoy_pct``, ``yoy_abs``; else ``level``), a year (``year-2``, ``year-1``,
  ``year+1``; else the report's), a period (``year``, ``ytd``, ``month``, ``as_of``, ``multi_year``; ``period?`` not
  asserted; else ``as_of`` where the catalogue calls the indicator a stock and ``year`` elsewhere).
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from dagster_project.parsing.extract import Extractor
from dagster_project.parsing.model import Extraction, SourceText

CATALOGUE = Path(__file__).parents[2] / "dbt" / "seeds" / "catalogue"
CASES = Path(__file__).parent / "phrasing"
ROWS_PER_SECTION = {
    "A": 16, "B": 17, "C": 21, "D": 17, "E": 19, "F": 15, "G": 16, "H": 9, "I": 6, "J": 9, "K": 23, "L": 17,
}  # fmt: skip

QUALIFIERS = {"about", "over", "nearly", "at_least", "at_most"}
STATUSES = {"target", "norm"}
MEASURES = {"yoy_pct", "yoy_abs"}
PERIODS = {"year", "ytd", "month", "as_of", "multi_year"}
ANY = "?"
_EXPECTED = re.compile(
    r"(?P<optional>~?)(?P<indicator>[a-z_0-9]+|-|\?)=(?P<value>-?\d+(?:\.\d+)?) (?P<unit>\S+)(?: \{(?P<flags>[^}]*)\})?"
)


@dataclass(frozen=True)
class Row:
    """One mention: as expected (fields may be ``?``) or as found."""

    indicator: str
    value: Decimal
    unit: str
    qualifier: str
    status: str
    measure: str
    year: int
    period: str
    optional: bool = False

    def __str__(self) -> str:
        value = f"{self.value.normalize():f}"
        flags = f"{self.qualifier},{self.status},{self.measure},{self.year},{self.period}"
        return f"{'~' if self.optional else ''}{self.indicator}={value} {self.unit} {{{flags}}}"

    @property
    def wildcards(self) -> int:
        """How many fields are not asserted."""
        return (self.indicator, self.unit, self.period).count(ANY)

    def matches(self, found: Row) -> bool:
        """Whether a found mention is the one that this row expects."""
        return (
            (self.value, self.qualifier, self.status, self.measure, self.year)
            == (found.value, found.qualifier, found.status, found.measure, found.year)
            and self.indicator in (ANY, found.indicator)
            and self.unit in (ANY, found.unit)
            and self.period in (ANY, found.period)
        )


@dataclass(frozen=True)
class Case:
    """One line of a table of phrasings."""

    case: str
    row: str
    sentence: str
    section_heading: str
    doc_kind: str
    year: int
    department: str | None
    expect: str


def read_cases() -> list[Case]:
    """All cases, section by section in the files' order."""
    cases = []
    for section in ROWS_PER_SECTION:
        with (CASES / f"{section}.csv").open(encoding="utf-8", newline="") as file:
            for line in csv.DictReader(file, strict=True):
                words = {key: line[key] for key in ("case", "row", "sentence", "section_heading", "doc_kind", "expect")}
                cases.append(Case(**words, year=int(line["year"]), department=line["department"] or None))
    return cases


def stock_codes() -> frozenset[str]:
    """Codes of the indicators that are stocks, whose period is always ``as_of`` unless said otherwise."""
    with (CATALOGUE / "indicators.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(line["code"] for line in csv.DictReader(file) if line["kind"] == "stock")


def read_expected(case: Case, stocks: frozenset[str]) -> list[Row]:
    """The rows that ``expect`` lists, optional ones included."""
    rows = []
    for item in () if case.expect == "nothing" else case.expect.split("; "):
        parts = _EXPECTED.fullmatch(item)
        assert parts is not None, f"{case.case}: unreadable expectation {item!r}"
        flags = set(parts["flags"].split(",")) if parts["flags"] else set()
        unknown = flags - QUALIFIERS - STATUSES - MEASURES - PERIODS - {"year-2", "year-1", "year+1", "period?"}
        assert not unknown, f"{case.case}: unknown flags {unknown}"
        default_period = "as_of" if parts["indicator"] in stocks else "year"
        rows.append(
            Row(
                indicator=parts["indicator"],
                value=Decimal(parts["value"]),
                unit="" if parts["unit"] == "_" else parts["unit"],
                qualifier=next(iter(flags & QUALIFIERS), "exact"),
                status=next(iter(flags & STATUSES), "actual"),
                measure=next(iter(flags & MEASURES), "level"),
                year=case.year + ("year+1" in flags) - ("year-1" in flags) - 2 * ("year-2" in flags),
                period=ANY if "period?" in flags else next(iter(flags & PERIODS), default_period),
                optional=bool(parts["optional"]),
            )
        )
    return rows


def rows_found(extraction: Extraction) -> list[Row]:
    """The mentions of an extraction, with indicator, value, unit and period of the catalogue's reading."""
    return [
        Row(
            indicator=mapping.indicator_code or "-",
            value=mapping.value,
            unit=mapping.unit,
            qualifier=mention.qualifier,
            status=mention.status,
            measure=mention.measure,
            year=mention.year if mention.year is not None else 0,
            period=mapping.period,
        )
        for mention, mapping in zip(extraction.mentions, extraction.mappings, strict=True)
    ]


def differences(expected: list[Row], found: list[Row]) -> tuple[list[Row], list[Row]]:
    """Rows expected but not found, and rows found but not expected."""
    left = list(found)
    missing = []
    for row in sorted(expected, key=lambda row: (row.optional, row.wildcards)):
        match = next((other for other in left if row.matches(other)), None)
        if match is not None:
            left.remove(match)
        elif not row.optional:
            missing.append(row)
    return missing, left


CASE_LIST = read_cases()
STOCKS = stock_codes()


@pytest.mark.parametrize("case", CASE_LIST, ids=[case.case for case in CASE_LIST])
def test_phrasing(case: Case, extractor: Extractor) -> None:
    """Every expected mention is found with all its fields, and no other."""
    text = f"{case.section_heading}\n{case.sentence}" if case.section_heading else case.sentence
    source = SourceText(text, "txt", "utf-8", 0, len(text))
    extraction = extractor.extract(source, case.year, case.doc_kind, case.department)
    expected, found = read_expected(case, STOCKS), rows_found(extraction)
    missing, unexpected = differences(expected, found)
    if missing or unexpected:
        lines = [f"{case.case}: {text}"]
        lines += [f"  expected  {row}" for row in expected] or ["  expected  nothing"]
        lines += [f"  found     {row}" for row in found] or ["  found     nothing"]
        lines += [f"  missing   {row}" for row in missing] + [f"  too many  {row}" for row in unexpected]
        pytest.fail("\n".join(lines), pytrace=False)


def test_every_row_has_two_cases() -> None:
    """No phrasing and no unit is left out, and none hangs on a single sentence."""
    counts = Counter(case.row for case in CASE_LIST)
    rows = {f"{section}{number}" for section, last in ROWS_PER_SECTION.items() for number in range(1, last + 1)}
    assert set(counts) == rows
    assert [row for row in counts if counts[row] < 2] == []


def test_case_ids_are_unique_and_name_their_row() -> None:
    """A failing id leads to one line of one file."""
    assert len({case.case for case in CASE_LIST}) == len(CASE_LIST)
    assert all(case.case.startswith(f"{case.row}-") for case in CASE_LIST)


def test_expectations_name_indicators_of_the_catalogue() -> None:
    """A mistyped code would make a case fail for the wrong reason; its unit must be the indicator's."""
    with (CATALOGUE / "indicators.csv").open(encoding="utf-8", newline="") as file:
        units = {line["code"]: line["unit"] for line in csv.DictReader(file)}
    for case in CASE_LIST:
        for row in read_expected(case, STOCKS):
            if row.indicator not in ("-", ANY):
                assert row.indicator in units, f"{case.case}: {row.indicator}"
                allowed = {units[row.indicator], ANY} | ({"倍", "%"} if row.measure == "yoy_pct" else set())
                assert row.unit in allowed, f"{case.case}: {row.indicator} {row.unit}"
