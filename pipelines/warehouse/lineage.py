"""Column by column, what each table of a build is made from: dbt's own statements, read by sqlglot.

Three kinds of origin are told apart: columns that a column's values are made of; columns that choose its values (of a
case, of a join: points are looked up in a rubric by what was measured); and columns that decide which rows a table has.
A column that counts rows has tables as its origin.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.lineage import Node, lineage
from sqlglot.optimizer import build_scope, find_all_in_scope, qualify
from sqlglot.optimizer.scope import Scope
from sqlglot.schema import MappingSchema

from pipelines.warehouse.catalogue import DISCRIMINATORS, Ref

DATABASE, DIALECT = "warehouse", "duckdb"
# Their result is made of what they sort by; that of other functions is only taken over such groups.
NUMBERING = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile, exp.PercentRank, exp.CumeDist)

# Which set of a policy's rows holds on a day says nothing of what a value is made of.
VALIDITY = frozenset({"valid_from", "valid_until", "newest_valid_from"})

T = TypeVar("T", str, Ref)
Types = Mapping[str, Mapping[str, str]]  # by table as "schema.name": its columns with their SQL types


@dataclass(frozen=True)
class Origin:
    """What one column is made of: `values`, chosen by `chosen`, and `counted` tables.

    All empty: words or numbers that stand in the model itself. `words`: see `ColumnEntry`.
    """

    values: tuple[Ref, ...] = ()
    chosen: tuple[Ref, ...] = ()
    counted: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableLineage:
    """`columns`: the origin of each column; of one that is missing it cannot be told. `rows_of`: the tables whose rows
    these were, joined ones aside. `decided_by`: columns of conditions and joins."""

    columns: Mapping[str, Origin] = field(default_factory=dict)
    rows_of: tuple[str, ...] = ()
    decided_by: tuple[Ref, ...] = ()


class LineageReader:
    """Reads tables of one build. `types`: every table that the statements may read, those of the lake too."""

    def __init__(self, types: Types) -> None:
        schemas: dict[str, dict[str, dict[str, str]]] = {}
        for table, columns in types.items():
            schema, _, name = table.partition(".")
            schemas.setdefault(schema, {})[name] = dict(columns)
        self._schema = MappingSchema({DATABASE: schemas}, dialect=DIALECT)

    def read(self, statements: Iterable[str]) -> TableLineage:
        """The lineage of the table that the statements fill; an empty one where they cannot be read."""
        try:
            queries = [query for statement in statements if (query := _query(statement))]
            if not queries:
                return TableLineage()
            whole = _QueryReader(queries[-1].copy(), self._schema).table()
            plain = _QueryReader(_without_conditions(queries[-1]), self._schema).table()
        except SqlglotError:
            return TableLineage()
        columns = {
            name: replace(origin, values=plain.columns[name].values, chosen=_others(origin, plain.columns[name]))
            for name, origin in whole.columns.items()
        }
        return replace(whole, columns=columns)


def _others(whole: Origin, plain: Origin) -> tuple[Ref, ...]:
    """What an origin has beyond the values that are left when conditions are taken out."""
    return _ordered({*whole.values, *whole.chosen} - set(plain.values))


class _QueryReader:
    """One query, qualified, with what has been traced in it so far."""

    def __init__(self, query: exp.Query, schema: MappingSchema) -> None:
        self._schema = schema
        self._query = qualify.qualify(
            _without_groups(query), dialect=DIALECT, schema=schema, validate_qualify_columns=False, identify=False
        )
        root = build_scope(self._query)
        if root is None:
            raise SqlglotError("no query to be traced")
        self._root = root
        self._scopes = {id(scope.expression): scope for scope in root.traverse()}
        self._traced: dict[tuple[int, str], tuple[Ref, ...]] = {}

    def table(self) -> TableLineage:
        found = lineage(
            None, self._query, self._schema, dialect=DIALECT, scope=self._root, copy=False, trim_selects=False
        )
        columns = {name: self._origin(name, node) for name, node in found.items()}
        deciding = {
            ref
            for scope in self._root.traverse()
            for part in _conditions(scope)
            for ref in self._refs(scope, part)
        }  # fmt: skip
        return TableLineage(columns, _ordered(_tables(self._root)), _ordered(deciding))

    def _origin(self, name: str, node: Node) -> Origin:
        values = _leaves(node)
        chosen: set[Ref] = set()
        counted: set[str] = set()
        words: set[str] = set()
        for step in node.walk():
            scope = self._scopes.get(id(step.source))
            if scope is not None and isinstance(step.expression, exp.Expr):
                choosing = list(_choosing(scope, step.expression))
                chosen |= {ref for part in choosing for ref in self._refs(scope, part)}
                words |= {word for part in (step.expression, *choosing) for word in _words(name, part)}
                if _counts_rows(step.expression, has_columns=bool(values)):
                    counted |= set(_tables(scope))
        return Origin(values, _ordered(chosen.difference(values)), _ordered(counted), _ordered(words))

    def _refs(self, scope: Scope, part: exp.Expr) -> Iterator[Ref]:
        """The columns of other tables that a part of a scope's query reads."""
        for column in find_all_in_scope(part, exp.Column):
            source = scope.sources.get(column.table)
            if isinstance(source, exp.Table):
                yield _name(source), column.name
            elif isinstance(source, Scope):
                key = (id(source), column.name)
                if key not in self._traced:
                    self._traced[key] = _leaves(
                        lineage(
                            column.name, self._query, self._schema, dialect=DIALECT, scope=source, copy=False,
                            trim_selects=False,
                        )
                    )  # fmt: skip
                yield from self._traced[key]


def _query(statement: str) -> exp.Query | None:
    """The query that a statement fills a table with."""
    parsed = sqlglot.parse_one(statement, dialect=DIALECT)
    filled = parsed.expression if isinstance(parsed, exp.Create | exp.Insert) else None
    if isinstance(filled, exp.Subquery):
        filled = filled.unnest()
    return filled.copy() if isinstance(filled, exp.Query) else None


def _without_groups(query: exp.Query) -> exp.Query:
    """A sum over a client's months is made of what is summed, not of the client and the month."""
    for window in query.find_all(exp.Window):
        if not isinstance(window.this, NUMBERING):
            window.set("partition_by", None)
            window.set("order", None)
    return query


def _without_conditions(query: exp.Query) -> exp.Query:
    """The same values with nothing that chooses among them."""
    for case in query.find_all(exp.Case):
        case.set("this", None)
    for branch in query.find_all(exp.If):
        branch.set("this", exp.true())
    for filtered in list(query.find_all(exp.Filter)):
        filtered.replace(filtered.this)
    return query


def _leaves(node: Node) -> tuple[Ref, ...]:
    return _ordered(
        (_name(step.expression), step.name.rpartition(".")[2])
        for step in node.walk()
        if isinstance(step.expression, exp.Table)
    )


def _conditions(scope: Scope) -> Iterator[exp.Expr]:
    select = scope.expression
    if isinstance(select, exp.Select):
        parts = [select.args.get(name) for name in ("where", "having", "qualify")]
        yield from filter(None, [*parts, *(join.args.get("on") for join in _joins(scope))])


def _choosing(scope: Scope, expression: exp.Expr) -> Iterator[exp.Expr]:
    """Conditions by which values are picked: of a look-up, beside it, or by a word (kind = 'usage').

    That keys are equal is none.
    """
    aliases = {column.table for column in find_all_in_scope(expression, exp.Column)}
    yield from (part for part in _parts(scope.expression.args.get("where")) if _names_a_word(part, aliases))
    for join in _joins(scope):
        alias = join.this.alias_or_name
        if alias in aliases:
            beside = (part for part in _parts(scope.expression.args.get("where")) if _connects(part, alias))
            yield from (part for part in (*_parts(join.args.get("on")), *beside) if not _only_matches(part))


def _parts(condition: exp.Expr | None) -> list[exp.Expr]:
    """What must all hold."""
    condition = condition.this if isinstance(condition, exp.Where) else condition
    return list(condition.flatten()) if isinstance(condition, exp.And) else [condition] if condition else []


def _names_a_word(part: exp.Expr, aliases: Collection[str]) -> bool:
    """Whether a column of these tables is compared with words."""
    return bool(_compared(part)) and part.this.table in aliases


def _compared(part: exp.Expr) -> list[str]:
    """The words that a column is compared with; none where the condition is another one."""
    others = part.expressions if isinstance(part, exp.In) else [part.expression] if isinstance(part, exp.EQ) else []
    is_words = all(isinstance(other, exp.Literal) and other.is_string for other in others)
    return [other.this for other in others] if is_words and isinstance(part.this, exp.Column) else []


def _words(name: str, expression: exp.Expr) -> Iterator[str]:
    """The words that a discriminator holds, or by which another column picks rows of a table with one."""
    if name not in DISCRIMINATORS:
        for part in expression.find_all(exp.EQ, exp.In):
            if isinstance(part.this, exp.Column) and part.this.name in DISCRIMINATORS:
                yield from _compared(part)
    elif expression.find(exp.Column) is None:
        yield from (literal.this for literal in expression.find_all(exp.Literal) if literal.is_string)


def _connects(part: exp.Expr, alias: str) -> bool:
    tables = {column.table for column in find_all_in_scope(part, exp.Column)}
    return alias in tables and len(tables) > 1


def _only_matches(part: exp.Expr) -> bool:
    if any(column.name in VALIDITY for column in part.find_all(exp.Column)):
        return True
    if not isinstance(part, exp.EQ):
        return False
    left, right = part.this, part.expression
    return isinstance(left, exp.Column) and isinstance(right, exp.Column) and left.name == right.name


def _counts_rows(expression: exp.Expr, has_columns: bool) -> bool:
    """`count(*)`; and any sum of fixed numbers, which counts rows as well."""
    counts = any(isinstance(each.this, exp.Star | exp.Literal) for each in expression.find_all(exp.Count))
    return counts or (not has_columns and expression.find(exp.AggFunc) is not None)


def _tables(source: Scope | exp.Table | None) -> Iterator[str]:
    """The tables behind what a query selects from, joined ones aside."""
    if isinstance(source, exp.Table):
        yield _name(source)
    elif isinstance(source, Scope) and isinstance(source.expression, exp.SetOperation):
        for branch in source.set_operation_scopes:
            yield from _tables(branch)
    elif isinstance(source, Scope) and (start := source.expression.args.get("from_")):
        yield from _tables(source.sources.get(start.this.alias_or_name))


def _joins(scope: Scope) -> list[exp.Join]:
    return scope.expression.args.get("joins") or []


def _name(table: exp.Table) -> str:
    return f"{table.db}.{table.name}"


def _ordered(found: Iterable[T]) -> tuple[T, ...]:
    return tuple(sorted(set(found)))
