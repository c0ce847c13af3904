"""Delighted: survey responses as the API lists them in JSON, and CSV files whose columns the company has named.

`responses.py` makes answers of JSON objects and `columns.py` of CSV rows, in the same plain columns; `answers.py` makes
entities of these.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.landing.connector import Extract, IncomingFile, SourceContext

if TYPE_CHECKING:
    import polars as pl

    from pipelines.landing.connectors.delighted.settings import DelightedSettings

_HEAD_BYTES = 65_536
_JSON = (".json", ".jsonl", ".ndjson")
# No other system's objects have these three.
_MEMBERS = [re.compile(rf'"{name}"\s*:') for name in ("survey_type", "score", "person_properties")]


class DelightedConnector:
    """Survey responses of Delighted."""

    name = "delighted"

    def recognise(self, file: IncomingFile) -> str | None:
        """JSON by the members of its objects; CSV, whose header is not documented anywhere, by its name."""
        from pipelines.landing.reading.dialects import decode

        if file.suffix == ".csv":
            is_named = file.basename.lower().startswith("delighted")
            return "its name says it is an export of Delighted" if is_named else None
        if file.suffix not in _JSON:
            return None
        head = decode(file.head(_HEAD_BYTES)).text
        is_ours = all(member.search(head) for member in _MEMBERS)
        return "it holds survey responses of Delighted's API" if is_ours else None

    def read(self, file: IncomingFile, source: SourceContext) -> list[Extract]:
        """NPS and CSAT responses. Raises Refused for what no setting decides."""
        from pipelines.landing.connectors.delighted.answers import extracts
        from pipelines.landing.connectors.delighted.settings import DelightedSettings

        own = DelightedSettings.parse(self.name, source.settings)
        return extracts(_answers(file, own, source), own)


CONNECTOR = DelightedConnector()


def _answers(file: IncomingFile, own: DelightedSettings, source: SourceContext) -> pl.DataFrame:
    from pipelines.landing.connectors.delighted import columns, responses

    if file.suffix == ".csv":
        return columns.answers(file, own, own.time_zone or source.company_time_zone)
    return responses.answers(file.text().text, own)
