"""The demo's invoices are the same whichever system bills them: landed, they add up to the same money."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.demo import DemoSummary, write_demo
from pipelines.errors import UserError
from pipelines.landing import land
from pipelines.settings import load_settings

pytestmark = pytest.mark.slow  # several companies are simulated and landed

END = dt.date(2025, 2, 28)
SYSTEMS = ("stripe", "xero", "quickbooks")


class Landed:
    """A demo company's billing files, landed under the settings the demo writes for itself."""

    def __init__(self, root: Path, billing: str) -> None:
        self.summary: DemoSummary = write_demo(root / "inbox", END, seed=3, clients=20, billing=billing)
        for path in (root / "inbox").iterdir():
            if not path.name.startswith(billing):
                path.unlink()
        (root / "tenure.toml").write_text(self.summary.settings_toml, encoding="utf-8")
        self.receipt = land(load_settings(root), "run")
        self.invoices, self.lines = self._rows(root, "invoices"), self._rows(root, "invoice_lines")

    def _rows(self, root: Path, entity: str) -> pl.DataFrame:
        paths = sorted((root / "lake" / entity).glob("*.parquet"))
        return pl.concat([pl.read_parquet(path) for path in paths]).filter("_is_active")

    def billed(self) -> pl.DataFrame:
        """Lines that count, with the facts of their invoices."""
        counted = self.invoices.filter(~pl.col("status").is_in(["draft", "void"]))
        is_note = pl.col("invoice_id").str.contains("CN-|cn_").alias("is_of_note")
        return self.lines.join(counted.select("invoice_id", "currency", "issued_on", is_note), on="invoice_id")

    def totals(self, *by: pl.Expr) -> dict[tuple[Any, ...], Decimal]:
        sums = self.billed().group_by(*by).agg(pl.col("amount").sum())
        return {row[:-1]: row[-1] for row in sums.iter_rows()}


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Landed]:
    return {billing: Landed(tmp_path_factory.mktemp(billing), billing) for billing in SYSTEMS}


@pytest.mark.parametrize("billing", ["xero", "quickbooks"])
def test_invoices_add_up_to_the_same_by_currency_and_month(landed: dict[str, Landed], billing: str) -> None:
    by = (pl.col("currency"), pl.col("issued_on").dt.truncate("1mo"))
    totals = landed[billing].totals(*by)
    assert len(totals) > 100
    assert totals == landed["stripe"].totals(*by)


@pytest.mark.parametrize("billing", ["xero", "quickbooks"])
def test_service_periods_survive_in_the_texts(landed: dict[str, Landed], billing: str) -> None:
    """Those of credit notes aside: Stripe's find theirs in the warehouse, by the line they take back."""
    periods = [
        landed[system]
        .billed()
        .filter(~pl.col("is_of_note"))
        .group_by("currency", "service_start", "service_end")
        .agg(pl.col("amount").sum())
        .sort(pl.all())
        for system in ("stripe", billing)
    ]
    assert periods[0].drop_nulls().height > 50
    assert periods[0].equals(periods[1])


@pytest.mark.parametrize("billing", SYSTEMS)
def test_every_row_is_accounted_for_and_the_planted_ones_meet_their_fate(
    landed: dict[str, Landed], billing: str
) -> None:
    demo = landed[billing]
    assert not demo.receipt.refused
    assert not [finding for finding in demo.receipt.findings if finding.code in ("total_differs", "unmatched_total")]
    repeats = [planted.rows for planted in demo.summary.planted if planted.outcome == "duplicate"
               and planted.file.startswith(billing)]  # fmt: skip
    counted = "invoices" if billing == "stripe" else "invoice_lines"
    duplicates = sum(file.entities[counted].rows_duplicate for file in demo.receipt.files if counted in file.entities)
    assert duplicates == sum(repeats)
    statuses = demo.invoices["status"].value_counts()
    voided = dict(statuses.iter_rows()).get("void")
    assert voided == 8


def test_unknown_billing_system_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="abacus"):
        write_demo(tmp_path / "inbox", END, clients=20, billing="abacus")
    assert not (tmp_path / "inbox").exists()
