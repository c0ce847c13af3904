"""What a run of the demo reports about itself: the files it wrote and the mess it planted in them."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Outcome = Literal["quarantined", "duplicate", "marked", "finding"]


@dataclass(frozen=True, slots=True)
class Planted:
    """Rows put into a file on purpose, and what a warehouse should make of them."""

    file: str
    what: str
    rows: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class DemoFile:
    """A file written: its name in the inbox, its rows (JSON: invoices or credit notes) and its bytes."""

    name: str
    rows: int
    size: int


@dataclass(frozen=True, slots=True)
class DemoSummary:
    """The result of `write_demo`. `settings_toml` belongs into the demo home's `tenure.toml`."""

    inbox: Path
    start: dt.date
    end: dt.date
    seed: int
    clients: int
    files: tuple[DemoFile, ...]
    planted: tuple[Planted, ...]
    settings_toml: str

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    def planted_rows(self, outcome: Outcome) -> int:
        """How many planted rows should meet with the outcome."""
        return sum(planted.rows for planted in self.planted if planted.outcome == outcome)
