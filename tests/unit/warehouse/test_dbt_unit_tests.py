"""dbt's unit tests: each proves one rule of the metric book on rows written by hand, through the real model.

dbt needs the tested models' parents to exist, so a warehouse is built once from an empty lake; the unit tests then run
in one dbt call, and each reports here by its own name.
"""

import datetime as dt
from typing import Any

import pytest

from pipelines.settings import Settings
from pipelines.warehouse import dbt_run, project, sources

WITHOUT_TESTS = ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]


def unit_tests() -> dict[str, Any]:
    return {test.name: test for test in project.parsed_manifest().unit_tests.values()}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "unit_test" in metafunc.fixturenames:
        metafunc.parametrize("unit_test", sorted(unit_tests()))


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """dbt's result by the unit test's name."""
    home = tmp_path_factory.mktemp("home")
    file = home / "warehouse.duckdb"
    manifest = project.parsed_manifest()
    sources.create_build_file(file, Settings(home=home, as_of=dt.date(2026, 9, 30)))
    parents = {f"+{manifest.nodes[node].name}" for test in unit_tests().values() for node in test.depends_on.nodes}
    with project.build_file(file):
        built = dbt_run.run(manifest, ["build", "--empty", *WITHOUT_TESTS, "--select", *sorted(parents)], home)
        broken = [f"{result.node.name}: {result.message}" for result in built if str(result.status) == "error"]
        assert not broken, "\n".join(broken)
        results = dbt_run.run(manifest, ["test", "--select", "test_type:unit"], home)
    return {result.node.name: result for result in results}


def test_the_rule_holds(unit_test: str, outcomes: dict[str, Any]) -> None:
    assert unit_test in outcomes, "dbt did not run it"
    assert str(outcomes[unit_test].status) == "pass", outcomes[unit_test].message


def test_names_are_unique() -> None:
    names = [test.name for test in project.parsed_manifest().unit_tests.values()]
    assert len(names) == len(set(names))


def test_there_is_a_folder_of_rules() -> None:
    assert len(unit_tests()) >= 60
