"""dbt's metrics are the catalogue's: the file is current, and months are added up as the catalogue says."""

from typing import Any

import pytest
import yaml

from pipelines.explain.entries import catalogue
from pipelines.metrics.semantic import FILE, as_yaml, is_semantic
from pipelines.settings import PROJECT_ROOT
from pipelines.warehouse import project

MODELS = PROJECT_ROOT / "dbt_project" / "models" / "semantic" / "semantic_models.yml"
CHOICES = {None: "sum", "max": "last", "min": "first"}
# Metrics of the catalogue that no sum of rows gives for every question that a tool may ask.
NOT_SEMANTIC = {
    "told of one account manager only": {
        "handover_fair_nrr_cc", "inherited_start_arr_cc", "scorecard_score", "upsell_coverage", "quota_attainment_rate",
    },
    "told of one client only": {"health_score"},
    "one row has two account managers": {"transfer_arr"},
    "the company's is not made of the account managers'": {"kpi_attainment_rate"},
}  # fmt: skip


@pytest.fixture(scope="module")
def measures() -> dict[str, Any]:
    models = yaml.safe_load(MODELS.read_text(encoding="utf-8"))["semantic_models"]
    return {measure["name"]: measure for model in models for measure in model.get("measures", [])}


@pytest.fixture(scope="module")
def metrics() -> dict[str, Any]:
    return {metric["name"]: metric for metric in yaml.safe_load(FILE.read_text(encoding="utf-8"))["metrics"]}


def measure_of(metric: dict[str, Any]) -> str:
    measure = metric["type_params"]["measure"]
    return measure if isinstance(measure, str) else measure["name"]


def sums_of(name: str, metrics: dict[str, Any]) -> set[str]:
    """The measures that a metric comes down to."""
    metric = metrics[name]
    if metric["type"] == "simple":
        return {measure_of(metric)}
    given = metric["type_params"]
    below = given["metrics"] if metric["type"] == "derived" else [given["numerator"], given["denominator"]]
    return {measure for part in below for measure in sums_of(part, metrics)}


def test_the_file_is_what_the_catalogue_says() -> None:
    assert FILE.read_text(encoding="utf-8") == as_yaml(), "run: python -m pipelines.metrics.semantic"


def test_every_explained_metric_is_there_or_says_why_not() -> None:
    without = {entry.name for entry in catalogue().entries.values() if entry.explain and not is_semantic(entry)}
    assert without == set().union(*NOT_SEMANTIC.values())


def test_there_is_every_type_of_metric(metrics: dict[str, Any]) -> None:
    assert {metric["type"] for metric in metrics.values()} == {"simple", "ratio", "derived"}


def test_balances_are_not_added_up_over_months(measures: dict[str, Any], metrics: dict[str, Any]) -> None:
    for entry in catalogue().entries.values():
        if is_semantic(entry):
            kinds = {
                CHOICES[measures[measure].get("non_additive_dimension", {}).get("window_choice")]
                for measure in sums_of(entry.name, metrics)
            }
            # A list as of the release has a row a contract: it is counted, whatever month its contracts end in.
            assert kinds == {entry.over_time or "sum"}, entry.name


def test_every_measure_is_used(measures: dict[str, Any], metrics: dict[str, Any]) -> None:
    assert set(measures) == {measure for name in metrics for measure in sums_of(name, metrics)}


def test_the_manifest_has_them_with_unit_and_owner() -> None:
    manifest = project.parsed_manifest()
    found = {metric.name: metric for metric in manifest.metrics.values()}
    for entry in filter(is_semantic, catalogue().entries.values()):
        meta = found[entry.name].config.meta
        assert (meta["unit"], meta["owner"], meta["published"]) == (str(entry.unit), entry.owner, entry.published)
        assert found[entry.name].description == entry.formula
    assert [node.name for node in manifest.nodes.values() if getattr(node, "time_spine", None)] == ["int_days"]


@pytest.mark.slow
def test_the_project_parses_without_a_warning(tmp_path: Any) -> None:
    from dbt.cli.main import dbtRunner

    said: list[str] = []
    runner = dbtRunner(
        callbacks=[lambda event: said.append(event.info.msg) if event.info.level in ("warn", "error") else None]
    )
    arguments = [
        "--project-dir",
        str(PROJECT_ROOT),
        "--profiles-dir",
        str(PROJECT_ROOT),
        "--target-path",
        str(tmp_path),
    ]
    options = ["--no-partial-parse", "--show-all-deprecations", "--log-path", str(tmp_path), "--quiet"]
    with project.without_build_file():
        outcome = runner.invoke(["parse", *options, *arguments])
    assert outcome.success, outcome.exception
    assert said == []
