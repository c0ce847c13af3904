"""Rows that were counted, as one section: the ones worth reading, the rest in a sum, and the total that must tie."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from pipelines.explain.answer import Column, Group, Row, Section, Unit
from pipelines.explain.question import Scope

SOURCE_COLUMNS = [Column("file_name", "File"), Column("line_number", "Line no.", Unit.COUNT)]
CLIENT_COLUMNS = [Column("client_id", "Client", Unit.ID), Column("client_name", "Name")]


def listed(
    name: str, title: str, columns: Sequence[Column], rows: list[dict[str, Any]], sums: Sequence[str], scope: Scope
) -> Section:
    """One client's rows are all there; of many clients' rows the first `--top`, and the others in one line."""
    if scope.client_id:
        shown = [row for row in rows if row["client_id"] == scope.client_id]
        rest = [row for row in rows if row["client_id"] != scope.client_id]
    else:
        shown, rest = rows[: scope.top], rows[scope.top :]
    group = Group([Row(row) for row in shown])
    label = columns[0].key
    if rest:
        words = f"{len(rest):,} other" + ("" if len(rest) == 1 else "s")
        group.rows.append(Row({label: words, **added(rest, sums)}, "rest"))
    group.rows.append(Row({label: "All", **added(rows, sums)}, "total"))
    return Section(name, title, list(columns), [group])


def added(rows: list[dict[str, Any]], keys: Sequence[str]) -> dict[str, Any]:
    """The sums of some columns; 0 where there is no row."""
    return {key: sum((row[key] for row in rows if row[key] is not None), type_zero(rows, key)) for key in keys}


def type_zero(rows: list[dict[str, Any]], key: str) -> Any:
    """A nought of the column's own kind, so that whole numbers stay whole."""
    return next((row[key] * 0 for row in rows if row[key] is not None), 0)


def require_same(what: str, below: Any, above: Any, same: Callable[[Any, Any], bool] | None = None) -> None:
    """Raises RuntimeError where two levels do not tie: a wrong explanation is worse than none."""
    if not (same(below, above) if same else below == above):
        raise RuntimeError(f"{what}: its rows give {below}, above them stands {above}")


def nearly(below: Decimal | None, above: Decimal | None) -> bool:
    """Equal but for the last of 12 decimals, which quotients of different widths may round apart."""
    if below is None or above is None:
        return below is above
    return abs(below - above) <= Decimal("0.00000000001")
