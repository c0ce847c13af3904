"""`tenure quarantine`: the causes as text, the most money first, and the mapping file that heals them."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import UserError
from pipelines.serving.quarantine.candidates import Accounts
from pipelines.serving.quarantine.causes import Cause, Customer, causes_of
from pipelines.serving.quarantine.mapping_file import check_path, money_text, write_mapping
from pipelines.serving.release import open_release
from pipelines.serving.texts import printable

if TYPE_CHECKING:
    from pipelines.settings import Settings

_MONEY = 20
_ROWS = 7


def quarantined(settings: Settings, limit: int = 20, mapping: Path | None = None) -> str:
    """What the live release set aside, as text; with `mapping`, that file is written too.

    Raises UserError where there is no release, or where the file cannot be written.
    """
    if limit < 1:
        raise UserError(f"the limit must be 1 or more, not {limit}")
    if mapping is not None:
        check_path(mapping)
    with open_release(settings) as release:
        causes = causes_of(release)
        accounts = Accounts.of(release)
        as_of = release.manifest.get("identity", {}).get("as_of_on")
    lines = [_title(causes, settings.reporting_currency, as_of)]
    if causes:
        lines += ["", f"  {'money at stake':>{_MONEY}}{'rows':>{_ROWS}}  why"]
        lines += [line for cause in causes[:limit] for line in _cause_lines(cause, settings, accounts)]
    if len(causes) > limit:
        rest = sum(cause.row_count for cause in causes[limit:])
        lines.append(f"  {len(causes) - limit} more reasons with {rest:,} rows (--limit {len(causes)}).")
    lines += _mapping_lines(causes, accounts, mapping)
    return "\n".join(lines)


def _title(causes: list[Cause], currency: str, as_of: str | None) -> str:
    if not causes:
        return f"Nothing is in quarantine (as of {as_of})."
    rows, known = sum(cause.row_count for cause in causes), [cause.amount_cc for cause in causes if cause.amount_cc]
    money = f"; {currency} {sum(known):,.0f} waits in them" if known else ""
    return f"{rows:,} rows are in quarantine for {len(causes)} reasons{money} (as of {as_of})"


def _cause_lines(cause: Cause, settings: Settings, accounts: Accounts) -> list[str]:
    entities = ", ".join(f"{entity} {count:,}" for entity, count in sorted(cause.rows.items()))
    indent, money = " " * (4 + _MONEY + _ROWS), _money(cause, settings.reporting_currency)
    lines = [
        f"  {money:>{_MONEY}}{cause.row_count:>{_ROWS},}  {printable(cause.reason)}",
        f"{indent}{cause.source}: {entities}; first in {printable(cause.where)}",
    ]
    if cause.customer:
        nearest = accounts.nearest(cause.customer)
        lines += [f"{indent}perhaps {_row_for(cause.customer, each.account_id)}  {each}" for each in nearest]
        lines += [] if nearest else [f"{indent}no account has a name like it"]
    return lines


def _money(cause: Cause, currency: str) -> str:
    if cause.amount_cc is not None:
        return f"{currency} {cause.amount_cc:,.0f}" + (" + ?" if cause.unknown_rows else "")
    return money_text(cause) or ("not known" if cause.unknown_rows else "-")


def _row_for(customer: Customer, account_id: str) -> str:
    """A row of map_accounts, ready to be copied."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([customer.source, customer.key, account_id])
    return printable(text.getvalue())


def _mapping_lines(causes: list[Cause], accounts: Accounts, path: Path | None) -> list[str]:
    customers = sum(cause.customer is not None for cause in causes)
    if path is None:
        hint = "tenure quarantine --write-mapping map_accounts_new.csv"
        return ["", f"{customers} customers have no account. Write a file to map them: {hint}"] if customers else []
    written, left_out = write_mapping(path, causes, accounts)
    if not written and not left_out:
        return ["", "Every customer has its account: there is nothing to map, and no file was written."]
    lines = ["", f"{path}: {written} customers. Fill in account_id, delete the rows you cannot decide, put the file"]
    lines.append("into the inbox and run tenure refresh: all rows of these customers then land.")
    if left_out:
        lines.append(f"Left out, as a spreadsheet would run them as formulas: {', '.join(map(printable, left_out))}")
    return lines
