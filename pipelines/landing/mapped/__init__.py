"""Any other system: CSV and XLSX exports that a mapping file of the company describes, without code.

`definition.py` says what a mapping file may hold, `tables.py` finds a file's table, `rows.py` sorts its rows,
`cells.py` makes template values of its cells.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import UserError
from pipelines.landing.connector import Extract, IncomingFile, SourceContext

if TYPE_CHECKING:
    from pipelines.landing.mapped.definition import MappingFile

__all__ = ["MappedConnector", "mapped_connectors"]


class MappedConnector:
    """One mapping file as a connector; the source's name is the file's stem."""

    def __init__(self, mapping: MappingFile) -> None:
        self.mapping = mapping
        self.name = mapping.name
        # Part of what decides how bytes become rows: a changed mapping file lands its source's files again.
        self.config = hashlib.sha256(mapping.text.encode()).hexdigest()

    def recognise(self, file: IncomingFile) -> str | None:
        from pipelines.landing.mapped.tables import recognise

        return recognise(self.mapping, file)

    def read(self, file: IncomingFile, source: SourceContext) -> list[Extract]:
        """The mapped entities' rows. Refused where a named column is missing or a format cannot be told."""
        from pipelines.landing.mapped.rows import extracts
        from pipelines.landing.mapped.tables import read_table

        return extracts(self.mapping, read_table(self.mapping, file), source)


def mapped_connectors(folder: Path, taken: Container[str]) -> dict[str, MappedConnector]:
    """A connector for each mapping file of the folder, by name. `taken`: names a mapping file may not have.

    Raises UserError for the first mapping file that cannot be used.
    """
    from pipelines.landing.mapped.definition import read_mapping

    connectors = {}
    for path in sorted(folder.glob("*.toml")):
        if path.stem in taken:
            raise UserError(
                f"mapping file {path.name}: {path.stem} is a connector of Tenure's own",
                where=str(path),
                done="nothing was landed",
                do="Give the file another name, such as that of your system and what it exports.",
            )
        connectors[path.stem] = MappedConnector(read_mapping(path))
    return connectors
