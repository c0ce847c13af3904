"""What readers assume of a file's local formats, noted for whoever wants to be told (`tenure inspect`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Assumption:
    """E.g. date order, day first, because '31/01/2026' proves it."""

    subject: str
    value: str
    why: str


_NOTES: ContextVar[list[Assumption] | None] = ContextVar("notes", default=None)


def note(subject: str, value: str, why: str) -> None:
    """Called by a reader where it decides; nothing happens unless somebody listens."""
    notes = _NOTES.get()
    if notes is not None and (made := Assumption(subject, value, why)) not in notes:
        notes.append(made)


@contextmanager
def noted() -> Iterator[list[Assumption]]:
    """The assumptions made inside the block, in their order, each once."""
    notes: list[Assumption] = []
    token = _NOTES.set(notes)
    try:
        yield notes
    finally:
        _NOTES.reset(token)
