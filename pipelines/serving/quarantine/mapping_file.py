"""A `map_accounts` file to be finished by hand: one row a customer that no account is known for.

The columns that begin with '#' are for the person who edits it: landing takes no notice of them. `account_id` is left
empty, so that a file that nobody has edited maps nothing.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from pipelines.errors import UserError
from pipelines.serving.quarantine.candidates import Accounts
from pipelines.serving.quarantine.causes import Cause
from pipelines.serving.spreadsheets import FORMULA_STARTS, spreadsheet_cell

COLUMNS = ("source", "source_key", "account_id", "# customer", "# rows", "# money", "# candidates")
_STEM = "map_accounts"


def check_path(path: Path) -> None:
    """Raises UserError where the file's name is not that of a mapping template, or the file exists."""
    if path.suffix.lower() != ".csv" or not (path.stem.lower() + "_").startswith(f"{_STEM}_"):
        raise UserError(
            f"a mapping file's name says what it is: '{path.name}' does not",
            done="nothing was written",
            do=f"call it {_STEM}.csv or {_STEM}_<anything>.csv",
        )
    if path.exists():
        raise UserError("the file exists", where=str(path), done="nothing was written", do="choose another name")


def write_mapping(path: Path, causes: Iterable[Cause], accounts: Accounts) -> tuple[int, list[str]]:
    """Writes the file. (Customers written, customer keys left out because a spreadsheet would run them as formulas.)

    No file is written where there is nothing to map. Raises UserError as `check_path` does, or where the folder cannot
    be written to.
    """
    check_path(path)
    unmatched = [(cause, cause.customer) for cause in causes if cause.customer]
    rows = [
        (
            customer.source,
            customer.key,
            "",
            spreadsheet_cell(customer.name),
            cause.row_count,
            spreadsheet_cell(money_text(cause)),
            spreadsheet_cell(" | ".join(str(each) for each in accounts.nearest(customer))),
        )
        for cause, customer in unmatched
        if not customer.key.startswith(FORMULA_STARTS)
    ]
    if rows:
        try:
            with path.open("x", encoding="utf-8", newline="") as stream:
                csv.writer(stream, lineterminator="\n").writerows([COLUMNS, *rows])
        except OSError as error:
            raise UserError(f"the file cannot be written: {error.strerror}", where=str(path)) from None
    return len(rows), [customer.key for _, customer in unmatched if customer.key.startswith(FORMULA_STARTS)]


def money_text(cause: Cause) -> str:
    """The cause's money by currency, such as `EUR 1,200.00 + USD 50.00` (`???` = it is not known which);
    '' where it has none that is known."""
    return " + ".join(f"{currency or '???'} {amount:,.2f}" for currency, amount in sorted(cause.money.items()))
