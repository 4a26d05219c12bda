"""Which module may import what, and who may touch the environment and DuckDB."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dagster_project.settings import PROJECT_ROOT

PACKAGE = PROJECT_ROOT / "dagster_project"
MODULES = sorted(PACKAGE.rglob("*.py"))
FLOORS = ("parsing", "settings", "fingerprint", "review_files", "ingest", "warehouse", "dbt_runner", "gate", "pending")
"""From the ground: a module may use those before it, and nothing after them or above."""


def loaded_by(statement: str) -> set[str]:
    """The modules loaded in a new process after a statement."""
    code = f"{statement}; import sys; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT_ROOT)
    return set(done.stdout.split())


def imports_of(path: Path) -> set[str]:
    """Modules of this package that a file imports anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("dagster_project"):
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.startswith("dagster_project")}
    return found


def test_parsing_is_a_pure_library() -> None:
    names = [f"dagster_project.parsing.{path.stem}" for path in (PACKAGE / "parsing").glob("*.py")]
    loaded = loaded_by("import " + ", ".join(name.removesuffix(".__init__") for name in names))
    forbidden = {"dagster", "duckdb", "dbt", "pyarrow", "requests", "sqlite3", "dagster_project.settings"}
    assert not loaded & forbidden


def test_the_segmenter_is_loaded_only_when_needed() -> None:
    assert "jieba" not in loaded_by("import dagster_project.cli, dagster_project.ingest")


def test_looking_for_changes_needs_neither_dagster_nor_dbt() -> None:
    assert not loaded_by("import dagster_project.pending, dagster_project.cli") & {"dagster", "dbt", "dagster_dbt"}


@pytest.mark.parametrize("index", range(len(FLOORS)), ids=FLOORS)
def test_nothing_imports_upwards(index: int) -> None:
    name = FLOORS[index]
    allowed = {f"dagster_project.{floor}" for floor in FLOORS[: index + 1]}
    path = PACKAGE / name
    for file in path.rglob("*.py") if path.is_dir() else [path.with_suffix(".py")]:
        used = {".".join(module.split(".")[:2]) for module in imports_of(file)} - {"dagster_project"}
        assert used <= allowed, file


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_only_settings_touches_the_environment_and_only_warehouse_opens_duckdb(path: Path) -> None:
    used = {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    if path.name != "settings.py":
        assert not used & {"os.environ", "os.getenv", "os.putenv"}
    if path.name != "warehouse.py":
        assert "duckdb.connect" not in used


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_every_module_says_what_belongs_there_and_what_does_not(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    belongs, *belongs_not = re.split(r"\.\s", docstring.partition("Here belong")[2])
    assert belongs
    assert belongs_not or "nothing else" in belongs


def test_no_file_of_the_repository_names_a_package_index() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-bootstrap.lock", "pyproject.toml"):
        text = (PROJECT_ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"index-url|find-links|https?://|file:|@ ", text), name
