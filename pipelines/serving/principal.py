"""Who is looking at a release, and what their role may see.

Only the person and the role stand here; `rules` says what that means for each table, `limited` applies it. How somebody
proves who they are belongs to the app.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, TypeAdapter, model_validator

from pipelines.errors import UserError

ROLES_FILE = Path(__file__).with_name("roles.toml")


class Role(StrEnum):
    """What somebody does in the company, as far as rights are concerned."""

    LEADERSHIP = "leadership"
    REVENUE_OPERATIONS = "revops"
    DIRECTOR = "director"
    ACCOUNT_MANAGER = "am"


class RoleRights(BaseModel):
    """What a role may see, as `roles.toml` explains it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clients: Literal["all", "team", "own"]
    margins: Literal["rows", "aggregates"]
    promotion: bool

    @model_validator(mode="after")
    def _all_is_all(self) -> Self:
        if self.clients == "all" and not (self.margins == "rows" and self.promotion):
            raise ValueError("a role that sees all clients sees everything of them: it reads the release itself")
        return self


@cache
def role_rights() -> Mapping[Role, RoleRights]:
    """The rights of every role, as shipped in `roles.toml`."""
    return TypeAdapter(dict[Role, RoleRights]).validate_python(tomllib.loads(ROLES_FILE.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Principal:
    """A reader of a release. Hashable: what is cached for one reader is kept under the principal and the release.

    `am_ids` are the account managers (AMs) whose clients and figures the reader sees: None for a role that sees all,
    the own id for an AM, those of the team for a director (an empty team sees nothing). Raises UserError where role and
    ids do not fit: a limited reader without ids would have nothing to compare rows with.
    """

    name: str
    role: Role
    am_ids: frozenset[str] | None = None

    def __post_init__(self) -> None:
        if self.sees_all_clients != (self.am_ids is None):
            wanted = "sees all clients and takes no am_ids" if self.sees_all_clients else "needs am_ids"
            raise UserError(f"'{self.name}': role {self.role} {wanted}", done="access was refused")
        if self.rights.clients == "own" and len(self.am_ids or ()) != 1:
            raise UserError(f"'{self.name}': role {self.role} needs exactly one am_id", done="access was refused")

    @property
    def rights(self) -> RoleRights:
        return role_rights()[self.role]

    @property
    def sees_all_clients(self) -> bool:
        return self.rights.clients == "all"

    @property
    def may_see_margins(self) -> bool:
        """Costs and margins of single clients; those of a whole portfolio are for everybody who sees the portfolio."""
        return self.rights.margins == "rows"

    @property
    def may_see_promotion(self) -> bool:
        return self.rights.promotion


LEADERSHIP = Principal("leadership", Role.LEADERSHIP)
