"""The copy into PostgreSQL as a step of the night: after the release, never against it, made good by the next run."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.defs.assemble import build_definitions
from pipelines.defs.jobs import JOB
from pipelines.defs.postgres_copy import COPY, copy_release
from pipelines.defs.release import CURRENT
from pipelines.defs.run import RefreshRun, SilentReporter
from pipelines.defs.workers import Workers
from pipelines.doctor.diagnosis import Diagnosis, State
from pipelines.doctor.services import look_at_copy
from pipelines.errors import UserError
from pipelines.release.history import current_id
from pipelines.settings import PostgresSettings, Settings, load_settings
from tests.postgres import PostgresServer
from tests.postgres_home import (
    VARIABLE,
    ask_as,
    database_of_publisher,
    make_login,
    url_of_publisher,
    write_access,
    write_release,
    write_settings,
)
from tests.small_company import AS_OF, LINES, write_inbox
from tests.unit.alerts.receivers import Webhook, running
from tests.warm import Refresher, warm_refresher

DIM_CLIENTS = "create schema marts; create table marts.dim_clients as select 'c' as client_id, 'am1' as am_id"
NOBODY = "postgresql://nobody:secret@127.0.0.1:1/none"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write_settings(tmp_path / "home")
    write_access(tmp_path / "home", {"lena": ("leadership", None), "am1": ("am", "am1")})
    return tmp_path / "home"


@pytest.fixture
def database(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> str:
    name = database_of_publisher(postgres)
    make_login(postgres, "lena", "tenure_leadership")
    make_login(postgres, "am1", "tenure_am")
    monkeypatch.setenv(VARIABLE, url_of_publisher(postgres, name))
    return name


@pytest.fixture(scope="module")
def refresher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Refresher]:
    with warm_refresher(tmp_path_factory.mktemp("instance")) as refresher:
        yield refresher


def told(settings: Settings) -> list[tuple[State, str]]:
    return [(diagnosis.state, diagnosis.found) for diagnosis in look_at_copy(settings)]


def test_the_step_stands_after_the_release_and_only_where_a_postgresql_is_configured(tmp_path: Path) -> None:
    day = dt.date(2026, 1, 31)
    plain = build_definitions(Settings(home=tmp_path, as_of=day)).resolve_asset_graph()
    assert COPY not in plain.get_all_asset_keys()
    postgres = PostgresSettings(url="postgresql://publisher@127.0.0.1/warehouse")
    definitions = build_definitions(Settings(home=tmp_path, as_of=day, postgres=postgres))
    graph = definitions.resolve_asset_graph()
    assert graph.get(COPY).parent_keys == {CURRENT}
    (check,) = [key for key in graph.asset_check_keys if key.asset_key == COPY]
    assert not graph.get_check_spec(check).blocking
    assert COPY in definitions.resolve_job_def(JOB).asset_layer.selected_asset_keys


def test_a_copy_that_fails_is_a_warning_and_an_alert_without_the_password(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release_id = write_release(home, 1, lambda connection: connection.execute(DIM_CLIENTS))
    monkeypatch.setenv(VARIABLE, NOBODY)
    with running(Webhook()) as webhook, Workers() as workers:
        monkeypatch.setenv("TENURE_ALERT_URLS", f"json://{webhook.host}/x")
        run = RefreshRun(load_settings(home), "run-1", SilentReporter(), workers)
        assert copy_release(run) is None
        assert copy_release(run) is None  # the same event is told once
    assert run.failure is None
    assert [check.full_name for check in run.checks] == ["postgres.is_current"] * 2
    assert "PostgreSQL cannot be reached" in run.checks[0].finding
    (message,) = webhook.received
    assert message["title"] == "Tenure: PostgreSQL did not get the new release"
    assert f"Live now: {release_id}" in message["message"]
    assert "Connection refused" in message["message"]
    assert "secret" not in str(message) + str(run.checks)


def test_the_doctor_says_whether_the_copy_is_the_live_release(
    postgres: PostgresServer, database: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told(Settings(home=home)) == []  # nothing configured, nothing to say
    settings = load_settings(home)
    ((state, found),) = told(settings)
    assert (state, found.startswith("PostgreSQL 1")) == (State.OK, True)
    first = write_release(home, 1, lambda connection: connection.execute(DIM_CLIENTS))
    ((state, found),) = told(settings)
    assert (state, f"has no release, live is {first}" in found) == (State.NOTE, True)
    with Workers() as workers:
        copy_release(RefreshRun(settings, "run-1", SilentReporter(), workers))
    ((state, found),) = told(settings)
    assert (state, found.endswith(f"has {first}")) == (State.OK, True)
    second = write_release(home, 2, lambda connection: connection.execute(DIM_CLIENTS))
    postgres.run(database, "grant usage on schema marts_data to am1")
    (is_open, stale) = told(settings)
    assert is_open == (State.BAD, "schema marts_data is open to am1: what is hidden in columns is not hidden there")
    assert (stale[0], f"has {first}, live is {second}" in stale[1]) == (State.NOTE, True)
    monkeypatch.setenv(VARIABLE, NOBODY)
    with pytest.raises(UserError, match="cannot be reached"):
        told(settings)


@pytest.mark.slow
def test_what_the_doctor_says_has_no_secret(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.doctor import examine

    monkeypatch.setenv(VARIABLE, NOBODY)
    (line,) = [diagnosis for diagnosis in examine(home) if diagnosis.name == "copy"]
    assert isinstance(line, Diagnosis)
    assert line.state is State.BAD
    assert "secret" not in str(line)


@pytest.mark.slow
def test_a_night_copies_what_it_publishes_and_a_later_one_what_an_earlier_could_not(
    postgres: PostgresServer, database: str, home: Path, refresher: Refresher, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = "select release_id, (select count(*) from marts.dim_clients) from ops.meta"
    write_inbox(home)
    first = refresher(home)
    assert first.status == 0, first.message
    settings = load_settings(home, as_of=AS_OF)
    live = current_id(settings)
    assert ask_as(postgres, database, "am1", copied) == [(live, 2)]
    assert first.run is not None
    event = refresher.instance.get_latest_materialization_event(COPY)
    assert event is not None and event.asset_materialization is not None
    assert event.asset_materialization.metadata["release"].value == live

    monkeypatch.setenv(VARIABLE, NOBODY)
    write_inbox(home, invoice_lines=LINES.replace("600.00", "700.00"))
    second = refresher(home)
    assert second.status == 0, second.message  # the release is out, whatever PostgreSQL does
    assert second.run is not None
    assert "postgres.is_current" in {check.full_name for check in second.run.checks if not check.passed}
    assert current_id(settings) != live
    assert ask_as(postgres, database, "am1", copied) == [(live, 2)]

    monkeypatch.setenv(VARIABLE, url_of_publisher(postgres, database))
    third = refresher(home)
    assert third.run is not None
    assert third.run.is_nothing_new
    assert ask_as(postgres, database, "am1", copied) == [(current_id(settings), 2)]
