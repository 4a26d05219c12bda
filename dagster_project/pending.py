"""Whether there is anything to do: the state of all inputs on disk against the one that is served.

Here belongs comparing. Dagster, dbt and writing do not, so that a run with nothing to do takes a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_project import fingerprint, ingest, review_files, warehouse

if TYPE_CHECKING:
    from dagster_project.settings import Settings


@dataclass(frozen=True, slots=True)
class Change:
    """The inputs as they lie on disk, and whether exactly they are served."""

    fingerprint: str
    is_served: bool
    file_count: int
    remarks: tuple[str, ...]
    """What a steward should know; Chinese."""


def look(settings: Settings) -> Change:
    """Compare what lies on disk with what is served.

    Raises:
        StewardFileError: a steward file is not in form.
        RawFolderError: there is no raw folder.
    """
    steward = review_files.load_steward_files(settings)
    plan = ingest.make_plan(settings, ingest.scan(settings), steward.register, {})
    state = fingerprint.input_state(settings, fingerprint.documents_hash(plan.ledger))
    return Change(
        fingerprint=state.fingerprint,
        is_served=warehouse.served_fingerprint(settings) == state.fingerprint,
        file_count=len(plan.tasks),
        remarks=(
            *steward.remarks,
            *(f"登记表里的 {name} 不在 {settings.raw_dir.name}/ 里。" for name in plan.register_only),
        ),
    )
