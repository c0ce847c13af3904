"""The morning digest: how the company stands, what changed, what came in, what waits, what to do today.

It reads the live release and the one before it; nothing is computed that a mart does not already hold.
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipelines.alerts.events import live_text
from pipelines.alerts.message import Alert, Section, section, without_values
from pipelines.audit.accounting import read_ledger
from pipelines.audit.gate import BLOCKED_MARK
from pipelines.release.history import PastRelease, list_releases
from pipelines.release.kept import newest_blocked
from pipelines.settings import Settings, yesterday
from pipelines.terminal import headline_lines, money, rate

if TYPE_CHECKING:
    from pipelines.serving.quarantine.causes import Cause
    from pipelines.serving.release import Release

SHOWN = 5
CAUSES = 3
WARNED = "select suite || '.' || check_name, coalesce(message, observed, '') from ops.checks where not passed"
ACTIONS = """
    select sum(open_items), sum(open_over_60d), max(oldest_open_days) from marts.rpt_action_registry
"""
RENEWALS = """
    select coalesce(client.client_name, renewal.client_id), renewal.ends_on, renewal.value_cc
    from marts.fct_renewals as renewal
    left join marts.dim_clients as client using (client_id)
    where renewal.renewal_status = ?
    order by renewal.ends_on, renewal.contract_id
"""
QBRS = """
    select quarter_start, count(*) from marts.fct_qbrs
    where is_due and not is_completed and quarter_start = (select max(quarter_start) from marts.fct_qbrs)
    group by quarter_start
"""


def digest(settings: Settings) -> Alert:
    """The digest of the live release. Raises UserError where there is none."""
    from pipelines.serving.release import open_release

    with open_release(settings) as opened:
        releases = list_releases(settings)
        live = next(release for release in releases if release.is_current)
        before = next((release for release in releases if release.manifest.sequence < live.manifest.sequence), None)
        parts = [
            section("Live now", live_text(settings)),
            _headline(live),
            _change(live, before),
            _came_in(settings, live, before),
            _quarantine(opened, settings.reporting_currency),
            _work_list(opened, settings.reporting_currency),
            _to_look_at(settings, opened, live),
            section("Dashboard", str(settings.current / "dashboard" / "index.html")),
        ]
    return Alert("digest", f"Tenure: the morning of {_today(settings)}", tuple(parts))


def _headline(live: PastRelease) -> Section:
    return section("Headline", items=[" ".join(line.split()) for line in headline_lines(live.manifest.headline)])


def _change(live: PastRelease, before: PastRelease | None) -> Section:
    """Only what differs, and only where both releases mean the same by it."""
    label = "Changed since the release before"
    if before is None:
        return section(label, "this is the first release")
    new, old = live.manifest.headline, before.manifest.headline
    if (new.get("reporting_currency"), new.get("month")) != (old.get("reporting_currency"), old.get("month")):
        return section(label, f"not comparable: {_month(old)} before, {_month(new)} now")
    items = [
        f"{name}: {shown(old[key])} before, {shown(new[key])} now"
        for key, name, shown in (
            ("arr_cc", "ARR", lambda value: money(value, new["reporting_currency"])),
            ("clients", "clients", lambda value: f"{value:,}"),
            ("nrr_cc", "NRR T12M", rate),
            ("grr_cc", "GRR T12M", rate),
            ("logo_churn_rate", "logo churn", rate),
        )
        if old.get(key) is not None and new.get(key) is not None and old[key] != new[key]
    ]
    return section(label, "" if items else "nothing in the headline", items)


def _came_in(settings: Settings, live: PastRelease, before: PastRelease | None) -> Section:
    known = set(before.manifest.identity.inputs) if before else set()
    fresh = set(live.manifest.identity.inputs) - known
    counts: dict[str, list[int]] = {}
    for entry in read_ledger(settings.lake):
        if entry["load_id"] in fresh:
            files, rows = counts.get(entry["source"], [0, 0])
            read = sum(entity["rows_read"] for entity in entry["entities"].values())
            counts[entry["source"]] = [files + 1, rows + read]
    items = [f"{source}: {_plural(files, 'file')}, {_plural(rows, 'row')}" for source, (files, rows) in counts.items()]
    return section("Came in", "" if items else "no new file", sorted(items))


def _quarantine(release: "Release", currency: str) -> Section:
    from pipelines.serving.quarantine.causes import causes_of

    causes = causes_of(release)
    if not causes:
        return section("Quarantine", "empty")
    at_stake = sum((cause.amount_cc or Decimal(0) for cause in causes), Decimal(0))
    rows = _plural(sum(cause.row_count for cause in causes), "row")
    items = [
        f"{money(str(cause.amount_cc), currency) if cause.amount_cc else 'money not known'}, "
        f"{_plural(cause.row_count, 'row')}: {_why(cause)}"
        for cause in causes[:CAUSES]
    ]
    more = [f"{_plural(len(causes) - CAUSES, 'more reason')} (tenure quarantine)"] if len(causes) > CAUSES else []
    return section("Quarantine", f"{rows}, {money(str(at_stake), currency)} at stake", [*items, *more])


def _why(cause: "Cause") -> str:
    """Without the customer's key: in some systems it is a name."""
    return f"a customer of {cause.customer.source} has no account" if cause.customer else without_values(cause.reason)


def _work_list(release: "Release", currency: str) -> Section:
    ask = release.connection.execute
    items = []
    open_items, old, oldest = ask(ACTIONS).fetchone() or (0, 0, 0)
    if open_items:
        items.append(f"action registry: {open_items:,} open, {old:,} older than 60 days, the oldest {oldest:,} days")
    for status, words in (("late", "renewals that should have been opened"), ("open_now", "renewals to open now")):
        items += _renewals(ask(RENEWALS, [status]).fetchall(), words, currency)
    items += [f"QBRs due in the quarter from {start} and not held: {count:,}" for start, count in ask(QBRS).fetchall()]
    return section("Work list", "" if items else "nothing is due", items)


def _renewals(rows: Sequence[tuple[str, dt.date, Decimal | None]], words: str, currency: str) -> list[str]:
    if not rows:
        return []
    known = [value for _, _, value in rows if value is not None]
    worth = f" of {money(str(sum(known)), currency)}" if known else ", value not known"
    first = ", ".join(f"{name} ({ends_on})" for name, ends_on, _ in rows[:SHOWN])
    more = f" and {len(rows) - SHOWN:,} more" if len(rows) > SHOWN else ""
    return [f"{words}: {len(rows):,}{worth}: {first}{more}"]


def _to_look_at(settings: Settings, release: "Release", live: PastRelease) -> Section:
    items = [f"{name}: {text}" for name, text in release.connection.execute(WARNED).fetchall()]
    blocked = newest_blocked(settings)
    if blocked and (blocked / BLOCKED_MARK).stat().st_mtime > live.manifest.published_at.timestamp():
        items.append(f"a newer build was blocked and waits: {blocked / BLOCKED_MARK}")
    as_of_on = dt.date.fromisoformat(live.manifest.identity.as_of_on)
    days = (yesterday(settings.company_time_zone) - as_of_on).days
    if days > 0:
        items.append(f"the release is {_plural(days, 'day')} behind: see whether the refresh still runs")
    return section("To look at", "" if items else "nothing", items)


def _today(settings: Settings) -> dt.date:
    return yesterday(settings.company_time_zone) + dt.timedelta(days=1)


def _month(headline: dict[str, Any]) -> str:
    month = headline.get("month")
    return f"{month[:7]} in {headline['reporting_currency']}" if month else "no complete month"


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
