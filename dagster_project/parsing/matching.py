"""Which indicator a mention is: concepts found in its windows, scored against the catalogue's patterns.

Here belong concept look-up, scoring and the conversion to the indicator's unit. Reading numbers and their windows
does not; neither does any word of the field: words are seeds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from dagster_project.parsing.catalogue import Catalogue, Indicator, Pattern
from dagster_project.parsing.lexicon import Hit, Lexicon, TermIndex
from dagster_project.parsing.model import Candidate, Mapping, Mention, Period, Window

LEVEL_WEIGHT = (1.0, 0.9, 0.82, 0.74, 0.5, 0.6)
"""How much a word tells by where it stands (see ``Window.level``); set on the development reports."""
FURTHER_WINDOW = 0.04
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
_ANY_UNIT = "*"


_Sight = tuple[float, int, int, int]
"""The nearest place of a concept around a mention: its weight, its window's level, the term's length, and, within the
mention's own clause, its distance."""


class _Sights:
    """What the windows of one mention show."""

    __slots__ = ("near_words", "nearest", "places", "strangers")

    def __init__(self, places: list[tuple[int, list[Hit]]]) -> None:
        self.nearest: dict[int, _Sight] = {}
        """The nearest sight of each concept."""
        self.places = places
        """How far away each window is, in tens of levels, and its hits."""
        self.near_words = False
        """Whether a word of the lexicon stands between the number's own delimiters."""
        self.strangers = -1
        """Characters between the number's own delimiters that no term explains; counted when first asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class _Compiled:
    """A pattern with its concepts as numbers."""

    code: str
    groups: tuple[tuple[int, ...], ...]
    masks: tuple[int, ...]
    """The groups as bits."""
    wanted: frozenset[int]
    forbids: tuple[int, ...]
    vetoes: tuple[int, ...]
    bare: bool
    """Whether the pattern has no object of its own: it speaks of the nearest object, wherever that stands."""
    extra: float


class Matcher:
    """The catalogue compiled for matching."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lexicon = Lexicon(catalogue)
        self._role = [concept.role for concept in catalogue.concepts.values()]
        self._weak = frozenset(number for number, role in enumerate(self._role) if role == "weak")
        """Concepts that say nothing by themselves."""
        self._compiled = [self._compile(pattern) for pattern in catalogue.patterns]
        self._suitable: dict[tuple[str, str | None], dict[int, tuple[_Compiled, ...]]] = {}

    def find_terms(self, flat: str) -> TermIndex:
        """The terms of the lexicon, and the steward's aliases, in a flat text."""
        return TermIndex(self._lexicon, flat)

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
            if previous is not None and (
                mention.measure != "level" or self._is_comparison(mention, previous[0], mapping)
            ):
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
        keeps it: beside their total, parts have no code of their own (建议14件、提案9件，两项共23件).
        """
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
                            result[i] = self._unmapped(
                                mentions[i][0], mappings[i].candidates, f"与合计并列的分项，合计才是 {code}"
                            )
            index = run[-1] + 1
        return result

    # -- patterns ------------------------------------------------------------------------------------------------

    def _compile(self, pattern: Pattern) -> _Compiled:
        number = {code: index for index, code in enumerate(self._lexicon.codes)}
        groups = tuple(tuple(number[code] for code in group) for group in pattern.needs)
        wanted = frozenset(concept for group in groups for concept in group)
        return _Compiled(
            code=pattern.indicator_code,
            groups=groups,
            masks=tuple(_bits(group) for group in groups),
            wanted=wanted,
            forbids=tuple(sorted(number[code] for code in pattern.forbids)),
            vetoes=tuple(sorted(number[code] for code in pattern.vetoes)),
            bare=all(self._role[concept] in ("act", "rate") for concept in wanted),
            extra=EXTRA_NEED * (len(groups) - 1),
        )

    def _patterns_for(self, unit: str, department: str | None) -> dict[int, tuple[_Compiled, ...]]:
        """The patterns that take a unit in a department's report, by each concept that they need."""
        key = (unit, department)
        found = self._suitable.get(key)
        if found is None:
            listed: dict[int, list[_Compiled]] = {}
            for pattern, compiled in zip(self._catalogue.patterns, self._compiled, strict=True):
                if pattern.suits(department) and self._takes(
                    unit, self._catalogue.indicators[compiled.code], pattern.units
                ):
                    for concept in compiled.wanted:
                        listed.setdefault(concept, []).append(compiled)
            found = self._suitable[key] = {concept: tuple(patterns) for concept, patterns in listed.items()}
        return found

    def _takes(self, unit: str, indicator: Indicator, own: frozenset[str] = frozenset()) -> bool:
        """Whether a unit fits an indicator; ``own`` are the units of one pattern, which replace the
        accepted ones except for multiples of the indicator's.
        """
        if unit == _ANY_UNIT:
            return True
        if not unit:
            return indicator.unit != "%"
        if indicator.unit == "%" or unit == "%":
            return unit == indicator.unit
        accepted = self._catalogue.acceptance.get(indicator.unit, {})
        if own and accepted.get(unit, 1) == 1:
            return unit == indicator.unit or unit in own
        return unit == indicator.unit or unit in accepted

    # -- one mention ---------------------------------------------------------------------------------------------

    def _look(self, windows: tuple[Window, ...], hits: list[list[Hit]]) -> _Sights:
        """The sights of the windows, whose hits are given in the same order."""
        anchor = windows[0].char_end if windows else 0
        places: list[tuple[int, list[Hit]]] = []
        found = _Sights(places)
        sights, weak = found.nearest, self._weak
        ranks = [0] * len(LEVEL_WEIGHT)
        for (level, _, _), inside in zip(windows, hits, strict=True):
            place, weight = level * 10, LEVEL_WEIGHT[level]
            if level > 2:
                place += ranks[level]
                weight -= FURTHER_WINDOW * ranks[level]
                ranks[level] += 1
            if not inside:
                continue
            places.append((place, inside))
            if level > 1:
                for start, end, concept in inside:
                    known = sights.get(concept)
                    if known is None or weight > known[0]:
                        sights[concept] = (weight, level, end - start, 0)
                continue
            for start, end, concept in inside:
                distance = anchor - end if end <= anchor else start - anchor
                near_weight = weight - (distance if distance < 30 else 30) / 30 * DISTANCE
                known = sights.get(concept)
                if known is None or near_weight > known[0]:
                    sights[concept] = (near_weight, level, end - start, distance)
                if level == 0 and concept not in weak:
                    found.near_words = True
        return found

    def _shift(self, windows: tuple[Window, ...], hits: list[list[Hit]]) -> tuple[Window, ...]:
        """Where the number's own clause says nothing, the clause before it takes its place (…等，累计9次)."""
        for window, inside in zip(windows, hits, strict=True):
            if window.level <= 2 and any(hit[2] not in self._weak for hit in inside):
                return windows
        for index, window in enumerate(windows):
            if window.level == 3 and hits[index]:
                return (*windows[:index], window._replace(level=1), *windows[index + 1 :])
        return windows

    def _score(self, pattern: _Compiled, seen: _Sights, terms: TermIndex, windows: tuple[Window, ...]) -> float | None:
        """How well a pattern fits, without regard to the unit; ``None`` where it does not."""
        sights = seen.nearest
        total, length, nearest, closest = 0.0, 0, 9, 99
        far = False
        for group in pattern.groups:
            best: _Sight | None = None
            best_concept = -1
            for concept in group:
                sight = sights.get(concept)
                if sight is not None and (best is None or sight[0] > best[0]):
                    best, best_concept = sight, concept
            if best is None:
                return None
            weight, level, term_length, distance = best
            if level > 1:
                role = self._role[best_concept]
                if (role == "near" and level > 2) or (
                    role in _SHADOWING_ROLES and self._is_shadowed(pattern, group, best_concept, seen)
                ):
                    return None
                far = far or level > 3
            elif distance < closest:
                closest = distance
            total += weight
            length += term_length
            nearest = min(nearest, level)
        penalty = self._against(pattern, seen, nearest, closest)
        if penalty is None:
            return None
        if nearest >= 1 and seen.near_words:
            # Words between the number's own delimiters speak before those of the wider clause.
            penalty += WIDER_CLAUSE
        if nearest >= 1 or far:
            if seen.strangers < 0:
                seen.strangers = sum(terms.unknown(start, end) for level, start, end in windows if level == 0)
            limit = 1 if nearest >= 1 and len(pattern.groups) == 1 else 2 if far else 3
            if seen.strangers >= limit:
                # The number has words of its own that the lexicon does not know: it counts something else.
                penalty += STRANGE
        return total / len(pattern.groups) + pattern.extra + TERM_LENGTH * min(length, 12) - penalty

    def _is_shadowed(self, pattern: _Compiled, group: tuple[int, ...], best: int, seen: _Sights) -> bool:
        """Whether a nearer word of the same role says something else than a word beyond the clause."""
        roles, wanted = self._role, pattern.wanted
        role = roles[best]
        own = 100
        others: list[tuple[int, int]] = []
        for place, hits in seen.places:
            for start, _, concept in hits:
                if concept == best:
                    own = min(own, place)
                elif roles[concept] == role and concept not in group and (role == "act" or concept not in wanted):
                    others.append((place, start))
        nearer = [start for place, start in others if place < own]
        if not nearer:
            return False
        # The same word may express a wanted object, too.
        shared = {
            start
            for _, hits in seen.places
            for start, _, concept in hits
            if concept in wanted and roles[concept] == "obj"
        }
        return any(start not in shared for start in nearer)

    def _against(self, pattern: _Compiled, seen: _Sights, nearest: int, closest: int) -> float | None:
        """The penalty for forbidden words farther away than the pattern's own, ``None`` where they rule it out."""
        sights = seen.nearest
        for concept in pattern.vetoes:
            sight = sights.get(concept)
            if sight is not None and sight[1] <= 1:
                return None
        penalty = 0.0
        for concept in pattern.forbids:
            sight = sights.get(concept)
            if sight is None:
                continue
            _, level, _, distance = sight
            if level <= 1:
                if distance <= closest or level < nearest:
                    return None
                penalty = FARTHER_FORBIDDEN
            if pattern.bare and concept in self._nearest_objects(seen):
                return None
        return penalty

    def _nearest_objects(self, seen: _Sights) -> list[int]:
        """The objects nearest to the mention, if those stand outside its clause but in its sentence."""
        objects = [
            (place, concept) for place, hits in seen.places for _, _, concept in hits if self._role[concept] == "obj"
        ]
        nearest = min(objects, default=(0, 0))[0]
        return [concept for place, concept in objects if place == nearest] if 20 <= nearest < 40 else []

    def _map(self, terms: TermIndex, mention: Mention, windows: tuple[Window, ...], department: str | None) -> Mapping:
        if mention.scope == "upper":
            return self._unmapped(mention, (), "是上级或全国的数，不是本单位的")
        hits = [terms.within(start, end) for _, start, end in windows]
        if mention.measure == "level":
            windows = self._shift(windows, hits)
        seen = self._look(windows, hits)
        sights = seen.nearest
        unit = _unit_to_fit(mention)
        penalty = 0.0 if unit else BARE_UNIT
        patterns = self._patterns_for(unit, department)
        best: dict[str, tuple[float, _Compiled | None]] = {}
        tried: set[_Compiled] = set()
        all_seen = _bits(sights)
        # One of a pattern's words at least stands in the number's clause.
        for concept in [concept for concept, sight in sights.items() if sight[1] <= 2]:
            for pattern in patterns.get(concept, ()):
                if pattern in tried or not all(map(all_seen.__and__, pattern.masks)):
                    continue
                tried.add(pattern)
                score = self._score(pattern, seen, terms, windows)
                if score is None:
                    continue
                score -= penalty
                if score > best.get(pattern.code, (0.0, None))[0]:
                    best[pattern.code] = (score, pattern)
        for level, start, end in windows:
            for begin, stop, number in terms.aliases(start, end) if level <= 1 else ():
                code = self._catalogue.aliases[number][1]
                if self._takes(unit, self._catalogue.indicators[code]):
                    # The steward's word is taken as it stands: above any pattern of the same place.
                    score = LEVEL_WEIGHT[level] + 0.3 + TERM_LENGTH * min(stop - begin, 12) - penalty
                    if score > best.get(code, (0.0, None))[0]:
                        best[code] = (score, None)
        return self._choose(mention, best, sights)

    def _choose(
        self, mention: Mention, best: dict[str, tuple[float, _Compiled | None]], sights: dict[int, _Sight]
    ) -> Mapping:
        """The indicator with the best score, unless that is weak or hardly better than the next."""
        if not best:
            return self._unmapped(mention, (), "上下文中没有目录里的概念")
        ranked = sorted(best.items(), key=lambda item: (-item[1][0], item[0]))
        candidates = tuple(Candidate(code, round(min(score / 1.3, 1.0), 4)) for code, (score, _) in ranked[:3])
        code, (score, pattern) = ranked[0]
        for child, (child_score, child_pattern) in ranked[1:]:
            # The most specific wins: a part's own words beside the whole's.
            if self._catalogue.indicators[child].parent_code == code and child_score >= max(score - CHILD, THRESHOLD):
                code, score, pattern = child, child_score, child_pattern
                break
        if score < THRESHOLD:
            return self._unmapped(mention, candidates, f"得分 {score:.2f} 低于门槛 {THRESHOLD}")
        if (
            len(ranked) > 1
            and code == ranked[0][0]
            and score - ranked[1][1][0] < MARGIN
            and not self._related(code, ranked[1][0])
        ):
            return self._unmapped(mention, candidates, f"{code} 与 {ranked[1][0]} 难分高下")
        return self._mapped(mention, code, candidates, self._reason(pattern, sights))

    def _reason(self, pattern: _Compiled | None, sights: dict[int, _Sight]) -> str:
        if pattern is None:
            return "别名"
        codes = self._lexicon.codes
        return " + ".join(
            "/".join(codes[concept] for concept in group if concept in sights) for group in pattern.groups
        )

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
            return (
                "as_of"
                if indicator.period_default == "as_of" and mention.period == "year" and indicator.kind == "stock"
                else mention.period
                if mention.period_explicit
                else "year"
            )
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
            while (
                first > 0
                and mentions[first - 1][0].measure != "level"
                and mentions[first - 1][0].clause_group == mention.clause_group
            ):
                first -= 1
            while (
                last + 1 < len(mentions)
                and mentions[last + 1][0].measure != "level"
                and mentions[last + 1][0].clause_group == mention.clause_group
            ):
                last += 1
        back = first - (last - first + 1) + (index - first) if last > first else index - 1
        steps = 0
        while back >= 0 and steps < 4:
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
        if mention.measure == "yoy_abs" and mention.unit_plain and not self._takes(_unit_to_fit(mention), indicator):
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


def _unit_to_fit(mention: Mention) -> str:
    """A growth rate may be any indicator's."""
    return _ANY_UNIT if mention.measure == "yoy_pct" or mention.unit_plain == "个百分点" else mention.unit_plain


def _bits(concepts: Iterable[int]) -> int:
    bits = 0
    for concept in concepts:
        bits |= 1 << concept
    return bits
