"""The audit as a page for people: `audit/index.html` in the release, one file that needs no network.

Every check with what it found, what somebody accepted and why, where all rows went, and why some are in quarantine.
"""

import datetime as dt
import re
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.audit.checks import Acceptance, Check, blocking, warnings
from pipelines.audit.expectations import DOCS_NAME
from pipelines.html import page_template

if TYPE_CHECKING:
    import duckdb

TEMPLATES = Path(__file__).parent / "templates"
REPORT_NAME = "index.html"
REASONS_SHOWN = 50
ACCOUNTS = """
    select source, entity, count(distinct file_name)::bigint, sum(rows_read)::bigint, sum(rows_landed)::bigint,
        sum(rows_duplicate)::bigint, sum(rows_quarantined)::bigint
    from ops.load_files where entity is not null group by all order by source, entity
"""
REASONS = "select entity, reason, count(*) from ops.quarantine group by all order by 3 desc, 1, 2"
# A reason may quote a cell, and the page is passed around: an address names a person.
ADDRESS = re.compile(r"[^\s'\"<>@]+@[^\s'\"<>@]+")


def write_report(
    connection: "duckdb.DuckDBPyConnection",
    folder: Path,
    release_id: str,
    as_of_on: dt.date,
    checks: Sequence[Check],
    acceptances: Sequence[Acceptance] = (),
) -> Path:
    """Write the page of a build whose `ops` tables can be read. The same input, the same bytes."""
    counted = [(*row[:2], *(f"{count:,}" for count in row[2:])) for row in connection.execute(ACCOUNTS).fetchall()]
    page = page_template(TEMPLATES, "audit.html.j2").render(
        release_id=release_id,
        as_of_on=as_of_on,
        verdict=verdict(checks),
        failed=[check for check in checks if not check.passed],
        acceptances=[
            (a.check, a.publication_id, a.accepted_by, f"{a.accepted_at:%Y-%m-%d %H:%M}", a.reason, a.observed or "")
            for a in acceptances
        ],
        accounts=counted,
        reasons=_reasons(connection),
        suites=[(suite, list(asked)) for suite, asked in groupby(checks, key=lambda check: check.suite)],
        outcome=outcome,
        masked=masked,
        docs=DOCS_NAME if (folder / DOCS_NAME).is_dir() else None,
    )
    folder.mkdir(exist_ok=True)
    path = folder / REPORT_NAME
    path.write_text(page, encoding="utf-8", newline="\n")
    return path


def verdict(checks: Sequence[Check]) -> str:
    """The audit in a sentence."""
    stopped, warned = len(blocking(checks)), [check for check in warnings(checks) if check.acceptance is None]
    accepted = sum(check.acceptance is not None for check in checks)
    parts = [f"{len(warned)} warned"] * bool(warned) + [f"{accepted} accepted by a person"] * bool(accepted)
    also = f"; {', '.join(parts)}" if parts else ""
    if stopped:
        return f"Not published: {stopped} of {len(checks)} checks failed{also}."
    return f"{sum(check.passed for check in checks)} of {len(checks)} checks passed{also}."


def outcome(check: Check) -> str:
    """What became of a check: passed, accepted, blocked or warned."""
    if check.passed:
        return "passed"
    return "accepted" if check.acceptance else "blocked" if check.is_blocking else "warned"


def masked(text: str) -> str:
    """The text without e-mail addresses."""
    return ADDRESS.sub("(address)", text)


def _reasons(connection: "duckdb.DuckDBPyConnection") -> list[tuple[str, str, str]]:
    found = connection.execute(REASONS).fetchall()
    shown = [(entity, masked(reason), f"{count:,}") for entity, reason, count in found[:REASONS_SHOWN]]
    rest = sum(count for _, _, count in found[REASONS_SHOWN:])
    return [*shown, ("", "other reasons (select * from ops.quarantine)", f"{rest:,}")] if rest else shown
