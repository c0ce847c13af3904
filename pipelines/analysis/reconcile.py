"""The definition solver: under which other rules does a retention number become the one that somebody else has?"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from itertools import combinations, product
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pipelines.analysis.hierarchy import Clients, clients_now, clients_on, regrouped
from pipelines.analysis.question import MONTHS, Asked, asked, month_text, prove, publications
from pipelines.analysis.ratios import published
from pipelines.analysis.report import Report, named, whose
from pipelines.analysis.rules import Method, Returns, Rules, rate_of
from pipelines.analysis.series import NO_PARENTS, PUBLISHED_BASIS, Amounts, Basis, Rates, Window, read_series
from pipelines.errors import UserError
from pipelines.explain.answer import Column, Group, Row, Section, Unit, Value
from pipelines.explain.question import months_before
from pipelines.explain.terminal import shown
from pipelines.serving.release import Release

TOLERANCE = Decimal("0.0005")
MOST_CHANGES = 3
SHOWN = 10
LARGEST_TARGET = Decimal(3)


@dataclass(frozen=True)
class Choice:
    """One rule decided otherwise than the metric book does: `field` of `part` (rules, basis or window) is `value`."""

    part: str
    field: str
    value: Any
    label: str


CHOICES = {
    "nrr": (
        Choice("rules", "method", Method.COMPOUNDED, "months' NRRs multiplied instead of the window's two ends"),
        Choice("rules", "has_new_clients", True, "new clients count in the end"),
        Choice("rules", "returns", Returns.ADDED, "clients from before the window that came back count in the end"),
    ),
    "grr": (
        Choice("rules", "method", Method.MONTHLY, "losses month by month, without what was won back"),
        Choice("rules", "method", Method.COMPOUNDED, "months' GRRs multiplied instead of the window's two ends"),
    ),
}
COMMON = (
    Choice("rules", "returns", Returns.LOST, "clients that left and came back within the window are lost"),
    Choice("rules", "has_contraction", False, "contraction does not count, only churn"),
    Choice("basis", "amounts", Amounts.ARR_AND_ONE_OFFS, "ARR with the last 12 months' one-off revenue"),
    Choice("basis", "amounts", Amounts.REVENUE, "recognised revenue of 12 months instead of ARR"),
    Choice("basis", "has_credits", False, "credit notes do not count"),
    Choice("basis", "parents", NO_PARENTS, "every account by itself, not the ultimate parent"),
)
FX = {
    Rates.BASELINE: "constant currency (baseline rates)",
    Rates.REPORTED: "reported: every month at its own rate",
    Rates.START: "every month at the window's opening rate",
    Rates.END: "every month at the window's closing rate",
}


@dataclass(frozen=True)
class Answer:
    """A number under rules that differ from ours in `changes`; none of these is without effect."""

    changes: tuple[Choice, ...]
    value: Decimal
    distance: Decimal

    @property
    def words(self) -> str:
        return "; ".join(change.label for change in self.changes) or "our definition"


def choices_for(asking: Asked, fiscal_start_month: int, days: Iterable[str] = ()) -> list[Choice]:
    """The rules that can be decided otherwise in this question. `days`: whose parent links are known and differ."""
    fx = [Choice("rules", "rates", rates, label) for rates, label in FX.items() if rates is not asking.rates]
    starts = dict.fromkeys(
        months_before(asking.window.end, (asking.window.end.month - first) % 12 + 1)
        for first in (1, fiscal_start_month)
    )
    windows = [
        Choice("window", "start", start, f"year to date: from the end of {month_text(start)}")
        for start in starts
        if start != asking.window.start
    ]
    parents = [Choice("basis", "parents", day, f"parent links as exported by {day}") for day in days]
    return [*CHOICES[asking.measure], *COMMON, *parents, *fx, *windows]


def solved(values: dict[tuple[Choice, ...], Decimal], target: Decimal, tolerance: Decimal) -> list[Answer]:
    """The answers, those within the tolerance first and of these the ones with fewest changes, then the nearest.

    A change without which the number is the same is no answer to anything: such sets are left out.
    """
    telling = [
        Answer(changes, value, abs(value - target))
        for changes, value in values.items()
        if not changes or all(values.get(less) != value for less in combinations(changes, len(changes) - 1))
    ]
    return sorted(
        telling,
        key=lambda answer: (
            answer.distance > tolerance,
            len(answer.changes) if answer.distance <= tolerance else 0,
            answer.distance,
            len(answer.changes),
        ),
    )


def earlier_clients(release: Release, asking: Asked, lake: Path | None) -> dict[str, Clients]:
    """The client of each account by the parent links of the window's two ends, where they were others than now."""
    now = clients_now(release)
    found: dict[str, Clients] = {}
    for month in (asking.window.end, asking.window.start):
        day = months_before(month, -1) - dt.timedelta(days=1)
        then = clients_on(lake, day) if lake and now else {}
        clients = {account: then.get(account, client) for account, client in now.items()}
        if then and clients not in ([now, *found.values()]):
            found[day.isoformat()] = clients
    return found


def lattice(
    release: Release,
    asking: Asked,
    choices: list[Choice],
    most_changes: int,
    earlier: Mapping[str, Clients] = MappingProxyType({}),
) -> dict[tuple[Choice, ...], Decimal]:
    """The number under every set of up to `most_changes` choices that can hold together.

    `earlier`: the client of each account, by the day whose parent links hold.
    """
    # One reading at a time: the series of a large company under every basis at once would fill the memory.
    by_reading: dict[tuple[Window, Basis], list[tuple[tuple[Choice, ...], Rules]]] = {}
    for changes in sets_of(choices, most_changes):
        rules, basis, window = _decided(asking, changes)
        by_reading.setdefault((window, basis), []).append((changes, rules))
    values = {}
    for (window, basis), sets in by_reading.items():
        series = read_series(release, window, basis)
        if basis.parents in earlier:
            series = regrouped(series, earlier[basis.parents])
        for changes, rules in sets:
            value = published(rate_of(asking.measure, series, rules))
            if value is not None:
                values[changes] = value
    return values


def sets_of(choices: Iterable[Choice], most: int) -> Iterator[tuple[Choice, ...]]:
    """Every set of choices that decides no rule twice, the empty one (our definition) first."""
    by_rule: dict[tuple[str, str], list[Choice]] = {}
    for choice in choices:
        by_rule.setdefault((choice.part, choice.field), []).append(choice)
    for size in range(min(most, len(by_rule)) + 1):
        for rules in combinations(by_rule.values(), size):
            yield from product(*rules)


def _decided(asking: Asked, changes: Iterable[Choice]) -> tuple[Rules, Basis, Window]:
    parts: dict[str, Any] = {"rules": asking.rules, "basis": PUBLISHED_BASIS, "window": asking.window}
    for change in changes:
        parts[change.part] = replace(parts[change.part], **{change.field: change.value})
    return parts["rules"], parts["basis"], parts["window"]


def reconcile(
    release: Release, metric: str, target: str, month: str | None, segment: str, value: str | None,
    tolerance: str | None = None, most_changes: int = MOST_CHANGES, top: int = SHOWN, lake: Path | None = None,
) -> Report:  # fmt: skip
    """The report; `lake` knows parent links of earlier days.

    Raises UserError for a bad question, RuntimeError where our own rules miss the published number.
    """
    wanted, within = (
        _fraction(target, "--target"),
        TOLERANCE if tolerance is None else _fraction(tolerance, "--tolerance"),
    )
    if top < 1 or not 0 <= most_changes <= len(COMMON):
        raise UserError(f"--top must be 1 or more, and --changes from 0 to {len(COMMON)}")
    asking = asked(release, metric, month, segment, value, MONTHS)
    known = publications(release, asking)
    prove(asking, read_series(release, asking.window), known)
    fiscal_start = release.rows("select fiscal_year_start_month from staging.stg_run").item()
    earlier = earlier_clients(release, asking, lake)
    values = lattice(release, asking, choices_for(asking, fiscal_start, earlier), most_changes, earlier)
    answers = solved(values, wanted, within)
    hits = [answer for answer in answers if answer.distance <= within]
    own = known.get(asking.scope.segment_value)
    name = named(asking)
    gives = "gives" if len(hits) == 1 else "give"
    lines = [
        f"ours, published: {shown(own, Unit.RATE)}; theirs: {shown(wanted, Unit.RATE)}",
        f"{len(values)} sets of rules tried; {len(hits)} {gives} their number (within {within * 100:f} pp)",
    ]
    if not hits:
        lines.append("no set of these rules gives it: the inputs differ too, or a rule that is not tried here")
    columns = [
        Column("value", asking.measure.upper(), Unit.RATE),
        Column("difference_pp", "Against theirs", Unit.POINTS),
        Column("changes", "Changes", Unit.COUNT),
        Column("rules", "What is decided otherwise"),
        Column("is_hit", "In tolerance", in_terminal=False),
    ]
    rows = [_row(answer, wanted, within) for answer in answers[:top]]
    facts: dict[str, Value] = {
        "value": own,
        "target": wanted,
        "tolerance": within,
        "tried": len(values),
        "hits": len(hits),
    }
    title = f"Which rules make {name} {shown(wanted, Unit.RATE)}: {whose(asking)}"
    sections = [Section("answers", "Nearest first, fewest changes first", columns, [Group(rows)])]
    return Report("reconcile", title, asking, facts, lines, sections, NOTES)


NOTES = [
    "Parent links of the window's ends are tried where exports had landed by then and said others than now.",
    "Usage of an account by itself is annualised over as many months as its client's.",
]


def _row(answer: Answer, target: Decimal, tolerance: Decimal) -> Row:
    return Row(
        {
            "value": answer.value,
            "difference_pp": (answer.value - target) * 100,
            "changes": len(answer.changes),
            "rules": answer.words,
            "is_hit": answer.distance <= tolerance,
        }
    )


def _fraction(text: str, option: str) -> Decimal:
    """1.032 or 103.2%. Raises UserError for anything else."""
    try:
        number = Decimal(text.strip().removesuffix("%").strip())
        number = number / 100 if text.strip().endswith("%") else number
    except InvalidOperation:
        raise UserError(f"{option} '{text}' is no number", do="write it as 1.032 or 103.2%") from None
    if not number.is_finite() or not 0 <= number <= LARGEST_TARGET:
        raise UserError(f"{option} {text} is no rate", do="write it as 1.032 or 103.2%")
    return number
