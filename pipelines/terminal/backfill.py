"""What `tenure backfill` prints: one line a month, and why a month could not be rebuilt."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipelines.errors import UserError
from pipelines.terminal import money, rate

if TYPE_CHECKING:
    from pipelines.defs.backfill_run import MonthDone

UNEXPECTED = 1


def backfill_table(done: "Sequence[MonthDone]") -> str:
    """Month, ARR, NRR, folder; then the errors in full."""
    lines = [f"{'Month':<9}{'ARR':>20}{'NRR':>10}  Release"]
    for month in done:
        if month.manifest is None:
            lines.append(f"{month.month:%Y-%m}  not rebuilt, see below")
            continue
        headline = month.manifest.headline
        arr = money(headline.get("arr_cc"), headline["reporting_currency"])
        lines.append(f"{month.month:%Y-%m}  {arr:>20}{rate(headline.get('nrr_cc')):>10}  {month.path}")
    for month in done:
        if month.error is not None:
            lines += ["", f"{month.month:%Y-%m}: {month.error}"]
    return "\n".join([*lines, "", 'Ask one: tenure sql "select ..." --as-of YYYY-MM'])


def status_of(done: "Sequence[MonthDone]") -> int:
    """Exit status: that of the first month that failed, else 0."""
    errors = [month.error for month in done if month.error is not None]
    return 0 if not errors else errors[0].exit_status if isinstance(errors[0], UserError) else UNEXPECTED
