"""The console script ``fazhi``: building, looking, and asking what one file would give.

Here belong commands and what they print. Work does not; heavy imports wait until a command needs them.
"""

from __future__ import annotations

import argparse
import gc
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from dagster_project import pending, warehouse
from dagster_project.dbt_runner import parse_ahead
from dagster_project.settings import PROJECT_ROOT, Settings, SettingsError

_OK, _FAILED, _WRONG_INPUT = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status: 0 done, 1 failed, 2 an input is not in form."""
    parser = argparse.ArgumentParser(
        prog="fazhi", description="法治政府建设年度报告 → 指标仓库 · from rule-of-law annual reports to a warehouse"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="命令")
    for name, command, text in (
        ("build", _build, "建库并发布；没有变化就什么都不做 · build and publish, if anything changed"),
        ("status", _status, "现在对外提供的是什么、有没有要处理的变化 · what is served, and what is new"),
        ("doctor", _doctor, "检查环境、文件夹、人工文件和锁 · check environment, folders, steward files, lock"),
        ("ui", _ui, "打开 Dagster 界面 · start Dagster's web interface for this corpus"),
    ):
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=command)
        if name == "ui":
            sub.add_argument("--port", type=int, default=3000)
    text = "不入库，只看一个文件会读出什么 · what one file would give; nothing is written"
    extract = commands.add_parser("extract", help=text, description=text)
    extract.add_argument("file", type=Path)
    extract.add_argument("--explain", action="store_true", help="说明每个数字为什么这样读 · say why")
    extract.set_defaults(run=_extract)
    text = "与标注好的报告比较提取质量 · compare extraction with annotated reports"
    evaluate = commands.add_parser("eval", help=text, description=text, add_help=False)
    evaluate.set_defaults(run=_eval)
    options, rest = parser.parse_known_args(arguments)
    if rest and options.command != "eval":
        parser.error(f"不认识的参数：{' '.join(rest)}")
    try:
        settings = Settings.from_environment()
        run: Callable[[Settings, argparse.Namespace, list[str]], int] = options.run
        return run(settings, options, rest)
    except (SettingsError, warehouse.WarehouseError) as error:
        return _complain(str(error), _FAILED)
    except BrokenPipeError:
        # somebody read the first lines only, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _OK
    except KeyboardInterrupt:
        return _complain("已中断；已发布的仓库保持原样，下次运行会接着做。", 130)


def _complain(message: str, status: int) -> int:
    print(message, file=sys.stderr)
    return status


def _look(settings: Settings) -> pending.Change | int:
    from dagster_project.ingest import RawFolderError
    from dagster_project.review_files import StewardFileError

    try:
        return pending.look(settings)
    except (StewardFileError, RawFolderError) as error:
        return _complain(str(error), _WRONG_INPUT)


# --- build -----------------------------------------------------------------------------------------------------------


def _build(settings: Settings, _options: argparse.Namespace, _rest: list[str]) -> int:
    started = time.monotonic()
    change = _look(settings)
    if isinstance(change, int):
        return change
    if change.is_served:
        print(f"没有变化：{change.file_count} 个文件都已在仓库里，什么都没有写。")
        _print_remarks(change)
        _print_where(settings)
        return _OK
    status = _run_job(settings)
    if status != _OK:
        return status
    _print_summary(settings)
    _print_remarks(change)
    _print_where(settings)
    print(f"用时 {time.monotonic() - started:.0f} 秒。")
    return _OK


def _run_job(settings: Settings) -> int:
    """Run the whole job through Dagster in this process, in the history that its interface shows, too."""
    # the lock first: importing Dagster takes seconds, and who has to wait should know at once
    with warehouse.writer_lock(settings, notify=print):
        settings.export_environment()
        print("正在建库…", flush=True)
        # the libraries make a million lasting objects: looking through them less often saves a seventh of the time
        gc.set_threshold(100_000, 20, 20)
        parsing = parse_ahead(settings)
        import dagster as dg

        from dagster_project.build import build_defs
        from dagster_project.dbt_runner import DbtError
        from dagster_project.instance import end_dead_runs, fast_history, open_instance
        from dagster_project.jobs import build_warehouse
        from dagster_project.logs import people

        with open_instance(settings) as instance, fast_history():
            end_dead_runs(instance)
            try:
                definitions = build_defs(settings, loggers={"people": people})
            except DbtError as error:
                return _complain(str(error), _FAILED)
            finally:
                if parsing is not None:
                    parsing.wait()
            job = definitions.resolve_job_def(build_warehouse.name)
            result = job.execute_in_process(
                instance=instance,
                raise_on_error=False,
                run_config={"loggers": {"people": {}}},
            )
        if result.success:
            return _OK
        for event in result.all_events:
            if event.event_type == dg.DagsterEventType.STEP_FAILURE:
                data = event.step_failure_data
                failure = data.user_failure_data
                cause = data.error.cause or data.error if data.error else None
                message = failure.description if failure else (cause.message.strip() if cause else "原因不明")
                print(f"步骤 {event.step_key} 失败：{message}", file=sys.stderr)
            elif event.event_type == dg.DagsterEventType.RUN_FAILURE and event.event_specific_data is not None:
                reason = getattr(event.event_specific_data, "error", None)
                while reason is not None and reason.cause is not None:
                    reason = reason.cause
                if reason is not None:
                    print(reason.message.strip(), file=sys.stderr)
        return _complain("没有发布；已发布的仓库保持原样。", _FAILED)


def _print_summary(settings: Settings) -> None:
    with warehouse.reader(settings) as connection:
        rows = connection.execute(
            """
            WITH facts AS (SELECT report_id, count(*) AS n FROM marts.fct_metric GROUP BY 1),
                 findings AS (SELECT report_id, count(*) AS n FROM quality.fct_finding
                              WHERE review_status = 'open' GROUP BY 1)
            SELECT coalesce(b.bureau_name, '（未能识别单位）'), r.year, r.file_name, c.mention_count, c.mapped_count,
                   coalesce(facts.n, 0), coalesce(findings.n, 0)
            FROM marts.dim_report AS r
            LEFT JOIN marts.dim_bureau AS b USING (bureau_key)
            LEFT JOIN quality.fct_coverage AS c USING (report_id)
            LEFT JOIN facts USING (report_id)
            LEFT JOIN findings USING (report_id)
            ORDER BY b.division_code NULLS LAST, r.year, r.file_name
            """
        ).fetchall()
        rejected = connection.execute(
            "SELECT file_name, message_zh FROM quality.rejected_input ORDER BY file_name"
        ).fetchall()
    from dagster_project.tables import print_table

    header = ("单位", "年份", "文件", "数字", "已对应指标", "事实", "疑点")
    shown = rows[:_SHOWN]
    total = ("合计", "", f"{len(rows)} 份", *(sum(row[i] or 0 for row in rows) for i in range(3, 7)))
    print_table(header, [*shown, total])
    if len(rows) > len(shown):
        print(f"（只列出前 {len(shown)} 份，共 {len(rows)} 份）")
    if rejected:
        print(f"没有收进来的文件 {len(rejected)} 个：")
        for name, message in rejected[:_SHOWN]:
            print(f"  · {name}：{message}")


_SHOWN = 40


def _print_remarks(change: pending.Change) -> None:
    for remark in change.remarks:
        print(f"提醒：{remark}")


def _print_where(settings: Settings) -> None:
    path = settings.serving_file
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    print(f"\n仓库文件：{shown}（只读打开；旁边的 export/parquet 是同样的表）")
    print("试一句 SQL：")
    query = (
        "SELECT bureau_name, year, name_zh, value, unit, quote FROM marts.metrics_wide "
        "ORDER BY bureau_name, name_zh LIMIT 10"
    )
    print(f"  .venv/bin/python -c \"import duckdb; duckdb.connect('{shown}', read_only=True).sql('{query}').show()\"")


# --- looking ---------------------------------------------------------------------------------------------------------


def _status(settings: Settings, _options: argparse.Namespace, _rest: list[str]) -> int:
    change = _look(settings)
    if isinstance(change, int):
        return change
    if settings.serving_file.exists():
        _print_summary(settings)
    print("仓库与 raw/ 一致。" if change.is_served else "有变化还没有入库：请运行 make warehouse。")
    _print_remarks(change)
    if settings.serving_file.exists():
        _print_where(settings)
    return _OK


def _doctor(settings: Settings, _options: argparse.Namespace, _rest: list[str]) -> int:
    from importlib.metadata import version

    from dagster_project.ingest import RawFolderError, scan
    from dagster_project.parsing.catalogue import CatalogueError, load_catalogue
    from dagster_project.review_files import StewardFileError, load_steward_files

    is_well = True

    def report(what: str, problem: str | None) -> None:
        nonlocal is_well
        is_well = is_well and problem is None
        print(f"{'✓' if problem is None else '✗'} {what}" + (f"：{problem}" if problem else ""))

    def attempt(what: str, action: Callable[[], Any], *errors: type[Exception]) -> None:
        try:
            action()
        except errors as error:
            report(what, str(error))
        else:
            report(what, None)

    is_right = sys.version_info[:2] == (3, 11)
    report(f"Python {sys.version.split()[0]}", None if is_right else "需要 3.11")
    names = ("dagster", "dagster-dbt", "dbt-core", "dbt-duckdb", "duckdb", "jieba")
    report("，".join(f"{name} {version(name)}" for name in names), None)
    attempt(f"报告文件夹 {settings.raw_dir}", lambda: scan(settings), RawFolderError)
    attempt("人工文件", lambda: load_steward_files(settings), StewardFileError)
    attempt("指标目录", lambda: load_catalogue(settings.catalogue_dir), CatalogueError)
    folder = settings.warehouse_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free / 1e9
    report(f"磁盘剩余 {free:.1f} GB（{folder}）", None if free > 0.5 else "不足 0.5 GB")
    if settings.lock_file.exists():
        attempt("没有别的进程在写仓库", lambda: _touch_lock(settings), warehouse.WarehouseBusyError)
    return _OK if is_well else _FAILED


def _touch_lock(settings: Settings) -> None:
    from dataclasses import replace

    with warehouse.writer_lock(replace(settings, lock_wait_seconds=0.0)):
        pass


def _ui(settings: Settings, options: argparse.Namespace, _rest: list[str]) -> int:
    from dagster_project.instance import prepare_home

    settings.export_environment()
    prepare_home(settings)
    program = Path(sys.executable).with_name("dagster")
    os.chdir(PROJECT_ROOT)
    os.execv(program, [str(program), "dev", "--port", str(options.port)])  # noqa: S606


def _extract(settings: Settings, options: argparse.Namespace, _rest: list[str]) -> int:
    from dagster_project.ingest import Reader
    from dagster_project.parsing.read import UnreadableError
    from dagster_project.review_files import StewardFileError, load_steward_files
    from dagster_project.tables import print_table

    path: Path = options.file
    try:
        data = path.read_bytes()
    except OSError as error:
        return _complain(f"读不了 {path}：{error.strerror}。", _WRONG_INPUT)
    name = path.absolute()
    shown = name.relative_to(settings.raw_dir).as_posix() if name.is_relative_to(settings.raw_dir) else path.name
    try:
        register = {line.file_name: line for line in load_steward_files(settings).register}
        source, identity, extraction = Reader(settings).read(data, shown, register.get(shown))
    except StewardFileError as error:
        return _complain(str(error), _WRONG_INPUT)
    except UnreadableError as error:
        return _complain(f"{shown} 不能收进来：{error.message_zh}", _WRONG_INPUT)
    print(f"标题：{identity.title or '—'}")
    print(
        f"单位：{identity.bureau_name or '未能识别，请在 reports.csv 里登记'}（{identity.bureau_key}，"
        f"依据：{identity.identified_by or '—'}）"
    )
    print(f"年份：{identity.year or '—'}  类别：{identity.doc_kind}  发布：{identity.published_on or '—'}")
    if options.explain:
        for item in identity.evidence:
            print(f"  · {item.field} 由 {item.method} 得出（把握 {item.confidence:.2f}）：{item.quote}")
    rows = []
    for mention, mapping in zip(extraction.mentions, extraction.mappings, strict=True):
        indicator = mapping.indicator_code or "—"
        amount = f"{mapping.value.normalize():f}"
        rows.append(
            (
                mention.value_text,
                amount,
                mapping.unit,
                indicator,
                mention.year or "",
                mapping.period,
                mention.status,
                mention.qualifier,
                mention.label,
            )
        )
    print_table(("原文", "数值", "单位", "指标", "年份", "期间", "状态", "限定", "所数之物"), rows)
    if options.explain:
        for mention, mapping in zip(extraction.mentions, extraction.mappings, strict=True):
            sentence = " ".join(source.text[mention.sentence_start : mention.sentence_end].split())
            candidates = "，".join(f"{one.indicator_code} {one.score:.2f}" for one in mapping.candidates[:3])
            print(f"\n{mention.value_text}  [{mention.char_start}:{mention.char_end}]  {sentence}")
            print(f"    读法：{mention.reason or '—'}\n    指标：{mapping.reason or '—'}（候选：{candidates or '无'}）")
        print(f"\n不算统计数字的 {len(extraction.rejected)} 处：")
        for number in extraction.rejected:
            print(f"  · {number.number_text}（{number.reason_code}）")
    for issue in extraction.issues:
        print(f"没能读懂：{issue.message_zh}")
    mapped = sum(mapping.indicator_code is not None for mapping in extraction.mappings)
    print(f"共 {len(rows)} 个数字，{mapped} 个对应到指标；没有写入仓库。")
    return _OK


def _eval(_settings: Settings, _options: argparse.Namespace, rest: list[str]) -> int:
    from dagster_project.evaluation import main as evaluate

    return evaluate(rest)


if __name__ == "__main__":
    sys.exit(main())
