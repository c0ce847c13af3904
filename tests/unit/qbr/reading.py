"""What stands in the two files of a pack, as a reader would find it."""

import io
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import pypdf
from pptx import Presentation
from pptx.util import Pt

from pipelines.dashboards.wording import MINUS, THIN

PLAIN = str.maketrans({THIN: " ", "\u00a0": " ", MINUS: "-", "\u2013": "-"})


@lru_cache
def slides(pptx: bytes) -> list[Any]:
    return list(Presentation(io.BytesIO(pptx)).slides)


def titles(pptx: bytes) -> list[str]:
    return [slide.shapes.title.text_frame.text.translate(PLAIN) for slide in slides(pptx)]


def cells(slide: Any) -> list[list[str]]:
    """The rows of all tables of a slide."""
    tables = [shape.table for shape in slide.shapes if shape.has_table]
    return [[cell.text.translate(PLAIN) for cell in row.cells] for table in tables for row in table.rows]


def charts(slide: Any) -> dict[str, dict[str, list[float | None]]]:
    """By caption and series: the numbers of the native charts."""
    drawn = [shape for shape in slide.shapes if shape.has_chart]
    return {
        shape.name.translate(PLAIN): {series.name: list(series.values) for series in shape.chart.plots[0].series}
        for shape in drawn
    }


@lru_cache
def pages(pdf: bytes) -> list[str]:
    return [page.extract_text().translate(PLAIN) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def all_xml(package: bytes) -> Iterator[str]:
    """Every text part of a package, those of the workbooks behind charts too."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        for name in archive.namelist():
            if name.endswith(".xlsx"):
                yield from all_xml(archive.read(name))
            elif name.endswith((".xml", ".rels")):
                yield archive.read(name).decode("utf-8")


def boxes(slide: Any) -> list[tuple[str, float, float, float, float]]:
    """Name, left, top, right and bottom of every shape, in points."""
    point = Pt(1)
    return [
        (
            shape.name,
            shape.left / point,
            shape.top / point,
            (shape.left + shape.width) / point,
            (shape.top + shape.height) / point,
        )
        for shape in slide.shapes
    ]
