"""Records in JSON exports, each with the line it starts on: JSON Lines, bare arrays, and lists in an API's wrapper.

What a record means is its connector's business. Text that is not JSON to its last byte is refused as a whole: of a file
that was cut off, nobody knows what is missing.
"""

from __future__ import annotations

import gc
import json
import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

from pipelines.landing.connector import Refused

_BLANKS = re.compile(r"[ \t\r\n]*")
_DO = "Export it again, whole, and put it here under the same name."
_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True)
class Record:
    """One object. `line`: where it starts, the first is 1. `list_name`: the member of the wrapper that held it."""

    value: dict[str, Any]
    line: int
    list_name: str | None = None


@dataclass
class Records:
    """All records of a file, in its order; `wrappers` are the objects around lists, without the lists."""

    records: list[Record] = field(default_factory=list)
    wrappers: list[dict[str, Any]] = field(default_factory=list)


def read_records(text: str, lists: Collection[str]) -> Records:
    """The records of a text. An object with a list under one of the names in `lists` is a wrapper, all others records.

    Raises Refused for text that is not valid JSON, with line, column and byte.
    """
    with refusing_bad_json(text):
        return _Reader(text, lists).read()


def encodable(written: str) -> str:
    """The text with half surrogate pairs replaced: a Parquet file cannot hold them."""
    return written if written.isascii() else written.encode("utf-8", "replace").decode("utf-8")


def compact(value: Any) -> str:
    """A value's JSON without blanks, as it is kept for the quarantine."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # half surrogate pairs, whole numbers of more than 64 bits
        return encodable(_compact(value))


def text_of(value: Any) -> str | None:
    """A scalar as trimmed text (true/false, plain numbers); None for null, an empty text, an object or a list."""
    if isinstance(value, str):
        return (value if value.isascii() else encodable(value)).strip() or None  # asked a dozen times a record
    if value is None or isinstance(value, dict | list):
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def member(value: Any, path: str) -> Any:
    """What stands under a dotted path (`organization.external_id`); None where it ends early."""
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


@contextmanager
def refusing_bad_json(text: str) -> Iterator[None]:
    """Turns what a JSON decoder raises about this text into a Refused that says where it is spoiled.

    Inside it, no cycles of objects are looked for: decoded JSON has none, and the search took a third of the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    except json.JSONDecodeError as error:
        byte = len(text[: error.pos].encode("utf-8", "replace"))
        where = f"line {error.lineno}, column {error.colno} (byte {byte})"
        is_cut_off = not text[error.pos :].strip() or error.msg.startswith("Unterminated")
        what = "The file is cut off" if is_cut_off else "The file is not valid JSON"
        raise Refused(f"{what}: {error.msg} at {where}. Nothing of it was landed.", _DO) from None
    except RecursionError:
        raise Refused("The file is nested too deeply to be an export.", _DO) from None
    finally:
        if was_enabled:
            gc.enable()


class Walker:
    """Walks arrays and objects by position, so that each record has its line. Raises json.JSONDecodeError."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.decode = json.JSONDecoder().raw_decode
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def skip(self, position: int) -> int:
        return self.decode(self.text, position)[1]

    def members(self, position: int, visit: Callable[[str, int], int]) -> int:
        """Calls `visit(key, position of the value)` for each member of an object; it gives the position after."""
        position = self.skip_blanks(position + 1)
        while self.text[position : position + 1] != "}":
            key, position = self.decode(self.text, position)
            position = self._expect(":", position)
            position = self._separator(visit(key, position), "}")
        return position + 1

    def elements(self, position: int, visit: Callable[[int], int]) -> int:
        """Calls `visit(position)` for each element of an array; it gives the position after."""
        position = self.skip_blanks(position + 1)
        while self.text[position : position + 1] != "]":
            position = self._separator(visit(position), "]")
        return position + 1

    def skip_blanks(self, position: int) -> int:
        match = _BLANKS.match(self.text, position)
        return match.end() if match else position

    def line(self, position: int) -> int:
        return bisect_right(self._line_starts, position)

    def _separator(self, position: int, closing: str) -> int:
        """The position of the next element, or of the closing bracket."""
        position = self.skip_blanks(position)
        if self.text[position : position + 1] == closing:
            return position
        position = self._expect(",", position)
        if self.text[position : position + 1] == closing:
            raise json.JSONDecodeError("Illegal trailing comma", self.text, position)
        return position

    def _expect(self, character: str, position: int) -> int:
        position = self.skip_blanks(position)
        if self.text[position : position + 1] != character:
            raise json.JSONDecodeError(f"Expecting '{character}'", self.text, position)
        return self.skip_blanks(position + 1)


class _Reader(Walker):
    def __init__(self, text: str, lists: Collection[str]) -> None:
        super().__init__(text)
        self._lists = lists
        self._found = Records()

    def read(self) -> Records:
        position = self.skip_blanks(0)
        while position < len(self.text):
            position = self.skip_blanks(self._value(position, None))
        return self._found

    def _value(self, position: int, list_name: str | None) -> int:
        if self.text[position : position + 1] == "[":
            return self.elements(position, lambda at: self._value(at, list_name))
        value, end = self.decode(self.text, position)
        if not isinstance(value, dict):
            raise json.JSONDecodeError("Expecting an object", self.text, position)
        held = {name for name in self._lists if isinstance(value.get(name), list)} if list_name is None else set()
        if not held:
            self._found.records.append(Record(value, self.line(position), list_name))
            return end
        self._found.wrappers.append({key: each for key, each in value.items() if key not in held})
        return self.members(position, lambda key, at: self._value(at, key) if key in held else self.skip(at))
