"""The sensor that notices when the served warehouse no longer shows what lies on disk.

Here belongs asking for a run. Comparing states does not (``pending``).
"""

import dagster as dg

from dagster_project import pending
from dagster_project.ingest import RawFolderError
from dagster_project.jobs import build_warehouse
from dagster_project.resources import WarehouseResource
from dagster_project.review_files import StewardFileError

INTERVAL_SECONDS = 60


@dg.sensor(
    name="raw_folder_changes",
    job=build_warehouse,
    minimum_interval_seconds=INTERVAL_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="raw/、人工文件、目录或模型有变化时建库（默认开启）。· Builds when any input changes.",
)
def raw_folder_changes(context: dg.SensorEvaluationContext, store: WarehouseResource) -> dg.SensorResult:
    """Ask for one run for each new state; the cursor is the state that was asked for last."""
    try:
        change = pending.look(store.settings)
    except (StewardFileError, RawFolderError) as error:
        return dg.SensorResult(skip_reason=dg.SkipReason(str(error)))
    if change.is_served:
        return dg.SensorResult(skip_reason=dg.SkipReason("没有变化"), cursor=change.fingerprint)
    if context.cursor == change.fingerprint:
        return dg.SensorResult(skip_reason=dg.SkipReason("这一变化已经安排过一次建库；若失败了，请改正后再试"))
    return dg.SensorResult(
        run_requests=[dg.RunRequest(run_key=change.fingerprint, tags={"fazhi/change": change.summary_zh})],
        cursor=change.fingerprint,
    )
