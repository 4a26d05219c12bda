"""Here belong properties of the flat text and of offsets: nothing lost, nothing made up, every span cut exactly out of
the text as published. What the spans mean has tests of its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_project.parsing.extract import Extractor
from dagster_project.parsing.model import Extraction, SourceText
from dagster_project.parsing.textmap import flatten, fold

MORE = settings(deadline=None, max_examples=200)

WORDS = [
    "全年", "开展行政检查", "发放宣传资料", "立案查处", "同比增长", "较上年减少", "其中", "分别为", "截至",
    "罚没金额", "满意率达",
    "一、", "（二）", "1.", "第", "页", "共", "目录", "我局", "不少于", "近", "余", "万", "亿", "百分之",
    "三百二十", "两", "十余",
]  # fmt: skip
UNITS = ["次", "件", "份", "家次", "万元", "%", "％", "人次", "个工作日", "吨", "个百分点", "年", "月", "日"]
SIGNS = ["，", "。", "；", "、", "：", "（", "）", "“", "”", ",", ".", "-", "—", "~", "·", "/", "|"]
BLANKS = [" ", "  ", "\u3000", "\xa0", "\t", "\n", "\r\n", "\r", "\n\n", "\u2028", "\x0b", "\x0c"]
HIDDEN = ["\u200b", "\u200e", "\u200f", "\u202a", "\u202e", "\ufeff", "\x00", "\x07", "\x7f", "\u00ad"]
NUMBERS = st.integers(min_value=0, max_value=99_999).map(str) | st.sampled_from(
    ["12,480", "1，205", "３５６", "9．5", "2024", "3.5.2", "1,23,4", "0", "007", "12 480"]
)
PIECES = NUMBERS | st.sampled_from(WORDS) | st.sampled_from(UNITS) | st.sampled_from(SIGNS) | st.sampled_from(BLANKS)
reports = st.lists(PIECES | st.sampled_from(HIDDEN), max_size=60).map("".join)
plain_texts = st.text(st.sampled_from("局检查整改年月次件份0123456789５９，。、％（） \u3000\n\r\t"), max_size=120)


@st.composite
def paged_texts(draw: st.DrawFn) -> str:
    """Pages of one to three lines, each line said once, with page numbers and now and then a running head."""
    form = draw(st.sampled_from(["— {} —", "- {} -", "第{}页", "第 {} 页 共 20 页", "{}"]))
    head = draw(st.sampled_from(["", "某市交通运输局文件\n"]))
    first = draw(st.integers(min_value=1, max_value=12))
    serial = iter("甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥")
    pages = []
    for number in range(first, first + draw(st.integers(min_value=1, max_value=5))):
        body = [f"{next(serial)}中队开展执法检查" for _ in range(draw(st.integers(min_value=1, max_value=3)))]
        pages.append(head + "\n".join([*body, form.format(number)]))
    return "\n".join(pages)


def is_blank(char: str) -> bool:
    """White space, control characters and marks that show nothing: what the flat text leaves out."""
    return char.isspace() or unicodedata.category(char) in ("Cc", "Cf")


def positions_kept(text: str) -> dict[int, str]:
    """Offset in the published text and character of every visible character of the flat text."""
    flat = flatten(text)
    kept: dict[int, str] = {}
    previous = -1
    for index, char in enumerate(flat.flat):
        offset = flat.source_start(index)
        if char in "\n |" and (offset >= len(text) or fold(text)[offset] != char):
            continue  # stands for a line end, a tab or a blank between digits
        if is_blank(char):
            continue
        assert offset > previous, "offsets run forwards"
        previous = offset
        kept[offset] = char
    return kept


def lines_of(text: str) -> list[tuple[int, str]]:
    """Start and words of each line."""
    return [(match.start(), match.group()) for match in re.finditer(r"[^\r\n\u2028\u2029\x0b\x0c]+", text)]


@given(reports | plain_texts | st.text(max_size=80))
@MORE
def test_fold_keeps_offsets(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert all(a == b for a, b in zip(text, fold(text), strict=True) if "a" <= a <= "z" or a in "件次份一二三")


@given(reports | plain_texts | st.text(max_size=80))
@MORE
def test_flat_text_makes_up_nothing(text: str) -> None:
    """Every visible character of the flat text is the folded character at its place, in the published order."""
    folded = fold(text)
    for offset, char in positions_kept(text).items():
        assert folded[offset] == char


@given(reports | plain_texts | paged_texts())
@MORE
def test_flat_text_loses_only_page_furniture(text: str) -> None:
    """A visible character is missing only with its whole line: a page number, or a head or foot repeated beside one."""
    kept = positions_kept(text)
    lost: dict[int, str] = {}
    for start, line in lines_of(text):
        visible = [start + index for index, char in enumerate(line) if not is_blank(char)]
        missing = [offset for offset in visible if offset not in kept]
        if missing:
            assert missing == visible, f"part of a line is lost: {line!r}"
            lost[start] = "".join(char for char in line if not is_blank(char))
    furniture = [line for line in lost.values() if not re.fullmatch(r"[-—–‐－\d第页共,，/／]+", line)]
    counts = Counter(furniture)
    assert all(count >= 2 for count in counts.values()), counts
    assert not furniture or len(furniture) < len(lost), furniture


@given(st.text(st.sampled_from("局检查整改年次件份，。、（）abc \n"), max_size=120))
@MORE
def test_text_without_digits_is_kept_whole(text: str) -> None:
    """Without digits there are no page numbers, so nothing at all is left out."""
    assert len(positions_kept(text)) == sum(not is_blank(char) for char in text)


@given(reports | plain_texts, st.data())
@MORE
def test_bounds_of_the_body_hold(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(min_value=0, max_value=len(text)))
    end = data.draw(st.integers(min_value=start, max_value=len(text)))
    flat = flatten(text, start, end)
    offsets = [flat.source_start(index) for index, char in enumerate(flat.flat) if char not in "\n |"]
    assert all(start <= offset < end for offset in offsets)


@given(reports)
@MORE
def test_way_there_and_back(text: str) -> None:
    flat = flatten(text)
    for index, char in enumerate(flat.flat):
        if char not in "\n |":
            assert flat.flat_index(flat.source_start(index)) == index
            assert flat.source_end(index + 1) == flat.source_start(index) + 1


def test_wrapped_lines_join_and_headings_stand_alone() -> None:
    text = "二、规范执法\n我局持续开展道路运输市场专项整治行动，全年累计出动执法\n人员1200人次。\n三、存在问题"
    assert flatten(text).flat.split("\n") == [
        "二、规范执法",
        "我局持续开展道路运输市场专项整治行动,全年累计出动执法人员1200人次。",
        "三、存在问题",
    ]


@pytest.mark.parametrize("number", ["— {} —", "- {} -", "第 {} 页", "第{}页 共9页", "{}"])
def test_page_numbers_part_no_sentence(number: str) -> None:
    pages = [
        "我局持续加大执法力度，不断完善工作机制，切实规范道路运输市场\n秩序，优化营商环境，坚持服务与监管并重，全年累计检查各类",
        "车辆1200台次，依法查处各类道路运输违法行为三百余起，向社会公\n开典型案例，强化以案释法，会同公安等部门组织开展联合执法",
        "行动26次，辖区客货运输市场秩序明显好转，\n群众出行更加安全。",
    ]
    text = "".join(f"{page}\n{number.format(at)}\n" for at, page in enumerate(pages, 3))
    assert flatten(text).flat == "".join(pages).replace("，", ",").replace("\n", "")


def test_single_line_on_the_last_page_is_kept() -> None:
    """What stands between two page numbers stands beside both of them, and yet is said only once."""
    text = "全年开展行政检查12次，\n整改隐患30处。\n— 1 —\n发放宣传资料300份。\n— 2 —\n"
    assert "发放宣传资料300份" in flatten(text).flat


def check_spans(text: str, extraction: Extraction, start: int, end: int) -> None:
    """Every span of an extraction lies in the body and is cut exactly out of the text."""
    for mention in extraction.mentions:
        assert start <= mention.char_start < mention.char_end <= end
        assert mention.value_text == text[mention.char_start : mention.char_end]
        assert start <= mention.sentence_start <= mention.char_start
        assert mention.char_end <= mention.sentence_end <= end
        assert not is_blank(mention.value_text[0])
        assert not is_blank(mention.value_text[-1])
        assert all(start <= window.char_start <= window.char_end <= end for window in mention.windows)
    for rejected in extraction.rejected:
        assert start <= rejected.char_start < rejected.char_end <= end
        assert rejected.number_text == text[rejected.char_start : rejected.char_end]
    for issue in extraction.issues:
        if issue.char_start is not None and issue.char_end is not None:
            assert start <= issue.char_start < issue.char_end <= end
    for segment in extraction.segments:
        assert start <= segment.char_start <= segment.char_end <= end
    starts = [segment.char_start for segment in extraction.segments]
    assert starts == sorted(starts)
    assert [mention.ordinal for mention in extraction.mentions] == list(range(len(extraction.mentions)))
    assert len(extraction.mappings) == len(extraction.mentions)
    keys = [(mention.char_start, mention.char_end, mention.share_ordinal) for mention in extraction.mentions]
    assert len(set(keys)) == len(keys), "two mentions would have one id"


@given(reports | plain_texts | st.text(max_size=80))
@MORE
def test_spans_are_cut_out_of_the_text(extractor: Extractor, text: str) -> None:
    extraction = extractor.extract(SourceText(text, "txt", "utf-8", 0, len(text)), 2023, "annual_report", None)
    check_spans(text, extraction, 0, len(text))


@given(reports, st.data())
@MORE
def test_spans_stay_in_the_body(extractor: Extractor, text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(min_value=0, max_value=len(text)))
    end = data.draw(st.integers(min_value=start, max_value=len(text)))
    extraction = extractor.extract(SourceText(text, "txt", "utf-8", start, end), None, "plan", "transport")
    check_spans(text, extraction, start, end)


@given(reports)
@MORE
def test_a_mention_is_one_number(extractor: Extractor, text: str) -> None:
    """Spans of different mentions do not overlap, and a number is not both taken and rejected."""
    extraction = extractor.extract(SourceText(text, "txt", "utf-8", 0, len(text)), 2023, "annual_report", None)
    spans = {(mention.char_start, mention.char_end) for mention in extraction.mentions}
    ordered = sorted(spans | {(rejected.char_start, rejected.char_end) for rejected in extraction.rejected})
    assert all(first[1] <= second[0] for first, second in pairwise(ordered)), ordered


@given(reports, st.sampled_from(["", "\ufeff", "前言\n", "😀\n"]))
@MORE
def test_reading_twice_gives_the_same(extractor: Extractor, text: str, prefix: str) -> None:
    """Also after another document was read in between: nothing is kept from one text to the next."""
    source = SourceText(prefix + text, "txt", "utf-8", len(prefix), len(prefix + text))
    first = extractor.extract(source, 2023, "annual_report", None)
    extractor.extract(SourceText("开展检查3次。", "txt", "utf-8", 0, 7), 2020, "plan", "water")
    assert extractor.extract(source, 2023, "annual_report", None) == first
