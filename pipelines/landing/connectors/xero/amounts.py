"""What an invoice's amounts mean in Xero's export: with or without tax, all rows or repeats, and the sign.

The export does not say whether LineAmount holds the tax; its totals do: the lines add up to Total less TaxTotal, or to
Total itself.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import polars as pl

from pipelines.landing.connector import LINE_NUMBER, RAW, REJECT, Finding
from pipelines.landing.kit.line_exports import IS_REPEAT

_CENT = Decimal("0.01")
_MONEY = pl.Decimal(38, 6)

UNDECIDED = (
    "nothing tells whether its amounts include tax: write amounts_include_tax = true or false under [sources.xero] in "
    "tenure.toml"
)
UNREADABLE = "another line of its invoice cannot be read, so nothing tells whether its amounts include tax"
NO_TAX_AMOUNT = "its amounts include tax (amounts_include_tax) and its TaxAmount is empty"


def with_net_amounts(rows: pl.DataFrame, setting: bool | None) -> tuple[pl.DataFrame, list[Finding]]:
    """`amount` (text, net of tax), `line_sum`, `_is_repeat` and more rejects for rows with the text columns
    `invoice_id`, `line`, `tax`, `total`, `tax_total` (plain decimals or what could not be read) and `kind`."""
    typed = rows.with_columns(
        *(money(name).alias(f"{name}_number") for name in ("line", "tax", "total", "tax_total")),
        is_copy=~pl.struct("invoice_id", RAW).is_first_distinct() & pl.col("invoice_id").is_not_null(),
    )
    verdicts = _verdicts(typed.filter(pl.col(REJECT).is_null() & pl.col("invoice_id").is_not_null()), setting)
    judged = typed.join(verdicts, on="invoice_id", how="left", maintain_order="left")
    without_tax = pl.col("line_number") - pl.col("tax_number").fill_null(0)
    net = pl.when("holds_tax").then(without_tax).otherwise("line_number")
    is_turned = (pl.col("kind") == "credit_note") & (pl.col("line_sum") > 0)
    signed = pl.when(is_turned).then(-net).otherwise(net)
    is_unreadable = pl.col("line").is_not_null() & pl.col("line_number").is_null()
    judged = judged.with_columns(
        pl.when(signed.is_not_null()).then(signed.cast(pl.String)).otherwise("line").alias("amount"),
        (pl.col("is_copy") & pl.col("drop_copies").fill_null(False)).alias(IS_REPEAT),
        pl.when(is_unreadable).then(REJECT).otherwise(pl.coalesce(REJECT, "why")).alias(REJECT),
    )
    return judged, _findings(judged)


def money(name: str) -> pl.Expr:
    """A column of plain decimals as numbers; null where it is none."""
    return pl.col(name).cast(_MONEY, strict=False)


def half_up(value: Decimal) -> str:
    """A computed amount in hundredths, half away from zero."""
    return str(value.quantize(_CENT, ROUND_HALF_UP))


def _verdicts(rows: pl.DataFrame, setting: bool | None) -> pl.DataFrame:
    """Of each invoice: `holds_tax`, `drop_copies` (its identical rows are repeats), `line_sum`, `why` (it cannot be
    read), `difference` from its total, and `copies` that no total decides on."""
    by_rows = _sums(rows).join(
        _sums(rows.filter(~pl.col("is_copy"))), on="invoice_id", suffix="_once", maintain_order="left"
    )
    copies = pl.col("rows") - pl.col("rows_once")
    drops = pl.col("proved").is_null() & pl.col("proved_once").is_not_null() & (copies > 0)
    is_untaxed = pl.col("knows_tax") & (pl.col("tax") == 0)
    by_setting = pl.when(is_untaxed).then(False).otherwise(pl.lit(setting, pl.Boolean))
    # A total that neither proves anything nor agrees is a difference; what its tax means is then the setting's to say.
    expected = pl.col("lines") if setting else pl.col("lines") + pl.col("tax")
    judged = by_rows.with_columns(
        drops.alias("drop_copies"),
        pl.when(drops).then("signed_once").otherwise("signed").alias("line_sum"),
        pl.coalesce("proved", "proved_once", by_setting).alias("holds_tax"),
        pl.when(pl.col("total").is_null()).then(copies).otherwise(0).alias("copies"),
        pl.when(pl.coalesce("proved", "proved_once").is_null()).then(expected - pl.col("total")).alias("difference"),
    )
    why_undecided = pl.when("has_unreadable").then(pl.lit(UNREADABLE)).otherwise(pl.lit(UNDECIDED))
    undecided = pl.when(pl.col("holds_tax").is_null()).then(why_undecided)
    untold = pl.when(pl.col("holds_tax") & pl.col("has_untold_tax")).then(pl.lit(NO_TAX_AMOUNT))
    return judged.select(
        "invoice_id",
        "holds_tax",
        "drop_copies",
        "line_sum",
        "difference",
        "copies",
        pl.coalesce(undecided, untold).alias("why"),
    )


def _sums(rows: pl.DataFrame) -> pl.DataFrame:
    """An invoice's sums, and `proved`: whether its lines hold the tax, by its total; null where that proves neither."""
    line, tax = pl.col("line_number"), pl.col("tax_number")
    sums = rows.group_by("invoice_id", maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("rows"),
        line.sum().alias("signed"),
        line.sum().abs().alias("lines"),
        pl.coalesce(pl.col("tax_total_number").drop_nulls().first(), tax.sum()).abs().alias("tax"),
        pl.col("total_number").drop_nulls().first().abs().alias("total"),
        (pl.col("tax_total_number").is_not_null().any() | tax.is_not_null().any()).alias("knows_tax"),
        (tax.is_null() & (line != 0)).any().alias("has_untold_tax"),
        (line.is_null() & pl.col("line").is_not_null()).any().alias("has_unreadable"),
    )
    # Tax is rounded by line or by invoice: a cent a line may be between the two.
    tolerance = 0.01 * (1 + pl.col("rows")) + 0.001
    lines, taxes, total = (pl.col(name).cast(pl.Float64) for name in ("lines", "tax", "total"))
    is_net, is_gross = (lines + taxes - total).abs() <= tolerance, (lines - total).abs() <= tolerance
    untaxed = pl.when((lines - total).abs() <= 0.011).then(False)
    proved = pl.when(taxes == 0).then(untaxed).when(is_net != is_gross).then(is_gross)
    return sums.with_columns(proved.alias("proved"))


def _findings(judged: pl.DataFrame) -> list[Finding]:
    found = []
    off = judged.filter(pl.col("difference").is_not_null() & pl.col("why").is_null()).unique(
        "invoice_id", maintain_order=True
    )
    for invoice_id, difference, line in off.select("invoice_id", "difference", LINE_NUMBER).iter_rows():
        by = half_up(difference)
        message = f"The lines of invoice {invoice_id} (from line {line}) differ from its Total by {by}."
        found.append(Finding("total_differs", message, "invoices", "Total", invoice_id, 1))
    doubled = judged.filter(pl.col("is_copy") & (pl.col("copies") > 0))
    if not doubled.is_empty():
        example = doubled["invoice_id"][0]
        message = (
            f"{doubled.height} rows repeat another row of their invoice (first: {example}) and no Total says whether "
            "they are repeats: they were landed as lines of their own"
        )
        found.append(Finding("repeated_lines", message, "invoice_lines", rows=doubled.height))
    return found
