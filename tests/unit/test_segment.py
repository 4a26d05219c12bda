"""Both segmenters cut alike, and jieba's own cut is what the one pass reproduces."""

from __future__ import annotations

import random
import re
from pathlib import Path

import jieba
import pytest

from dagster_project.parsing.catalogue import Catalogue, load_catalogue
from dagster_project.parsing.extract import Extractor
from dagster_project.parsing.model import SourceText
from dagster_project.parsing.segment import Cut, load_segmenter

ROOT = Path(__file__).resolve().parents[2]
FILES = [*sorted((ROOT / "raw").glob("*.txt")), *sorted((ROOT / "tests/golden/written").glob("*/*.txt"))]
TEXTS = [path.read_text(encoding="utf-8-sig") for path in FILES]
WORD = re.compile(r"[\u4e00-\u9fffA-Za-z0-9]")
WORDS = ("查处率", "超限超载", "双随机", "法治政府", "堵点")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(ROOT / "dbt/seeds/catalogue")


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Cut:
    return load_segmenter("jieba", WORDS, tmp_path_factory.mktemp("cache"))


def test_cuts_as_jieba_does(cut: Cut) -> None:
    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    for word in WORDS:
        if not tokenizer.FREQ.get(word):
            tokenizer.add_word(word, 30)
    chance = random.Random(3)
    for _ in range(3000):
        text = chance.choice(TEXTS)
        start = chance.randrange(len(text))
        piece = text[start : start + chance.randrange(1, 30)]
        expected = [word for word in tokenizer.lcut(piece, HMM=False) if WORD.match(word)]
        assert [word for word in cut(piece) if WORD.match(word)] == expected, piece


@pytest.mark.parametrize("text", ["", "，。", "5A级景区3家", "\u9fd6吨", "A-1.5%"])
def test_keeps_every_character_of_words(cut: Cut, text: str) -> None:
    assert "".join(cut(text)) == "".join(char for char in text if char not in "，。")


def test_rjieba_gives_the_same_mentions_and_mappings(catalogue: Catalogue, tmp_path: Path) -> None:
    one = Extractor(catalogue, cache_dir=tmp_path)
    other = Extractor(catalogue, segmenter="rjieba")
    for text in TEXTS:
        source = SourceText(text, "txt", "utf-8", 0, len(text))
        assert one.extract(source, 2023, "annual_report") == other.extract(source, 2023, "annual_report")


def test_unknown_segmenter() -> None:
    with pytest.raises(ValueError, match="magic"):
        load_segmenter("magic", (), None)
