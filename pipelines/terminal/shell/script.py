"""The shell without a keyboard: statements and commands from a pipe or a file, one after the other, until an error."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pipelines.errors import UserError
from pipelines.terminal.shell.session import Left, Session
from pipelines.terminal.shell.statements import is_blank, parted

if TYPE_CHECKING:
    from pipelines.serving.source import Source


def run_script(source: Source, lines: Iterable[str]) -> None:
    """Answers go to standard output, notes to standard error.

    Raises UserError for the first entry that cannot be answered, with its line; nothing after it is run.
    """
    with Session(source, is_screen=False, show=_show, say=_say) as session:
        for number, entry in entries(lines):
            try:
                session.run(entry)
            except Left:
                return
            except UserError as error:
                where = f"standard input, line {number}" + (f": {error.where}" if error.where else "")
                raise type(error)(error.what, where, error.done, error.do) from None
            sys.stdout.flush()


def entries(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Statements and commands as soon as they are whole, each with the line it begins in; a last `;` may be missing."""
    waiting, first = "", 1
    for number, line in enumerate(lines, start=1):
        if is_blank(waiting):
            waiting, first = "", number
            if line.lstrip().startswith("\\"):
                yield number, line
                continue
        waiting += line
        statements, waiting = parted(waiting)
        for statement in statements:
            yield first, statement
            first = number
    if not is_blank(waiting):
        yield first, waiting


def _show(text: str) -> None:
    sys.stdout.write(text)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
