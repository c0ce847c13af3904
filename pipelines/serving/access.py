"""Who may read the releases of a home: the people of `<home>/access.toml`, each with one role of `roles.toml`.

Nothing here proves an identity or keeps a secret: the app and PostgreSQL do that, and ask here who a name is.
"""

from __future__ import annotations

import tomllib
from functools import cached_property
from typing import Annotated, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    StringConstraints,
    ValidationError,
    model_validator,
)

from pipelines.errors import UserError
from pipelines.serving.principal import LEADERSHIP, Principal, Role
from pipelines.settings import Settings

ACCESS_FILE = "access.toml"

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=254)]
Team = Annotated[tuple[Text, ...], Field(min_length=1)]


class Person(BaseModel):
    """One person of `access.toml`, found by `login` or `email` in any case; at least one of them is given.

    `am_id` belongs to role `am`; `team` (a name of `[teams]`, or am_ids) to role `director`. `name` is for the eye.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    login: Text | None = None
    email: Text | None = None
    name: Text | None = None
    role: Role
    am_id: Text | None = None
    team: Text | Team | None = None

    @model_validator(mode="after")
    def _fits_the_role(self) -> Self:
        if self.login is None and self.email is None:
            raise ValueError("needs a login or an email")
        for key, role in (("am_id", Role.ACCOUNT_MANAGER), ("team", Role.DIRECTOR)):
            is_given, is_wanted = getattr(self, key) is not None, self.role is role
            if is_given != is_wanted:
                raise ValueError(f"role '{self.role}' {'needs' if is_wanted else 'takes no'} {key}")
        return self

    @property
    def identities(self) -> frozenset[str]:
        return frozenset(folded(identity) for identity in (self.login, self.email) if identity is not None)

    @property
    def label(self) -> str:
        return self.name or self.login or self.email or ""


class Access(BaseModel):
    """The people of a home and the teams they name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    people: tuple[Person, ...] = ()
    teams: dict[Text, Team] = Field(default_factory=dict)
    _is_configured: bool = PrivateAttr(default=True)

    @model_validator(mode="after")
    def _is_unambiguous(self) -> Self:
        seen: set[str] = set()
        for person in self.people:
            if isinstance(person.team, str) and person.team not in self.teams:
                raise ValueError(f"team '{person.team}' of {person.label} is not in [teams]")
            if twice := seen & person.identities:
                raise ValueError(f"'{min(twice)}' stands for two people; everybody has one role")
            seen |= person.identities
        return self

    @cached_property
    def _by_identity(self) -> dict[str, Principal]:
        return {
            identity: Principal(person.label, person.role, self._am_ids(person))
            for person in self.people
            for identity in person.identities
        }

    def principal_of(self, identity: str) -> Principal | None:
        """The reader with this login or e-mail, in any case; None for somebody unknown, who has no access."""
        return self._by_identity.get(folded(identity))

    def of_role(self, role: Role) -> list[Principal]:
        """Everybody with the role, in the file's order."""
        return [Principal(person.label, role, self._am_ids(person)) for person in self.people if person.role is role]

    @property
    def is_configured(self) -> bool:
        """Whether there is an `access.toml`, even one that names nobody."""
        return self._is_configured

    @property
    def loopback(self) -> Principal | None:
        """Who somebody on this machine is without login: leadership as long as there is no `access.toml`."""
        return None if self._is_configured else LEADERSHIP

    def _am_ids(self, person: Person) -> frozenset[str] | None:
        if person.am_id is not None:
            return frozenset({person.am_id})
        if isinstance(person.team, str):
            return frozenset(self.teams[person.team])
        return None if person.team is None else frozenset(person.team)


def read_access(settings: Settings) -> Access:
    """The people of the home. Without the file there are none, and `loopback` is the only reader.

    Raises UserError naming the file and the key.
    """
    path = settings.home / ACCESS_FILE
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        access = Access()
        access._is_configured = False
        return access
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"the access file cannot be read: {error}", where=str(path), do="correct the file") from None
    except OSError as error:
        raise UserError(f"the access file cannot be opened: {error.strerror}", where=str(path)) from None
    try:
        return Access.model_validate(values)
    except ValidationError as error:
        raise _as_user_error(error, str(path)) from None


def reader_named(settings: Settings, login: str | None) -> Principal:
    """The person with this login or e-mail; for None the operator of this machine, who sees everything.

    Raises UserError for somebody who is not named in `access.toml`.
    """
    if login is None:
        return LEADERSHIP
    access = read_access(settings)
    principal = access.principal_of(login)
    if principal is None:
        raise UserError(
            f"access.toml names nobody '{login}'"
            if access.is_configured
            else "there is no access.toml that names people",
            where=str(settings.home / ACCESS_FILE),
            done="nothing was read",
            do="name a login or e-mail that stands there; docs/rights.md shows the file",
        )
    return principal


def folded(identity: str) -> str:
    """One spelling of a login name or e-mail for every case it may be written in.

    Letters that only look or fold like others stay themselves: a sharp s is no double s, the Kelvin sign no k. Whoever
    may choose a name at the identity provider must not be able to choose somebody else's.
    """
    return "".join(c.lower() if c.isascii() or not c.lower().isascii() else c for c in identity.strip())


def _as_user_error(error: ValidationError, path: str) -> UserError:
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part + 1) if isinstance(part, int) else part for part in first["loc"])
    said = "unknown key" if first["type"] == "extra_forbidden" else first["msg"].removeprefix("Value error, ")
    return UserError(
        f"{key or 'the file'}: {said}", where=path, done="nobody was given access", do="docs/rights.md shows the file"
    )
