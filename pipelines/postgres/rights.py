"""Who reads PostgreSQL: a group role for each role of the policy, and which login is which person of `access.toml`.

Schema `rights` says it, and no reader may use that schema. Its views answer for the login that asks (`session_user`,
which no SET ROLE and no function of somebody else changes), so the predicates of `serving.rules` hold as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.errors import UserError
from pipelines.postgres.layout import DATA, Table, group
from pipelines.serving.access import ACCESS_FILE, Access, folded
from pipelines.serving.limited import EMPTY, RELATIONS
from pipelines.serving.principal import Role
from pipelines.serving.rules import quoted, rules

if TYPE_CHECKING:
    from pipelines.postgres.session import Session

SCHEMA = "rights"
READERS, READER_AMS, OBJECTS = "readers", "reader_ams", "objects"
# Row-level security without a policy: nothing to see for anybody but the owner, whatever is granted by mistake.
TABLES = f"""
create table if not exists rights.{READERS} (login text primary key, role text not null);
create table if not exists rights.{READER_AMS} (login text not null, am_id text not null, primary key (login, am_id));
create table if not exists rights.{OBJECTS} (name text primary key, sha256 text not null);
alter table rights.{READERS} enable row level security;
alter table rights.{READER_AMS} enable row level security;
alter table rights.{OBJECTS} enable row level security
"""
GROUPS = tuple(group(role) for role in Role)


@dataclass(frozen=True)
class Reader:
    """A login of PostgreSQL that is a person of `access.toml`."""

    login: str
    role: Role
    am_ids: tuple[str, ...] = ()


def readers_of(access: Access, logins: Iterable[str]) -> list[Reader]:
    """The logins that are somebody, by name; a login in any case is found as the dashboards find it."""
    found = [(login, access.principal_of(login)) for login in sorted(logins)]
    return [Reader(login, person.role, tuple(sorted(person.am_ids or ()))) for login, person in found if person]


def digest_of(readers: Sequence[Reader]) -> str:
    """Changes with every login, role and portfolio."""
    return hashlib.sha256("\n".join(map(repr, readers)).encode()).hexdigest()


def views(tables: Sequence[Table]) -> dict[str, str]:
    """The queries of schema rights, by name. Where a release has not what one is read from, it is empty."""
    there = {table.key for table in tables}
    schemas = {schema: f"{schema}{DATA}" for schema in ("marts", "intermediate")}
    found = {
        "reader": f"select role from rights.{READERS} where login = session_user",
        "ams": f"select am_id from rights.{READER_AMS} where login = session_user",
    }
    for name, (source, query) in RELATIONS.items():
        column, kind = EMPTY[name].split()
        of_release = query.format(**schemas, least_clients=rules().clients_of_an_aggregate)
        text = f"select cast(null as {'text' if kind == 'varchar' else kind}) as {column} where false"
        found[name] = of_release if source in there else text
    return found


def ensure_groups(session: Session) -> list[str]:
    """Makes the group roles that are missing; what was done, for the user.

    Raises UserError where some are missing and this user may not make roles.
    """
    there = {name for (name,) in session.rows("select rolname::text from pg_roles")}
    missing = [name for name in GROUPS if name not in there]
    if not missing:
        return []
    ((may_create,),) = session.rows("select rolcreaterole or rolsuper from pg_roles where rolname = current_user")
    if not may_create:
        raise UserError(
            f"PostgreSQL has no {'role' if len(missing) == 1 else 'roles'} {', '.join(missing)}",
            done="nothing was copied",
            do="let an administrator run what `tenure publish-postgres --print-roles` prints",
        )
    for name in missing:
        session.run(f"create role {quoted(name)} nologin")
    return [f"created the {'role' if len(missing) == 1 else 'roles'} {', '.join(missing)}"]


def ensure_members(session: Session, readers: Sequence[Reader]) -> list[str]:
    """Makes every reader a member of their group, where this user may; what was done and what is left to do."""
    is_member = "select pg_has_role($1::name, $2::name, 'usage')"
    outside = [r for r in readers if session.rows(is_member, r.login, group(r.role)) == [(False,)]]
    said = []
    for reader in outside:
        name = group(reader.role)
        if _may_grant(session, name):
            session.run(f"grant {quoted(name)} to {quoted(reader.login)}")
            said.append(f"{reader.login} is now a member of {name}")
        else:
            said.append(f"{reader.login} reads nothing yet: an administrator must grant {name} (--print-roles)")
    return said


def _may_grant(session: Session, name: str) -> bool:
    ((may,),) = session.rows(
        """select rolsuper or (rolcreaterole and $2::bigint < 16) or pg_has_role($1::name, 'usage with admin option')
        from pg_roles where rolname = current_user""",
        *(name, session.version),
    )
    return bool(may)


def roles_sql(access: Access) -> str:
    """What an administrator runs once, and again when people come: idempotent SQL, without any password."""
    body = [_create(name, "nologin") for name in GROUPS]
    for person in access.people:
        login = folded(person.login or person.email or "")
        body += [_create(login, "login"), f"  grant {quoted(group(person.role))} to {quoted(login)};"]
    block, tag = "\n".join(["begin", *body, "end"]), "tenure"
    while f"${tag}$" in block:
        tag += "_"
    return "\n".join(
        [
            f"-- The roles of Tenure's readers: a group for each role, and the people of {ACCESS_FILE}.",
            "-- Run it as an administrator of the cluster, and again when people come; it changes nothing twice.",
            "-- New logins have no password: set it with \\password in psql, or let them sign in another way.",
            f"do ${tag}$",
            block,
            f"${tag}$;",
        ]
    )


def _create(name: str, kind: str) -> str:
    text = "'" + name.replace("'", "''") + "'"
    return (
        f"  if not exists (select from pg_catalog.pg_roles where rolname = {text}) then"
        f" create role {quoted(name)} {kind}; end if;"
    )
