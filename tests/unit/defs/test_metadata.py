"""What materializations say: rows and files of the landing by entity and system."""

from pipelines.audit.checks import Check, Severity
from pipelines.defs.landing import lake_metadata
from pipelines.defs.metadata import failed_table
from pipelines.defs.sources import landed_events, source_key
from pipelines.landing.ledger import EntityCounts
from pipelines.landing.receipt import LandingReceipt, LoadedFile

NOW = EntityCounts(rows_read=10, rows_landed=7, rows_duplicate=1, rows_quarantined=2)
RECEIPT = LandingReceipt(
    files=[
        LoadedFile("2", "invoices.csv", "stripe", {"invoices": NOW}),
        LoadedFile("1", "old.csv", "xero", {"invoices": NOW}, is_relanded=True),
    ]
)
ENTRIES = [
    {
        **{"file_name": f"{source}.csv", "sha256": "s", "source": source, "loaded_at": "2026-02-02T00:00:00Z"},
        **{"exported_at": "2026-02-01T09:00:00", "entities": {"invoices": vars(NOW)}, "derived": []},
    }
    for source in ("stripe", "xero")
]


def test_a_system_is_reported_when_new_files_of_it_landed_and_not_for_old_ones_landed_again() -> None:
    (event,) = landed_events(RECEIPT, ENTRIES)
    said = {name: value.value for name, value in event.metadata.items()}
    assert event.asset_key == source_key("stripe")
    assert (said["files"], said["rows_read"], said["rows_quarantined"]) == (1, 10, 2)
    assert said["newest_export"] == "2026-02-01T09:00:00"


def test_an_entity_says_what_the_lake_holds_and_what_came_now() -> None:
    said = lake_metadata(RECEIPT, ENTRIES)
    assert said["invoices"] == {
        **{"dagster/row_count": 14, "files": 2, "new_files": 2, "new_rows": 14, "new_quarantined": 4}
    }
    assert said["surveys"] == {"dagster/row_count": 0, "files": 0}


def test_what_an_earlier_attempt_of_the_run_landed_stays_in_the_receipt() -> None:
    later = LandingReceipt(files=[], unchanged=["invoices.csv", "users.csv"])
    both = later.after(RECEIPT)
    assert (len(both.files), both.unchanged) == (2, ["users.csv"])


def test_failed_checks_stand_in_a_table_that_their_text_cannot_break() -> None:
    check = Check(
        suite="s", name="n", severity=Severity.WARN, passed=False, observed="1 | 2\nthree", message="", meaning=""
    )
    assert failed_table([check]).splitlines()[2:] == ["| s.n | warn | 1 \\| 2 three |"]
    assert failed_table([]) == "none"
