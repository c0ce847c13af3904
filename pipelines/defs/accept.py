"""`tenure release --accept`: a person says that what stopped a build is right, and the kept build is published.

The same steps as a refresh, from the audit's end on; nothing is built again. What was audited is what is published: a
kept build that was touched, or that is older than the live release, is refused.
"""

import getpass
from pathlib import Path

from pipelines.audit.checks import Acceptance, Check
from pipelines.audit.gate import acceptance_command, refusal
from pipelines.audit.record import record_decision
from pipelines.defs.decision import apply_acceptances, keep_blocked, write_audit_report
from pipelines.defs.postgres_copy import copy_release
from pipelines.defs.release import publish_build, seal_build, write_dashboard, write_exports_of_build
from pipelines.defs.run import RefreshRun, Reporter, utc_now
from pipelines.defs.workers import Workers
from pipelines.engine import CONFIG
from pipelines.errors import Blocked, UserError
from pipelines.release.files import sha256_of_file
from pipelines.release.history import list_releases
from pipelines.release.kept import KeptBuild, newest_blocked, read_kept, write_kept
from pipelines.release.lock import refresh_lock
from pipelines.release.manifest import WAREHOUSE_NAME
from pipelines.settings import Settings, load_settings

UNCHANGED = "nothing was changed; the live release stays"


def accept(settings: Settings, reporter: Reporter, name: str, reason: str) -> RefreshRun:
    """Record the acceptance of a failed check (`suite.name`) and publish the build it kept back.

    Raises UserError when there is no such check to accept, the reason is empty or the build cannot be published as it
    is; Blocked when other checks still stop it (the acceptance is recorded then); LockHeld.
    """
    if not reason.strip():
        raise UserError("an acceptance needs a reason", done=UNCHANGED, do='say why the data is right: --reason "..."')
    with refresh_lock(settings):
        build_dir, kept = _waiting(settings)
        check = _acceptable(kept, name, settings.home)
        run = _resumed(settings, reporter, kept)
        given = Acceptance(
            publication_id=kept.publications[-1].publication_id,
            check=check.full_name,
            fingerprint=kept.identity.fingerprint,
            observed=check.message or check.observed,
            reason=reason.strip(),
            accepted_by=getpass.getuser(),
            accepted_at=utc_now(),
        )
        kept = kept.model_copy(update={"acceptances": [*kept.acceptances, given]})
        write_kept(build_dir, kept)
        _decide(run)
        still = refusal(run.checks, build_dir, settings.home)
        keep_blocked(run)
        if still:
            raise Blocked(f"accepted: {check.full_name}. Still {still.what}", still.where, still.done, still.do)
        seal_build(run)
        write_dashboard(run)
        write_exports_of_build(run)
        publish_build(run)
        copy_release(run)
        return run


def _waiting(settings: Settings) -> tuple[Path, KeptBuild]:
    """The build that waits, whole and still the next release."""
    build_dir = newest_blocked(settings)
    kept = read_kept(build_dir) if build_dir else None
    if build_dir is None:
        raise UserError("no build waits for an acceptance", done=UNCHANGED, do="tenure refresh")
    if kept is None:
        raise UserError(
            "the build that waits was stopped by checks that nobody can accept",
            where=str(build_dir), done=UNCHANGED, do="see BLOCKED.md there; correct what it names, then refresh again",
        )  # fmt: skip
    if sha256_of_file(build_dir / WAREHOUSE_NAME) != kept.warehouse_sha256:
        raise UserError(
            "the kept build is not the one that was audited",
            where=str(build_dir / WAREHOUSE_NAME), done=UNCHANGED, do="tenure refresh",
        )  # fmt: skip
    newest = list_releases(settings)[:1]
    before = [publication.publication_id for publication in kept.publications[:-1]][-1:]
    if [release.release_id for release in newest] != before:
        raise UserError(
            f"a newer release was published since the build was kept: {newest[0].release_id if newest else 'none'}",
            where=str(build_dir), done=UNCHANGED, do="tenure refresh",
        )  # fmt: skip
    return build_dir, kept


def _acceptable(kept: KeptBuild, name: str, home: Path) -> Check:
    failed = [check for check in kept.checks if check.is_blocking or check.acceptance]  # accepted, then interrupted
    found = next((check for check in failed if name in (check.full_name, check.name)), None)
    can_be = [acceptance_command(check, home) for check in failed if check.acceptable]
    do = "\n         " + "\n         ".join(can_be) if can_be else "correct what BLOCKED.md names, then refresh again"
    if found is None:
        raise UserError(f"'{name}' is no check that stops the kept build", done=UNCHANGED, do=do)
    if not found.acceptable:
        raise UserError(
            f"{found.full_name} can never be accepted: {found.finding}",
            done=UNCHANGED,
            do="correct the export, or the mapping or policy behind it, then refresh again",
        )
    return found


def _resumed(settings: Settings, reporter: Reporter, kept: KeptBuild) -> RefreshRun:
    """The run that was blocked, as it stood at the end of its audit; it is published now."""
    from pipelines.warehouse import BuildResult

    own = load_settings(settings.home, inbox=settings.inbox, as_of=kept.identity.as_of_on)
    run = RefreshRun(own, kept.run_id, reporter, Workers())
    run.build = BuildResult(run.build_dir, run.build_dir / WAREHOUSE_NAME, [], 0.0)
    run.identity, run.checks = kept.identity, kept.checks
    last = kept.publications[-1].model_copy(update={"published_at": utc_now()})
    run.publications = [*kept.publications[:-1], last]
    return run


def _decide(run: RefreshRun) -> None:
    """Write the acceptance into the build, as the audit would have."""
    import duckdb

    apply_acceptances(run)
    warehouse = run.build_dir / WAREHOUSE_NAME
    warehouse.chmod(0o644)  # sealed already, where an acceptance was interrupted
    with duckdb.connect(str(warehouse), config=CONFIG) as connection:
        record_decision(connection, run.run_id, run.checks, run.need("publications"), run.acceptances)
        write_audit_report(run, connection)
