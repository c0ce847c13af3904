"""JSON text to Stripe objects, with the line each starts on. What the objects mean is in `billing.py`.

A file may be one list, several lists one after another, a bare array, JSON Lines, or an object of objects. Text that is
not JSON to its last byte is refused as a whole: of a file that was cut off, nobody knows what is missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from pipelines.landing.reading.json_records import Walker, refusing_bad_json

# How Stripe itself begins a list: known before its megabytes are decoded, so that they are decoded once.
_LIST = re.compile(r'\{\s*"object"\s*:\s*"list"\s*,')


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
    with refusing_bad_json(text):
        return _Reader(text).read()


class _Reader(Walker):
    """Walks lists and arrays by position and decodes the objects in them, so that each has its line."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._documents = Documents()

    def read(self) -> Documents:
        position = self.skip_blanks(0)
        while position < len(self.text):
            position = self.skip_blanks(self._value(position, None))
        return self._documents

    def _value(self, position: int, list_url: str | None) -> int:
        """Takes in the value at a position; gives the position after it."""
        opening = self.text[position : position + 1]
        if opening == "[":
            return self.elements(position, lambda at: self._value(at, list_url))
        if _LIST.match(self.text, position):
            return self._list(position)
        value, end = self.decode(self.text, position)
        if not isinstance(value, dict):
            raise json.JSONDecodeError("Expecting an object", self.text, position)
        if isinstance(value.get("object"), str) and value["object"] != "list":
            self._documents.objects.append(self._located(value, position, end, list_url))
        else:
            self._wrapper(value, position)
        return end

    def _list(self, position: int) -> int:
        """A list, its members in one pass; its url, which every object gets, stands behind the objects."""
        about: dict[str, Any] = {}
        first = len(self._documents.objects)

        def visit(key: str, at: int) -> int:
            if key == "data":
                return self._value(at, None)
            about[key], end = self.decode(self.text, at)
            return end

        end = self.members(position, visit)
        url = about.get("url") if isinstance(about.get("url"), str) else None
        self._documents.has_more[url or ""] = about.get("has_more") is True
        objects = self._documents.objects
        objects[first:] = [each if each.list_url else replace(each, list_url=url) for each in objects[first:]]
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
        self.members(position, lambda key, at: self._value(at, url) if key in held else self.skip(at))

    def _located(self, value: dict[str, Any], position: int, end: int, list_url: str | None) -> StripeObject:
        line = self.line(position)
        lines = value.get("lines")
        children = lines.get("data") if isinstance(lines, dict) else None
        count = len(children) if isinstance(children, list) else 0
        is_on_one_line = not count or self.line(end) == line
        child_lines = (line,) * count if is_on_one_line else tuple(self._child_lines(position))
        return StripeObject(value, line, child_lines, list_url)

    def _child_lines(self, position: int) -> Iterator[int]:
        found: list[int] = []

        def note(at: int) -> int:
            found.append(self.line(at))
            return self.skip(at)

        def data(key: str, at: int) -> int:
            return self.elements(at, note) if key == "data" else self.skip(at)

        self.members(position, lambda key, at: self.members(at, data) if key == "lines" else self.skip(at))
        return iter(found)
