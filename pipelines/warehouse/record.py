"""Makes the plan: dbt builds the project on an empty lake, and what it sends to the engine is written down."""

import datetime as dt
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.errors import UserError
from pipelines.settings import PROJECT_ROOT, load_settings
from pipelines.warehouse import dbt_run, project, sources
from pipelines.warehouse.plan import TEST, Plan, PlanNode, Question, parents_first

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

# What dbt lists among the results of a build without sending anything to the engine for it.
PAPER = [option for kind in ("exposure", "saved_query", "unit_test") for option in ("--exclude-resource-type", kind)]
# Tests come in a call of their own: in an empty company some fail, and dbt would then skip what stands below.
BUILD = ["build", *PAPER, "--exclude-resource-type", "test", "--no-write-json"]
ASK = ["test", "--exclude-resource-type", "unit_test", "--no-write-json"]
ANY_DAY = dt.date(2026, 1, 31)
NO_NODE = ""
DBT_CUT = "..."  # what dbt puts at the end of a seed's statement when it tells of it, cut or not
PASSIVE = {duckdb.StatementType.SELECT, duckdb.StatementType.TRANSACTION}


def record(state: str) -> Plan:
    """The plan of the project. Raises UserError where dbt cannot build it."""
    manifest = project.parsed_manifest()
    told: dict[str, list[str]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        file = home / "warehouse.duckdb"
        sources.create_build_file(file, load_settings(home, as_of=ANY_DAY))
        with project.build_file(file):
            results = [
                result
                for command in (BUILD, ASK)
                for result in dbt_run.run(manifest, command, home, lambda node, sql: told[node].append(sql))
            ]
    broken = [f"{result.node.name}: {result.message}" for result in results if str(result.status) == "error"]
    if broken:
        raise UserError(
            "dbt cannot build the project: " + "; ".join(broken), where=str(PROJECT_ROOT / "dbt_project"),
            done="nothing was built", do="correct the models named above",
        )  # fmt: skip
    nodes = {result.node.unique_id: result.node for result in results}
    above = _above(manifest)
    planned = {
        unique_id: PlanNode(
            unique_id=unique_id,
            resource_type=str(node.resource_type),
            name=node.name,
            needs=sorted(set(node.depends_on_nodes) & nodes.keys()),
            after=sorted(above[unique_id] & nodes.keys()),
            statements=_active(told[unique_id]),
            question=_question(node, told[unique_id]) if str(node.resource_type) == TEST else None,
        )
        for unique_id, node in nodes.items()
    }
    return Plan(state, list(dict.fromkeys(_active(told[NO_NODE]))), parents_first(planned))


def _active(told: list[str]) -> list[str]:
    """The statements that change the database, each whole: not dbt's looks at it, nor its transactions."""
    return [
        statement.query.strip()
        for sql in told
        for statement in duckdb.extract_statements(sql.removesuffix(DBT_CUT))
        if statement.type not in PASSIVE
    ]


def _question(test: Any, told: list[str]) -> Question:
    return Question(
        count=next(sql for sql in told if "should_error" in sql),
        rows=test.compiled_code,
        severity=test.config.severity.lower(),
        fails_if=test.config.error_if,
        warns_if=test.config.warn_if,
    )


def _above(manifest: "Manifest") -> dict[str, set[str]]:
    """What `dbt build` would have finished before each node: its parents, and the tests of what stands above it."""
    from dbt.compilation import Linker

    linker = Linker()
    linker.link_graph(manifest)
    manifest.build_parent_and_child_maps()
    linker.add_test_edges_2(manifest)
    return {node: set(linker.graph.predecessors(node)) for node in linker.graph}
