"""One build on Spark: seeds by DuckDB, models by Spark; all tables are read into the build's file and tested there."""

import functools
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from pipelines.errors import UserError
from pipelines.settings import Settings
from pipelines.warehouse.execute import execute, in_order, outcome
from pipelines.warehouse.plan import Plan, PlanNode
from pipelines.warehouse.results import NodeResult
from pipelines.warehouse.spark.inputs import register_inputs
from pipelines.warehouse.spark.record import is_view, relation_of, spark_plan
from pipelines.warehouse.spark.session import look_for_spark, spark_session
from pipelines.warehouse.spark.storage import Storage

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SEED = "seed"
MESSAGE_LINES = 6


def build_on_spark(
    settings: Settings, connection: duckdb.DuckDBPyConnection, plan: Plan, threads: int, folder: Path
) -> list[NodeResult]:
    """Makes and tests what `plan` (DuckDB's) names. `folder`: for Spark's files, where no other place is set.

    Raises UserError where Spark cannot run at all, or left no table; failed models and tests are in the results.
    """
    look_for_spark(settings.engine)
    scratch = Storage(f"{settings.engine.scratch}/{folder.parent.name}" if settings.engine.scratch else str(folder))
    seeds = [node for node in plan.nodes if node.resource_type == SEED]
    results = execute(replace(plan, nodes=seeds), connection, threads)
    names = {node.name for node in plan.nodes}
    rendered = spark_plan()
    models = replace(rendered, nodes=[node for node in rendered.nodes if node.name in names])
    with scratch.emptied_at_end():
        with spark_session(settings.engine, scratch.url) as session:
            _make_schemas(session, models, scratch)
            register_inputs(session, connection, settings, scratch)
            made = in_order(models, functools.partial(_run, session), settings.engine.models_at_once)
        tables = {node.unique_id: node for node in models.nodes if not is_view(node)}
        results += [result for result in made if result.unique_id in tables]
        if any(result.status != "success" for result in made):
            return [*results, *(result for result in made if result.unique_id not in tables)]
        for node in plan.nodes:
            if node.unique_id in tables:
                read_in(connection, node, relation_of(tables[node.unique_id]), scratch)
        rest = [node for node in plan.nodes if node.unique_id not in tables and node.resource_type != SEED]
        return [*results, *execute(replace(plan, schemas=[], nodes=rest), connection, threads)]


def _make_schemas(session: "SparkSession", models: Plan, scratch: Storage) -> None:
    for schema in sorted({relation_of(node)[0] for node in models.nodes}):
        session.sql(f"drop schema if exists {schema} cascade")
        session.sql(f"create schema {schema} location '{scratch.at(schema)}'")


def _run(session: "SparkSession", node: PlanNode) -> NodeResult:
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    begun = time.perf_counter()
    try:
        for statement in node.statements:
            session.sql(statement)
        result = outcome(node, "success")
    except (PySparkException, Py4JError) as error:
        result = outcome(node, "error", "\n".join(str(error).splitlines()[:MESSAGE_LINES]))
    return replace(result, seconds=time.perf_counter() - begun)


def read_in(connection: duckdb.DuckDBPyConnection, node: PlanNode, relation: tuple[str, str], scratch: Storage) -> None:
    """Spark's table into the build's file; `node`: how DuckDB would make it. A contract holds to the last type."""
    name = ".".join(relation)
    connection.register("from_spark", scratch.read(*relation))
    create, *fill = node.statements
    if fill:  # under a contract dbt creates the table first, with its types
        connection.execute(create)
        promised, given = (
            {column: kind for column, kind, *_ in connection.execute(f"describe {table}").fetchall()}
            for table in (name, "from_spark")
        )
        if promised != given:
            differing = sorted({*promised.items()} ^ {*given.items()})
            raise UserError(
                f"Spark's {name} is not what its contract promises: {differing}", done="nothing was published",
                do="cast every column in the model's last select",
            )  # fmt: skip
        connection.execute(f"insert into {name} by name select * from from_spark")
    else:
        connection.execute(f"create table {name} as select * from from_spark")
    connection.unregister("from_spark")
