"""Can these figures be trusted? Where they come from, what was checked, what was set aside, what changed afterwards."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from pipelines.dashboards import wording
from pipelines.dashboards.figures.calibration import loss_by_band
from pipelines.dashboards.pages.choices import month_choice
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.metric_words import metric_title, metric_value
from pipelines.dashboards.pages.trust_rows import TrustPageRows, TrustRows, read_trust_page
from pipelines.dashboards.pages.trust_strip import trust_facts, trust_panel
from pipelines.dashboards.pages.view import Page, Panel, Table, number, text

if TYPE_CHECKING:
    import polars as pl

NOT_SHOWN = "Not shown to your role."
MOST_CHECKS = 40


def build(context: Context) -> Page:
    """The trust page of one release for one reader."""
    rows = read_trust_page(context)
    accounting = trust_panel(rows.trust)
    return Page(
        title="Trust",
        headline=_headline(rows),
        subtitle=_subtitle(rows, context.as_of_on),
        trust=accounting,
        facts=trust_facts(rows.trust),
        panels=(
            _sources_panel(rows.sources),
            _checks_panel(rows.trust),
            _findings_panel(rows.findings),
            _quarantine_panel(rows.quarantine),
            _restatements_panel(rows.restatements),
            _acceptances_panel(rows.acceptances),
            _calibration_panel(rows.calibration, context.month),
            _publications_panel(rows.publications),
        ),
        choices=(month_choice(context),),
    )


def _headline(rows: TrustPageRows) -> str:
    checks = [] if rows.trust.checks is None else rows.trust.checks.to_dicts()
    failed = [row for row in checks if not row["passed"] and not row["is_accepted"]]
    total = len(checks)
    if rows.trust.late:
        return f"{wording.count(len(rows.trust.late), 'source is', 'sources are')} late; " + _checks_words(
            failed, total
        )
    return wording.sentence_case(_checks_words(failed, total)) + (
        "" if rows.findings is None else _findings_words(rows)
    )


def _checks_words(failed: list[dict[str, Any]], total: int) -> str:
    if not total:
        return "no check is recorded in this release."
    return f"{wording.count(len(failed), 'check')} of {total} failed." if failed else f"all {total} checks passed."


def _findings_words(rows: TrustPageRows) -> str:
    count = 0 if rows.findings is None else rows.findings.height
    return f" {wording.count(count, 'doubt')} about the data {'is' if count == 1 else 'are'} listed below."


def _subtitle(rows: TrustPageRows, as_of_on: dt.date) -> str:
    published = rows.publications["published_at"].to_list()
    when = f", published {wording.moment(published[0])} UTC" if published else ""
    return f"Data as of {wording.date(as_of_on)}{when}"


def _sources_panel(sources: pl.DataFrame) -> Panel:
    subtitle = "Every system whose exports were landed, the one that has been silent longest first"
    if sources.is_empty():
        return Panel("sources", "No source has sent anything yet.", subtitle, empty="Nothing has been landed.")
    newest = max(sources["last_at"].to_list())
    rows = tuple(
        (
            text(row["source"]),
            text(wording.moment(row["last_at"])),
            number(_days((newest - row["last_at"]).days), (newest - row["last_at"]).days),
            number(f"{row['rows_read']:,}", row["rows_read"]),
            number(f"{row['rows_quarantined']:,}", row["rows_quarantined"]),
        )
        for row in sources.to_dicts()
    )
    behind = (newest - sources["last_at"].to_list()[0]).days
    title = (
        f"{sources['source'].to_list()[0]} last sent files {wording.count(behind, 'day')} before the newest source."
        if behind
        else f"All {wording.count(sources.height, 'source')} sent files on the same day."
    )
    headings = ("Source", "Last landed (UTC)", "Behind the newest", "Rows read", "Quarantined")
    return Panel("sources", title, subtitle, table=Table(headings, rows), is_table_open=True)


def _days(days: int) -> str:
    return wording.count(days, "day") if days else "same day"


def _checks_panel(trust: TrustRows) -> Panel:
    subtitle = "Checks between building and publishing; failed ones first, then one line for each passed suite"
    checks = trust.checks
    if checks is None or checks.is_empty():
        return Panel("checks", "No check is recorded.", subtitle, empty="This release has none.")
    failed = [row for row in checks.to_dicts() if not row["passed"]]
    passed: dict[str, int] = {}
    for row in checks.to_dicts():
        if row["passed"]:
            passed[row["suite"]] = passed.get(row["suite"], 0) + 1
    rows = [
        (
            text(_plain(row["check_name"])),
            text("accepted" if row["is_accepted"] else "failed", tone="bad", mark="▲"),
            text(row["message"] or ""),
        )
        for row in failed[:MOST_CHECKS]
    ]
    if len(failed) > MOST_CHECKS:
        rows.append((text(f"{len(failed) - MOST_CHECKS} more failed"), text("failed", tone="bad", mark="▲"), text("")))
    rows += [
        (
            text(_suite_words(suite)),
            text("passed", tone="good", mark="●"),
            text(f"all {count} of them" if count > 1 else ""),
        )
        for suite, count in sorted(passed.items())
    ]
    title = f"{wording.count(len(failed), 'check')} failed." if failed else f"All {checks.height} checks passed."
    return Panel(
        "checks", title, subtitle, table=Table(("Check", "Result", "What was found"), tuple(rows)), is_table_open=True
    )


SUITES = {
    "dbt": "Keys, relations and book identities",
    "row_accounting": "Every row accounted for",
    "reconciliation": "Invoice totals tie to the files",
    "anomalies": "Against the last releases",
    "restatements": "Closed months",
}


def _suite_words(suite: str) -> str:
    return SUITES.get(suite, f"Table {suite}")


def _findings_panel(findings: pl.DataFrame | None) -> Panel:
    subtitle = "Doubts about the data: each says what was done with it and how to settle it"
    if findings is None:
        return Panel("findings", "Doubts about the data", subtitle, empty=NOT_SHOWN)
    if findings.is_empty():
        return Panel("findings", "There is no doubt about the data.", subtitle, empty="Nothing was found.")
    rows = tuple(
        (
            text(wording.sentence_case(_plain(row["code"]))),
            text(row["message"]),
            number("" if row["affected_rows"] is None else f"{row['affected_rows']:,}", row["affected_rows"]),
            number(wording.money(row["amount_local"]) if row["amount_local"] is not None else "", row["amount_local"]),
        )
        for row in findings.to_dicts()
    )
    title = f"{wording.count(findings.height, 'doubt')} about the data to settle."
    headings = ("Doubt", "What it is", "Rows", "Amount, billing currency")
    return Panel("findings", title, subtitle, table=Table(headings, rows), is_table_open=True, span=12)


def _quarantine_panel(quarantine: pl.DataFrame | None) -> Panel:
    subtitle = "Rows set aside, by reason; they land by themselves once the cause is settled (tenure quarantine)"
    if quarantine is None:
        return Panel("quarantine", "Rows set aside", subtitle, empty=NOT_SHOWN)
    if quarantine.is_empty():
        return Panel("quarantine", "No row is in quarantine.", subtitle, empty="Every row was landed or a duplicate.")
    rows = tuple(
        (
            text(f"{row['source']} {_plain(row['entity'])}"),
            text(row["reason"]),
            number(f"{row['refused']:,}", row["refused"]),
            text(f"{row['file_name']}, line {row['line_number']}" if row["line_number"] else row["file_name"] or ""),
        )
        for row in quarantine.to_dicts()
    )
    total = int(quarantine["refused"].sum())
    reasons = wording.count(quarantine.height, "reason")
    title = f"{wording.count(total, 'row is', 'rows are')} in quarantine, for {reasons}."
    table = Table(
        ("Records", "Reason", "Rows", "First of them"),
        rows,
        (text("Total"), text(""), number(f"{total:,}", total), text("")),
    )
    return Panel("quarantine", title, subtitle, table=table, is_table_open=True, span=12)


def _restatements_panel(restatements: pl.DataFrame | None) -> Panel:
    subtitle = "Figures of closed months that a later release changed, newest first (tenure restatements has them all)"
    if restatements is None:
        return Panel("restatements", "Restatements", subtitle, empty=NOT_SHOWN)
    if restatements.is_empty():
        return Panel("restatements", "No closed month was restated.", subtitle, empty="Nothing changed afterwards.")
    rows = tuple(
        (
            text(wording.month(row["month"])),
            text(metric_title(row["metric"])),
            text("company" if row["segment"] == "company" else f"{row['segment']} {row['segment_value']}"),
            *(number(metric_value(row["metric"], row[column]), row[column]) for column in ("old_value", "new_value")),
            text(_plain(row["causes"] or "")),
            number(f"{row['clients']:,}", row["clients"]),
        )
        for row in restatements.to_dicts()
    )
    headings = ("Month", "Figure", "Of", "Was", "Is", "Cause", "Clients")
    title = f"{wording.count(restatements.height, 'figure')} of closed months changed."
    return Panel("restatements", title, subtitle, table=Table(headings, rows), is_table_open=True, span=12)


def _acceptances_panel(acceptances: pl.DataFrame | None) -> Panel:
    subtitle = "Anomalies that a person looked at and published over, with the reason"
    if acceptances is None:
        return Panel("acceptances", "Accepted anomalies", subtitle, empty=NOT_SHOWN)
    if acceptances.is_empty():
        return Panel("acceptances", "No anomaly had to be accepted.", subtitle, empty="No check was overruled.")
    rows = tuple(
        (
            text(_plain(row["check_name"])),
            text(row["observed"] or ""),
            text(row["reason"]),
            text(row["accepted_by"]),
            text(wording.moment(row["accepted_at"])),
        )
        for row in acceptances.to_dicts()
    )
    title = f"{wording.count(acceptances.height, 'anomaly', 'anomalies')} accepted by a person."
    headings = ("Check", "Found", "Reason", "By", "When (UTC)")
    return Panel("acceptances", title, subtitle, table=Table(headings, rows), is_table_open=True)


def _calibration_panel(calibration: pl.DataFrame | None, month: dt.date | None) -> Panel:
    import polars as pl

    subtitle = "Clients whose ARR fell within three months, by their health band before"
    if calibration is None:
        return Panel("calibration", "How well the health score predicts", subtitle, empty=NOT_SHOWN)
    bands = calibration.filter(pl.col("measure") == "health_band")
    if bands.is_empty() or month is None:
        return Panel(
            "calibration", "The health score cannot be judged yet.", subtitle, empty="It needs four months of scores."
        )
    rates = {row["bucket"]: row["loss_rate"] for row in bands.to_dicts()}
    auc = calibration.filter(pl.col("measure") == "health_score")["auc"].drop_nulls()
    remark = (
        f"In {wording.percent(auc[0])} of all pairs the client that was kept scored higher (AUC; 50 % is chance)."
        if len(auc)
        else ""
    )
    table = Table(
        ("Band", "Clients", "Lost ARR", "Share"),
        tuple(
            (
                text(wording.sentence_case(row["bucket"])),
                number(f"{row['clients']:,}", row["clients"]),
                number(f"{row['lost_clients']:,}", row["lost_clients"]),
                number(wording.percent(row["loss_rate"]), row["loss_rate"]),
            )
            for row in bands.to_dicts()
        ),
    )
    return Panel(
        "calibration",
        _calibration_title(rates),
        f"{subtitle}, three months to {wording.month(month)}",
        table=table,
        figure=loss_by_band(bands),
        remark=remark,
    )


def _calibration_title(rates: dict[str, float]) -> str:
    red, green = rates.get("red"), rates.get("green")
    if red is None or green is None:
        return "The health score cannot be judged on all bands yet."
    words = f"{wording.percent(red)} of red clients lost ARR, {wording.percent(green)} of green ones"
    return f"{words}: the score tells them apart." if red > green else f"{words}: the score did not tell them apart."


def _publications_panel(publications: pl.DataFrame) -> Panel:
    subtitle = "The last releases, newest first"
    rows = tuple(
        (text(row["publication_id"]), text(wording.moment(row["published_at"])), text(wording.date(row["as_of_on"])))
        for row in publications.to_dicts()
    )
    if not rows:
        return Panel("releases", "No release is recorded.", subtitle, empty="This build was never published.")
    title = f"This is release {rows[0][0].text}."
    return Panel(
        "releases", title, subtitle, table=Table(("Release", "Published (UTC)", "Data as of"), rows), is_table_open=True
    )


def _plain(name: str) -> str:
    return name.replace("_", " ")
