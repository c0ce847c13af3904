"""Alerts arrive: at a mail server, a webhook and Slack's shape of one, with retries, and without a secret anywhere."""

import datetime as dt
import logging
import socket
from pathlib import Path

import pytest
from receivers import MailServer, Webhook, running

from pipelines.alerts.delivery import deliver, summary, without_secrets
from pipelines.alerts.events import trial_alert
from pipelines.alerts.message import Alert, section
from pipelines.settings import AlertSettings

SECRET = "s3cr3t-t0ken-of-ours"
ALERT = Alert(
    "block",
    "Tenure: a check blocked the new release",
    (
        section("What happened", "blocked: 1 check failed\n  - anomalies.arr: ARR moved by -40.0%"),
        section("Live now", "2026-10-31T0331-9f86d081, as of 2026-10-30"),
    ),
)


def alerts(*urls: str, retries: int = 0) -> AlertSettings:
    return AlertSettings(urls=urls, retries=retries, retry_wait_seconds=0)


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_mail_arrives_with_subject_and_both_lists() -> None:
    with running(MailServer()) as server:
        url = f"mailto://127.0.0.1:{server.port}?from=tenure@example.com&to=ops@example.com"
        (outcome,) = deliver(alerts(url), ALERT)
    assert outcome.arrived, outcome
    (mail,) = server.received
    assert mail["Subject"] == ALERT.title
    assert "ops@example.com" in server.recipients[0]
    text = mail.get_body(("html",)).get_content()
    assert "ARR moved by -40.0%" in text
    assert "<b>What happened" in text or "<strong>What happened" in text


def test_a_webhook_gets_plain_json() -> None:
    with running(Webhook()) as server:
        (outcome,) = deliver(alerts(f"json://{server.host}/hooks/{SECRET}"), ALERT)
    assert outcome.arrived
    (sent,) = server.received
    assert server.paths[0].startswith(f"/hooks/{SECRET}")
    assert (sent["title"], sent["message"]) == (ALERT.title, ALERT.plain)


def test_slack_gets_its_own_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    from apprise.plugins.slack import NotifySlack

    with running(Webhook()) as server:
        monkeypatch.setattr(NotifySlack, "webhook_url", f"http://{server.host}/services")
        (outcome,) = deliver(alerts("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7/#ops"), ALERT)
    assert outcome.arrived
    assert "TIiajkdnlazkcOXrIdevi7" in server.paths[0]
    assert "TIiajkdnlazkcOXrIdevi7" not in outcome.place
    (sent,) = server.received
    assert sent["attachments"][0]["title"] == ALERT.title
    assert "*What happened:*" in str(sent)
    assert "github" not in str(sent)
    assert "anomalies.arr: ARR moved by -40.0%" in str(sent)


def test_a_receiver_that_fails_twice_gets_one_message() -> None:
    with running(Webhook(failures=2)) as server:
        (outcome,) = deliver(alerts(f"json://{server.host}/", retries=3), ALERT)
    assert (outcome.arrived, outcome.attempts) == (True, 3)
    assert len(server.received) == 1


def test_retries_end_and_the_other_addresses_are_not_held_up() -> None:
    with running(Webhook(failures=9)) as down, running(Webhook()) as up:
        first, second = deliver(alerts(f"json://{down.host}", f"json://{up.host}", retries=2), ALERT)
    assert (first.arrived, first.attempts, down.attempts) == (False, 3, 3)
    assert second.arrived
    assert summary([first, second]).startswith("1 of 2 arrived; did not arrive at json://127.0.0.1")


@pytest.mark.parametrize(
    "url",
    [
        "json://user:{secret}@127.0.0.1:{port}/",
        "json://127.0.0.1:{port}/hooks/{secret}?+X-Token={secret}",
        "mailto://user:{secret}@127.0.0.1:{port}?from=tenure@example.com&to=ops@example.com",
        "slack://{secret}/x",
        "nonsense://{secret}",
    ],
)
def test_an_address_that_is_down_is_named_without_its_secret(
    url: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    (outcome,) = deliver(alerts(url.format(secret=SECRET, port=closed_port())), ALERT)
    assert not outcome.arrived
    assert outcome.reason
    said = "".join([str(outcome), caplog.text, *capfd.readouterr()])
    assert SECRET not in said
    assert "Traceback" not in said


def test_settings_never_show_an_address() -> None:
    settings = alerts(f"json://host/{SECRET}")
    assert SECRET not in repr(settings) + settings.model_dump_json()


def test_a_reason_is_freed_of_every_part_of_the_address() -> None:
    url = "https://hooks.example.com/services/T1JJ3T3L2/TIiajkdnlazkcOXrIdevi7?token=abcdef123456"
    said = "no route to hooks.example.com/services/T1JJ3T3L2/TIiajkdnlazkcOXrIdevi7 with abcdef123456"
    cleaned = without_secrets(said, url)
    assert not [part for part in ("T1JJ3T3L2", "TIiajkdnlazkcOXrIdevi7", "abcdef123456") if part in cleaned]
    assert "hooks.example.com" in cleaned


def test_hostile_names_stay_text() -> None:
    name = "<!channel> [pay](http://x) *b* `c` @everyone\u202e\x1b[31m jane.doe@example.com"
    shown = Alert("digest", "t", (section("Work list", items=[name]),)).markdown
    assert not [mark for mark in ("<", ">", "[", "](", "`", "@", "\u202e", "\x1b", "jane.doe") if mark in shown]


def test_the_test_message_says_that_nothing_is_wrong(tmp_path: Path) -> None:
    from pipelines.settings import Settings

    alert = trial_alert(Settings(home=tmp_path, as_of=dt.date(2026, 1, 30)))
    assert "nothing is wrong" in alert.plain
    assert "no release was ever published" in alert.plain
