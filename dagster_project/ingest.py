"""From files to rows: what lies in the raw folder, what of it is new, and reading documents in batches by processes.

Here belongs the way from a folder to Arrow tables shaped like the staging tables. DuckDB does not (``warehouse``), nor
how a text is understood (``parsing``), nor Dagster.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import multiprocessing
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from dagster_project.fingerprint import digest, mapping_key, reading_key
from dagster_project.parsing.catalogue import load_catalogue
from dagster_project.parsing.departments import load_departments
from dagster_project.parsing.divisions import load_divisions
from dagster_project.parsing.extract import Extractor
from dagster_project.parsing.identity import RegisterRow, identify
from dagster_project.parsing.model import Extraction, Identity, Mention, SourceText, Window
from dagster_project.parsing.model import Mapping as MentionMapping
from dagster_project.parsing.read import READERS, UnreadableError, load_page_noise, read_source
from dagster_project.review_files import RegisterLine

if TYPE_CHECKING:
    from dagster_project.settings import Settings

BATCH_FILES = 100
BATCH_BYTES = 4_000_000
_POOL_FROM_FILES = 24
"""Below this many files, starting processes takes longer than reading."""
_LARGEST = Decimal(10) ** 18
_STEP = Decimal("0.000001")
_AMOUNT = pa.decimal128(24, 6)
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class RawFolderError(ValueError):
    """The raw folder is not there; the message is Chinese."""


@dataclass(frozen=True, slots=True)
class RawFile:
    """A file of the raw folder. ``file_name`` is its path below it; ``problem`` is set where it cannot be read."""

    file_name: str
    path: Path
    size: int
    sha256: str
    problem: tuple[str, str] | None = None
    """Reason code and Chinese message."""


@dataclass(frozen=True, slots=True)
class Task:
    """A file to read, and under which keys the ledger will remember it."""

    file: RawFile
    report_id: str
    register: RegisterLine | None
    read_key: str
    map_key: str
    duplicate_of: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run has to do so that the build file shows the raw folder."""

    tasks: Mapping[str, Task]
    """Every file of the folder, by name."""
    to_read: tuple[str, ...]
    to_remap: tuple[str, ...]
    to_remove: tuple[str, ...]
    """Files whose rows are out of date or gone; includes those of ``to_read`` that were read before."""
    register_only: tuple[str, ...]
    """Files that the register names but the folder does not hold."""

    @property
    def ledger(self) -> dict[str, tuple[str, str, str]]:
        """The ledger as it will be: sha256, read key and map key by file name."""
        return {name: (task.file.sha256, task.read_key, task.map_key) for name, task in self.tasks.items()}


@dataclass(frozen=True, slots=True)
class RemapInput:
    """A document whose mentions are to be matched with the catalogue again."""

    file_name: str
    text: str
    department: str | None
    mentions: tuple[tuple[str, Mention], ...]
    """Mention ids and mentions."""


# --- the folder ------------------------------------------------------------------------------------------------------


def scan(settings: Settings) -> list[RawFile]:
    """Every file below the raw folder in the order of names, hashed; steward files and office lock files left out.

    Raises:
        RawFolderError: there is no such folder.
    """
    root = settings.raw_dir
    if not root.is_dir():
        raise RawFolderError(f"找不到报告文件夹 {root}；请建好它，或检查环境变量 FAZHI_RAW_DIR。")
    found: list[RawFile] = []
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        if here == root:
            folders[:] = [name for name in folders if name != settings.review_dir.name]
            names[:] = [name for name in names if name != settings.register_file.name]
        linked = [name for name in folders if (here / name).is_symlink()]
        folders[:] = sorted(set(folders) - set(linked))
        found += [
            _raw_file(here / name, root)
            for name in [*names, *linked]
            if not name.startswith("~$") and not (name.startswith(".~lock.") and name.endswith("#"))
        ]
    return sorted(found, key=lambda file: file.file_name)


def _raw_file(path: Path, root: Path) -> RawFile:
    name = os.fsencode(path.relative_to(root).as_posix()).decode("utf-8", "replace")
    try:
        if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
            return RawFile(name, path, 0, "", ("outside_raw", "指向 raw/ 之外的链接，没有读取；请把文件本身复制进来。"))
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return RawFile(name, path, 0, "", ("not_a_file", "不是普通文件，没有读取；请放入报告文件本身。"))
        with path.open("rb") as handle:
            return RawFile(name, path, status.st_size, hashlib.file_digest(handle, "sha256").hexdigest())
    except OSError as error:
        return RawFile(name, path, 0, "", ("unreadable", _unreadable(error)))


def _unreadable(error: OSError) -> str:
    return f"读不了（{error.strerror}）；请检查文件是否存在、有无读取权限。"


def make_plan(
    settings: Settings,
    files: Sequence[RawFile],
    register: Sequence[RegisterLine],
    ledger: Mapping[str, tuple[str, str, str]],
) -> Plan:
    """Compare the folder with the ledger (``{file name: (sha256, read key, map key)}``)."""
    lines = {line.file_name: line for line in register}
    base, map_key = reading_key(settings), mapping_key(settings)
    first: dict[str, str] = {}

    def seniority(file: RawFile) -> tuple[bool, int, bool, str]:
        """Of files with one content that counts which can be read, then the registered, then the known one."""
        name = file.file_name
        return (Path(name).suffix.lower() not in READERS, _order(lines.get(name)), name not in ledger, name)

    for file in sorted(files, key=seniority):
        if file.problem is None:
            first.setdefault(file.sha256, file.file_name)
    tasks: dict[str, Task] = {}
    for file in files:
        line = lines.get(file.file_name)
        original = first.get(file.sha256, file.file_name)
        known = None if line is None else [str(value) for value in dataclasses.astuple(line)]
        tasks[file.file_name] = Task(
            file=file,
            report_id=(line.report_id if line else None) or f"r{file.sha256[:16]}",
            register=line,
            read_key=digest(json.dumps([base, known, original, file.problem], ensure_ascii=False)),
            map_key=map_key,
            duplicate_of=None if original == file.file_name else original,
        )
    to_read = tuple(
        name for name, task in tasks.items() if ledger.get(name, ("", "", ""))[:2] != (task.file.sha256, task.read_key)
    )
    return Plan(
        tasks=tasks,
        to_read=to_read,
        to_remap=tuple(
            name for name in tasks if name in ledger and name not in set(to_read) and ledger[name][2] != map_key
        ),
        to_remove=tuple(name for name in ledger if name not in tasks or name in set(to_read)),
        register_only=tuple(name for name in lines if name not in tasks),
    )


def _order(line: RegisterLine | None) -> int:
    return line.line_number if line else 1 << 60


# --- reading in batches ----------------------------------------------------------------------------------------------


def read_documents(
    settings: Settings, tasks: Sequence[Task], notify: Callable[[int], None] | None = None
) -> Iterator[dict[str, pa.Table]]:
    """Read and extract the files of ``tasks``; yields a batch of staging tables at a time, in the order of tasks.

    A file that cannot be read becomes a row of ``rejected_input``. ``notify`` is told the number of files done.
    """
    yield from _in_batches(settings, _batches(tasks, lambda task: task.file.size), _read_batch, notify)


def remap_documents(
    settings: Settings, documents: Sequence[RemapInput], notify: Callable[[int], None] | None = None
) -> Iterator[pa.Table]:
    """Match mentions with the catalogue again; yields tables of mention_id and the columns that mapping fills."""
    yield from _in_batches(settings, _batches(documents, lambda one: len(one.text)), _remap_batch, notify)


def _batches(items: Sequence[_Item], size: Callable[[_Item], int]) -> Iterator[list[_Item]]:
    batch: list[_Item] = []
    total = 0
    for item in items:
        if batch and (len(batch) >= BATCH_FILES or total + size(item) > BATCH_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(item)
        total += size(item)
    if batch:
        yield batch


def _in_batches(
    settings: Settings,
    batches: Iterator[list[_Item]],
    work: Callable[[Reader, list[_Item]], _Result],
    notify: Callable[[int], None] | None,
) -> Iterator[_Result]:
    """Apply ``work`` to each batch, by this process or by several, and yield its results in order."""
    done = 0
    waiting = list(batches)
    total = sum(len(batch) for batch in waiting)
    if settings.workers == 1 or total < _POOL_FROM_FILES:
        reader = Reader(settings) if waiting else None
        for batch in waiting:
            if reader is not None:
                yield work(reader, batch)
            done += len(batch)
            if notify:
                notify(done)
        return
    # spawned, not forked: the parent has threads
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(settings.workers, context, initializer=_start_worker, initargs=(settings,)) as pool:
        running: list[tuple[Future[_Result], int]] = []
        waiting.reverse()
        try:
            while waiting or running:
                # bounded: results wait in memory until they are written
                while waiting and len(running) < 2 * settings.workers:
                    batch = waiting.pop()
                    running.append((pool.submit(_work_in_process, work, batch), len(batch)))
                future, size = running.pop(0)
                yield future.result()
                done += size
                if notify:
                    notify(done)
        except BrokenProcessPool:
            raise RuntimeError(
                "读取报告的工作进程被系统终止，多半是内存不足。"
                "已读完的不会丢；请把环境变量 FAZHI_WORKERS 调小后重新运行。"
            ) from None


_reader: Reader | None = None


def _start_worker(settings: Settings) -> None:
    global _reader  # noqa: PLW0603 -- one per process
    _reader = Reader(settings)


def _work_in_process(work: Callable[[Reader, list[_Item]], _Result], batch: list[_Item]) -> _Result:
    if _reader is None:
        raise RuntimeError("the worker was not started")
    return work(_reader, batch)


def check_seeds(settings: Settings) -> None:
    """Read every seed that reading documents needs.

    Raises:
        ValueError: one is malformed; the message (Chinese) names file, line and column.
    """
    for load in (load_catalogue, load_divisions, load_departments, load_page_noise):
        load(settings.catalogue_dir)


class Reader:
    """All that reading needs, loaded once for a process."""

    def __init__(self, settings: Settings) -> None:
        folder = settings.catalogue_dir
        self.extractor = Extractor(load_catalogue(folder), segmenter=settings.segmenter, cache_dir=settings.cache_dir)
        self.divisions = load_divisions(folder)
        self.departments = load_departments(folder)
        self.page_noise = load_page_noise(folder)

    def read(
        self, data: bytes, file_name: str, register: RegisterLine | None
    ) -> tuple[SourceText, Identity, Extraction]:
        """One document.

        Raises:
            UnreadableError: it cannot be taken in.
        """
        source = read_source(data, file_name, self.page_noise)
        row = None if register is None else RegisterRow(**{f: getattr(register, f) for f in _REGISTER_FIELDS})
        identity = identify(source, self.divisions, self.departments, row)
        if register is not None and register.source_name is not None:
            identity = dataclasses.replace(identity, source_name=register.source_name)
        return source, identity, self.extractor.extract(source, identity.year, identity.doc_kind, identity.department)


_REGISTER_FIELDS = tuple(item.name for item in dataclasses.fields(RegisterRow))


def _read_batch(reader: Reader, tasks: list[Task]) -> dict[str, pa.Table]:
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in SCHEMAS}
    for task in tasks:
        _read_one(reader, task, rows)
    return {name: pa.Table.from_pylist(rows[name], schema=schema) for name, schema in SCHEMAS.items()}


def _read_one(reader: Reader, task: Task, rows: dict[str, list[dict[str, Any]]]) -> None:
    file = task.file
    ledger = {
        "file_name": file.file_name,
        "sha256": file.sha256,
        "file_size": file.size,
        "read_key": task.read_key,
        "map_key": task.map_key,
        "report_id": None,
    }

    def reject(reason_code: str, message: str) -> None:
        rows["rejected_input"].append(
            {
                "file_name": file.file_name,
                "reason_code": reason_code,
                "message_zh": message,
                "sha256": file.sha256 or None,
                "duplicate_of": task.duplicate_of,
            }
        )

    if file.problem is not None:
        reject(*file.problem)
    elif task.duplicate_of is not None:
        reject("duplicate", f"内容与 {task.duplicate_of} 完全相同，只算一次；请删去其中一个。")
    else:
        try:
            data = file.path.read_bytes()
            if hashlib.sha256(data).hexdigest() != file.sha256:
                # no ledger row: the next run reads it again
                reject("changed_while_reading", "读取时文件正在变化，没有采用；请等它写完后重新运行。")
                return
            document = reader.read(data, file.file_name, task.register)
            ledger["report_id"] = task.report_id
            new = _document_rows(task, *document)
        except UnreadableError as error:
            ledger["report_id"] = None
            reject(error.reason_code, error.message_zh)
        except OSError as error:
            reject("unreadable", _unreadable(error))
            return
        except Exception as error:  # noqa: BLE001 -- one bad document must not stop the others
            ledger["report_id"] = None
            reject(
                "internal_error",
                f"读取时程序出错（{type(error).__name__}: {str(error)[:200]}），没有采用；"
                f"请运行 fazhi extract 查看详情，并把该文件交给维护者。",
            )
        else:
            for name, values in new.items():
                rows[name] += values
    rows["ledger"].append(ledger)


def _document_rows(
    task: Task, source: SourceText, identity: Identity, extraction: Extraction
) -> dict[str, list[dict[str, Any]]]:
    report = task.report_id
    name = task.file.file_name
    issues = [
        {
            "report_id": report,
            "file_name": name,
            "issue_code": issue.issue_code,
            "message_zh": issue.message_zh,
            "char_start": issue.char_start,
            "char_end": issue.char_end,
        }
        for issue in extraction.issues
    ]
    mentions = []
    for mention, mapping in zip(extraction.mentions, extraction.mappings, strict=True):
        amounts = (mention.value_reported, mention.value_plain, mapping.value)
        if any(not amount.is_finite() or abs(amount) >= _LARGEST for amount in amounts):
            issues.append(
                {
                    "report_id": report,
                    "file_name": name,
                    "issue_code": "unread_number",
                    "message_zh": f"数字「{mention.value_text}」过大，没有采用。",
                    "char_start": mention.char_start,
                    "char_end": mention.char_end,
                }
            )
            continue
        mentions.append(_mention_row(report, mention) | _mapping_row(mapping))
    return {
        "documents": [_document_row(task, source, identity)],
        "segments": [
            {
                "report_id": report,
                "segment_ordinal": segment.ordinal,
                "kind": segment.kind,
                "level": segment.level,
                "char_start": segment.char_start,
                "char_end": segment.char_end,
                "section": segment.section,
            }
            for segment in extraction.segments
        ],
        "mentions": mentions,
        "rejected_numbers": [
            {
                "report_id": report,
                "char_start": number.char_start,
                "char_end": number.char_end,
                "number_text": number.number_text,
                "reason_code": number.reason_code,
            }
            for number in extraction.rejected
        ],
        "issues": issues,
    }


def _document_row(task: Task, source: SourceText, identity: Identity) -> dict[str, Any]:
    evidence = [dataclasses.asdict(item) for item in identity.evidence]
    return {
        "report_id": task.report_id,
        "file_name": task.file.file_name,
        "sha256": task.file.sha256,
        "text": source.text,
        "char_count": len(source.text),
        "file_format": source.file_format,
        "encoding": source.encoding,
        "body_start": source.body_start,
        "body_end": source.body_end,
        "bureau_key": identity.bureau_key,
        "bureau_name": identity.bureau_name,
        "department": identity.department,
        "division_code": identity.division_code,
        "division_level": identity.division_level,
        "province": identity.province,
        "city": identity.city,
        "county": identity.county,
        "year": identity.year,
        "doc_kind": identity.doc_kind,
        "title": identity.title,
        "published_on": identity.published_on,
        "signed_on": identity.signed_on,
        "source_name": identity.source_name,
        "source_url": identity.source_url,
        "identified_by": identity.identified_by,
        "identity_evidence": json.dumps(evidence, ensure_ascii=False),
        "register_order": task.register.line_number if task.register else None,
    }


def mention_id(report_id: str, mention: Mention) -> str:
    """The id of a mention: its report, its place, and its ordinal among things that share the number."""
    return f"{report_id}-{mention.char_start}-{mention.char_end}-{mention.share_ordinal}"


def _mention_row(report_id: str, mention: Mention) -> dict[str, Any]:
    return {
        "mention_id": mention_id(report_id, mention),
        "report_id": report_id,
        "ordinal": mention.ordinal,
        "share_ordinal": mention.share_ordinal,
        "char_start": mention.char_start,
        "char_end": mention.char_end,
        "value_text": mention.value_text,
        "value_reported": mention.value_reported.quantize(_STEP),
        "unit_reported": mention.unit_reported,
        "value_plain": mention.value_plain.quantize(_STEP),
        "unit_plain": mention.unit_plain,
        "qualifier": mention.qualifier,
        "status": mention.status,
        "measure": mention.measure,
        "year": mention.year,
        "period_plain": mention.period,
        "period_explicit": mention.period_explicit,
        "scope": mention.scope,
        "label": mention.label,
        "sentence_start": mention.sentence_start,
        "sentence_end": mention.sentence_end,
        "section": mention.section,
        "clause_group": mention.clause_group,
        "is_total": mention.is_total,
        "is_part": mention.is_part,
        "zero_in_words": mention.zero_in_words,
        "windows": ";".join(f"{w.level}:{w.char_start}:{w.char_end}" for w in mention.windows),
        "reason": mention.reason,
    }


def mention_from_row(row: Mapping[str, Any]) -> Mention:
    """The inverse of how mentions are stored: a row of ``staging.mentions`` as the parsing library knows it."""
    windows = (tuple(int(part) for part in window.split(":")) for window in row["windows"].split(";") if window)
    names = {item.name for item in dataclasses.fields(Mention)} - {"windows", "period"}
    return Mention(
        **{name: row[name] for name in names},
        period=row["period_plain"],
        windows=tuple(Window(*window) for window in windows),
    )


def _mapping_row(mapping: MentionMapping) -> dict[str, Any]:
    return {
        "indicator_code": mapping.indicator_code,
        "match_score": mapping.match_score,
        "candidates": json.dumps([dataclasses.asdict(item) for item in mapping.candidates], ensure_ascii=False),
        "value": mapping.value.quantize(_STEP),
        "unit": mapping.unit,
        "period": mapping.period,
        "match_reason": mapping.reason,
    }


def _remap_batch(reader: Reader, documents: list[RemapInput]) -> pa.Table:
    rows = [
        {"mention_id": key} | _mapping_row(mapping)
        for document in documents
        for (key, _), mapping in zip(
            document.mentions,
            reader.extractor.remap(document.text, [mention for _, mention in document.mentions], document.department),
            strict=True,
        )
    ]
    return pa.Table.from_pylist(rows, schema=pa.schema([("mention_id", pa.string()), *_MAPPING_FIELDS]))


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema(list(columns.items()))


_TEXT, _INT, _SMALL, _FLAG, _DATE = pa.string(), pa.int32(), pa.int16(), pa.bool_(), pa.date32()
_MAPPING_FIELDS: list[tuple[str, pa.DataType]] = [
    ("indicator_code", _TEXT),
    ("match_score", pa.float64()),
    ("candidates", _TEXT),
    ("value", _AMOUNT),
    ("unit", _TEXT),
    ("period", _TEXT),
    ("match_reason", _TEXT),
]
SCHEMAS: dict[str, pa.Schema] = {
    "documents": _schema(
        report_id=_TEXT, file_name=_TEXT, sha256=_TEXT, text=_TEXT, char_count=_INT, file_format=_TEXT,
        encoding=_TEXT, body_start=_INT, body_end=_INT, bureau_key=_TEXT, bureau_name=_TEXT, department=_TEXT,
        division_code=_TEXT, division_level=_TEXT, province=_TEXT, city=_TEXT, county=_TEXT, year=_SMALL,
        doc_kind=_TEXT, title=_TEXT, published_on=_DATE, signed_on=_DATE, source_name=_TEXT, source_url=_TEXT,
        identified_by=_TEXT, identity_evidence=_TEXT, register_order=_INT,
    ),
    "segments": _schema(
        report_id=_TEXT, segment_ordinal=_INT, kind=_TEXT, level=_SMALL, char_start=_INT, char_end=_INT, section=_TEXT
    ),
    "mentions": pa.schema(
        [
            *_schema(
                mention_id=_TEXT, report_id=_TEXT, ordinal=_INT, share_ordinal=_SMALL, char_start=_INT, char_end=_INT,
                value_text=_TEXT, value_reported=_AMOUNT, unit_reported=_TEXT, value_plain=_AMOUNT, unit_plain=_TEXT,
                qualifier=_TEXT, status=_TEXT, measure=_TEXT, year=_SMALL, period_plain=_TEXT, period_explicit=_FLAG,
                scope=_TEXT, label=_TEXT, sentence_start=_INT, sentence_end=_INT, section=_TEXT, clause_group=_INT,
                is_total=_FLAG, is_part=_FLAG, zero_in_words=_FLAG, windows=_TEXT, reason=_TEXT,
            ),
            *(pa.field(name, kind) for name, kind in _MAPPING_FIELDS),
        ]
    ),
    "rejected_numbers": _schema(
        report_id=_TEXT, char_start=_INT, char_end=_INT, number_text=_TEXT, reason_code=_TEXT
    ),
    "issues": _schema(
        report_id=_TEXT, file_name=_TEXT, issue_code=_TEXT, message_zh=_TEXT, char_start=_INT, char_end=_INT
    ),
    "rejected_input": _schema(
        file_name=_TEXT, reason_code=_TEXT, message_zh=_TEXT, sha256=_TEXT, duplicate_of=_TEXT
    ),
    "ledger": _schema(
        file_name=_TEXT, sha256=_TEXT, file_size=pa.int64(), read_key=_TEXT, map_key=_TEXT, report_id=_TEXT
    ),
}  # fmt: skip
"""The staging tables that reading fills, as Arrow schemas."""
