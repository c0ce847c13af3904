"""Can I trust this? Rows accounted for, what was set aside, which checks failed."""

from __future__ import annotations

from pipelines.dashboards import wording
from pipelines.dashboards.pages.trust_rows import TrustRows
from pipelines.dashboards.pages.view import Fact, Panel, Table, number, text

COLUMNS = ("rows_read", "rows_landed", "rows_duplicate", "rows_quarantined")


def trust_facts(rows: TrustRows) -> tuple[Fact, ...]:
    """The strip: files, rows by what became of them, checks."""
    totals = _totals(rows)
    quarantined = totals["rows_quarantined"]
    # Who does not see everything does not see file names, so there is nothing to count.
    files = (Fact("Files landed", f"{rows.file_count:,}"),) if rows.file_count or not totals["rows_read"] else ()
    return (
        *files,
        Fact("Rows read", f"{totals['rows_read']:,}"),
        Fact("Rows used", f"{totals['rows_landed']:,}", "landed"),
        Fact("Duplicates", f"{totals['rows_duplicate']:,}", "counted once"),
        Fact(
            "Quarantined",
            f"{quarantined:,}",
            "set aside, each with its reason" if quarantined else "none",
            "bad" if quarantined else "good",
        ),
        _sources_fact(rows),
        _checks_fact(rows.tally),
    )


def trust_panel(rows: TrustRows) -> Panel:
    """The accounting of rows as a sentence, by source and kind of record in the table behind it."""
    subtitle = "Rows of all landed exports by what became of them"
    if rows.files.is_empty():
        return Panel(
            "trust", "No file has been landed yet.", subtitle, empty="Nothing has been read, so nothing is counted."
        )
    headings = ("Source", "Records", "Files", "Read", "Used", "Duplicates", "Quarantined", "Last landed (UTC)")
    totals = _totals(rows)
    body = tuple(
        (
            text(row["source"] or ""),
            text(row["entity"].replace("_", " ")),
            number(f"{row['files']:,}", row["files"]),
            *(number(f"{row[column]:,}", row[column]) for column in COLUMNS),
            text(wording.moment(row["loaded_at"]) if row["loaded_at"] else ""),
        )
        for row in rows.files.to_dicts()
    )
    total = (
        text("Total"), text(""), number(f"{rows.file_count:,}", rows.file_count),
        *(number(f"{totals[column]:,}", totals[column]) for column in COLUMNS), text(""),
    )  # fmt: skip
    return Panel("trust", _title(totals, rows.tally), subtitle, table=Table(headings, body, total))


def _totals(rows: TrustRows) -> dict[str, int]:
    return {column: sum(rows.files[column].to_list()) for column in COLUMNS}


def _title(totals: dict[str, int], checks: tuple[int, int] | None) -> str:
    missing = totals["rows_read"] - totals["rows_landed"] - totals["rows_duplicate"] - totals["rows_quarantined"]
    if missing:
        return f"{wording.count(abs(missing), 'row')} of {totals['rows_read']:,} are not accounted for."
    quarantined = totals["rows_quarantined"]
    aside = (
        f"{wording.count(quarantined, 'row')} {'is' if quarantined == 1 else 'are'} in quarantine"
        if quarantined
        else "none is in quarantine"
    )
    text = f"All {totals['rows_read']:,} rows are accounted for; {aside}"
    return f"{text} and {wording.count(checks[1], 'check')} failed." if checks and checks[1] else f"{text}."


def _sources_fact(rows: TrustRows) -> Fact:
    sources = rows.files["source"].n_unique()
    note = "; ".join(rows.late) if rows.late else "none is late"
    return Fact("Sources", f"{sources:,}", note, "bad" if rows.late else "good")


def _checks_fact(checks: tuple[int, int] | None) -> Fact:
    if checks is None:
        return Fact("Checks failed", wording.NOT_AVAILABLE, "none recorded in this release")
    total, failed = checks
    return Fact("Checks failed", f"{failed:,}", f"of {total:,}", "bad" if failed else "good")
