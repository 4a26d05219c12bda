"""Where the lexicon's terms stand in a text, looked up sentence by sentence as far as somebody asks.

Here belong the automaton over all terms and the hits of a stretch of text. What the hits say about a number does not:
that is ``matching``.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from ahocorasick_rs import AhoCorasick

from dagster_project.parsing.catalogue import Catalogue
from dagster_project.parsing.textmap import fold

Hit = tuple[int, int, int]
"""A term at flat offsets, start and end, and the number of the concept that it expresses."""

_STOP = re.compile(r"[。!?;\n]")
"""No term reaches over one of these, so that a sentence's hits depend on the sentence alone."""
_FUNCTION_WORDS = re.compile(
    r"今年以来|年初以来|一年来|20[0-9]{2}年度?|其中|全年|全市|全县|全区|我局|本局|全局|分别|累计|共计|合计|总计|达到|目前|现有|均已|已经|先后|全部|以上|左右"
    r"|同比|较上年|比上年|增长|下降|增加|减少|上升|完成|开展|组织|进行|实现|实施|实际|各类|各种|各项|有关|相关|其他|有效|领域|行业|方面|环节|情况|数量|件数|次数|人数|共|约|近|超|逾|为|了|已|各|均|另|还|并|余|的|由|从|至|到|是|有|仅|达|对|将|也|年|月|日|在|以|与|和|及|等|全|后|前|中|内"
)
_CONTENT = re.compile(r"[\u4e00-\u9fff]")


class Lexicon:
    """All terms of a catalogue; concepts are numbered in the order of ``codes``."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.codes = tuple(catalogue.concepts)
        vocabulary: dict[str, list[int]] = {}
        for number, concept in enumerate(catalogue.concepts.values()):
            for term in concept.terms:
                vocabulary.setdefault(fold(term).replace(" ", ""), []).append(number)
        self._concepts_of = [tuple(numbers) for numbers in vocabulary.values()]
        self._automaton = AhoCorasick(list(vocabulary))
        self._aliases = AhoCorasick([fold(alias) for alias, _ in catalogue.aliases]) if catalogue.aliases else None

    def hits(self, words: str, offset: int) -> list[Hit]:
        """The terms in ``words``, which begin at ``offset``; a term inside a longer one is not counted."""
        kept: list[tuple[int, int, int]] = []
        # The automaton reports matches by their end, longer ones first.
        for index, start, end in self._automaton.find_matches_as_indexes(words, overlapping=True):
            while kept and kept[-1][0] >= start:
                kept.pop()
            if not kept or kept[-1][1] != end:
                kept.append((start, end, index))
        concepts_of = self._concepts_of
        return [(start + offset, end + offset, concept) for start, end, index in kept for concept in concepts_of[index]]

    def aliases(self, flat: str) -> list[Hit]:
        """The steward's aliases in a text, by their start; numbered as the catalogue lists them."""
        if self._aliases is None:
            return []
        matches = self._aliases.find_matches_as_indexes(flat, overlapping=True)
        return sorted((start, end, number) for number, start, end in matches)


class TermIndex:
    """The terms of one flat text. A sentence is searched when a window first touches it, and only once."""

    def __init__(self, lexicon: Lexicon, flat: str) -> None:
        self._lexicon = lexicon
        self._flat = flat
        self._starts = [0, *(match.end() for match in _STOP.finditer(flat))]
        self._sentences: dict[int, tuple[list[Hit], list[int]]] = {}
        self._within: dict[tuple[int, int], list[Hit]] = {}
        self._aliases = lexicon.aliases(flat)

    def within(self, start: int, end: int) -> list[Hit]:
        """The hits that end between two flat offsets, in order; a term may begin before (建议、提案 across a 、)."""
        found = self._within.get((start, end))
        if found is None:
            number = bisect_right(self._starts, start) - 1
            found = []
            while number < len(self._starts) and self._starts[number] < end:
                hits, ends = self._sentences.get(number) or self._search(number)
                found += hits[bisect_right(ends, start) : bisect_right(ends, end)]
                number += 1
            self._within[start, end] = found
        return found

    def aliases(self, start: int, end: int) -> Sequence[Hit]:
        """The aliases that stand between two flat offsets."""
        if not self._aliases:
            return ()
        first, last = bisect_left(self._aliases, (start,)), bisect_left(self._aliases, (end,))
        return [alias for alias in self._aliases[first:last] if alias[1] <= end]

    def unknown(self, start: int, end: int) -> int:
        """How many characters between two offsets are content that no term of the lexicon explains."""
        pieces: list[str] = []
        position = start
        for begin, stop, _ in self.within(start, end):
            if begin > position:
                pieces.append(self._flat[position:begin])
            position = stop
        pieces.append(self._flat[position:end])
        return len(_CONTENT.findall(_FUNCTION_WORDS.sub("、", "、".join(pieces))))

    def _search(self, number: int) -> tuple[list[Hit], list[int]]:
        start = self._starts[number]
        end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self._flat)
        hits = self._lexicon.hits(self._flat[start:end], start)
        self._sentences[number] = found = (hits, [hit[1] for hit in hits])
        return found
