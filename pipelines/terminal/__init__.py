"""What `tenure refresh` and `tenure releases` print: progress, the headline, the history. Text only; no decisions."""

import sys
import traceback
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from types import TracebackType
from typing import TYPE_CHECKING, Any

from pipelines.audit.checks import warnings
from pipelines.audit.profile import FOLDER
from pipelines.audit.report import REPORT_NAME
from pipelines.errors import disk_words
from pipelines.release.manifest import EXPORTS

if TYPE_CHECKING:
    from pipelines.defs.run import RefreshRun
    from pipelines.release.history import PastRelease

LABEL = 13
RESTATED = "select distinct month, metric, segment, segment_value from ops.restatements where publication_id = ?"
REASONS = 5
WORDS = {
    "start": "Starting",
    "land": "Landing exports",
    "build": "Building the warehouse",
    "audit": "Auditing",
    "seal": "Sealing the release",
    "dashboard": "Drawing the dashboard",
    "exports": "Writing the exports",
    "publish": "Publishing",
    "postgres": "Copying to PostgreSQL",
    "backfill": "Month rebuilt",
    "alert": "Sending alerts",
}


class Progress:
    """Progress lines on stderr: a spinner while a step works where that is a terminal, a plain line when it is done."""

    def __init__(self) -> None:
        self._spinner: Any = None

    def __enter__(self) -> "Progress":
        if sys.stderr.isatty():
            from rich.console import Console

            self._spinner = Console(stderr=True).status("")
            self._spinner.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._spinner:
            self._spinner.stop()

    def started(self, step: str) -> None:
        if self._spinner:
            self._spinner.update(f"{WORDS[step]} …")

    def finished(self, step: str, seconds: float, found: str) -> None:
        sys.stderr.write(f"{WORDS[step]:<24}{seconds:6.1f} s  {found}".rstrip() + "\n")
        sys.stderr.flush()


def outcome(run: "RefreshRun") -> str:
    """What a refresh ends with: the headline of what is live now, what came in, and what to look at."""
    from pipelines.release.history import current_manifest

    live = current_manifest(run.settings)
    assert live is not None
    verb = "Nothing new: still live is" if run.is_nothing_new else "Published"
    lines = [f"{verb} {live.release_id}, as of {live.identity.as_of_on}", ""]
    lines += [*headline_lines(live.headline), "", *intake_lines(run)]
    lines.append(_line("Dashboard", str(run.settings.current / "dashboard" / "index.html")))
    lines.append(_line("Audit", str(run.settings.current / FOLDER / REPORT_NAME)))
    if live.exports:
        lines.append(_line("Exports", str(run.settings.current / EXPORTS)))
    return "\n".join(lines)


def headline_lines(headline: dict[str, Any]) -> list[str]:
    """The company's figures of the last complete month."""
    if not headline.get("month"):
        return [_line("Headline", "no complete month of revenue yet")]
    currency, month = headline["reporting_currency"], headline["month"][:7]
    clients = f"{headline['clients']:,} client{'' if headline['clients'] == 1 else 's'}"
    arr = money(headline["arr_cc"], currency)
    reported = f"constant currency ({rate(headline['nrr_reported'])} reported)"
    lines = [_line("ARR", f"{arr} from {clients} at the end of {month}")]
    if headline["nrr_cc"] is None:
        return [*lines, _line("Retention", "n/a: no client had ARR 12 months earlier")]
    return [
        *lines,
        _line("NRR T12M", f"{rate(headline['nrr_cc'])} {reported}"),
        _line("GRR T12M", f"{rate(headline['grr_cc'])} constant currency"),
        _line("Logo churn", f"{rate(headline['logo_churn_rate'])} in 12 months"),
    ]


def intake_lines(run: "RefreshRun") -> list[str]:
    """What this run landed, what it did not and why, and how many findings want a look."""
    from pipelines.audit.accounting import read_ledger

    fresh = [entry["seq"] for entry in read_ledger(run.settings.lake) if entry["run_id"] == run.run_id]
    lines = [_line("New files", f"{len(fresh)}" + (f": {accounted_rows(run, fresh)}" if fresh else ""))]
    lines += not_landed_lines(run.receipt) if run.receipt else []
    lines += release_lines(run)
    warned = [f"{c.full_name}: {c.finding}" for c in warnings(run.checks) if c.acceptance is None]
    taken = [
        f"{c.full_name}: {c.finding} ({c.acceptance.accepted_by}: {c.acceptance.reason})"
        for c in run.checks
        if c.acceptance
    ]
    lines += [_line("" if at else "Warnings", text) for at, text in enumerate(warned)]
    lines += [_line("" if at else "Accepted", text) for at, text in enumerate(taken)]
    return lines


def accounted_rows(run: "RefreshRun", loads: Sequence[int]) -> str:
    """What became of the rows of these loads, as the release counts them (with the references looked up)."""
    from pipelines.serving.release import open_release

    with open_release(run.settings) as release:
        counts = release.connection.execute(
            """select sum(rows_read), sum(rows_landed), sum(rows_duplicate), sum(rows_quarantined)
            from ops.load_files where list_contains(?, load_seq)""",
            [list(loads)],
        ).fetchone()
    read, landed, duplicate, quarantined = (int(count or 0) for count in counts or (0, 0, 0, 0))
    return f"{read:,} rows = {landed:,} landed + {duplicate:,} duplicate + {quarantined:,} quarantined"


def not_landed_lines(receipt: Any) -> list[str]:
    """Files that were seen and not used, and those the lake had lost, each with what the landing said of it."""
    kinds = (
        *(("Waiting", receipt.waiting), ("Unknown file", receipt.unknown)),
        *(("Refused file", receipt.refused), ("Healed file", receipt.healed)),
    )
    return [_line(label, str(file)) for label, files in kinds for file in files]


def release_lines(run: "RefreshRun") -> list[str]:
    """What the live release says of its own data: the commonest reasons of its quarantine, and its findings."""
    from pipelines.serving.release import open_release

    with open_release(run.settings) as release:
        quarantined = release.connection.execute("select entity, reason from ops.quarantine").fetchall()
        findings = len(release.connection.execute("select 1 from ops.findings").fetchall())
        restated = release.connection.execute(RESTATED, [release.manifest["release_id"]]).fetchall()
    lines = [_line("" if at else "Quarantined", reason) for at, reason in enumerate(commonest(quarantined))]
    if restated:
        lines.append(_line("Restated", f"{len(restated):,} figures of closed months (tenure restatements)"))
    return [*lines, _line("Findings", f"{findings} (select * from ops.findings)")] if findings else lines


def commonest(quarantined: Sequence[tuple[str, str]]) -> list[str]:
    """The commonest reasons of (entity, reason) pairs, the biggest first, and how many rows have others.

    The same in whatever order the pairs come: a table has none.
    """
    counted = Counter(f"{entity}: {reason}" for entity, reason in quarantined)
    found = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    shown = [f"{count:,} x {reason}" for reason, count in found[:REASONS]]
    rest = sum(count for _, count in found[REASONS:])
    return shown + ([f"{rest:,} more rows (tenure quarantine)"] if rest else [])


def release_table(releases: Sequence["PastRelease"]) -> str:
    """One line a release."""
    if not releases:
        return "No release yet. Drop exports into the inbox, then run: tenure refresh"
    rows = [
        f"{'*' if release.is_current else ' '} {release.release_id}  as of {release.manifest.identity.as_of_on}"
        f"  published {release.manifest.published_at:%Y-%m-%d %H:%M} UTC"
        f"  NRR {rate(release.manifest.headline.get('nrr_cc'))}  GRR {rate(release.manifest.headline.get('grr_cc'))}"
        for release in releases
    ]
    return "\n".join([*rows, "", "* is live. Back to another: tenure rollback ID"])


def unexpected(error: Exception) -> str:
    """The message for a failure nobody foresaw; its traceback goes into a file for whoever repairs it."""
    first, said = next(iter(str(error).splitlines()), "no message"), disk_words(error)
    if said:
        what = f"the disk takes no more ({said}): {first.rstrip(':')}"
        do = "make room (`tenure doctor` says what is free, fewer `keep_releases` help), then refresh again"
    else:
        what = f"unexpected failure: {type(error).__name__}: {first}"
        do = f"refresh again; if it stays, report it{_details(error)}"
    done = "nothing was published; the release before, if there is one, stays live"
    return f"{what}\n  done:  {done}\n  to do: {do}"


def _details(error: Exception) -> str:
    import tempfile

    try:
        with tempfile.NamedTemporaryFile("w", prefix="tenure-", suffix=".log", delete=False, encoding="utf-8") as log:
            log.write("".join(traceback.format_exception(error)))
    except OSError:  # nowhere to write: the message must still come out
        return f": {type(error).__name__}: {error}"
    return f" with the details in {log.name}"


def rate(value: float | str | None) -> str:
    """A fraction as percent: 1.0512 is 105.1 %."""
    return "n/a" if value is None else f"{float(value) * 100:.1f} %"


def money(value: str | None, currency: str) -> str:
    """An amount in whole units: USD 12,345,678."""
    return "n/a" if value is None else f"{currency} {Decimal(value):,.0f}"


def _line(label: str, text: str) -> str:
    return f"  {label:<{LABEL}}{text}"
