"""The only module that opens DuckDB: the writer and its lock, readers, replacing documents' rows, publishing.

Here belong connections, transactions, the layout of Python's own tables and the swap of the served file. What the
rows mean does not, nor does anything of Dagster or dbt.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    import pyarrow as pa

    from dagster_project.settings import Settings

STORAGE_VERSION = "v1.2.0"
"""Storage version of published files: drivers of BI tools read no newer one."""
SERVED_SCHEMAS = ("catalogue", "quality", "marts")

_STAGING: dict[str, str] = {
    "documents": """
        report_id VARCHAR NOT NULL, file_name VARCHAR NOT NULL, sha256 VARCHAR NOT NULL, text VARCHAR NOT NULL,
        char_count INTEGER NOT NULL, file_format VARCHAR NOT NULL, encoding VARCHAR, body_start INTEGER NOT NULL,
        body_end INTEGER NOT NULL, bureau_key VARCHAR NOT NULL, bureau_name VARCHAR, department VARCHAR,
        division_code VARCHAR, division_level VARCHAR, province VARCHAR, city VARCHAR, county VARCHAR, year SMALLINT,
        doc_kind VARCHAR NOT NULL, title VARCHAR, published_on DATE, signed_on DATE, source_name VARCHAR,
        source_url VARCHAR, identified_by VARCHAR, identity_evidence VARCHAR, register_order INTEGER""",
    "segments": """
        report_id VARCHAR NOT NULL, segment_ordinal INTEGER NOT NULL, kind VARCHAR NOT NULL, level SMALLINT,
        char_start INTEGER NOT NULL, char_end INTEGER NOT NULL, section VARCHAR""",
    "mentions": """
        mention_id VARCHAR NOT NULL, report_id VARCHAR NOT NULL, ordinal INTEGER NOT NULL, share_ordinal SMALLINT,
        char_start INTEGER NOT NULL, char_end INTEGER NOT NULL, value_text VARCHAR NOT NULL,
        value_reported DECIMAL(24,6), unit_reported VARCHAR, value_plain DECIMAL(24,6), unit_plain VARCHAR,
        qualifier VARCHAR, status VARCHAR, measure VARCHAR, year SMALLINT, period_plain VARCHAR,
        period_explicit BOOLEAN, scope VARCHAR, label VARCHAR, sentence_start INTEGER, sentence_end INTEGER,
        section VARCHAR, clause_group INTEGER, is_total BOOLEAN, is_part BOOLEAN, zero_in_words BOOLEAN,
        windows VARCHAR, reason VARCHAR, indicator_code VARCHAR, match_score DOUBLE, candidates VARCHAR,
        value DECIMAL(24,6), unit VARCHAR, period VARCHAR, match_reason VARCHAR""",
    "rejected_numbers": """
        report_id VARCHAR NOT NULL, char_start INTEGER, char_end INTEGER, number_text VARCHAR, reason_code VARCHAR""",
    "issues": """
        report_id VARCHAR, file_name VARCHAR NOT NULL, issue_code VARCHAR NOT NULL, message_zh VARCHAR,
        char_start INTEGER, char_end INTEGER""",
    "rejected_input": """
        file_name VARCHAR NOT NULL, reason_code VARCHAR NOT NULL, message_zh VARCHAR, sha256 VARCHAR,
        duplicate_of VARCHAR""",
    "ledger": """
        file_name VARCHAR NOT NULL, sha256 VARCHAR, file_size BIGINT, read_key VARCHAR NOT NULL,
        map_key VARCHAR NOT NULL, report_id VARCHAR""",
    "build_inputs": "name VARCHAR NOT NULL, value VARCHAR",
    "check_results": """
        check_name VARCHAR NOT NULL, inputs_hash VARCHAR NOT NULL, passed BOOLEAN NOT NULL, message_zh VARCHAR""",
}
_REVIEW: dict[str, str] = {
    "register": """
        line_number INTEGER, file_name VARCHAR, report_id VARCHAR, bureau_name VARCHAR, division_code VARCHAR,
        department VARCHAR, year SMALLINT, doc_kind VARCHAR, title VARCHAR, source_name VARCHAR,
        source_url VARCHAR, published_on DATE, signed_on DATE, note VARCHAR""",
    "value_choices": """
        line_number INTEGER, bureau_key VARCHAR, year SMALLINT, indicator_code VARCHAR, mention_id VARCHAR,
        value DECIMAL(24,6), reason VARCHAR, decided_by VARCHAR, decided_on DATE""",
    "value_corrections": """
        line_number INTEGER, report VARCHAR, indicator_code VARCHAR, mention_id VARCHAR, value_expected DECIMAL(24,6),
        value_new DECIMAL(24,6), reason VARCHAR, evidence VARCHAR, decided_by VARCHAR, decided_on DATE""",
    "finding_reviews": """
        line_number INTEGER, finding_id VARCHAR, decision VARCHAR, reason VARCHAR, reviewed_by VARCHAR,
        reviewed_on DATE, valid_until DATE""",
}
TABLES: dict[str, dict[str, str]] = {"staging": _STAGING, "review": _REVIEW}
_DOCUMENT_TABLES = ("documents", "segments", "mentions", "rejected_numbers", "issues")
_LAYOUT = hashlib.sha256(json.dumps(TABLES).encode()).hexdigest()[:16]
_TEMPORARY = ".tmp-"


class WarehouseError(RuntimeError):
    """The warehouse cannot do what was asked; the message is Chinese and says what to do."""


class WarehouseBusyError(WarehouseError):
    """Somebody else is writing."""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """What the build file knows of one file: its content and the code and catalogue that read and mapped it."""

    sha256: str
    read_key: str
    map_key: str
    report_id: str | None


@dataclass(frozen=True, slots=True)
class Published:
    """The outcome of publishing: the served file, and whether anything was written for it."""

    path: Path
    fingerprint: str
    was_written: bool
    table_rows: Mapping[str, int]


# --- the writer ------------------------------------------------------------------------------------------------------

_lock_guard = threading.RLock()
_held: dict[Path, tuple[int, int]] = {}


@contextlib.contextmanager
def writer_lock(settings: Settings, notify: Callable[[str], None] | None = None) -> Iterator[None]:
    """Be the only writer, among all processes of this machine, until the block ends; may be nested.

    Waits up to ``settings.lock_wait_seconds``, telling ``notify`` who is in the way. The kernel releases the lock of
    a process that dies.

    Raises:
        WarehouseBusyError: the other writer did not end in time; the message names it.
    """
    path = settings.lock_file
    with _lock_guard:
        if path in _held:
            descriptor, depth = _held[path]
            _held[path] = (descriptor, depth + 1)
        else:
            _held[path] = (_acquire(path, settings.lock_wait_seconds, notify), 1)
    try:
        yield
    finally:
        with _lock_guard:
            descriptor, depth = _held[path]
            if depth > 1:
                _held[path] = (descriptor, depth - 1)
            else:
                del _held[path]
                os.ftruncate(descriptor, 0)
                os.close(descriptor)


def is_being_written(settings: Settings) -> bool:
    """Whether another process holds the writer's lock now."""
    try:
        descriptor = os.open(settings.lock_file, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _acquire(path: Path, wait_seconds: float, notify: Callable[[str], None] | None) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    deadline = time.monotonic() + wait_seconds
    told = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _holder(path)
            if time.monotonic() >= deadline:
                os.close(descriptor)
                raise WarehouseBusyError(
                    f"仓库正在被另一个进程写入（{holder}）。请等它结束后重试，或先停止它；"
                    "想让后来者多等一会儿，请设置环境变量 FAZHI_LOCK_WAIT（秒）。"
                ) from None
            if notify is not None and not told:
                notify(f"仓库正在被另一个进程写入（{holder}），最多等待 {wait_seconds:g} 秒…")
                told = True
            time.sleep(0.1)
        else:
            who = {
                "pid": os.getpid(),
                "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])[:200],
                "since": datetime.now(UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S"),
            }
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(who, ensure_ascii=False).encode(), 0)
            return descriptor


def _holder(path: Path) -> str:
    try:
        who = json.loads(path.read_text(encoding="utf-8"))
        return f"进程 {who['pid']}：{who['command']}，开始于 {who['since']}"
    except (OSError, ValueError, KeyError):
        return "进程未知"


@contextlib.contextmanager
def writer(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the build file with Python's tables in place; closed, so that dbt can open it, afterwards.

    Raises:
        WarehouseBusyError: another pipeline, or a viewer, holds the file.
    """
    with writer_lock(settings):
        settings.build_dir.mkdir(parents=True, exist_ok=True)
        connection = _open(settings.build_file, settings.lock_wait_seconds)
        try:
            _create_tables(connection)
            yield connection
        finally:
            connection.close()


def _open(path: Path, wait_seconds: float) -> duckdb.DuckDBPyConnection:
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            return duckdb.connect(str(path), config={"storage_compatibility_version": STORAGE_VERSION})
        except duckdb.IOException as error:
            held = re.search(r"lock is held in (.+?)(?: by user .*)?\. (?:However|See)", str(error), re.DOTALL)
            if held is None and "Could not set lock" not in str(error):
                raise WarehouseError(
                    f"打不开建库文件 {path}：{error}。若文件已损坏，删除它后重新运行即可，已发布的仓库不受影响。"
                ) from error
            if time.monotonic() >= deadline:
                who = held.group(1) if held else "未知"
                raise WarehouseBusyError(
                    f"建库文件 {path} 被其他程序打开（{who}）。请关闭它（查询请改用 serving/fazhi.duckdb），然后重试。"
                ) from error
            time.sleep(0.2)


def _create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    known = connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'staging' AND table_name = 'build_inputs'"
    ).fetchone()
    if known and known[0] and build_inputs(connection).get("layout") == _LAYOUT:
        return
    connection.execute("BEGIN")
    for schema, tables in TABLES.items():
        connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        connection.execute(f"CREATE SCHEMA {schema}")
        for table, columns in tables.items():
            connection.execute(f"CREATE TABLE {schema}.{table} ({columns})")
    set_build_inputs(connection, {"layout": _LAYOUT})
    connection.execute("COMMIT")


@contextlib.contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All or nothing."""
    connection.execute("BEGIN")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


# --- Python's own tables ---------------------------------------------------------------------------------------------


def ledger(connection: duckdb.DuckDBPyConnection) -> dict[str, LedgerRow]:
    """What is in the build file, by file name."""
    rows = connection.execute("SELECT file_name, sha256, read_key, map_key, report_id FROM staging.ledger").fetchall()
    return {row[0]: LedgerRow(*row[1:]) for row in rows}


def remove_files(connection: duckdb.DuckDBPyConnection, file_names: Sequence[str]) -> None:
    """Delete all that came from these files, and their ledger rows, in one transaction."""
    with transaction(connection):
        connection.execute("CREATE OR REPLACE TEMP TABLE gone AS SELECT unnest(?::VARCHAR[]) file_name", [file_names])
        reports = "SELECT report_id FROM staging.ledger WHERE file_name IN (SELECT file_name FROM gone)"
        for table in _DOCUMENT_TABLES:
            connection.execute(f"DELETE FROM staging.{table} WHERE report_id IN ({reports})")
        for table in ("issues", "rejected_input", "ledger"):
            connection.execute(f"DELETE FROM staging.{table} WHERE file_name IN (SELECT file_name FROM gone)")
        connection.execute("DROP TABLE gone")


def add_documents(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Table]) -> None:
    """Add a batch: the rows of each staging table, ledger included, in one transaction.

    ``tables`` maps names of staging tables to Arrow tables with the columns of those tables, in any order.
    """
    with transaction(connection):
        for name, rows in tables.items():
            _insert(connection, "staging", name, rows)


def mentions_of_files(
    connection: duckdb.DuckDBPyConnection, file_names: Sequence[str]
) -> Iterator[tuple[str, str, str | None, list[dict[str, Any]]]]:
    """File name, text, department and rows of ``staging.mentions`` in order, for each file that is a report."""
    texts = connection.execute(
        "SELECT file_name, report_id, text, department FROM staging.documents "
        "WHERE file_name IN (SELECT unnest(?::VARCHAR[])) "
        "ORDER BY file_name",
        [list(file_names)],
    ).fetchall()
    result = connection.execute(
        "SELECT * FROM staging.mentions WHERE report_id IN (SELECT unnest(?::VARCHAR[])) "
        "ORDER BY report_id, ordinal, share_ordinal",
        [[report_id for _, report_id, _, _ in texts]],
    )
    header = [column[0] for column in result.description or []]
    mentions: dict[str, list[dict[str, Any]]] = {}
    for values in result.fetchall():
        row = dict(zip(header, values, strict=True))
        mentions.setdefault(row["report_id"], []).append(row)
    for file_name, report_id, text, department in texts:
        yield file_name, text, department, mentions.get(report_id, [])


def update_mappings(
    connection: duckdb.DuckDBPyConnection, mappings: Sequence[pa.Table], map_keys: Mapping[str, str]
) -> None:
    """Replace what the catalogue makes of mentions, and their files' map keys, in one transaction.

    ``mappings``: tables of mention_id and the columns from indicator_code to match_reason; ``map_keys``: by file name.
    """
    with transaction(connection):
        for table in mappings:
            connection.register("new_mappings", table)
            columns = ", ".join(f"{name} = new.{name}" for name in table.column_names if name != "mention_id")
            connection.execute(
                f"UPDATE staging.mentions SET {columns} FROM new_mappings AS new "
                "WHERE mentions.mention_id = new.mention_id"
            )
            connection.unregister("new_mappings")
        connection.execute(
            "UPDATE staging.ledger SET map_key = new.map_key "
            "FROM (SELECT unnest(?::VARCHAR[]) AS file_name, unnest(?::VARCHAR[]) AS map_key) AS new "
            "WHERE ledger.file_name = new.file_name",
            [list(map_keys), list(map_keys.values())],
        )


def replace_reviews(
    connection: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Table], inputs: Mapping[str, str]
) -> None:
    """Replace the review tables whole, and note the state of the files they came from, in one transaction."""
    with transaction(connection):
        for name, rows in tables.items():
            connection.execute(f"DELETE FROM review.{name}")
            _insert(connection, "review", name, rows)
        _set_build_inputs(connection, inputs)


def build_inputs(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The key-value rows that say what the build file was made of."""
    return dict(connection.execute("SELECT name, value FROM staging.build_inputs").fetchall())


def set_build_inputs(connection: duckdb.DuckDBPyConnection, inputs: Mapping[str, str]) -> None:
    """Set these rows, keep the others."""
    _set_build_inputs(connection, inputs)


def _set_build_inputs(connection: duckdb.DuckDBPyConnection, inputs: Mapping[str, str]) -> None:
    connection.execute("DELETE FROM staging.build_inputs WHERE name IN (SELECT unnest(?::VARCHAR[]))", [list(inputs)])
    connection.execute(
        "INSERT INTO staging.build_inputs SELECT unnest(?::VARCHAR[]), unnest(?::VARCHAR[])",
        [list(inputs), list(inputs.values())],
    )


def record_checks(
    connection: duckdb.DuckDBPyConnection, inputs_hash: str, results: Mapping[str, tuple[bool, str]]
) -> None:
    """Remember the outcome (passed, Chinese message) of checks for exactly this state of the inputs."""
    names = list(results)
    with transaction(connection):
        connection.execute(
            "DELETE FROM staging.check_results WHERE check_name IN (SELECT unnest(?::VARCHAR[]))", [names]
        )
        connection.execute(
            "INSERT INTO staging.check_results "
            "SELECT unnest(?::VARCHAR[]), ?, unnest(?::BOOLEAN[]), unnest(?::VARCHAR[])",
            [names, inputs_hash, [results[name][0] for name in names], [results[name][1] for name in names]],
        )


def forget_checks(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> None:
    """Take back what was recorded of these checks."""
    connection.execute("DELETE FROM staging.check_results WHERE check_name IN (SELECT unnest(?::VARCHAR[]))", [names])


def check_results(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, bool, str]]:
    """By check: the state of the inputs it looked at, whether it passed, and its message."""
    rows = connection.execute("SELECT check_name, inputs_hash, passed, message_zh FROM staging.check_results")
    return {row[0]: (row[1], row[2], row[3] or "") for row in rows.fetchall()}


def _insert(connection: duckdb.DuckDBPyConnection, schema: str, table: str, rows: pa.Table) -> None:
    if rows.num_rows == 0:
        return
    connection.register("new_rows", rows)
    connection.execute(f"INSERT INTO {schema}.{table} BY NAME SELECT * FROM new_rows")
    connection.unregister("new_rows")


# --- readers ---------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def reader(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to the served snapshot.

    Raises:
        WarehouseError: nothing has been published yet.
    """
    path = settings.serving_file
    if not path.exists():
        raise WarehouseError(f"还没有已发布的仓库（{path}）。请先运行 make warehouse。")
    # the link's target: an open instance of the link's own path would stay with the old snapshot
    connection = duckdb.connect(str(path.resolve()), read_only=True)
    try:
        yield connection
    finally:
        connection.close()


def served_fingerprint(settings: Settings) -> str | None:
    """The fingerprint of the served file and its exports; ``None`` if there is none, or if one of them is missing."""
    if not settings.serving_file.exists():
        return None
    try:
        with reader(settings) as connection:
            row = connection.execute("SELECT fingerprint FROM marts.build_info").fetchone()
    except duckdb.Error:
        return None
    if row is None or settings.serving_file.resolve().name != _snapshot_name(row[0]):
        return None
    parquet = settings.export_dir / "parquet"
    if not parquet.exists() or parquet.resolve().name != _parquet_name(row[0]):
        return None
    return str(row[0])


# --- publishing ------------------------------------------------------------------------------------------------------


def publish(settings: Settings, fingerprint: str) -> Published:
    """Serve the build file's marts: write a snapshot and Parquet files, then swap the links to them.

    The caller has verified that the build file may be published. A reader sees the old or the new snapshot, never
    anything between; a snapshot that is there already is not written again, because readers may hold it open.
    """
    with writer(settings) as connection:
        settings.snapshots_dir.mkdir(parents=True, exist_ok=True)
        parquet_dir = settings.export_dir / "snapshots"
        parquet_dir.mkdir(parents=True, exist_ok=True)
        remove_leftovers(settings)
        snapshot = settings.snapshots_dir / _snapshot_name(fingerprint)
        exported = parquet_dir / _parquet_name(fingerprint)
        was_written = served_fingerprint(settings) != fingerprint
        if not snapshot.exists():
            temporary = settings.snapshots_dir / f"{_TEMPORARY}{fingerprint}.duckdb"
            _write_snapshot(connection, temporary)
            _flush(temporary)
            temporary.chmod(0o444)
            temporary.replace(snapshot)
            _flush(settings.snapshots_dir)
        if not exported.exists():
            folder = parquet_dir / f"{_TEMPORARY}{fingerprint}"
            _write_parquet(connection, snapshot, folder)
            folder.replace(exported)
            _flush(parquet_dir)
        _point(settings.serving_file, Path("snapshots") / snapshot.name)
        _point(settings.export_dir / "parquet", Path("snapshots") / exported.name)
        _drop_old(settings, fingerprint)
    with reader(settings) as connection:
        rows = connection.execute(
            "SELECT schema_name || '.' || table_name, estimated_size FROM duckdb_tables() ORDER BY 1"
        ).fetchall()
    return Published(settings.serving_file, fingerprint, was_written, dict(rows))


def remove_leftovers(settings: Settings) -> list[Path]:
    """Delete what a killed run left half written; needs the writer's lock."""
    gone: list[Path] = []
    exports = settings.export_dir
    for folder in (settings.serving_dir, settings.snapshots_dir, exports, exports / "snapshots"):
        for path in sorted(folder.glob(f"{_TEMPORARY}*")):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
            gone.append(path)
    return gone


def _snapshot_name(fingerprint: str) -> str:
    return f"fazhi-{fingerprint}.duckdb"


def _parquet_name(fingerprint: str) -> str:
    return f"parquet-{fingerprint}"


def _write_snapshot(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Copy the served schemas into a new file: tables with keys and comments, views as tables."""
    source = _name(connection)
    connection.execute(f"ATTACH '{_quoted(path)}' AS snapshot (STORAGE_VERSION '{STORAGE_VERSION}')")
    try:
        connection.execute(f"COPY FROM DATABASE {source} TO snapshot (SCHEMA)")
        schemas = connection.execute(
            "SELECT schema_name FROM duckdb_schemas() WHERE database_name = 'snapshot' AND NOT internal"
        ).fetchall()
        for (schema,) in schemas:
            if schema not in {*SERVED_SCHEMAS, "main"}:
                connection.execute(f'DROP SCHEMA snapshot."{schema}" CASCADE')
        for schema, view, comment in connection.execute(
            "SELECT schema_name, view_name, comment FROM duckdb_views() "
            "WHERE database_name = 'snapshot' AND NOT internal"
        ).fetchall():
            connection.execute(f'DROP VIEW snapshot."{schema}"."{view}"')
            connection.execute(
                f'CREATE TABLE snapshot."{schema}"."{view}" AS FROM {source}."{schema}"."{view}" LIMIT 0'
            )
            if comment:
                connection.execute(f'COMMENT ON TABLE snapshot."{schema}"."{view}" IS \'{_quoted(comment)}\'')
        for schema, table in _tables_in_order(connection, "snapshot"):
            connection.execute(f'INSERT INTO snapshot."{schema}"."{table}" FROM {source}."{schema}"."{table}"')
        connection.execute("CREATE SCHEMA snapshot.staging")
        connection.execute(
            "CREATE TABLE snapshot.staging.documents (report_id VARCHAR PRIMARY KEY, text VARCHAR NOT NULL)"
        )
        connection.execute("COMMENT ON TABLE snapshot.staging.documents IS '每份报告一行：原文，字符位置以此为准'")
        connection.execute(
            f"INSERT INTO snapshot.staging.documents SELECT report_id, text FROM {source}.staging.documents ORDER BY 1"
        )
        connection.execute("CHECKPOINT snapshot")
    finally:
        connection.execute("DETACH snapshot")


def _tables_in_order(connection: duckdb.DuckDBPyConnection, database: str) -> list[tuple[str, str]]:
    """The database's tables, those that a foreign key points to before those that it starts from."""
    waiting: dict[tuple[str, str], set[str]] = {
        (schema, table): set()
        for schema, table in connection.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = ? ORDER BY 1, 2", [database]
        ).fetchall()
    }
    for schema, table, referenced in connection.execute(
        "SELECT schema_name, table_name, referenced_table FROM duckdb_constraints() "
        "WHERE database_name = ? AND constraint_type = 'FOREIGN KEY'",
        [database],
    ).fetchall():
        if referenced and referenced != table:
            waiting[schema, table].add(referenced)
    ordered: list[tuple[str, str]] = []
    while waiting:
        names = {table for _, table in waiting}
        ready = [key for key, needs in waiting.items() if not needs & names]
        if not ready:
            raise WarehouseError("外键互相引用，无法确定写入顺序。")
        ordered += ready
        for key in ready:
            del waiting[key]
    return ordered


def _write_parquet(connection: duckdb.DuckDBPyConnection, snapshot: Path, folder: Path) -> None:
    """One Parquet file for each table of the snapshot: ``<schema>/<table>.parquet``."""
    connection.execute(f"ATTACH '{_quoted(snapshot)}' AS exported (READ_ONLY)")
    try:
        for schema, table in _tables_in_order(connection, "exported"):
            path = folder / schema / f"{table}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            connection.execute(
                f'COPY (FROM exported."{schema}"."{table}") TO \'{_quoted(path)}\' (FORMAT parquet, COMPRESSION zstd)'
            )
            _flush(path)
    finally:
        connection.execute("DETACH exported")


def _point(link: Path, target: Path) -> None:
    """Make ``link`` a symbolic link to ``target`` in one step; nothing is written if it is that already."""
    if link.is_symlink() and link.readlink() == target:
        return
    temporary = link.with_name(f"{_TEMPORARY}{link.name}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    temporary.replace(link)
    _flush(link.parent)


def _drop_old(settings: Settings, fingerprint: str) -> None:
    """Keep the newest snapshots; readers that hold an older one open keep its data until they close it."""

    def old(folder: Path, pattern: str, current: str) -> list[Path]:
        others = [path for path in folder.glob(pattern) if path.name != current]
        others.sort(key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)
        return others[settings.keep_snapshots - 1 :]

    for path in old(settings.snapshots_dir, "fazhi-*.duckdb", _snapshot_name(fingerprint)):
        path.unlink()
    for path in old(settings.export_dir / "snapshots", "parquet-*", _parquet_name(fingerprint)):
        shutil.rmtree(path)


def _name(connection: duckdb.DuckDBPyConnection) -> str:
    row = connection.execute("SELECT current_database()").fetchone()
    return f'"{row[0] if row else ""}"'


def _quoted(text: object) -> str:
    return str(text).replace("'", "''")


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
