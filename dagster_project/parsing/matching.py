"""Which indicator a mention is: concepts found in its windows, scored against the catalogue's patterns.

Here belong concept look-up, scoring and the conversion to the indicator's unit. Reading numbers and their windows
does not; neither does any word of the field: words are seeds.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ahocorasick_rs import AhoCorasick

from dagster_project.parsing.catalogue import Catalogue, Indicator, Pattern
from dagster_project.parsing.model import Candidate, Mapping, Mention, Period, Window
from dagster_project.parsing.textmap import fold

LEVEL_WEIGHT = (1.0, 0.9, 0.82, 0.74, 0.5, 0.6)
"""How much a word tells by where it stands (see ``Window.level``); set on the development reports."""
EXTRA_NEED = 0.12
TERM_LENGTH = 0.008
DISTANCE = 0.03
FARTHER_FORBIDDEN = 0.26
WIDER_CLAUSE = 0.12
STRANGE = 0.3
CHILD = 0.08
BARE_UNIT = 0.1
ALIAS_NEED = 0.08
THRESHOLD = 0.78
"""Below this a mention stays unmapped: a wrong code costs a user more than an empty one."""
MARGIN = 0.015
_SHADOWING_ROLES = frozenset(("act", "obj"))
_CROSSING = 12
_FUNCTION_WORDS = re.compile(
    r"今年以来|年初以来|一年来|20[0-9]{2}年度?|其中|全年|全市|全县|全区|我局|本局|全局|分别|累计|共计|合计|总计|达到|目前|现有|均已|已经|先后|全部|以上|左右"
    r"|同比|较上年|比上年|增长|下降|增加|减少|上升|完成|开展|组织|进行|实现|实施|实际|各类|各种|各项|有关|相关|其他|有效|领域|行业|方面|环节|情况|数量|件数|次数|人数|共|约|近|超|逾|为|了|已|各|均|另|还|并|余|的|由|从|至|到|是|有|仅|达|对|将|也|年|月|日|在|以|与|和|及|等|全|后|前|中|内"
)
_CONTENT = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Hit:
    """A concept's term at flat offsets."""

    start: int
    end: int
    concept: str


class TermIndex:
    """All terms of a text, found once; a term inside a longer term is not counted."""

    __slots__ = ("aliases", "flat", "hits", "starts")

    def __init__(self, flat: str, hits: list[Hit], aliases: list[Hit]) -> None:
        self.flat = flat
        self.hits = hits
        self.starts = [hit.start for hit in hits]
        self.aliases = aliases

    def within(self, start: int, end: int) -> list[Hit]:
        """The hits that end between two flat offsets; a term may begin before (建议、提案 across a 、)."""
        found = []
        for index in range(bisect_left(self.starts, start - _CROSSING), len(self.hits)):
            hit = self.hits[index]
            if hit.start >= end:
                break
            if start < hit.end <= end:
                found.append(hit)
        return found


    def unknown(self, start: int, end: int) -> int:
        """How many characters between two offsets are content that no term of the lexicon explains."""
        if end <= start:
            return 0
        left = list(self.flat[start:end])
        for hit in self.within(start, end):
            for position in range(max(hit.start, start), hit.end):
                left[position - start] = "、"
        return len(_CONTENT.findall(_FUNCTION_WORDS.sub("、", "".join(left))))


@dataclass(frozen=True, slots=True)
class _Sight:
    """The nearest place of a concept around a mention."""

    weight: float
    level: int
    length: int
    distance: int


class Matcher:
    """The catalogue compiled for matching."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._concept_terms: list[tuple[str, ...]] = []
        vocabulary: dict[str, list[str]] = {}
        for concept in catalogue.concepts.values():
            for term in concept.terms:
                vocabulary.setdefault(fold(term).replace(" ", ""), []).append(concept.code)
        self._terms = list(vocabulary)
        self._concepts_of = [tuple(vocabulary[term]) for term in self._terms]
        self._automaton = AhoCorasick(self._terms)
        self._alias_codes = [code for _, code in catalogue.aliases]
        self._alias_automaton = AhoCorasick([fold(alias) for alias, _ in catalogue.aliases]) if catalogue.aliases else None
        self._role = {code: concept.role for code, concept in catalogue.concepts.items()}
        self._by_concept: dict[str, list[int]] = {}
        for number, pattern in enumerate(catalogue.patterns):
            for concept in pattern.needs[0]:
                self._by_concept.setdefault(concept, []).append(number)

    def find_terms(self, flat: str) -> TermIndex:
        """All terms of the lexicon, and the steward's aliases, in a flat text."""
        raw = sorted(
            ((start, end, index) for index, start, end in self._automaton.find_matches_as_indexes(flat, overlapping=True)),
            key=lambda item: (item[0], -item[1]),
        )
        hits: list[Hit] = []
        reach = -1
        for start, end, index in raw:
            if end <= reach:
                continue
            reach = end
            hits.extend(Hit(start, end, concept) for concept in self._concepts_of[index])
        aliases: list[Hit] = []
        if self._alias_automaton is not None:
            aliases = [
                Hit(start, end, self._alias_codes[index])
                for index, start, end in self._alias_automaton.find_matches_as_indexes(flat, overlapping=True)
            ]
        return TermIndex(flat, hits, aliases)

    def map_all(
        self, terms: TermIndex, mentions: Sequence[tuple[Mention, tuple[Window, ...]]], department: str | None = None
    ) -> list[Mapping]:
        """One mapping for each mention, in order; ``windows`` are given in flat offsets.

        A growth figure without words of its own takes the indicator of the figure that it follows, and a part never
        takes the indicator of its stated whole.
        """
        mappings: list[Mapping] = []
        for index, (mention, windows) in enumerate(mentions):
            mapping = self._map(terms, mention, windows, department)
            previous = self._previous(mentions, mappings, index)
            if previous is not None and (mention.measure != "level" or self._is_comparison(mention, previous[0], mapping)):
                mapping = self._follow(mention, mapping, previous)
            elif mention.is_part and mapping.indicator_code is not None:
                whole = self._whole(mentions, mappings, index)
                if whole == mapping.indicator_code:
                    mapping = self._unmapped(mention, mapping.candidates, f"其中的一部分，不等于整体 {whole}")
            mappings.append(mapping)
        return self._without_parts(mentions, mappings)

    def _without_parts(
        self, mentions: Sequence[tuple[Mention, tuple[Window, ...]]], mappings: list[Mapping]
    ) -> list[Mapping]:
        """Of three or more neighbouring figures of one indicator of which one is the sum of the others, only the sum
        keeps it: beside their total, parts have no code of their own (建议14件、提案9件，两项共23件)."""
        result = list(mappings)
        index = 0
        while index < len(mentions):
            code, first = mappings[index].indicator_code, mentions[index][0]
            run = [index]
            while (
                code is not None
                and run[-1] + 1 < len(mentions)
                and mappings[run[-1] + 1].indicator_code == code
                and mentions[run[-1] + 1][0].clause_group - first.clause_group <= 1
                and mentions[run[-1] + 1][0].measure == first.measure == "level"
                and mentions[run[-1] + 1][0].year == first.year
            ):
                run.append(run[-1] + 1)
            if len(run) >= 3:
                values = [mappings[i].value for i in run]
                total = max(values)
                if total > 0 and sum(values) == 2 * total and values.count(total) == 1:
                    for i in run:
                        if mappings[i].value != total:
                            result[i] = self._unmapped(mentions[i][0], mappings[i].candidates, f"与合计并列的分项，合计才是 {code}")
            index = run[-1] + 1
        return result

    # -- one mention ---------------------------------------------------------------------------------------------

    def _sights(self, terms: TermIndex, windows: tuple[Window, ...]) -> tuple[dict[str, _Sight], dict[str, list[tuple[int, str, int]]]]:
        """The nearest sight of each concept, and for each shadowing role its concepts by level."""
        anchor = windows[0].char_end if windows else 0
        sights: dict[str, _Sight] = {}
        roles: dict[str, list[tuple[int, str, int]]] = {"act": [], "obj": [], "near": []}
        seen_at: dict[int, int] = {}
        for window in windows:
            rank = seen_at.get(window.level, 0)
            seen_at[window.level] = rank + 1
            base = LEVEL_WEIGHT[window.level] - (0.04 * rank if window.level >= 3 else 0.0)
            for hit in terms.within(window.char_start, window.char_end):
                distance = anchor - hit.end if hit.end <= anchor else hit.start - anchor
                weight = base - (min(distance, 30) / 30 * DISTANCE if window.level <= 1 else 0.0)
                known = sights.get(hit.concept)
                if known is None or weight > known.weight:
                    sights[hit.concept] = _Sight(weight, window.level, hit.end - hit.start, distance)
                role = self._role[hit.concept]
                if window.level == 0 and role != "weak":
                    roles["near"].append((0, hit.concept, hit.start))
                if role in _SHADOWING_ROLES:
                    roles[role].append((window.level * 10 + (rank if window.level >= 3 else 0), hit.concept, hit.start))
        return sights, roles

    def _shift(self, terms: TermIndex, windows: tuple[Window, ...]) -> tuple[Window, ...]:
        """Where the number's own clause says nothing, the clause before it takes its place (…等，累计9次)."""
        if any(
            self._role[hit.concept] != "weak"
            for window in windows
            if window.level <= 2
            for hit in terms.within(window.char_start, window.char_end)
        ):
            return windows
        for index, window in enumerate(windows):
            if window.level == 3 and terms.within(window.char_start, window.char_end):
                moved = Window(1, window.char_start, window.char_end)
                return (*windows[:index], moved, *windows[index + 1 :])
        return windows

    def _score(
        self, pattern: Pattern, sights: dict[str, _Sight], roles: dict[str, list[tuple[int, str, int]]], strange: int
    ) -> float | None:
        total, length, nearest, closest = 0.0, 0, 9, 99
        far = False
        wanted = {concept for group in pattern.needs for concept in group}
        for group in pattern.needs:
            best: _Sight | None = None
            best_concept = ""
            for concept in group:
                sight = sights.get(concept)
                if sight is not None and (best is None or sight.weight > best.weight):
                    best, best_concept = sight, concept
            if best is None:
                return None
            role = self._role[best_concept]
            if role == "near" and best.level > 2:
                return None
            if role in _SHADOWING_ROLES and best.level >= 2:
                # A nearer word of the same role says something else.
                own = min(place for place, concept, _ in roles[role] if concept == best_concept)
                spots = {start for _, concept, start in roles["obj"] if concept in wanted}
                if any(
                    place < own and start not in spots and (concept not in wanted or role == "act") and concept not in group
                    for place, concept, start in roles[role]
                ):
                    return None
            far = far or best.level >= 4
            total += best.weight
            length += best.length
            nearest = min(nearest, best.level)
            if best.level <= 1:
                closest = min(closest, best.distance)
        if nearest > 2:
            return None
        # A pattern without an object of its own speaks of the nearest object, wherever that stands.
        bare = not any(self._role[concept] not in ("act", "rate") for concept in wanted)
        nearest_object = min((place for place, _, _ in roles["obj"]), default=-1) if bare else -1
        penalty = 0.0
        for concept in pattern.vetoes:
            sight = sights.get(concept)
            if sight is not None and sight.level <= 1:
                return None
        for concept in pattern.forbids:
            sight = sights.get(concept)
            if sight is not None and sight.level <= 1:
                if sight.distance <= closest or sight.level < nearest:
                    return None
                penalty = FARTHER_FORBIDDEN
            if bare and 20 <= nearest_object < 40 and any(place == nearest_object and found == concept for place, found, _ in roles["obj"]):
                return None
        count = len(pattern.needs)
        if nearest >= 1 and roles["near"]:
            # Words between the number's own delimiters speak before those of the wider clause.
            penalty += WIDER_CLAUSE
        if (nearest >= 1 and strange >= (1 if len(pattern.needs) == 1 else 3)) or (far and strange >= 2):
            # The number has words of its own that the lexicon does not know: it counts something else.
            penalty += STRANGE
        return total / count + EXTRA_NEED * (count - 1) + TERM_LENGTH * min(length, 12) - penalty

    def _accepts(self, pattern: Pattern | None, indicator: Indicator, mention: Mention) -> float | None:
        """A penalty when the unit fits the indicator, ``None`` when it does not."""
        unit = mention.unit_plain
        if mention.measure == "yoy_pct" or unit == "个百分点":
            return 0.0
        if not unit:
            return BARE_UNIT if indicator.unit != "%" else None
        if indicator.unit == "%" or unit == "%":
            return 0.0 if unit == indicator.unit else None
        if pattern is not None and pattern.units:
            scaled = self._catalogue.acceptance.get(indicator.unit, {}).get(unit, Decimal(1)) != 1
            return 0.0 if unit in pattern.units or unit == indicator.unit or scaled else None
        return 0.0 if unit == indicator.unit or unit in self._catalogue.acceptance.get(indicator.unit, {}) else None

    def _map(self, terms: TermIndex, mention: Mention, windows: tuple[Window, ...], department: str | None) -> Mapping:
        if mention.measure == "level":
            windows = self._shift(terms, windows)
        sights, roles = self._sights(terms, windows)
        strange = sum(terms.unknown(w.char_start, w.char_end) for w in windows if w.level == 0)
        best: dict[str, tuple[float, str]] = {}
        tried: set[int] = set()
        for concept in sights:
            for number in self._by_concept.get(concept, ()):
                if number in tried:
                    continue
                tried.add(number)
                pattern = self._catalogue.patterns[number]
                if not pattern.suits(department):
                    continue
                indicator = self._catalogue.indicators[pattern.indicator_code]
                penalty = self._accepts(pattern, indicator, mention)
                if penalty is None:
                    continue
                score = self._score(pattern, sights, roles, strange)
                if score is None:
                    continue
                score -= penalty
                if score > best.get(pattern.indicator_code, (0.0, ""))[0]:
                    best[pattern.indicator_code] = (score, " + ".join("/".join(c for c in group if c in sights) for group in pattern.needs))
        for alias in terms.aliases:
            for window in windows:
                if window.level <= 1 and window.char_start <= alias.start and alias.end <= window.char_end:
                    indicator = self._catalogue.indicators[alias.concept]
                    penalty = self._accepts(None, indicator, mention)
                    if penalty is not None:
                        # The steward's word is taken as it stands: above any pattern of the same place.
                        score = LEVEL_WEIGHT[window.level] + 0.3 + TERM_LENGTH * min(alias.end - alias.start, 12) - penalty
                        if score > best.get(alias.concept, (0.0, ""))[0]:
                            best[alias.concept] = (score, "别名")
        ranked = sorted(best.items(), key=lambda item: (-item[1][0], item[0]))
        candidates = tuple(Candidate(code, round(min(score / 1.3, 1.0), 4)) for code, (score, _) in ranked[:3])
        if not ranked:
            return self._unmapped(mention, (), "上下文中没有目录里的概念")
        code, (score, reason) = ranked[0]
        for child, (child_score, child_reason) in ranked[1:]:
            # The most specific wins: a part's own words beside the whole's.
            if self._catalogue.indicators[child].parent_code == code and child_score >= max(score - CHILD, THRESHOLD):
                code, score, reason = child, child_score, child_reason
                break
        if score < THRESHOLD:
            return self._unmapped(mention, candidates, f"得分 {score:.2f} 低于门槛 {THRESHOLD}")
        if len(ranked) > 1 and code == ranked[0][0] and score - ranked[1][1][0] < MARGIN and not self._related(code, ranked[1][0]):
            return self._unmapped(mention, candidates, f"{code} 与 {ranked[1][0]} 难分高下")
        return self._mapped(mention, code, candidates, reason)

    def _related(self, one: str, other: str) -> bool:
        indicators = self._catalogue.indicators
        return indicators[one].parent_code == other or indicators[other].parent_code == one

    # -- values in the light of the indicator --------------------------------------------------------------------

    def _mapped(self, mention: Mention, code: str, candidates: tuple[Candidate, ...], reason: str) -> Mapping:
        indicator = self._catalogue.indicators[code]
        value, unit = mention.value_plain, mention.unit_plain
        if mention.measure == "yoy_pct" or unit == "个百分点":
            unit = "倍" if unit == "倍" else "%"
        elif unit != indicator.unit:
            value *= self._catalogue.acceptance.get(indicator.unit, {}).get(unit, Decimal(1))
            unit = indicator.unit
        score = next((candidate.score for candidate in candidates if candidate.indicator_code == code), None)
        return Mapping(code, score, candidates, value, unit, self._period(mention, indicator), reason)

    @staticmethod
    def _period(mention: Mention, indicator: Indicator) -> Period:
        if mention.period_explicit and mention.period in ("month", "multi_year"):
            return mention.period
        if mention.status != "actual":
            return "as_of" if indicator.period_default == "as_of" and mention.period == "year" and indicator.kind == "stock" else mention.period if mention.period_explicit else "year"
        if indicator.kind == "stock" or indicator.period_default == "as_of":
            return "month" if mention.period == "month" else "as_of"
        if mention.period == "month":
            # A flow told of an event in some month is still the year's; a rate is the month's.
            return "month" if indicator.kind == "ratio" else "year"
        return mention.period

    @staticmethod
    def _unmapped(mention: Mention, candidates: tuple[Candidate, ...], reason: str) -> Mapping:
        unit = "%" if mention.unit_plain == "个百分点" else mention.unit_plain
        period = mention.period if mention.period != "month" or mention.period_explicit else "year"
        return Mapping(None, None, candidates, mention.value_plain, unit, period, reason)

    # -- neighbours ----------------------------------------------------------------------------------------------

    @staticmethod
    def _previous(
        mentions: Sequence[tuple[Mention, tuple[Window, ...]]], mappings: list[Mapping], index: int
    ) -> tuple[Mention, Mapping] | None:
        """The nearest level figure before ``index`` in its sentence."""
        mention = mentions[index][0]
        first = last = index
        if mention.measure != "level":
            # 立案、处罚、罚款 …, 同比分别上升 a、b、c: the i-th change belongs to the i-th of as many figures.
            while first > 0 and mentions[first - 1][0].measure != "level" and mentions[first - 1][0].clause_group == mention.clause_group:
                first -= 1
            while last + 1 < len(mentions) and mentions[last + 1][0].measure != "level" and mentions[last + 1][0].clause_group == mention.clause_group:
                last += 1
        back = first - (last - first + 1) + (index - first) if last > first else index - 1
        steps = 0
        while 0 <= back and steps < 4:
            earlier = mentions[back][0]
            if earlier.clause_group != mention.clause_group:
                return None
            if earlier.measure == "level":
                return earlier, mappings[back]
            back, steps = back - 1, steps + 1
        return None

    @staticmethod
    def _is_comparison(mention: Mention, earlier: Mention, mapping: Mapping) -> bool:
        """与上年的58件相比: a level of the year before that repeats the unit of the figure it is compared with."""
        return (
            mapping.indicator_code is None
            and mention.year is not None
            and earlier.year is not None
            and mention.year == earlier.year - 1
            and mention.unit_plain == earlier.unit_plain
        )

    def _follow(self, mention: Mention, mapping: Mapping, previous: tuple[Mention, Mapping]) -> Mapping:
        code = previous[1].indicator_code
        own = {candidate.indicator_code for candidate in mapping.candidates}
        if code is None or mapping.indicator_code is not None or (own and code not in own):
            return mapping
        indicator = self._catalogue.indicators[code]
        if mention.measure == "yoy_abs" and mention.unit_plain and self._accepts(None, indicator, mention) is None:
            return mapping
        return self._mapped(mention, code, (Candidate(code, 0.8), *mapping.candidates[:2]), "随前面的数")

    @staticmethod
    def _whole(
        mentions: Sequence[tuple[Mention, tuple[Window, ...]]], mappings: list[Mapping], index: int
    ) -> str | None:
        """The indicator of the stated whole: the nearest level figure before the part that is no part itself."""
        mention = mentions[index][0]
        for back in range(index - 1, -1, -1):
            earlier = mentions[back][0]
            if earlier.clause_group != mention.clause_group:
                return None
            if not earlier.is_part and earlier.measure == "level":
                return mappings[back].indicator_code
        return None
