"""Makes the database what `layout` and `rights` say, and changes nothing that is so already.

Readers hold locks on what they read, so a night on which only the figures changed must not touch a definition. No
statement here rewrites a table: that would be an empty table to a transaction which began before. What an administrator
added (grants, policies, indexes, views on our views) stays, or the change is refused with its name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipelines.errors import UserError
from pipelines.postgres.layout import DATA, Table, group
from pipelines.postgres.locks import take_alone
from pipelines.postgres.rights import GROUPS, OBJECTS, SCHEMA, TABLES, views
from pipelines.postgres.session import KEPT, Session
from pipelines.serving.limited import PUBLISHED
from pipelines.serving.rules import quoted

DATA_SCHEMAS = tuple(schema + DATA for schema in PUBLISHED)
CLOSED = (*DATA_SCHEMAS, SCHEMA)  # schemas that nobody but the owner may use
ALL_SCHEMAS = (*PUBLISHED, *CLOSED)
RELATIONS = """
    select n.nspname || '.' || c.relname, c.relkind::text,
        c.relrowsecurity or coalesce('security_invoker=true' = any(c.reloptions), false),
        a.attname::text, format_type(a.atttypid, a.atttypmod)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
        left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where n.nspname in ({}) and c.relkind in ('r', 'p', 'v', 'm', 'f')
    order by n.nspname, c.relname, a.attnum"""
POLICIES = """
    select n.nspname || '.' || c.relname, p.polname::text
    from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ({})"""
# As statements, because a view that is dropped loses them. A column of its own is named after the privilege.
GRANTS = """
    with grants as (
        select c.oid, null::text as col, g.* from pg_class c, aclexplode(c.relacl) g where c.oid = $1::text::regclass
        union all
        select a.attrelid, a.attname, g.* from pg_attribute a, aclexplode(a.attacl) g
        where a.attrelid = $1::text::regclass and a.attnum > 0 and not a.attisdropped
    )
    select coalesce(col, ''), format('grant %s%s on %s to %s%s',
        privilege_type, '(' || quote_ident(col) || ')', $1::text,
        case when grantee = 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end,
        case when is_grantable then ' with grant option' else '' end)
    from grants where grantee <> (select relowner from pg_class where pg_class.oid = grants.oid)"""


@dataclass
class Relation:
    """A table or view as it is. `is_guarded`: row-level security is on, or the view runs with its reader's rights."""

    kind: str
    is_guarded: bool
    columns: dict[str, str] = field(default_factory=dict)
    policies: set[str] = field(default_factory=set)


def reshape(session: Session, tables: Sequence[Table], patience: float) -> bool:
    """Creates and changes what differs, and removes the tables that the release has no more; whether anything was.

    `patience`: seconds in which the locks for it are asked for, again and again. Raises UserError where a schema is
    somebody else's, ServerError where something of an administrator's is in the way.
    """
    _create_schemas(session)
    there, digests = _relations(session), _digests(session)
    changed = [table for table in tables if not _is_so(table, there, digests)]
    gone = sorted(set(digests) - {table.key for table in tables} - {SCHEMA})
    queries = _changed_rights(tables, there, digests)
    names = [*(f"{SCHEMA}.{name}" for name in queries), *(table.key for table in changed), *gone]
    _take_locks(session, names, there, patience)
    lost_grants = {table.key: _shape_base(session, table, there) for table in changed}
    _shape_rights(session, queries)
    for table in changed:
        _shape_policies(session, table, there)
        _shape_view(session, table, there, lost_grants[table.key])
        _remember(session, table.key, table.digest)
    for key in gone:
        schema, _, name = key.partition(".")
        session.run(f"drop view if exists {quoted(schema)}.{quoted(name)}")
        session.run(f"drop table if exists {quoted(schema + DATA)}.{quoted(name)}")
        session.run(f"delete from rights.{OBJECTS} where name = $1", key)
    return bool(changed or gone)


def open_schemas(session: Session) -> list[tuple[str, str]]:
    """Schemas that are nobody's but the owner's, and whom they are open to all the same, as SQL names them."""
    rows = session.rows(
        f"""select distinct nspname::text,
            case when grantee = 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end
        from pg_namespace, aclexplode(nspacl) where nspname in ({_listed(CLOSED)}) and grantee <> nspowner
        order by 1, 2"""
    )
    return [(schema, name) for schema, name in rows]


def close_schemas(session: Session) -> list[str]:
    """Closes them; what was done."""
    found = open_schemas(session)
    for schema, name in found:
        session.run(f"revoke all on schema {quoted(schema)} from {name}")
    return [f"schema {schema} was open to {name} and is closed again" for schema, name in found]


def _create_schemas(session: Session) -> None:
    owners = session.rows(
        f"""select nspname::text, pg_get_userbyid(nspowner)::text, pg_has_role(nspowner, 'usage')
        from pg_namespace where nspname in ({_listed(ALL_SCHEMAS)})"""
    )
    for schema, owner, is_ours in owners:
        if not is_ours:
            raise UserError(
                f"schema {schema} belongs to {owner}",
                *("PostgreSQL", KEPT, "give Tenure a database of its own, or the schema to its user"),
            )
    missing = sorted(set(ALL_SCHEMAS) - {schema for schema, *_ in owners})
    for schema in missing:
        session.run(f"create schema {quoted(schema)}")
        if schema in PUBLISHED:
            session.run(f"grant usage on schema {quoted(schema)} to {', '.join(map(quoted, GROUPS))}")
    if SCHEMA in missing:
        for statement in TABLES.split(";"):
            session.run(statement)


def _relations(session: Session) -> dict[str, Relation]:
    found: dict[str, Relation] = {}
    for name, kind, is_guarded, column, data_type in session.rows(RELATIONS.format(_listed(ALL_SCHEMAS))):
        relation = found.setdefault(name, Relation(kind, is_guarded))
        if column is not None:
            relation.columns[column] = data_type
    for name, policy in session.rows(POLICIES.format(_listed(DATA_SCHEMAS))):
        found[name].policies.add(policy)
    return found


def _digests(session: Session) -> dict[str, str]:
    return dict(session.rows(f"select name, sha256 from rights.{OBJECTS}"))


def _is_so(table: Table, there: dict[str, Relation], digests: dict[str, str]) -> bool:
    base, view = there.get(f"{table.data_schema}.{table.name}"), there.get(table.key)
    return (
        digests.get(table.key) == table.digest
        and base is not None
        and view is not None
        and base.is_guarded
        and view.is_guarded
        and base.policies >= set(table.policies)
    )


def _shape_base(session: Session, table: Table, there: dict[str, Relation]) -> list[tuple[str, str]]:
    """Creates the base table, or gives it its columns. The grants of its view, where that had to go for it."""
    base, wanted = there.get(f"{table.data_schema}.{table.name}"), dict(table.columns)
    if base is None:
        columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in wanted.items())
        session.run(f"create table {table.base} ({columns})")
        return []
    # A changed type is a new column: casting the old values would rewrite the table.
    gone = [name for name, kind in base.columns.items() if wanted.get(name) != kind]
    grants: list[tuple[str, str]] = []
    if gone and table.key in there:
        grants = session.rows(GRANTS, table.view)
        session.run(f"drop view {table.view}")
        del there[table.key]
    if gone:
        _drop_policies(session, table, base)
    steps = [f"drop column {quoted(name)}" for name in gone]
    steps += [f"add column {quoted(n)} {kind}" for n, kind in wanted.items() if base.columns.get(n) != kind]
    if steps:
        session.run(f"alter table {table.base} {', '.join(steps)}")
    return grants


def _take_locks(session: Session, names: Sequence[str], there: dict[str, Relation], patience: float) -> None:
    """Of the views with these names and of the base tables behind them, as far as they are there."""
    parts = [name.partition(".") for name in names]
    views_there = [f"{quoted(s)}.{quoted(n)}" for s, _, n in parts if f"{s}.{n}" in there]
    bases_there = [f"{quoted(s + DATA)}.{quoted(n)}" for s, _, n in parts if f"{s + DATA}.{n}" in there]
    take_alone(session, views_there, bases_there, patience)


def _changed_rights(tables: Sequence[Table], there: dict[str, Relation], digests: dict[str, str]) -> dict[str, str]:
    """The queries of schema rights; none where they are as they should be."""
    queries = views(tables)
    is_so = digests.get(SCHEMA) == _digest(queries) and all(f"{SCHEMA}.{name}" in there for name in queries)
    return {} if is_so else queries


def _shape_rights(session: Session, queries: dict[str, str]) -> None:
    readers = ", ".join(map(quoted, GROUPS))
    for name, query in queries.items():
        session.run(f"create or replace view rights.{quoted(name)} with (security_barrier = true) as {query}")
        session.run(f"grant select on rights.{quoted(name)} to {readers}")
    if queries:
        _remember(session, SCHEMA, _digest(queries))


def _digest(queries: dict[str, str]) -> str:
    return hashlib.sha256(repr(sorted(queries.items())).encode()).hexdigest()


def _shape_policies(session: Session, table: Table, there: dict[str, Relation]) -> None:
    session.run(f"alter table {table.base} enable row level security")
    before = there.get(f"{table.data_schema}.{table.name}")
    if before is not None:
        _drop_policies(session, table, before)
    for name, using in table.policies.items():
        session.run(f"create policy {quoted(name)} on {table.base} for select to {quoted(name)} using ({using})")


def _drop_policies(session: Session, table: Table, before: Relation) -> None:
    """Those of ours; an administrator's stay."""
    for name in sorted(before.policies & set(GROUPS)):
        session.run(f"drop policy {quoted(name)} on {table.base}")
    before.policies -= set(GROUPS)


def _shape_view(
    session: Session, table: Table, there: dict[str, Relation], lost_grants: Sequence[tuple[str, str]]
) -> None:
    """Makes the view, its columns in the order they have already and new ones behind them, and lets its readers in."""
    wanted = [name for name, _ in table.columns]
    before = list(there[table.key].columns) if table.key in there else []
    order = [*before, *(name for name in wanted if name not in before)]
    session.run(f"create or replace view {table.view} with (security_invoker = true) as {table.select(order)}")
    for column, grant in lost_grants:
        if not column or column in wanted:
            session.run(grant)
    others = set(GROUPS) - {group(role) for role in table.readers}
    for relation in (table.base, table.view):
        if others:
            session.run(f"revoke all on {relation} from {', '.join(map(quoted, sorted(others)))}")
        session.run(f"grant select on {relation} to {', '.join(quoted(group(role)) for role in table.readers)}")


def _remember(session: Session, name: str, digest: str) -> None:
    session.run(
        f"insert into rights.{OBJECTS} values ($1, $2) on conflict (name) do update set sha256 = excluded.sha256",
        *(name, digest),
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
