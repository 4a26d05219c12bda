"""The only place where assets, checks, jobs, sensors and resources are joined.

Here belongs assembly. Anything that does something does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from dagster_project.assets.dbt import make_dbt_assets
from dagster_project.assets.documents import build_inputs, documents
from dagster_project.assets.inventory import inventory
from dagster_project.assets.publish import make_publish
from dagster_project.assets.reviews import reviews
from dagster_project.checks import make_checks
from dagster_project.jobs import build_warehouse, daily
from dagster_project.resources import WarehouseResource
from dagster_project.sensors import make_sensor
from dagster_project.settings import Settings
from dagster_project.warehouse import SERVED_SCHEMAS


def build_defs(
    settings: Settings | None = None,
    resources: Mapping[str, Any] | None = None,
    loggers: Mapping[str, dg.LoggerDefinition] | None = None,
) -> dg.Definitions:
    """All definitions for one corpus; ``settings`` and single resources can be replaced, by tests above all."""
    settings = settings or Settings.from_environment()
    settings.export_for_dbt()
    dbt = make_dbt_assets(settings)
    publish = make_publish(key for key in dbt.keys if key.path[0] in SERVED_SCHEMAS)
    return dg.Definitions(
        assets=[inventory, reviews, documents, build_inputs, dbt, publish],
        asset_checks=make_checks(),
        jobs=[build_warehouse],
        schedules=[daily],
        sensors=[make_sensor(settings)],
        resources={"store": WarehouseResource.of(settings), **(resources or {})},
        loggers=loggers,
        # one step after the other, in one process: DuckDB has one writer, and starting a process costs seconds
        executor=dg.in_process_executor,
    )
