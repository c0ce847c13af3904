"""The accounts whose names come nearest to a customer's: suggestions for a person, never an answer.

Names are compared as the crosswalk folds them (case, punctuation and legal forms left out).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from pipelines.landing.crosswalk_names import fold_name

if TYPE_CHECKING:
    from pipelines.serving.quarantine.causes import Customer
    from pipelines.serving.release import Release

_LEAST_LIKENESS = 0.6
_COMPARED = 40
_SHOWN = 3


@dataclass(frozen=True)
class Candidate:
    """An account that may be meant. `likeness` is 0 to 1: 1 is the same name."""

    account_id: str
    name: str
    likeness: float

    def __str__(self) -> str:
        return f"{self.account_id} {self.name} ({self.likeness:.0%})"


class Accounts:
    """The accounts of a release, searched by name."""

    def __init__(self, accounts: Iterable[tuple[str, str]]) -> None:
        self._named = [(account_id, name, fold_name(name)) for account_id, name in accounts]
        self._by_part: dict[str, list[int]] = defaultdict(list)
        for position, (_, _, folded) in enumerate(self._named):
            for part in _parts(folded):
                self._by_part[part].append(position)

    @classmethod
    def of(cls, release: Release) -> Accounts:
        query = "select account_id, name from staging.stg_accounts where name is not null order by account_id"
        return cls(release.connection.execute(query).fetchall())

    def nearest(self, customer: Customer) -> list[Candidate]:
        """At most three, the likest first; [] where none is like it. The key stands in for a name that is not known."""
        wanted = fold_name(customer.name or customer.key)
        shared = Counter(position for part in _parts(wanted) for position in self._by_part.get(part, ()))
        # Comparing letter by letter is slow: only the accounts that share the most three-letter parts are.
        matcher = SequenceMatcher(b=wanted, autojunk=False)
        found = []
        for position, _ in shared.most_common(_COMPARED):
            account_id, name, folded = self._named[position]
            matcher.set_seq1(folded)
            if (likeness := matcher.ratio()) >= _LEAST_LIKENESS:
                found.append(Candidate(account_id, name, likeness))
        return sorted(found, key=lambda each: (-each.likeness, each.account_id))[:_SHOWN]


def _parts(folded: str) -> set[str]:
    padded = f"  {folded} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}
