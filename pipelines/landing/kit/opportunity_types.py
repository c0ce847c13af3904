"""The type of an opportunity: every system's own words, of which those nobody mapped are `other`, in no metric."""

from __future__ import annotations

import polars as pl

from pipelines.landing.connector import Finding

TYPES = ("new", "expansion", "renewal", "other")


def canonical(mapped: pl.Series) -> pl.Series:
    """The mapped words in lower case; what is none of the types, or empty, is `other`."""
    lowered = mapped.str.to_lowercase()
    return lowered.set(~lowered.is_in(TYPES).fill_null(False), "other").fill_null("other")


def unmapped(
    source: str, written: pl.Series, mapped: pl.Series, currency: pl.Series, amount: pl.Series, counts: pl.Series
) -> list[Finding]:
    """One finding for each written value that became `other` without being called so, the most money first.

    `mapped`: the words before `canonical`. `counts`: Boolean, false for rows that take no part (deleted).
    """
    rows = pl.DataFrame(
        {
            "written": written,
            "is_unmapped": (canonical(mapped) == "other") & (mapped.str.to_lowercase() != "other").fill_null(True),
            "currency": currency,
            "amount": amount.cast(pl.Decimal(38, 2), strict=False).fill_null(0),
        }
    ).filter(counts)
    by_currency = (
        rows.filter("is_unmapped").group_by("written", "currency").agg(pl.len().alias("rows"), pl.col("amount").sum())
    )
    by_value = (
        by_currency.sort("amount", "currency", descending=[True, False])
        .group_by("written", maintain_order=True)
        .agg(pl.col("rows").sum(), pl.col("amount").sum().alias("total"), pl.col("amount"), pl.col("currency"))
        .sort("total", "written", descending=[True, False], nulls_last=True)
    )
    return [_finding(source, value, count, amounts, codes) for value, count, _, amounts, codes in by_value.iter_rows()]


def _finding(source: str, value: str | None, count: int, amounts: list[object], codes: list[str | None]) -> Finding:
    money = ", ".join(f"{amount:,.2f} {code}" for amount, code in zip(amounts, codes, strict=True))
    name, do = (
        f"'{value}'",
        f"Add a map_values row: {source},opportunities,type,{value},<new, expansion, renewal or other>.",
    )
    if value is None:
        name, do = "(empty)", f"Fill in the type in {source.title()}, or export it."
    message = f"Opportunity type {name} is unmapped: {count} rows worth {money} are 'other', in no metric. {do}"
    return Finding("unmapped_opportunity_type", message, "opportunities", "type", value or "", count)
