"""Lake assets -> warehouse tables: every dbt node an asset, every dbt test a check; dbt runs in this process."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject, dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test

from pipelines.audit.dbt_results import checks_of
from pipelines.audit.gate import refusal
from pipelines.defs.run import RefreshRun
from pipelines.release.headline import read_row_counts
from pipelines.release.manifest import WAREHOUSE_NAME
from pipelines.release.publish import remove_dead_builds
from pipelines.settings import PROJECT_ROOT

if TYPE_CHECKING:
    from pipelines.warehouse import NodeResult

LAKE = "lake"
BROKEN_SHOWN = 3


class LayerTranslator(DagsterDbtTranslator):
    """Assets grouped by the layer they stand in, which is also their schema."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        if dbt_resource_props["resource_type"] == "source":
            return LAKE
        return str(dbt_resource_props["config"].get("schema") or "default")


TRANSLATOR = LayerTranslator()


def lake_entities(manifest: Mapping[str, Any]) -> list[str]:
    """The entities the dbt project reads from the lake: what landing has to bring."""
    return sorted(source["name"] for source in manifest["sources"].values() if source["source_name"] == LAKE)


def warehouse_assets(manifest: Mapping[str, Any]) -> dg.AssetsDefinition:
    """All dbt nodes as one step. dbt builds them all at once; a part of them cannot be a consistent warehouse."""

    @dbt_assets(
        manifest=manifest, project=DbtProject(PROJECT_ROOT), dagster_dbt_translator=TRANSLATOR, name="warehouse"
    )
    def warehouse(
        context: dg.AssetExecutionContext, run: dg.ResourceParam[RefreshRun]
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        nodes = build_warehouse(run)
        rows = read_row_counts(run.build_dir / WAREHOUSE_NAME)
        for result in results_of(nodes, rows, manifest):
            if _is_selected(result, context):
                yield result

    return warehouse


def build_warehouse(run: RefreshRun) -> "list[NodeResult]":
    """Run dbt on a new build. Failed tests stop the publication; what dbt could not compute at all is an error."""
    from pipelines.warehouse import build

    with run.step("build") as say:
        remove_dead_builds(run.settings)
        run.build = build(run.settings, run.build_dir, run.run_id)
        broken = [f"{node.name}: {node.message}" for node in run.build.broken]
        if broken:
            raise RuntimeError("dbt could not compute " + "; ".join(broken[:BROKEN_SHOWN]))
        run.checks = checks_of(run.build.nodes)
        say(f"{sum(not node.is_test for node in run.build.nodes)} tables, {len(run.checks)} tests")
    run.stop(refusal(run.checks, run.build_dir))
    return run.build.nodes


def results_of(
    nodes: "Iterable[NodeResult]", rows: Mapping[str, int], manifest: Mapping[str, Any]
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """dbt's outcomes as Dagster's events; skipped nodes give none. `rows`: `schema.table` -> rows."""
    for node in nodes:
        metadata: dict[str, Any] = {"unique_id": node.unique_id, "seconds": node.seconds}
        if node.unique_id not in manifest["nodes"]:
            continue  # a model was added while the run was under way: built already, in the graph from the next run on
        if node.is_test and node.status != "skipped":
            key = get_asset_check_key_for_test(manifest, TRANSLATOR, node.unique_id, None)
            if key is not None:
                yield _check_result(key, node, metadata)
        elif node.status == "success":
            props = manifest["nodes"][node.unique_id]
            count = rows.get(f"{props['schema']}.{props['alias']}")
            yield dg.MaterializeResult(
                asset_key=TRANSLATOR.get_asset_spec(manifest, node.unique_id, None).key,
                metadata=metadata if count is None else {**metadata, "dagster/row_count": count},
            )


def _is_selected(result: dg.MaterializeResult | dg.AssetCheckResult, context: dg.AssetExecutionContext) -> bool:
    if isinstance(result, dg.MaterializeResult):
        return result.asset_key in context.selected_asset_keys
    return any(
        (key.asset_key, key.name) == (result.asset_key, result.check_name) for key in context.selected_asset_check_keys
    )


def _check_result(key: dg.AssetCheckKey, node: "NodeResult", metadata: dict[str, Any]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=node.status == "pass",
        asset_key=key.asset_key,
        check_name=key.name,
        severity=dg.AssetCheckSeverity.WARN if node.severity == "warn" else dg.AssetCheckSeverity.ERROR,
        metadata={**metadata, "failures": node.failures, "message": "; ".join(node.messages) or node.message},
    )
