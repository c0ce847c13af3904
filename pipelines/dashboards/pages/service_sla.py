"""Escalations against both policies: shares met, the strip of times, what was missed, what is open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import polars as pl

from pipelines.dashboards import wording
from pipelines.dashboards.figures.strip import Dot, Strip, hours_words, time_strips
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.managers_scope import Scope
from pipelines.dashboards.pages.service_rows import POLICIES, ServiceRows, Sla
from pipelines.dashboards.pages.view import Cell, Panel, Table, number, text

FIRST, SECOND = POLICIES
DONE = {"response": "answered", "resolution": "resolved"}


def client_link(context: Context, client_id: str | None) -> str:
    return context.link(f"/clients/{quote(client_id, safe='')}", months=None) if client_id else ""


def period_words(rows: ServiceRows) -> str:
    """The months the figures are about: `12 months to Oct 26`."""
    month = wording.month(rows.month)
    return month if rows.months == 1 else f"{rows.months} months to {month}"


def share_met(sla: Sla, policy: str) -> tuple[int, int]:
    """Met and decided under a policy, all severities."""
    rows = sla.rates.filter(pl.col("policy") == policy)
    return int(rows["met"].sum()), int(rows["decided"].sum())


def strip_panel(context: Context, rows: ServiceRows, sla: Sla, scope: Scope) -> Panel:
    """Response or resolution times of the period."""
    names = tuple(POLICIES.values())
    subtitle = (
        f"Time until {DONE[sla.kind]}, {scope.words}, {period_words(rows)}; lines = limits, "
        f"{names[0].lower()} solid, {names[1]} dashed where it differs; diamond = late"
    )
    if sla.rates.is_empty():
        why = f"No escalation ended or fell due in {period_words(rows)}."
        return Panel(sla.kind, f"No {sla.kind} was due.", subtitle, empty=why)
    rates = {(row["policy"], row["severity"]): row for row in sla.rates.to_dicts()}
    severities = sorted({severity for _, severity in rates})
    strips = [_strip(context, sla, severity, rates) for severity in severities]
    return Panel(
        key=sla.kind,
        title=_title(sla),
        subtitle=subtitle,
        figure=time_strips(strips, (names[0], names[1])),
        narrow=time_strips(strips, (names[0], names[1]), narrow=True),
        table=Table(
            ("Severity", "Policy", "Limit", "In time", "Of", "Share in time"),
            tuple(
                _rate_row(severity, policy, sla.limits.get((policy, severity)), rates.get((policy, severity)))
                for severity in severities
                for policy in POLICIES
            ),
            total=_rate_total(sla),
        ),
        remark="Scorecards and health use the severity matrix.",
    )


def _title(sla: Sla) -> str:
    shares = []
    for policy, name in POLICIES.items():
        met, decided = share_met(sla, policy)
        if decided:
            words = name if name.startswith("KPI") else name.lower()
            shares.append(f"{wording.percent(met / decided)} within the {words}")
    decided = share_met(sla, FIRST)[1]
    return f"{DONE[sla.kind].capitalize()}: {', '.join(shares)} ({wording.count(decided, 'escalation')})."


def _strip(context: Context, sla: Sla, severity: str, rates: Mapping[tuple[str, str], Mapping[str, Any]]) -> Strip:
    dots = [
        Dot(
            row["escalations"], row["hours"], row["least_hours"], row["most_hours"], row["is_met"],
            client_link(context, row["client_id"]),
        )
        for row in sla.dots.filter(pl.col("severity") == severity).to_dicts()
    ]  # fmt: skip
    shares = [
        row["met"] / row["decided"] if (row := rates.get((policy, severity))) else None for policy in (FIRST, SECOND)
    ]
    decided = max(row["decided"] for (_, name), row in rates.items() if name == severity)
    limits = (sla.limits.get((FIRST, severity)), sla.limits.get((SECOND, severity)))
    return Strip(severity, dots, limits, (shares[0], shares[1]), decided)


def _rate_row(severity: str, policy: str, limit: float | None, row: Mapping[str, Any] | None) -> tuple[Cell, ...]:
    met, decided = (row["met"], row["decided"]) if row else (0, 0)
    share = met / decided if decided else None
    return (
        text(severity),
        text(POLICIES[policy]),
        number(hours_words(limit) if limit else wording.NOT_AVAILABLE, limit),
        number(f"{met:,}", met),
        number(f"{decided:,}", decided),
        number(wording.percent(share), share),
    )


def _rate_total(sla: Sla) -> tuple[Cell, ...]:
    met, decided = share_met(sla, FIRST)
    share = met / decided if decided else None
    blank = text("")
    return (
        text("All"), text(POLICIES[FIRST]), blank, number(f"{met:,}", met), number(f"{decided:,}", decided),
        number(wording.percent(share), share),
    )  # fmt: skip


def misses_panel(context: Context, rows: ServiceRows) -> Panel:
    """The escalations of the period that missed a limit, the gravest first."""
    subtitle = f"Limits missed, {period_words(rows)}, by severity, the latest first; due under the later limit missed"
    if rows.misses.is_empty():
        return Panel("misses", "No limit was missed.", subtitle, empty="No escalation was late.")
    total = rows.misses["all_lines"][0]
    shown = rows.misses.height
    return Panel(
        key="misses",
        span=12,
        title=f"{wording.count(total, 'limit')} {'was' if total == 1 else 'were'} missed.",
        subtitle=subtitle,
        table=Table(
            ("Client", "Severity", "Late by", "What", "Due", "Actual", "Policy", "Account manager"),
            tuple(_miss_row(context, row) for row in rows.misses.to_dicts()),
        ),
        is_table_open=True,
        remark=f"The first {shown} of {total:,}." if total > shown else "",
    )


def _miss_row(context: Context, row: Mapping[str, Any]) -> tuple[Cell, ...]:
    due, ended = row["due_at"], row["ended_at"]
    late = None if ended is None else (ended - due).total_seconds() / 3600
    policies = row["policies"]
    named = "both" if len(policies) > 1 else POLICIES.get(policies[0], policies[0])
    return (
        text(row["client_name"] or row["client_id"], href=client_link(context, row["client_id"])),
        text(row["severity"]),
        number(hours_words(late) if late is not None else wording.NOT_AVAILABLE, late),
        text(row["kind"]),
        text(wording.moment(due)),
        text(wording.moment(ended) if ended else f"not yet {DONE[row['kind']]}", tone="" if ended else "bad"),
        text(named),
        text(row["am_name"] or "unassigned"),
    )


def open_panel(context: Context, rows: ServiceRows) -> Panel:
    """Escalations that are open at the run's end of day, those past their limit first."""
    as_of = wording.date(context.as_of_on)
    subtitle = f"Escalations open at the end of {as_of}, limits of the severity matrix; overdue first"
    if rows.open_now.is_empty():
        return Panel("open", "No escalation is open.", subtitle, empty=f"Everything was resolved by {as_of}.", span=12)
    count, overdue = rows.open_now["all_open"][0], rows.open_now["all_overdue"][0]
    title = (
        f"{overdue} of {wording.count(count, 'open escalation')} {'is' if overdue == 1 else 'are'} past the limit."
        if overdue
        else "The one open escalation is within its limit."
        if count == 1
        else f"None of {count:,} open escalations is past its limit."
    )
    shown = rows.open_now.height
    return Panel(
        key="open",
        span=12,
        title=title,
        subtitle=subtitle,
        table=Table(
            ("Client", "Severity", "Opened", "Answer", "To be resolved by", "State", "Account manager"),
            tuple(_open_row(context, row) for row in rows.open_now.to_dicts()),
        ),
        is_table_open=True,
        remark=f"The first {shown} of {count:,}." if count > shown else "",
    )


def _open_row(context: Context, row: Mapping[str, Any]) -> tuple[Cell, ...]:
    state = text("overdue", "bad", "▲") if row["is_overdue"] else text("within its limit", "muted", "●")
    if row["is_answered"]:
        answer = text("late" if row["is_response_late"] else "in time", "bad" if row["is_response_late"] else "")
    else:
        due = row["response_due_at"]
        words = "overdue" if row["is_response_late"] else f"due {wording.moment(due)}" if due else "none yet"
        answer = text(words, "bad" if row["is_response_late"] else "", "▲" if row["is_response_late"] else "")
    due = row["resolution_due_at"]
    return (
        text(row["client_name"] or row["client_id"], href=client_link(context, row["client_id"])),
        text(row["severity"]),
        text(wording.moment(row["opened_at"])),
        answer,
        text(wording.moment(due) if due else wording.NOT_AVAILABLE),
        state,
        text(row["am_name"] or "unassigned"),
    )
