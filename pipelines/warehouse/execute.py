"""Sends a plan's statements to the engine, several nodes at a time, and judges its tests as dbt does."""

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from graphlib import TopologicalSorter

import duckdb

from pipelines.warehouse.plan import Plan, PlanNode, Question
from pipelines.warehouse.results import NodeResult

MESSAGES_SHOWN = 20
OUT_OF_MEMORY = (
    "takes more memory than a build may: raise max_build_memory_mb in tenure.toml, or refresh on a machine with more"
)
# What keeps everything below a node from being made.
UNUSABLE = ("error", "fail", "skipped")


def execute(plan: Plan, connection: duckdb.DuckDBPyConnection, threads: int) -> list[NodeResult]:
    """Makes and tests all nodes; their outcomes, in the order they finished. What stands on a bad node is skipped."""
    for statement in plan.schemas:
        connection.execute(statement)
    return in_order(plan, lambda node: _run(node, connection), threads)


def in_order(plan: Plan, run: Callable[[PlanNode], NodeResult], threads: int) -> list[NodeResult]:
    """Runs all nodes, each after what it needs; their outcomes, in the order they finished."""
    nodes = {node.unique_id: node for node in plan.nodes}
    order = TopologicalSorter({node.unique_id: nodes.keys() & set(node.after) for node in plan.nodes})
    order.prepare()
    results: dict[str, NodeResult] = {}
    running: set[Future[NodeResult]] = set()
    with ThreadPoolExecutor(threads) as pool:
        while order.is_active():
            for unique_id in order.get_ready():
                node = nodes[unique_id]
                stopped = any(results[above].status in UNUSABLE for above in node.after if above in nodes)
                running.add(pool.submit(skipped if stopped else run, node))
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for result in (future.result() for future in finished):
                results[result.unique_id] = result
                order.done(result.unique_id)
    return list(results.values())


def skipped(node: PlanNode) -> NodeResult:
    return outcome(node, "skipped")


def _run(node: PlanNode, connection: duckdb.DuckDBPyConnection) -> NodeResult:
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        try:
            result = _ask(node, node.question, cursor) if node.question else _make(node, cursor)
        except duckdb.OutOfMemoryException:  # whose own advice is about settings that nobody has here
            result = outcome(node, "error", OUT_OF_MEMORY)
        except duckdb.Error as error:
            result = outcome(node, "error", str(error))
    return replace(result, seconds=time.perf_counter() - begun)


def _make(node: PlanNode, cursor: duckdb.DuckDBPyConnection) -> NodeResult:
    for statement in node.statements:
        cursor.execute(statement)
    return outcome(node, "success")


def _ask(node: PlanNode, question: Question, cursor: duckdb.DuckDBPyConnection) -> NodeResult:
    row = cursor.execute(question.count).fetchone()
    assert row is not None  # an aggregate
    failures, should_warn, should_error = row
    if question.severity == "error" and should_error:
        status, limit = "fail", f"fail if {question.fails_if}"
    elif should_warn:
        status, limit = "warn", f"warn if {question.warns_if}"
    else:
        return outcome(node, "pass")
    found = f"Got {failures} {'result' if failures == 1 else 'results'}, configured to {limit}"
    return replace(outcome(node, status, found), failures=failures, messages=_failed_rows(cursor, question.rows))


def outcome(node: PlanNode, status: str, message: str = "") -> NodeResult:
    severity = node.question.severity if node.question else ""
    return NodeResult(node.unique_id, node.resource_type, node.name, status, severity, message)


def _failed_rows(cursor: duckdb.DuckDBPyConnection, sql: str) -> list[str]:
    cursor.execute(f"select * from ({sql}) as failed limit {MESSAGES_SHOWN}")
    names = [column[0] for column in cursor.description or []]
    rows = cursor.fetchall()
    if "message" in names:
        return [str(row[names.index("message")]) for row in rows]
    return [", ".join(f"{name} = {value}" for name, value in zip(names, row, strict=True)) for row in rows]
