"""The checks that a policy seed can ask for in its yml, under `config.meta.lint`; each a pure function over its rows.

    may_be_empty: [columns]                       cells that may be left empty (all others must be filled)
    may_begin_later: true                         a set key may begin after the first day of data (mappings, targets)
    one_of: {column: [words]}                     the words that a column may hold
    known_in: {column: seed.column}               words that another seed defines
    shipped_words: [columns]                      the words of the shipped seed: a company adds none of its own
    ranges: {column: [least, most]}               limits of a number, themselves included; null = none
    not_above: [[column, other column]]           the first is never more than the other
    same_spelling: [columns]                      words that are matched whatever their case: one spelling each
    members: [{column:, words:, where: {}}]       what every set must have a row for (words: those of one_of)
    brackets: {lower:, is_lower_included:, upper:, is_upper_included:}
                                                  a set's brackets cover every value exactly once
    minimums: {column:, order:, least:}           bands by their least value: falling as one_of lists them; the last is
                                                  empty, or `least`, the least value there can be
    sums: {column: total}                         what the rows in force add up to, on every day
    attainable: {points:, component:, measure:, maximum: seed.column, combination: seed.column}
                                                  the rubric's best points are the component's maximum

A set is the rows with one set key and one valid_from. Reading files and single cells belong to policy_lint.py.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise
from typing import Any

from pipelines.warehouse.policy import Seed

# Said of a seed as a whole, read by policy_lint itself.
OPTIONS = {"may_be_empty", "may_begin_later"}


@dataclass(frozen=True)
class Problem:
    """What is wrong in a row of a policy file."""

    file: str
    row: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}, row {self.row}: {self.message}"


@dataclass(frozen=True)
class Row:
    """A row's cells by column, and where it stands (the header is row 1)."""

    cells: Mapping[str, Any]
    file: str
    number: int

    def __getitem__(self, column: str) -> Any:
        return self.cells[column]

    def values_of(self, columns: Iterable[str]) -> tuple[Any, ...]:
        return tuple(self.cells[column] for column in columns)

    def problem(self, message: str) -> Problem:
        return Problem(self.file, self.number, message)


@dataclass(frozen=True)
class Table:
    """A seed's rows, parsed, the company's laid over the shipped ones; and the shipped ones as they were."""

    seed: Seed
    rows: list[Row]
    shipped: list[Row]

    @cached_property
    def sets(self) -> list[list[Row]]:
        """The rows of each set, in the order of their dates."""

        def name(row: Row) -> tuple[str, ...]:
            return tuple(map(str, row.values_of(["valid_from", *self.seed.set_key])))

        return [list(rows) for _, rows in groupby(sorted(self.rows, key=name), key=name)]

    def in_force(self, on: dt.date) -> list[Row]:
        """Of every set key, the newest set that had begun by the day."""
        newest: dict[tuple[Any, ...], dt.date] = {}
        begun = [row for row in self.rows if row["valid_from"] <= on]
        for row in begun:
            key = row.values_of(self.seed.set_key)
            newest[key] = max(newest.get(key, row["valid_from"]), row["valid_from"])
        return [row for row in begun if row["valid_from"] == newest[row.values_of(self.seed.set_key)]]

    def dates(self) -> list[dt.date]:
        return sorted({row["valid_from"] for row in self.rows})

    def set_name(self, row: Row) -> str:
        """The set that a row is of, in words."""
        keys = ", ".join(f"{column} {shown(row[column])}" for column in self.seed.set_key)
        return f"{self.seed.name} of {keys}" if keys else f"set of {self.seed.name}"


Tables = Mapping[str, Table]
Rule = Callable[[Table, Any, Tables], list[Problem]]


def shown(value: object) -> str:
    return "(empty)" if value is None else f"'{value}'" if isinstance(value, str) else str(value)


# Cells and rows ------------------------------------------------------------------------------------------------------


def one_of(table: Table, declared: dict[str, list[str]], tables: Tables) -> list[Problem]:
    return [
        row.problem(f"{column} '{row[column]}' is unknown; it is one of: {', '.join(words)}")
        for column, words in declared.items()
        for row in table.rows
        if row[column] is not None and row[column] not in words
    ]


def known_in(table: Table, declared: dict[str, str], tables: Tables) -> list[Problem]:
    problems = []
    for column, origin in declared.items():
        seed, _, other_column = origin.partition(".")
        if seed in tables:
            words = sorted({row[other_column] for row in tables[seed].rows})
            problems += one_of(table, {column: words}, tables)
    return problems


def shipped_words(table: Table, declared: list[str], tables: Tables) -> list[Problem]:
    """A misspelt parameter would be a rule that nobody follows."""
    return one_of(table, {column: sorted({row[column] for row in table.shipped}) for column in declared}, tables)


def ranges(table: Table, declared: dict[str, list[Any]], tables: Tables) -> list[Problem]:
    problems = []
    for column, (least, most) in declared.items():
        for row in table.rows:
            value = row[column]
            if value is not None and least is not None and value < least:
                problems.append(row.problem(f"{column} is {value}, but it must not be less than {least}"))
            elif value is not None and most is not None and value > most:
                problems.append(row.problem(f"{column} is {value}, but it must not be more than {most}"))
    return problems


def not_above(table: Table, declared: list[list[str]], tables: Tables) -> list[Problem]:
    return [
        row.problem(f"{lesser} {row[lesser]} is more than {greater} {row[greater]}")
        for lesser, greater in declared
        for row in table.rows
        if None not in (row[lesser], row[greater]) and row[lesser] > row[greater]
    ]


def same_spelling(table: Table, declared: list[str], tables: Tables) -> list[Problem]:
    """Two spellings are two set keys, so that neither would replace the other; which one counts would be chance."""
    problems = []
    for column in declared:
        first_of: dict[str, Row] = {}
        for row in table.rows:
            first = first_of.setdefault(row[column].lower(), row)
            if first[column] != row[column]:
                problems.append(
                    row.problem(
                        f"{column} '{row[column]}' is '{first[column]}' in row {first.number} of {first.file};"
                        " case does not matter, so write it in that way"
                    )
                )
    return problems


# Sets ----------------------------------------------------------------------------------------------------------------


def members(table: Table, declared: list[dict[str, Any]], tables: Tables) -> list[Problem]:
    problems = []
    for member in declared:
        column = member["column"]
        words = member.get("words") or table.seed.lint["one_of"][column]
        for rows in table.sets:
            wanted = [row for row in rows if all(row[name] == value for name, value in member.get("where", {}).items())]
            missing = [word for word in words if word not in {row[column] for row in wanted}]
            if wanted and missing:
                problems.append(
                    wanted[0].problem(
                        f"the {table.set_name(wanted[0])} from {wanted[0]['valid_from']} lacks {column}"
                        f" {', '.join(missing)}: a set replaces the one before as a whole"
                    )
                )
    return problems


def brackets(table: Table, declared: dict[str, str], tables: Tables) -> list[Problem]:
    return [problem for rows in table.sets for problem in _bracket_problems(rows, declared)]


def _bracket_problems(rows: list[Row], declared: dict[str, str]) -> list[Problem]:
    lower, upper = declared["lower"], declared["upper"]
    has_lower, has_upper = declared["is_lower_included"], declared["is_upper_included"]
    unreachable = [
        row
        for row in rows
        if None not in (row[lower], row[upper])
        and (row[lower] > row[upper] or (row[lower] == row[upper] and not (row[has_lower] and row[has_upper])))
    ]
    problems = [row.problem(f"no value is between {row[lower]} and {row[upper]}: unreachable") for row in unreachable]
    ordered = sorted(
        (row for row in rows if row not in unreachable),
        key=lambda row: (row[lower] is not None, row[lower] or 0, not row[has_lower]),
    )
    if ordered and ordered[0][lower] is not None:
        problems.append(ordered[0].problem(f"a gap: nothing is said of values below {ordered[0][lower]}"))
    highest = ordered[0] if ordered else None
    for row in ordered[1:]:
        assert highest is not None
        problems += _seam(highest, row, declared)
        if highest[upper] is not None and (
            row[upper] is None or (row[upper], row[has_upper]) > (highest[upper], highest[has_upper])
        ):
            highest = row
    if highest is not None and highest[upper] is not None:
        problems.append(highest.problem(f"a gap: nothing is said of values above {highest[upper]}"))
    return problems


def _seam(below: Row, above: Row, declared: dict[str, str]) -> list[Problem]:
    end, start = below[declared["upper"]], above[declared["lower"]]
    both = below[declared["is_upper_included"]] and above[declared["is_lower_included"]]
    neither = not below[declared["is_upper_included"]] and not above[declared["is_lower_included"]]
    other = f"row {below.number} of {below.file}"
    if start is None:
        return [above.problem(f"overlaps {other}: neither has a lower bound")]
    if end is None or start < end:
        return [above.problem(f"overlaps {other}: values from {start} are in both")]
    if start == end and both:
        return [above.problem(f"overlaps {other}: the value {start} is in both")]
    if start > end:
        return [above.problem(f"a gap: values between {end} ({other}) and {start} are in no bracket")]
    return [above.problem(f"a gap: {start} itself is neither in it nor in {other}")] if neither else []


def minimums(table: Table, declared: dict[str, Any], tables: Tables) -> list[Problem]:
    column, order = declared["column"], declared["order"]
    words = table.seed.lint["one_of"][order]
    problems = []
    for rows in table.sets:
        ranked = sorted((row for row in rows if row[order] in words), key=lambda row: words.index(row[order]))
        for higher, row in pairwise(ranked):
            if higher[column] is None:
                problems.append(higher.problem(f"{higher[order]} has no {column}, so {row[order]} is unreachable"))
            elif row[column] is not None and row[column] >= higher[column]:
                problems.append(
                    row.problem(
                        f"{column} {row[column]} of {row[order]} is not below the {higher[column]} of {higher[order]}"
                        f" (row {higher.number}): one of them is unreachable"
                    )
                )
        if ranked and ranked[-1][column] not in (None, declared.get("least")):
            problems.append(
                ranked[-1].problem(
                    f"a gap: nothing is said of values below {ranked[-1][column]};"
                    f" leave {column} of {ranked[-1][order]} empty"
                )
            )
    return problems


def sums(table: Table, declared: dict[str, float], tables: Tables) -> list[Problem]:
    problems = []
    for column, total in declared.items():
        for day in table.dates():
            rows = table.in_force(day)
            found = sum(row[column] or 0 for row in rows)
            if found != total:
                first = next(row for row in rows if row["valid_from"] == day)
                problems.append(
                    first.problem(
                        f"{column} of the rows in force from {day} adds up to {found}, but it must be {total}"
                    )
                )
    return problems


def attainable(table: Table, declared: dict[str, str], tables: Tables) -> list[Problem]:
    """`combination` lowest: every measure must be able to give the maximum; highest: one of them."""
    seed, _, maximum = declared["maximum"].partition(".")
    combination = declared["combination"].partition(".")[2]
    if seed not in tables:
        return []
    problems = []
    for day in sorted({*table.dates(), *tables[seed].dates()}):
        rubric = table.in_force(day)
        for component in tables[seed].in_force(day):
            name = component[declared["component"]]
            best: dict[str, Row] = {}
            for row in (row for row in rubric if row[declared["component"]] == name):
                measure = row[declared["measure"]]
                if measure not in best or row[declared["points"]] > best[measure][declared["points"]]:
                    best[measure] = row
            if not best:
                problems.append(component.problem(f"{name} has no brackets in {table.seed.name} on {day}"))
                continue
            choose = min if component[combination] == "lowest" else max
            row = choose(best.values(), key=lambda row: row[declared["points"]])
            if row[declared["points"]] != component[maximum]:
                problems.append(
                    _newer(row, component).problem(
                        f"the best points of {name} by {row[declared['measure']]} are {row[declared['points']]}"
                        f" (row {row.number} of {row.file}), but its {maximum} is {component[maximum]}"
                        f" (row {component.number} of {component.file})"
                    )
                )
    return list(dict.fromkeys(problems))


def _newer(row: Row, other: Row) -> Row:
    """The one that was changed last: most likely the one to correct."""
    return other if other["valid_from"] > row["valid_from"] else row


RULES: dict[str, Rule] = {
    "one_of": one_of,
    "known_in": known_in,
    "shipped_words": shipped_words,
    "ranges": ranges,
    "not_above": not_above,
    "same_spelling": same_spelling,
    "members": members,
    "brackets": brackets,
    "minimums": minimums,
    "sums": sums,
    "attainable": attainable,
}
