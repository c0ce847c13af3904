"""Bullhorn, the staffing ATS: client corporations, job orders and placements, as API JSON or as CSV of a list view.

`objects.py` knows the objects and their field names, `cells.py` reads both forms into the same cells, `mapping.py` says
what becomes of them.
"""

from __future__ import annotations

import re

from pipelines.landing.connector import Extract, IncomingFile, SourceContext
from pipelines.landing.connectors.bullhorn import objects

_HEAD_BYTES = 65_536


class BullhornConnector:
    """ClientCorporation, JobOrder and Placement of Bullhorn."""

    name = "bullhorn"

    def recognise(self, file: IncomingFile) -> str | None:
        from pipelines.landing.reading.dialects import decode
        from pipelines.landing.reading.grids import head_rows

        found = None
        if file.suffix in objects.JSON_SUFFIXES:
            keys = set(re.findall(r'"(\w+)"\s*:', decode(file.head(_HEAD_BYTES)).text))
            found = objects.of_keys(keys) or (objects.of_json_name(file.basename) if "id" in keys else None)
        elif file.suffix == ".csv":
            header = {name for row in head_rows(file, 1) for name in row}
            found = objects.of_header(header) or (objects.of_csv_name(file.basename) if len(header) > 1 else None)
        return f"it holds Bullhorn's {found.name}" if found else None

    def read(self, file: IncomingFile, source: SourceContext) -> list[Extract]:
        from pipelines.landing.connectors.bullhorn import cells, mapping
        from pipelines.landing.connectors.bullhorn.settings import BullhornSettings

        settings = BullhornSettings.parse(self.name, source.settings)
        return mapping.extracts(cells.read(file, settings), settings, source)


CONNECTOR = BullhornConnector()
