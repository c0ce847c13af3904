"""What is asked of a metric, checked against the catalogue: which table has it, and which of its rows."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipelines.errors import UserError
from pipelines.explain.catalogue import windows
from pipelines.explain.entries import BASES, CLIENT, CLIENT_ATTRIBUTES, COMPANY, Entry, Place, Source, catalogue
from pipelines.serving.principal import Principal

LAST = 12
AM = "am"


@dataclass(frozen=True)
class Question:
    """What somebody typed. None stands for the default: the latest month alone, the metric's own window and basis."""

    metric: str
    by: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    month: str | None = None
    last: int | None = None
    window: int | None = None
    basis: str | None = None


@dataclass(frozen=True)
class Plan:
    """Where the answer stands: `keys` and `filters` are SQL by dimension, `conditions` hold for every row.

    `filters` are equal to the value of the same name in `values`.
    """

    entry: Entry
    place: Place
    source: Source
    keys: dict[str, str]
    filters: dict[str, str]
    values: dict[str, str]
    conditions: tuple[str, ...]
    window: int | None
    basis: str | None
    parameters: dict[str, object] = field(default_factory=dict)

    @property
    def needs_clients(self) -> bool:
        """Whether attributes of the clients are asked for, which stand in a table of their own."""
        return any(sql in CLIENT_ATTRIBUTES.values() for sql in (*self.keys.values(), *self.filters.values()))

    @property
    def step(self) -> int:
        """Months from one figure to the next."""
        return 3 if self.entry.is_quarterly and self.window != 12 else 1


def plan_of(principal: Principal, question: Question) -> Plan:
    """The question with its defaults, as it can be read. Raises UserError for what the catalogue does not have."""
    entry, basis = _on_basis(find(question.metric), question.basis)
    window = _window(entry, question.window)
    typed = [_condition(text) for text in question.where]
    where, by = dict(typed), question.by
    if len(where) < len(typed):
        raise UserError("--where names one thing twice", do="ask once for each, or cut by it: --by")
    if not principal.sees_all_clients and not by and not where and not entry.source.adds and AM in entry.dimensions:
        by = (AM,)  # the whole company's figures are for those who see it
    if twice := sorted(set(by) & where.keys()):
        raise UserError(f"{twice[0]} is both what to cut by and what to look at", do="leave it out of --by or --where")
    place, source = _standing(entry, by, tuple(where))
    dimensions = _columns(source)
    conditions, parameters = _rows(entry, source, (*by, *where), window, basis)
    return Plan(
        entry=entry,
        place=place,
        source=source,
        keys={name: dimensions[name] for name in by},
        filters={name: dimensions[name] for name in where},
        values=where,
        conditions=conditions,
        window=window,
        basis=basis,
        parameters=parameters,
    )


def find(name: str) -> Entry:
    """The catalogue's entry. Raises UserError naming those that are called alike."""
    entries = catalogue().entries
    if name in entries:
        return entries[name]
    alike = difflib.get_close_matches(name.casefold(), entries, n=3)
    alike += [other for other in entries if name.casefold() in other and other not in alike][: 3 - len(alike)]
    hint = f"did you mean {' or '.join(alike)}? " if alike else ""
    raise UserError(f"there is no metric '{name}'", do=f"{hint}`tenure metrics` lists them all")


def _on_basis(entry: Entry, basis: str | None) -> tuple[Entry, str | None]:
    if basis is None:
        return entry, entry.basis
    if basis not in BASES:
        raise UserError(f"there is no basis '{basis}'", do="--basis can be cc (constant currency) or reported")
    twin = entry if basis == entry.basis else catalogue().twin(entry, basis)
    if twin is None:
        only = f"it is {entry.basis} only" if entry.basis else "it is no amount of money"
        raise UserError(f"{entry.name} has no basis '{basis}': {only}", do="leave --basis out")
    return twin, basis


def _window(entry: Entry, wanted: int | None) -> int | None:
    known = windows(entry)
    if wanted is None:
        return known[-1] if known else None
    if not known:
        raise UserError(f"{entry.name} has no window", do="leave --window out")
    if wanted not in known:
        can_be = ", ".join(map(str, known))
        raise UserError(f"{entry.name} has no window of {wanted} months", do=f"--window can be {can_be}")
    return wanted


def _condition(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (name.strip() and sign and value.strip()):
        raise UserError(f"'{text}' is no condition", do="write it as --where region=EMEA")
    return name.strip(), value.strip()


def _standing(entry: Entry, by: tuple[str, ...], where: tuple[str, ...]) -> tuple[Place, Source]:
    asked = {*by, *where}
    attributes = {name for name in where if name in CLIENT_ATTRIBUTES}
    for name in (*by, *where):
        if name not in entry.dimensions and not (name in attributes and CLIENT in entry.dimensions):
            way = "cut by" if name in by else "narrowed to one"
            raise UserError(f"{entry.name} cannot be {way} {name}", do=_can_be(entry))
    for place, source in zip(entry.places, entry.sources, strict=True):
        if _has(source, asked, attributes) and (asked or entry.has_company):
            return place, source
    raise UserError(_why_not(entry, sorted(asked)), do=_can_be(entry))


def _has(source: Source, asked: set[str], attributes: set[str]) -> bool:
    """Whether rows of the source are about what is asked."""
    if source.segments:
        return len(asked) <= 1 and (asked or {COMPANY}) <= set(source.segments)
    if source.adds:
        return asked <= set(source.dimensions)
    if not asked:
        return source.has_company
    own = asked - attributes if CLIENT in asked else asked
    return own == set(source.by)


def _why_not(entry: Entry, asked: list[str]) -> str:
    if not asked:
        return f"{entry.name} is no figure of the whole company"
    together = [source for source in entry.sources if len(source.by) > 1 and not source.adds]
    if together:
        return f"{entry.name} stands by {_and(together[0].by)} together, not by {_and(asked)} alone"
    return f"{entry.name} stands by one thing at a time, not by {_and(asked)} together"


def _and(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _can_be(entry: Entry) -> str:
    together = next((source for source in entry.sources if len(source.by) > 1 and not source.adds), None)
    if together:
        ways = " ".join(f"--by {name}" for name in together.by)
        return f"{ways} (or --where {list(together.by)[-1]}=VALUE instead of one of them)"
    if not entry.dimensions:
        return "leave --by and --where out; it is about the whole company"
    company = "; without it the whole company" if entry.has_company else ""
    return f"--by can be {', '.join(entry.dimensions)}{company}"


def _columns(source: Source) -> dict[str, str]:
    """SQL by dimension."""
    if source.segments:
        return dict.fromkeys(source.segments, "facts.segment_value")
    own = {name: _of_facts(sql) for name, sql in source.by.items()}
    return {**own, **(CLIENT_ATTRIBUTES if CLIENT in source.by else {})}


def _of_facts(sql: str) -> str:
    """A plain column as the table's own: one of the same name may stand in the clients' table."""
    return f"facts.{sql}" if sql.isidentifier() else sql


def _rows(
    entry: Entry, source: Source, asked: Iterable[str], window: int | None, basis: str | None
) -> tuple[tuple[str, ...], dict[str, object]]:
    """Which rows of the source the answer is among; the SQL is the catalogue's, what is typed is bound."""
    conditions: list[str] = [source.rows] if source.rows else []
    parameters: dict[str, object] = {}
    of = next(iter(asked), None)
    if source.segments:
        conditions.append("facts.segment = $segment")
        parameters["segment"] = of or COMPANY
    if source.company:
        conditions.append(f"not ({source.company})" if of else source.company)
    for column, name, value in (
        (source.window, "window", window),
        (source.basis, "basis", basis),
        (source.name, "name", entry.name),
    ):
        if column:
            conditions.append(f"{column} = ${name}")
            parameters[name] = value
    return tuple(conditions), parameters
