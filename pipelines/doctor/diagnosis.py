"""One thing that was looked at, and how it is said."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from pipelines.errors import UserError


class State(StrEnum):
    """`NOTE`: worth knowing, but tonight works. `BAD`: tonight fails, or its figures or secrets are not safe."""

    OK = "ok"
    NOTE = "note"
    BAD = "BAD"


@dataclass(frozen=True)
class Diagnosis:
    """`found` says what is the case, `do` what to do about it (empty where nothing is to be done)."""

    name: str
    state: State
    found: str
    do: str = ""

    def __str__(self) -> str:
        todo = f"; to do: {self.do}" if self.do else ""
        return f"{self.state:<4} {self.name:<10} {self.found}{todo}"


def ok(name: str, found: str) -> Diagnosis:
    """All is well."""
    return Diagnosis(name, State.OK, found)


def note(name: str, found: str, do: str = "") -> Diagnosis:
    """Worth knowing."""
    return Diagnosis(name, State.NOTE, found, do)


def bad(name: str, found: str, do: str) -> Diagnosis:
    """Must be repaired."""
    return Diagnosis(name, State.BAD, found, do)


def of_error(name: str, error: UserError) -> Diagnosis:
    """An error as a diagnosis, on one line."""
    found = f"{error.what} ({error.where})" if error.where else error.what
    return bad(name, "; ".join(line.strip() for line in found.splitlines()), error.do or "correct it")


def told(name: str, look: Callable[[], Iterable[Diagnosis]]) -> list[Diagnosis]:
    """What a look finds; what keeps it from looking is a diagnosis too, so that one fault does not hide the others."""
    try:
        return list(look())
    except UserError as error:
        return [of_error(name, error)]
    except OSError as error:
        return [bad(name, f"{error.filename or 'a file'} cannot be read: {error.strerror}", "give this user the right")]
