"""The query in both READMEs gives the result that they show. ``UPDATE_SNAPSHOTS=1`` rewrites the tables."""

from __future__ import annotations

import os
import re

import pytest

from dagster_project.settings import PROJECT_ROOT
from tests.integration.conftest import Corpus

PATTERN = re.compile(
    r"```sql\n(?P<sql>[^`]+);\n```\n\n\|.+\|\n\|[-|]+\|\n(?P<rows>(?:\|.+\|\n|EXAMPLE_ROWS\n)+)",
)


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_query_gives_the_result_shown(built: Corpus, name: str) -> None:
    path = PROJECT_ROOT / name
    text = path.read_text(encoding="utf-8")
    match = PATTERN.search(text)
    assert match is not None
    rows = "".join("| " + " | ".join(str(cell) for cell in row) + " |\n" for row in built.query(match["sql"]))
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(text[: match.start("rows")] + rows + text[match.end("rows") :], encoding="utf-8")
    else:
        assert match["rows"] == rows
