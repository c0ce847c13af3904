"""Who was erased, as keyed hashes: later files are compared with them at landing. No value of a person stands here."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pipelines.landing.ledger import write_atomically
from pipelines.privacy.pseudonyms import erased_as, hashed, key_of

FOLDER = "erased"


@dataclass(frozen=True)
class Tombstone:
    """One erased person.

    `digest`: the hash of what the person was named by. `hashes`: those of all their ids and addresses. `title`: the
    part of the job title that decides the level; it is policy's word, not the person's. `keeps_ids`: their ids stay,
    because a file could not be landed the same without them.
    """

    digest: str
    hashes: list[str]
    title: str = ""
    keeps_ids: bool = False
    erased_at: str = ""


@dataclass
class Tombstones:
    """All tombstones of a home, with its key; empty in most homes, which then have no key to read."""

    key: str = ""
    stones: list[Tombstone] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._by_hash = {digest: stone for stone in self.stones for digest in stone.hashes}

    def __bool__(self) -> bool:
        return bool(self.stones)

    def of(self, value: str) -> Tombstone | None:
        """The tombstone of an id or address."""
        return self._by_hash.get(hashed(self.key, value))

    def found(self, values: Iterable[str]) -> dict[str, str]:
        """Erased ids and addresses among the values, with what stands in their place."""
        named = {}
        for value in values:
            stone = self.of(value)
            if stone is not None and ("@" in value or not stone.keeps_ids):
                named[value] = erased_as(hashed(self.key, value), value)
        return named


def read_tombstones(home: Path) -> Tombstones:
    """All tombstones of a home."""
    stones = [Tombstone(**json.loads(path.read_text("utf-8"))) for path in sorted((home / FOLDER).glob("*.json"))]
    return Tombstones(key_of(home), stones) if stones else Tombstones()


def write_tombstone(home: Path, stone: Tombstone) -> None:
    """Keep a tombstone for good; one for the same person is replaced."""
    text = json.dumps(asdict(stone), indent=1, sort_keys=True)
    write_atomically(home / FOLDER / f"{stone.digest}.json", lambda stream: stream.write(text.encode()))
