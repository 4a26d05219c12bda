"""What counts as a change, and of what."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

from dagster_project import fingerprint
from dagster_project.fingerprint import InputState
from dagster_project.settings import PROJECT_ROOT, Settings


@pytest.mark.parametrize("name", [item.name for item in fields(InputState)])
def test_every_input_changes_the_fingerprint(name: str) -> None:
    state = InputState(*(["a"] * len(fields(InputState))))
    assert state.fingerprint == InputState(*(["a"] * len(fields(InputState)))).fingerprint
    assert replace(state, **{name: "b"}).fingerprint != state.fingerprint
    assert re.fullmatch(r"[0-9a-f]{16}", state.fingerprint)


def test_a_file_counts_by_name_and_content(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1", encoding="utf-8")
    one = fingerprint.files_digest(fingerprint.tree_files(tmp_path), tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "x.pyc").write_bytes(b"x")
    assert fingerprint.files_digest(fingerprint.tree_files(tmp_path), tmp_path) == one
    (tmp_path / "a.csv").rename(tmp_path / "b.csv")
    two = fingerprint.files_digest(fingerprint.tree_files(tmp_path), tmp_path)
    (tmp_path / "b.csv").write_text("2", encoding="utf-8")
    assert len({one, two, fingerprint.files_digest(fingerprint.tree_files(tmp_path), tmp_path)}) == 3


def test_the_ledger_does_not_depend_on_order() -> None:
    rows = {"a": ("1", "2", "3"), "b": ("4", "5", "6")}
    assert fingerprint.documents_hash(rows) == fingerprint.documents_hash(dict(reversed(rows.items())))
    assert fingerprint.documents_hash(rows) != fingerprint.documents_hash(rows | {"b": ("4", "5", "7")})


def test_new_terms_change_the_mapping_and_not_the_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.from_environment()
    for path in settings.catalogue_dir.glob("*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(Settings, "catalogue_dir", tmp_path)
    reading, mapping = fingerprint.reading_key(settings), fingerprint.mapping_key(settings)

    def append(name: str) -> tuple[bool, bool]:
        path = tmp_path / name
        kept = path.read_bytes()
        path.write_bytes(kept + b"\n")
        changed = fingerprint.reading_key(settings) != reading, fingerprint.mapping_key(settings) != mapping
        path.write_bytes(kept)
        return changed

    assert append("aliases.csv") == (False, True)
    assert append("indicators.csv") == (False, True)
    assert append("units.csv") == (True, False)
    assert append("divisions.csv") == (True, False)
    assert append("categories.csv") == (False, False)


def test_seeds_that_only_dbt_reads_are_read_by_no_python_module() -> None:
    for path in (PROJECT_ROOT / "dagster_project").rglob("*.py"):
        if path.name != "fingerprint.py":
            text = path.read_text(encoding="utf-8")
            assert not [name for name in fingerprint._DBT_ONLY_SEEDS if name in text], path
