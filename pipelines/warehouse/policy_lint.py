"""The policy linter: whether the shipped seeds and the company's own make a policy that every model can follow.

Here: merging, the checks of single cells, and the order of things. The checks of whole sets stand in policy_rules.py.
What a seed needs checked is data, in its yml under `config.meta.lint`: a new seed needs no code.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from pipelines.errors import UserError
from pipelines.settings import Settings
from pipelines.warehouse.policy import Seed, overlays, read_seed, seeds
from pipelines.warehouse.policy_rules import RULES, Problem, Row, Table, shown

# The shipped sets hold from here, and no company's data is older: a set of every key must be in force on it.
FIRST_NEEDED_ON = dt.date(2000, 1, 1)
HEADER_ROWS = 1


@dataclass(frozen=True)
class Source:
    """One policy file: its seed, and its cells as text (empty = null), one row a line after the header."""

    seed: Seed
    file: str
    cells: pl.DataFrame


def lint_policy(settings: Settings) -> None:
    """Checks the shipped seeds with `<home>/policy/*.csv` laid over them, as dbt will.

    Raises UserError that lists every problem, each with its file and row.
    """
    shipped = [Source(seed, seed.path.name, read_seed(seed.path, seed)) for seed in seeds().values()]
    own = [
        Source(seeds()[name], str(settings.policy / f"{name}.csv"), cells)
        for name, cells in overlays(settings.policy).items()
    ]
    problems = lint(shipped, own, FIRST_NEEDED_ON)
    if problems:
        count = f"{len(problems)} problems" if len(problems) > 1 else "a problem"
        raise UserError(
            f"the policy has {count}:\n" + "\n".join(f"  - {problem}" for problem in problems),
            where=", ".join(dict.fromkeys(problem.file for problem in problems)), done="nothing was built",
            do="correct the rows named above (docs/policy.md says what each seed may hold)",
        )  # fmt: skip


def lint(shipped: Iterable[Source], own: Iterable[Source], first_needed_on: dt.date) -> list[Problem]:
    """All problems of the shipped seeds under the company's own, in the order of files and rows.

    A seed with a wrong cell is not checked as a set: one typing error would show as many.
    """
    overlay_of = {source.seed.name: source for source in own}
    problems: list[Problem] = []
    tables: dict[str, Table] = {}
    for source in shipped:
        overlay = overlay_of.get(source.seed.name)
        found = [
            problem
            for part in (source, overlay)
            if part is not None
            for problem in _cell_problems(part.seed, _rows(part))
        ]
        problems += found
        if not found:
            tables[source.seed.name] = Table(source.seed, merged_source(source, overlay), _parsed(source))
    for table in tables.values():
        problems += _set_problems(table, tables, first_needed_on)
    return problems


def merged_source(shipped: Source, own: Source | None) -> list[Row]:
    """The shipped rows less the sets that the company replaces, then the company's, as engine/overlay.sql does it.

    Both must be free of wrong cells.
    """
    seed, added = shipped.seed, _parsed(own) if own else []
    replaced = {_set_of(seed, row) for row in added}
    return [row for row in _parsed(shipped) if _set_of(seed, row) not in replaced] + added


def _set_of(seed: Seed, row: Row) -> tuple[object, ...]:
    return (row["valid_from"], *(row[column] for column in seed.set_key))


def _rows(source: Source) -> list[Row]:
    return [
        Row(cells, source.file, number)
        for number, cells in enumerate(source.cells.iter_rows(named=True), start=HEADER_ROWS + 1)
    ]


def _parsed(source: Source) -> list[Row]:
    return [
        Row({name: _value(row[name], kind) for name, kind in source.seed.types.items()}, row.file, row.number)
        for row in _rows(source)
    ]


def _set_problems(table: Table, tables: Mapping[str, Table], first_needed_on: dt.date) -> list[Problem]:
    problems = [*_repeated_keys(table)]
    if not table.seed.lint.get("may_begin_later", False):
        problems += _late_sets(table, first_needed_on)
    for name, declared in table.seed.lint.items():
        if name in RULES:
            problems += RULES[name](table, declared, tables)
    return problems


def _repeated_keys(table: Table) -> list[Problem]:
    seen: dict[tuple[object, ...], Row] = {}
    problems = []
    for row in table.rows:
        first = seen.setdefault(row.values_of(table.seed.key), row)
        if first is not row:
            key = ", ".join(f"{column} {shown(row[column])}" for column in table.seed.key)
            problems.append(row.problem(f"{key} is given twice: also in row {first.number} of {first.file}"))
    return problems


def _late_sets(table: Table, first_needed_on: dt.date) -> list[Problem]:
    firsts: dict[tuple[object, ...], Row] = {}
    for row in table.rows:
        key = row.values_of(table.seed.set_key)
        if key not in firsts or row["valid_from"] < firsts[key]["valid_from"]:
            firsts[key] = row
    return [
        row.problem(
            f"no {table.set_name(row)} is in force before {row['valid_from']}, but one is needed from {first_needed_on}"
            " on: give the first set an earlier valid_from"
        )
        for row in firsts.values()
        if row["valid_from"] > first_needed_on
    ]


# Cells ---------------------------------------------------------------------------------------------------------------


def _cell_problems(seed: Seed, rows: Iterable[Row]) -> list[Problem]:
    # A seed that declares no checks does not say either which of its cells may be empty.
    may_be_empty = seed.lint.get("may_be_empty", []) if seed.lint else list(seed.types)
    problems = []
    for row in rows:
        for column, kind in seed.types.items():
            text = row[column]
            if text is None:
                if column not in may_be_empty:
                    problems.append(row.problem(f"{column} is empty"))
            elif _value(text, kind) is None:
                problems.append(row.problem(f"{column} is '{text}', but it must be {_wanted(kind)}"))
    return problems


DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
WHOLE_NUMBER = re.compile(r"[+-]?\d{1,18}")
DECIMAL_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")


def _value(text: str | None, kind: str) -> str | int | bool | Decimal | dt.date | None:
    """The cell in the type that the yml declares; None where it is empty or does not fit."""
    if text is None:
        return None
    match kind.partition("(")[0]:
        case "date":
            return _date(text)
        case "integer" | "bigint":
            return int(text) if WHOLE_NUMBER.fullmatch(text) else None
        case "boolean":
            return {"true": True, "false": False}.get(text.lower())
        case "decimal":
            return _decimal(text, *_size(kind))
        case _:
            return text


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if DATE.fullmatch(text) else None
    except ValueError:
        return None


def _decimal(text: str, precision: int, scale: int) -> Decimal | None:
    """None also where a digit would be rounded away or does not fit: what counts must be what was written."""
    if not DECIMAL_NUMBER.fullmatch(text):
        return None
    value = Decimal(text)
    fits = value == round(value, scale) and abs(value) < Decimal(10) ** (precision - scale)
    return value if fits else None


def _size(kind: str) -> tuple[int, int]:
    precision, scale = re.findall(r"\d+", kind)
    return int(precision), int(scale)


def _wanted(kind: str) -> str:
    name = kind.partition("(")[0]
    if name == "decimal":
        return f"a number with a decimal point and at most {_size(kind)[1]} decimals"
    return {"date": "a date such as 2026-01-31", "boolean": "true or false"}.get(name, "a whole number")
