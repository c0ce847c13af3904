"""The ledger for readers: what a release remembers, and what differs between any two releases that are kept.

Data only; how it looks on a terminal is said in `pipelines.terminal.restatements`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from pipelines.engine import CONFIG
from pipelines.errors import UserError
from pipelines.release.history import current_id, list_releases, only_match
from pipelines.release.manifest import WAREHOUSE_NAME
from pipelines.release.restatements.figures import COMPANY, METRICS
from pipelines.release.restatements.ledger import COLUMNS, Restated, comparison, read_restated
from pipelines.settings import Settings


@dataclass(frozen=True)
class Figure:
    """One restated figure with its parts, the largest first."""

    parts: Sequence[Restated]

    @property
    def head(self) -> Restated:
        return self.parts[0]

    @property
    def change(self) -> Decimal:
        return (self.head.new_value or Decimal(0)) - (self.head.old_value or Decimal(0))

    @property
    def causes(self) -> dict[str, Decimal]:
        """What each cause did to it, the largest first."""
        totals: dict[str, Decimal] = {}
        for part in self.parts:
            totals[part.cause] = totals.get(part.cause, Decimal(0)) + part.client_effect
        return dict(sorted(totals.items(), key=lambda item: (-abs(item[1]), item[0])))


def ledger_rows(settings: Settings, since: str | None = None) -> list[Restated]:
    """The ledger of the live release, the newest publication first; with `since` only what came after that one.

    Raises UserError without a release, and for a `since` that is no publication of the home.
    """
    import duckdb

    live = next((r for r in list_releases(settings) if r.release_id == current_id(settings)), None)
    if live is None:
        raise UserError("there is no published release here yet", do="run `tenure refresh`")
    log = [publication.publication_id for publication in live.manifest.publications]
    wanted = log if since is None else log[_place(log, since) + 1 :]
    with duckdb.connect(str(live.path / WAREHOUSE_NAME), read_only=True, config=CONFIG) as connection:
        rows = connection.execute(f"select {COLUMNS}, publication_id from ops.restatements").fetchall()
    restated = [Restated(*row) for row in rows if row[-1] in set(wanted)]
    return sorted(restated, key=lambda row: (-log.index(row.publication_id), *_order(row)))


def difference(settings: Settings, old: str, new: str) -> list[Restated]:
    """What changed between two kept releases, in months complete in both. Raises UserError as `rollback` does."""
    kept = list_releases(settings)
    first, second = only_match(kept, old), only_match(kept, new)
    with comparison(first.path / WAREHOUSE_NAME, second.path / WAREHOUSE_NAME) as connection:
        return sorted(read_restated(connection), key=_order)


def as_figures(rows: Iterable[Restated]) -> list[Figure]:
    """Rows in the order of `ledger_rows` or `difference`, as one figure each."""
    by_figure = groupby(rows, key=lambda row: (row.publication_id, *_figure(row)))
    return [Figure(list(parts)) for _, parts in by_figure]


def _order(row: Restated) -> tuple[object, ...]:
    return (
        *(-row.month.toordinal(), row.segment != COMPANY, row.segment_value, METRICS.index(row.metric)),
        *(-abs(row.client_effect), row.client_id or "", row.cause),
    )


def _figure(row: Restated) -> tuple[object, ...]:
    return row.month, row.metric, row.segment, row.segment_value


def _place(log: Sequence[str], since: str) -> int:
    matching = [place for place, name in enumerate(log) if since and since in name]
    if len(matching) != 1:
        raise UserError(
            f"'{since}' means {'more than one release' if matching else 'no release of this home'}",
            done="nothing was read", do="name one of: " + ", ".join(log[:-6:-1]),
        )  # fmt: skip
    return matching[0]
