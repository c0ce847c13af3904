"""Puts the graph together. `build_definitions(settings)` gives a fresh one to the code location, the CLI or a test."""

import json
from collections.abc import Mapping
from typing import Any

import dagster as dg

from pipelines.audit import accounting, anomalies, dbt_results, reconciliation
from pipelines.audit.expectations import SUITES
from pipelines.defs.alerts import digest_job, digest_schedule, failure_sensor
from pipelines.defs.backfill import backfill_asset
from pipelines.defs.closes import closed_month_asset
from pipelines.defs.dbt_graph import DbtGraph
from pipelines.defs.jobs import backfill_job, close_job, nightly_job
from pipelines.defs.landing import landing_assets
from pipelines.defs.postgres_copy import copy_assets
from pipelines.defs.release import release_assets
from pipelines.defs.resources import run_resource
from pipelines.defs.run import RefreshRun
from pipelines.defs.schedules import close_schedule, nightly_schedule
from pipelines.defs.sensors import new_files_sensor
from pipelines.defs.sources import inbox_spec, known_sources, source_specs
from pipelines.defs.warehouse import PUBLISHED_SCHEMAS, warehouse_assets
from pipelines.release.restatements import closes
from pipelines.settings import Settings


def build_definitions(
    settings: Settings, run: RefreshRun | None = None, manifest: Mapping[str, Any] | None = None
) -> dg.Definitions:
    """The graph for one home.

    `run`: the run to work on, instead of a fresh one a job run. `manifest`: dbt's, instead of the project's own.
    """
    graph = DbtGraph(manifest or read_dbt_manifest())
    warehouse = warehouse_assets(graph)
    published = sorted(key for key in warehouse.keys if key.path[0] in PUBLISHED_SCHEMAS)
    own = [accounting.SUITE, anomalies.SUITE, dbt_results.SUITE, reconciliation.SUITE, closes.SUITE]
    suites = [*own, *sorted(path.stem for path in SUITES.glob("*.json"))]
    sources, digest = known_sources(settings), digest_job(settings)
    return dg.Definitions(
        assets=[
            inbox_spec(),
            *source_specs(settings, sources),
            landing_assets(graph.entities, sources),
            warehouse,
            *release_assets(published, suites, settings),
            *copy_assets(settings),
            closed_month_asset(),
            backfill_asset(settings, graph.entities),
        ],
        jobs=[nightly_job(settings), close_job(settings), backfill_job(settings), digest],
        schedules=[nightly_schedule(settings), close_schedule(settings), digest_schedule(settings, digest)],
        sensors=[new_files_sensor(settings), failure_sensor(settings)],
        resources={"run": dg.ResourceDefinition.hardcoded_resource(run) if run else run_resource(settings)},
        executor=dg.in_process_executor,
    )


def read_dbt_manifest() -> dict[str, Any]:
    """dbt's manifest of the project, parsed anew when a file of the project changed since.

    Read under the lock of the parser: dbt writes the file in place, and a refresh of another home may be at it.
    """
    from filelock import FileLock

    from pipelines.warehouse import manifest_path

    path = manifest_path()
    with FileLock(path.with_name("parse.lock")):
        return json.loads(path.read_bytes())
