"""Service periods that stand inside a text, such as a line's description, read by a pattern the company has set.

A pattern is a regular expression with the named groups `start` and `end` (two days, the end inclusive), or `month`
(`March 2026`, `Mar 2026`, `2026-03`, `03/2026`). Without a pattern no text is ever read as a period.
"""

from __future__ import annotations

import datetime as dt
import re
from calendar import monthrange
from typing import Annotated

import polars as pl
from pydantic import AfterValidator

from pipelines.landing.kit import local_formats

_GROUPS = ("start", "end", "month")
_MONTHS = ("%B %Y", "%b %Y", "%Y-%m", "%m/%Y", "%B, %Y")
_WORDED_DAYS = ("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y")
REST = "rest"


def _is_pattern(value: str) -> str:
    try:
        groups = set(re.compile(value).groupindex)
    except re.error as error:
        raise ValueError(f"{value!r} is no regular expression ({error})") from None
    if not ({"start", "end"} <= groups or "month" in groups):
        raise ValueError(f"{value!r} needs the named groups (?P<start>...) and (?P<end>...), or (?P<month>...)")
    return value


PeriodPattern = Annotated[str, AfterValidator(_is_pattern)]


def found_in(texts: pl.Series, pattern: str | None) -> pl.DataFrame:
    """The columns `start`, `end` and `month` as written (null where the text has none), and `rest`: the text without
    what the pattern matched and the brackets or commas around it. One row a text."""
    compiled = re.compile(pattern) if pattern else None
    distinct = texts.drop_nulls().unique(maintain_order=True)
    rows = [(text, *_split(text, compiled)) for text in distinct]
    schema = dict.fromkeys(("text", *_GROUPS, REST), pl.String)
    known = pl.DataFrame(rows, schema=schema, orient="row")
    asked = texts.cast(pl.String).to_frame("text")
    return asked.join(known, on="text", how="left", maintain_order="left").drop("text")


def _split(text: str, pattern: re.Pattern[str] | None) -> tuple[str | None, str | None, str | None, str | None]:
    match = pattern.search(text) if pattern else None
    if match is None:
        return None, None, None, text
    written = match.groupdict()
    rest = text[: match.start()].rstrip(" ([,;:-") + " " + text[match.end() :].lstrip(" )],;:-")
    return written.get("start"), written.get("end"), written.get("month"), rest.strip() or None


def service_days(found: pl.DataFrame, style: local_formats.DateStyle) -> pl.DataFrame:
    """`service_start` and `service_end` as ISO days of what `found_in` gave; both null where either is no day."""
    starts, ends = (_iso_days(found[name], style) for name in ("start", "end"))
    months = [_month(text) for text in found["month"]]
    pairs = [
        month or ((start, end) if start and end else (None, None))
        for month, start, end in zip(months, starts, ends, strict=True)
    ]
    return pl.DataFrame(pairs, schema={"service_start": pl.String, "service_end": pl.String}, orient="row")


def calendar_month(day: str | None) -> tuple[str, str] | None:
    """First and last day of the month an ISO day lies in; None for what is no day."""
    try:
        parsed = dt.date.fromisoformat(day or "")
    except ValueError:
        return None
    last = monthrange(parsed.year, parsed.month)[1]
    return parsed.replace(day=1).isoformat(), parsed.replace(day=last).isoformat()


def _iso_days(cells: pl.Series, style: local_formats.DateStyle) -> list[str | None]:
    return [_iso_day(cell) for cell in local_formats.days(cells, style)]


def _iso_day(cell: str | None) -> str | None:
    """An ISO day as it stands, a day in words as an ISO day."""
    for layout in ("%Y-%m-%d", *_WORDED_DAYS) if cell else ():
        try:
            return _parsed(cell or "", layout).isoformat()
        except ValueError:
            continue
    return None


def _month(text: str | None) -> tuple[str, str] | None:
    for layout in _MONTHS if text else ():
        try:
            first = _parsed(text or "", layout)
        except ValueError:
            continue
        return calendar_month(first.isoformat())
    return None


def _parsed(text: str, layout: str) -> dt.date:
    return dt.datetime.strptime(text.strip(), layout).replace(tzinfo=dt.UTC).date()
