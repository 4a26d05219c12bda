"""dbt's own unit tests (choosing one value, case by case) and its documentation, run for real and without a network.

Here belongs running them; the cases themselves stand beside the models.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from dagster_project.settings import PROJECT_ROOT
from tests.integration.conftest import Corpus

_LEAST = 20


def _dbt(corpus: Corpus, target: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("dbt")), "--no-use-colors", *arguments]
    places = ["--project-dir", "dbt", "--profiles-dir", "dbt", "--target-path", str(target), "--log-path", str(target)]
    environment = os.environ | {"FAZHI_BUILD_FILE": str(corpus.settings.build_dir / "fazhi.duckdb")}
    return subprocess.run(
        [*command, *places], check=False, cwd=PROJECT_ROOT, env=environment, capture_output=True, text=True
    )


def test_unit_tests_of_the_models_pass(corpus: Corpus, tmp_path: Path) -> None:
    run = _dbt(corpus, tmp_path, "test", "--select", "test_type:unit")
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    results = json.loads((tmp_path / "run_results.json").read_text(encoding="utf-8"))["results"]
    assert len(results) >= _LEAST
    assert {result["status"] for result in results} == {"pass"}


def test_documentation_is_made_offline(corpus: Corpus, tmp_path: Path) -> None:
    run = _dbt(corpus, tmp_path, "docs", "generate", "--static")
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    page = (tmp_path / "static_index.html").read_text(encoding="utf-8")
    assert "fct_metric" in page
