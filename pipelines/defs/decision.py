"""What a person decided about a build's checks: looked up at the audit, and what is kept for a person to decide."""

from typing import TYPE_CHECKING

from pipelines.audit.checks import accepted, with_acceptances
from pipelines.audit.profile import FOLDER
from pipelines.audit.report import write_report
from pipelines.defs.run import RefreshRun
from pipelines.engine import CONFIG
from pipelines.release.files import sha256_of_file
from pipelines.release.kept import KeptBuild, known_acceptances, write_kept
from pipelines.release.manifest import WAREHOUSE_NAME

if TYPE_CHECKING:
    import duckdb


def apply_acceptances(run: RefreshRun) -> None:
    """Give the run's failed checks what was accepted for a build made of the very same inputs, and keep the log."""
    known, this = known_acceptances(run.settings), run.need("publications")[-1].publication_id
    run.checks = with_acceptances(run.checks, known, run.need("identity").fingerprint, this)
    published = {publication.publication_id for publication in run.need("publications")[:-1]}
    run.acceptances = [*(a for a in known if a.publication_id in published), *accepted(run.checks)]


def write_audit_report(run: RefreshRun, connection: "duckdb.DuckDBPyConnection") -> None:
    """The readable report, beside the warehouse."""
    this = run.need("publications")[-1]
    write_report(connection, run.build_dir / FOLDER, this.publication_id, this.as_of_on, run.checks, run.acceptances)


def keep_blocked(run: RefreshRun) -> None:
    """Keep what publishing needs beside a blocked build, in case a person accepts what stopped it."""
    import duckdb

    warehouse = run.build_dir / WAREHOUSE_NAME
    with duckdb.connect(str(warehouse), config=CONFIG) as connection:
        connection.execute("checkpoint")
    write_kept(
        run.build_dir,
        KeptBuild(
            run_id=run.run_id,
            identity=run.need("identity"),
            publications=run.need("publications"),
            checks=run.checks,
            acceptances=run.acceptances,
            warehouse_sha256=sha256_of_file(warehouse),
        ),
    )
