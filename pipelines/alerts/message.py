"""One alert as text: for a person, plain or as Markdown. What it says is decided by `events` and `digest`."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipelines.audit.report import masked
from pipelines.serving.texts import printable
from pipelines.settings import AlertKind

# A name must not become a link, a tag, a heading or a call of everybody in a chat.
HARMLESS = str.maketrans(
    {"<": "‹", ">": "›", "`": "'", "*": "∗", "[": "(", "]": ")", "|": "¦", "@": "(at)", "\\": "/", "~": "∼"}
)
QUOTED = re.compile(r"'.*'|\".*\"")  # to the last quote: a value may hold one itself


@dataclass(frozen=True)
class Section:
    """A label with one text, or with a list of items."""

    label: str
    text: str = ""
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class Alert:
    """What is sent. `keys` name the events it tells of: an event is told once (`sent`); without keys, every time.

    `kind` None: a test of the delivery.
    """

    kind: AlertKind | None
    title: str
    sections: tuple[Section, ...]
    keys: tuple[str, ...] = ()

    @property
    def plain(self) -> str:
        """The body without marks, for terminals, mails and JSON."""
        return _body(self.sections, "{}:", safe)

    @property
    def markdown(self) -> str:
        """The body as Markdown that is nothing but bold labels and lists, whatever the texts hold."""
        return _body(self.sections, "**{}:**", lambda text: safe(text).translate(HARMLESS))


def section(label: str, text: str = "", items: Sequence[str] = ()) -> Section:
    """A section; the lines of a text of several lines become its items."""
    first, *more = [line.strip().removeprefix("- ") for line in text.splitlines() if line.strip()] or [""]
    return Section(label, first, (*more, *items))


def safe(text: str) -> str:
    """The text on one line, without control characters and e-mail addresses."""
    return masked(" ".join(printable(text).split()))


def without_values(text: str) -> str:
    """A text without what it quotes: a cell may be personal, and a message leaves the company's machine."""
    return QUOTED.sub("'…'", text)


def _body(sections: Sequence[Section], label: str, clean: Callable[[str], str]) -> str:
    blocks = []
    for part in sections:
        head = f"{label.format(part.label)} {clean(part.text)}".rstrip()
        # Markdown wants an empty line before a list.
        blocks.append("\n".join([head, *([""] if part.items else []), *(f"- {clean(item)}" for item in part.items)]))
    return "\n\n".join(blocks)
