"""Dagster's home: the history that the command line and the interface share.

Here belongs finding and preparing it. Runs do not.
"""

from __future__ import annotations

from typing import Any

import dagster as dg
import yaml

from dagster_project.settings import PROJECT_ROOT, Settings

_PLACES = ("storage", "local_artifact_storage", "compute_logs")


def prepare_home(settings: Settings) -> None:
    """Give Dagster's home the project's ``dagster.yaml``, unless it has one of its own.

    The file at the project's root says where the home is; the one in the home need not.
    """
    path = settings.dagster_home / "dagster.yaml"
    if path.exists():
        return
    content: dict[str, Any] = yaml.safe_load((PROJECT_ROOT / "dagster.yaml").read_text(encoding="utf-8"))
    for name in _PLACES:
        content.pop(name)
    path.write_text(yaml.safe_dump(content), encoding="utf-8")


def open_instance(settings: Settings) -> dg.DagsterInstance:
    """The instance that keeps the history of this warehouse."""
    prepare_home(settings)
    return dg.DagsterInstance.get()
