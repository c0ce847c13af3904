"""The morning digest of a small home says what a person needs, and nothing personal."""

from pathlib import Path

import pytest
from companies import published, settings_of

from pipelines.alerts.digest import digest
from pipelines.errors import UserError
from pipelines.release.history import make_current


def test_it_tells_headline_change_intake_quarantine_and_work(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    published(settings)
    text = digest(settings).plain
    for part in (
        "Live now: release-2",
        "ARR USD 74,964,778 from 252 clients at the end of 2026-10",
        "NRR T12M 106.5 %",
        "ARR: USD 74,000,000 before, USD 74,964,778 now",
        "stripe: 1 file, 1,200 rows",
        "Quarantine: 3 rows, USD 1,234 at stake",
        "USD 1,234, 2 rows: a customer of xero has no account",
        "1 row: score '…' is no score",
        "action registry: 8 open, 2 older than 60 days, the oldest 81 days",
        "renewals that should have been opened: 1 of USD 120,000: Blue <!channel> Ltd (2026-12-01)",
        "renewals to open now: 1, value not known: Zebra (2027-02-01)",
        "QBRs due in the quarter from 2026-07-01 and not held: 1",
        "anomalies.late_sources: jira is late",
    ):
        assert part in text
    assert "salesforce" not in text  # its file came with the release before
    assert "behind" not in text


def test_it_quotes_no_cell_and_no_address(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    published(settings)
    alert = digest(settings)
    assert "jane" not in alert.plain.lower()
    assert "<!channel>" not in alert.markdown


def test_an_older_live_release_is_compared_with_what_was_before_it(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    published(settings)
    make_current(settings, "release-1")
    text = digest(settings).plain
    assert "this is the first release" in text
    assert "the release is 1 day behind" in text


def test_without_a_release_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no published release"):
        digest(settings_of(tmp_path))
