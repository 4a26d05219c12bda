"""Time grows with the length of a text and no faster, whatever its lines and sentences look like: ratios only."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dagster_project.parsing.catalogue import load_catalogue
from dagster_project.parsing.extract import Extractor
from dagster_project.parsing.model import SourceText

ROOT = Path(__file__).resolve().parents[2]
REPORT = (ROOT / "raw/luxian_2024.txt").read_text(encoding="utf-8-sig")
SHAPES: dict[str, Callable[[int], str]] = {
    "reports one after the other": lambda times: REPORT * times,
    "one line without end": lambda times: REPORT.replace("\n", "") * times,
    "one sentence without end": lambda times: "检查车辆5辆次，" * (times * 150),
    "a list without end": lambda times: "1件、" * (times * 150),
    "a table without end": lambda times: "|项目|数量（件）|\n" + "|行政处罚案件|12|\n" * (times * 60),
    "brackets never closed": lambda times: "处理（立案3件，" * (times * 80),
}


@pytest.fixture(scope="module")
def extractor(tmp_path_factory: pytest.TempPathFactory) -> Extractor:
    made = Extractor(load_catalogue(ROOT / "dbt/seeds/catalogue"), cache_dir=tmp_path_factory.mktemp("cache"))
    made.extract(SourceText(REPORT, "txt", "utf-8", 0, len(REPORT)), 2024, "annual_report")
    return made


@pytest.mark.parametrize("shape", SHAPES)
def test_linear(extractor: Extractor, shape: str) -> None:
    def seconds_per_char(times: int) -> float:
        text = SHAPES[shape](times)
        source = SourceText(text, "txt", "utf-8", 0, len(text))
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            extractor.extract(source, 2024, "annual_report")
            best = min(best, time.process_time() - start)
        return best / len(text)

    # four times the length: quadratic growth would give four
    assert seconds_per_char(20) < 2 * seconds_per_char(5)
