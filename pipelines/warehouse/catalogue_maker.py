"""Makes the catalogue: dbt's manifest, the types of an empty build, and the lineage of the plan's statements."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pipelines.settings import load_settings
from pipelines.warehouse import sources
from pipelines.warehouse.catalogue import ColumnEntry, TableEntry
from pipelines.warehouse.execute import execute
from pipelines.warehouse.lineage import LineageReader, Origin, TableLineage
from pipelines.warehouse.plan import Plan
from pipelines.warehouse.project import engine_options, manifest_path

ANY_DAY = dt.date(2026, 1, 31)
TABLES = ("model", "seed")
# It begins with the first day of anything; traced further, every month would lead to every table.
CALENDAR, RUN = "intermediate.int_months", "staging.stg_run"
OVERLAY = "policy_overlay"  # a company's rows of a seed: the seed's table holds them
COLUMNS = """
    select schema_name || '.' || table_name, column_name, data_type
    from duckdb_columns() where database_name = 'warehouse' and not internal
    order by schema_name, table_name, column_index
"""


def make_catalogue(plan: Plan) -> tuple[TableEntry, ...]:
    """All tables of a build after this plan, by name."""
    types = _types(plan)
    reader = LineageReader(types)
    lineages = {node.unique_id: reader.read(node.statements) for node in plan.nodes if node.resource_type == "model"}
    manifest = json.loads(manifest_path().read_bytes())
    nodes = {
        f"{node['schema']}.{node['alias']}": node
        for node in manifest["nodes"].values()
        if node["resource_type"] in TABLES
    }
    checks, rules = _checks(manifest), _rules(manifest)
    found = []
    for table, columns in types.items():
        node = nodes.get(table, {})
        unique_id = node.get("unique_id", "")
        asked = checks[unique_id]
        found.append(
            TableEntry(
                name=table,
                description=node.get("description", "").strip(),
                columns=tuple(_columns(table, columns, node, lineages.get(unique_id))),
                rows_of=lineages[unique_id].rows_of if unique_id in lineages else (),
                decided_by=lineages[unique_id].decided_by if unique_id in lineages else (),
                key=next((tuple(test["kwargs"]["columns"]) for test in asked if test["name"] == "key"), ()),
                checks=tuple(test["words"] for test in asked),
                rules=tuple(rules[node.get("name", "")]),
            )
        )
    return tuple(found)


def _types(plan: Plan) -> dict[str, dict[str, str]]:
    """Every table of a build with its columns' types: the plan, carried out on an empty lake."""
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        file = home / "warehouse.duckdb"
        sources.create_build_file(file, load_settings(home, as_of=ANY_DAY))
        threads, options = engine_options()
        with sources.open_build_file(file, options) as connection:
            execute(plan, connection, threads)
            rows = connection.execute(COLUMNS).fetchall()
    types: dict[str, dict[str, str]] = defaultdict(dict)
    for table, column, sql_type in rows:
        if not table.startswith(f"{OVERLAY}."):
            types[table][column] = sql_type
    return dict(types)


def _columns(
    table: str, types: Mapping[str, str], node: Mapping[str, Any], lineage: TableLineage | None
) -> Iterable[ColumnEntry]:
    """`lineage`: of a model; None of what is made of no other table."""
    for name, sql_type in types.items():
        described = node.get("columns", {}).get(name, {})
        origin = lineage.columns.get(name) if lineage else Origin()
        yield ColumnEntry(
            name=name,
            sql_type=described.get("data_type") or sql_type.lower(),
            description=described.get("description", "").strip(),
            values=tuple(ref for ref in origin.values if table != CALENDAR or ref[0] == RUN) if origin else (),
            chosen=origin.chosen if origin else (),
            counted=origin.counted if origin else (),
            is_traced=origin is not None,
            words=origin.words if origin else (),
        )


def _checks(manifest: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Data tests by the unique id of the tables they are about, `words` being what each makes sure of."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for node in sorted(manifest["nodes"].values(), key=lambda node: str(node["name"])):
        if node["resource_type"] == "test":
            general = node.get("test_metadata") or {"name": "", "kwargs": {}}
            test = {"name": general["name"], "kwargs": general["kwargs"]}
            about = [node["attached_node"]] if node.get("attached_node") else node["depends_on"]["nodes"]
            for unique_id in about:
                found[unique_id].append({**test, "words": _words(test, node["raw_code"])})
    return found


def _words(test: Mapping[str, Any], code: str) -> str:
    options = test["kwargs"]
    if test["name"] == "key":
        return f"One row for each {', '.join(options['columns'])}."
    if test["name"] == "accepted_values":
        return f"{options['column_name']} is one of {', '.join(options['values'])}."
    if test["name"]:
        return f"{options.get('column_name', '')} {test['name'].replace('_', ' ')}".strip() + "."
    comment = [line.removeprefix("--").strip() for line in code.strip().splitlines() if line.startswith("--")]
    return " ".join(comment)  # by the house style it says which failure it guards against


def _rules(manifest: Mapping[str, Any]) -> dict[str, list[str]]:
    """Names of unit tests as words, by the model's name."""
    found: dict[str, list[str]] = defaultdict(list)
    for test in manifest["unit_tests"].values():
        found[test["model"]].append(str(test["name"]).replace("_", " "))
    return found
