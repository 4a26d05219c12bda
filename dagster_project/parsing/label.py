"""The text's own words for what a mention counts, cut at word boundaries.

Here belongs the choice of words for the label. Indicators do not depend on it; cutting words is ``segment``'s.
"""

from __future__ import annotations

import re
from pathlib import Path

from dagster_project.parsing.catalogue import Catalogue
from dagster_project.parsing.context import Context
from dagster_project.parsing.scan import Quantity
from dagster_project.parsing.segment import Cut, load_segmenter

_TAIL = 18
_HEAD = 14
_LIMIT = 16
_DROP = frozenset(
    "的 了 共 共计 累计 合计 总计 总共 达 达到 为 约 近 超过 超 逾 突破 不少于 至少 不低于 不超过 其中 全年 "
    "今年 今年以来 年初 以来 截至 目前 已 均 各 分别 年 月 日 我局 本局 全 并 对 将 以 与 和 及 等 在 于 由 从 到 "
    "至 是 有 个 余 多 "
    "同比 增长 下降 增加 减少 较 比 上年 去年 共有 仅 仅有 另 另有 还 也 都 就 后 前 进行 开展".split()
)
_WORD = re.compile(r"[\u4e00-\u9fffA-Za-z0-9]")


class Labeller:
    """Makes labels; the segmenter is loaded at the first one, not before."""

    def __init__(self, catalogue: Catalogue, segmenter: str, cache_dir: Path | None) -> None:
        self._words = catalogue.label_words
        self._segmenter = segmenter
        self._cache_dir = cache_dir
        self._cut: Cut | None = None

    def label(self, flat: str, quantity: Quantity, context: Context) -> str:
        """Up to 16 characters: the words before the number, or those behind it where none stand before."""
        near = context.windows[0]
        before = self._trim(flat[max(near.char_start, near.char_end - _TAIL) : near.char_end], from_end=True)
        after = ""
        if len(context.windows) > 1 and context.windows[1].level == 0 and len(before) < 4:
            behind = context.windows[1]
            after = self._trim(
                flat[behind.char_start : min(behind.char_end, behind.char_start + _HEAD)], from_end=False
            )
        return (before + after)[:_LIMIT] or self._trim(
            flat[context.clause_start : quantity.start][-_TAIL:], from_end=True
        )[:_LIMIT]

    def _trim(self, words: str, *, from_end: bool) -> str:
        if not words or not _WORD.search(words):
            return ""
        if self._cut is None:
            self._cut = load_segmenter(self._segmenter, self._words, self._cache_dir)
        tokens = [token for token in self._cut(words) if _WORD.search(token)]
        while tokens and (tokens[-1] in _DROP or tokens[-1].isdigit()):
            tokens.pop()
        while tokens and (tokens[0] in _DROP or tokens[0].isdigit()):
            tokens.pop(0)
        kept: list[str] = []
        length = 0
        for token in reversed(tokens) if from_end else tokens:
            if length + len(token) > _LIMIT:
                break
            kept.append(token)
            length += len(token)
        return "".join(reversed(kept)) if from_end else "".join(kept)
