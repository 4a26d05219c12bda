"""Where things lie, and what a wrong setting says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dagster_project.settings import PROJECT_ROOT, Settings, SettingsError

NAMES = ("FAZHI_RAW_DIR", "FAZHI_WAREHOUSE_DIR", "FAZHI_WORKERS", "FAZHI_SEGMENTER", "FAZHI_LOCK_WAIT",
         "FAZHI_KEEP_SNAPSHOTS", "DAGSTER_HOME")  # fmt: skip


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def test_defaults_lie_inside_the_repository() -> None:
    settings = Settings.from_environment()
    assert settings.raw_dir == PROJECT_ROOT / "raw"
    assert settings.serving_file == PROJECT_ROOT / "warehouse" / "serving" / "fazhi.duckdb"
    assert settings.dagster_home == PROJECT_ROOT / "warehouse" / "dagster"
    assert settings.workers >= 1


def test_another_corpus_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAZHI_RAW_DIR", "其他")
    monkeypatch.setenv("FAZHI_WAREHOUSE_DIR", str(tmp_path / "w"))
    settings = Settings.from_environment()
    assert settings.raw_dir == tmp_path / "其他"
    assert settings.register_file == tmp_path / "其他" / "reports.csv"
    assert settings.dagster_home == tmp_path / "w" / "dagster"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("FAZHI_WORKERS", "两个", "FAZHI_WORKERS 应为数字"),
        ("FAZHI_WORKERS", "0", "不能小于 1"),
        ("FAZHI_LOCK_WAIT", "-1", "不能小于 0"),
        ("FAZHI_SEGMENTER", "magic", "jieba"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=words):
        Settings.from_environment()


def test_what_dbt_and_dagster_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FAZHI_WAREHOUSE_DIR", str(tmp_path / "w"))
    for name in ("FAZHI_BUILD_FILE", "DBT_SEND_ANONYMOUS_USAGE_STATS", "DAGSTER_HOME"):
        monkeypatch.setenv(name, "")
    Settings.from_environment().export_environment()
    assert os.environ["FAZHI_BUILD_FILE"] == str(tmp_path / "w" / "build" / "fazhi.duckdb")
    assert os.environ["DAGSTER_HOME"] == str(tmp_path / "w" / "dagster")
    assert (tmp_path / "w" / "dagster").is_dir()
