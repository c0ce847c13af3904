"""The demo company's CRM as Salesforce and as HubSpot: after landing, both say the same of the same company."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.demo import DemoSummary, write_demo
from pipelines.errors import UserError
from pipelines.landing import LandingReceipt, land
from pipelines.settings import load_settings

pytestmark = pytest.mark.slow  # several companies are simulated and landed

END = dt.date(2025, 2, 28)
_PLANTED = r"^(?:TEST|Wayside)"


@dataclass
class Landed:
    """One variant's home, as it was landed."""

    root: Path
    receipt: LandingReceipt
    summary: DemoSummary

    def rows(self, entity: str) -> pl.DataFrame:
        """Landed rows that take part, without repeats of one key."""
        paths = sorted((self.root / "lake" / entity).glob("*.parquet"))
        return pl.concat([pl.read_parquet(path) for path in paths]).filter("_is_active")

    def accounts(self) -> pl.DataFrame:
        """Accounts that are no plants and were not merged away."""
        rows = self.rows("accounts").filter(pl.col("merged_into_account_id").is_null())
        return rows.filter(~pl.col("name").str.contains(_PLANTED))


def landed(folder: Path, crm: str) -> Landed:
    summary = write_demo(folder / "inbox", END, seed=3, clients=24, crm=crm)
    for path in (folder / "inbox").iterdir():
        if path.suffix == ".json" or path.name.startswith("eurofxref"):
            path.unlink()  # not the CRM's
        else:
            os.utime(path, (1e9, 1e9))
    (folder / "tenure.toml").write_text(summary.settings_toml, encoding="utf-8")
    return Landed(folder, land(load_settings(folder), "run"), summary)


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Landed, Landed]:
    folder = tmp_path_factory.mktemp("crm")
    return landed(folder / "salesforce", "salesforce"), landed(folder / "hubspot", "hubspot")


def _names(home: Landed) -> dict[str, str]:
    return dict(home.rows("accounts").select("account_id", "name").rows())


def _users(home: Landed) -> dict[str, str]:
    return dict(home.rows("users").select("user_id", "name").rows())


def test_every_file_lands(homes: tuple[Landed, Landed]) -> None:
    for home in homes:
        assert not home.receipt.refused and not home.receipt.unknown


def test_accounts_parents_and_owners_are_the_same(homes: tuple[Landed, Landed]) -> None:
    def told(home: Landed) -> list[tuple[Any, ...]]:
        names, users = _names(home), _users(home)
        columns = ("industry", "country", "region", "time_zone", "billing_currency", "created_on", "category_spend")
        return sorted(
            (row["name"], names.get(row["parent_account_id"]), users[row["owner_id"]], *(row[name] for name in columns))
            for row in home.accounts().iter_rows(named=True)
        )

    salesforce, hubspot = map(told, homes)
    assert salesforce == hubspot
    assert any(row[1] for row in hubspot), "some account has a parent"


def test_a_merged_account_leads_to_the_same_survivor(homes: tuple[Landed, Landed]) -> None:
    def survivors(home: Landed) -> list[str]:
        rows = home.rows("accounts")
        return sorted(_names(home)[account] for account in rows["merged_into_account_id"].drop_nulls())

    salesforce, hubspot = map(survivors, homes)
    assert salesforce == hubspot and hubspot


def test_the_history_of_owners_is_the_same(homes: tuple[Landed, Landed]) -> None:
    def changes(home: Landed) -> set[tuple[Any, ...]]:
        names, users = dict(home.accounts().select("account_id", "name").rows()), _users(home)
        rows = home.rows("owner_changes").select("account_id", "changed_at", "owner_id").rows()
        return {(names[account], at, users[owner]) for account, at, owner in rows if account in names}

    salesforce, hubspot = map(changes, homes)
    assert salesforce < hubspot, "HubSpot's variant has the first owner as a row of its own"


def test_opportunities_come_to_the_same_sums(homes: tuple[Landed, Landed]) -> None:
    def sums(home: Landed) -> list[tuple[Any, ...]]:
        names = _names(home)
        rows = home.rows("opportunities").filter(pl.col("type") != "other")
        rows = rows.with_columns(pl.col("account_id").replace_strict(names).alias("name"))
        keys = ["name", "type", "is_won", "is_closed", "is_qualified", "currency", "closed_on", "loss_reason"]
        return sorted(rows.group_by(keys).agg(pl.len(), pl.col("amount").sum()).rows(), key=str)

    salesforce, hubspot = map(sums, homes)
    assert salesforce == hubspot and len(hubspot) > 20


@pytest.mark.parametrize("entity", ["escalations", "support_tickets", "contacts", "contracts", "activities"])
def test_other_records_are_as_many_for_each_account(homes: tuple[Landed, Landed], entity: str) -> None:
    def counts(home: Landed) -> list[tuple[Any, ...]]:
        names = _names(home)
        named = [names[account] for account in home.rows(entity)["account_id"]]
        return sorted(pl.Series(named).value_counts().rows())

    salesforce, hubspot = map(counts, homes)
    assert salesforce == hubspot and hubspot


def test_times_of_escalations_are_the_same(homes: tuple[Landed, Landed]) -> None:
    columns = ("severity", "opened_at", "responded_at", "resolved_at")
    salesforce, hubspot = (sorted(home.rows("escalations").select(columns).rows(), key=str) for home in homes)
    assert salesforce == hubspot


def test_what_is_planted_is_found(homes: tuple[Landed, Landed]) -> None:
    hubspot = homes[1]
    counts = [c for file in hubspot.receipt.files if file.source == "hubspot" for c in file.entities.values()]
    crm = [planted for planted in hubspot.summary.planted if planted.file.startswith("hubspot")]
    for outcome, found in (("quarantined", "rows_quarantined"), ("duplicate", "rows_duplicate")):
        planted = sum(each.rows for each in crm if each.outcome == outcome)
        assert sum(getattr(each, found) for each in counts) == planted > 0
    findings = [finding for finding in hubspot.receipt.findings if finding.code == "unmapped_opportunity_type"]
    assert [(finding.value, finding.rows) for finding in findings] == [("Referral", 3)]


def test_a_crm_the_company_does_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="zoho"):
        write_demo(tmp_path / "inbox", END, clients=24, crm="zoho")
