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
    cells = _cells_of(extracted, landed, key, column)
    is_plain = cells.str.contains(_PLAIN).fill_null(False)
    counted = cells.filter(~is_plain).value_counts()
    total = sum((_amount(cell) * count for cell, count in counted.iter_rows()), Decimal(0))
    return {column: str((total + _cents(cells.filter(is_plain)) * CENT).quantize(CENT))}


def _cells_of(extracted: pl.DataFrame, landed: pl.DataFrame, key: str, column: str) -> pl.Series:
    """The trimmed cells of the landed rows, each row once."""
    lines = extracted[LINE_NUMBER].cast(pl.Int64)
    cells = _trimmed(extracted[column])
    if lines.null_count() == 0 and (lines.diff().drop_nulls() > 0).all():  # one row a line: the line is enough
        return cells if len(lines) == landed.height else cells.filter(lines.is_in(landed[LINE_NUMBER].implode()))
    keys = [LINE_NUMBER, key]
    text = pl.DataFrame([lines, _trimmed(extracted[key]), cells]).unique(keys, keep="first")
    return text.join(landed.select(keys), on=keys, how="semi", nulls_equal=True)[column]


def _trimmed(cells: pl.Series) -> pl.Series:
    return cells.cast(pl.String).str.strip_chars()


def _cents(cells: pl.Series) -> int:
    """The sum of plain cells, in cents."""
    cell = pl.col("cell")
    digits = cell.str.replace(".", "", literal=True).cast(pl.Int64)
    decimals = cell.str.len_bytes() - cell.str.find(".", literal=True) - 1
    cents = digits * pl.when(decimals == 2).then(1).when(decimals == 1).then(10).otherwise(100)
    return int(cells.to_frame("cell").select(cents.sum()).item())


def _amount(cell: str | None) -> Decimal:
    try:
        return Decimal((cell or "0").removeprefix("'")).quantize(CENT, ROUND_HALF_UP)
    except InvalidOperation:
        return Decimal(0)
