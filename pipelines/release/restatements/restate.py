"""The step of a refresh: compare a finished build with the live release, write the ledger into it, judge the moves."""

from pathlib import Path

from pipelines.audit.checks import Check
from pipelines.release.history import current_id, list_releases
from pipelines.release.manifest import WAREHOUSE_NAME
from pipelines.release.restatements.closes import closes_are_unchanged, read_closes, write_closed_tables
from pipelines.release.restatements.ledger import comparison, write_ledger
from pipelines.release.restatements.limits import check_limits
from pipelines.settings import Settings


def restatement_checks(settings: Settings, warehouse: Path, publication_id: str) -> list[Check]:
    """Fill `ops.restatements`, `ops.closed_months` and `ops.closed_scorecards` of a build; returns its checks.

    The build is compared with the live release; the ledger goes on from the newest one, live or not, so that a rollback
    loses no row. Without a release before, nothing is restated.
    """
    releases = list_releases(settings)
    live = next((release for release in releases if release.release_id == current_id(settings)), None)
    closes = read_closes(settings)
    unchanged = closes_are_unchanged(closes)
    with comparison(live.path / WAREHOUSE_NAME if live else None, warehouse, can_write_new=True) as connection:
        write_ledger(connection, publication_id, releases[0].path / WAREHOUSE_NAME if releases else None)
        write_closed_tables(connection, closes if unchanged.passed else [])
        return [unchanged, *(check_limits(connection))]
