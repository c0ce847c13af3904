"""Keyed pseudonyms: the home's secret key, and what stands in a person's place.

A hash without a key is no pseudonym: whoever has a list of addresses can try them all. The key never leaves the home.
"""

import hashlib
import hmac
import os
import re
import secrets
from pathlib import Path

from pipelines.errors import UserError

KEY_NAME = "secret.key"
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_DIGITS = 16


def key_of(home: Path) -> str:
    """The home's key as hex, made at its first use; only the owner may read the file. Raises UserError."""
    path = home / KEY_NAME
    try:
        if not path.exists():
            _create(path)
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise UserError(
            f"the home's key cannot be used: {error.strerror}", where=str(path), done="nothing was changed",
            do="give this user the right to read it; without it pseudonyms of earlier runs cannot be made again",
        ) from None  # fmt: skip


def hashed(key: str, value: str) -> str:
    """The keyed hash of an id or address (16 hex digits). Addresses are compared in any case, ids as they stand."""
    meant = value.strip().casefold() if "@" in value else value.strip()
    return hmac.new(key.encode(), meant.encode(), hashlib.sha256).hexdigest()[:_DIGITS]


def masked(key: str, value: str) -> str:
    """An address as a release holds it: a keyed hash and the domain, by which accounts are found."""
    _, at, domain = value.strip().rpartition("@")
    return hashed(f"{key} release", value) + (f"@{domain.lower()}" if at else "")


def erased_as(digest: str, value: str) -> str:
    """What stands in the place of an erased id or address. An address keeps its domain: accounts are found by it."""
    name, at, domain = value.strip().rpartition("@")
    return f"erased-{digest}@{domain.lower()}" if at and name else f"erased-{digest}"


def _create(path: Path) -> None:
    """Whole under its name or not at all; where two processes race, the first one's key holds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{KEY_NAME}.{os.getpid()}.tmp")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(secrets.token_hex(32))
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
