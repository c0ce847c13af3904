"""What a table held when it was written: rows, control totals, and hashes of its values.

The hashes are of values, not of bytes, and of rows in any order: a spreadsheet that sorts and saves again changes
neither. A seal shows edits and losses; it is no signature, and whoever wants to can write a new one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    import polars as pl

MONEY_SCALE = 2  # amounts are DECIMAL(18, 2) in every mart, rates and points have more places
SLICE = 100_000  # rows spelled out and hashed at a time
COLUMN_DIGITS = 16  # a column's hash only has to tell where the difference is


class Seal(BaseModel):
    """One table: its number of rows, exact sums of its money columns as text, a hash a column and one of all rows."""

    model_config = ConfigDict(frozen=True)

    table: str
    rows: int
    totals: dict[str, str]
    columns: dict[str, str]
    sha256: str

    def as_json(self) -> str:
        return self.model_dump_json()


def seal_of(table: str, frame: pl.DataFrame) -> Seal:
    """The seal of a typed frame. Sums are of the columns with two decimal places."""
    import polars as pl

    money = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Decimal) and kind.scale == MONEY_SCALE]
    totals = {name: exact(Decimal(frame[name].sum() or 0)) for name in money}
    return _seal(table, frame, {name: _text(name, kind) for name, kind in frame.schema.items()}, totals)


def seal_of_texts(table: str, texts: pl.DataFrame, totals: dict[str, str]) -> Seal:
    """The seal of a frame whose columns are all String, one spelling a value; NULL is an empty cell."""
    import polars as pl

    return _seal(table, texts, {name: pl.col(name) for name in texts.columns}, totals)


def _seal(table: str, frame: pl.DataFrame, texts: dict[str, pl.Expr], totals: dict[str, str]) -> Seal:
    """`texts`: how a value of each column is spelled. Spelled out at a time are one column, or one slice of all."""
    import polars as pl

    marked = {name: (pl.lit("=") + text).fill_null("~").alias(name) for name, text in texts.items()}
    columns = {name: _digest(frame.select(text).to_series())[:COLUMN_DIGITS] for name, text in marked.items()}
    # Each value after its length: no two different rows have the same text.
    parts = [part for name in marked for part in (pl.col(name).str.len_bytes().cast(pl.String), pl.col(name))]
    slices = [pl.Series(dtype=pl.String)]
    for rows in frame.iter_slices(SLICE) if parts else ():
        slices.append(rows.select(marked.values()).select(pl.concat_str(parts, separator=":")).to_series())
    return Seal(
        table=table,
        rows=frame.height,
        totals=totals,
        columns=columns,
        sha256=_digest(pl.concat(slices), json.dumps(list(texts))),
    )


def content_hash(seals: Iterable[Seal]) -> str:
    """One hash for all tables of a file."""
    lines = sorted(seal.as_json() for seal in seals)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def differences(sealed: Seal, found: Seal) -> list[str]:
    """What is not as it was sealed, one sentence each; empty where the rows hold the same values."""
    if sealed == found:
        return []
    said = []
    if found.rows != sealed.rows:
        change = found.rows - sealed.rows
        said.append(f"{found.rows:,} rows where {sealed.rows:,} were written ({change:+,})")
    said += [f"column {name} is gone" for name in sealed.columns if name not in found.columns]
    said += [f"column {name} is new" for name in found.columns if name not in sealed.columns]
    shared = [name for name in sealed.columns if name in found.columns]
    for name in shared:
        before, now = sealed.totals.get(name), found.totals.get(name)
        if before is not None and now is not None and before != now:
            said.append(f"total of {name} is {now}, written was {before} ({Decimal(now) - Decimal(before):+})")
        elif sealed.columns[name] != found.columns[name] and found.rows == sealed.rows:
            said.append(f"values of {name} are not those that were written")
    return said or ["values stand in other rows than they were written in"]


def exact(value: Decimal) -> str:
    """All digits, no exponent."""
    return format(value, "f")


def _text(name: str, kind: pl.DataType) -> pl.Expr:
    import polars as pl

    text = pl.col(name).cast(pl.String)
    if isinstance(kind, pl.Decimal) and kind.scale:  # 1.50 and 1.5 are one value
        return text.str.strip_chars_end("0").str.strip_suffix(".")
    return text


def _digest(values: pl.Series, head: str = "") -> str:
    """Of the texts in any order."""
    digest = hashlib.sha256(head.encode())
    ordered = values.sort().rechunk()
    for start in range(0, ordered.len(), SLICE):
        digest.update(ordered.slice(start, SLICE).str.join("\n").item().encode())
        digest.update(b"\n")
    return digest.hexdigest()
