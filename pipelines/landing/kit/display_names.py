"""People and parent accounts that an export names by what its screen shows, where other exports have ids."""

from __future__ import annotations

import datetime as dt

import polars as pl

from pipelines.landing.connector import LINE_NUMBER, RAW, Extract

# Users made of names know nothing but the name: any other row of the same user is the newer one.
_OLDEST = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as all times of the lake


def users(owners: pl.Series, line_numbers: pl.Series, is_id: str) -> list[Extract]:
    """A derived user for each owner, whose id is the name. What matches `is_id` is an id, and tells no name."""
    rows = pl.DataFrame({"user_id": owners, "name": owners, LINE_NUMBER: line_numbers, RAW: owners})
    named = rows.filter(~pl.col("user_id").str.contains(is_id)).unique("user_id", keep="first", maintain_order=True)
    return [Extract("users", named, exported_at=_OLDEST, is_derived=True)] if named.height else []


def parents(written: pl.Series, names: pl.Series, ids: pl.Series, is_id: str) -> pl.Series:
    """Ids of parent accounts: an id as it stands, a name as the id of the one account of the file that has it.

    A name that several accounts have, or none, stays: the warehouse reports it as a parent that does not exist.
    """
    known = pl.DataFrame({"name": names.str.to_lowercase(), "id": ids}).drop_nulls().unique()
    single = known.filter(pl.col("name").is_unique())
    found = written.str.to_lowercase().replace_strict(
        single["name"], single["id"], default=None, return_dtype=pl.String
    )
    return written.zip_with(written.str.contains(is_id).fill_null(True), found.fill_null(written))
