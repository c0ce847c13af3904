"""A home folder with an inbox, and short ways to fill it, land it and look at what came of it; XLSX files."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from pipelines.landing import LandingReceipt, land
from pipelines.landing.ledger import Ledger


@dataclass
class Home:
    """Stands in for the settings too: landing reads just these attributes."""

    root: Path
    sources: dict[str, dict[str, Any]] = field(default_factory=dict)
    reporting_currency: str = "USD"
    company_time_zone: str = "UTC"
    max_unpacked_mb: int = 4096

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def lake(self) -> Path:
        return self.root / "lake"

    @property
    def mappings(self) -> Path:
        return self.root / "mappings"

    def put(self, name: str, content: str | bytes) -> Path:
        path = self.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        os.utime(path, (1e9, 1e9))  # an old file needs no second look, which takes time
        return path

    def land(self, run_id: str = "run") -> LandingReceipt:
        return land(self, run_id)

    def rows(self, entity: str) -> pl.DataFrame:
        """All landed rows of an entity, oldest load first."""
        paths = sorted((self.lake / entity).glob("*.parquet"))
        return pl.concat([pl.read_parquet(path) for path in paths]) if paths else pl.DataFrame()

    def quarantine(self) -> list[dict[str, Any]]:
        paths = sorted((self.lake / "_quarantine").glob("*.parquet"))
        return [row for path in paths for row in pl.read_parquet(path).iter_rows(named=True)]

    def ledger(self) -> Ledger:
        return Ledger(self.lake)

    def assert_accounted(self) -> None:
        """Every row that was read is landed, a duplicate or quarantined with a reason, in the lake as in the ledger."""
        for load in self.ledger().loads:
            quarantined = self.lake / "_quarantine" / f"{load.load_id}.parquet"
            records = (
                pl.read_parquet(quarantined) if quarantined.exists() else pl.DataFrame({"entity": [], "reason": []})
            )
            assert all(records["reason"]), "a quarantined row without a reason"
            assert set(records["entity"]) <= set(load.entities)
            for name, counts in load.entities.items():
                assert min(counts.rows_read, counts.rows_landed, counts.rows_duplicate, counts.rows_quarantined) >= 0
                assert counts.rows_read == counts.rows_landed + counts.rows_duplicate + counts.rows_quarantined
                assert counts.rows_quarantined == records.filter(pl.col("entity") == name).height
                # Rows derived from other records stand beside the counted ones; a line of a matrix gives several.
                height = pl.read_parquet(self.lake / name / f"{load.load_id}.parquet").height
                is_exact = load.source == "template"
                assert height == counts.rows_landed if is_exact else height >= counts.rows_landed


def workbook(**sheets: list[list[Any]]) -> bytes:
    """An XLSX file; dates are written as a spreadsheet does."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for row, values in enumerate(rows):
                for column, value in enumerate(values):
                    sheet.write(row, column, value)
    return buffer.getvalue()
