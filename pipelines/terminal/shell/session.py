"""One reader's questions to one open release: statements and backslash commands in, text out.

Knows no keyboard and no pager: `show` takes answers, `say` short notes on what was done.
"""

from __future__ import annotations

import io
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import UserError
from pipelines.exports.answers import BINARY, format_of, print_answer, write_answer
from pipelines.exports.kinds import Format
from pipelines.serving.live import file_at
from pipelines.serving.query import ask, read
from pipelines.serving.rendering import TEXTS, as_grid, row_count
from pipelines.terminal.shell.catalogue import PUBLIC, Catalogue
from pipelines.terminal.shell.statements import parted

if TYPE_CHECKING:
    from pipelines.serving.release import Release
    from pipelines.serving.source import Source

SCREEN_ROWS = 1_000  # of an answer at a keyboard; `\limit` changes it, files take all
HELP = r"""Statements end with ; and only read. Tables are named with their schema: select * from marts.rpt_retention;

\d            the tables there are (\d marts: those of a schema)
\d TABLE      the columns of a table, and what they mean
\format NAME  how answers look: table, csv, json, markdown
\o FILE       the next answer goes into a file: .csv .json .md .parquet .xlsx .txt
\limit N      how many rows are shown, 1,000 at first; `\limit all` for all (files always get all)
\timing       says how long each statement took, or stops saying it
\release      which release this is, and whether there is a newer one
\reopen       goes on with the newest release
\?            this help
\q            leaves, as Ctrl-D does

Tab completes, the up arrow and Ctrl-R find what was asked before, Ctrl-C stops a statement."""
WORDS = {"exit": r"\q", "quit": r"\q", "help": r"\?"}


class Left(Exception):
    """The reader wants to leave."""


class Session:
    """Answers one entry after the other, all from the release that was opened first, until `\\reopen`.

    At a keyboard (`is_screen`) answers are made whole, with a most of rows, and given to `show`; otherwise they go to
    standard output as they come. `title` says which release is read, and as whom. Use as a context manager; raises
    UserError as `Source.open` does.
    """

    def __init__(
        self, source: Source, is_screen: bool, show: Callable[[str], None], say: Callable[[str], None]
    ) -> None:
        self._source = source
        self._is_screen = is_screen
        self._show = show
        self._say = say
        self.form = Format.TABLE
        self.is_timed = is_screen
        self.limit = SCREEN_ROWS if is_screen else None
        self.out: Path | None = None
        self._release: Release | None = None
        self._open()
        self._commands: dict[str, Callable[[str], None]] = {
            "d": self._describe,
            "dt": self._describe,  # what psql calls its list of tables
            "format": self._format,
            "o": self._out,
            "limit": self._limit,
            "timing": self._timing,
            "release": self._tell_release,
            "reopen": self._reopen,
            "?": self._help,
            "q": self._quit,
        }

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._release is not None:
            self._release.close()
            self._release = None

    @property
    def release(self) -> Release:
        if self._release is None:
            raise UserError("no release is open", do=r"\reopen opens the current one, \q leaves")
        return self._release

    @property
    def newer(self) -> str:
        """The name of what is current now, where that is not what was opened; else ''."""
        try:
            file = self._source.file
        except UserError:  # the month that is read is no longer there; what is open stays open
            return ""
        return "" if file == self._file else file.path.parent.name

    @property
    def commands(self) -> list[str]:
        return [f"\\{name}" for name in self._commands]

    def run(self, entry: str) -> None:
        """One entry: statements, each ended by `;` but for the last, or one command.

        Raises UserError for what cannot be answered, KeyboardInterrupt where the reader stopped it, Left to leave.
        """
        text = entry.strip()
        text = WORDS.get(text.rstrip("; ").lower(), text)
        if text.startswith("\\"):
            self._run_command(text[1:])
            return
        statements, rest = parted(f"{text}\n;")
        for statement in [*statements, *([rest] if rest.strip() else [])]:
            self._answer(statement)

    def _run_command(self, text: str) -> None:
        name, _, argument = text.partition(" ")
        command = self._commands.get(name.rstrip(";").lower())
        if command is None:
            raise UserError(f"there is no command \\{name}", do=r"\? lists the commands")
        command(argument.strip().rstrip(";").strip())

    def _answer(self, statement: str) -> None:
        started = time.perf_counter()
        text = note = ""
        if self.out is not None:
            path, self.out = self.out, None
            note = f"{write_answer(self.release, statement, format_of(path), path)} -> {path}"
        elif self._is_screen:
            text, note = self._shown(statement)
        else:
            print_answer(self.release, statement, self.form, self.limit, None)
        taken = f"{time.perf_counter() - started:,.3f} s" if self.is_timed else ""
        if text:
            self._show(text)
        if note or taken:
            self._say(", ".join(filter(None, (note, taken))))

    def _shown(self, statement: str) -> tuple[str, str]:
        """The answer as text, and how many rows it has."""
        if self.form is Format.TABLE:
            answer = ask(self.release, statement, self.limit)
            count, is_cut = len(answer.rows), answer.is_cut
            # Many rows can be scrolled sideways; one is read from top to bottom.
            text = as_grid(answer, _width() if count == 1 else None)
        else:
            rows, stream = read(self.release, statement, self.limit), io.StringIO()
            TEXTS[self.form](rows, stream)
            text, count, is_cut = stream.getvalue(), rows.count, rows.is_cut
        return text, row_count(count, is_cut) + (r" (\limit shows more, \o writes all)" if is_cut else "")

    def _open(self) -> None:
        self._release = release = self._source.open()
        self._file = file_at(release.warehouse)
        self.catalogue = Catalogue(release)
        manifest, principal = release.manifest, release.principal
        as_of = manifest.get("identity", {}).get("as_of_on")
        self.title = f"release {manifest.get('release_id', release.warehouse.parent.name)}"
        self.title += f", data as of {as_of}" if as_of else ""
        self.title += "" if principal.sees_all_clients else f", as {principal.name} sees it ({principal.role})"

    def _describe(self, name: str) -> None:
        if name and name.lower() not in self.catalogue.schemas:
            table = self.catalogue.find(name)
            head = f"{'.'.join(table)}\n{self.catalogue.description(table)}".strip()
            self._show(f"{head}\n\n{as_grid(self.catalogue.columns(table), _width())}")
            return
        self._show(as_grid(self.catalogue.overview([name.lower()] if name else PUBLIC), _width()))
        behind = [rf"\d {schema}" for schema in self.catalogue.schemas if schema not in PUBLIC]
        self._say(r"\d TABLE describes one" + (f"; behind these: {', '.join(behind)}" if behind and not name else ""))

    def _format(self, name: str) -> None:
        shown = [form.value for form in Format if form not in BINARY]
        if name.lower() in shown:
            self.form = Format(name.lower())
        elif name:
            raise UserError(f"an answer cannot be shown as '{name}'", do=rf"\format {', '.join(shown)}; files: \o FILE")
        self._say(f"format: {self.form}")

    def _out(self, name: str) -> None:
        path = Path(name).expanduser() if name else None
        if path is not None:
            format_of(path)
        self.out = path
        self._say(f"the next answer goes into {path}" if path else "answers are shown")

    def _limit(self, text: str) -> None:
        digits = text.replace(",", "").replace("_", "")
        if text.lower() == "all":
            self.limit = None
        elif digits.isdecimal() and int(digits) > 0:
            self.limit = int(digits)
        elif text:
            raise UserError(f"'{text}' is no number of rows", do=r"\limit 5000, or \limit all")
        self._say("all rows are shown" if self.limit is None else f"{self.limit:,} rows are shown at most")

    def _timing(self, text: str) -> None:
        self.is_timed = {"on": True, "off": False}.get(text.lower(), not self.is_timed)
        self._say(f"timing is {'on' if self.is_timed else 'off'}")

    def _tell_release(self, _: str) -> None:
        self._say(self.title)
        self._say(rf"{self.newer} is the current one now: \reopen reads it" if self.newer else "it is the current one")

    def _reopen(self, _: str) -> None:
        if self._release is not None and not self.newer:
            self._say(f"{self.title}: it is still the current one")
            return
        self.close()  # before the new one is opened: DuckDB would give what it has open at the same path
        self._open()
        self._say(self.title)

    def _help(self, _: str) -> None:
        self._show(HELP + "\n")

    def _quit(self, _: str) -> None:
        raise Left


def _width() -> int:
    return shutil.get_terminal_size((120, 40)).columns
