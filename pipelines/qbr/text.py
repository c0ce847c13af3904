"""Text that fits: names from data made harmless, and lines broken by measure, the same for both formats.

Widths are those of Helvetica, which are Arial's too, so a line that fits in the PDF fits in PowerPoint.
"""

import unicodedata
from collections.abc import Iterable

from reportlab.pdfbase.pdfmetrics import stringWidth

from pipelines.dashboards.wording import MINUS, THIN

REGULAR, BOLD = "Helvetica", "Helvetica-Bold"
ELLIPSIS = "…"
LONGEST = 400  # a name longer than this is cut before anything measures it
# What reorders or hides text around it; a name may keep its right-to-left letters, but not steer the rest of the line.
_STEERING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_NEAREST = str.maketrans({THIN: "\u00a0", MINUS: "\u2013"})  # as wide, and Helvetica has them


def clean(text: str) -> str:
    """Text from data on one line, without control characters and without marks that steer the direction of others."""
    kept = "".join(
        " " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char
        for char in unicodedata.normalize("NFC", text[: 4 * LONGEST])
        if char not in _STEERING and ord(char) & 0xFFFE != 0xFFFE  # XML has no U+FFFE and U+FFFF
    )
    line = " ".join(part for part in kept.split(" ") if part)
    return line if len(line) <= LONGEST else line[: LONGEST - 1].rstrip() + ELLIPSIS


def in_helvetica(char: str) -> bool:
    """Whether the PDF's standard font has the character."""
    try:
        char.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def width(text: str, size: float, is_bold: bool = False) -> float:
    """Width in points. A character that another font must draw counts as a square: none is wider."""
    text = text.translate(_NEAREST)
    known = "".join(char for char in text if in_helvetica(char))
    return stringWidth(known, BOLD if is_bold else REGULAR, size) + (len(text) - len(known)) * size


def fit(text: str, room: float, size: float, is_bold: bool = False) -> str:
    """The text, cut with an ellipsis where it is wider than `room` points."""
    if width(text, size, is_bold) <= room:
        return text
    low, high = 0, len(text)
    while low < high:  # the longest beginning that fits
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width(text[:middle] + ELLIPSIS, size, is_bold) <= room else (low, middle - 1)
    return text[:low].rstrip() + ELLIPSIS


def wrap(text: str, room: float, size: float, most: int, is_bold: bool = False) -> tuple[str, ...]:
    """The text in at most `most` lines of `room` points; a word wider than a line is broken, the rest is cut."""
    lines: list[str] = []
    line = ""
    for word in _pieces(text.split(" "), room, size, is_bold):
        longer = f"{line} {word}" if line else word
        if width(longer, size, is_bold) <= room:
            line = longer
        else:
            lines.append(line)
            line = word
    lines.append(line)
    if len(lines) <= most:
        return tuple(lines)
    return (*lines[: most - 1], fit(" ".join(lines[most - 1 :]), room, size, is_bold))


def _pieces(words: Iterable[str], room: float, size: float, is_bold: bool) -> Iterable[str]:
    for word in words:
        rest = word
        while width(rest, size, is_bold) > room:
            length = next(n for n in range(len(rest), 0, -1) if n == 1 or width(rest[:n], size, is_bold) <= room)
            yield rest[:length]
            rest = rest[length:]
        if rest:
            yield rest
