"""Amounts that carry their own currency (`£9000`, `EUR 1.000,00`): it must not be another than the row's.

A sign is often several currencies'; it is only ever used to contradict, never to choose.
"""

from __future__ import annotations

import polars as pl

_SIGN = r"([A-Z]{3}|US\$|CA\$|A\$|[$€£¥])"
_MEANS = {
    "US$": ("USD",),
    "CA$": ("CAD",),
    "A$": ("AUD",),
    "€": ("EUR",),
    "£": ("GBP", "EGP", "GIP", "LBP", "FKP", "SHP", "SYP", "SDG", "SSP"),
    "¥": ("JPY", "CNY"),
    "$": (
        *("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "ARS", "CLP", "COP", "BRL", "TWD", "JMD", "TTD", "BBD"),
        *("BSD", "BZD", "FJD", "UYU", "DOP", "NAD", "LRD"),
    ),
}


def contradictions(amounts: pl.Series, currencies: pl.Series) -> pl.Series:
    """Why an amount as written cannot be in the row's currency; null where it can."""
    rows = pl.DataFrame({"amount": amounts, "currency": currencies})
    signed = rows.with_columns(pl.col("amount").str.extract(_SIGN).alias("sign")).with_row_index("row")
    pairs = signed.drop_nulls(["sign", "currency"]).select("sign", "currency").unique().rows()
    wrong = [(sign, code) for sign, code in pairs if code not in _MEANS.get(sign, (sign,))]
    if not wrong:
        return pl.Series("reason", [None], dtype=pl.String).new_from_index(0, rows.height)
    reason = pl.format(
        "the amount '{}' is not in {}: export the currency beside it, or correct the amount", "amount", "currency"
    )
    is_wrong = pl.struct("sign", "currency").is_in([{"sign": sign, "currency": code} for sign, code in wrong])
    return signed.select(pl.when(is_wrong).then(reason).alias("reason")).to_series()
