"""From one text to its mentions, mappings, rejected numbers and issues: the steps joined in order.

Here belongs the order of the steps and the way from flat to published offsets. The steps themselves do not: each is
a module of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from dagster_project.parsing.catalogue import Catalogue
from dagster_project.parsing.context import Context, ContextReader, signed
from dagster_project.parsing.label import Labeller
from dagster_project.parsing.matching import Matcher
from dagster_project.parsing.model import (
    Extraction,
    Issue,
    Mapping,
    Mention,
    RejectedNumber,
    Segment,
    SourceText,
    Window,
)
from dagster_project.parsing.outline import Outline, read_outline
from dagster_project.parsing.scan import Quantity, Scanner
from dagster_project.parsing.tables import with_row_units
from dagster_project.parsing.textmap import FlatText, flatten

_LIMIT = Decimal(10) ** 17
"""DECIMAL(24,6) holds 18 digits before the point; a larger number is counted as unread."""
_QUANTUM = Decimal("0.000001")
_NUMERAL = re.compile(r"[0-9一二三四五六七八九十百千万亿]")
_ENDLESS = 10_000
"""Characters without a stop beyond which a stretch is no prose (a data dump, a line of digits): its numbers are counted
as unread, in one issue that says where, instead of being read against words that are not theirs."""


def _without_endless_sentences(flat: FlatText, outline: Outline) -> tuple[str, list[Issue]]:
    """The flat text with endless stretches blanked, as long as before, and an issue for each."""
    issues: list[Issue] = []
    parts: list[str] = []
    done = 0
    for start, end in outline.sentences:
        if end - start <= _ENDLESS:
            continue
        parts.extend((flat.flat[done:start], "\n" * (end - start)))
        done = end
        if not _NUMERAL.search(flat.flat, start, end):
            continue
        message = f"有一段 {end - start} 字没有句读，不像报告正文，其中的数字未能读取。"
        issues.append(Issue("unread_number", message, flat.source_start(start), flat.source_end(end)))
    return "".join((*parts, flat.flat[done:])), issues


class Extractor:
    """A catalogue compiled once, for any number of texts. Pure: the same input gives the same output."""

    def __init__(self, catalogue: Catalogue, *, segmenter: str = "jieba", cache_dir: Path | None = None) -> None:
        self._catalogue = catalogue
        self._scanner = Scanner(catalogue)
        self._matcher = Matcher(catalogue)
        self._labeller = Labeller(catalogue, segmenter, cache_dir)

    def extract(self, source: SourceText, year: int | None, doc_kind: str, department: str | None = None) -> Extraction:
        """All numbers of a document's body. ``year`` is the year that the figures are about, and
        ``department`` the reporting bureau's code, where known.
        """
        flat = flatten(source.text, source.body_start, source.body_end)
        outline = read_outline(flat.flat)
        scannable, issues = _without_endless_sentences(flat, outline)
        quantities, rejected = self._scanner.scan(scannable)
        quantities = with_row_units(flat.flat, outline, quantities, self._scanner.units)
        reader = ContextReader(flat.flat, outline, quantities, self._scanner.units, year, doc_kind)
        found: list[tuple[Mention, tuple[Window, ...]]] = []
        windows: dict[Window, Window] = {}
        for index, quantity in enumerate(quantities):
            start, end = flat.source_start(quantity.start), flat.source_end(quantity.end)
            if abs(quantity.value) >= _LIMIT or quantity.value != quantity.value.quantize(_QUANTUM):
                issues.append(
                    Issue(
                        "unread_number", f"数字“{source.text[start:end][:40]}”太大或小数位过多，未能读取。", start, end
                    )
                )
                continue
            contexts = reader.read(index)
            for share, context in enumerate(contexts):
                published = tuple(
                    windows.get(window) or windows.setdefault(window, flat.published(window))
                    for window in context.windows
                    if window.char_start < len(flat.flat)
                )
                mention = self._mention(
                    source.text, flat, outline, quantity, context, len(found), share, start, end, published
                )
                found.append((mention, context.windows))
        terms = self._matcher.find_terms(flat.flat)
        mappings = self._matcher.map_all(terms, found, department)
        none = []
        for item in rejected:
            start, end = flat.source_start(item.start), flat.source_end(item.end)
            if item.reason_code == "unread":
                issues.append(
                    Issue("unread_number", f"数字“{source.text[start:end][:40]}”写法不规范，未能读取。", start, end)
                )
            else:
                none.append(RejectedNumber(start, end, source.text[start:end], item.reason_code))
        return Extraction(
            self._segments(flat, outline),
            tuple(mention for mention, _ in found),
            tuple(mappings),
            tuple(none),
            tuple(issues),
        )

    def remap(self, text: str, mentions: Sequence[Mention], department: str | None = None) -> tuple[Mapping, ...]:
        """The mappings of stored mentions under this catalogue, without reading the document again.

        ``mentions`` are all mentions of one document in order, ``text`` its stored text.
        """
        if not mentions:
            return ()
        flat = flatten(text)
        terms = self._matcher.find_terms(flat.flat)
        given = [
            (
                mention,
                tuple(
                    Window(window.level, flat.flat_index(window.char_start), flat.flat_index(window.char_end))
                    for window in mention.windows
                ),
            )
            for mention in mentions
        ]
        return tuple(self._matcher.map_all(terms, given, department))

    # -- parts ---------------------------------------------------------------------------------------------------

    def _mention(
        self,
        text: str,
        flat: FlatText,
        outline: Outline,
        quantity: Quantity,
        context: Context,
        ordinal: int,
        share: int,
        start: int,
        end: int,
        published: tuple[Window, ...],
    ) -> Mention:
        sentence_start, sentence_end = outline.full_sentence(context.sentence)
        return Mention(
            ordinal=ordinal,
            share_ordinal=share,
            char_start=start,
            char_end=end,
            value_text=text[start:end],
            value_reported=signed(quantity.value_reported, context.negative),
            unit_reported=quantity.unit_reported,
            value_plain=signed(quantity.value, context.negative),
            unit_plain=self._plain_unit(flat.flat, quantity, context),
            qualifier=context.qualifier,
            status=context.status,
            measure=context.measure,
            year=context.year,
            period=context.period,
            period_explicit=context.period_explicit,
            scope=context.scope,
            label=self._labeller.label(flat.flat, quantity, context),
            sentence_start=flat.source_start(sentence_start),
            sentence_end=flat.source_end(sentence_end),
            section=" > ".join(flat.flat[a:b] for a, b in context.line.headings),
            clause_group=context.sentence,
            is_total=context.is_total,
            is_part=context.is_part,
            windows=published,
            reason=quantity.note,
        )

    @staticmethod
    def _plain_unit(flat: str, quantity: Quantity, context: Context) -> str:
        """The canonical unit where the surface alone decides, and by the noun beside it where it does not."""
        if quantity.unit is None:
            return ""
        unit = quantity.unit.unit
        around = flat[context.clause_start : context.clause_end]
        if quantity.unit.surface == "户" and re.search(r"企业|经营|主体|商|单位|业户|门店|工商|厂|店|公司", around):
            return "家"
        if quantity.unit.surface in ("本", "份", "宗", "册") and re.search(r"案卷|卷宗", around):
            return "卷"
        if (
            quantity.unit.surface in ("台", "部")
            and re.search(r"车(?!载)", around)
            and not re.search(r"记录仪|终端|设备", around)
        ):
            return "辆"
        return unit

    @staticmethod
    def _segments(flat: FlatText, outline: Outline) -> tuple[Segment, ...]:
        segments: list[Segment] = []
        for start, end in outline.sentences:
            line = outline.line_at(start)
            is_heading = start == line.start and line.heading_end > line.start and end <= line.heading_end + 1
            kind = "heading" if is_heading else "table_row" if line.is_row else "sentence"
            if end > start and flat.flat[start:end].strip():
                segments.append(
                    Segment(
                        len(segments),
                        kind,
                        line.level if is_heading else 0,
                        flat.source_start(start),
                        flat.source_end(end),
                        " > ".join(flat.flat[a:b] for a, b in line.headings),
                    )
                )
        return tuple(segments)
