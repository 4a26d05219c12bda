"""How well extraction does on the annotated reports of ``tests/golden``: what ``make eval`` prints.

Here belong pairing of annotations with mentions, and the figures. Reading reports does not; nothing is written.

A row of annotation and a mention match when their values are equal and the annotated quote lies in (or shares six
characters or more with) the mention's sentence, white space and full-width forms aside; each is used once. Mentions
left over count against precision, except one at the same characters as a matched mention (a number shared by several
things), a zero stated in words, and one listed as ambiguous. Offsets take the place of quotes for reports whose text
is not in the repository.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import re
import statistics
import time
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import jieba
import pandas as pd

from dagster_project.ingest import Reader
from dagster_project.parsing.model import Extraction, Identity, SourceText
from dagster_project.review_files import load_steward_files
from dagster_project.settings import PROJECT_ROOT, Settings
from dagster_project.tables import print_table

GOLDEN = PROJECT_ROOT / "tests" / "golden"
ATTRIBUTES = ("unit", "qualifier", "status", "measure", "year", "period", "indicator")
_SHARED = 6


@dataclass(frozen=True, slots=True)
class Expected:
    """One annotated mention, by quote, or by offsets where ``quote`` is empty."""

    quote: str
    char_start: int
    char_end: int
    value: float
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """One extracted mention as scoring sees it."""

    sentence: str
    value_text: str
    char_start: int
    char_end: int
    value: float
    attributes: dict[str, str]


@dataclass
class Score:
    """Counts over reports; figures are ratios of them."""

    expected: int = 0
    matched: int = 0
    extra: int = 0
    mapped_expected: int = 0
    mapped_found: int = 0
    mapped_right: int = 0
    rejected: int = 0
    right: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    identity: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    reports: int = 0
    details: list[str] = field(default_factory=list)

    def precision(self) -> float:
        """Of the mentions found, the share that is annotated."""
        return _ratio(self.matched, self.matched + self.extra)

    def recall(self) -> float:
        """Of the annotated mentions, the share found."""
        return _ratio(self.matched, self.expected)

    def mapped_precision(self) -> float:
        """Of the indicators given, the share that is right."""
        return _ratio(self.mapped_right, self.mapped_found)

    def mapped_recall(self) -> float:
        """Of the annotated indicators, the share given."""
        return _ratio(self.mapped_right, self.mapped_expected)

    def noise_taken(self) -> float:
        """Of the numbers that are no quantity, the share taken as mentions all the same."""
        return self.extra / max(1, self.rejected + self.extra)


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def f1(precision: float, recall: float) -> float:
    """Harmonic mean of precision and recall."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def squash(text: str) -> str:
    """Text without white space, in compatibility form, so that line breaks and full-width digits do not matter."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def near(quote: str, sentence: str) -> bool:
    """Whether a quote is in a sentence, or shares six characters in a row with it. Both squashed."""
    if not quote or not sentence:
        return False
    if quote in sentence or sentence in quote:
        return True
    length = min(_SHARED, len(quote))
    return any(quote[i : i + length] in sentence for i in range(len(quote) - length + 1))


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-6 * max(1.0, abs(one), abs(other))


def _fits(expected: Expected, found: Found) -> bool:
    if not _same(expected.value, found.value):
        return False
    if expected.quote:
        return near(expected.quote, found.sentence)
    return found.char_start < expected.char_end and found.char_end > expected.char_start


def _agreement(expected: Expected, found: Found) -> int:
    score = sum(expected.attributes.get(name, "") == found.attributes.get(name, "") for name in ATTRIBUTES)
    if expected.quote:
        score += 10 * (expected.quote in found.sentence) + 3 * (squash(found.value_text) in expected.quote)
    return score


def pair(expected: Sequence[Expected], found: Sequence[Found]) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """Index pairs that match best first, the expected rows missed, and the mentions left over."""
    candidates = sorted(
        ((_agreement(e, f), i, j) for i, e in enumerate(expected) for j, f in enumerate(found) if _fits(e, f)),
        key=lambda item: (-item[0], item[1], item[2]),
    )
    used_expected: set[int] = set()
    used_found: set[int] = set()
    pairs: list[tuple[int, int]] = []
    for _, i, j in candidates:
        if i not in used_expected and j not in used_found:
            used_expected.add(i)
            used_found.add(j)
            pairs.append((i, j))
    missed = [i for i in range(len(expected)) if i not in used_expected]
    extra = [j for j in range(len(found)) if j not in used_found]
    return pairs, missed, extra


def found_in(source: SourceText, extraction: Extraction) -> list[Found]:
    """An extraction as scoring sees it."""
    return [
        Found(
            squash(source.text[mention.sentence_start : mention.sentence_end]),
            mention.value_text,
            mention.char_start,
            mention.char_end,
            float(mapping.value),
            {
                "unit": mapping.unit,
                "qualifier": mention.qualifier,
                "status": mention.status,
                "measure": mention.measure,
                "year": "" if mention.year is None else str(mention.year),
                "period": mapping.period,
                "indicator": mapping.indicator_code or "",
            },
        )
        for mention, mapping in zip(extraction.mentions, extraction.mappings, strict=True)
    ]


def add(
    score: Score,
    report: str,
    expected: Sequence[Expected],
    found: Sequence[Found],
    ambiguous: Sequence[Expected],
    known: frozenset[str],
) -> None:
    """Count one report into ``score``. Codes that the annotation's catalogue does not know count as none."""
    for item in found:
        if item.attributes["indicator"] not in known:
            item.attributes["indicator"] = ""
    pairs, missed, left = pair(expected, found)
    taken = {(found[j].char_start, found[j].char_end) for _, j in pairs}
    extra = [j for j in left if not _excused(found[j], taken, ambiguous)]
    score.reports += 1
    score.expected += len(expected)
    score.matched += len(pairs)
    score.extra += len(extra)
    score.mapped_expected += sum(bool(e.attributes.get("indicator")) for e in expected)
    score.mapped_found += sum(bool(found[j].attributes["indicator"]) for j in (*(j for _, j in pairs), *extra))
    for i, j in pairs:
        wrong = []
        for name in ATTRIBUTES:
            want, got = expected[i].attributes.get(name, ""), found[j].attributes[name]
            score.right[name] += want == got
            if want != got and name in expected[i].attributes:
                wrong.append(f"{name}：应为 {want or '—'}，得 {got or '—'}")
        code = expected[i].attributes.get("indicator")
        score.mapped_right += bool(code) and code == found[j].attributes["indicator"]
        if wrong:
            score.details.append(f"不同  {report}  {found[j].value_text}  {'；'.join(wrong)}")
    score.details.extend(f"漏掉  {report}  {expected[i].value:g}  {expected[i].quote}" for i in missed)
    score.details.extend(f"多出  {report}  {found[j].value_text}  {found[j].sentence[:50]}" for j in extra)


def _excused(item: Found, taken: set[tuple[int, int]], ambiguous: Sequence[Expected]) -> bool:
    if (item.char_start, item.char_end) in taken:
        return True
    if item.value == 0 and not re.search(r"[0-9〇零]", squash(item.value_text)):
        return True
    for doubt in ambiguous:
        if doubt.quote:
            if squash(item.value_text) in doubt.quote and near(doubt.quote, item.sentence):
                return True
        elif item.char_start < doubt.char_end and item.char_end > doubt.char_start:
            return True
    return False


# --- the annotated sets ----------------------------------------------------------------------------------------------


def _rows(path: Path) -> list[dict[str, str]]:
    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    return [{str(name): str(value) for name, value in row.items()} for row in table.to_dict("records")]


def _expected(row: dict[str, str]) -> Expected:
    return Expected(
        squash(row.get("quote", "")),
        int(row.get("char_start") or 0),
        int(row.get("char_end") or 0),
        float(row["value"]) if row.get("value") else 0.0,
        {name: row[name] for name in ATTRIBUTES if name in row},
    )


def _known_codes() -> frozenset[str]:
    path = GOLDEN / "indicator_codes.csv"
    return frozenset(row["code"] for row in _rows(path))


def _identity_right(identity: Identity, row: dict[str, str]) -> dict[str, bool]:
    return {
        "bureau": (identity.bureau_name or "") == row["bureau"],
        "division_code": (identity.division_code or "") == row["division_code"],
        "year": str(identity.year or "") == row["year"],
        "doc_kind": identity.doc_kind == row["doc_kind"],
    }


def score_folder(reader: Reader, folder: Path, texts: Path, names: Iterable[str] | None, settings: Settings) -> Score:
    """Score the reports of one folder of annotations (``mentions.csv``, ``ambiguous.csv``, ``reports.csv``)."""
    score = Score()
    expected: dict[str, list[Expected]] = defaultdict(list)
    doubts: dict[str, list[Expected]] = defaultdict(list)
    for row in _rows(folder / "mentions.csv"):
        expected[row["report"]].append(_expected(row))
    for row in _rows(folder / "ambiguous.csv"):
        doubts[row["report"]].append(_expected(row))
    register = {}
    if texts == settings.raw_dir:
        register = {line.file_name: line for line in load_steward_files(settings).register}
    known = _known_codes()
    wanted = None if names is None else set(names)
    for row in _rows(folder / "reports.csv"):
        name = row["report"]
        if wanted is not None and name not in wanted:
            continue
        source, identity, extraction = reader.read((texts / name).read_bytes(), name, register.get(name))
        for key, right in _identity_right(identity, row).items():
            score.identity[key] += right
        score.rejected += len(extraction.rejected)
        add(score, name, expected[name], found_in(source, extraction), doubts[name], known)
    return score


def score_corpus(reader: Reader, folder: Path, texts: Path) -> Score:
    """Score annotations by offsets of reports kept outside the repository; a text with another hash is refused.

    Raises:
        ValueError: a report's text is not the annotated one.
    """
    score = Score()
    ranges = {row["report"]: row for row in _rows(folder / "ranges.csv")}
    expected: dict[str, list[Expected]] = defaultdict(list)
    doubts: dict[str, list[Expected]] = defaultdict(list)
    for row in _rows(folder / "mentions.csv"):
        expected[row["report"]].append(_expected(row))
    for row in _rows(folder / "ambiguous.csv"):
        doubts[row["report"]].append(_expected(row))
    for name, row in sorted(ranges.items()):
        data = (texts / name).read_bytes()
        if hashlib.sha256(data).hexdigest() != row["text_sha256"]:
            raise ValueError(f"{name} 与标注时的文本不同，不能评分。")
        text = data.decode("utf-8")
        source = SourceText(text, "txt", "utf-8", 0, len(text))
        # Work reports given in January 2026 tell of the year before.
        extraction = reader.extractor.extract(source, 2025, "other", "government")
        low, high = int(row["char_start"]), int(row["char_end"])
        found = [f for f in found_in(source, extraction) if f.char_start >= low and f.char_end <= high]
        score.rejected += sum(low <= r.char_start < high for r in extraction.rejected)
        add(score, name, expected[name], found, doubts[name], frozenset())
    return score


# --- speed -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Speed:
    """CPU seconds of one process over the same texts: extraction, and one plain jieba pass."""

    characters: int
    mentions: int
    extraction_seconds: float
    jieba_seconds: float
    growth: tuple[float, ...]
    """Seconds per character of one report 10, 100 and 1000 times as long, relative to the report itself."""


def measure_speed(reader: Reader, documents: Sequence[tuple[str, bytes]], rounds: int = 5) -> Speed:
    """Bytes to mentions, everything included but the first load of dictionaries; medians over ``rounds``."""
    jieba.setLogLevel(logging.WARNING)
    jieba.initialize()
    texts = [data.decode("utf-8-sig") for _, data in documents]
    for name, data in documents:
        reader.read(data, name, None)
    ours, theirs, mentions = [], [], 0
    for _ in range(rounds):
        started = time.process_time()
        mentions = sum(len(reader.read(data, name, None)[2].mentions) for name, data in documents)
        ours.append(time.process_time() - started)
        started = time.process_time()
        for text in texts:
            jieba.lcut(text)
        theirs.append(time.process_time() - started)
    _, data = documents[0]
    base = 0.0
    growth = []
    for times in (1, 10, 100, 1000):
        longer = data.decode("utf-8-sig") * times
        source = SourceText(longer, "txt", "utf-8", 0, len(longer))
        started = time.process_time()
        reader.extractor.extract(source, 2024, "annual_report")
        per_character = (time.process_time() - started) / len(source.text)
        base = base or per_character
        growth.append(per_character / base)
    return Speed(sum(map(len, texts)), mentions, statistics.median(ours), statistics.median(theirs), tuple(growth[1:]))


# --- the table -------------------------------------------------------------------------------------------------------


def _line(name: str, score: Score, *, mapped: bool = True) -> tuple[str, ...]:
    def part(attribute: str) -> str:
        return f"{_ratio(score.right[attribute], score.matched):.3f}"

    precision, recall = score.precision(), score.recall()
    mapped_p, mapped_r = score.mapped_precision(), score.mapped_recall()
    return (
        name,
        str(score.reports),
        str(score.expected),
        f"{precision:.4f}",
        f"{recall:.4f}",
        f"{f1(precision, recall):.4f}",
        *((f"{mapped_p:.4f}", f"{mapped_r:.4f}", f"{f1(mapped_p, mapped_r):.4f}") if mapped else ("—", "—", "—")),
        *(part(attribute) for attribute in ("unit", "qualifier", "status", "measure", "year", "period")),
        f"{score.noise_taken():.2%}",
    )


_HEADER = (
    "报告集",
    "份",
    "标注",
    "数字P",
    "数字R",
    "数字F1",
    "指标P",
    "指标R",
    "指标F1",
    "单位",
    "限定",
    "状态",
    "量度",
    "年份",
    "期间",
    "误收",
)


def _score_sets(reader: Reader, settings: Settings) -> tuple[list[tuple[str, Score, bool]], list[str]]:
    """Name, score, and whether indicators are annotated, of each set; and the differences of the sets worked on."""
    sets: list[tuple[str, Score, bool]] = []
    details: list[str] = []
    real = score_folder(reader, GOLDEN / "real", PROJECT_ROOT / "raw", None, settings)
    sets.append(("五份真实报告", real, True))
    details.extend(real.details)
    written = GOLDEN / "written"
    for half, parity in (("自拟报告：改进用", 1), ("自拟报告：未看过", 0)):
        total = Score()
        for group in ("a", "b", "c"):
            names = [
                row["report"] for row in _rows(written / group / "reports.csv") if int(row["report"][1:3]) % 2 == parity
            ]
            _merge(total, score_folder(reader, written / group, written / "texts", names, settings))
        sets.append((half, total, True))
        if parity:
            details.extend(total.details)
    extra = Score()
    for group in ("d", "e"):
        if (written / group / "reports.csv").is_file():
            _merge(extra, score_folder(reader, written / group, written / "extra", None, settings))
    if extra.reports:
        sets.append(("自拟报告：补充", extra, True))
        details.extend(extra.details)
    if settings.corpus_dir is not None:
        for half, group in (("省级工作报告：改进用", "a"), ("省级工作报告：未看过", "b")):
            score = score_corpus(reader, GOLDEN / "corpus" / group, settings.corpus_dir)
            sets.append((half, score, False))
            if group == "a":
                details.extend(score.details)
    return sets, details


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; exit status 0."""
    parser = argparse.ArgumentParser(prog="fazhi eval", description="与标注好的报告比较提取质量")
    parser.add_argument("--details", action="store_true", help="列出每一处不同（只列用来改进的那一半）")
    parser.add_argument("--csv", type=Path, help="把结果另存为 CSV（Excel 可以直接打开）")
    parser.add_argument("--no-speed", action="store_true", help="不测速度")
    options = parser.parse_args(arguments)
    settings = Settings.from_environment()
    reader = Reader(settings)
    sets, details = _score_sets(reader, settings)
    lines = [_line(name, score, mapped=mapped) for name, score, mapped in sets]
    print_table(_HEADER, lines)
    if options.csv is not None:
        pd.DataFrame(lines, columns=list(_HEADER)).to_csv(options.csv, index=False, encoding="utf-8-sig")
    for name, score, mapped in sets:
        if mapped:
            parts = "，".join(f"{key} {value}/{score.reports}" for key, value in score.identity.items())
            print(f"{name}：身份识别 {parts}")
    if settings.corpus_dir is None:
        print("省级工作报告：未运行（没有设置 FAZHI_CORPUS_DIR）")
    if options.details:
        print("\n".join(details))
    if not options.no_speed:
        _print_speed(reader)
    return 0


def _merge(total: Score, part: Score) -> None:
    for name in (
        "expected",
        "matched",
        "extra",
        "mapped_expected",
        "mapped_found",
        "mapped_right",
        "rejected",
        "reports",
    ):
        setattr(total, name, getattr(total, name) + getattr(part, name))
    for counts, more in ((total.right, part.right), (total.identity, part.identity)):
        for key, value in more.items():
            counts[key] += value
    total.details.extend(part.details)


def _print_speed(reader: Reader) -> None:
    documents = [(path.name, path.read_bytes()) for path in sorted((PROJECT_ROOT / "raw").glob("*.txt"))]
    speed = measure_speed(reader, documents)
    print(
        f"速度（五份真实报告，{speed.characters} 字，一个进程的 CPU 时间）：提取 {speed.extraction_seconds:.3f} 秒，"
        f"jieba 全文分词 {speed.jieba_seconds:.3f} 秒，是其 {speed.jieba_seconds / speed.extraction_seconds:.2f} 倍速；"
        f"每个数字 {speed.extraction_seconds / max(1, speed.mentions) * 1e6:.0f} 微秒。"
    )
    print("篇幅增长 10、100、1000 倍时每字用时之比：" + "、".join(f"{ratio:.2f}" for ratio in speed.growth))
