"""Who is looking at a release, and which clients they may see.

Only the rule stands here; `release` applies it to rows. How somebody proves who they are belongs to the app.
"""

from dataclasses import dataclass
from enum import StrEnum

from pipelines.errors import UserError


class Role(StrEnum):
    """What somebody does in the company, as far as rights are concerned."""

    LEADERSHIP = "leadership"
    ACCOUNT_MANAGER = "am"


@dataclass(frozen=True)
class Principal:
    """A reader of a release: leadership sees every client, an account manager (AM) the clients they own now.

    Raises UserError where an account manager has no `am_id`: without one there is nothing to compare rows with.
    """

    name: str
    role: Role
    am_id: str | None = None

    def __post_init__(self) -> None:
        if self.role is Role.ACCOUNT_MANAGER and not self.am_id:
            raise UserError(
                f"account manager '{self.name}' has no am_id",
                done="access was refused",
                do="name the user's id in the CRM",
            )

    @property
    def sees_all_clients(self) -> bool:
        return self.role is Role.LEADERSHIP


LEADERSHIP = Principal("leadership", Role.LEADERSHIP)
