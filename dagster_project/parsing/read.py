"""From a file's bytes to its text, and the bounds of the report within it.

Here belong file formats, encodings, and the cutting of what a web page puts around a report. Whose report it is and
what it says does not.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path, PurePath
from typing import Final

from dagster_project.parsing.folding import Folding, squeeze
from dagster_project.parsing.model import SourceText

_ADVICE: Final = "请另存为 UTF-8 编码的 .txt 文件后再放入。"

_MAGIC: Final = (
    (b"PK\x03\x04", "压缩包或 Office 文件(docx、xlsx、zip)"),
    (b"%PDF", "PDF 文件"),
    (b"\xd0\xcf\x11\xe0", "旧版 Office 文件(doc、xls、wps)"),
    (b"\x89PNG", "图片"),
    (b"\xff\xd8\xff", "图片"),
    (b"GIF8", "图片"),
    (b"\x1f\x8b", "压缩包"),
    (b"Rar!", "压缩包"),
    (b"7z\xbc\xaf", "压缩包"),
    (b"{\\rtf", "RTF 文件"),
)
_UNSUPPORTED: Final = {
    ".doc": "旧版 Word 文件,请用 Word 或 WPS 打开,另存为 .txt(编码选 UTF-8)。",
    ".wps": "WPS 文件,请用 WPS 打开,另存为 .txt(编码选 UTF-8)。",
    ".ofd": "OFD 版式文件,请用阅读器复制全文,存为 .txt(UTF-8)。",
    ".rtf": "RTF 文件,请用 Word 或 WPS 打开,另存为 .txt(编码选 UTF-8)。",
    ".docx": "Word 文件,请用 Word 或 WPS 打开,另存为 .txt(编码选 UTF-8)。",
    ".pdf": "PDF 文件,请复制全文,存为 .txt(UTF-8)。",
    ".html": "网页文件,请在浏览器里复制正文,存为 .txt(UTF-8)。",
    ".htm": "网页文件,请在浏览器里复制正文,存为 .txt(UTF-8)。",
    ".mhtml": "网页文件,请在浏览器里复制正文,存为 .txt(UTF-8)。",
    ".xlsx": "电子表格,不是报告全文。",
    ".xls": "电子表格,不是报告全文。",
    ".csv": "数据表,不是报告全文;登记表应命名为 reports.csv,放在 raw 目录下。",
    ".zip": "压缩包,请解压后放入其中的报告。",
    ".rar": "压缩包,请解压后放入其中的报告。",
    ".7z": "压缩包,请解压后放入其中的报告。",
}

_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]")
_IDEOGRAPH = re.compile("[\u3400-\u9fff]")
_USUAL = frozenset(
    "的是在和年月日为了一二三四五六七八九十不法政府建设行工作情况报告执法依国有人关对中大全进实市县区局民加推强度化开展理务"
    "事会项落等监督管制以及与主要领导学习省级部门单位公开服务安发上下个共组织我将新时代"
)
_PUNCTUATION = frozenset("，。、；：（）《》“”—…？！・〔〕【】")
_MINIMUM_IDEOGRAPHS = 10


class UnreadableError(ValueError):
    """A file that cannot be taken in: ``reason_code`` for rules, ``message_zh`` says what is wrong and what to do.

    Reason codes: ``empty``, ``binary``, ``undecodable``, ``unsupported_format``, ``no_chinese``.
    """

    def __init__(self, reason_code: str, message_zh: str) -> None:
        super().__init__(message_zh)
        self.reason_code = reason_code
        self.message_zh = message_zh


class PageNoiseError(ValueError):
    """``page_noise.csv`` is not of the form this module reads; the message, in Chinese, names line and column."""


@dataclass(frozen=True, slots=True)
class PageNoise:
    """Patterns of lines that belong to the web page: above the report, and below it."""

    head: re.Pattern[str]
    tail: re.Pattern[str]


def load_page_noise(folder: Path) -> PageNoise:
    """Reads ``page_noise.csv`` of a seed folder.

    Raises:
        PageNoiseError: A pattern is no regular expression, or ``where`` is none of head, tail, both.
    """
    patterns: dict[str, list[str]] = {"head": [], "tail": []}
    with (folder / "page_noise.csv").open(encoding="utf-8", newline="") as handle:
        for line, row in enumerate(csv.DictReader(handle), start=2):
            if len(row) != 3:
                raise PageNoiseError(f"page_noise.csv 第 {line} 行列数不对:含逗号的 pattern 要用双引号括起来。")
            pattern, where = row.get("pattern") or "", row.get("where") or ""
            if where not in {"head", "tail", "both"}:
                raise PageNoiseError(f"page_noise.csv 第 {line} 行 where 列:{where!r} 应为 head、tail 或 both。")
            try:
                re.compile(pattern)
            except re.error as error:
                raise PageNoiseError(f"page_noise.csv 第 {line} 行 pattern 列不是正则表达式:{error}。") from error
            for side, listed in patterns.items():
                if where in {side, "both"}:
                    listed.append(f"(?:{pattern})")
    return PageNoise(*(re.compile("|".join(patterns[side]) or r"(?!)") for side in ("head", "tail")))


# ---------------------------------------------------------------------------------------------------- bytes to text


def _plausibility(text: str) -> float:
    """Share of characters that Chinese official prose is made of; a wrong decoding yields few of them."""
    sample = text[:20_000]
    if not sample or len(_CONTROL.findall(sample)) * 200 > len(sample):
        return 0.0
    usual = sum(char in _USUAL or char in _PUNCTUATION or char.isascii() for char in sample)
    strange = sum(not (char.isascii() or char in _PUNCTUATION or "\u3000" <= char <= "\u9fff") for char in sample)
    return (usual - strange) / len(sample)


def _decode(data: bytes) -> tuple[str, str]:
    """Text and name of the encoding.

    Raises:
        UnreadableError: The bytes are no text in an encoding that is known here.
    """
    for mark, encoding, name in (
        (b"\xef\xbb\xbf", "utf-8", "utf-8-sig"),
        (b"\xff\xfe", "utf-16-le", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be", "utf-16-be"),
    ):
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding), name
            except UnicodeDecodeError as error:
                message = f"文件开头标明是 {name},内容却不是,可能已损坏。{_ADVICE}"
                raise UnreadableError("undecodable", message) from error
    if b"\x00" not in data:
        try:
            return data.decode("utf-8"), "utf-8"
        except UnicodeDecodeError:
            pass
    tried: list[tuple[float, str, str]] = []
    for encoding in ("gb18030", "utf-16-le", "utf-16-be"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        tried.append((_plausibility(text), encoding, text))
    best = max(tried, default=(0.0, "", ""))
    if best[0] >= 0.25:
        return best[2], best[1]
    if b"\x00" in data or sum(byte < 9 for byte in data[:4096]) * 50 > len(data[:4096]):
        raise UnreadableError("binary", f"文件内容是二进制数据,不是文字。{_ADVICE}")
    message = f"认不出文字编码(试过 UTF-8、UTF-16、GB18030),可能混用了几种编码或已损坏。{_ADVICE}"
    raise UnreadableError("undecodable", message)


def _read_plain(data: bytes) -> tuple[str, str | None]:
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            message = f"扩展名是文本,内容却是{kind}。请改回原来的扩展名,或{_ADVICE.removeprefix('请')}"
            raise UnreadableError("binary", message)
    text, encoding = _decode(data)
    if len(_CONTROL.findall(text)) * 200 > len(text):
        raise UnreadableError("binary", f"文件内容是二进制数据,不是文字。{_ADVICE}")
    return text, encoding


Reader = Callable[[bytes], tuple[str, str | None]]
"""Bytes to text (unchanged, line ends included) and the encoding's name."""

READERS: Final[dict[str, tuple[str, Reader]]] = {
    ".txt": ("txt", _read_plain),
    ".text": ("txt", _read_plain),
    ".md": ("md", _read_plain),
    ".markdown": ("md", _read_plain),
}
"""File extension to format name and reader; a further format is a further row."""


def read_source(data: bytes, file_name: str, page_noise: PageNoise) -> SourceText:
    """Reads one file and bounds the report in it; the text keeps every character, line ends included.

    Raises:
        UnreadableError: The file is empty, binary, of an unknown encoding or format, or holds no Chinese text.
    """
    extension = PurePath(file_name).suffix.lower()
    if extension not in READERS:
        why = _UNSUPPORTED.get(extension, _ADVICE)
        raise UnreadableError("unsupported_format", f"暂不支持 {extension or '没有扩展名的'} 文件:{why}")
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"):
        raise UnreadableError("empty", "文件是空的。请重新下载或另存后再放入。")
    file_format, reader = READERS[extension]
    text, encoding = reader(data)
    if not text.strip():
        raise UnreadableError("empty", "文件里只有空白。请重新下载或另存后再放入。")
    if sum(1 for _ in islice(_IDEOGRAPH.finditer(text), _MINIMUM_IDEOGRAPHS)) < _MINIMUM_IDEOGRAPHS:
        raise UnreadableError("no_chinese", "文件里没有中文正文。请确认放入的是报告全文。")
    start, end = body_bounds(text, page_noise)
    return SourceText(text, file_format, encoding, start, end)


# ----------------------------------------------------------------------------------------------- bounds of the report


class Line:
    """One line that is not blank: its place without the white space around it, and its words."""

    def __init__(self, start: int, words: str) -> None:
        self.start = start
        self.end = start + len(words)
        self._words = words

    @cached_property
    def shown(self) -> str:
        """The words with their white space."""
        return fold(self._words).strip()

    @cached_property
    def plain(self) -> str:
        """The words without any white space."""
        return squeeze(fold(self._words))


_LINES = re.compile(r"[^\r\n\u2028\u2029\x0b\x0c]+")
fold = Folding({code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20})
"""Full-width letters, digits and punctuation in their ASCII forms, one to one."""
_REPORT_WORD = re.compile(
    r"(法治|依法行政|依法治|法制|普法|执法).{0,40}(报告|总结|情况|要点|计划|方案|年报|汇报|安排|意见|打算)"
    r"|(报告|工作总结|工作要点|工作计划|实施方案|年报|汇报)(?:[(（][^()（）]{1,12}[)）])?$"
)
_TITLE_PART = re.compile(r"(局|委|厅|府|院|队|会|办|中心|办公室|处|署)$|关于|法治|依法|20\d\d年|二[〇○零]..年")
_HEADING = re.compile(
    r"^(?:[一二三四五六七八九十]{1,3}[、.]|[(（][一二三四五六七八九十\d]{1,3}[)）]|\d{1,2}[、.](?!\d)|第[一二三四五六七八九十]+(?:部分|章|节)"
    r"|[①-⑳])"
)
_ADDRESSEE = re.compile(r"^[^。;；]{2,60}[:：]$")
_DAY = (
    r"(?:20\d\d|二[〇○零O0oΟ][〇○零O0oΟ一二三四五六七八九]{2})年"
    r"[\d一二三四五六七八九十]{1,3}月[\d一二三四五六七八九十]{1,3}日$"
)
_SIGNED_DAY = re.compile("^" + _DAY)
_DAY_TAIL = re.compile(_DAY)
_ORGAN_LINE = re.compile(
    r"^[\u4e00-\u9fff（）()、\s]{3,40}(?:局|厅|委员会|委|办公室|办|政府|公署|队|中心|院|署|站|街道办事处)"
    r"(?:[(（](?:章|盖章|公章)[)）])?$"
)


def lines_of(text: str, start: int = 0, end: int | None = None) -> Iterator[Line]:
    """The lines between two offsets that are not blank."""
    for match in _LINES.finditer(text, start, len(text) if end is None else end):
        words = match[0].strip(" \t\u3000\xa0\u200b\ufeff")
        if words:
            yield Line(match.start() + match[0].index(words[0]), words)


def _is_prose(line: Line) -> bool:
    """A line of running text: it stops or pauses as sentences do, and is no title or menu."""
    plain = line.plain
    if re.search(r"[。;；!！]", plain):
        return True
    return len(plain) >= 25 and re.search(r"[,，]", plain) is not None


def is_title_line(line: Line) -> bool:
    """Whether a line could be (the last part of) a report's title."""
    plain = line.plain.strip("#*")
    if not 4 <= len(plain) <= 70 or re.search(r"[。;；!！|｜>＞]", plain) or plain.endswith((":", "：", ",", "，")):
        return False
    return _REPORT_WORD.search(plain) is not None and _HEADING.match(plain) is None


def title_lines(text: str, limit: int = 80) -> list[Line]:
    """The lines of the report's title, as far as it has one above its first paragraph or heading.

    A title may be broken over lines; a menu above may list titles of other reports, so the lowest one counts.
    """
    head: list[Line] = []
    for line in islice(lines_of(text, 0, 20_000), limit):
        if _HEADING.match(line.plain.lstrip("#*")) or (_is_prose(line) and not is_title_line(line)):
            break
        head.append(line)
    last = max((number for number, line in enumerate(head) if is_title_line(line)), default=None)
    if last is None:
        joined = _broken_title(head)
        return joined if joined is not None else []
    first = last
    while first > 0 and _continues(text, head[first - 1], head[first]):
        first -= 1
    return head[first : last + 1]


def _broken_title(head: list[Line]) -> list[Line] | None:
    """A title none of whose lines says by itself that it is one: 关于2023年法治政府 / 建设工作情况 / 的报告."""
    for size in (2, 3, 4):
        for first in range(len(head) - size, -1, -1):
            part = head[first : first + size]
            if sum(len(line.plain) for line in part) <= 70 and any("法" in line.plain for line in part):
                plain = "".join(line.plain for line in part)
                ends = re.search(r"(报告|总结|要点|计划|方案|年报|汇报|情况)$", plain)
                if ends and is_title_line(Line(0, plain)):
                    return part
    return None


def _continues(text: str, above: Line, line: Line) -> bool:
    """Whether ``above`` is the part of a title before ``line``: right above it, and no page furniture."""
    gap = text[above.end : line.start]
    if gap.count("\n") > 1 or re.search(r"[:：>＞|｜。;；,，]", above.plain) or len(above.plain) > 40:
        return False
    if re.search(r"(网站|首页|网)$", above.plain) or re.search(r"20\d\d-\d|〕|号$|[【】\[\]]", above.plain):
        return False
    if not _TITLE_PART.search(above.plain):
        return False
    if is_title_line(above) and is_title_line(line):
        return False
    # a letterhead above a title that names the bureau itself is no part of it
    return above.plain not in line.plain


def body_bounds(text: str, page_noise: PageNoise) -> tuple[int, int]:
    """Offsets of the report's first and behind its last character, without title, dates, signature and web page.

    Only whole lines at the head and tail are left out; where there is doubt, a line stays.
    """
    lines = list(lines_of(text))
    if not lines:
        return 0, len(text)
    title = title_lines(text)
    first = 0
    if title:
        first = next(number for number, line in enumerate(lines) if line.start == title[-1].start) + 1
    first = _skip_head(lines, first, page_noise, has_title=bool(title))
    last = _cut_tail(lines, first, page_noise)
    if last < first:
        # nothing but furniture: not for this function to judge
        return lines[0].start, lines[-1].end
    return lines[first].start, lines[last].end


def _skip_head(lines: list[Line], first: int, page_noise: PageNoise, *, has_title: bool) -> int:
    """Number of the first line of the body, at or below ``first``."""
    number = first
    while number < len(lines) - 1:
        line = lines[number]
        furniture = page_noise.head.search(line.shown) is not None and not _is_prose(line)
        company = has_title and number - first <= 4 and _is_title_company(line)
        if _HEADING.match(line.plain.lstrip("#*")) or not (furniture or company):
            break
        number += 1
    return number


def _is_title_company(line: Line) -> bool:
    """What stands between a title and its report: to whom it goes, who gives it, when, under which number."""
    if _ADDRESSEE.match(line.plain):
        # "现将有关情况报告如下:" opens the report
        return re.search(r"如下|现将|根据|按照|为", line.plain) is None
    return (
        _SIGNED_DAY.match(line.plain) is not None
        or _ORGAN_LINE.match(line.plain) is not None
        or re.fullmatch(r"[(（].{2,40}[)）]", line.plain) is not None
    )


def _cut_tail(lines: list[Line], first: int, page_noise: PageNoise) -> int:
    """Number of the last line of the body."""
    last = len(lines) - 1
    number, cut = last, last + 1
    while number > first and last - number < 60:
        line = lines[number]
        if page_noise.tail.search(line.shown) and not line.plain.endswith(("。", ";")):
            cut = number
        elif _HEADING.match(line.plain.lstrip("#*")) or _is_prose(line) or len(line.plain) > 40:
            break
        number -= 1
    signature = _signature_start(lines, first, cut)
    return signature - 1


def _signature_start(lines: list[Line], first: int, end: int) -> int:
    """Number of the first line of the signature that ends before ``end``; ``end`` if there is none."""
    number = end - 1
    if number <= first:
        return end
    line = lines[number].plain
    if _SIGNED_DAY.match(line):
        number -= 1
        while number > first and end - number <= 4 and _ORGAN_LINE.match(lines[number].plain):
            number -= 1
        return number + 1
    if _ORGAN_LINE.match(line) and len(line) <= 30 and _HEADING.match(line) is None:
        return number
    if len(line) <= 45 and (day := _DAY_TAIL.search(line)) and _ORGAN_LINE.match(line[: day.start()]):
        return number
    return end
