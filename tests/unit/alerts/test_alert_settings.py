"""Settings and command of the alerts: typed, secret, and clear about what is wrong."""

from pathlib import Path
from typing import Any

import pytest
from companies import published, settings_of
from receivers import Webhook, running
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.errors import UserError
from pipelines.release.identity import identity_of
from pipelines.settings import Settings, load_settings

SECRET = "json://host/s3cr3t-t0ken"


def settings_from(home: Path, text: str) -> Settings:
    (home / "tenure.toml").write_text(text)
    return load_settings(home)


def addresses(settings: Settings) -> list[str]:
    return [url.get_secret_value() for url in settings.alerts.urls]


def test_addresses_come_from_the_file_and_the_named_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENURE_ALERT_URLS", "json://of-the-default/")
    monkeypatch.setenv("TENURE_OPS_URLS", f"{SECRET}\n mailto://mail.example.com/")
    named = settings_from(tmp_path, '[alerts]\nurls = ["json://plain/"]\nurls_from = "TENURE_OPS_URLS"\n')
    assert addresses(named) == ["json://plain/", SECRET, "mailto://mail.example.com/"]
    monkeypatch.delenv("TENURE_OPS_URLS")
    assert addresses(settings_from(tmp_path, "")) == ["json://of-the-default/"]


def test_by_default_all_but_the_digest_is_told(tmp_path: Path) -> None:
    assert settings_from(tmp_path, "").alerts.on == {"failure", "block", "late_source", "restatement"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('url = "json://x"', "unknown setting 'alerts.url'"),
        ('on = ["sucess"]', "setting 'alerts.on.0' is wrong"),
        ("retries = 99", "setting 'alerts.retries' is wrong"),
        ("digest_at = 24", "neither an hour (0 to 23) nor a cron expression"),
        ('digest_at = "61 7 * * *"', "neither an hour (0 to 23) nor a cron expression"),
        (f'urls = "{SECRET}"', "setting 'alerts.urls' is wrong"),
    ],
)
def test_what_is_wrong_is_named_without_the_address(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(UserError) as error:
        settings_from(tmp_path, f"[alerts]\n{line}\n")
    assert said in str(error.value)
    assert str(tmp_path / "tenure.toml") in str(error.value)
    assert "t0ken" not in str(error.value)


@pytest.mark.parametrize(("given", "cron"), [(6, "0 6 * * *"), ("30 7 * * 1-5", "30 7 * * 1-5")])
def test_the_digests_time_is_an_hour_or_a_cron_expression(tmp_path: Path, given: Any, cron: str) -> None:
    assert settings_of(tmp_path, digest_at=given).alerts.digest_at == cron


def test_who_is_told_changes_no_release(tmp_path: Path) -> None:
    told, silent = settings_of(tmp_path, urls=[SECRET], on=["digest"]), settings_of(tmp_path)
    assert identity_of(told).fingerprint == identity_of(silent).fingerprint


def command(home: Path, *arguments: str) -> Any:
    return CliRunner().invoke(app, ["alerts", *arguments, "--home", str(home)])


def test_the_test_command_says_where_it_arrived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(Webhook()) as server:
        monkeypatch.setenv("TENURE_ALERT_URLS", f"json://{server.host}/s3cr3t-path nonsense://s3cr3t-host")
        answer = command(tmp_path, "test")
    assert answer.exit_code == 1
    assert answer.stdout.splitlines() == [
        f"arrived at json://{server.host}",
        "did not arrive at address 2 (nonsense): it is no address that Apprise understands (0 attempts)",
    ]
    assert server.received[0]["title"] == "Tenure: a test of the alerts"


def test_without_addresses_the_test_command_says_what_to_set(tmp_path: Path) -> None:
    error = command(tmp_path, "test").exception
    assert isinstance(error, UserError)
    assert "TENURE_ALERT_URLS" in str(error)


def test_the_digest_is_shown_and_only_sent_when_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(settings_of(tmp_path))
    with running(Webhook()) as server:
        monkeypatch.setenv("TENURE_ALERT_URLS", f"json://{server.host}")
        shown = command(tmp_path, "digest")
        assert server.received == []
        sent = command(tmp_path, "digest", "--send")
    assert "NRR T12M 106.5 %" in shown.stdout
    assert sent.stdout == f"arrived at json://{server.host}\n"
    assert server.received[0]["message"] in shown.stdout
