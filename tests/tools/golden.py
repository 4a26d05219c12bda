"""Show how extraction of the five reports differs from its golden files, and rewrite them once that is wanted.

Run by hand: ``python -m tests.tools.golden`` prints the difference, ``--write`` rewrites the files after printing it.
What the files should hold is for people to decide; this only compares and writes.
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from pathlib import Path

from dagster_project.ingest import Reader
from dagster_project.review_files import load_steward_files
from dagster_project.settings import PROJECT_ROOT, Settings

FOLDER = PROJECT_ROOT / "tests" / "golden" / "extraction"
RAW = PROJECT_ROOT / "raw"


def reports() -> list[Path]:
    """The five reports."""
    return sorted(RAW.glob("*.txt"))


def extraction_lines(reader: Reader, path: Path, settings: Settings) -> list[str]:
    """One JSON line for each thing that a report yields: identity, mentions, rejected numbers, issues."""
    register = {line.file_name: line for line in load_steward_files(settings).register}
    source, identity, extraction = reader.read(path.read_bytes(), path.name, register.get(path.name))
    rows: list[dict[str, object]] = [
        {
            "bureau": identity.bureau_name,
            "bureau_key": identity.bureau_key,
            "year": identity.year,
            "doc_kind": identity.doc_kind,
            "title": identity.title,
            "published_on": str(identity.published_on or ""),
            "signed_on": str(identity.signed_on or ""),
            "identified_by": identity.identified_by,
            "body": [source.body_start, source.body_end],
        }
    ]
    for mention, mapping in zip(extraction.mentions, extraction.mappings, strict=True):
        rows.append(
            {
                "at": [mention.char_start, mention.char_end, mention.share_ordinal],
                "text": mention.value_text,
                "value": f"{mapping.value.normalize():f}",
                "unit": mapping.unit,
                "qualifier": mention.qualifier,
                "status": mention.status,
                "measure": mention.measure,
                "year": mention.year,
                "period": mapping.period,
                "scope": mention.scope,
                "label": mention.label,
                "indicator": mapping.indicator_code,
                "score": mapping.match_score,
            }
        )
    rows.extend(
        {"no quantity": n.reason_code, "at": [n.char_start, n.char_end], "text": n.number_text}
        for n in extraction.rejected
    )
    rows.extend({"issue": i.issue_code, "at": [i.char_start, i.char_end]} for i in extraction.issues)
    return [json.dumps(row, ensure_ascii=False) for row in rows]


def difference(reader: Reader, path: Path, settings: Settings) -> list[str]:
    """Unified diff of a report's golden file against what extraction gives now; empty when equal."""
    golden = FOLDER / f"{path.stem}.jsonl"
    before = golden.read_text(encoding="utf-8").splitlines() if golden.exists() else []
    now = extraction_lines(reader, path, settings)
    return list(difflib.unified_diff(before, now, f"{golden.name} (golden)", f"{golden.name} (now)", lineterm="", n=0))


def main() -> int:
    """Print differences; with ``--write`` make the golden files equal to what extraction gives now."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    settings = Settings.from_environment()
    reader = Reader(settings)
    changed = 0
    for path in reports():
        lines = difference(reader, path, settings)
        if not lines:
            continue
        changed += 1
        print("\n".join(lines))
        if options.write:
            FOLDER.mkdir(parents=True, exist_ok=True)
            text = "\n".join(extraction_lines(reader, path, settings)) + "\n"
            (FOLDER / f"{path.stem}.jsonl").write_text(text, encoding="utf-8")
    print(f"{changed} of {len(reports())} golden files differ" + (", rewritten" if options.write and changed else ""))
    return 1 if changed and not options.write else 0


if __name__ == "__main__":
    sys.exit(main())
