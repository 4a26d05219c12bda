"""The sensor that notices when the served warehouse no longer shows what lies on disk.

Here belongs asking for a run. Comparing states does not (``pending``).
"""

import dagster as dg

from dagster_project import pending, warehouse
from dagster_project.ingest import RawFolderError
from dagster_project.jobs import build_warehouse
from dagster_project.review_files import StewardFileError
from dagster_project.settings import Settings

INTERVAL_SECONDS = 60


def make_sensor(settings: Settings) -> dg.SensorDefinition:
    """The sensor for one corpus. It only looks: it takes no resource, because that would take the writer's lock."""

    @dg.sensor(
        name="raw_folder_changes",
        job=build_warehouse,
        minimum_interval_seconds=INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="raw/、人工文件、目录或模型有变化时建库（默认开启）。· Builds when any input changes.",
    )
    def raw_folder_changes(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        """Ask for one run for each new state; the cursor is the state that was asked for last."""
        if warehouse.is_being_written(settings):
            return dg.SensorResult(skip_reason=dg.SkipReason("正在建库，稍后再看"), cursor=context.cursor)
        try:
            change = pending.look(settings)
        except (StewardFileError, RawFolderError) as error:
            return dg.SensorResult(skip_reason=dg.SkipReason(str(error)), cursor=context.cursor)
        if change.is_served:
            return dg.SensorResult(skip_reason=dg.SkipReason("没有变化"), cursor=change.fingerprint)
        if context.cursor == change.fingerprint:
            reason = "这一变化已经安排过一次建库；若失败了，请改正后再试"
            return dg.SensorResult(skip_reason=dg.SkipReason(reason), cursor=context.cursor)
        # no run key: a state may come back after another one was built
        return dg.SensorResult(
            run_requests=[dg.RunRequest(tags={"fazhi/change": change.fingerprint})],
            cursor=change.fingerprint,
        )

    return raw_folder_changes
