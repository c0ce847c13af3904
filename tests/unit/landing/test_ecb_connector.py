"""The ECB's rate files and the bundled history."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import polars as pl
from homes import Home

from pipelines.landing.connectors.ecb import bundled_rates

HISTORY = "Date,USD,JPY,BGN,\n2025-01-03,1.0299,161.76,N/A,\n2025-01-02,1.0321,162.1,1.9558,\n"


def test_cells_with_a_number_are_rates_and_lines_are_what_is_counted(home: Home) -> None:
    home.put("eurofxref-hist.csv", HISTORY)
    receipt = home.land()
    rates = home.rows("fx_rates").select("date", "currency", "per_eur", "_source").sort("date", "currency").rows()
    assert rates[0] == (dt.date(2025, 1, 2), "BGN", Decimal("1.9558"), "ecb")
    assert len(rates) == 5
    assert receipt.total("rows_read") == receipt.total("rows_landed") == 2


def test_a_broken_line_is_one_quarantined_row(home: Home) -> None:
    home.put("eurofxref-hist.csv", HISTORY + "2025-01-01,x,y,1.9,\n2024-12-31,1.0\n")
    receipt = home.land()
    assert (receipt.total("rows_read"), receipt.total("rows_landed"), receipt.total("rows_quarantined")) == (4, 2, 2)
    assert [row["line_number"] for row in home.quarantine()] == [4, 5]


def test_the_daily_file_has_dates_in_words(home: Home) -> None:
    home.put("eurofxref.csv", "Date, USD, JPY, \n30 October 2026, 1.1172, 170.5, \n")
    home.land()
    assert home.rows("fx_rates")["date"].unique().to_list() == [dt.date(2026, 10, 30)]


def test_the_sample_lands_whole(home: Home, shared: Path) -> None:
    for path in (shared / "samples" / "ecb").glob("*.csv"):
        home.put(path.name, path.read_bytes())
    receipt = home.land()
    assert home.quarantine() == []
    assert receipt.total("rows_read") == receipt.total("rows_landed") == 724 + 1


def test_the_bundled_history_is_the_ecbs(shared: Path) -> None:
    rates = bundled_rates()
    assert rates.schema == {"date": pl.Date(), "currency": pl.String(), "per_eur": pl.Decimal(28, 10)}
    assert rates.null_count().sum_horizontal().item() == 0
    assert rates.select("date", "currency").is_duplicated().sum() == 0
    lines = (shared / "samples" / "ecb" / "eurofxref-hist_2024-01_to_2026-10.csv").read_text().splitlines()
    day, usd = dt.date.fromisoformat(lines[1].split(",")[0]), Decimal(lines[1].split(",")[1])
    assert rates.filter(date=day, currency="USD")["per_eur"].item() == usd


def test_the_official_salesforce_sample_lands_whole(home: Home, shared: Path) -> None:
    """It is not UTF-8; its opportunity type is unmapped."""
    for name in ("accountData.csv", "opportunityData.csv"):
        home.put(name, (shared / "samples" / "salesforce_dataloader" / name).read_bytes())
    receipt = home.land()
    assert home.rows("accounts").height == 423
    assert home.rows("opportunities")["type"].to_list() == ["other"] * 38
    assert "unmapped_opportunity_type" in {finding.code for finding in receipt.findings}
