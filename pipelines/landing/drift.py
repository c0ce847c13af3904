"""What to do when an export no longer looks as it did: the file is refused, with the nearest of what it does have.

A column that was added is kept and reported by the connectors; nothing here concerns it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from pipelines.landing.connector import LINE_NUMBER, Refused

if TYPE_CHECKING:
    import polars as pl

    from pipelines.landing.entities import Entity

# Fewer cells, or a share that is no majority, are errors of single rows: those are quarantined.
_LEAST_CELLS = 10
_LIKENESS = 0.6
_SHOWN_COLUMNS = 20
# A header cell with one of these is a whole header, read with another delimiter.
_SEVERAL_NAMES = set(";|\t")


def missing_columns(
    required: Iterable[str], header: Sequence[str], what: str, do: str, known: Iterable[str] = ()
) -> Refused | None:
    """The refusal of a file that lacks required columns, naming for each the likest column that it does have.

    `header` holds the names as written, `required` those a file must have, in any case; `what` names the file
    ("This Opportunity export"), `known` are columns with a meaning of their own, so that none of them is a renamed one.
    None where nothing is missing. Use: `if refusal := missing_columns(...): raise refusal`.
    """
    written = {name.strip().lower(): name.strip() for name in header}
    wanted = list(required)
    missing = [name for name in wanted if name.lower() not in written]
    if not missing:
        return None
    taken = {name.lower() for name in [*wanted, *known]}
    spare = [name for name in written if name not in taken and not _SEVERAL_NAMES & set(name)]
    named = ", ".join(_with_nearest(name, spare, written) for name in missing)
    found = ", ".join(list(written.values())[:_SHOWN_COLUMNS])
    more = f" and {len(written) - _SHOWN_COLUMNS} more" if len(written) > _SHOWN_COLUMNS else ""
    return Refused(f"{what} lacks {named}; its columns are: {found}{more}.", do)


def _with_nearest(name: str, spare: Sequence[str], written: dict[str, str]) -> str:
    folded = {_folded(each): each for each in spare if _folded(each)}
    nearest = get_close_matches(_folded(name), folded, n=2, cutoff=_LIKENESS)
    candidates = " or ".join(f"'{written[folded[each]]}'" for each in nearest)
    return f"{name} (was it renamed to {candidates}?)" if candidates else name


def _folded(name: str) -> str:
    return "".join(char for char in name.lower() if char.isalnum())


def retyped_column(entity: Entity, text: pl.DataFrame, typed: pl.DataFrame) -> Refused | None:
    """The refusal of a file in which most cells of a required column are no longer of its kind; None where all is well.

    `text` and `typed` are the same rows before and after parsing.
    """
    from pipelines.landing import parse

    for column in dict.fromkeys([*entity.pk, *entity.required]):
        kind = entity.kinds[column]
        filled = text[column].is_not_null()
        count = int(filled.sum())
        if kind == "text" or count < _LEAST_CELLS:
            continue
        is_wrong = filled & typed[column].is_null()
        if 2 * (wrong := int(is_wrong.sum())) <= count:
            continue
        line, value = text.filter(is_wrong).select(LINE_NUMBER, column).row(0)
        return Refused(
            f"{wrong:,} of {count:,} cells of {column} ({entity.name}) are not {parse.describe(kind)}, the "
            f"first in line {line}: '{str(value)[:80]}'. The column seems to hold something else than it did.",
            f"Export {column} again as {parse.describe(kind)}, or correct what the column is read from.",
        )
    return None
