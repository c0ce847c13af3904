"""Rows of a file whose key comes back: what the core needs to tell a repeated row from one that differs anywhere."""

from __future__ import annotations

import polars as pl

from pipelines.landing.connector import LINE_NUMBER, RAW, REJECT

CELLS = "_cells"


def cells_of_repeated(frame: pl.DataFrame, key: pl.Series | None) -> pl.Series:
    """All cells of the rows whose key comes back, in one text named `_cells`; null for the others.

    The core compares it: rows that differ in any column, mapped or not, are no duplicates of each other. Without a key
    every row gives its cells.
    """
    is_repeated = (
        pl.repeat(True, frame.height, dtype=pl.Boolean, eager=True) if key is None else key.is_duplicated().alias("key")
    )
    if not is_repeated.any():
        return pl.Series(CELLS, [None], dtype=pl.String).new_from_index(0, frame.height)
    exported = pl.col(name for name in frame.columns if name not in (LINE_NUMBER, RAW, REJECT))
    cells = pl.concat_str(exported.str.strip_chars().fill_null(""), separator="\x1f")
    return frame.select(pl.when(is_repeated).then(cells).alias(CELLS)).to_series()
