"""One kept file without a person's values, whatever its format; what the file is for is none of this module's business.

Warehouses are copied table by table: a block that DuckDB has freed keeps its bytes until it is used again.
"""

from __future__ import annotations

import html
import io
import json
import shutil
import sqlite3
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.engine import CONFIG
from pipelines.privacy.documents import swept_text

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

ID_COLUMNS = ("contact_id", "executive_sponsor_contact_id", "respondent_id")
DRAFT = ".erase-"
_SQLITE = b"SQLite format 3\0"


def forms_of(swept: Mapping[str, str]) -> dict[str, str]:
    """Each text also as JSON and HTML write it."""
    forms: dict[str, str] = {}
    for value, instead in swept.items():
        for form in (value, json.dumps(value)[1:-1], html.escape(value), html.escape(value, quote=False)):
            forms.setdefault(form, instead)
    return forms


def is_database(path: Path) -> bool:
    """Whether it is an SQLite file."""
    with path.open("rb") as stream:
        return stream.read(len(_SQLITE)) == _SQLITE


def without_texts(path: Path, swept: Mapping[str, str]) -> bytes | None:
    """The bytes of a text file or workbook with other texts in place of some; None where it has none of them."""
    content = path.read_bytes()
    if path.suffix == ".xlsx":
        return _workbook_without(content, swept)
    changed = swept_text(content.decode("utf-8", "surrogateescape"), swept).encode("utf-8", "surrogateescape")
    for value, instead in swept.items():
        for encoding in ("utf-16-le", "utf-16-be"):
            changed = changed.replace(value.encode(encoding), instead.encode(encoding))
    return changed if changed != content else None


def _workbook_without(content: bytes, swept: Mapping[str, str]) -> bytes | None:
    """Only the texts of a workbook are looked at, not its cells: a release has workbooks of a hundred thousand."""
    from pipelines.privacy.workbooks import Workbook

    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        names = [name for name in parts.namelist() if name.endswith((".xml", ".rels"))]
        texts = [parts.read(name).decode().casefold() for name in names]
    values = [html.escape(value, quote=False).casefold() for value in swept]
    return Workbook(content, []).with_cells({}, swept) if any(v in text for text in texts for v in values) else None


def parquet_without(path: Path, exact: Mapping[str, str], swept: Mapping[str, str]) -> pa.Table | None:
    """The rows of a Parquet file, `exact` replaced in columns of ids, `swept` in any text; None where it has none."""
    import polars as pl
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows, is_changed = pq.ParquetFile(path).read(), False
    for at, field in enumerate(rows.schema):
        if not (pa.types.is_string(field.type) or pa.types.is_large_string(field.type)):
            continue
        texts = pl.Series(rows.column(at))
        changed = {value: swept_text(value, swept) for value in texts.drop_nulls().unique()}
        if field.name in ID_COLUMNS:
            changed |= {value: exact[value] for value in changed if value in exact}
        if changed := {value: instead for value, instead in changed.items() if value != instead}:
            rows = rows.set_column(at, field, texts.replace(changed).to_arrow().cast(field.type))
            is_changed = True
    return rows if is_changed else None


def rewrite_parquet(path: Path, draft: Path, exact: Mapping[str, str], swept: Mapping[str, str]) -> None:
    """Writes the Parquet file without the person, with the types and notes it had."""
    import pyarrow.parquet as pq

    rows = parquet_without(path, exact, swept)
    pq.write_table(rows, draft, compression="zstd", store_decimal_as_integer=True)


def sweep_database(path: Path, swept: Mapping[str, str], is_tried: bool) -> int:
    """Rows of an SQLite file that hold one of the texts; they are changed in place unless `is_tried`."""
    rows = 0
    connection = sqlite3.connect(path, timeout=30, isolation_level=None)
    try:
        connection.execute("pragma secure_delete = on")
        tables = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
        for table in tables:
            for column in [row[1] for row in connection.execute(f'pragma table_info("{table}")')]:
                for value, instead in swept.items():
                    for form in dict.fromkeys((value, value.lower())):
                        where = f'from "{table}" where typeof("{column}") = \'text\' and instr("{column}", ?) > 0'
                        (found,) = connection.execute(f"select count(*) {where}", [form]).fetchone()
                        rows += found
                        if found and not is_tried:
                            connection.execute(
                                f'update "{table}" set "{column}" = replace("{column}", ?, ?) '
                                f'where typeof("{column}") = \'text\' and instr("{column}", ?) > 0',
                                [form, instead, form],
                            )
        if rows and not is_tried:
            connection.execute("vacuum")
            connection.execute("pragma wal_checkpoint(truncate)")
    finally:
        connection.close()
    return rows


class WarehouseSweep:
    """What is to be replaced in warehouses: `exact` in columns of ids, `swept` in any text."""

    def __init__(self, exact: Mapping[str, str], swept: Mapping[str, str]) -> None:
        self.exact, self.swept = exact, forms_of(swept)

    def count(self, warehouse: Path) -> dict[str, int]:
        """Rows by `schema.table` that name the person."""
        import duckdb

        with duckdb.connect(str(warehouse), read_only=True, config=CONFIG) as connection:
            return self._count(connection)

    def rewrite(self, warehouse: Path, draft: Path) -> None:
        """Writes a draft beside the warehouse, the same but for the person."""
        import duckdb

        from pipelines.warehouse.sources import STORAGE_VERSION

        changed = draft.with_suffix(".changed")
        for leftover in (changed, draft):
            leftover.unlink(missing_ok=True)
        shutil.copyfile(warehouse, changed)
        with duckdb.connect(str(changed), config=CONFIG) as connection:
            (block,) = connection.execute("select block_size from pragma_database_size()").fetchone() or (None,)
            for table, columns in _text_columns(connection).items():
                for column in columns:
                    self._update(connection, table, column)
        with duckdb.connect(":memory:", config=CONFIG) as connection:
            connection.execute(f"attach '{_quoted(changed)}' as old (read_only)")
            layout = f"storage_version '{STORAGE_VERSION}', block_size {block}"
            connection.execute(f"attach '{_quoted(draft)}' as new ({layout})")
            connection.execute("copy from database old to new")
            connection.execute("checkpoint new")
        changed.unlink()

    def _count(self, connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
        found = {}
        for table, columns in _text_columns(connection).items():
            conditions = [self._is_named(column) for column in columns]
            values = [value for _, own in conditions for value in own]
            where = " or ".join(condition for condition, _ in conditions)
            row = connection.execute(f"select count(*) from {table} where {where}", values).fetchone()
            if row and row[0]:
                found[table.replace('"', "")] = row[0]
        return found

    def _is_named(self, column: str) -> tuple[str, list[str]]:
        parts, values = ["false"], []
        if column in ID_COLUMNS:
            parts += [f'"{column}" = ?' for _ in self.exact]
            values += [*self.exact]
        parts += [f'contains(lower("{column}"), lower(?))' for _ in self.swept]
        return " or ".join(parts), [*values, *self.swept]

    def _update(self, connection: duckdb.DuckDBPyConnection, table: str, column: str) -> None:
        import re

        for value, instead in self.exact.items() if column in ID_COLUMNS else ():
            connection.execute(f'update {table} set "{column}" = ? where "{column}" = ?', [instead, value])
        for value, instead in self.swept.items():
            connection.execute(
                f"""update {table} set "{column}" = regexp_replace("{column}", ?, ?, 'gi')
                where contains(lower("{column}"), lower(?))""",
                [re.escape(value), instead, value],
            )


def _text_columns(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    rows: Iterable[tuple[str, str, str]] = connection.execute(
        """select schema_name, table_name, column_name from duckdb_columns()
        where not internal and data_type = 'VARCHAR' order by all"""
    ).fetchall()
    found: dict[str, list[str]] = {}
    for schema, table, column in rows:
        found.setdefault(f'"{schema}"."{table}"', []).append(column)
    return found


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
