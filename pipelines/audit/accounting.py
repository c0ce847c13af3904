"""Row accounting: every row of every file is landed, a duplicate or in quarantine; nothing is lost and nothing twice.

The ledger is the witness; the warehouse and the lake files are compared with it. The comparisons are pure functions of
plain counts; only `account` reads.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.audit.checks import Check, judged

if TYPE_CHECKING:
    import duckdb

SUITE = "row_accounting"


@dataclass(frozen=True, order=True)
class Counts:
    """The rows one file brought to one entity."""

    file_name: str
    sha256: str
    entity: str
    read: int
    landed: int
    duplicate: int
    quarantined: int

    def __str__(self) -> str:
        parts = f"{self.landed} landed + {self.duplicate} duplicate + {self.quarantined} quarantined"
        return f"{self.file_name} ({self.entity}): {self.read} read, {parts}"


def account(connection: "duckdb.DuckDBPyConnection", lake: Path) -> list[Check]:
    """All checks of row accounting on a build whose lake is `lake`."""
    entries = read_ledger(lake)
    ledger = counts_in_ledger(entries)
    load_files = _counts_in_load_files(connection)
    return [
        every_row_is_accounted_for([*ledger, *load_files]),
        load_files_agree(ledger, load_files),
        quarantine_agrees(load_files, _rows_in_quarantine(connection, derived_in_ledger(entries))),
        lake_files_hold_what_was_landed(_rows_in_lake_files(connection, entries, lake)),
        lake_files_are_unchanged(entries, lake),
    ]


def read_ledger(lake: Path) -> list[dict[str, Any]]:
    """The ledger's entries in order of landing."""
    return [json.loads(path.read_bytes()) for path in sorted((lake / "_ledger").glob("*.json"))]


def counts_in_ledger(entries: Iterable[Mapping[str, Any]]) -> list[Counts]:
    """One row a load and entity; derived entities are not counted. A refused file brings none."""
    return sorted(
        Counts(
            entry["file_name"],
            entry["sha256"],
            entity,
            rows["rows_read"],
            rows["rows_landed"],
            rows["rows_duplicate"],
            rows["rows_quarantined"],
        )
        for entry in entries
        for entity, rows in entry["entities"].items()
    )


def derived_in_ledger(entries: Iterable[Mapping[str, Any]]) -> set[tuple[str, str]]:
    """(file_name, entity) of rows made from another entity's rows of the file: they are not counted again."""
    return {(entry["file_name"], entity) for entry in entries for entity in entry.get("derived", [])}


def every_row_is_accounted_for(counted: Sequence[Counts]) -> Check:
    """Rows read = landed + duplicate + quarantined, for each file and entity, at landing and after the build."""
    wrong = [str(row) for row in counted if row.read != row.landed + row.duplicate + row.quarantined]
    return _check("rows_read_are_landed_duplicate_or_quarantined", wrong, f"{len(counted)} accounts")


def load_files_agree(ledger: Iterable[Counts], load_files: Iterable[Counts]) -> Check:
    """`ops.load_files` has every load, with the rows and duplicates the ledger counted.

    The build may quarantine landed rows whose references nobody delivered, never the other way round.
    """
    expected, found = Counter(map(_fixed, ledger)), Counter(map(_fixed, load_files))
    wrong = [f"only in the ledger: {_words(row)}" for row in (expected - found).elements()]
    wrong += [f"only in ops.load_files: {_words(row)}" for row in (found - expected).elements()]
    return _check("load_files_agree_with_the_ledger", wrong, f"{expected.total()} files and entities")


def quarantine_agrees(load_files: Iterable[Counts], quarantine: Mapping[tuple[str, str], int]) -> Check:
    """`ops.quarantine` shows each quarantined row, once. `quarantine`: (file_name, entity) -> rows."""
    counted: Counter[tuple[str, str]] = Counter()
    for row in load_files:
        counted[row.file_name, row.entity] += row.quarantined
    wrong = [
        f"{file_name} ({entity}): {counted[file_name, entity]} quarantined, {shown} shown"
        for file_name, entity in sorted({*counted, *quarantine})
        if counted[file_name, entity] != (shown := quarantine.get((file_name, entity), 0))
    ]
    return _check("every_quarantined_row_is_shown", wrong, f"{counted.total()} rows")


def lake_files_hold_what_was_landed(lake_rows: Iterable[tuple[str, int, set[int]]]) -> Check:
    """Each lake file holds what was landed: (file and entity in words, rows landed, counts found in the lake).

    An export that holds a matrix (the ECB's) is counted in lines, its lake file in cells; so there are two counts.
    """
    compared = list(lake_rows)
    wrong = [f"{name}: {landed} landed, {max(found)} kept" for name, landed, found in compared if landed not in found]
    return _check("lake_files_hold_what_was_landed", wrong, f"{len(compared)} lake files")


def lake_files_are_unchanged(entries: Iterable[Mapping[str, Any]], lake: Path) -> Check:
    """No byte of a lake file changed since it was landed."""
    wrong, files = [], 0
    for entry in entries:
        counted = {entity: rows.get("parquet_sha256") for entity, rows in entry["entities"].items()}
        for folder, expected in {**counted, **entry.get("other_sha256", {})}.items():
            if not expected:
                continue
            files += 1
            path = lake / folder / f"{entry['load_id']}.parquet"
            if not path.exists():
                wrong.append(f"{path} is missing")
            elif hashlib.sha256(path.read_bytes()).hexdigest() != expected:
                wrong.append(f"{path} is not the file that was landed")
    return _check("lake_files_are_unchanged", wrong, f"{files} files")


def _counts_in_load_files(connection: "duckdb.DuckDBPyConnection") -> list[Counts]:
    rows = connection.execute(
        """select file_name, sha256, entity, rows_read, rows_landed, rows_duplicate, rows_quarantined
           from ops.load_files where entity is not null"""
    ).fetchall()
    return [Counts(*row) for row in rows]


def _rows_in_quarantine(
    connection: "duckdb.DuckDBPyConnection", derived: set[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """Rows shown by file and entity. A derived invoice of an unknown customer is shown with its reason but not counted:
    the lines it was made of are."""
    rows = connection.execute("select file_name, entity, count(*) from ops.quarantine group by all").fetchall()
    return {(file_name, entity): count for file_name, entity, count in rows if (file_name, entity) not in derived}


def _rows_in_lake_files(
    connection: "duckdb.DuckDBPyConnection", entries: Iterable[Mapping[str, Any]], lake: Path
) -> Iterator[tuple[str, int, set[int]]]:
    """For each load and entity: its name, the rows landed, and how many rows and how many lines its lake file has."""
    for entry in entries:
        for entity, counts in entry["entities"].items():
            path = lake / entity / f"{entry['load_id']}.parquet"
            found = {0}
            if path.exists():
                select = "select count(*), count(distinct _line_number) from read_parquet(?)"
                found = set(connection.execute(select, [str(path)]).fetchone() or ())
            yield f"{entry['file_name']} ({entity})", counts["rows_landed"], found


def _fixed(row: Counts) -> tuple[str, str, str, int, int]:
    """What no build may change."""
    return (row.file_name, row.sha256, row.entity, row.read, row.duplicate)


def _words(row: tuple[str, str, str, int, int]) -> str:
    file_name, _, entity, read, duplicate = row
    return f"{file_name} ({entity}): {read} read, {duplicate} duplicate"


def _check(name: str, wrong: list[str], observed: str) -> Check:
    return judged(SUITE, name, wrong, f"{len(wrong)} wrong of {observed}" if wrong else observed)
