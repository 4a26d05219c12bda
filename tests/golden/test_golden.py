"""Whole reports: the five against their golden files, and the annotated sets against the figures promised.

Here belong checks on whole texts; single phrasings have their tables under ``tests/unit``.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from dagster_project.evaluation import GOLDEN, Expected, Found, Score, f1, pair, score_folder
from dagster_project.ingest import Reader
from dagster_project.parsing.catalogue import load_catalogue
from dagster_project.parsing.extract import Extractor
from dagster_project.parsing.model import SourceText
from dagster_project.review_files import load_steward_files
from dagster_project.settings import PROJECT_ROOT, Settings
from tests.tools.golden import difference, reports


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The repository's own reports, with caches in a temporary folder."""
    base = Settings.from_environment()
    folder = tmp_path_factory.mktemp("warehouse")
    return dataclasses.replace(base, raw_dir=PROJECT_ROOT / "raw", warehouse_dir=folder)


@pytest.fixture(scope="session")
def reader(settings: Settings) -> Reader:
    return Reader(settings)


@pytest.mark.parametrize("path", reports(), ids=lambda path: path.stem)
def test_extraction_equals_its_golden_file(reader: Reader, settings: Settings, path: Path) -> None:
    lines = difference(reader, path, settings)
    assert not lines, "\n".join([*lines[:40], "python -m tests.tools.golden shows all; --write rewrites the files"])


@pytest.fixture(scope="session")
def real(reader: Reader, settings: Settings) -> Score:
    return score_folder(reader, GOLDEN / "real", PROJECT_ROOT / "raw", None, settings)


def test_the_five_reports_are_identified(real: Score) -> None:
    assert dict(real.identity) == {"bureau": 5, "division_code": 5, "year": 5, "doc_kind": 5}


def test_mentions_of_the_five_reports(real: Score) -> None:
    assert f1(real.precision(), real.recall()) >= 0.99, real.details


def test_indicators_of_the_five_reports(real: Score) -> None:
    assert f1(real.mapped_precision(), real.mapped_recall()) >= 0.97, real.details


@pytest.mark.parametrize(
    ("attribute", "least"),
    [("qualifier", 0.97), ("status", 0.97), ("measure", 0.97), ("year", 0.97), ("period", 0.90), ("unit", 0.97)],
)
def test_attributes_of_the_five_reports(real: Score, attribute: str, least: float) -> None:
    assert real.right[attribute] / real.matched >= least, real.details


def _expected(value: float, quote: str) -> Expected:
    return Expected(quote, 0, 0, value, {"unit": "件"})


def _found(value: float, sentence: str) -> Found:
    return Found(sentence, "12件", 0, 3, value, {"unit": "件"})


def test_a_pair_needs_the_same_value_and_the_same_place() -> None:
    expected = [_expected(12, "查处案件12件"), _expected(13, "移送案件13件")]
    found = [_found(13, "全年查处案件12件"), _found(12, "全年查处案件12件"), _found(13, "办结许可13件")]
    pairs, missed, extra = pair(expected, found)
    assert pairs == [(0, 1)]
    assert missed == [1]
    assert extra == [0, 2]


def test_each_mention_is_used_once() -> None:
    expected = [_expected(12, "查处案件12件"), _expected(12, "查处案件12件")]
    pairs, missed, _ = pair(expected, [_found(12, "全年查处案件12件")])
    assert len(pairs) == 1
    assert len(missed) == 1


@pytest.mark.parametrize("path", reports(), ids=lambda path: path.stem)
def test_matching_again_gives_the_same(reader: Reader, settings: Settings, path: Path) -> None:
    register = {line.file_name: line for line in load_steward_files(settings).register}
    source, identity, extraction = reader.read(path.read_bytes(), path.name, register.get(path.name))
    again = reader.extractor.remap(source.text, extraction.mentions, identity.department)
    assert again == extraction.mappings


def test_a_new_alias_maps_what_was_unmapped(reader: Reader) -> None:
    catalogue = load_catalogue(PROJECT_ROOT / "dbt" / "seeds" / "catalogue")
    text = "全年开展交心夜话17次。"
    source = SourceText(text, "txt", "utf-8", 0, len(text))
    before = Extractor(catalogue).extract(source, 2024, "annual_report")
    assert [mapping.indicator_code for mapping in before.mappings] == [None]
    wider = dataclasses.replace(catalogue, aliases=(*catalogue.aliases, ("交心夜话", "publicity_symposia")))
    after = Extractor(wider).remap(text, before.mentions)
    assert [mapping.indicator_code for mapping in after] == ["publicity_symposia"]
