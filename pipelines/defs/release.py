"""Warehouse tables -> audit -> release -> dashboard -> the live release."""

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from pipelines.audit import gate
from pipelines.audit.checks import Check, blocking, warnings
from pipelines.audit.record import Publication, record
from pipelines.defs.decision import apply_acceptances, keep_blocked, write_audit_report
from pipelines.defs.jobs import POOL
from pipelines.defs.metadata import (
    audit_metadata,
    dashboard_metadata,
    exports_metadata,
    release_metadata,
    warehouse_metadata,
)
from pipelines.defs.run import RefreshRun, utc_now
from pipelines.demo.home import is_demo
from pipelines.engine import CONFIG
from pipelines.release.headline import read_headline, read_row_counts
from pipelines.release.history import good_profiles, list_releases
from pipelines.release.manifest import EXPORTS, WAREHOUSE_NAME, Manifest, file_records, new_release_id
from pipelines.release.publish import publish, remove_old_releases, seal
from pipelines.release.restatements.restate import restatement_checks
from pipelines.settings import Settings

if TYPE_CHECKING:
    from pipelines.dashboards.meta import SiteMeta

PUBLISHED = ("marts.", "ops.")
AUDIT = dg.AssetKey(["audit", "checks"])
WAREHOUSE = dg.AssetKey(["release", "warehouse"])
DASHBOARD = dg.AssetKey(["release", "dashboard"])
FILES = dg.AssetKey(["release", "exports"])
CURRENT = dg.AssetKey(["release", "current"])


def release_assets(
    published_tables: Sequence[dg.AssetKey], suites: Sequence[str], settings: Settings
) -> list[dg.AssetsDefinition]:
    """The five steps after the build. `suites` names the checks of the audit, one an asset check."""
    late_after = dt.timedelta(hours=settings.release_late_after_hours)

    @dg.multi_asset(
        name="audit",
        pool=POOL,
        specs=[
            dg.AssetSpec(
                AUDIT,
                deps=list(published_tables),
                group_name="release",
                kinds={"duckdb"},
                description="Row accounting, dbt tests and the business suites; a failed blocking check stops here.",
            )
        ],
        check_specs=[dg.AssetCheckSpec(suite, asset=AUDIT, blocking=True) for suite in suites],
    )
    def audit(run: dg.ResourceParam[RefreshRun]) -> Iterator[dg.MaterializeResult]:
        audit_build(run)
        yield dg.MaterializeResult(
            asset_key=AUDIT,
            metadata=audit_metadata(run),
            check_results=[_as_asset_check(suite, run.checks) for suite in suites],
        )

    @dg.asset(key=WAREHOUSE, deps=[AUDIT], group_name="release", kinds={"duckdb"}, pool=POOL)
    def release_warehouse(run: dg.ResourceParam[RefreshRun]) -> dg.MaterializeResult:
        """The audited warehouse, closed for good, with the manifest that says what it was made from."""
        manifest = seal_build(run)
        return dg.MaterializeResult(metadata=warehouse_metadata(run, manifest))

    @dg.asset(key=DASHBOARD, deps=[WAREHOUSE], group_name="release", kinds={"plotly"}, pool=POOL)
    def release_dashboard(run: dg.ResourceParam[RefreshRun]) -> dg.MaterializeResult:
        """The dashboards of the release: self-contained pages drawn from the sealed warehouse."""
        out_dir = write_dashboard(run)
        return dg.MaterializeResult(metadata=dashboard_metadata(run, out_dir))

    @dg.asset(key=FILES, deps=[WAREHOUSE], group_name="release", kinds={"excel"}, pool=POOL)
    def release_exports(run: dg.ResourceParam[RefreshRun]) -> dg.MaterializeResult:
        """The release as files with seals: marts as Parquet, the finance workbook, extracts of account managers."""
        left_out = write_exports_of_build(run)
        return dg.MaterializeResult(metadata=exports_metadata(run, left_out))

    @dg.asset(
        key=CURRENT,
        deps=[WAREHOUSE, DASHBOARD, FILES],
        group_name="release",
        kinds={"file"},
        pool=POOL,
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=late_after),
    )
    def release_current(run: dg.ResourceParam[RefreshRun]) -> dg.MaterializeResult:
        """The live release: the build moved under `releases/` and `current` pointed at it, both by one rename."""
        return dg.MaterializeResult(metadata=release_metadata(run, publish_build(run)))

    return [audit, release_warehouse, release_dashboard, release_exports, release_current]


def audit_build(run: RefreshRun) -> None:
    """Ask every gate, write what they said into the build, and remember the refusal if one says no."""
    import duckdb

    build_dir = _build_dir(run)
    warehouse = build_dir / WAREHOUSE_NAME
    with run.step("audit") as say:
        run.checks = gate.audit(
            *(warehouse, run.settings.lake, run.checks, run.workers.expectations),
            past=good_profiles(run.settings),
            sources=run.settings.sources,
        )
        publications = _publications(run)
        run.checks += restatement_checks(run.settings, warehouse, publications[-1].publication_id)
        apply_acceptances(run)
        with duckdb.connect(str(warehouse), config=CONFIG) as connection:
            record(connection, run.run_id, run.checks, publications, run.acceptances)
            write_audit_report(run, connection)
        found = blocking(run.checks), warnings(run.checks)
        say(f"{len(run.checks)} checks, {len(found[0])} blocking, {len(found[1])} warnings")
    refused = gate.refusal(run.checks, build_dir, run.settings.home)
    if refused:
        keep_blocked(run)
    run.stop(refused)


def seal_build(run: RefreshRun) -> Manifest:
    """Close the build's warehouse and describe it. The manifest is written with the release."""
    with run.step("seal") as say:
        warehouse = _build_dir(run) / WAREHOUSE_NAME
        digest = seal(warehouse.parent)
        publications = run.need("publications")
        run.manifest = Manifest(
            release_id=publications[-1].publication_id,
            sequence=len(publications),
            published_at=publications[-1].published_at,
            run_id=run.run_id,
            identity=run.need("identity"),
            fingerprint=run.need("identity").fingerprint,
            warehouse_sha256=digest,
            row_counts={
                table: rows for table, rows in read_row_counts(warehouse).items() if table.startswith(PUBLISHED)
            },
            headline=read_headline(warehouse, run.settings.reporting_currency),
            checks={
                "passed": sum(check.passed for check in run.checks),
                "warnings": len(warnings(run.checks)),
            },
            publications=publications,
            acceptances=run.acceptances,
        )
        say(f"{warehouse.stat().st_size / 1e6:.1f} MB")
    return run.manifest


def write_dashboard(run: RefreshRun) -> Path:
    """Draw the static site of a sealed build."""
    from pipelines.dashboards.dictionary.page import write_dictionary
    from pipelines.dashboards.site import write_site
    from pipelines.serving.access import read_access
    from pipelines.serving.principal import Role
    from pipelines.serving.release import open_release

    manifest: Manifest = run.need("manifest")
    with run.step("dashboard") as say:
        out_dir = _build_dir(run) / "dashboard"
        managers = read_access(run.settings).of_role(Role.ACCOUNT_MANAGER)
        meta = _site_meta(run.settings, manifest)
        paths = write_site(partial(open_release, _build_dir(run)), out_dir, meta, managers)
        with open_release(_build_dir(run)) as release:
            write_dictionary(release, run.settings, meta, out_dir)
        say(f"{len(paths)} sites" if managers else "")
    return out_dir


def write_exports_of_build(run: RefreshRun) -> list[str]:
    """Write the files of a sealed build, and enter them in its manifest. Gives why a workbook was left out."""
    from pipelines.exports.write import write_exports
    from pipelines.serving.access import read_access
    from pipelines.serving.principal import Role
    from pipelines.serving.release import open_release

    manifest: Manifest = run.need("manifest")
    with run.step("exports") as say:
        build_dir, kinds = _build_dir(run), run.settings.exports.kinds
        left_out: list[str] = []
        if kinds:
            managers = read_access(run.settings).of_role(Role.ACCOUNT_MANAGER)
            meta = _site_meta(run.settings, manifest)
            written = write_exports(partial(open_release, build_dir), build_dir / EXPORTS, meta, managers, kinds)
            left_out = [error.what for error in written.left_out]
        files = file_records(build_dir / EXPORTS)
        run.manifest = manifest.model_copy(update={"exports": files})
        say(f"{len(files)} files, {sum(file.bytes for file in files.values()) / 1e6:.1f} MB" if files else "none")
        for reason in left_out:
            say(f"left out: {reason}")
    return left_out


def publish_build(run: RefreshRun) -> Path:
    """Swap the build in, then tidy up: old releases and what dead runs left."""
    manifest: Manifest = run.need("manifest")
    with run.step("publish") as say:
        run.release_dir = publish(run.settings, _build_dir(run), manifest, run.reached)
        run.reached("tidy")
        removed = remove_old_releases(run.settings)
        say(manifest.release_id + (f"; {len(removed)} old releases removed" if removed else ""))
    return run.release_dir


def _site_meta(settings: Settings, manifest: Manifest) -> "SiteMeta":
    from pipelines.dashboards.meta import SiteMeta

    return SiteMeta(
        release_id=manifest.release_id,
        as_of_on=settings.as_of,
        reporting_currency=settings.reporting_currency,
        fx_baseline_on=settings.fx_baseline_on,
        published_at=manifest.published_at,
        is_demo=is_demo(settings.home),
    )


def _build_dir(run: RefreshRun) -> Path:
    run.need("build")
    return run.build_dir


def _publications(run: RefreshRun) -> list[Publication]:
    """The home's log of publications with this one last. The newest release has the longest log, live or not."""
    now, identity = utc_now(), run.need("identity")
    newest = list_releases(run.settings)[:1]
    this = Publication(
        publication_id=new_release_id(now, identity.fingerprint, run.run_id),
        published_at=now,
        as_of_on=run.settings.as_of,
        code_version=identity.code_version,
        inputs_sha256=identity.inputs_sha256,
        run_id=run.run_id,
    )
    run.publications = [*(newest[0].manifest.publications if newest else []), this]
    return run.publications


def _as_asset_check(suite: str, checks: Sequence[Check]) -> dg.AssetCheckResult:
    """All checks of one suite as one asset check; it is as severe as the worst that failed."""
    asked = [check for check in checks if check.suite == suite]
    failed = [check for check in asked if not check.passed]
    is_blocked = any(check.is_blocking for check in failed)
    return dg.AssetCheckResult(
        check_name=suite,
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR if is_blocked else dg.AssetCheckSeverity.WARN,
        metadata={"asked": len(asked), "failed": "; ".join(f"{c.name}: {c.message}" for c in failed) or "none"},
    )
