"""Here belong texts that no honest report holds: hidden marks, broken brackets, mixed scripts, huge lines. They must be
survived in time bounded by their length; how ordinary sentences are read is tested elsewhere.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_project.parsing.extract import Extractor
from dagster_project.parsing.model import Extraction, SourceText

MORE = settings(deadline=None, max_examples=150)
FIVE_MB = 5_000_000
SECONDS = 2.0
HIDDEN = [
    "\x00", "\x01", "\x08", "\x1b", "\x7f", "\x85", "\u00ad", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f",
    "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2060", "\u2066", "\u2067", "\u2068", "\u2069", "\ufeff",
]  # fmt: skip


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fails when the block takes more processor time; ends it then, since a quadratic one would run for hours."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        pytest.fail(f"more than {seconds} s of processor time")

    previous = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, 2 * seconds)
    started = time.process_time()
    try:
        yield
    finally:
        taken = time.process_time() - started
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)
    assert taken < seconds


def extract(extractor: Extractor, text: str) -> Extraction:
    """A text as the body of an annual report of 2023, with every span checked against the text."""
    extraction = extractor.extract(SourceText(text, "txt", "utf-8", 0, len(text)), 2023, "annual_report", None)
    for mention in extraction.mentions:
        assert mention.value_text == text[mention.char_start : mention.char_end]
    for rejected in extraction.rejected:
        assert rejected.number_text == text[rejected.char_start : rejected.char_end]
    return extraction


def values(extraction: Extraction) -> list[tuple[Decimal, str, str | None]]:
    """Value, unit and indicator of each mention."""
    return [(mapping.value, mapping.unit, mapping.indicator_code) for mapping in extraction.mappings]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n",
        "\r\n\r\n",
        "\ufeff",
        "\x00",
        "\u200b\u200e",
        "\u3000\t \n",
        "。",
        "（",
        "”",
        "%",
        "-",
        "|",
        "||\n||",
    ],
)
def test_text_without_content(extractor: Extractor, text: str) -> None:
    extraction = extract(extractor, text)
    assert extraction.mentions == ()
    assert extraction.issues == ()


def test_empty_body_in_a_text(extractor: Extractor) -> None:
    text = "开展行政检查12次。"
    for at in range(len(text) + 1):
        assert extractor.extract(SourceText(text, "txt", "utf-8", at, at), 2023, "annual_report", None).mentions == ()


@given(st.text(max_size=200))
@MORE
def test_any_text_is_survived(extractor: Extractor, text: str) -> None:
    extract(extractor, text)


@given(
    st.text(
        st.sampled_from(
            "检查1２三百.,，。％%（）()“”\"'《》〔〕[]【】|\t\n\x00\u202e-—~·第号年月日余多万亿成分之至每各件次份 "
        ),
        max_size=120,
    )
)
@MORE
def test_any_brew_of_signs_is_survived(extractor: Extractor, text: str) -> None:
    extract(extractor, text)


@pytest.mark.parametrize("mark", HIDDEN, ids=lambda mark: f"U+{ord(mark):04X}")
def test_hidden_mark_changes_no_number(extractor: Extractor, mark: str) -> None:
    """Wherever the mark stands in number, unit or words, the sentence reads as if it were not there."""
    sentence = "全年共发放宣传资料3500余份。"
    expected = values(extract(extractor, sentence))
    assert expected == [(Decimal(3500), "份", "publicity_materials_distributed")]
    for at in range(len(sentence) + 1):
        text = sentence[:at] + mark + sentence[at:]
        assert values(extract(extractor, text)) == expected, repr(text)
    assert values(extract(extractor, mark.join(sentence))) == expected


@pytest.mark.parametrize(
    "opening", ["（", "(", "“", "”", "《", "》", "〔", "【", "）", ")", "\"", "'", "[", "]", "{",
                "（（（（", "“《（【", "））））"]
)  # fmt: skip
def test_unbalanced_sign_swallows_no_later_sentence(extractor: Extractor, opening: str) -> None:
    """A bracket or quotation mark that is never closed may spoil its own sentence, never the ones behind it."""
    text = f"我局坚持依法行政{opening}，不断强化监督。\n全年召开企业座谈会5次。\n全年发放宣传资料3500份。"
    assert values(extract(extractor, text)) == [
        (Decimal(5), "次", "publicity_symposia"),
        (Decimal(3500), "份", "publicity_materials_distributed"),
    ]


@pytest.mark.parametrize("depth", [10, 1000, 50_000])
@pytest.mark.parametrize("pair", ["（）", "“”", "《》", "()", "[]"])
def test_deep_nesting(extractor: Extractor, depth: int, pair: str) -> None:
    with within(SECONDS):
        extract(extractor, f"我局{pair[0] * depth}开展检查12次{pair[1] * depth}。")
        extract(extractor, f"我局{pair[0] * depth}开展检查12次。")
        extract(extractor, f"我局{pair * depth}开展检查12次。")


@pytest.mark.parametrize(
    "text",
    [
        "Всего проверено 120 предприятий, 检查企业36家次。",
        "عدد القضايا ١٢٣، 检查企业36家次。",
        "合計३६件の検査を実施、ตรวจ ๑๒ ครั้ง，检查企业36家次。",
        "A total of 1,234 cases (up 5.6%) 检查企业36家次。",
        "²³ ½ ⅓ Ⅻ ⑫ ㊿ 🄂 𝟙𝟚 检查企业36家次。",
        "\U00020000\U0001f600\u0301 检查企业36家次。",
        "e\u0301\u0323 检查企业36家次。",
    ],
)  # fmt: skip
def test_other_scripts_beside_ours(extractor: Extractor, text: str) -> None:
    assert (Decimal(36), "家次", "enforcement_inspected_entities") in values(extract(extractor, text))


@pytest.mark.parametrize("digit", ["1", "９", "0", "一", "壹", "十", "万", "."])
@pytest.mark.parametrize("length", [25, 40, 400, 100_000])
def test_numeral_without_end(extractor: Extractor, digit: str, length: int) -> None:
    """No such number fits any column: it yields no value, no crash, and leaves the next sentence alone."""
    with within(SECONDS):
        extraction = extract(extractor, f"罚没金额{digit * length}元。\n全年召开企业座谈会5次。")
    assert values(extraction) == [(Decimal(5), "次", "publicity_symposia")]


def repeated(piece: str) -> str:
    """About 5 MB of UTF-8 made of a piece."""
    return piece * (FIVE_MB // len(piece.encode()))


@pytest.mark.parametrize(
    "text",
    [
        repeated("7"),
        repeated("７"),
        repeated("1,"),
        repeated("1 "),
        repeated("1."),
        repeated("123,456,"),
        repeated("一"),
        repeated("一百"),
        repeated("百分之"),
        repeated("依法行政"),
        repeated("依法行政建设7"),
        repeated("依7"),
        repeated(" "),
        repeated("\n"),
        repeated("（"),
        repeated("“"),
        repeated("|"),
        repeated("\u200b"),
    ],
    ids=[
        "digits", "wide digits", "digit commas", "digit blanks", "digit dots", "thousands",
        "hanzi digit", "hanzi numeral", "percent words",
        "hanzi", "hanzi with digits", "hanzi and digits in turn", "blanks",
        "line ends", "brackets", "quotes", "bars", "hidden marks",
    ],
)  # fmt: skip
def test_five_megabytes_on_one_line(extractor: Extractor, text: str) -> None:
    with within(SECONDS):
        extractor.extract(SourceText(text, "txt", "utf-8", 0, len(text)), 2023, "annual_report", None)


@pytest.mark.parametrize(
    "piece",
    ["检查12次", "，检查12次", "检查企业120家次、", "1,234件", "第12条", "（12）", "2024年", "约3万余件", "同比增长5%"],
)
def test_long_sentence_takes_time_in_proportion(extractor: Extractor, piece: str) -> None:
    """Four hundred quantities without a full stop, as in a list set as one sentence."""
    text = piece * 400 + "。"
    with within(SECONDS):
        extractor.extract(SourceText(text, "txt", "utf-8", 0, len(text)), 2023, "annual_report", None)
