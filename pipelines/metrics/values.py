"""A metric by dimension and month, as the marts have it. What is not there says why, and is never a nought."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pipelines.errors import UserError
from pipelines.explain.answer import Unit
from pipelines.explain.entries import CLIENT, Entry
from pipelines.explain.question import NAMED, months_before, parsed_month
from pipelines.explain.reader import read
from pipelines.explain.terminal import SEGMENT_WORDS
from pipelines.metrics.question import AM, LAST, Plan, Question, plan_of
from pipelines.metrics.targets import Verdict, policy_of, verdict
from pipelines.serving.release import Release
from pipelines.serving.rules import rules

MOST_MONTHS = 1200
SAID = ("target", "is_met", "band")  # columns of a source in which the mart itself judges the value
NAMES = {
    AM: "select am_id as value, am_name as name from marts.dim_account_managers",
    CLIENT: "select client_id as value, client_name as name from marts.dim_clients",
}
RUN = "select as_of_on, last_month, reporting_currency from staging.stg_run"
UNASSIGNED, NOBODY, NOBODY_KNOWN = "unassigned", "nobody", "nobody, or somebody who is not yours to see"
NOTHING = Decimal("0.00")
HIDDEN = "{} is not yours to see"
NO_AMOUNT = "none of the rows names an amount"
Rows = dict[tuple[Any, ...], dict[str, Any]]


@dataclass(frozen=True)
class Figure:
    """One value: of which month and of what (the values of the dimensions asked by, and as people call them).

    `value` None is "n/a", and `reason` says why.
    """

    month: dt.date | None
    keys: tuple[str, ...]
    labels: tuple[str, ...]
    value: Decimal | int | None
    reason: str | None
    verdict: Verdict


@dataclass(frozen=True)
class Answer:
    """The figures by what they are about, months in order. `months` is empty for a number as of the release alone."""

    plan: Plan
    months: list[dt.date]
    figures: list[Figure]
    release_id: str | None
    as_of_on: dt.date
    reporting_currency: str
    whose: str
    notes: list[str] = field(default_factory=list)

    @property
    def entry(self) -> Entry:
        return self.plan.entry


def ask(release: Release, question: Question) -> Answer:
    """The figures that the release's reader may see. Raises UserError for what the catalogue or the release has not."""
    plan = plan_of(release.principal, question)
    if _is_hidden(release, plan):
        raise UserError(HIDDEN.format(plan.entry.name), done="nothing was shown", do="ask leadership")
    run = read(release, RUN)[0]
    months, notes = _months(release, plan, question, run["last_month"])
    rows = _rows(release, plan, months)
    _require_values(release, plan)
    if plan.keys and not rows:
        raise _nothing(release, plan, months)
    return Answer(
        plan=plan,
        months=months,
        figures=list(_figures(release, plan, months, run["last_month"], rows)),
        release_id=release.manifest.get("release_id"),
        as_of_on=run["as_of_on"],
        reporting_currency=run["reporting_currency"],
        whose=_whose(release, plan),
        notes=notes,
    )


def _from(plan: Plan, filters: Iterable[str]) -> str:
    clients = " left join marts.dim_clients as clients on clients.client_id = facts.client_id"
    equal = [f"{plan.filters[name]} = $where_{name}" for name in filters]
    conditions = " and ".join([*plan.conditions, *equal]) or "true"
    return f"from {plan.source.table} as facts{clients if plan.needs_clients else ''} where {conditions}"


def _parameters(plan: Plan) -> dict[str, Any]:
    return {**plan.parameters, **{f"where_{name}": value for name, value in plan.values.items()}}


def _rows(release: Release, plan: Plan, months: list[dt.date]) -> Rows:
    """The rows by (month, *keys): value, and what the mart says of its target. All names are the catalogue's."""
    source = plan.source
    column = plan.place.column or plan.entry.name
    value = plan.place.value or f"facts.{column}"
    month = source.month or "cast(null as date)"
    has_target = plan.entry.target is not None and plan.place == plan.entry.places[0]
    said = {name: getattr(source, name) if has_target else None for name in SAID}
    keys = [f"{sql} as key_{at}" for at, sql in enumerate(plan.keys.values())]
    selected = [f"{month} as month", *keys]
    if source.adds:
        selected += [f"sum({value}) as value", *(f"null as {name}" for name in said)]
        grouped = f" group by {', '.join(str(at + 1) for at in range(len(keys) + 1))}"
    else:
        selected += [f"{value} as value"]
        selected += [
            f"facts.{sql.format(column=column)} as {name}" if sql else f"null as {name}" for name, sql in said.items()
        ]
        grouped = ""
    within = f" and {month} between $first and $last" if months else ""
    sql = f"select {', '.join(selected)} {_from(plan, plan.filters)}{within}{grouped}"
    span = {"first": months[0], "last": months[-1]} if months else {}
    found = read(release, sql, **_parameters(plan), **span)
    rows = {(row["month"], *(row[f"key_{at}"] for at in range(len(keys)))): row for row in found}
    if len(rows) != len(found):
        raise RuntimeError(f"{plan.entry.name}: {plan.source.table} has several rows for one figure")
    return rows


def _months(release: Release, plan: Plan, question: Question, last_month: dt.date) -> tuple[list[dt.date], list[str]]:
    """The months asked for, oldest first; empty where the table is as of the release."""
    if plan.source.month is None:
        if question.month is not None or question.last is not None:
            raise UserError(f"{plan.entry.name} is known as of the release only", do="leave --month and --last out")
        return [], []
    sql = f"select distinct {plan.source.month} as month {_from(plan, ())}"
    known = sorted(row["month"] for row in read(release, sql, **_parameters(plan)))
    if not known:
        raise _nothing(release, plan, [])
    newest = max(known[-1], _latest(last_month, plan.step))
    end = _end(plan, question.month, known[0], newest)
    count = _count(question.last)
    first = max(known[0], months_before(end, plan.step * (count - 1)))
    months = [months_before(end, back) for back in range(_between(first, end), -1, -plan.step)]
    notes = [f"there is none before {known[0]:%Y-%m}"] if question.last and len(months) < count else []
    return months, notes


def _latest(last_month: dt.date, step: int) -> dt.date:
    """The last month that ends a step of the calendar, on or before the latest complete one."""
    return months_before(last_month, last_month.month % step)


def _between(first: dt.date, last: dt.date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


def _count(last: int | None) -> int:
    if last is None:
        return 1
    if not 1 <= last <= MOST_MONTHS:
        raise UserError(f"--last must be 1 to {MOST_MONTHS}, not {last}", do=f"for a year: --last {LAST}")
    return last


def _end(plan: Plan, wanted: str | None, first: dt.date, newest: dt.date) -> dt.date:
    if wanted is None:
        return newest
    month = parsed_month(wanted)
    if not first <= month <= newest:
        raise UserError(
            f"there is no {plan.entry.name} for {month:%Y-%m}", do=f"ask for {first:%Y-%m} to {newest:%Y-%m}"
        )
    if _between(month, newest) % plan.step:
        before = months_before(month, month.month % plan.step)
        after = months_before(before, -plan.step)
        raise UserError(
            f"{plan.entry.name} is there at the ends of quarters, and {month:%Y-%m} is none",
            do=f"ask for {before:%Y-%m} or {after:%Y-%m}",
        )
    return month


def _figures(release: Release, plan: Plan, months: list[dt.date], last_month: dt.date, rows: Rows) -> Iterable[Figure]:
    """Every month of everything that has a row in one of them."""
    shown: list[dt.date | None] = [*months] or [None]
    policies = {month: policy_of(release, plan, month or last_month) for month in shown}
    names = [_names(release, dimension) for dimension in plan.keys]
    found = {key[1:] for key in rows}
    labels = {keys: tuple(known.get(key, key) for known, key in zip(names, keys, strict=True)) for keys in found}
    ordered = sorted(labels, key=lambda keys: ([label.casefold() for label in labels[keys]], keys))
    for keys in ordered if plan.keys else [()]:
        for month, policy in policies.items():
            row = rows.get((month, *keys), _absent(plan))
            reason = None if row["value"] is not None else plan.entry.nothing or NO_AMOUNT
            yield Figure(month, keys, labels.get(keys, ()), row["value"], reason, verdict(policy, row))


def _absent(plan: Plan) -> dict[str, Any]:
    """A row that is not there: facts that nobody has add up to nothing, anything else is not known."""
    nought = (0 if plan.entry.unit is Unit.COUNT else NOTHING) if plan.source.adds else None
    return {"value": nought, "target": None, "is_met": None, "band": None}


def _names(release: Release, dimension: str) -> dict[str, str]:
    """What the values of a dimension are called, where they have names."""
    if dimension not in NAMES:
        return {}
    names = {row["value"]: row["name"] or row["value"] for row in read(release, NAMES[dimension])}
    nobody = NOBODY if release.principal.sees_all_clients else NOBODY_KNOWN
    return {**names, UNASSIGNED: nobody} if dimension == AM else names


def _whose(release: Release, plan: Plan) -> str:
    """Whom the figures are about, in words."""
    about = [
        f"{SEGMENT_WORDS.get(name, name.replace('_', ' '))} {_names(release, name).get(value, value)}"
        for name, value in plan.values.items()
    ]
    by = [f"by {SEGMENT_WORDS.get(name, name.replace('_', ' '))}" for name in plan.keys]
    if plan.source.adds and not release.principal.sees_all_clients:
        about.insert(0, f"the clients of {release.principal.name}")
    return ", ".join([*about, *by]) or "company"


def _require_values(release: Release, plan: Plan) -> None:
    """Raises UserError where what is asked about is not there at all, in no month."""
    for name in plan.filters:
        sql = f"select distinct {plan.filters[name]} as value {_from(plan, ())}"
        known = {str(row["value"]) for row in read(release, sql, **_parameters(plan))}
        if plan.values[name] not in known:
            names = _names(release, name)
            listed = [f"{value} ({names[value]})" if value in names else value for value in sorted(known)]
            more = f" and {len(listed) - NAMED} more" if len(listed) > NAMED else ""
            can_be = f"it can be {', '.join(listed[:NAMED])}{more}" if listed else "there is none"
            raise UserError(f"there is no {name} '{plan.values[name]}' in {plan.entry.name}", do=can_be)


def _nothing(release: Release, plan: Plan, months: list[dt.date]) -> UserError:
    """There is no row: because there is none, or because none of them is the reader's (of facts, both are the same)."""
    if not release.principal.sees_all_clients and not plan.source.adds:
        return _refusal(plan)
    when = f" in {months[0]:%Y-%m}" if len(months) == 1 else f" from {months[0]:%Y-%m} on" if months else ""
    why = plan.entry.nothing or "there is nothing to add up"
    return UserError(
        f"the release has no {plan.entry.name}{when}: {why}", do="ask for other months, or land more exports"
    )


def _is_hidden(release: Release, plan: Plan) -> bool:
    """Whether the reader does not see the table, or finds nothing but NULL in the column."""
    schema, table = plan.source.table.split(".")
    if not release.has_table(schema, table):
        return True
    column, reader = plan.place.column or plan.entry.name, release.principal
    is_masked = rules().mask(rules().of(schema, table), column, "varchar", reader) is not None
    return is_masked and not reader.sees_all_clients


def _refusal(plan: Plan) -> UserError:
    own = [name for name in plan.entry.dimensions if name in (AM, CLIENT)]
    ways = f"ask --by {' or --by '.join(own)}: your own account managers and clients" if own else "ask leadership"
    return UserError(f"these figures of {plan.entry.name} are not yours to see", done="nothing was shown", do=ways)
