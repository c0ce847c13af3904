"""The end of a run is told once, in words that help, and never disturbs the run."""

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from companies import YESTERDAY, published, settings_of
from receivers import Webhook, running

from pipelines.alerts.events import failure_alert, late_alert
from pipelines.alerts.sent import tell_once
from pipelines.audit.anomalies import find_anomalies
from pipelines.audit.checks import Acceptance, Check, Severity
from pipelines.audit.gate import refusal
from pipelines.audit.limits import Limit
from pipelines.audit.profile import Profile
from pipelines.defs.notify import notify
from pipelines.defs.run import RefreshRun
from pipelines.defs.workers import Workers
from pipelines.errors import LockHeld, UserError
from pipelines.settings import Settings

ARR = Check(
    suite="anomalies", name="arr", severity=Severity.BLOCK, passed=False, message="ARR moved by -40.0%", acceptable=True
)
NRR = Check(
    suite="restatements", name="restatement_nrr_cc", severity=Severity.WARN, passed=False,
    message="nrr_cc 2026-08 from 1.02 to 1.05, 300 basis points of at most 100: c1 (new_line)", acceptable=True,
)  # fmt: skip
ACCEPTED = Acceptance(
    publication_id="r", check=NRR.full_name, fingerprint="f", observed=None, reason="right", accepted_by="eve",
    accepted_at=dt.datetime(2026, 10, 1, tzinfo=dt.UTC),
)  # fmt: skip


@dataclass
class Lines:
    """A reporter that keeps what it is told."""

    told: list[str] = field(default_factory=list)

    def started(self, step: str) -> None:
        """A step begins."""

    def finished(self, step: str, seconds: float, found: str) -> None:
        self.told.append(f"{step}: {found}")


def late(*sources: str, days: int = 12, as_of: dt.date = YESTERDAY) -> Check:
    """The audit's own check of sources that sent nothing for so long."""
    entries = [
        {"source": source, "loaded_at": f"{as_of - dt.timedelta(days=days)}T00:00:00Z", "entities": {}}
        for source in sources
    ]
    limits = {
        name: Limit(Severity.WARN, 7, 0)
        for name in ("source_rows", "currencies", "clients", "arr", "nrr", "quarantine", "export_rows", "late_sources")
    }
    profile = Profile.model_construct(as_of_on=as_of)
    return next(check for check in find_anomalies(profile, None, entries, limits) if check.name == "late_sources")


def run_of(settings: Settings, *checks: Check, run_id: str = "run-3") -> RefreshRun:
    return RefreshRun(settings, run_id, Lines(), Workers(), checks=list(checks))


def ended(settings: Settings, *checks: Check, error: Exception | None = None, run_id: str = "run-3") -> list[str]:
    """What the run's reporter heard after the run ended so."""
    run = run_of(settings, *checks, run_id=run_id)
    notify(run, error)
    return run.reporter.told


def blocked(settings: Settings, *checks: Check, run_id: str = "run-3") -> Exception:
    build = settings.builds / run_id
    build.mkdir(parents=True)
    error = refusal(checks, build, settings.home)
    assert error is not None
    return error


def test_a_block_names_the_checks_what_is_live_and_what_to_do(tmp_path: Path) -> None:
    with running(Webhook()) as server:
        settings = settings_of(tmp_path, urls=[f"json://{server.host}"])
        published(settings)
        told = ended(settings, ARR, error=blocked(settings, ARR))
    (sent,) = server.received
    assert sent["title"] == "Tenure: a check blocked the new release"
    for part in (
        "anomalies.arr: ARR moved by -40.0%",
        "Live now: release-2, as of",
        "tenure release --accept anomalies.arr",
        str(settings.builds / "run-3" / "BLOCKED.md"),
    ):
        assert part in sent["message"]
    assert told == ["alert: block: 1 of 1 arrived"]


def test_a_failure_reuses_the_errors_words(tmp_path: Path) -> None:
    with running(Webhook()) as server:
        settings = settings_of(tmp_path, urls=[f"json://{server.host}"])
        ended(settings, error=UserError("the inbox is empty", where="/in", do="put exports there"))
    (sent,) = server.received
    assert "What happened: the inbox is empty" in sent["message"]
    assert "What to do: put exports there" in sent["message"]
    assert "Live now: nothing yet" in sent["message"]


def test_an_unforeseen_failure_quotes_no_value_and_no_address(tmp_path: Path) -> None:
    error = ValueError("could not convert 'O'Brien' of jane@example.com at postgresql://u:pw@db/x\nsecond line")
    text = failure_alert(settings_of(tmp_path), "run-3", error).plain
    assert "ValueError: could not convert" in text
    assert not [part for part in ("Brien", "jane", "pw@", "second line", "Traceback") if part in text]


def test_one_event_is_told_once_whoever_sees_it(tmp_path: Path) -> None:
    with running(Webhook()) as server:
        settings = settings_of(tmp_path, urls=[f"json://{server.host}"])
        ended(settings, ARR, error=blocked(settings, ARR))
        assert tell_once(settings, failure_alert(settings, "run-3", "died")) == []
        assert ended(settings, error=RuntimeError("again")) == []
        assert len(tell_once(settings, failure_alert(settings, "run-4", "died"))) == 1
    assert [sent["title"] for sent in server.received] == [
        "Tenure: a check blocked the new release",
        "Tenure: the refresh failed",
    ]


def test_what_is_not_wanted_is_not_told_as_something_else(tmp_path: Path) -> None:
    with running(Webhook()) as server:
        settings = settings_of(tmp_path, urls=[f"json://{server.host}"], on=["failure"])
        ended(settings, ARR, error=blocked(settings, ARR))
        assert tell_once(settings, failure_alert(settings, "run-3", "a blocking check failed")) == []
    assert server.received == []


def test_a_late_source_is_told_when_it_becomes_late_and_when_another_does(tmp_path: Path) -> None:
    with running(Webhook()) as server:
        settings = settings_of(tmp_path, urls=[f"json://{server.host}"])
        published(settings)
        for number, check in enumerate(
            [late("stripe", days=8), late("stripe", days=8), late("jira", "stripe", days=8), late("jira", days=1)]
        ):
            ended(settings, check, run_id=f"run-{number}")
    assert [sent["title"] for sent in server.received] == ["Tenure: an export is late", "Tenure: 2 exports are late"]
    assert "the newest export of stripe is of" in server.received[0]["message"]
    assert "still runs" in server.received[0]["message"]


def test_the_same_late_export_is_the_same_event_on_the_next_day(tmp_path: Path) -> None:
    settings, next_day = settings_of(tmp_path), YESTERDAY + dt.timedelta(days=1)
    first, second = (
        late_alert(settings, [late("stripe")]),
        late_alert(settings, [late("stripe", days=13, as_of=next_day)]),
    )
    assert first and second
    assert first.keys == second.keys
    assert first.plain != second.plain


def test_the_build_of_a_past_day_makes_no_source_late(tmp_path: Path) -> None:
    with running(Webhook()) as server:
        settings = settings_of(tmp_path, urls=[f"json://{server.host}"])
        ended(settings.model_copy(update={"as_of": dt.date(2025, 12, 31)}), late("stripe"))
    assert server.received == []


def test_a_restatement_is_told_unless_the_block_says_it_or_a_person_accepted_it(tmp_path: Path) -> None:
    with running(Webhook()) as server:
        settings = settings_of(tmp_path, urls=[f"json://{server.host}"])
        published(settings)
        ended(settings, NRR, run_id="warned")
        ended(settings, NRR.model_copy(update={"acceptance": ACCEPTED}), run_id="accepted")
        stopped = NRR.model_copy(update={"severity": Severity.BLOCK})
        ended(settings, stopped, error=blocked(settings, stopped, run_id="stopped"), run_id="stopped")
        ended(settings, NRR, ARR, error=blocked(settings, ARR, run_id="other"), run_id="other")
    assert [sent["title"] for sent in server.received] == [
        "Tenure: closed months changed: nrr_cc",
        "Tenure: a check blocked the new release",
        "Tenure: a check blocked the new release",
    ]
    assert "300 basis points of at most 100" in server.received[0]["message"]


def test_a_restatement_that_stops_the_release_is_told_as_such_where_blocks_are_not_wanted(tmp_path: Path) -> None:
    with running(Webhook()) as server:
        settings = settings_of(tmp_path, urls=[f"json://{server.host}"], on=["restatement"])
        stopped = NRR.model_copy(update={"severity": Severity.BLOCK})
        ended(settings, stopped, error=blocked(settings, stopped))
    assert [sent["title"] for sent in server.received] == ["Tenure: closed months changed: nrr_cc"]


def test_where_nothing_arrived_the_run_says_so_and_the_next_watcher_tries_again(tmp_path: Path) -> None:
    with running(Webhook(failures=1)) as server:
        settings = settings_of(tmp_path, urls=[f"json://{server.host}/secret-path"])
        (told,) = ended(settings, error=RuntimeError("boom"))
        assert told.startswith(f"alert: failure: 0 of 1 arrived; did not arrive at json://{server.host}: ")
        assert "error=503" in told
        assert "secret-path" not in told
        assert tell_once(settings, failure_alert(settings, "run-3", "boom"))[0].arrived


def test_another_refresh_at_work_is_no_event(tmp_path: Path) -> None:
    with running(Webhook()) as server:
        assert ended(settings_of(tmp_path, urls=[f"json://{server.host}"]), error=LockHeld("busy")) == []
    assert server.received == []


def test_without_addresses_nothing_is_written(tmp_path: Path) -> None:
    assert ended(settings_of(tmp_path), error=RuntimeError("boom")) == []
    assert not (tmp_path / "alerts").exists()


def test_a_good_run_is_silent(tmp_path: Path) -> None:
    with running(Webhook()) as server:
        settings = settings_of(tmp_path, urls=[f"json://{server.host}"])
        assert ended(settings, ARR.model_copy(update={"passed": True}), late("stripe", days=1)) == []
    assert server.received == []


@pytest.mark.parametrize("kind", ["damaged", "unwritable"])
def test_a_broken_home_still_tells(tmp_path: Path, kind: str) -> None:
    with running(Webhook()) as server:
        settings = settings_of(tmp_path, urls=[f"json://{server.host}"])
        published(settings)
        if kind == "damaged":
            manifest = settings.releases / "release-2" / "manifest.json"
            manifest.parent.chmod(0o755)
            manifest.unlink()
        else:
            (tmp_path / "alerts").write_text("a file where the folder should be")
        ended(settings, error=RuntimeError("boom"))
    assert "RuntimeError: boom" in server.received[0]["message"]
