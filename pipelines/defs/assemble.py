"""Puts the graph together. `build_definitions(settings)` gives a fresh one to the code location, the CLI or a test."""

import json
from collections.abc import Mapping
from typing import Any

import dagster as dg

from pipelines.audit import accounting, dbt_results
from pipelines.audit.expectations import SUITES
from pipelines.defs.jobs import nightly_job, nightly_schedule
from pipelines.defs.landing import inbox_spec, landing_assets
from pipelines.defs.release import release_assets
from pipelines.defs.resources import run_resource
from pipelines.defs.run import RefreshRun
from pipelines.defs.warehouse import lake_entities, warehouse_assets
from pipelines.settings import Settings

PUBLISHED_SCHEMAS = ("marts", "ops")


def build_definitions(
    settings: Settings, run: RefreshRun | None = None, manifest: Mapping[str, Any] | None = None
) -> dg.Definitions:
    """The graph for one home.

    `run`: the run to work on, instead of a fresh one a job run. `manifest`: dbt's, instead of the project's own.
    """
    manifest = manifest or read_dbt_manifest()
    warehouse = warehouse_assets(manifest)
    published = sorted(key for key in warehouse.keys if key.path[0] in PUBLISHED_SCHEMAS)
    suites = [accounting.SUITE, dbt_results.SUITE, *sorted(path.stem for path in SUITES.glob("*.json"))]
    job = nightly_job()
    return dg.Definitions(
        assets=[
            inbox_spec(),
            landing_assets(lake_entities(manifest)),
            warehouse,
            *release_assets(published, suites),
        ],
        jobs=[job],
        schedules=[nightly_schedule(job, settings.company_time_zone)],
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
