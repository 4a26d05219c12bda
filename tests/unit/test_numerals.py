"""Here belong properties of numbers: whatever the form, the value and its qualifier read back exactly, alone and in a
sentence. What a number counts is the business of the table of phrasings.
"""

from __future__ import annotations

import contextlib
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_project.parsing.extract import Extractor
from dagster_project.parsing.model import Extraction, SourceText
from dagster_project.parsing.numerals import NumeralError, read_numeral

COPIES = "全年面向企业和群众共发放宣传资料{}份。"
RATE = "经测评，群众满意率达{}。"
SHARE = "非现场执法案件占比达{}。"
CARGO = "治超站现场卸载超限货物{}吨。"
MORE = settings(deadline=None, max_examples=150)

FULL_WIDTH = str.maketrans("0123456789.,%", "０１２３４５６７８９．，％")
UPPER = str.maketrans("一二三四五六七八九十百千", "壹贰叁肆伍陆柒捌玖拾佰仟")
DIGITS = "零一二三四五六七八九"


def below_myriad(number: int) -> str:
    """1 to 9999 as spoken, with 零 for places left out: 一千零五十."""
    words, gap = "", False
    for place, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // place % 10
        if digit:
            words += ("零" if gap and words else "") + DIGITS[digit] + name
            gap = False
        else:
            gap = True
    return words


def spoken(number: int, *, colloquial: bool = True) -> str:
    """A whole number below 10^12 in Chinese numerals; ``colloquial`` shortens a leading 一十 to 十."""
    if number == 0:
        return "零"
    words, gap = "", False
    for place, name in ((10**8, "亿"), (10**4, "万"), (1, "")):
        part = number // place % 10_000
        if not part:
            gap = bool(words)
            continue
        words += ("零" if words and (gap or part < 1000) else "") + below_myriad(part) + name
        gap = False
    return words[1:] if colloquial and words.startswith("一十") else words


def with_liang(words: str) -> str:
    """两 for a leading 二 before 百, 千, 万 or 亿, as most people write it."""
    return "两" + words[1:] if words[0] == "二" and words[1:2] in ("百", "千", "万", "亿") else words


def plain(number: Decimal) -> str:
    """Digits without an exponent."""
    return f"{number:f}"


def extract(extractor: Extractor, text: str) -> Extraction:
    """A text as the body of an annual report of 2023."""
    return extractor.extract(SourceText(text, "txt", "utf-8", 0, len(text)), 2023, "annual_report", None)


def assert_reads(extractor: Extractor, text: str, value: Decimal, qualifier: str = "exact") -> None:
    """The text holds one mention, of this value and qualifier, cut exactly out of the text."""
    extraction = extract(extractor, text)
    found = [
        (mapping.value, mention.qualifier)
        for mention, mapping in zip(extraction.mentions, extraction.mappings, strict=True)
    ]
    assert found == [(value, qualifier)], text
    mention = extraction.mentions[0]
    assert mention.value_text == text[mention.char_start : mention.char_end]


integers = st.integers(min_value=1, max_value=999_999_999)
decimals = st.decimals(min_value=Decimal("0.01"), max_value=Decimal("99999.99"), places=2)
percents = st.decimals(min_value=Decimal("0.1"), max_value=Decimal(100), places=1)
spoken_integers = st.integers(min_value=2, max_value=10**12 - 1)


# one numeral string


@given(spoken_integers, st.booleans())
@MORE
def test_spoken_numbers_read_back(number: int, colloquial: bool) -> None:
    words = spoken(number, colloquial=colloquial)
    assert read_numeral(words) == number
    assert read_numeral(with_liang(words)) == number


@given(spoken_integers)
@MORE
def test_numbers_in_capitals_read_back(number: int) -> None:
    assert read_numeral(spoken(number, colloquial=False).translate(UPPER)) == number


@given(st.integers(min_value=0, max_value=9999), st.text("零一二三四五六七八九", min_size=1, max_size=4))
@MORE
def test_spoken_decimals_read_back(whole: int, fraction: str) -> None:
    digits = "".join(str(DIGITS.index(char)) for char in fraction)
    assert read_numeral(f"{spoken(whole)}点{fraction}") == Decimal(f"{whole}.{digits}")


@given(integers)
@MORE
def test_arabic_numbers_read_back(number: int) -> None:
    assert read_numeral(str(number)) == number
    assert read_numeral(f"{number:,}") == number
    assert read_numeral(f"{number:,}".replace(",", " ")) == number


@given(
    st.text("零〇一二两三四五六七八九十百千万亿廿卅点壹贰拾佰仟", min_size=1, max_size=12)
    | st.text("0123456789,. ", max_size=12)
)
@MORE
def test_any_string_is_a_number_or_refused(text: str) -> None:
    with contextlib.suppress(NumeralError):
        assert read_numeral(text) >= 0


@pytest.mark.parametrize(
    "text",
    [
        "1,23,4",
        "12,34",
        "1234,567",
        "3.5.2",
        "3.",
        ".5",
        "",
        " ",
        "1  2",
        "一百百",
        "三千千",
        "百百",
        "十十",
        "一万万",
        "两三",
        "七八",
        "三点",
        "亿",
        "一二三四五六七八九十百",
    ],
)
def test_malformed_numerals_are_refused(text: str) -> None:
    with pytest.raises(NumeralError):
        read_numeral(text)


# numbers in place


@given(integers, st.sampled_from(["plain", "wide", "marks", "wide marks", "blanks"]))
@MORE
def test_arabic_number_in_a_sentence(extractor: Extractor, number: int, form: str) -> None:
    words = {
        "plain": str(number),
        "wide": str(number).translate(FULL_WIDTH),
        "marks": f"{number:,}",
        "wide marks": f"{number:,}".translate(FULL_WIDTH),
        "blanks": f" {number:,} ".replace(",", " "),
    }[form]
    assert_reads(extractor, COPIES.format(words), Decimal(number))


@given(decimals, st.booleans())
@MORE
def test_decimal_in_a_sentence(extractor: Extractor, number: Decimal, wide: bool) -> None:
    words = plain(number).translate(FULL_WIDTH) if wide else plain(number)
    assert_reads(extractor, CARGO.format(words), number)


@given(st.integers(min_value=10, max_value=999_999_999), st.data())
@MORE
def test_number_broken_over_lines(extractor: Extractor, number: int, data: st.DataObject) -> None:
    """A page's line end between two digits breaks no number."""
    digits = str(number)
    cut = data.draw(st.integers(min_value=1, max_value=len(digits)))
    ending = data.draw(st.sampled_from(["\n", "\r\n", "\n  "]))
    assert_reads(extractor, COPIES.format(digits[:cut] + ending + digits[cut:]), Decimal(number))


@given(st.integers(min_value=2, max_value=10**9), st.sampled_from(["spoken", "liang", "capitals"]))
@MORE
def test_spoken_number_in_a_sentence(extractor: Extractor, number: int, form: str) -> None:
    words = {
        "spoken": spoken(number),
        "liang": with_liang(spoken(number)),
        "capitals": spoken(number, colloquial=False).translate(UPPER),
    }[form]
    assert_reads(extractor, COPIES.format(words), Decimal(number))


@given(decimals, st.sampled_from([("万", 10_000), ("亿", 100_000_000), ("千", 1_000), ("百万", 1_000_000)]))
@MORE
def test_multiplier_behind_digits(extractor: Extractor, number: Decimal, multiplier: tuple[str, int]) -> None:
    name, factor = multiplier
    assert_reads(extractor, CARGO.format(plain(number) + name), number * factor)


@given(st.integers(min_value=1, max_value=99), st.integers(min_value=1, max_value=9999))
@MORE
def test_hundred_millions_and_myriads(extractor: Extractor, hundred_millions: int, myriads: int) -> None:
    value = Decimal(hundred_millions * 10**8 + myriads * 10**4)
    assert_reads(extractor, COPIES.format(f"{hundred_millions}亿{myriads}万"), value)


@given(st.integers(min_value=1, max_value=99), st.integers(min_value=1000, max_value=9999))
@MORE
def test_myriads_and_rest(extractor: Extractor, myriads: int, rest: int) -> None:
    assert_reads(extractor, COPIES.format(f"{myriads}万{rest}"), Decimal(myriads * 10**4 + rest))


@given(
    st.integers(min_value=1, max_value=99),
    st.integers(min_value=1, max_value=9),
    st.sampled_from([("千", 1_000), ("百", 100)]),
    st.sampled_from(["", "余", "多"]),
)
@MORE
def test_myriads_and_lesser_multiplier(
    extractor: Extractor, myriads: int, rest: int, multiplier: tuple[str, int], word: str
) -> None:
    """1万2千, 3万5千余."""
    name, factor = multiplier
    value = Decimal(myriads * 10**4 + rest * factor)
    assert_reads(extractor, COPIES.format(f"{myriads}万{rest}{name}{word}"), value, "over" if word else "exact")


@given(
    st.integers(min_value=1, max_value=9),
    st.sampled_from([("百", 100), ("千", 1_000)]),
    st.sampled_from([("万", 10_000), ("亿", 10**8)]),
    st.sampled_from(["{0}{1}{2}", "{0}{1}余{2}", "{0}{1}多{2}", "{0}{1}{2}余", "{0}{1}{2}多"]),
    st.booleans(),
)
@MORE
def test_two_multipliers(
    extractor: Extractor, digit: int, first: tuple[str, int], second: tuple[str, int], form: str, in_hanzi: bool
) -> None:
    """5百万, 三千余万, 2百万多."""
    words = form.format(DIGITS[digit] if in_hanzi else digit, first[0], second[0])
    value = Decimal(digit * first[1] * second[1])
    assert_reads(extractor, COPIES.format(words), value, "exact" if form == "{0}{1}{2}" else "over")


@given(
    st.integers(min_value=1, max_value=9999),
    st.sampled_from(["余", "多"]),
    st.sampled_from([("", 1), ("千", 1_000), ("万", 10_000), ("亿", 10**8)]),
    st.booleans(),
    st.booleans(),
)
@MORE
def test_somewhat_more(
    extractor: Extractor, tens: int, word: str, multiplier: tuple[str, int], before: bool, in_hanzi: bool
) -> None:
    """余 and 多 before or behind the multiplier: 30余万, 3万多."""
    name, factor = multiplier
    number = tens * 10 if before or not name else tens
    digits = with_liang(spoken(number)) if in_hanzi else str(number)
    if in_hanzi and name and (number >= 10_000 or (name == "千" and number >= 10) or digits[-1] in "百千"):
        digits = str(number)  # 三百千, 二十千 is no Chinese number
    words = f"{digits}{word}{name}" if before else f"{digits}{name}{word}"
    assert_reads(extractor, COPIES.format(words), Decimal(number * factor), "over")


@given(
    st.integers(min_value=10, max_value=99_999),
    st.sampled_from(
        [
            ("约{}份", "about"), ("大约{}份", "about"), ("{}份左右", "about"), ("{}份上下", "about"),
            ("近{}份", "nearly"), ("将近{}份", "nearly"), ("超{}份", "over"), ("超过{}份", "over"), ("逾{}份", "over"),
            ("突破{}份", "over"),
            ("{}余份", "over"), ("{}份以上", "over"), ("达{}份", "exact"),
            ("至少{}份", "at_least"), ("不少于{}份", "at_least"), ("不低于{}份", "at_least"),
            ("不超过{}份", "at_most"), ("不高于{}份", "at_most"),
            ("{}份以内", "at_most"),
        ]
    ),
)  # fmt: skip
@MORE
def test_words_that_qualify(extractor: Extractor, number: int, form: tuple[str, str]) -> None:
    words, qualifier = form
    assert_reads(extractor, f"全年向群众发放宣传资料{words.format(number)}。", Decimal(number), qualifier)


@given(percents, st.sampled_from(["%", "％", "﹪", "wide", "spoken", "mixed"]))
@MORE
def test_percentages(extractor: Extractor, number: Decimal, form: str) -> None:
    whole, _, tenth = plain(number).partition(".")
    in_words = spoken(int(whole)) + (f"点{DIGITS[int(tenth)]}" if tenth != "0" else "")
    words = {
        "wide": f"{plain(number)}%".translate(FULL_WIDTH),
        "spoken": f"百分之{in_words}",
        "mixed": f"百分之{plain(number)}",
    }.get(form, f"{plain(number)}{form}")
    assert_reads(extractor, RATE.format(words), number)


def test_percent_of_hundred_in_words(extractor: Extractor) -> None:
    assert_reads(extractor, RATE.format("百分之百"), Decimal(100))
    assert_reads(extractor, RATE.format("百分之一百"), Decimal(100))


@given(st.integers(min_value=1, max_value=9), st.booleans())
@MORE
def test_tenths(extractor: Extractor, tenths: int, in_hanzi: bool) -> None:
    assert_reads(extractor, SHARE.format(f"{DIGITS[tenths] if in_hanzi else tenths}成"), Decimal(tenths * 10))


@given(st.integers(min_value=2, max_value=10), st.data())
@MORE
def test_fractions(extractor: Extractor, denominator: int, data: st.DataObject) -> None:
    numerator = data.draw(st.integers(min_value=1, max_value=denominator - 1))
    value = (Decimal(100 * numerator) / denominator).quantize(Decimal("0.01"), ROUND_HALF_UP)
    words = f"{spoken(denominator)}分之{spoken(numerator)}"
    assert_reads(extractor, f"{words}的政务服务事项实现“不见面审批”。", value)
    assert_reads(extractor, SHARE.format(words), value)


@given(
    st.integers(min_value=2, max_value=98),
    st.integers(min_value=1, max_value=900),
    st.sampled_from(["至", "到", "—", "-", "–", "~", "～", "－"]),
    st.booleans(),
)
@MORE
def test_ranges(extractor: Extractor, low: int, more: int, mark: str, in_hanzi: bool) -> None:
    """The upper bound is the value."""
    high = low + more
    words = f"{spoken(low)}{mark}{spoken(high)}" if in_hanzi and mark in "至到" else f"{low}{mark}{high}"
    assert_reads(extractor, f"机关法治讲堂每期参加培训{words}人次。", Decimal(high), "at_most")


@pytest.mark.parametrize(
    "words", ["1,23,4", "12,34,567", "1,234,56", "3.5.2", "12.5.7.1", "一百百", "三千千", "二十十", "9" * 40, "1" * 25]
)
def test_malformed_number_is_listed_as_unread(extractor: Extractor, words: str) -> None:
    text = CARGO.format(words)
    extraction = extract(extractor, text)
    assert extraction.mentions == ()
    at = text.index(words)
    unread = [(issue.char_start, issue.char_end) for issue in extraction.issues if issue.issue_code == "unread_number"]
    assert any(start is not None and end is not None and start <= at < end for start, end in unread), extraction


@pytest.mark.parametrize(
    "words", ["两三", "三五", "七八", "二三十", "十几", "几百", "数千", "上百", "成百上千", "若干"]
)
def test_loose_number_is_none(extractor: Extractor, words: str) -> None:
    """Neighbours said loosely have no value; they are well formed, so nothing is left unread."""
    extraction = extract(extractor, COPIES.format(words))
    assert extraction.mentions == ()
    assert extraction.issues == ()


@given(
    st.text("0123456789０１２３４,.，．·% ％万亿千余多百分之成至—~-+\n", max_size=40),
    st.sampled_from(["份", "%", "吨", "", "人次"]),
)
@MORE
def test_any_mix_of_number_signs_is_survived(extractor: Extractor, words: str, unit: str) -> None:
    text = f"全年共发放宣传资料{words}{unit}。"
    for mention in extract(extractor, text).mentions:
        assert mention.value_text == text[mention.char_start : mention.char_end]


@given(
    st.text("零〇一二两俩三四五六七八九十百千万亿廿卅几数余多半点成分之第壹贰拾佰仟", max_size=30),
    st.sampled_from(["份", "成", "吨", "", "人次"]),
)
@MORE
def test_any_mix_of_numeral_words_is_survived(extractor: Extractor, words: str, unit: str) -> None:
    text = f"全年共发放宣传资料{words}{unit}。"
    for mention in extract(extractor, text).mentions:
        assert mention.value_text == text[mention.char_start : mention.char_end]
