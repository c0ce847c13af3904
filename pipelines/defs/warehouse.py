"""Lake assets -> warehouse tables: each dbt node an asset, each dbt test a check; the build is a child process."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

from pipelines.audit.dbt_results import checks_of
from pipelines.audit.gate import refusal
from pipelines.defs.dbt_graph import DbtGraph
from pipelines.defs.jobs import POOL
from pipelines.defs.run import RefreshRun
from pipelines.release.headline import read_row_counts
from pipelines.release.manifest import WAREHOUSE_NAME
from pipelines.release.publish import remove_dead_builds

if TYPE_CHECKING:
    from pipelines.warehouse import NodeResult

PUBLISHED_SCHEMAS = ("marts", "ops")
BROKEN_SHOWN = 3


def warehouse_assets(graph: DbtGraph) -> dg.AssetsDefinition:
    """All dbt nodes as one step. dbt builds them all at once; a part of them cannot be a consistent warehouse."""

    @dg.multi_asset(specs=list(graph.asset_specs()), check_specs=graph.check_specs(), name="warehouse", pool=POOL)
    def warehouse(
        context: dg.AssetExecutionContext, run: dg.ResourceParam[RefreshRun]
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        nodes = build_warehouse(run)
        rows = read_row_counts(run.build_dir / WAREHOUSE_NAME)
        for event in events_of(nodes, rows, graph):
            if isinstance(event, dg.AssetMaterialization):
                context.log_event(event)
            else:
                yield event

    return warehouse


def build_warehouse(run: RefreshRun) -> "list[NodeResult]":
    """Make a new build. Failed tests stop the publication; what could not be computed at all is an error."""
    with run.step("build") as say:
        remove_dead_builds(run.settings)
        run.build = run.workers.builder.build(run.settings, run.build_dir, run.run_id)
        broken = [f"{node.name}: {node.message}" for node in run.build.broken]
        if broken:
            raise RuntimeError("the build could not compute " + "; ".join(broken[:BROKEN_SHOWN]))
        run.checks = checks_of(run.build.nodes)
        say(f"{sum(not node.is_test for node in run.build.nodes)} tables, {len(run.checks)} tests")
    run.stop(refusal(run.checks, run.build_dir))
    return run.build.nodes


def events_of(
    nodes: "Iterable[NodeResult]", rows: Mapping[str, int], graph: DbtGraph
) -> Iterator[dg.MaterializeResult | dg.AssetMaterialization | dg.AssetCheckResult]:
    """dbt's outcomes as Dagster's events; skipped nodes give none. `rows`: `schema.table` -> rows.

    Later steps wait for published tables only. The tables of inner layers are no outputs of the step (three events
    each), just materializations: a run of 230 nodes spends seconds on the rest.
    """
    for node in nodes:
        metadata: dict[str, Any] = {"unique_id": node.unique_id, "seconds": node.seconds}
        if node.is_test and node.status != "skipped" and node.unique_id in graph.check_keys:
            yield _check_result(graph.check_keys[node.unique_id], node, metadata)
        elif node.status == "success" and node.unique_id in graph.keys:
            # A model that was added while the run was under way is built, and in the graph from the next run on.
            key = graph.keys[node.unique_id]
            count = rows.get(".".join(key.path))
            metadata |= {} if count is None else {"dagster/row_count": count}
            is_output = key.path[0] in PUBLISHED_SCHEMAS
            yield (dg.MaterializeResult if is_output else dg.AssetMaterialization)(asset_key=key, metadata=metadata)


def _check_result(key: dg.AssetCheckKey, node: "NodeResult", metadata: dict[str, Any]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=node.status == "pass",
        asset_key=key.asset_key,
        check_name=key.name,
        severity=dg.AssetCheckSeverity.WARN if node.severity == "warn" else dg.AssetCheckSeverity.ERROR,
        metadata={**metadata, "failures": node.failures, "message": "; ".join(node.messages) or node.message},
    )
