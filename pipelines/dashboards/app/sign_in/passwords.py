"""Passwords of local users: their argon2id hashes only, in `<home>/passwords.json`, which nobody else may read."""

from __future__ import annotations

import json
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from pipelines.errors import UserError
from pipelines.release.files import write_durably
from pipelines.serving.access import ACCESS_FILE, folded, read_access
from pipelines.settings import Settings

FILE = "passwords.json"
SHORTEST = 12
LONGEST = 1024


def set_password(settings: Settings, login: str, password: str) -> None:
    """Keeps the hash of a person's password. Raises UserError for nobody's login, and for too short or long ones."""
    if read_access(settings).principal_of(login) is None:
        raise UserError(
            f"'{login}' is nobody's login or e-mail",
            where=str(settings.home / ACCESS_FILE),
            done="nothing was changed",
            do="name the person there first (docs/rights.md)",
        )
    if not SHORTEST <= len(password) <= LONGEST:
        raise UserError(
            f"a password has {SHORTEST} to {LONGEST} characters, this one has {len(password)}",
            done="nothing was changed",
            do="choose a longer one, such as four words" if len(password) < SHORTEST else "choose a shorter one",
        )
    hashes = {**_hashes(settings), folded(login): PasswordHasher().hash(password)}
    write_durably(settings.home / FILE, json.dumps(hashes, indent=1, sort_keys=True).encode(), mode=0o600)


def is_right(settings: Settings, login: str, password: str) -> bool:
    """Whether this is the login's password. It takes as long for a login that has none."""
    kept = _hashes(settings).get(folded(login))
    try:
        matches = PasswordHasher().verify(kept or _hash_of_nothing(), password[: LONGEST + 1])
    except (Argon2Error, InvalidHashError):
        return False
    return matches and kept is not None


def fingerprint(settings: Settings, login: str) -> str:
    """Changes whenever the login's password does, so that sessions begun with the old one end."""
    return _hashes(settings).get(folded(login), "")[-16:]


def has_any(settings: Settings) -> bool:
    return bool(_hashes(settings))


@cache
def _hash_of_nothing() -> str:
    return PasswordHasher().hash("nobody has this password")


def _hashes(settings: Settings) -> dict[str, str]:
    path = settings.home / FILE
    try:
        if path.stat().st_mode & 0o077:
            raise UserError("other users may read the passwords' hashes", where=str(path), do=f"chmod 600 {path}")
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise UserError(f"the file cannot be read: {error}", where=str(path), do="restore it, or remove it") from None
