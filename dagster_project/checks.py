"""Asset checks in Python: what only the files and offsets can tell. All that SQL models can tell is a dbt test.

Here belong the checks and the record of their outcome for publishing. Findings about numbers do not.
"""

from collections.abc import Callable, Sequence
from typing import Any

import dagster as dg
import duckdb

from dagster_project import gate, warehouse
from dagster_project.resources import POOL, WarehouseResource, markdown

BLOCKING: dict[str, tuple[str, str, str]] = {
    "text_equals_offsets": (
        "mentions",
        "原文 char_start 到 char_end 之间的文字等于 value_text · the text at the offsets is the value's text",
        """
        SELECT mention_id, value_text, substr(text, char_start + 1, char_end - char_start) AS text_there
        FROM staging.mentions LEFT JOIN staging.documents USING (report_id)
        WHERE substr(text, char_start + 1, char_end - char_start) IS DISTINCT FROM value_text
           OR NOT (0 <= sentence_start AND sentence_start <= char_start AND char_start < char_end
                   AND char_end <= sentence_end AND sentence_end <= char_count)
        """,
    ),
    "ids_are_unique": (
        "mentions",
        "报告编号与数字编号都不重复 · report and mention ids are unique",
        """
        SELECT mention_id AS id, count(*) AS occurrences FROM staging.mentions GROUP BY 1 HAVING count(*) > 1
        UNION ALL
        SELECT report_id, count(*) FROM staging.documents GROUP BY 1 HAVING count(*) > 1
        """,
    ),
    "ledger_agrees": (
        "ledger",
        "台账与各表一致：每个文件要么是一份报告，要么被退回 · the ledger agrees with the tables",
        """
        SELECT 'report without ledger row' AS problem, file_name FROM staging.documents
        WHERE (file_name, report_id, sha256) NOT IN (
            SELECT (file_name, report_id, sha256) FROM staging.ledger WHERE report_id IS NOT NULL)
        UNION ALL
        SELECT 'ledger row without report', file_name FROM staging.ledger
        WHERE report_id IS NOT NULL AND report_id NOT IN (SELECT report_id FROM staging.documents)
        UNION ALL
        SELECT 'file neither taken in nor rejected', file_name FROM staging.ledger
        WHERE report_id IS NULL AND file_name NOT IN (SELECT file_name FROM staging.rejected_input)
        UNION ALL
        SELECT 'row of a report that is not here', report_id FROM (
            SELECT report_id FROM staging.mentions UNION SELECT report_id FROM staging.segments
            UNION SELECT report_id FROM staging.rejected_numbers)
        WHERE report_id NOT IN (SELECT report_id FROM staging.documents)
        """,
    ),
}
"""By name: the staging table it is about, what it says, and a query whose rows are the failures."""
BLOCKING_NAMES = tuple(f"python.{name}" for name in BLOCKING)
_SHOWN = 10


def failures(connection: duckdb.DuckDBPyConnection, name: str) -> tuple[list[str], list[tuple[Any, ...]], int]:
    """The header, the first failing rows, and the number of failing rows of a blocking check."""
    result = connection.execute(BLOCKING[name][2])
    header = [column[0] for column in result.description or []]
    rows = result.fetchall()
    return header, rows[:_SHOWN], len(rows)


def run_check(connection: duckdb.DuckDBPyConnection, name: str) -> dg.AssetCheckResult:
    """Run one blocking check and record its outcome for the documents that the build file holds."""
    header, rows, count = failures(connection, name)
    message = "" if count == 0 else f"{count} 行不符，例如 {rows[0]}"
    warehouse.record_checks(connection, gate.documents_state(connection), {f"python.{name}": (count == 0, message)})
    metadata: dict[str, Any] = {"failing_rows": count}
    if rows:
        metadata["first_failing_rows"] = markdown(header, rows)
    return dg.AssetCheckResult(
        passed=count == 0, severity=dg.AssetCheckSeverity.ERROR, metadata=metadata, description=message or None
    )


def _check(name: str) -> dg.AssetChecksDefinition:
    table, description, _ = BLOCKING[name]

    @dg.asset_check(asset=dg.AssetKey(["staging", table]), name=name, description=description, blocking=True, pool=POOL)
    def check(store: WarehouseResource) -> dg.AssetCheckResult:
        with store.writer() as connection:
            return run_check(connection, name)

    return check


def make_checks() -> Sequence[dg.AssetChecksDefinition]:
    """All Python asset checks."""
    make: Callable[[str], dg.AssetChecksDefinition] = _check
    return [make(name) for name in BLOCKING]
