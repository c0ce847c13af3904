"""Jira and Jira Service Management: the issue navigator's CSV export, with all fields or the current ones.

`issues.py` maps issues, `wide_rows.py` puts rows right that hold more cells than the header, `dates.py` reads Jira's
three ways to write a time.
"""

from __future__ import annotations

import re
from itertools import pairwise

from pipelines.landing.connector import Extract, IncomingFile, SourceContext

_SIGNS = {"issue key", "issue id"}
_KEY = re.compile(r"([a-z][a-z0-9_]*)-\d+")


class JiraConnector:
    """Issue exports of Jira in CSV."""

    name = "jira"

    def recognise(self, file: IncomingFile) -> str | None:
        from pipelines.landing.reading.grids import head_rows

        if file.suffix != ".csv":
            return None
        header, *rows = head_rows(file, 2) or [[]]
        if set(header) >= _SIGNS:
            return "its header is that of a Jira issue export"
        is_issue = any(_holds_an_issue(row) and len(row) >= len(header) for row in rows)
        return "its rows hold Jira issue keys, ids and project keys" if is_issue else None

    def read(self, file: IncomingFile, source: SourceContext) -> list[Extract]:
        from pipelines.landing.connectors.jira import issues

        return issues.read(file, issues.JiraSettings.parse(self.name, source.settings), source)


CONNECTOR = JiraConnector()


def _holds_an_issue(cells: list[str]) -> bool:
    """Whether an issue key, its id beside it and its project's key stand in a row: true in every language."""
    for key, issue_id in pairwise(cells):
        found = _KEY.fullmatch(key)
        if found and issue_id.isdigit() and found.group(1) in cells:
            return True
    return False
