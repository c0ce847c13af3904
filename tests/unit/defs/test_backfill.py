"""Past months: which there are, as of which day each is built, where it goes, and that `current` sees nothing of it."""

import datetime as dt
from pathlib import Path

import pytest

from pipelines.defs.backfill import last_day_of, months_of, settings_as_of
from pipelines.defs.backfill_run import MonthDone, backfill
from pipelines.defs.run import SilentReporter
from pipelines.errors import Blocked, UserError
from pipelines.release.backfills import builds_of, find_backfill, keep_backfill, read_backfill, remove_dead_backfills
from pipelines.release.identity import Identity
from pipelines.release.manifest import Manifest
from pipelines.settings import Settings, load_settings
from pipelines.terminal.backfill import backfill_table, status_of

MARCH = dt.date(2025, 3, 1)
IDENTITY = Identity(
    as_of_on="2025-03-31", code_version="c", code_sha256="1", lock_sha256="2", policy_sha256="3", settings_sha256="4",
    inputs={"00000001-abc": "5"},
)  # fmt: skip


def manifest(nrr: float | None = 1.05) -> Manifest:
    return Manifest(
        release_id="backfill-2025-03-abc", sequence=1, published_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), run_id="r",
        identity=IDENTITY, fingerprint=IDENTITY.fingerprint, warehouse_sha256="w", row_counts={},
        headline={"arr_cc": "1200.00", "nrr_cc": nrr, "reporting_currency": "USD"}, checks={}, publications=[],
    )  # fmt: skip


def build(settings: Settings, content: str) -> Path:
    folder = builds_of(settings) / "run-1"
    (folder / "audit").mkdir(parents=True)
    (folder / "target").mkdir()
    (folder / "warehouse.duckdb").write_text(content)
    return folder


def test_a_partition_is_a_complete_month_in_the_companys_time_zone(tmp_path: Path) -> None:
    months = months_of(Settings(home=tmp_path, as_of=dt.date(2026, 1, 31), company_time_zone="Asia/Tokyo"))
    in_tokyo = dt.datetime(2026, 1, 31, 15, 30, tzinfo=dt.UTC)  # half past midnight of the first of February there
    assert months.get_partition_keys(in_tokyo)[-1] == "2026-01"
    assert months.get_partition_keys(in_tokyo - dt.timedelta(hours=1))[-1] == "2025-12"


def test_a_month_is_built_as_of_its_last_day_with_the_baseline_of_that_day(tmp_path: Path) -> None:
    assert last_day_of(dt.date(2024, 2, 1)) == dt.date(2024, 2, 29)
    (tmp_path / "tenure.toml").write_text('as_of = "2026-10-31"\nfiscal_year_start_month = 4\n')
    past = settings_as_of(load_settings(tmp_path), last_day_of(MARCH))
    assert (past.as_of, past.fx_baseline_on) == (dt.date(2025, 3, 31), dt.date(2024, 3, 31))


def test_a_baseline_that_is_set_holds_for_every_month(tmp_path: Path) -> None:
    (tmp_path / "tenure.toml").write_text('fx_baseline_on = "2026-01-02"\n')
    assert settings_as_of(load_settings(tmp_path), last_day_of(MARCH)).fx_baseline_on == dt.date(2026, 1, 2)


def test_a_month_is_replaced_whole_and_nothing_else_is_touched(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, as_of=dt.date(2026, 1, 31))
    for content in ("first", "second"):
        folder = keep_backfill(settings, MARCH, build(settings, content), manifest())
    remove_dead_backfills(settings)
    assert folder == tmp_path / "backfills" / "2025-03"
    assert sorted(path.name for path in folder.iterdir()) == ["audit", "manifest.json", "warehouse.duckdb"]
    assert (folder / "warehouse.duckdb").read_text() == "second"
    assert [path.name for path in tmp_path.iterdir()] == ["backfills"]
    assert find_backfill(settings, MARCH).manifest == manifest()


def test_a_month_that_was_not_rebuilt_names_the_command(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, as_of=dt.date(2026, 1, 31))
    assert read_backfill(settings, MARCH) is None
    with pytest.raises(UserError) as error:
        find_backfill(settings, MARCH)
    assert "tenure backfill --from 2025-03 --to 2025-03" in str(error.value)


@pytest.mark.parametrize(("first", "last"), [("2025-04", "2025-03"), ("2025-03", "2199-01"), ("2001-01", "2025-03")])
def test_months_out_of_order_or_not_complete_are_refused(tmp_path: Path, first: str, last: str) -> None:
    months = [dt.date.fromisoformat(f"{key}-01") for key in (first, last)]
    with pytest.raises(UserError) as error:
        backfill(Settings(home=tmp_path, as_of=dt.date(2026, 1, 31)), SilentReporter(), *months)
    assert error.value.done == "nothing was built"


def test_the_table_shows_each_month_and_why_one_is_missing() -> None:
    april = dt.date(2025, 4, 1)
    done = [MonthDone(MARCH, Path("/b/2025-03"), manifest()), MonthDone(april, error=Blocked("blocked: 1 check"))]
    lines = backfill_table(done).splitlines()
    assert lines[1].split() == ["2025-03", "USD", "1,200", "105.0", "%", "/b/2025-03"]
    assert lines[2].startswith("2025-04  not rebuilt")
    assert "2025-04: blocked: 1 check" in lines
    assert (status_of(done), status_of(done[:1]), status_of([MonthDone(MARCH, error=OSError())])) == (3, 0, 1)
