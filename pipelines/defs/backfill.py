"""The lake -> one past month, rebuilt. Months are partitions, each as of its last day; nothing is landed or published.

The same build, audit and seal as a release; no comparison with other releases, because a month's result must not depend
on when, or in which order, months are rebuilt.
"""

import calendar
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines.audit import gate
from pipelines.audit.checks import warnings
from pipelines.audit.record import Publication, record
from pipelines.defs.decision import write_audit_report
from pipelines.defs.jobs import BACKFILL, POOL
from pipelines.defs.metadata import headline_metadata
from pipelines.defs.release import seal_build
from pipelines.defs.run import RefreshRun, utc_now
from pipelines.defs.warehouse import build_warehouse
from pipelines.engine import CONFIG
from pipelines.errors import UserError
from pipelines.release.backfills import builds_of, keep_backfill, read_backfill, remove_dead_backfills
from pipelines.release.identity import identity_of
from pipelines.release.manifest import WAREHOUSE_NAME, Manifest
from pipelines.release.restatements.closes import write_closed_tables
from pipelines.release.restatements.ledger import comparison, write_ledger
from pipelines.settings import Settings, load_settings

FIRST_MONTH = "2010-01"
KEY = "%Y-%m"


def months_of(settings: Settings) -> dg.MonthlyPartitionsDefinition:
    """Complete months in the company's time zone, as `2025-01`."""
    return dg.MonthlyPartitionsDefinition(FIRST_MONTH, fmt=KEY, timezone=settings.company_time_zone)


def backfill_asset(settings: Settings, entities: Sequence[str]) -> dg.AssetsDefinition:
    """One past month a partition."""

    @dg.asset(
        key=BACKFILL,
        partitions_def=months_of(settings),
        deps=[dg.AssetKey(["lake", entity]) for entity in entities],
        group_name="backfill",
        kinds={"duckdb"},
        pool=POOL,
    )
    def backfill_release(context: dg.AssetExecutionContext, run: dg.ResourceParam[RefreshRun]) -> dg.MaterializeResult:
        """The warehouse as of the last day of a month, made from what is in the lake today; `current` stays."""
        month = dt.date.fromisoformat(f"{context.partition_key}-01")
        run.run_id = context.run_id
        try:
            path, manifest, is_kept = rebuild_month(run, month)
        except Exception as error:
            run.failure = run.failure or error
            raise
        return dg.MaterializeResult(metadata=backfill_metadata(path, manifest, is_kept))

    return backfill_release


def rebuild_month(run: RefreshRun, month: dt.date) -> tuple[Path, Manifest, bool]:
    """Build, audit, seal and keep a month (its first day). Returns folder, manifest, whether it was there already.

    A month that would come out the same is not built again. Raises LockHeld, Blocked, UserError; what was kept before
    stays then.
    """
    run.take_lock()
    settings = settings_as_of(run.settings, last_day_of(month))
    identity = identity_of(settings)
    if not identity.inputs:
        raise UserError(
            "nothing was landed yet", where=str(settings.lake), done="nothing was built", do="tenure refresh"
        )
    known = read_backfill(settings, month)
    if known and known.manifest.fingerprint == identity.fingerprint and not run.is_forced:
        return known.path, known.manifest, True
    remove_dead_backfills(settings)
    own = RefreshRun(settings, run.run_id, run.reporter, run.workers, builds=builds_of(settings))
    own.identity = identity
    run.seconds = own.seconds
    run.workers.expectations.warm_up()
    build_warehouse(own)
    own.publications = [_publication(own, month)]
    _audit(own)
    if own.failure:
        raise own.failure
    manifest = seal_build(own)
    return keep_backfill(settings, month, own.build_dir, manifest), manifest, False


def settings_as_of(settings: Settings, day: dt.date) -> Settings:
    """The home's settings for another day; what derives from the day (the FX baseline) follows it."""
    return load_settings(settings.home, inbox=settings.inbox, as_of=day)


def last_day_of(month: dt.date) -> dt.date:
    """Last day of a month."""
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def backfill_metadata(path: Path, manifest: Manifest, is_kept: bool) -> dict[str, Any]:
    """Headline and origin of a rebuilt month."""
    return {
        "as_of_on": manifest.identity.as_of_on,
        **headline_metadata(manifest),
        "checks": manifest.checks["passed"],
        "warnings": manifest.checks["warnings"],
        "fingerprint": manifest.fingerprint,
        "was_there_already": is_kept,
        "path": dg.MetadataValue.path(path),
    }


def _audit(run: RefreshRun) -> None:
    """Ask what can be asked of a month by itself, and write it into the build."""
    import duckdb

    warehouse = run.build_dir / WAREHOUSE_NAME
    with run.step("audit") as say:
        run.checks = gate.audit(
            warehouse, run.settings.lake, run.checks, run.workers.expectations, sources=run.settings.sources
        )
        publications = run.need("publications")
        with comparison(None, warehouse, can_write_new=True) as connection:
            write_ledger(connection, publications[-1].publication_id, None)
            write_closed_tables(connection, [])
        with duckdb.connect(str(warehouse), config=CONFIG) as connection:
            record(connection, run.run_id, run.checks, publications)
            write_audit_report(run, connection)
        say(f"{len(run.checks)} checks, {len(warnings(run.checks))} warnings")
    run.stop(gate.refusal(run.checks, run.build_dir, run.settings.home))


def _publication(run: RefreshRun, month: dt.date) -> Publication:
    """The one publication that a backfilled month knows of: itself."""
    identity = run.need("identity")
    return Publication(
        publication_id=f"backfill-{month:%Y-%m}-{identity.fingerprint[:8]}",
        published_at=utc_now(),
        as_of_on=run.settings.as_of,
        code_version=identity.code_version,
        inputs_sha256=identity.inputs_sha256,
        run_id=run.run_id,
    )
