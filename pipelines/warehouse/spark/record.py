"""Makes the plan for Spark: dbt renders every model with dbt-spark, and nothing runs.

dbt-spark would also run them, but it switches Spark's strict mode off for every statement: what cannot be counted then
becomes an empty cell without a word. So the build sends the statements itself, in a session of its own.
"""

from pathlib import Path
from typing import Any

from pipelines.errors import UserError
from pipelines.settings import PROJECT_ROOT
from pipelines.warehouse import plan as plans
from pipelines.warehouse.plan import Plan, PlanNode, parents_first
from pipelines.warehouse.project import TARGET, dbt_arguments, without_build_file

FILE = TARGET / "plan-spark.json"
PACKAGES = ("dbt-core", "dbt-adapters", "dbt-spark")
COMPILE = ["compile", "--target", "spark", "--select", "resource_type:model", "--no-populate-cache", "--no-introspect"]


def spark_plan() -> Plan:
    """The statements of all models for Spark, parents first; rendered by dbt where the project changed (some 20 s)."""
    return plans.kept_plan(FILE, PACKAGES, (Path(__file__), *plans.OWN_CODE), _record)


def _record(state: str) -> Plan:
    from dbt.artifacts.schemas.run import RunExecutionResult
    from dbt.cli.main import dbtRunner

    target = TARGET / "spark"
    with without_build_file():
        answer = dbtRunner().invoke([*COMPILE, *dbt_arguments(target, target / "logs")])
    if not (answer.success and isinstance(answer.result, RunExecutionResult)):
        raise UserError(
            f"dbt cannot render the project for Spark: {answer.exception}", where=str(PROJECT_ROOT / "dbt_project"),
            done="nothing was built", do="correct the model or macro named above",
        )  # fmt: skip
    nodes = [result.node for result in answer.result.results]
    models = {node.unique_id: node for node in nodes if str(node.resource_type) == "model"}
    return Plan(state, [], parents_first({unique_id: _node(model, models) for unique_id, model in models.items()}))


def _node(model: Any, models: dict[str, Any]) -> PlanNode:
    parents = sorted(set(model.depends_on_nodes) & models.keys())
    kind = "view" if model.config.materialized == "view" else "table"
    # As dbt does for a contract: its columns, in its order.
    columns = ", ".join(model.columns) if model.config.contract.enforced else "*"
    statement = (
        f"create {kind} {model.schema}.{model.name} {'using parquet' if kind == 'table' else ''} as\n"
        f"select {columns} from (\n{model.compiled_code}\n) as model"
    )
    return PlanNode(model.unique_id, "model", model.name, parents, parents, [statement], None)


def relation_of(node: PlanNode) -> tuple[str, str]:
    """Schema and name of what a node of this plan makes."""
    schema, _, name = node.statements[0].split(maxsplit=3)[2].partition(".")
    return schema, name


def is_view(node: PlanNode) -> bool:
    """Whether a node of this plan makes a view."""
    return node.statements[0].startswith("create view")
