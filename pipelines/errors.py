"""The errors a user may see. Each says what is wrong, where, what was done about it and what to do next.

Nothing here prints: the command line turns an error into one message and an exit status.
"""


class UserError(Exception):
    """Bad usage, settings or input. Exit status 2."""

    exit_status = 2

    def __init__(self, what: str, where: str | None = None, done: str | None = None, do: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.done = done
        self.do = do

    def __str__(self) -> str:
        parts = [self.what]
        if self.where:
            parts.append(f"  where: {self.where}")
        if self.done:
            parts.append(f"  done:  {self.done}")
        if self.do:
            parts.append(f"  to do: {self.do}")
        return "\n".join(parts)


class Blocked(UserError):
    """A check stopped the publication; the release before stays live. Exit status 3."""

    exit_status = 3


class LockHeld(UserError):
    """Another refresh is at work on this home. Exit status 4."""

    exit_status = 4
