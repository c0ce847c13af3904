"""Which rows of client tables a segment takes in. Conditions for SQL; what a segment is called stands in `choices`.

A published rate of a segment comes from the marts by its name and value. Lists of clients are made here: by the
attributes clients have now, and for what happened to them (a movement) by the account manager and tier at that time.
"""

from __future__ import annotations

from pipelines.dashboards.pages.clients_rows import MOVEMENT_SEGMENTS, SEGMENT_COLUMNS
from pipelines.dashboards.pages.question import COMPANY

Condition = tuple[str, list[object]]


def of_clients(segment: tuple[str, str], clients: str = "clients") -> Condition:
    """The condition on rows of dim_clients under the alias `clients`, and its parameters."""
    name, value = segment
    if segment == COMPANY:
        return "true", []
    column, missing = SEGMENT_COLUMNS[name]
    return f"coalesce({clients}.{column}, '{missing}') = ?", [value]


def of_movements(segment: tuple[str, str], movements: str = "movements", clients: str = "clients") -> Condition:
    """The condition on rows of fct_arr_movements, joined to dim_clients, and its parameters."""
    return of_clients(segment, movements if segment[0] in MOVEMENT_SEGMENTS else clients)


def is_of_today(segment: tuple[str, str]) -> bool:
    """Whether a list of this segment's clients is of those it has now, whatever the month."""
    return segment[0] in MOVEMENT_SEGMENTS
