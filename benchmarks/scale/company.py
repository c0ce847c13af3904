"""Companies of any number of invoice lines as template files, written by DuckDB: no row of them passes through Python.

A company is made of its seed and size alone (and of DuckDB's hash function, so of its version). What the numbers are
like is in company.sql (invoices, lines) and company_others.sql (all other entities).
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import duckdb

HERE = Path(__file__).parent
FIRST_MONTH = dt.date(2022, 11, 1)
FIRST_AS_OF = dt.date(2026, 10, 15)  # the day of the full history
NIGHT_AS_OF = dt.date(2026, 10, 16)  # the day that the next night brings
LINES_OF_A_CLIENT = 155  # on average over the whole history
LINES_OF_A_PART = 4_000_000  # about a million a file, as there is one a year
# Columns that files have not, of the entities that are written in parts; elsewhere row_on alone.
INNER_COLUMNS = {"invoices": "row_on, changed_on, client", "invoice_lines": "row_on, client"}


@dataclass(frozen=True)
class Company:
    """Size and seed of a company. `lines`: about how many invoice lines it has at the end of its history."""

    lines: int
    seed: int = 7

    @property
    def clients(self) -> int:
        return max(20, round(self.lines / LINES_OF_A_CLIENT))


def write_history(company: Company, inbox: Path) -> dict[str, int]:
    """All files of the company as exported on FIRST_AS_OF. Gives the rows by entity."""
    rows: dict[str, int] = {}
    with _views(company, FIRST_AS_OF) as connection:
        for entity in _entities(connection):
            if entity in INNER_COLUMNS:
                rows[entity] = _write_in_parts(connection, company, entity, inbox)
            else:
                query = f"from file_{entity} where row_on <= getvariable('as_of')"
                rows[entity] = _copy(connection, entity, query, inbox / f"{entity}.csv")
    return rows


def write_night(company: Company, inbox: Path) -> dict[str, int]:
    """The files of one day more: what is new on NIGHT_AS_OF, and the invoices that were paid that day once more."""
    rows: dict[str, int] = {}
    with _views(company, NIGHT_AS_OF) as connection:
        for entity in _entities(connection):
            condition = "row_on = getvariable('as_of')"
            if entity == "invoices":
                condition = f"({condition} or (changed_on = getvariable('as_of') and row_on < getvariable('as_of')))"
            path = inbox / f"{entity}_night_{NIGHT_AS_OF}.csv"  # after the history's names in byte order
            rows[entity] = _copy(connection, entity, f"from file_{entity} where {condition}", path)
            if not rows[entity]:
                path.unlink()
    return {entity: count for entity, count in rows.items() if count}


def _views(company: Company, as_of: dt.date) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for name, value in (
        ("seed", company.seed),
        ("clients", company.clients),
        ("first_month", FIRST_MONTH),
        ("as_of", as_of),
    ):
        connection.execute(f"set variable {name} = ?", [value])
    for script in ("company.sql", "company_others.sql"):
        connection.execute((HERE / script).read_text(encoding="utf-8"))
    return connection


def _entities(connection: duckdb.DuckDBPyConnection) -> list[str]:
    names = connection.execute("select view_name from duckdb_views() where view_name like 'file\\_%' escape '\\'")
    return sorted(name.removeprefix("file_") for (name,) in names.fetchall())


def _write_in_parts(connection: duckdb.DuckDBPyConnection, company: Company, entity: str, inbox: Path) -> int:
    """A file a year, as people export invoices; of a large company several, each of a part of its clients."""
    parts = -(-company.lines // LINES_OF_A_PART)
    written = 0
    for part in range(parts):
        low, high = (company.clients * edge // parts for edge in (part, part + 1))
        connection.execute(
            f"""create or replace temp table part as
            select * from file_{entity} where row_on <= getvariable('as_of') and client >= {low} and client < {high}"""
        )
        for year in range(FIRST_MONTH.year, FIRST_AS_OF.year + 1):
            path = inbox / f"{entity}_{year}_{part:03}.csv"
            written += _copy(connection, entity, f"from part where year(row_on) = {year}", path)
    return written


def _copy(connection: duckdb.DuckDBPyConnection, entity: str, rows: str, path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    query = f"copy (select * exclude ({INNER_COLUMNS.get(entity, 'row_on')}) {rows}) to '{path}' (header)"
    (count,) = connection.execute(query).fetchone() or (0,)
    return int(count)
