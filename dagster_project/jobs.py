"""The jobs and the schedule.

Here belongs what runs together and when. What a step does not.
"""

from __future__ import annotations

import dagster as dg

build_warehouse = dg.define_asset_job(
    "build_warehouse",
    selection=dg.AssetSelection.all(),
    description="从 raw/ 到对外提供的仓库，全部步骤。· The whole way from the raw folder to the served warehouse.",
    tags={"dagster/priority": "0"},
)

# stopped by default: the sensor notices every change; switch it on where the sensor is off
daily = dg.ScheduleDefinition(
    name="daily_build",
    job=build_warehouse,
    cron_schedule="30 3 * * *",
    execution_timezone="Asia/Shanghai",
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="每天 3:30 建库（默认关闭，传感器已能发现变化）。· Every night at 3:30, off by default.",
)
