"""Hashes that say whether anything changed: of files, of folders, and of all that a warehouse is made from.

Here belongs hashing and nothing else: no DuckDB, no Dagster, so that a run with nothing to do ends at once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from dagster_project.settings import PROJECT_ROOT, Settings

_IGNORED_FOLDERS = {"target", "logs", "dbt_packages", "__pycache__"}
_MAPPING_SEEDS = {"indicators.csv", "indicator_patterns.csv", "aliases.csv", "concepts.csv", "unit_acceptance.csv"}
"""Seeds that decide only which indicator a mention is; a change re-reads no document."""
_DBT_ONLY_SEEDS = {"categories.csv", "code_labels.csv", "dq_rules.csv", "rate_rules.csv", "stage_terms.csv"}
_READING_LIBRARIES = ("jieba", "ahocorasick-rs")


@dataclass(frozen=True, slots=True)
class InputState:
    """Hashes of everything that a warehouse depends on; equal states give equal marts."""

    documents_hash: str
    """Of the ledger: every file's name, content, and the code, seeds and register row that read and mapped it."""
    register_hash: str
    reviews_hash: str
    seeds_hash: str
    dbt_hash: str
    code_hash: str
    lock_hash: str

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits."""
        return digest(json.dumps(asdict(self), sort_keys=True))


def digest(text: str | bytes) -> str:
    """16 hexadecimal digits of the SHA-256."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()[:16]


def files_digest(files: Iterable[Path], root: Path) -> str:
    """Of names (relative to ``root``) and contents; a file that is missing counts as such."""
    total = hashlib.sha256()
    for path in sorted(set(files)):
        content = path.read_bytes() if path.is_file() else b"missing"
        total.update(f"{path.relative_to(root).as_posix()}\0{hashlib.sha256(content).hexdigest()}\n".encode())
    return total.hexdigest()[:16]


def tree_files(folder: Path, pattern: str = "*") -> list[Path]:
    """The files below ``folder``, without what tools leave there."""
    return [
        path
        for path in sorted(folder.rglob(pattern))
        if path.is_file() and not _IGNORED_FOLDERS.intersection(path.relative_to(folder).parts)
    ]


def documents_hash(rows: Mapping[str, tuple[str, str, str]]) -> str:
    """Of the ledger: ``{file name: (sha256, read key, map key)}``."""
    total = hashlib.sha256()
    for name in sorted(rows):
        total.update("\0".join((name, *rows[name])).encode("utf-8", "surrogateescape") + b"\n")
    return total.hexdigest()[:16]


def seeds_hash(settings: Settings) -> str:
    """Of all seeds."""
    seeds = settings.dbt_dir / "seeds"
    return files_digest(tree_files(seeds), seeds)


def dbt_hash(settings: Settings) -> str:
    """Of the dbt project without its seeds."""
    seeds = settings.dbt_dir / "seeds"
    files = [path for path in tree_files(settings.dbt_dir) if not path.is_relative_to(seeds) or path.suffix != ".csv"]
    return files_digest(files, settings.dbt_dir)


@cache
def code_hash() -> str:
    """Of this package's source."""
    package = PROJECT_ROOT / "dagster_project"
    return files_digest(tree_files(package, "*.py"), package)


@cache
def lock_hash() -> str:
    """Of the locked versions of all libraries."""
    return files_digest([PROJECT_ROOT / "requirements.lock"], PROJECT_ROOT)


def register_hash(settings: Settings) -> str:
    """Of the register's bytes."""
    return files_digest([settings.register_file], settings.raw_dir)


def reviews_hash(settings: Settings) -> str:
    """Of the bytes of the other steward files."""
    return files_digest(settings.review_dir.glob("*.csv"), settings.raw_dir)


def reading_key(settings: Settings) -> str:
    """Of everything but the file that a document's mentions depend on: reading code, its libraries, its seeds."""
    package = PROJECT_ROOT / "dagster_project"
    seeds = [path for path in settings.catalogue_dir.glob("*.csv") if path.name not in _MAPPING_SEEDS | _DBT_ONLY_SEEDS]
    parts = {
        "code": files_digest([*tree_files(package / "parsing", "*.py"), package / "ingest.py"], package),
        "seeds": files_digest(seeds, settings.catalogue_dir),
        "libraries": [f"{name}=={version(name)}" for name in _READING_LIBRARIES],
    }
    return digest(json.dumps(parts, sort_keys=True))


def mapping_key(settings: Settings) -> str:
    """Of what decides a mention's indicator: lexicon, indicators, segmenter."""
    seeds = [settings.catalogue_dir / name for name in _MAPPING_SEEDS]
    return digest(json.dumps([files_digest(seeds, settings.catalogue_dir), settings.segmenter]))


def input_state(settings: Settings, documents: str) -> InputState:
    """The state of all inputs as they lie on disk now, given the documents' hash."""
    return InputState(
        documents_hash=documents,
        register_hash=register_hash(settings),
        reviews_hash=reviews_hash(settings),
        seeds_hash=seeds_hash(settings),
        dbt_hash=dbt_hash(settings),
        code_hash=code_hash(),
        lock_hash=lock_hash(),
    )
