"""What there is to tell at the end of a run: pure functions from what was found to alerts. Nothing is sent here.

Each alert says what happened, since when, what is live now, what to do and where the report is.
"""

import datetime as dt
import socket
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from pipelines.alerts.message import Alert, Section, section, without_values
from pipelines.audit import anomalies
from pipelines.audit.checks import Check
from pipelines.audit.gate import BLOCKED_MARK
from pipelines.audit.profile import FOLDER
from pipelines.audit.report import REPORT_NAME
from pipelines.errors import Blocked, UserError
from pipelines.release.history import current_manifest
from pipelines.release.restatements import closes
from pipelines.settings import Settings

LATE = "late_sources"
RESTATED = "restatement_"
LONGEST = 400  # characters of an unforeseen error


def ended(run_id: str) -> str:
    """The event that a run ended without a release."""
    return f"ended {run_id}"


def failure_alert(settings: Settings, run_id: str, error: BaseException | str, done_steps: Sequence[str] = ()) -> Alert:
    """A run that broke off. `error`: what ended it; a text where only Dagster's message is known."""
    what, where, do = _words(error)
    parts = [section("What happened", what), *_if(section("Where", where or ""))]
    parts += _if(section("Steps that were done", ", ".join(done_steps)))
    return Alert(
        "failure",
        "Tenure: the refresh failed",
        (
            *parts,
            *_context(settings),
            section("What to do", do or "look at the run in Dagster (make runs); refresh again: tenure refresh"),
            section("Run", run_id),
        ),
        (ended(run_id),),
    )


def blocked_alert(settings: Settings, run_id: str, error: Blocked) -> Alert:
    """A build that checks kept back."""
    reports = [settings.builds / run_id / name for name in (f"{FOLDER}/{REPORT_NAME}", BLOCKED_MARK)]
    return Alert(
        "block",
        "Tenure: a check blocked the new release",
        (
            section("What happened", error.what),
            *_context(settings),
            section("What to do", error.do or "correct the export, then refresh again"),
            section("Report", next((str(path) for path in reports if path.exists()), error.where or "")),
        ),
        (ended(run_id),),
    )


def copy_alert(settings: Settings, run_id: str, error: BaseException) -> Alert:
    """The release is live, and its copy in PostgreSQL is not."""
    what, where, do = _words(error)
    parts = [section("What happened", what), *_if(section("Where", where or ""))]
    return Alert(
        "failure",
        "Tenure: PostgreSQL did not get the new release",
        (
            *parts,
            *_context(settings),
            section("What to do", do or "tenure doctor, then tenure publish-postgres"),
            section("Run", run_id),
        ),
        (f"copy {run_id}",),
    )


def late_alert(settings: Settings, checks: Sequence[Check]) -> Alert | None:
    """Sources that have sent nothing for long; None where there is none. One event is a source and its last export."""
    found = [check for check in checks if check.suite == anomalies.SUITE and check.name == LATE and not check.passed]
    if not found:
        return None
    late = found[0].finding.split("; ")
    return Alert(
        "late_source",
        "Tenure: an export is late" if len(late) == 1 else f"Tenure: {len(late)} exports are late",
        (
            section("What happened", found[0].meaning, late),
            *_context(settings),
            section(
                "What to do", "see whether the export still runs, drop its file into the inbox, then tenure refresh"
            ),
            _report(settings),
        ),
        # "the newest export of stripe is of 2026-10-01, 12 days before ...": the days grow, the event stays.
        tuple(f"late {line.partition(',')[0]}" for line in late),
    )


def restatement_alert(settings: Settings, run_id: str, checks: Sequence[Check]) -> Alert | None:
    """Closed months that moved beyond their limit; None where none did, or where a person accepted it."""
    found = [
        check
        for check in checks
        if check.suite == closes.SUITE
        and check.name.startswith(RESTATED)
        and not check.passed
        and check.acceptance is None
    ]
    if not found:
        return None
    metrics = ", ".join(check.name.removeprefix(RESTATED) for check in found)
    return Alert(
        "restatement",
        f"Tenure: closed months changed: {metrics}",
        (
            section("What happened", "figures of closed months moved beyond their limit", _lines(found)),
            *_context(settings),
            section("What to do", "see the causes and the clients: tenure restatements"),
            _report(settings),
        ),
        (f"restated {run_id}",),
    )


def trial_alert(settings: Settings) -> Alert:
    """The message of `tenure alerts test`."""
    return Alert(
        None,
        "Tenure: a test of the alerts",
        (section("What happened", "somebody ran tenure alerts test: nothing is wrong"), *_context(settings)),
    )


def live_text(settings: Settings) -> str:
    """What readers see now, and since when."""
    try:
        live = current_manifest(settings)
    except UserError as error:  # a damaged manifest is no reason to keep silent
        return error.what
    if live is None:
        return "nothing yet: no release was ever published here"
    since = live.published_at.astimezone(ZoneInfo(settings.company_time_zone))
    return f"{live.release_id}, as of {live.identity.as_of_on}, published {since:%Y-%m-%d %H:%M} {since:%Z}"


def _context(settings: Settings) -> list[Section]:
    now = dt.datetime.now(ZoneInfo(settings.company_time_zone))
    return [
        section("When", f"{now:%Y-%m-%d %H:%M} {now:%Z}, on {socket.gethostname()}, home {settings.home}"),
        section("Live now", live_text(settings)),
    ]


def _report(settings: Settings) -> Section:
    return section("Report", str(settings.current / FOLDER / REPORT_NAME))


def _words(error: BaseException | str) -> tuple[str, str | None, str | None]:
    """What happened, where, and what to do."""
    if isinstance(error, UserError):
        return error.what, error.where, error.do
    return _unforeseen(error), None, None


def _unforeseen(error: BaseException | str) -> str:
    text = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
    first = next((line for line in text.splitlines() if line.strip()), "no message")
    return f"unexpected failure: {without_values(first)[:LONGEST]}"


def _lines(checks: Sequence[Check]) -> list[str]:
    return [line for check in checks for line in check.finding.split("; ")]


def _if(part: Section) -> list[Section]:
    return [part] if part.text else []
