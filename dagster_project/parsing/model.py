"""The dataclasses that the parsing library takes and returns.

Here belong frozen records and the words their fields may hold. Logic does not: each step has a module of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

Qualifier = Literal["exact", "about", "over", "nearly", "at_least", "at_most"]
Status = Literal["actual", "target", "norm"]
Measure = Literal["level", "yoy_pct", "yoy_abs"]
Period = Literal["year", "ytd", "month", "as_of", "multi_year"]
Scope = Literal["own", "system", "subordinate", "upper", "unknown"]
DocKind = Literal["annual_report", "plan", "other"]


@dataclass(frozen=True, slots=True)
class SourceText:
    """A file's text as published, and what the page around it says.

    ``text`` is stored unchanged; every offset of the project counts its Unicode code points from 0, half-open.
    ``body_start``/``body_end`` bound the report itself, without the page's navigation and footer.
    """

    text: str
    file_format: str
    encoding: str | None
    body_start: int
    body_end: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """How one field of an identity was found: the source (register, title, header, signature, text), how surely
    (0 to 1), and the words it was read from.
    """

    field: str
    method: str
    confidence: float
    quote: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose report it is and what it is about; ``None`` where the document does not tell."""

    bureau_name: str | None
    department: str | None
    """Code of ``departments.csv`` (``transport``, ``justice``, ...)."""
    division_code: str | None
    """Six digits of GB/T 2260."""
    division_level: str | None
    """``province``, ``prefecture`` or ``county``."""
    province: str | None
    city: str | None
    county: str | None
    year: int | None
    """The calendar year that the figures are about."""
    doc_kind: DocKind
    title: str | None
    published_on: date | None
    signed_on: date | None
    source_name: str | None
    source_url: str | None
    identified_by: str | None
    """How the bureau was found: register, title, header, signature or text."""
    evidence: tuple[Evidence, ...] = ()

    @property
    def bureau_key(self) -> str:
        """``<division code>-<department>``, unchanged when a bureau is renamed; ``unidentified`` without both."""
        if self.division_code is None or self.department is None:
            return "unidentified"
        return f"{self.division_code}-{self.department}"


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the text: ``title``, ``heading``, ``sentence``, ``table_row`` or ``signature``.

    ``level`` is a heading's depth (1 for 一、), 0 elsewhere; ``section`` the headings above it, joined by `` > ``.
    """

    ordinal: int
    kind: str
    level: int
    char_start: int
    char_end: int
    section: str


class Window(NamedTuple):
    """A stretch of text in which words may say what a number counts; the lower the ``level`` the nearer.

    0 between the number's own delimiters, 1 its clause, 2 its clause beyond another number, 3 earlier clauses of its
    sentence, 4 the sentences before, 5 the headings above.
    """

    level: int
    char_start: int
    char_end: int


@dataclass(frozen=True, slots=True)
class Mention:
    """One number in a report with everything that reading alone tells; no indicator yet.

    ``value_plain`` is ``value_reported`` with its multiplier worked out, in ``unit_plain``, the canonical form of
    the unit as written. Several mentions share their offsets where the text gives one number to several things;
    ``share_ordinal`` tells them apart.
    """

    ordinal: int
    share_ordinal: int
    char_start: int
    char_end: int
    value_text: str
    value_reported: Decimal
    unit_reported: str
    value_plain: Decimal
    unit_plain: str
    qualifier: Qualifier
    status: Status
    measure: Measure
    year: int | None
    period: Period
    period_explicit: bool
    """Whether words state the period; if not, an indicator of kind ``stock`` makes it ``as_of``."""
    scope: Scope
    label: str
    sentence_start: int
    sentence_end: int
    section: str
    clause_group: int
    """Ordinal of the sentence: mentions of one group may be coordinated parts."""
    is_total: bool
    is_part: bool
    windows: tuple[Window, ...]
    zero_in_words: bool = False
    reason: str = ""
    """Why the number was taken, for people."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An indicator that a mention might be, and how well it fits (0 to 1)."""

    indicator_code: str
    score: float


@dataclass(frozen=True, slots=True)
class Mapping:
    """What the catalogue makes of one mention: its indicator (or none), and value, unit and period in that light."""

    indicator_code: str | None
    match_score: float | None
    candidates: tuple[Candidate, ...]
    value: Decimal
    unit: str
    period: Period
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RejectedNumber:
    """A number that is no quantity, and why (``reason_code`` of the noise table)."""

    char_start: int
    char_end: int
    number_text: str
    reason_code: str


@dataclass(frozen=True, slots=True)
class Issue:
    """Something in a document that could not be read, with its place."""

    issue_code: str
    message_zh: str
    char_start: int | None = None
    char_end: int | None = None


@dataclass(frozen=True, slots=True)
class Extraction:
    """All that one text yields. ``mappings`` runs parallel to ``mentions``."""

    segments: tuple[Segment, ...]
    mentions: tuple[Mention, ...]
    mappings: tuple[Mapping, ...]
    rejected: tuple[RejectedNumber, ...]
    issues: tuple[Issue, ...]
