"""Ways to damage a file, all decided by one random generator, so that a seed number repeats a run exactly."""

import io
import random
import zipfile
from collections.abc import Callable

_TOKENS = (
    *(b'"', b'""', b"\n", b"\r", b"\r\n", b",", b";", b"\t", b"|", b"'", b"\x00", b"\xff", b"\x1a", b"\\", b" "),
    *(b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xc3", "é".encode(), "\u2028".encode(), "\u202e".encode()),
    *(b"1E+11", b"-1", b"'-5", b"1,000.00", b"1.000,00", b"9" * 400, b"NaN", b"inf", b"0x10", b"1e999", b"-0"),
    *(b"0000-00-00", b"2025-02-30", b"9999-12-31T23:59:59Z", b"31/12/2025", b"12/31/2025", b"Total", b"=1+1", b"null"),
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b'{"object":"list","data":[',
        b"[" * 2000,
        b"PK\x03\x04",
        b"PAR1",
        b"\n\n\n",
        b"a" * 5000,
    ),
)
_ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "utf-8-sig")


def mutated(content: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """The content after one to six mutations; of a workbook, half the time they hit a part inside it."""
    if content.startswith(b"PK\x03\x04") and chance.random() < 0.5:
        return _inside_zip(content, others, chance)
    for _ in range(chance.randint(1, 6)):
        content = chance.choice(_MUTATIONS)(content, others, chance)
    return content


def _inside_zip(content: bytes, others: list[bytes], chance: random.Random) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        chosen = chance.choice([name for name in names if "sheet" in name.lower() or "String" in name] or names)
        for name in names:
            part = old.read(name)
            new.writestr(name, mutated(part, others, chance) if name == chosen else part)
    return buffer.getvalue()


def _place(content: bytes, chance: random.Random) -> int:
    return chance.randint(0, len(content))


def _span(content: bytes, chance: random.Random) -> tuple[int, int]:
    start = _place(content, chance)
    return start, min(len(content), start + chance.choice((1, 2, 8, 40, 200)))


def _flip(content: bytes, others: list[bytes], chance: random.Random) -> bytes:
    if not content:
        return content
    at = chance.randrange(len(content))
    return content[:at] + bytes([content[at] ^ (1 << chance.randrange(8))]) + content[at + 1 :]


def _insert(content: bytes, others: list[bytes], chance: random.Random) -> bytes:
    at = _place(content, chance)
    return content[:at] + chance.choice(_TOKENS) + content[at:]


def _overwrite(content: bytes, others: list[bytes], chance: random.Random) -> bytes:
    start, end = _span(content, chance)
    return content[:start] + chance.choice(_TOKENS) + content[end:]


def _noise(content: bytes, others: list[bytes], chance: random.Random) -> bytes:
    start, end = _span(content, chance)
    return content[:start] + chance.randbytes(end - start) + content[end:]


def _delete(content: bytes, others: list[bytes], chance: random.Random) -> bytes:
    start, end = _span(content, chance)
    return content[:start] + content[end:]


def _repeat(content: bytes, others: list[bytes], chance: random.Random) -> bytes:
    start, end = _span(content, chance)
    return content[:end] + content[start:end] * chance.choice((1, 2, 30)) + content[end:]


def _truncate(content: bytes, others: list[bytes], chance: random.Random) -> bytes:
    return content[: _place(content, chance)]


def _splice(content: bytes, others: list[bytes], chance: random.Random) -> bytes:
    other = chance.choice(others)
    return content[: _place(content, chance)] + other[_place(other, chance) :]


def _drop_a_line(content: bytes, others: list[bytes], chance: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    if lines:
        del lines[chance.randrange(len(lines))]
    return b"".join(lines)


def _swap_lines(content: bytes, others: list[bytes], chance: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    chance.shuffle(lines)
    return b"".join(lines)


def _recode(content: bytes, others: list[bytes], chance: random.Random) -> bytes:
    return content.decode("utf-8", "replace").encode(chance.choice(_ENCODINGS), "replace")


_MUTATIONS: tuple[Callable[[bytes, list[bytes], random.Random], bytes], ...] = (
    *(_flip, _flip, _insert, _insert, _insert, _overwrite, _overwrite, _noise, _delete, _delete, _repeat),
    *(_truncate, _splice, _drop_a_line, _swap_lines, _recode),
)
