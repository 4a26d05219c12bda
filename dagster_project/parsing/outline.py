"""The order of a report: lines, headings with their depth, chapters, sentences and clauses, as flat offsets.

Here belongs layout. Numbers and what they mean do not.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

_LEVELS = (
    (1, re.compile(r"(?:第[一二三四五六七八九十]{1,3}(?:部分|章)|[一二三四五六七八九十]{1,3}[、.,:])")),
    (2, re.compile(r"[(][一二三四五六七八九十]{1,3}[)]")),
    (3, re.compile(r"[0-9]{1,2}(?:[、)]|\.(?![0-9]))")),
    (4, re.compile(r"[(][0-9]{1,2}[)]|[①-⑳]")),
)
_SYMBOL = re.compile(r"[◆■●▲★◇□○►▶※◎]|\[[^\]]{2,16}\]")
_ARABIC_CHAPTER = re.compile(r"[0-9]{1,2}、")
_PLAN = re.compile(
    r"下一?步|下一?阶段|明年|来年|下一?年|新一年|新的一年|工作打算|工作思路|努力方向|初步安排|今后|展望|计划安排|(?<!制定)(?<!年度)(?<!落实)工作计划$|"
    r"20[0-9]{2}年(?:度)?(?:重点|主要|法治|依法|工作|政府)*(?:工作)?(?:计划|打算|思路|安排|重点|目标|任务|要求|建议)|总体要求|目标任务|(?:改进|整改)(?:措施|方向|方案)"
)
_PROBLEM = re.compile(r"存在|毛病|弱项|瓶颈|不足|问题|短板|差距|困难")
_REVIEW = re.compile(r"回顾|(?:情况|工作)总结|成效|进展|完成情况|开展情况|落实情况|履职情况")
_SENTENCE_END = re.compile(r"[。!?;\n]")
_FIRST_STOP = re.compile(r"[。;:\n]")
_HEADING_LIMIT = 48


@dataclass(frozen=True, slots=True)
class Line:
    """A hard line: flat offsets, heading depth (0 for none), the end of its heading words, the enclosing headings
    as flat spans from outermost to innermost (its own included), and its chapter: ``plan``, ``problem``, ``review``
    or ````.
    """

    start: int
    end: int
    level: int
    heading_end: int
    headings: tuple[tuple[int, int], ...]
    chapter: str
    is_row: bool


@dataclass(frozen=True, slots=True)
class Outline:
    """Lines and sentences of a flat text; look-ups by flat offset."""

    lines: tuple[Line, ...]
    line_starts: list[int]
    sentences: list[tuple[int, int]]
    sentence_starts: list[int]
    full_starts: list[int]
    table_heads: list[int]
    """For each line the index of the first row of the run of rows that it is in; its own where it is no row."""

    def line_at(self, index: int) -> Line:
        """The line around ``index``."""
        return self.lines[max(0, bisect_right(self.line_starts, index) - 1)]

    def table_head(self, line: Line) -> int:
        """Index of the first row of the table that ``line`` is in."""
        return self.table_heads[bisect_right(self.line_starts, line.start) - 1]

    def sentence_at(self, index: int) -> int:
        """Ordinal of the sentence around ``index``."""
        return max(0, bisect_right(self.sentence_starts, index) - 1)

    def full_sentence(self, ordinal: int) -> tuple[int, int]:
        """The sentence as people read it: up to a full stop, semicolons inside."""
        start = self.sentences[ordinal][0]
        first = self.full_starts[max(0, bisect_right(self.full_starts, start) - 1)]
        index = bisect_right(self.full_starts, start)
        limit = self.full_starts[index] if index < len(self.full_starts) else self.sentences[-1][1]
        last = max(end for begin, end in self.sentences[ordinal : ordinal + 60] if begin < limit)
        return first, last


def _chapter_of(words: str) -> str:
    plan, problem = _PLAN.search(words), _PROBLEM.search(words)
    if plan and problem:
        return "mixed"
    if plan:
        return "plan"
    if problem:
        return "problem"
    return "review" if _REVIEW.search(words) else ""


def read_outline(flat: str) -> Outline:
    """Lines with their headings, and sentences, of a flat text."""
    lines: list[Line] = []
    stack: list[tuple[int, tuple[int, int], str]] = []
    position = 0
    has_chinese_chapters = bool(re.search(r"(?:^|\n)[一二三四五六七八九十]{1,3}、", flat))
    for raw in flat.split("\n"):
        start, end = position, position + len(raw)
        position = end + 1
        if not raw:
            continue
        level, heading_end = 0, start
        for depth, marker in _LEVELS:
            if marker.match(raw):
                level = depth
                break
        if (
            level == 3
            and _ARABIC_CHAPTER.match(raw)
            and not any(item[0] in (1, 2) for item in stack)
            and not has_chinese_chapters
        ):
            level = 1
        if level:
            stop = _FIRST_STOP.search(raw)
            length = stop.start() if stop else len(raw)
            if length <= _HEADING_LIMIT:
                heading_end = start + length
                words = raw[:length]
                # 4、 下一年度… as a chapter among 一、二、三、: its words make it one.
                if level == 3 and _PLAN.search(words) and length == len(raw):
                    level = 1
                while stack and stack[-1][0] >= level:
                    stack.pop()
                inherited = stack[-1][2] if stack else ""
                own = _chapter_of(words)
                chapter = (
                    own
                    if own in ("plan", "problem", "mixed")
                    else inherited
                    if inherited in ("plan", "problem")
                    else own
                )
                stack.append((level, (start, heading_end), chapter))
        elif (
            len(raw) <= 30
            and _SYMBOL.match(raw)
            and "。" not in raw
            and not re.search(r"[0-9]+[次件个场名人家条份]", raw)
        ):
            heading_end = end
            while stack and stack[-1][0] >= 2:
                stack.pop()
            own = _chapter_of(raw)
            stack.append((2, (start, end), own or (stack[-1][2] if stack else "")))
        elif (
            len(raw) <= 30
            and "," not in raw
            and "。" not in raw
            and "|" not in raw
            and not re.search(r"[0-9]+[次件个场名人家条份]", raw)
        ):
            # A heading without a marker.
            own = _chapter_of(raw)
            if own:
                stack = [(1, (start, end), own)]
                heading_end = end
        chapter = stack[-1][2] if stack else ""
        lines.append(
            Line(
                start,
                end,
                level,
                heading_end,
                tuple(item[1] for item in stack),
                chapter,
                raw.count("|") >= 2 or ("|" in raw and len(raw) <= 60),
            )
        )
    if not lines:
        lines.append(Line(0, len(flat), 0, 0, (), "", False))
    sentences: list[tuple[int, int]] = []
    for line in lines:
        begin = line.start
        for stop in _SENTENCE_END.finditer(flat, line.start, line.end):
            if stop.end() > begin:
                sentences.append((begin, stop.end()))
                begin = stop.end()
        if begin < line.end:
            sentences.append((begin, line.end))
    if not sentences:
        sentences.append((0, len(flat)))
    full = [
        start
        for index, (start, _) in enumerate(sentences)
        if index == 0 or flat[sentences[index - 1][1] - 1] != ";" or start != sentences[index - 1][1]
    ]
    heads: list[int] = []
    for index, line in enumerate(lines):
        heads.append(heads[-1] if index and line.is_row and lines[index - 1].is_row else index)
    return Outline(
        tuple(lines), [line.start for line in lines], sentences, [start for start, _ in sentences], full, heads
    )
