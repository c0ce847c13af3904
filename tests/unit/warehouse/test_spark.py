"""What the engine spark says where something is missing, and what keeps a wrong table out; none of it needs Spark."""

from pathlib import Path

import duckdb
import pytest

from pipelines.errors import UserError
from pipelines.settings import EngineSettings, load_settings
from pipelines.warehouse.plan import PlanNode
from pipelines.warehouse.spark import session
from pipelines.warehouse.spark.build import read_in
from pipelines.warehouse.spark.storage import Storage


def java(folder: Path, version: str) -> Path:
    """The home of a Java that says this version."""
    (folder / "bin").mkdir(parents=True)
    program = folder / "bin" / "java"
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-01-01' >&2\n", encoding="ascii")
    program.chmod(0o755)
    return folder


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No Java anywhere but in the folder that is returned."""
    monkeypatch.setattr(session, "JAVA_FOLDERS", (str(tmp_path / "jvm"),))
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return tmp_path / "jvm"


def test_java_17_is_found_among_others(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = java(bare_machine / "java-17-openjdk", "17.0.15")
    monkeypatch.setenv("JAVA_HOME", str(java(bare_machine / "java-8", "1.8.0_402")))
    assert session.find_java() == right


def test_without_java_17_it_is_said_what_is_there(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="none is installed"):
        session.find_java()
    monkeypatch.setenv("JAVA_HOME", str(java(bare_machine / "java-21", "21.0.1")))
    with pytest.raises(UserError, match="is Java 21") as error:
        session.find_java()
    assert "openjdk-17" in str(error.value)


def test_without_the_extra_it_is_said_how_to_add_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"tenure\[spark\]; missing: pyspark, dbt.adapters.spark") as error:
        session.spark_session(EngineSettings(name="spark"), "/nowhere").__enter__()
    assert "make spark" in str(error.value)


def test_an_unknown_engine_setting_names_the_known(tmp_path: Path) -> None:
    (tmp_path / "tenure.toml").write_text('[engine]\nmastre = "yarn"\n', encoding="utf-8")
    with pytest.raises(UserError, match=r"engine\.mastre") as error:
        load_settings(tmp_path)
    assert "models_at_once" in str(error.value)


def test_success_without_a_table_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"Spark left no table marts\.fct_arr"):
        Storage(str(tmp_path)).read("marts", "fct_arr")


def test_a_table_is_read_in_only_with_the_types_of_its_contract(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path / "scratch"))
    node = PlanNode("m", "model", "m", [], [], ["create table marts.m (n bigint, t varchar)", "insert ..."], None)
    with duckdb.connect(":memory:") as connection:
        connection.execute("create schema marts")
        storage.write(connection.execute("select 'a' as t, cast(1 as bigint) as n").to_arrow_table(), "marts", "m")
        read_in(connection, node, ("marts", "m"), storage)
        assert connection.execute("from marts.m").fetchall() == [(1, "a")]
        connection.execute("drop table marts.m")
        storage.write(connection.execute("select 'a' as t, cast(1.5 as double) as n").to_arrow_table(), "marts", "m")
        with pytest.raises(UserError, match="DOUBLE"):
            read_in(connection, node, ("marts", "m"), storage)


def test_scratch_is_removed_and_hides_no_failure(tmp_path: Path) -> None:
    folder = tmp_path / "scratch"
    with duckdb.connect(":memory:") as connection:
        rows = connection.execute("select 1 as n").to_arrow_table()
    with Storage(str(folder)).emptied_at_end():
        Storage(str(folder)).write(rows, "marts", "m")
    assert not folder.exists()
    with pytest.raises(ZeroDivisionError), Storage("no-such-store://bucket").emptied_at_end():
        raise ZeroDivisionError


def test_an_address_of_no_store_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot open no-such-store"):
        Storage("no-such-store://bucket").read("marts", "m")
