"""What every table of a build is, and what its columns are made of: dbt's own catalogue, with its lineage.

Descriptions, contracts and tests are those of dbt's manifest; the lineage is read from the statements of the plan.
Both depend on nothing but the project, so the catalogue is made once for each state of it (`catalogue_maker.py`) and
kept, as the plan is. This module imports nothing heavy.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from filelock import FileLock

from pipelines.warehouse.plan import current_plan
from pipelines.warehouse.project import TARGET

FILE = TARGET / "catalogue.json"
ROOM = Path(__file__).parent
OWN_CODE = (
    Path(__file__),
    ROOM / "catalogue_maker.py",
    ROOM / "lineage.py",
    *sorted((ROOM.parent / "landing" / "entities").glob("*.py")),
)

Ref = tuple[str, str]
"""A column: its table as "schema.name", and its name; ROWS in its place is the table's rows themselves."""

ROWS = "*"

Slice = tuple[str, frozenset[str]] | None
"""What is told apart in a table with a discriminator, and the words that are picked; None: all rows."""

DISCRIMINATORS = {"kpi": "metric", "metric": "metric", "criterion": "metric", "measure": "measure", "component": "part"}
"""A table with one of these columns has a row for each and one column for all values; with what it tells apart."""


@dataclass(frozen=True)
class ColumnEntry:
    """`values`: columns that it is made of. `chosen`: columns that choose its values, as what was measured does in a
    table of points. `counted`: tables whose rows it counts. `is_traced`: false where its lineage could not be read;
    traced and with none of these, it is made of words or numbers of the model itself.

    `words`: of a discriminator the ones it holds, where they stand in the model; of any other column the ones by which
    it picks rows of a table with a discriminator.
    """

    name: str
    sql_type: str
    description: str = ""
    values: tuple[Ref, ...] = ()
    chosen: tuple[Ref, ...] = ()
    counted: tuple[str, ...] = ()
    is_traced: bool = True
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableEntry:
    """A table by "schema.name".

    `rows_of`: tables whose rows these were, joined ones aside. `decided_by`: columns of other tables in its conditions
    and joins. `key`: the columns of its key test. `checks`: what dbt's data tests make sure of, in words. `rules`: the
    names of its unit tests, each the rule it proves.
    """

    name: str
    description: str = ""
    columns: tuple[ColumnEntry, ...] = ()
    rows_of: tuple[str, ...] = ()
    decided_by: tuple[Ref, ...] = ()
    key: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()

    @property
    def schema(self) -> str:
        return self.name.partition(".")[0]


@dataclass(frozen=True)
class Catalogue:
    """All tables of a build, with those of the lake that it begins with. `state`: what the catalogue was made of."""

    state: str
    tables: tuple[TableEntry, ...]

    @cached_property
    def by_name(self) -> dict[str, TableEntry]:
        return {table.name: table for table in self.tables}

    @cached_property
    def columns(self) -> dict[Ref, ColumnEntry]:
        return {(table.name, column.name): column for table in self.tables for column in table.columns}

    @cached_property
    def held(self) -> dict[str, dict[str, frozenset[str]]]:
        """By table and what is told apart: the words that its rows hold, where the model names all of them."""
        found: dict[str, dict[str, frozenset[str]]] = {}
        for (table, name), column in self.columns.items():
            if name in DISCRIMINATORS and column.words and not column.values:
                found.setdefault(table, {})[DISCRIMINATORS[name]] = frozenset(column.words)
        return found

    def roots(self, ref: Ref, is_chosen_too: bool = True) -> frozenset[Ref]:
        """Where a column begins: the columns, and tables' rows, that are made of no other.

        What picks one measure out of a table of many is followed to that measure's beginnings, as far as models tell.
        `is_chosen_too`: with the columns that choose values, not only those that values are made of.
        """
        key = (ref, is_chosen_too)
        if key not in self._roots:
            self._roots[key] = self._walked(ref, is_chosen_too)
        return self._roots[key]

    @cached_property
    def _roots(self) -> dict[tuple[Ref, bool], frozenset[Ref]]:
        return {}

    def _walked(self, ref: Ref, is_chosen_too: bool) -> frozenset[Ref]:
        seen: set[tuple[Ref, Slice]] = set()
        ends: set[Ref] = set()
        ahead: list[tuple[Ref, Slice]] = [(ref, None)]
        while ahead:
            state = ahead.pop()
            if state not in seen:
                seen.add(state)
                at, wanted = state
                before = list(self._before(at, is_chosen_too))
                for above in before:
                    rest = self._slice(at, above) or wanted
                    held = self.held.get(above[0], {}).get(rest[0]) if rest else None
                    if rest is None or held is None:
                        ahead.append((above, rest))
                    elif rest[1] & held:
                        ahead.append((above, None))
                ends |= set() if before else {at}
        return frozenset(ends)

    def _slice(self, at: Ref, above: Ref) -> Slice:
        """What a column picks out of the table of another one."""
        column = self.columns.get(at)
        if column is None or not column.words:
            return None
        by = (name for table, name in column.chosen if table == above[0] and name in DISCRIMINATORS)
        discriminator = next(by, None)
        return (DISCRIMINATORS[discriminator], frozenset(column.words)) if discriminator else None

    def _before(self, ref: Ref, is_chosen_too: bool) -> Iterator[Ref]:
        table, name = ref
        if name == ROWS:
            yield from ((above, ROWS) for above in self.by_name[table].rows_of)
        else:
            column = self.columns[ref]
            yield from column.values
            yield from column.chosen if is_chosen_too else ()
            yield from ((above, ROWS) for above in column.counted)


def current_catalogue() -> Catalogue:
    """The catalogue of the project as it is now; made where there is none yet (some seconds more than the plan)."""
    plan = current_plan()
    code = [path.read_text(encoding="utf-8") for path in OWN_CODE]
    state = hashlib.sha256("\n".join([plan.state, version("sqlglot"), *code]).encode()).hexdigest()
    with FileLock(FILE.with_suffix(".lock")):
        catalogue = _read(state)
        if catalogue is None:
            from pipelines.warehouse.catalogue_maker import make_catalogue

            catalogue = Catalogue(state, make_catalogue(plan))
            _write(catalogue)
    return catalogue


def _read(state: str) -> Catalogue | None:
    content = json.loads(FILE.read_bytes()) if FILE.exists() else {"state": None}
    if content["state"] != state:
        return None
    return Catalogue(state, tuple(_table(table) for table in content["tables"]))


def _table(content: Mapping[str, Any]) -> TableEntry:
    columns = tuple(
        ColumnEntry(
            **{
                **column,
                "values": _refs(column["values"]),
                "chosen": _refs(column["chosen"]),
                "counted": tuple(column["counted"]),
                "words": tuple(column["words"]),
            }
        )
        for column in content["columns"]
    )
    texts = {name: tuple(content[name]) for name in ("rows_of", "key", "checks", "rules")}
    return TableEntry(**{**content, **texts, "columns": columns, "decided_by": _refs(content["decided_by"])})


def _refs(content: Iterable[list[str]]) -> tuple[Ref, ...]:
    return tuple((table, column) for table, column in content)


def _write(catalogue: Catalogue) -> None:
    unfinished = FILE.with_suffix(".part")
    unfinished.write_text(json.dumps(asdict(catalogue), separators=(",", ":")), encoding="utf-8")
    unfinished.replace(FILE)
