"""What a pack is about: one client that the reader may see, and one calendar quarter that the release knows."""

import datetime as dt
import difflib
from dataclasses import dataclass
from typing import Any

from pipelines.dashboards.wording import add_months, date, month
from pipelines.errors import UserError
from pipelines.explain.question import parsed_quarter
from pipelines.explain.reader import read
from pipelines.qbr.text import clean
from pipelines.serving.release import Release

CANDIDATES = 5
MONTHS_OF_QUARTER = 3

Row = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """The release that everything comes from. `published_at` is None for a build that is no release yet."""

    release_id: str
    published_at: dt.datetime | None
    as_of_on: dt.date
    last_month: dt.date
    reporting_currency: str
    fx_baseline_on: dt.date
    time_zone: str


@dataclass(frozen=True)
class Client:
    """The client of the pack; its name is cleaned of what could break a page."""

    client_id: str
    name: str
    billing_currency: str | None
    am_name: str | None


@dataclass(frozen=True)
class Period:
    """The months of a quarter that are complete, and `day`, the last day that counts."""

    first_month: dt.date
    last_month: dt.date
    day: dt.date
    is_provisional: bool

    @property
    def name(self) -> str:
        return f"Q{(self.first_month.month + 2) // MONTHS_OF_QUARTER} {self.first_month.year}"

    @property
    def key(self) -> str:
        return f"{self.first_month.year}-Q{(self.first_month.month + 2) // MONTHS_OF_QUARTER}"

    @property
    def label(self) -> str:
        """Q3 2026, or the months so far of a quarter that still runs."""
        return self.months_label if self.is_provisional else self.name

    @property
    def months_label(self) -> str:
        first, last = month(self.first_month), month(self.last_month)
        return first if first == last else f"{first} to {last}"

    @property
    def months(self) -> tuple[dt.date, ...]:
        count = self.last_month.month - self.first_month.month + 1
        return tuple(add_months(self.first_month, index) for index in range(count))

    @property
    def next_name(self) -> str:
        start = add_months(self.first_month, MONTHS_OF_QUARTER)
        return f"Q{(start.month + 2) // MONTHS_OF_QUARTER} {start.year}"

    def before(self, quarters: int) -> "Period":
        """The whole quarter that lies `quarters` before."""
        first = add_months(self.first_month, -MONTHS_OF_QUARTER * quarters)
        last = add_months(first, MONTHS_OF_QUARTER - 1)
        return Period(first, last, _end_of_month(last), False)

    def back(self, quarters: int) -> tuple["Period", ...]:
        """So many quarters, this one being the last."""
        return (*(self.before(index) for index in reversed(range(1, quarters))), self)

    def year_before(self) -> "Period":
        """The same months a year before."""
        first, last = add_months(self.first_month, -12), add_months(self.last_month, -12)
        return Period(first, last, _end_of_month(last), self.is_provisional)


def _end_of_month(first: dt.date) -> dt.date:
    return add_months(first, 1) - dt.timedelta(days=1)


def run_of(release: Release) -> Run:
    """What the release says of itself."""
    row = read(
        release,
        "select as_of_on, last_month, reporting_currency, fx_baseline_on, company_time_zone as time_zone "
        "from staging.stg_run",
    )[0]
    published = release.manifest.get("published_at")
    return Run(
        release.manifest.get("release_id", "a build that is not published"),
        dt.datetime.fromisoformat(published) if published else None,
        **row,
    )


def period_of(run: Run, quarter: str) -> Period:
    """The period of `2026-Q3`. A quarter that still runs counts with its complete months, as provisional.

    Raises UserError for text that is no quarter, and for a quarter without a complete month.
    """
    last = parsed_quarter(quarter)
    first = add_months(last, 1 - MONTHS_OF_QUARTER)
    if first > run.last_month:
        raise UserError(
            f"{quarter} has no complete month yet: the release is as of {date(run.as_of_on)}",
            done="nothing was written",
            do=f"ask for a quarter up to {latest_quarter(run)}, or refresh with newer exports",
        )
    known = min(last, run.last_month)
    return Period(first, known, _end_of_month(known), known < last)


def latest_quarter(run: Run) -> str:
    """The latest quarter all of whose months are complete, as 2026-Q3."""
    after = add_months(run.last_month, 1)
    return Period(add_months(after, -((after.month - 1) % MONTHS_OF_QUARTER)), after, after, True).before(1).key


def find_client(release: Release, wanted: str) -> Client:
    """The client with this id, or with this name in any case, among those that the reader of the release may see.

    Raises UserError for an unknown or ambiguous name, naming the nearest of them.
    """
    rows = read(
        release, "select client_id, client_name, billing_currency, am_name from marts.dim_clients order by client_id"
    )
    folded = " ".join(wanted.split()).casefold()
    by_id = [row for row in rows if row["client_id"] == wanted] or [
        row for row in rows if row["client_id"].casefold() == folded
    ]
    found = by_id or [row for row in rows if " ".join((row["client_name"] or "").split()).casefold() == folded]
    if len(found) == 1:
        return _client(found[0])
    if found:
        what = f"{len(found)} clients are called '{clean(wanted)}'"
        raise UserError(what, done="nothing was written", do=f"name one by its id: {_pairs(found)}")
    raise UserError(f"there is no client '{clean(wanted)}'", done="nothing was written", do=_nearest(rows, folded))


def _nearest(rows: list[Row], folded: str) -> str:
    names = {row["client_id"]: (row["client_name"] or "").casefold() for row in rows}
    holding = [row for row in rows if folded and folded in names[row["client_id"]]]
    if len(holding) < CANDIDATES:
        close = difflib.get_close_matches(folded, [*names.values(), *names], n=CANDIDATES, cutoff=0.5)
        likely = [row for word in close for row in rows if word in (names[row["client_id"]], row["client_id"])]
        holding += [row for row in likely if row not in holding]
    if not holding:
        return "give a client's id or its full name, as `select client_id, client_name from marts.dim_clients` has it"
    return f"the nearest: {_pairs(holding[:CANDIDATES])}"


def _pairs(rows: list[Row]) -> str:
    return ", ".join(f"{row['client_id']} ({clean(row['client_name'] or 'no name')})" for row in rows[:CANDIDATES])


def _client(row: Row) -> Client:
    name = clean(row["client_name"] or "") or row["client_id"]
    return Client(row["client_id"], name, row["billing_currency"], clean(row["am_name"] or "") or None)
