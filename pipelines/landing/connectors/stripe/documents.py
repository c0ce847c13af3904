"""JSON text to Stripe objects, with the line each starts on. What the objects mean is in `billing.py`.

A file may be one list, several lists one after another, a bare array, JSON Lines, or an object of objects. Text that is
not JSON to its last byte is refused as a whole: of a file that was cut off, nobody knows what is missing.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pipelines.landing.connector import Refused

_BLANKS = re.compile(r"[ \t\r\n]*")
_DO = "Export it again, whole, and put it here under the same name."


@dataclass(frozen=True)
class StripeObject:
    """One object of the file.

    `line`: the physical line it starts on; `child_lines`: those of the objects in its `lines.data`. `list_url`: the
    `url` of the list that held it.
    """

    value: dict[str, Any]
    line: int
    child_lines: tuple[int, ...]
    list_url: str | None


@dataclass
class Documents:
    """All objects of a file, in its order. `has_more`, by url of a list: whether pages follow its last one here."""

    objects: list[StripeObject] = field(default_factory=list)
    has_more: dict[str, bool] = field(default_factory=dict)


def read_documents(text: str) -> Documents:
    """The Stripe objects in a text. Raises Refused for text that is not valid JSON, with line, column and byte."""
    try:
        return _Reader(text).read()
    except json.JSONDecodeError as error:
        byte = len(text[: error.pos].encode("utf-8", "replace"))
        where = f"line {error.lineno}, column {error.colno} (byte {byte})"
        is_cut_off = not text[error.pos :].strip() or error.msg.startswith("Unterminated")
        what = "The file is cut off" if is_cut_off else "The file is not valid JSON"
        raise Refused(f"{what}: {error.msg} at {where}. Nothing of it was landed.", _DO) from None
    except RecursionError:
        raise Refused("The file is nested too deeply to be a Stripe export.", _DO) from None


class _Reader:
    """Walks lists and arrays by position and decodes the objects in them, so that each has its line."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._decode = json.JSONDecoder().raw_decode
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._documents = Documents()

    def read(self) -> Documents:
        position = self._skip_blanks(0)
        while position < len(self._text):
            position = self._skip_blanks(self._value(position, None))
        return self._documents

    def _value(self, position: int, list_url: str | None) -> int:
        """Takes in the value at a position; gives the position after it."""
        opening = self._text[position : position + 1]
        if opening == "[":
            return self._elements(position, lambda at: self._value(at, list_url))
        value, end = self._decode(self._text, position)
        if not isinstance(value, dict):
            raise json.JSONDecodeError("Expecting an object", self._text, position)
        if isinstance(value.get("object"), str) and value["object"] != "list":
            self._documents.objects.append(self._located(value, position, end, list_url))
        else:
            self._wrapper(value, position)
        return end

    def _wrapper(self, value: dict[str, Any], position: int) -> None:
        """A list, or an object of objects such as {"invoices": [...], "credit_notes": [...]}."""
        url = value.get("url") if isinstance(value.get("url"), str) else None
        if value.get("object") == "list":
            self._documents.has_more[url or ""] = value.get("has_more") is True
            held = {"data"}
        else:
            held = {key for key, member in value.items() if isinstance(member, dict | list)}
        del value
        self._members(position, lambda key, at: self._value(at, url) if key in held else self._skip(at))

    def _located(self, value: dict[str, Any], position: int, end: int, list_url: str | None) -> StripeObject:
        line = self._line(position)
        lines = value.get("lines")
        children = lines.get("data") if isinstance(lines, dict) else None
        count = len(children) if isinstance(children, list) else 0
        is_on_one_line = not count or self._line(end) == line
        child_lines = (line,) * count if is_on_one_line else tuple(self._child_lines(position))
        return StripeObject(value, line, child_lines, list_url)

    def _child_lines(self, position: int) -> Iterator[int]:
        found: list[int] = []

        def note(at: int) -> int:
            found.append(self._line(at))
            return self._skip(at)

        def data(key: str, at: int) -> int:
            return self._elements(at, note) if key == "data" else self._skip(at)

        self._members(position, lambda key, at: self._members(at, data) if key == "lines" else self._skip(at))
        return iter(found)

    def _skip(self, position: int) -> int:
        return self._decode(self._text, position)[1]

    def _members(self, position: int, visit: Callable[[str, int], int]) -> int:
        """Calls `visit(key, position of the value)` for each member of an object; it gives the position after."""
        position = self._skip_blanks(position + 1)
        while self._text[position : position + 1] != "}":
            key, position = self._decode(self._text, position)
            position = self._expect(":", position)
            position = self._separator(visit(key, position), "}")
        return position + 1

    def _elements(self, position: int, visit: Callable[[int], int]) -> int:
        """Calls `visit(position)` for each element of an array; it gives the position after."""
        position = self._skip_blanks(position + 1)
        while self._text[position : position + 1] != "]":
            position = self._separator(visit(position), "]")
        return position + 1

    def _separator(self, position: int, closing: str) -> int:
        """The position of the next element, or of the closing bracket."""
        position = self._skip_blanks(position)
        if self._text[position : position + 1] == closing:
            return position
        position = self._expect(",", position)
        if self._text[position : position + 1] == closing:
            raise json.JSONDecodeError("Illegal trailing comma", self._text, position)
        return position

    def _expect(self, character: str, position: int) -> int:
        position = self._skip_blanks(position)
        if self._text[position : position + 1] != character:
            raise json.JSONDecodeError(f"Expecting '{character}'", self._text, position)
        return self._skip_blanks(position + 1)

    def _skip_blanks(self, position: int) -> int:
        match = _BLANKS.match(self._text, position)
        return match.end() if match else position

    def _line(self, position: int) -> int:
        return bisect_right(self._line_starts, position)
