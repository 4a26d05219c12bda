"""Rows of flattened tables: which cell a number stands in, its label, header and unit.

Here belongs the geometry of rows and columns of a flat text. What a cell's words mean does not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from dagster_project.parsing.catalogue import Unit
from dagster_project.parsing.numerals import MULTIPLIERS
from dagster_project.parsing.outline import Line, Outline
from dagster_project.parsing.scan import Quantity

_WORDS = re.compile(r"[\u4e00-\u9fff]")
_UNIT_CELL = re.compile(r"(?P<mult>百万|千万|十万|百|千|万|亿)?(?P<unit>[^|]{1,6})")
_UNIT_IN_BRACKETS = re.compile(r"[(](?:单位:?)?(?P<mult>百万|千万|十万|百|千|万|亿)?(?P<unit>[^()]{1,6})[)]")
_CAPTION_UNIT = re.compile(r"单位:?(?P<mult>百万|千万|十万|百|千|万|亿)?(?P<unit>[^,。;|)\n]{1,6})")
_CHANGE = re.compile(r"同比|增长|增减|增幅|比上年|较上年|升降")


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a number stands: its own cell, the cell of words to its left, the header above, and the line above the
    table, as flat spans.
    """

    own: tuple[int, int]
    label: tuple[int, int] | None
    header: tuple[int, int] | None
    caption: tuple[int, int] | None


def _cells(flat: str, line: Line) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    position = line.start
    for cell in flat[line.start : line.end].split("|"):
        spans.append((position, position + len(cell)))
        position += len(cell) + 1
    return spans


def locate(flat: str, outline: Outline, line: Line, at: int, units: Mapping[str, Unit]) -> Cell:
    """The cell of the number at ``at`` in a row. A row whose width differs from the header's has no headers."""
    cells = _cells(flat, line)
    column = next((i for i, (start, end) in enumerate(cells) if start <= at < max(end, start + 1)), 0)
    label = None
    for start, end in reversed(cells[:column]):
        words = flat[start:end]
        if _WORDS.search(words) and not _is_unit(words, units):
            label = (start, end)
            break
    header = None
    head = outline.lines[outline.table_head(line)]
    if head is not line:
        above = _cells(flat, head)
        if len(above) == len(cells) and re.search(r"[\u4e00-\u9fff%]", flat[slice(*above[column])]):
            header = above[column]
    first = outline.table_head(line)
    caption = (outline.lines[first - 1].start, outline.lines[first - 1].end) if first > 0 else None
    return Cell(cells[column], label, header, caption)


def _is_unit(words: str, units: Mapping[str, Unit]) -> bool:
    match = _UNIT_CELL.fullmatch(words)
    return bool(match and match["unit"] in units)


def with_row_units(
    flat: str, outline: Outline, quantities: list[Quantity], units: Mapping[str, Unit]
) -> list[Quantity]:
    """Bare numbers in table rows get the unit of their header, unit column, label or caption, in that order."""
    result: list[Quantity] = []
    for quantity in quantities:
        line = outline.line_at(quantity.start)
        bare = quantity.unit is None and line.is_row
        result.append(_with_unit(flat, outline, line, quantity, units) if bare else quantity)
    return result


def _with_unit(flat: str, outline: Outline, line: Line, quantity: Quantity, units: Mapping[str, Unit]) -> Quantity:
    cell = locate(flat, outline, line, quantity.start, units)
    header = flat[slice(*cell.header)] if cell.header else ""
    label = flat[slice(*cell.label)] if cell.label else ""
    found: re.Match[str] | None = None
    if _CHANGE.search(header):
        found = _UNIT_IN_BRACKETS.search(header)
    else:
        found = _UNIT_IN_BRACKETS.search(header) or next(
            (
                match
                for start, end in _cells(flat, line)
                if (match := _UNIT_CELL.fullmatch(flat[start:end])) and match["unit"] in units
            ),
            None,
        )
        found = found or _UNIT_IN_BRACKETS.search(label)
    if found is None:
        index = outline.table_head(line)
        caption = flat[outline.lines[index - 1].start : outline.lines[index - 1].end] if index > 0 else ""
        found = _CAPTION_UNIT.search(caption) if not _CHANGE.search(header) else None
    if found is None or found["unit"] not in units:
        return quantity
    unit = units[found["unit"]]
    multiplier = found["mult"] or quantity.multiplier
    value = quantity.value_reported * MULTIPLIERS[multiplier] * unit.factor
    return replace(
        quantity,
        unit=unit,
        value=value,
        multiplier=multiplier,
        unit_reported=multiplier + unit.surface,
        note="unit of the table",
    )
