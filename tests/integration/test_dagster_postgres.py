"""Dagster's run history in a real PostgreSQL: tables are made, runs recorded, the password stays out of sight."""

import logging
from pathlib import Path
from urllib.parse import unquote

import dagster as dg
import pytest

from pipelines.defs.instance import open_instance
from pipelines.errors import UserError
from pipelines.settings import DAGSTER_POSTGRES, Settings, load_settings
from tests.postgres import PostgresServer

pytestmark = pytest.mark.slow  # a real server

TABLES = {"runs", "run_tags", "event_logs", "asset_keys", "jobs", "job_ticks", "daemon_heartbeats", "alembic_version"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "tenure.toml").write_text(f"dagster_postgres_url_from = '{DAGSTER_POSTGRES}'\n", encoding="utf-8")
    return tmp_path


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")  # the instance sets it; put back afterwards
    monkeypatch.delenv(DAGSTER_POSTGRES, raising=False)


@dg.asset
def small() -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(metadata={"rows": 7})


def record_a_run(settings: Settings) -> str:
    with open_instance(settings) as instance:
        result = dg.materialize([small], instance=instance)
        assert result.success
        return result.run_id


@pytest.mark.parametrize("is_socket", [False, True], ids=["loopback", "socket"])
def test_runs_are_recorded_in_postgresql_and_the_password_is_nowhere(
    home: Path,
    postgres: PostgresServer,
    is_socket: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    database = postgres.new_database()
    monkeypatch.setenv(DAGSTER_POSTGRES, postgres.url(database, is_socket=is_socket))
    run_id = record_a_run(load_settings(home))

    made = {name for (name,) in postgres.run(database, "select tablename from pg_tables where schemaname = 'public'")}
    assert made >= TABLES
    assert postgres.run(database, "select run_id, status from runs") == [(run_id, "SUCCESS")]
    with open_instance(load_settings(home)) as later:
        event = later.get_latest_materialization_event(dg.AssetKey("small"))
        assert event is not None
        assert event.asset_materialization is not None
        assert event.asset_materialization.metadata["rows"].value == 7
    assert not list(home.rglob("*.db")), "some of the history is still in SQLite"
    assert f"env: {DAGSTER_POSTGRES}" in (home / "dagster" / "dagster.yaml").read_text(encoding="utf-8")

    written = "".join(path.read_text("utf-8", "replace") for path in home.rglob("*") if path.is_file())
    printed = capfd.readouterr()
    for text in (written, caplog.text, printed.out, printed.err):
        assert postgres.password not in text


def test_a_wrong_password_is_one_clear_message_without_it(
    home: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DAGSTER_POSTGRES, postgres.url(postgres.new_database(), password="wr ong/secret"))
    with pytest.raises(UserError) as caught:
        open_instance(load_settings(home))
    assert "password authentication failed" in str(caught.value)
    assert DAGSTER_POSTGRES in str(caught.value)
    assert "ong" not in str(caught.value).replace("wrong", "")


def test_a_url_that_cannot_be_read_is_not_shown(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DAGSTER_POSTGRES, "postgresql://user:top secret%zz@127.0.0.1:1/db")
    with pytest.raises(UserError) as caught:
        open_instance(load_settings(home))
    assert "top" not in str(caught.value)
    assert unquote("top secret") not in str(caught.value)


@pytest.mark.parametrize(("url", "message"), [("", "is not set"), ("mysql://u:hidden@h/d", "no PostgreSQL URL")])
def test_a_missing_or_foreign_url_names_the_variable(
    home: Path, monkeypatch: pytest.MonkeyPatch, url: str, message: str
) -> None:
    monkeypatch.setenv(DAGSTER_POSTGRES, url)
    with pytest.raises(UserError, match=message) as caught:
        open_instance(load_settings(home))
    assert DAGSTER_POSTGRES in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_without_the_setting_the_history_stays_in_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DAGSTER_POSTGRES, "postgresql://nobody@127.0.0.1:1/none")
    record_a_run(load_settings(tmp_path))
    assert (tmp_path / "dagster" / "history" / "runs.db").exists()
