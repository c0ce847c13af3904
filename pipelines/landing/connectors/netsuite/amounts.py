"""What NetSuite's amounts mean: the sign of a document's lines, and whether identical rows are repeats.

A document's main line holds its total, tax included; its lines add up to that where the search shows tax lines too.
"""

from __future__ import annotations

import polars as pl

from pipelines.landing.connector import IS_ACTIVE, LINE_NUMBER, RAW, REJECT, Finding
from pipelines.landing.kit.line_exports import IS_REPEAT

_MONEY = pl.Decimal(38, 6)


def with_signs_and_repeats(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[Finding]]:
    """`amount` with the template's sign and `_is_repeat`, for rows with the text columns `invoice_id`, `kind`,
    `amount`, `line_key`, `is_main` and `is_tax` (Boolean). Documents off their main line are a finding.
    """
    number = pl.col("amount").cast(_MONEY, strict=False)
    readable = pl.col(REJECT).is_null() & pl.col("invoice_id").is_not_null()
    is_copy = ~pl.struct("invoice_id", RAW).is_first_distinct()
    rows = rows.with_columns(
        number=number,
        is_line=(readable & ~pl.col("is_main") & (pl.col(IS_ACTIVE) | pl.col("is_tax"))),
    ).with_columns(is_copy=is_copy & pl.col("is_line"))
    line, first = pl.col("number").filter("is_line"), pl.col("number").filter(pl.col("is_line") & ~pl.col("is_copy"))
    documents = (
        rows.filter(readable & pl.col("kind").is_in(["invoice", "credit_note"]))
        .group_by("invoice_id", maintain_order=True)
        .agg(
            pl.col("number").filter("is_main").first().alias("total"),
            line.sum().alias("all"),
            first.sum().alias("distinct"),
            pl.col("is_copy").sum().alias("copies"),
            pl.col("kind").first().alias("kind_of_document"),
            pl.col(LINE_NUMBER).first().alias("starts_on"),
        )
        .with_columns(_verdicts())
    )
    judged = rows.join(
        documents.select("invoice_id", "drops_copies", "is_turned"), on="invoice_id", how="left", maintain_order="left"
    )
    is_repeat = pl.col("is_copy") & (pl.col("drops_copies") | pl.col("line_key").is_not_null()).fill_null(False)
    turned = pl.when(pl.col("is_turned").fill_null(False)).then((-pl.col("number")).cast(pl.String))
    return (
        judged.with_columns(turned.otherwise("amount").alias("amount"), is_repeat.alias(IS_REPEAT)),
        [*_differences(documents), *_copies(judged.filter(is_repeat.not_() & pl.col("is_copy")), documents)],
    )


def _verdicts() -> list[pl.Expr]:
    """Copies are repeats only where the total needs them once. A credit note's lines are negative; an invoice's have
    the sign of its main line (a search over accounts gives income the other sign)."""
    total, together, distinct = pl.col("total").abs(), pl.col("all").abs(), pl.col("distinct").abs()
    drops = (pl.col("copies") > 0) & (together != total) & (distinct == total)
    is_credit = pl.col("kind_of_document") == "credit_note"
    is_opposite = (pl.col("total") != 0) & (pl.col("all") == -pl.col("total"))
    return [
        drops.fill_null(False).alias("drops_copies"),
        pl.when(is_credit).then(pl.col("all") > 0).otherwise(is_opposite.fill_null(False)).alias("is_turned"),
        (pl.min_horizontal((together - total).abs(), (distinct - total).abs())).alias("difference"),
    ]


def _differences(documents: pl.DataFrame) -> list[Finding]:
    off = documents.filter(pl.col("difference").fill_null(0) != 0)
    if off.is_empty():
        return []
    first = off.row(0, named=True)
    message = (
        f"The lines of {off.height} documents differ from their main line, by {off['difference'].sum():.2f} together "
        f"(first: {first['invoice_id']}, from line {first['starts_on']}, by {first['difference']:.2f}): tax that the "
        "search leaves out, or lines that are missing."
    )
    return [Finding("total_differs", message, "invoices", "Amount", str(first["invoice_id"]), off.height)]


def _copies(copies: pl.DataFrame, documents: pl.DataFrame) -> list[Finding]:
    """Identical rows of which nothing tells that they are real or repeats: both land."""
    needed = documents.filter(pl.col("all").abs() == pl.col("total").abs())["invoice_id"]
    undecided = copies.filter(~pl.col("invoice_id").is_in(needed.implode()))
    if undecided.is_empty():
        return []
    message = (
        f"{undecided.height} rows repeat another row of their document (first: {undecided['invoice_id'][0]}) and no "
        "total says whether they are repeats: they were landed as lines of their own. Add Line ID to the search."
    )
    return [Finding("repeated_lines", message, "invoice_lines", rows=undecided.height)]
