"""What MetricFlow makes of the semantic layer is what the marts publish, for every metric and cut that it has."""

import csv
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.errors import UserError
from pipelines.explain.answer import Unit
from pipelines.explain.entries import CLIENT, CLIENT_ATTRIBUTES
from pipelines.metrics.question import Question
from pipelines.metrics.semantic import Form, forms
from pipelines.metrics.values import ask
from pipelines.serving.release import Release, open_release
from pipelines.settings import PROJECT_ROOT
from tests import metricflow
from tests.builds import built

pytestmark = pytest.mark.slow

MODELS = PROJECT_ROOT / "dbt_project" / "models" / "semantic" / "semantic_models.yml"
METRICS = PROJECT_ROOT / "dbt_project" / "models" / "semantic" / "metrics.yml"
MONTH = "metric_time__month"
LONG, AT_ONCE = 240, 20
LEAST_COMPARED = 5_000
# A ratio of the marts has 8 decimals. The FX effect is the difference of two of them, in percentage points.
HALF_A_DIGIT = Decimal("0.0000000051")
OF_POINTS = Decimal("0.0000011")
Rows = dict[tuple[Any, ...], Decimal | None]


@pytest.fixture(scope="module", params=["s_random", "r_company"])
def warehouse(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(request.param, tmp_path_factory.mktemp(request.param)) / "warehouse.duckdb"


def elements() -> dict[str, dict[str, str]]:
    """By measure: what its rows can be grouped by, dimension of the catalogue -> name in MetricFlow."""
    found = {}
    for model in yaml.safe_load(MODELS.read_text(encoding="utf-8"))["semantic_models"]:
        own = {row["name"]: f"{model.get('primary_entity')}__{row['name']}" for row in model["dimensions"]}
        entities = {row["name"]: row["name"] for row in model["entities"]}
        joined = {name: f"{CLIENT}__{name}" for name in CLIENT_ATTRIBUTES} if CLIENT in entities else {}
        for measure in model.get("measures", []):
            found[measure["name"]] = {**joined, **own, **entities}
    return found


def grouped_by() -> dict[str, dict[str, str]]:
    """The same by metric."""
    of_measure = elements()
    metrics = {metric["name"]: metric for metric in yaml.safe_load(METRICS.read_text(encoding="utf-8"))["metrics"]}

    def of(name: str) -> dict[str, str]:
        given = metrics[name]["type_params"]
        if "measure" in given:
            measure = given["measure"]
            return of_measure[measure if isinstance(measure, str) else measure["name"]]
        return of((given.get("metrics") or [given["numerator"]])[0])

    return {name: of(name) for name in metrics}


@dataclass(frozen=True)
class Asked:
    """A metric of the semantic layer by a dimension of the catalogue ("" for none), and the basis that it is on."""

    name: str
    form: Form
    basis: str | None
    dimension: str

    @property
    def question(self) -> Question:
        by = (self.dimension,) if self.dimension else ()
        last = LONG if self.form.entry.source.month else None
        return Question(self.form.entry.name, by, last=last, window=self.form.window, basis=self.basis)


def cuts() -> dict[tuple[str, ...], list[Asked]]:
    """By what is grouped by: the metrics that can be asked for together."""
    found = defaultdict(list)
    names = grouped_by()
    for form in forms():
        months = (MONTH,) if form.entry.source.month else ()
        for metric in form.metrics():
            name = metric["name"]
            basis = "reported" if name.startswith("reported_") else None
            for dimension in ("", *form.entry.dimensions):
                if not dimension:
                    found[months].append(Asked(name, form, basis, ""))
                elif dimension in names[name]:
                    found[*months, names[name][dimension]].append(Asked(name, form, basis, dimension))
    return found


def published(release: Release, asked: Asked) -> Rows:
    """What the marts have by (month, value of the dimension); nothing where they have no such figure at all."""
    try:
        answer = ask(release, asked.question)
    except UserError as error:
        assert "the release has no" in error.what, error
        return {}
    return {
        (*([f"{figure.month:%Y-%m-%d}"] if figure.month else []), *figure.keys): figure.value
        for figure in answer.figures
    }


def told(rows: metricflow.Rows, asked: Asked, group_by: Sequence[str]) -> Rows:
    return {
        tuple(str(row[name])[:10] if name == MONTH else row[name] for name in group_by): (
            None if row[asked.name] is None else Decimal(str(row[asked.name]))
        )
        for row in rows
    }


def is_same(asked: Asked, ours: Decimal | None, theirs: Decimal | None) -> bool:
    """Whether it is the same figure. Where a sum has no rows at all, MetricFlow tells nothing."""
    is_sum = bool(asked.form.how.total)
    if ours is None:
        return theirs is None or (is_sum and theirs == 0)
    if theirs is None:
        return is_sum and ours == 0
    points = asked.form.entry.unit is Unit.POINTS
    return abs(ours - theirs) <= (0 if is_sum else OF_POINTS if points else HALF_A_DIGIT)


def test_every_metric_by_every_cut_is_what_is_published(warehouse: Path) -> None:
    batches = [
        (group_by, asked[at : at + AT_ONCE])
        for group_by, asked in cuts().items()
        for at in range(0, len(asked), AT_ONCE)
    ]
    answers = metricflow.ask(warehouse, [([one.name for one in asked], list(by)) for by, asked in batches])
    compared, wrong = 0, {}
    with open_release(warehouse) as release:
        for (group_by, asked), rows in zip(batches, answers, strict=True):
            for one in asked:
                ours, theirs = published(release, one), told(rows, one, group_by)
                compared += len(ours)
                differing = {
                    key: (ours[key], theirs.get(key)) for key in ours if not is_same(one, ours[key], theirs.get(key))
                }
                if differing:
                    wrong[one.name, one.dimension] = dict(list(differing.items())[:3])
    assert wrong == {}
    assert compared > LEAST_COMPARED


def test_the_command_reads_a_release_that_nobody_may_write(warehouse: Path, tmp_path: Path) -> None:
    warehouse.chmod(0o444)
    out = tmp_path / "nrr.csv"
    done = subprocess.run(
        [Path(sys.executable).with_name("mf"), "query", "--metrics", "nrr_cc", "--group-by", MONTH, "--csv", str(out)],
        env=metricflow.environment(warehouse), cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    with out.open(encoding="utf-8", newline="") as file, open_release(warehouse) as release:
        theirs = {row[MONTH][:10]: Decimal(row["nrr_cc"]) for row in csv.DictReader(file)}
        ours = {f"{figure.month}": figure.value for figure in ask(release, Question("nrr_cc", last=LONG)).figures}
    assert theirs.keys() == ours.keys()
    assert all(abs(theirs[month] - value) <= HALF_A_DIGIT for month, value in ours.items() if value is not None)
