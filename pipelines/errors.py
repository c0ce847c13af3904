"""The errors a user may see. Each says what is wrong, where, what was done about it and what to do next.

Nothing here prints: the command line turns an error into one message and an exit status.
"""

import errno
import os

# What a file system says when it takes no more: it is full, the file too large, the quota used up, or it is read-only.
DISK_ERRORS = frozenset({errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EROFS})
_DISK_WORDS = ("database or disk is full", *(os.strerror(number).lower() for number in sorted(DISK_ERRORS)))


def disk_words(error: BaseException) -> str | None:
    """What the disk said, where it is behind an error: libraries and child processes pass its words on as text."""
    found: BaseException | None = error
    while found is not None:
        text = str(found).lower()
        if said := next((words for words in _DISK_WORDS if words in text), None):
            return said
        found = found.__cause__ or found.__context__
    return None


class UserError(Exception):
    """Bad usage, settings or input. Exit status 2."""

    exit_status = 2

    def __init__(self, what: str, where: str | None = None, done: str | None = None, do: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.done = done
        self.do = do

    def as_arguments(self) -> dict[str, str | None]:
        """What makes the same error again, in another process."""
        return {"what": self.what, "where": self.where, "done": self.done, "do": self.do}

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
