"""What a reader asks of a page: month, basis, segment and the page's own switches, as they stand in its address.

An address is typed, shared and bookmarked by people, so a value that cannot be used is never an error: it is left out
and told (`refused`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlencode

BASES = {"cc": "constant currency", "reported": "reported"}
SEGMENTS = {"am": "account manager", "tier": "tier", "region": "region", "industry": "industry", "currency": "currency"}
COMPANY = ("company", "all")
MAX_VALUE = 200  # characters of one value; ids and names are shorter


@dataclass(frozen=True)
class Question:
    """One view of a page. `month` None is the newest complete one; `segment` company has the value `all`.

    `extra` holds what only one page understands, `refused` what the address held and nobody understands.
    """

    month: dt.date | None = None
    basis: str = "cc"
    segment: str = COMPANY[0]
    value: str = COMPANY[1]
    extra: Mapping[str, str] = field(default_factory=dict)
    refused: tuple[str, ...] = ()

    @classmethod
    def read(cls, query: str) -> Question:
        """The question in the query part of an address (`?month=2026-09&am=005A1`)."""
        asked = cls()
        extra: dict[str, str] = {}
        refused: list[str] = []
        for name, value in parse_qsl(query.removeprefix("?"), max_num_fields=40):
            if name == "month":
                month = _month(value)
                asked, refused = (
                    (replace(asked, month=month), refused) if month else (asked, [*refused, f"month {value}"])
                )
            elif name == "basis":
                asked, refused = (
                    (replace(asked, basis=value), refused) if value in BASES else (asked, [*refused, f"basis {value}"])
                )
            elif name in SEGMENTS and len(value) <= MAX_VALUE:
                if (asked.segment, asked.value) == COMPANY:
                    asked = replace(asked, segment=name, value=value)
                else:
                    refused.append(f"{SEGMENTS[name]} {value} (one segment at a time)")
            elif len(value) <= MAX_VALUE:
                extra[name] = value
        return replace(asked, extra=extra, refused=tuple(refused))

    def query(self, **changes: str | None) -> str:
        """The query part of an address, `?` included, empty for the default view; `changes` replace (None drops).

        A change to a segment (`am`, `tier`, ...) takes the place of the one asked for.
        """
        values: dict[str, str | None] = {
            "month": f"{self.month:%Y-%m}" if self.month else None,
            "basis": self.basis if self.basis != "cc" else None,
        }
        if self.segment in SEGMENTS and not SEGMENTS.keys() & changes.keys():
            values[self.segment] = self.value
        values |= {**self.extra, **changes}
        kept = {name: value for name, value in values.items() if value is not None}
        return f"?{urlencode(kept)}" if kept else ""


def _month(text: str) -> dt.date | None:
    try:
        return dt.datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a month has no time zone
    except ValueError:
        return None
