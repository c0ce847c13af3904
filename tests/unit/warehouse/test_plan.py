"""The plan of a build: what it is made of, which part of it is sent, and how the outcomes of its nodes are judged."""

import re
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from pipelines.settings import load_settings
from pipelines.warehouse import dbt_run, plan, project, sources
from pipelines.warehouse.build import build
from pipelines.warehouse.execute import execute
from pipelines.warehouse.plan import Plan, PlanNode, Question
from pipelines.warehouse.record import PAPER
from tests.small_company import AS_OF, write_inbox

# What would make a statement depend on more than the project's files: the database, the run, the machine.
ASKING = re.compile(
    r"run_query|load_result|adapter\.(?!dispatch)|\bexecute\b|invocation_id|run_started_at|env_var|\bvar\("
)


def model(name: str, sql: str, *after: str) -> PlanNode:
    needs = [node for node in after if not node.startswith("t")]
    return PlanNode(name, "model", name, needs, list(after), [f"create table {name} as {sql}"], None)


def asked(name: str, about: str, where: str, severity: str = "error") -> PlanNode:
    rows = f"select value from {about} where {where}"
    count = f"select count(*) as failures, count(*) != 0 as should_warn, count(*) != 0 as should_error from ({rows})"
    return PlanNode(name, "test", name, [about], [about], [], Question(count, rows, severity, "!= 0", "!= 0"))


def outcomes(*nodes: PlanNode) -> dict[str, str]:
    with duckdb.connect(":memory:") as connection:
        return {result.name: result.status for result in execute(Plan("", [], list(nodes)), connection, 2)}


SEED = model("seed", "select unnest([1, 2]) as value")


def test_what_holds_passes() -> None:
    nodes = SEED, asked("t", "seed", "value > 2"), model("below", "select * from seed", "seed", "t")
    assert outcomes(*nodes) == {"seed": "success", "t": "pass", "below": "success"}


def test_what_stands_on_a_failed_test_is_skipped() -> None:
    nodes = SEED, asked("t", "seed", "value > 1"), model("below", "select 1", "seed", "t"), model("last", "", "below")
    assert outcomes(*nodes) == {"seed": "success", "t": "fail", "below": "skipped", "last": "skipped"}


def test_a_warning_stops_nothing() -> None:
    nodes = SEED, asked("t", "seed", "value > 1", "warn"), model("below", "select 1 as value", "seed", "t")
    assert outcomes(*nodes) == {"seed": "success", "t": "warn", "below": "success"}


def test_what_cannot_be_computed_is_an_error_with_its_reason() -> None:
    with duckdb.connect(":memory:") as connection:
        results = execute(Plan("", [], [model("wrong", "select no_column")]), connection, 2)
    assert [result.status for result in results] == ["error"]
    assert "no_column" in results[0].message


def test_too_little_memory_says_which_setting_to_raise() -> None:
    with duckdb.connect(":memory:", config={"memory_limit": "20MB", "temp_directory": ""}) as connection:
        results = execute(Plan("", [], [model("large", "select list(range) as x from range(10000000)")]), connection, 2)
    assert [result.status for result in results] == ["error"]
    assert "max_build_memory_mb" in results[0].message


def test_a_failed_test_shows_its_rows() -> None:
    with duckdb.connect(":memory:") as connection:
        results = execute(Plan("", [], [SEED, asked("t", "seed", "value > 1")]), connection, 2)
    failed = results[-1]
    assert (failed.failures, failed.messages) == (1, ["value = 2"])
    assert failed.message == "Got 1 result, configured to fail if != 0"


def test_a_part_is_what_is_named_and_stands_above_with_its_tests() -> None:
    other = model("other", "select 1 as value")
    nodes = [
        SEED,
        other,
        model("below", "select 1 as value", "seed"),
        asked("t1", "seed", "true"),
        asked("t2", "other", ""),
    ]
    part = Plan("", [], nodes).only(["below"])
    assert {node.name for node in part.nodes} == {"seed", "below", "t1"}


def test_the_plan_is_the_project() -> None:
    nodes = {node.unique_id: node for node in plan.current_plan().nodes}
    assert set(nodes) == {
        unique_id for unique_id, node in project.parsed_manifest().nodes.items() if node.resource_type != "unit_test"
    }
    assert all(bool(node.statements) != bool(node.question) for node in nodes.values())


def test_a_plan_of_another_state_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def record(state: str) -> Plan:
        made.append(state)
        return Plan(state, ["create schema a"], [SEED, asked("t", "seed", "true")])

    monkeypatch.setattr(plan, "FILE", tmp_path / "plan.json")
    monkeypatch.setattr("pipelines.warehouse.record.record", record)
    first = plan.current_plan()
    assert plan.current_plan() == first and len(made) == 1
    monkeypatch.setattr(plan, "project_hash", lambda: "changed")
    assert plan.current_plan() == replace(first, state=made[-1]) and len(made) == 2


def test_statements_depend_on_the_project_alone() -> None:
    """A plan is recorded on an empty lake: what asks the database or the run while it is rendered would be frozen."""
    own = [node for node in project.parsed_manifest().nodes.values() if str(node.resource_type) in ("model", "test")]
    code = {node.name: node.raw_code for node in own}
    code |= {
        macro.name: macro.macro_sql
        for macro in project.parsed_manifest().macros.values()
        if macro.package_name == "tenure" and "/materializations/" not in macro.original_file_path
    }
    assert [name for name, sql in code.items() if ASKING.search(sql)] == []


@pytest.mark.slow
def test_the_plan_does_what_dbt_does(tmp_path: Path) -> None:
    from pipelines.landing import land

    write_inbox(tmp_path)
    settings = load_settings(tmp_path, as_of=AS_OF)
    land(settings, "run")
    planned = build(settings, tmp_path / "planned", "run")
    folder = tmp_path / "dbt"
    folder.mkdir()
    sources.create_build_file(folder / "warehouse.duckdb", settings)
    with project.build_file(folder / "warehouse.duckdb"):
        command = ["build", *PAPER, "--no-write-json"]
        results = dbt_run.run(project.parsed_manifest(), command, folder)
    assert {node.unique_id: node.status for node in planned.nodes} == {
        result.node.unique_id: str(result.status) for result in results
    }
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute(f"attach '{planned.file}' as planned (read_only)")
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'planned'"
        ).fetchall()
        assert len(tables) > 100
        for schema, table in tables:
            by_dbt, by_plan = f'warehouse."{schema}"."{table}"', f'planned."{schema}"."{table}"'
            assert (
                connection.execute(f"describe {by_dbt}").fetchall()
                == connection.execute(f"describe {by_plan}").fetchall()
            )
            differing = f"(from {by_dbt} except all from {by_plan}) union all (from {by_plan} except all from {by_dbt})"
            assert connection.execute(differing).fetchall() == [], f"{schema}.{table}"
