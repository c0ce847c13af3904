"""Lines of text in a PDF, in Helvetica, with another font for the letters it lacks.

Helvetica needs no file but has Western letters only. For the rest DejaVu Sans is taken where the machine has it, else
Bitstream Vera, which comes with ReportLab (Latin and little more). Letters that neither has, and scripts that need
shaping or run from right to left, are drawn as a box: a wrong name would be worse than a visible gap.
"""

import unicodedata
from functools import cache
from itertools import groupby
from pathlib import Path

from reportlab.lib.colors import HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from pipelines.dashboards.figures.theme import colour
from pipelines.dashboards.wording import MINUS, THIN
from pipelines.qbr.text import BOLD, REGULAR, in_helvetica

FOLDERS = ("/usr/share/fonts/truetype/dejavu", "/usr/share/fonts/dejavu-sans-fonts", "/usr/share/fonts/TTF")
DEJAVU = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
VERA = ("Vera.ttf", "VeraBd.ttf")
FALLBACK = ("QbrFallback", "QbrFallback-Bold")
BOX_FONT, BOX = "ZapfDingbats", "\u2751"
# Helvetica has neither, and a change of font for a space or a minus would show.
NEAREST = str.maketrans({THIN: "\u00a0", MINUS: "\u2013"})
_FROM_RIGHT = frozenset({"R", "AL", "AN"})
# From here to there are scripts whose letters join, stack or reorder (Indic, Thai, Khmer, Mongolian ...).
_SHAPED = ((0x0600, 0x109F), (0x1780, 0x18AF), (0x1900, 0x1CFF), (0xA800, 0xABFF))


@cache
def fallback_fonts() -> tuple[TTFont, TTFont]:
    """The regular and the bold font for what Helvetica lacks."""
    folder = next((Path(folder) for folder in FOLDERS if all((Path(folder) / name).is_file() for name in DEJAVU)), None)
    files = [str(folder / name) for name in DEJAVU] if folder else list(VERA)
    regular, bold = (TTFont(name, file) for name, file in zip(FALLBACK, files, strict=True))
    for font in (regular, bold):
        pdfmetrics.registerFont(font)
    return regular, bold


def is_boxed(char: str) -> bool:
    """Whether the character cannot be shown as it should be."""
    if in_helvetica(char):
        return False
    return (
        ord(char) not in fallback_fonts()[0].face.charToGlyph
        or unicodedata.bidirectional(char) in _FROM_RIGHT
        or unicodedata.category(char).startswith("M")
        or any(first <= ord(char) <= last for first, last in _SHAPED)
    )


def runs(text: str, is_bold: bool = False) -> list[tuple[str, str]]:
    """The text in pieces of one font each: (font, piece)."""
    shown = [char for char in text.translate(NEAREST) if unicodedata.category(char) != "Cf" and not _selects(char)]

    def font(char: str) -> str:
        if in_helvetica(char):
            return BOLD if is_bold else REGULAR
        return BOX_FONT if is_boxed(char) else FALLBACK[is_bold]

    return [
        (name, BOX * len(piece) if name == BOX_FONT else "".join(piece))
        for name, group in groupby(shown, font)
        if (piece := list(group))
    ]


def _selects(char: str) -> bool:
    """A variation selector: it only asks for another look of the character before it."""
    return 0xFE00 <= ord(char) <= 0xFE0F


class Pen:
    """Writes on one page, from the left upper corner. `has_boxed` tells whether a character had to be boxed."""

    def __init__(self, canvas: Canvas, height: float) -> None:
        self.canvas = canvas
        self.height = height
        self.has_boxed = False

    def line(
        self, text: str, x: float, y: float, size: float, token: str = "ink", is_bold: bool = False,
        from_right: bool = False,
    ) -> None:  # fmt: skip
        """One line whose baseline is `y` below the page's top; with `from_right` it ends at `x`."""
        pieces = runs(text, is_bold)
        self.has_boxed = self.has_boxed or any(font == BOX_FONT for font, _ in pieces)
        if from_right:
            x -= sum(pdfmetrics.stringWidth(piece, font, size) for font, piece in pieces)
        self.canvas.setFillColor(HexColor(colour(token)))
        writer = self.canvas.beginText(x, self.height - y)
        for font, piece in pieces:
            writer.setFont(font, size)
            writer.textOut(piece)
        self.canvas.drawText(writer)

    def lines(
        self, texts: tuple[str, ...], x: float, y: float, size: float, token: str = "ink", is_bold: bool = False,
        leading: float = 1.25,
    ) -> None:  # fmt: skip
        """Lines under each other in a box whose top is `y`."""
        for index, text in enumerate(texts):
            self.line(text, x, y + size * (0.95 + index * leading), size, token, is_bold)
