"""XLSX workbooks: cells and their places, and the workbook with some of them changed, all other parts as they are."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from pipelines.landing.connector import IncomingFile
from pipelines.landing.reading.typed_files import sheet_rows
from pipelines.privacy.documents import NOTHING, Cell, Entry, Place, swept_text

_SHARED = "xl/sharedStrings.xml"
_CELL = re.compile(r"<c\b(?P<head>[^>]*?)(?:/>|>(?P<body>.*?)</c>)", re.DOTALL)
_ITEM = re.compile(r"<si\b[^>]*?(?:/>|>.*?</si>)", re.DOTALL)
_USED = re.compile(r't="s"[^>]*>.*?<v>(\d+)</v>', re.DOTALL)


@dataclass
class Workbook:
    """A workbook. Sheets are counted as the workbook lists them."""

    content: bytes
    entries: list[Entry]

    @classmethod
    def of(cls, file: IncomingFile) -> Workbook:
        entries = [
            Entry(line, tuple(Cell((sheet, line, at), text.strip(), at) for at, text in enumerate(cells)))
            for sheet, rows in enumerate(sheet_rows(file.content).values())
            for line, _, cells in rows
        ]
        return cls(file.content, entries)

    @property
    def cells(self) -> list[Cell]:
        return [cell for entry in self.entries for cell in entry.cells]

    def with_cells(self, changes: Mapping[Place, str], swept: Mapping[str, str] = NOTHING) -> bytes:
        with zipfile.ZipFile(io.BytesIO(self.content)) as old:
            parts = {each.filename: old.read(each) for each in old.infolist()}
            infos = old.infolist()
        for sheet, name in enumerate(_sheet_parts(parts)):
            own = {place[1:]: text for place, text in changes.items() if place[0] == sheet}
            if own:
                parts[name] = _with_cells(parts[name].decode(), own).encode()
        if _SHARED in parts:
            parts[_SHARED] = _without_unused(parts).encode()
        written = {escape(value): escape(instead) for value, instead in swept.items()}
        for name, content in parts.items():
            if written and name.endswith((".xml", ".rels")):
                parts[name] = swept_text(content.decode(), written).encode()
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
            for info in infos:
                new.writestr(info, parts[info.filename])
        return stream.getvalue()

    def reduced(self, entries: Sequence[Entry], changes: Mapping[Place, str]) -> bytes:
        return self.with_cells(changes)


def _sheet_parts(parts: Mapping[str, bytes]) -> list[str]:
    """The parts that hold the sheets, in the workbook's order."""
    links = parts["xl/_rels/workbook.xml.rels"].decode()
    targets = {}
    for link in re.findall(r"<Relationship\b[^>]*>", links):
        target = re.search(r'Target="([^"]+)"', link)
        found = re.search(r'\bId="([^"]+)"', link)
        if target and found:
            targets[found.group(1)] = "xl/" + target.group(1).removeprefix("/xl/")
    sheets = re.findall(r'<sheet\b[^>]*?r:id="([^"]+)"', parts["xl/workbook.xml"].decode())
    return [targets[sheet] for sheet in sheets]


def _with_cells(xml: str, changes: Mapping[tuple[int, ...], str]) -> str:
    wanted = {f"{_letters(column)}{row}": text for (row, column), text in changes.items()}

    def changed(match: re.Match[str]) -> str:
        place = re.search(r'\br="([A-Z]+\d+)"', match["head"])
        if place is None or place.group(1) not in wanted:
            return match.group()
        head = re.sub(r'\s+t="[^"]*"', "", match["head"])
        text = wanted[place.group(1)]
        return f'<c{head} t="inlineStr"><is><t>{escape(text)}</t></is></c>' if text else f"<c{head}/>"

    return _CELL.sub(changed, xml)


def _without_unused(parts: Mapping[str, bytes]) -> str:
    """The shared texts, those that no cell names any more emptied: what was replaced stands there too."""
    sheets = [content.decode() for name, content in parts.items() if name.startswith("xl/worksheets/")]
    cells = (match.group() for xml in sheets for match in _CELL.finditer(xml))
    used = {int(found.group(1)) for cell in cells if (found := _USED.search(cell))}
    count = iter(range(1 << 62))
    return _ITEM.sub(
        lambda match: match.group() if next(count) in used else "<si><t></t></si>", parts[_SHARED].decode()
    )


def _letters(column: int) -> str:
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
