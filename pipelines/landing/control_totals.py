"""Control totals: what the money cells of a file add up to, as text, before any of our types and rounding.

They go into the ledger, as the audit's witness: what the lake holds must add up to them to the cent. On purpose another
way of adding than `parse`: plain cells as whole cents, all others with Python's decimals instead of Polars'.
"""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

import polars as pl

from pipelines.landing.connector import LINE_NUMBER

# The entities whose money is reconciled, with the column and the key of a row.
CONTROLLED = {"invoice_lines": ("amount", "line_id")}
CENT = Decimal("0.01")
# Amounts of which a sum over billions of rows fits into whole cents of 64 bits.
_PLAIN = r"^-?\d{1,9}(?:\.\d{1,2})?$"


def control_totals(entity: str, extracted: pl.DataFrame, landed: pl.DataFrame) -> dict[str, str]:
    """The sum of each controlled column over the rows that were landed, from their text; {} for other entities.

    `extracted`: the connector's text rows; `landed`: the typed rows that `conform` took (`_line_number` and key). A
    cell that is no number adds nothing here, so that its row shows up as a difference.
    """
    if entity not in CONTROLLED:
        return {}
    column, key = CONTROLLED[entity]
    if column not in extracted.columns or key not in extracted.columns:
        return {column: str(Decimal(0).quantize(CENT))}
    keys = [LINE_NUMBER, key]
    text = extracted.select(
        pl.col(LINE_NUMBER).cast(pl.Int64), *(pl.col(name).cast(pl.String).str.strip_chars() for name in (key, column))
    )
    cells = _cells_of(text, landed, keys, column)
    is_plain = cells.str.contains(_PLAIN).fill_null(False)
    counted = cells.filter(~is_plain).value_counts()
    total = sum((_amount(cell) * count for cell, count in counted.iter_rows()), Decimal(0))
    return {column: str((total + _cents(cells.filter(is_plain)) * CENT).quantize(CENT))}


def _cells_of(text: pl.DataFrame, landed: pl.DataFrame, keys: list[str], column: str) -> pl.Series:
    """The cells of the landed rows, each row once."""
    lines = text[LINE_NUMBER]
    if lines.null_count() == 0 and (lines.diff().drop_nulls() > 0).all():  # one row a line: the line is enough
        return text.filter(lines.is_in(landed[LINE_NUMBER].implode()))[column]
    return text.unique(keys, keep="first").join(landed.select(keys), on=keys, how="semi", nulls_equal=True)[column]


def _cents(cells: pl.Series) -> int:
    """The sum of plain cells, in cents."""
    parts = pl.col("cell").str.split_exact(".", 1).struct
    cents = pl.concat_str(parts.field("field_0"), parts.field("field_1").fill_null("").str.pad_end(2, "0"))
    return int(cells.to_frame("cell").select(cents.cast(pl.Int64)).to_series().sum())


def _amount(cell: str | None) -> Decimal:
    try:
        return Decimal((cell or "0").removeprefix("'")).quantize(CENT, ROUND_HALF_UP)
    except InvalidOperation:
        return Decimal(0)
