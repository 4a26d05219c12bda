"""What must be true before anything is published: the state of the build file, and which checks passed for it.

Here belongs the record of checks and the decision to publish. Running checks does not (``checks``, ``dbt_runner``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from dagster_project import fingerprint, warehouse
from dagster_project.dbt_runner import NodeResult, executable_nodes

if TYPE_CHECKING:
    import duckdb

    from dagster_project.settings import Settings

_SHOWN = 8


class NotPublishableError(warehouse.WarehouseError):
    """The build file must not be published; the message (Chinese) lists why, and what to do."""


def documents_state(connection: duckdb.DuckDBPyConnection) -> str:
    """Hash of the documents that the build file holds."""
    rows = warehouse.ledger(connection)
    return fingerprint.documents_hash({name: (row.sha256, row.read_key, row.map_key) for name, row in rows.items()})


def refresh_build_inputs(connection: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """Note in the build file what it is made of now, and return the fingerprint; unchanged inputs write nothing.

    Raises:
        NotPublishableError: the steward files were never loaded.
    """
    known = warehouse.build_inputs(connection)
    if "register_hash" not in known:
        raise NotPublishableError("建库文件里还没有人工文件的内容；请先物化 review 组的资产（或运行 fazhi build）。")
    state = fingerprint.InputState(
        documents_hash=documents_state(connection),
        register_hash=known["register_hash"],
        reviews_hash=known["reviews_hash"],
        seeds_hash=fingerprint.seeds_hash(settings),
        dbt_hash=fingerprint.dbt_hash(settings),
        code_hash=fingerprint.code_hash(),
        lock_hash=fingerprint.lock_hash(),
    )
    if known.get("fingerprint") != state.fingerprint:
        warehouse.set_build_inputs(
            connection,
            {
                "fingerprint": state.fingerprint,
                "documents_hash": state.documents_hash,
                "seeds_hash": state.seeds_hash,
                "dbt_hash": state.dbt_hash,
                "code_hash": state.code_hash,
                "lock_hash": state.lock_hash,
                "duckdb_version": version("duckdb"),
                "dbt_version": version("dbt-core"),
                "dagster_version": version("dagster"),
                "project_version": version("fazhi-metrics"),
                "built_at": datetime.now(UTC).isoformat(timespec="seconds"),
            },
        )
    return state.fingerprint


def forget_nodes(
    connection: duckdb.DuckDBPyConnection, manifest: Mapping[str, Any], selected: Iterable[str] | None
) -> None:
    """Take back what was recorded of these dbt nodes (``None``: all) and of everything that is made from them."""
    nodes = executable_nodes(manifest)
    waiting = list(nodes if selected is None else selected)
    gone: set[str] = set()
    while waiting:
        unique_id = waiting.pop()
        if unique_id not in gone:
            gone.add(unique_id)
            waiting += manifest["child_map"].get(unique_id, [])
    known = set(warehouse.check_results(connection))
    if selected is None:
        gone |= {name for name in known if not name.startswith("python.")}
    warehouse.forget_checks(connection, sorted(gone & known))


def record_nodes(
    connection: duckdb.DuckDBPyConnection,
    manifest: Mapping[str, Any],
    state: str,
    results: Sequence[NodeResult],
) -> None:
    """Record dbt's results for this fingerprint. A node made from parents of another state does not count."""
    nodes = executable_nodes(manifest)
    sound = {
        name
        for name, (made_for, passed, _) in warehouse.check_results(connection).items()
        if made_for == state and passed
    }
    outcome: dict[str, tuple[bool, str]] = {}
    for result in results:
        node = nodes.get(result.unique_id)
        if node is None:
            continue
        parents = {parent for parent in node["depends_on"].get("nodes", ()) if parent in nodes}
        stale = sorted(nodes[parent]["name"] for parent in parents - sound)
        if result.is_good and stale:
            outcome[result.unique_id] = (False, f"所依据的 {'、'.join(stale)} 不是按当前输入建的")
        elif result.is_good:
            outcome[result.unique_id] = (True, "")
            sound.add(result.unique_id)
        else:
            outcome[result.unique_id] = (False, f"{result.status}：{result.message}")
    warehouse.record_checks(connection, state, outcome)


def verify(
    connection: duckdb.DuckDBPyConnection,
    manifest: Mapping[str, Any],
    python_checks: Iterable[str],
) -> str:
    """The fingerprint of the build file, if it may be published.

    Every table must have been built, and every blocking check must have passed, for exactly the documents, steward
    files, seeds and code that the build file was made of.

    Raises:
        NotPublishableError: with every reason.
    """
    inputs = warehouse.build_inputs(connection)
    state = inputs.get("fingerprint")
    if state is None:
        raise NotPublishableError("建库文件还没有建成，不能发布；请运行 fazhi build，或在界面里物化全部资产。")
    problems: list[str] = []
    documents = documents_state(connection)
    if inputs.get("documents_hash") != documents:
        problems.append("报告在建模之后又有变化，各表还没有按新内容重建")
    served = connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'marts' AND table_name = 'build_info'"
    ).fetchone()
    info = connection.execute("SELECT fingerprint FROM marts.build_info").fetchone() if served and served[0] else None
    if info is None or info[0] != state:
        problems.append("marts.build_info 不是按当前输入建的")
    known = warehouse.check_results(connection)
    for name in sorted(python_checks):
        problems += _problem(name.removeprefix("python."), known.get(name), documents)
    for unique_id, node in sorted(executable_nodes(manifest).items()):
        problems += _problem(node["name"], known.get(unique_id), state)
    if problems:
        shown = "\n".join(f"  · {problem}" for problem in problems[:_SHOWN])
        more = f"\n  …… 另有 {len(problems) - _SHOWN} 项" if len(problems) > _SHOWN else ""
        raise NotPublishableError(
            f"有 {len(problems)} 项检查没有通过或没有对当前内容做过，不能发布；已发布的仓库保持原样：\n{shown}{more}\n"
            "改正后请运行 fazhi build，或在界面里物化全部资产。"
        )
    return state


def _problem(name: str, known: tuple[str, bool, str] | None, state: str) -> list[str]:
    if known is None:
        return [f"{name}：没有做过"]
    made_for, passed, message = known
    if made_for != state:
        return [f"{name}：只对以前的内容做过"]
    return [] if passed else [f"{name}：没有通过（{message[:200]}）"]
