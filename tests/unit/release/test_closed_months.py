"""Closing a month, what a release shows of it later, and which change a person has to accept."""

import datetime as dt
import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines.audit.checks import Check, Severity
from pipelines.errors import UserError
from pipelines.release.manifest import WAREHOUSE_NAME, Manifest
from pipelines.release.publish import publish, seal
from pipelines.release.restatements.closes import close_month, read_closes
from pipelines.release.restatements.listing import difference, ledger_rows
from pipelines.release.restatements.restate import restatement_checks
from pipelines.settings import Settings
from pipelines.terminal.restatements import restated_text
from tests.unit.release.releases import make_manifest, settings_of
from tests.unit.release.test_restatements import COMPANY, EUROS, LATE
from tests.unit.release.warehouses import Company, Line, write_warehouse

NOW = dt.datetime(2025, 4, 3, 9, 0, tzinfo=dt.UTC)
FEBRUARY = dt.date(2025, 2, 1)
CARD = [(FEBRUARY, "ann", "nrr_cc", Decimal("0.3"), Decimal("1.1"), Decimal("1"), Decimal("0.909"), Decimal("0.2727"))]
SCORES = {"scorecard": CARD, "ratings": [(FEBRUARY, "ann", Decimal("0.909"), Decimal("0.3"), "not_rated")]}


class Home:
    """A home whose releases are made of companies written by hand."""

    def __init__(self, folder: Path) -> None:
        self.settings: Settings = settings_of(folder)
        self.made: list[Manifest] = []

    def refresh(self, company: Company) -> dict[str, Check]:
        """Build, compare, publish whatever the checks say; the checks by name."""
        number = len(self.made) + 1
        build_dir = self.settings.builds / f"run-{number}"
        build_dir.mkdir(parents=True)
        write_warehouse(build_dir / WAREHOUSE_NAME, company)
        log = self.made[-1].publications if self.made else []
        this = make_manifest(number, "", log).release_id
        checks = restatement_checks(self.settings, build_dir / WAREHOUSE_NAME, this)
        manifest = make_manifest(number, seal(build_dir), log)
        publish(self.settings, build_dir, manifest)
        self.made.append(manifest)
        return {check.name: check for check in checks}

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(self.settings.current / WAREHOUSE_NAME), read_only=True) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    assert all(check.passed for check in made.refresh(replace(COMPANY, tables=SCORES)).values())
    return made


def test_a_close_stands_beside_what_is_known_later(home: Home) -> None:
    folder = close_month(home.settings, FEBRUARY, "February, paid", NOW, "Rae")
    assert sorted(path.name for path in folder.iterdir()) == ["close.json", "figures.parquet", "scorecards.parquet"]
    (path, close), = read_closes(home.settings)  # fmt: skip
    assert (path, close.closed_by, close.release_id) == (folder, "Rae", home.made[0].release_id)
    better = [(*CARD[0][:5], Decimal("1.1"), Decimal("1"), Decimal("0.3"))]
    home.refresh(replace(COMPANY.with_lines(LATE), tables={**SCORES, "scorecard": better}))
    assert home.rows(
        "select label, value_reported, value_now from ops.closed_months where metric = 'arr_cc' and segment = 'company'"
    ) == [("February, paid", 5160, 5400)]
    assert home.rows(
        "select metric, points_reported, points_now, rating_now from ops.closed_scorecards order by metric"
    ) == [
        ("nrr_cc", Decimal("0.2727"), Decimal("0.3"), None),
        ("score", Decimal("0.909"), Decimal("0.909"), "not_rated"),
    ]


def test_a_month_is_closed_once_under_a_label_and_again_under_another(home: Home) -> None:
    close_month(home.settings, FEBRUARY, "paid", NOW)
    with pytest.raises(UserError, match="closed under the label 'Paid' already"):
        close_month(home.settings, FEBRUARY, "Paid", NOW)
    close_month(home.settings, FEBRUARY, "paid again", NOW)
    assert [close.label for _, close in read_closes(home.settings)] == ["paid", "paid again"]


@pytest.mark.parametrize(
    ("month", "label", "message"),
    [
        (dt.date(2025, 4, 1), "paid", "2025-04 is not complete"),
        (dt.date(2023, 1, 1), "paid", "no figures of 2023-01"),
        (FEBRUARY, " ! ", "needs a letter or a digit"),
    ],
)
def test_what_cannot_be_closed_leaves_nothing_behind(home: Home, month: dt.date, label: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        close_month(home.settings, month, label, NOW)
    assert [path for path in (home.settings.home / "closes").rglob("*") if path.is_file()] == []


def test_a_changed_snapshot_blocks_and_cannot_be_accepted(home: Home) -> None:
    folder = close_month(home.settings, FEBRUARY, "paid", NOW)
    shutil.copyfile(folder / "scorecards.parquet", folder / "copy")
    (folder / "copy").replace(folder / "figures.parquet")
    check = home.refresh(COMPANY)["closed_months_are_unchanged"]
    assert (check.passed, check.acceptable) == (False, False)
    assert "figures.parquet" in check.message


def test_a_month_that_moves_beyond_the_limit_needs_an_acceptance(home: Home) -> None:
    check = home.refresh(COMPANY.with_lines(LATE))["restatement_arr_cc"]
    assert (check.is_blocking, check.acceptable) == (True, True)
    assert "arr_cc 2025-02 from 5160 to 5400, 465.12 basis points of at most 100: one (late_invoice)" in check.message


def test_the_last_complete_month_may_still_move_until_it_is_closed(home: Home) -> None:
    march = Line("l9", "one", "40", start=dt.date(2025, 3, 1))
    assert home.refresh(COMPANY.with_lines(march))["restatement_arr_cc"].passed
    close_month(home.settings, dt.date(2025, 3, 1), "paid", NOW)
    assert not home.refresh(COMPANY)["restatement_arr_cc"].passed


def test_once_a_month_has_a_label_only_such_months_are_guarded(home: Home) -> None:
    close_month(home.settings, FEBRUARY, "paid", NOW)
    january = Line("l9", "one", "40", start=dt.date(2025, 1, 1), end=dt.date(2025, 1, 1))
    assert home.refresh(COMPANY.with_lines(january))["restatement_arr_cc"].passed
    small = Line(
        "l10", "one", "1", start=FEBRUARY, end=FEBRUARY
    )  # 12 of 5,160 are 23 basis points: above 10, under 100
    assert not home.refresh(COMPANY.with_lines(january, small))["restatement_arr_cc"].passed


@pytest.mark.parametrize(("baseline", "is_accepted"), [(dt.date(2024, 12, 31), True), (dt.date(2024, 6, 30), False)])
def test_only_the_baseline_of_the_fiscal_year_is_accepted_by_itself(
    tmp_path: Path, baseline: dt.date, is_accepted: bool
) -> None:
    home = Home(tmp_path)
    home.refresh(replace(EUROS, baseline=dt.date(2023, 12, 31)))
    check = home.refresh(replace(EUROS, rates={**EUROS.rates, "EUR": ("9", "1.2")}, baseline=baseline))
    assert check["restatement_arr_cc"].passed is is_accepted
    assert home.rows("select distinct cause from ops.restatements") == [("fx_baseline",)]


def test_a_warning_by_policy_is_published(home: Home) -> None:
    check = home.refresh(COMPANY.with_lines(replace(COMPANY.lines[0], end=dt.date(2025, 1, 1))))["restatement_nrr_cc"]
    assert (check.passed, check.severity) == (False, Severity.WARN)


def test_the_ledger_is_listed_since_a_release_and_any_two_releases_are_compared(home: Home) -> None:
    first = home.made[0].release_id
    assert restated_text(ledger_rows(home.settings), 5, False, 200) == "No closed month changed.\n"
    home.refresh(COMPANY.with_lines(LATE))
    home.refresh(COMPANY)
    since = ledger_rows(home.settings, home.made[1].release_id)
    assert {row.publication_id for row in since} == {home.made[2].release_id}
    assert len(ledger_rows(home.settings, first)) == 2 * len(since)
    assert difference(home.settings, first, home.made[2].release_id) == []
    back = difference(home.settings, home.made[1].release_id, first)
    shown = restated_text(back, 1, False, 200)
    assert "2025-03  arr_cc  company  5,400.00  5,160.00  -240.00  changed_invoice  one -240.00\n" in shown
    assert "more figures" in shown
    with pytest.raises(UserError, match="no release of this home"):
        ledger_rows(home.settings, "1999")
