"""The one door for Dagster: ``defs``.

Here belongs nothing else; see ``build``.
"""

from __future__ import annotations

from dagster_project.build import build_defs

defs = build_defs()
