"""What can be exported on its own. Nothing heavy, for the command line's help."""

from enum import StrEnum


class Kind(StrEnum):
    """The kinds of exported files."""

    PARQUET = "parquet"
    WORKBOOK = "workbook"
    EXTRACTS = "extracts"


class Format(StrEnum):
    """How the answer to a question is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    MARKDOWN = "markdown"
    PARQUET = "parquet"
    XLSX = "xlsx"
