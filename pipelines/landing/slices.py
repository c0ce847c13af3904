"""Extracts of millions of rows, conformed slice by slice and written as they come, so that they fit into memory.

The same as `conform` of the whole: a row's fate depends on other rows only through its key, so the rows whose key comes
back are conformed together, before all others. Where more than keys can tie rows to each other, `is_sliceable` says no.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from pipelines.landing.conform import Conformed, conform
from pipelines.landing.connector import LINE_NUMBER, REJECT, Extract
from pipelines.landing.entities import Entity

SLICE_ROWS = 250_000
# Where more rows than this are quarantined, the file may be refused as a whole, which only the whole can tell.
MOST_QUARANTINED = 0.25


def is_sliceable(entity: Entity, extract: Extract) -> bool:
    """Whether the extract is large and its rows are tied to each other by nothing but their keys."""
    rows = extract.rows
    return (
        rows.height > 2 * SLICE_ROWS
        and not extract.is_derived
        and extract.lines_read is None
        and all(entity.kinds[name] == "text" and name in rows.columns for name in entity.pk)
        and not any(entity.about(name).get("is_time_zone") for name in entity.columns)
        and REJECT in rows.columns
        and bool((rows[LINE_NUMBER].diff().drop_nulls() > 0).all())
    )


def conformed_slices(entity: Entity, rows: pl.DataFrame) -> Iterator[tuple[pl.DataFrame, Conformed]]:
    """(text, what became of it) of the rows with a key of their own, slice by slice in file order.

    The rows that share a key are among those of the slice in which they stand.
    """
    shares = _shares_a_key(entity, rows)
    shared_text = rows.filter(shares)
    shared = conform(entity, shared_text)
    for start in range(0, rows.height, SLICE_ROWS):
        text = rows.slice(start, SLICE_ROWS)
        is_shared = shares.slice(start, SLICE_ROWS)
        if is_shared.any():
            alone = conform(entity, text.filter(~is_shared), has_own_keys=True)
            yield text, _joined(alone, shared, text)
        else:
            yield text, conform(entity, text, has_own_keys=True)


def _shares_a_key(entity: Entity, rows: pl.DataFrame) -> pl.Series:
    """True for rows whose key another row has too, and for rejected rows, which are compared by their text."""
    # Column by column: an expression over the frame would put all its pieces together, a copy of the whole.
    keys = pl.DataFrame([rows[name].str.strip_chars() for name in entity.pk])
    # Hashes are enough: two keys that share one by chance are conformed together, which changes nothing.
    return keys.hash_rows().is_duplicated() | rows[REJECT].is_not_null()


def _joined(alone: Conformed, shared: Conformed, text: pl.DataFrame) -> Conformed:
    """The slice with the shared rows that stand in it."""
    first, last = text[LINE_NUMBER][0], text[LINE_NUMBER][-1]
    landed = shared.rows.filter(pl.col(LINE_NUMBER).is_between(first, last))
    bad = shared.quarantine.filter(pl.col("line_number").is_between(first, last))
    rows = pl.concat([alone.rows, landed]).sort(LINE_NUMBER)
    records = pl.concat([alone.quarantine, bad]).sort("line_number")
    repeated = text.height - rows.height - records.height
    return Conformed(rows, records, text.height, repeated, alone.findings, alone.refusal or shared.refusal)
