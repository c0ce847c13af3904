"""What a connector is given and what it returns.

A connector knows one system's export format and nothing else: it recognises a file and turns it into text columns in
the template formats. Parsing, ranges, duplicates, quarantine and the ledger belong to the core (`run.py`), not here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    import polars as pl

    from pipelines.landing.reading.dialects import DecodedText

# Columns of an Extract that are about a row rather than from the entity's contract.
LINE_NUMBER = "_line_number"
RAW = "_raw"
IS_ACTIVE = "_is_active"
NOTE = "_note"
REJECT = "_reject"
IS_SUMMARY = "_is_summary"


class Refused(Exception):
    """A whole file that cannot be used. `what` says what is wrong, `do` what the user should do next."""

    def __init__(self, what: str, do: str) -> None:
        super().__init__(f"{what} {do}".strip())
        self.what = what
        self.do = do


@dataclass(frozen=True)
class Finding:
    """Something a person should know although no row was lost, e.g. an unknown column or an unmapped value."""

    code: str
    message: str
    entity: str | None = None
    column: str | None = None
    value: str | None = None
    rows: int = 0


@dataclass(frozen=True)
class IncomingFile:
    """One file of the inbox (or its archived copy, under its old name). It is only ever read."""

    path: Path
    name: str  # posix, relative to the inbox: the file's identity across versions
    sha256: str
    size: int

    @property
    def basename(self) -> str:
        return self.name.rsplit("/", 1)[-1]

    @property
    def suffix(self) -> str:
        """Lower-cased, with its dot; empty where the name has none."""
        stem, dot, ending = self.basename.rpartition(".")
        return f".{ending.lower()}" if dot and stem else ""

    @cached_property
    def content(self) -> bytes:
        """All bytes, read once."""
        return self.path.read_bytes()

    def text(self) -> DecodedText:
        """The content as text; its encoding is decided for this file alone (see `dialects.decode`)."""
        return self._decoded

    def with_content(self, content: bytes) -> IncomingFile:
        """The same file, were these its bytes: to try out what a reader makes of them."""
        other = replace(self, size=len(content))
        other.__dict__["content"] = content
        return other

    def head(self, n: int = 4096) -> bytes:
        """The first n bytes, without reading the rest: what `recognise` looks at."""
        if "content" in self.__dict__:
            return self.content[:n]
        with self.path.open("rb") as stream:
            return stream.read(n)

    def dialect(self) -> dict[str, str]:
        """How the file was read, for the ledger; empty where it was not read as text."""
        if "_decoded" in self.__dict__:
            return {"encoding": self._decoded.encoding}
        return {"encoding": self.__dict__["_encoding"]} if "_encoding" in self.__dict__ else {}

    def note_encoding(self, encoding: str) -> None:
        """For a reader that has decoded the content itself, piece by piece."""
        self.__dict__["_encoding"] = encoding

    @cached_property
    def _decoded(self) -> DecodedText:
        from pipelines.landing.reading.dialects import decode

        return decode(self.content)


@dataclass
class Extract:
    """The rows of one entity found in one file.

    `rows`: every canonical column is String in template formats (ISO dates, point decimals, true/false), plus
    `_line_number` (Int64, where the row starts, header = 1) and `_raw` (String, the row as it stood in the file).
    Optional: `_is_active` (Boolean, default true), `_note` (why it takes no part), `_reject` (non-null: the row is
    quarantined with this reason), `_is_summary` (Boolean: another export of the system tells more of the same record,
    and goes before this row however old it is) and the entity's crosswalk columns. A value the connector cannot convert
    is passed through as it stands: the core then quarantines its row, naming the column and the value.

    `exported_at`: the export's own date (UTC, naive) where the system writes one. `is_document`: the export holds whole
    documents, whose lines are replaced as a set. `is_derived`: rows made from another extract's rows, left out of the
    row accounting. `lines_read`: where one line of the file gives several rows (a matrix of rates), the number of its
    lines: the accounting then counts lines. `raw_of`: gives the text of the records that start in these lines, for rows
    whose `_raw` is left empty to save memory.
    """

    entity: str
    rows: pl.DataFrame
    exported_at: datetime | None = None
    is_document: bool = False
    is_derived: bool = False
    lines_read: int | None = None
    findings: list[Finding] = field(default_factory=list)
    raw_of: Callable[[Iterable[int]], dict[int, str]] | None = None


def no_mapping(entity: str, column: str, value: str) -> str | None:
    """The `map_values` of a company that has none."""
    return None


@dataclass(frozen=True)
class SourceContext:
    """What a connector may know beyond the file.

    `settings` is the `[sources.<name>]` table. `map_values(entity, column, value)` gives the company's own word for a
    value (trimmed, any case) of this source, or None.
    """

    settings: dict[str, Any] = field(default_factory=dict)
    reporting_currency: str = "USD"
    company_time_zone: str = "UTC"
    map_values: Callable[[str, str, str], str | None] = no_mapping


@runtime_checkable
class Connector(Protocol):
    """One system. Stateless: the same file and context always give the same extracts."""

    name: str

    def recognise(self, file: IncomingFile) -> str | None:
        """Why this file is mine, in words for the user; None if it is not. Must not raise on any bytes."""
        ...

    def read(self, file: IncomingFile, source: SourceContext) -> list[Extract]:
        """The file's rows by entity. Raises Refused when the file as a whole cannot be used."""
        ...
