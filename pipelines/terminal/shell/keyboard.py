"""The shell at a keyboard: prompt, history, completion, pager. What is asked, `session` answers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession, print_formatted_text
from prompt_toolkit.application import get_app
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.filters import Condition, completion_is_selected, has_completions
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.styles import Style
from pygments.lexers.sql import SqlLexer

from pipelines.errors import UserError
from pipelines.serving.rendering import natural_width
from pipelines.terminal.shell.completion import SqlCompleter
from pipelines.terminal.shell.session import WORDS, Left, Session
from pipelines.terminal.shell.statements import is_blank, parted

if TYPE_CHECKING:
    from pipelines.serving.source import Source

PROMPT, GOES_ON = "tenure> ", "   ...> "
PAGER_PROMPT = "arrows and space move, q goes back"  # : and . would mean something to less
LOOKS_EVERY = 5.0  # seconds between looks whether something was published
STYLE = Style.from_dict({"bottom-toolbar": "noreverse dim", "note": "fg:ansibrightblack", "error": "fg:ansired"})


def run_keyboard(source: Source) -> None:
    """Asks and answers until the reader leaves. Raises UserError where there is no release to open."""
    if not sys.stdout.isatty():
        raise UserError(
            "the shell shows its answers on a terminal, and standard output is none",
            done="nothing was run",
            do='send one answer elsewhere with: tenure sql "select ..." > file; or pipe statements into tenure shell',
        )
    with Session(source, is_screen=True, show=_page, say=_note) as session:
        history, why_not = _history()
        prompt = _prompt(session, history)
        _note(f"{session.title}. Statements end with ;  \\? helps, \\q leaves.")
        if why_not:
            _note(why_not)
        _converse(session, prompt)


def history_file() -> Path:
    """Where the entries of this user's shells are kept: in the user's own state folder, never in a shared home."""
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(state).expanduser() / "tenure" / "shell_history"


def _converse(session: Session, prompt: PromptSession[str]) -> None:
    told, waiting = "", ""
    while True:
        if session.newer and session.newer != told:
            told = session.newer
            _note(rf"{told} is the current release now; this shell still reads {session.title}. \reopen changes that.")
        try:
            entry = prompt.prompt(default=waiting)
        except KeyboardInterrupt:  # what was typed is thrown away, as in every shell
            waiting = ""
            continue
        except EOFError:
            return
        entry, waiting = _command_within(entry)
        try:
            if not is_blank(entry):
                session.run(entry)
        except Left:
            return
        except UserError as error:
            print_formatted_text(FormattedText([("class:error", str(error))]), style=STYLE)
        except KeyboardInterrupt:
            _note("stopped")


def _command_within(entry: str) -> tuple[str, str]:
    """A command that was typed below an unfinished statement, and the statement, which is not lost; else all of it."""
    head, _, last = entry.rstrip().rpartition("\n")
    return (last, head + "\n") if head.strip() and last.startswith("\\") else (entry, "")


def _is_whole(text: str) -> bool:
    """Whether Enter sends what was typed: nothing, a command, or statements that are ended."""
    last = text.rstrip().rpartition("\n")[2]
    if last.startswith("\\") or text.strip().rstrip("; ").lower() in WORDS:
        return True
    return is_blank(text) or is_blank(parted(text)[1])


def _prompt(session: Session, history: History) -> PromptSession[str]:
    functions = session.release.connection.execute("select distinct function_name from duckdb_functions()").fetchall()
    return PromptSession(
        message=PROMPT,
        prompt_continuation=GOES_ON,
        multiline=Condition(lambda: not _is_whole(get_app().current_buffer.text)),
        history=history,
        auto_suggest=AutoSuggestFromHistory(),
        completer=SqlCompleter(
            lambda: session.catalogue, session.commands, [name for (name,) in functions if name.isidentifier()]
        ),
        complete_while_typing=True,
        enable_history_search=False,
        lexer=PygmentsLexer(SqlLexer),
        bottom_toolbar=lambda: _toolbar(session),
        refresh_interval=LOOKS_EVERY,
        key_bindings=_keys(),
        style=STYLE,
    )


def _keys() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("enter", filter=has_completions & completion_is_selected)
    def _(event: KeyPressEvent) -> None:
        """Takes the completion, and does not send the statement with it."""
        event.current_buffer.complete_state = None

    return keys


def _toolbar(session: Session) -> str:
    if session.newer:
        return rf" {session.newer} is the current release now: \reopen | this is {session.title}"
    text = get_app().current_buffer.text
    hint = "" if _is_whole(text) else " | ; and Enter run it, Ctrl-C throws it away"
    return f" {session.title}{hint}"


def _history() -> tuple[History, str]:
    """The kept history, or one that ends with this shell and why."""
    path = history_file()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        path.chmod(0o600)  # entries may name clients, and an older file may be open to others
    except OSError as error:
        return InMemoryHistory(), f"What you ask is not kept for the next time: {path}: {error.strerror}"
    return FileHistory(path), ""


def _page(text: str) -> None:
    """Shows an answer: in a pager where it is longer or wider than the terminal."""
    size = shutil.get_terminal_size()
    pager = os.environ.get("PAGER") or shutil.which("less")
    if not pager or (text.count("\n") < size.lines - 1 and natural_width(text) <= size.columns):
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    options = {"LESS": f"-S -R -X -Ps{PAGER_PROMPT}$", "LESSCHARSET": "utf-8"}
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the pager's own
    try:
        subprocess.run(pager, shell=True, input=text.encode(), env={**options, **os.environ}, check=False)
    finally:
        signal.signal(signal.SIGINT, before)


def _note(text: str) -> None:
    print_formatted_text(FormattedText([("class:note", text)]), style=STYLE)
