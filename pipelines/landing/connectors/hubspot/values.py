"""HubSpot's ways to write a value, turned into template formats; whole columns at a time."""

from __future__ import annotations

from pathlib import Path

import polars as pl

VALUE_MAPS = Path(__file__).with_name("value_maps.csv")

_TRUE = ("true", "yes", "1", "ja", "wahr", "oui", "vrai", "sí", "si", "verdadero", "sim", "verdadeiro", "sì", "vero")
_FALSE = ("false", "no", "0", "nein", "falsch", "non", "faux", "falso", "nee", "não", "onwaar", "no")
_DURATION = r"^(?:(\d+):)?(\d{1,2}):(\d{2})$"


def flags(cells: pl.Series) -> pl.Series:
    """true and false in the languages of an export; other words stay, so that the core names them."""
    words = dict.fromkeys(_FALSE, "false") | dict.fromkeys(_TRUE, "true")
    return cells.str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.String).fill_null(cells)


def later(times: pl.Series, durations: pl.Series) -> pl.Series:
    """ISO times moved on by durations: whole milliseconds, as the property holds them, or `h:mm:ss`.

    Another spelling is passed on as it stands, so that the core quarantines its row.
    """
    rows = pl.DataFrame({"at": times, "written": durations})
    parts = pl.col("written").str.extract_groups(_DURATION)
    hours, minutes, seconds = (parts.struct.field(str(i)).cast(pl.Int64, strict=False) for i in (1, 2, 3))
    clock = (hours.fill_null(0) * 3600 + minutes * 60 + seconds) * 1000
    whole = pl.when(pl.col("written").str.contains(r"^\d+(?:\.0+)?$")).then(pl.col("written").str.extract(r"^(\d+)"))
    milliseconds = pl.coalesce(whole.cast(pl.Int64, strict=False), clock)
    start = pl.col("at").str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us", strict=False)
    moved = (start + pl.duration(milliseconds=milliseconds)).dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ")
    return rows.select(moved.fill_null(pl.col("written")).alias("at")).to_series()
