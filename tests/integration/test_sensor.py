"""The sensor asks for one run for each new state, and for none where nothing changed."""

from __future__ import annotations

import dagster as dg

from dagster_project import warehouse
from dagster_project.sensors import make_sensor
from tests.integration.conftest import Corpus


def tick(corpus: Corpus, cursor: str | None = None) -> dg.SensorResult:
    context = dg.build_sensor_context(cursor=cursor, instance=dg.DagsterInstance.ephemeral())
    result = make_sensor(corpus.settings)(context)
    assert isinstance(result, dg.SensorResult)
    return result


def test_a_new_file_asks_for_one_run(corpus: Corpus) -> None:
    quiet = tick(corpus)
    assert not quiet.run_requests
    (corpus.settings.raw_dir / "新报告.txt").write_text("某市司法局2024年度法治政府建设报告", encoding="utf-8")
    first = tick(corpus, quiet.cursor)
    assert first.run_requests is not None
    (request,) = first.run_requests
    assert request.run_key is None  # Dagster would never build a state twice that came back
    assert first.cursor != quiet.cursor
    assert not tick(corpus, first.cursor).run_requests
    (corpus.settings.raw_dir / "新报告.txt").unlink()
    assert not tick(corpus, first.cursor).run_requests


def test_a_changed_steward_file_counts_and_a_broken_one_says_what_is_wrong(corpus: Corpus) -> None:
    register = corpus.settings.register_file
    register.write_bytes(register.read_bytes() + b"\n")
    assert tick(corpus).run_requests
    register.write_text("file_name,year\nweidu_2024.txt,xx\n", encoding="utf-8")
    broken = tick(corpus)
    assert not broken.run_requests
    assert isinstance(broken.skip_reason, dg.SkipReason)
    assert "第 2 行" in str(broken.skip_reason.skip_message)


def test_a_tick_during_a_build_asks_for_nothing(corpus: Corpus) -> None:
    (corpus.settings.raw_dir / "weidu_2024.txt").unlink()
    with warehouse.writer_lock(corpus.settings):
        assert not tick(corpus).run_requests
    assert tick(corpus).run_requests
