"""The style guide of the dbt project, as tests over its manifest: documented, keyed, contracted, layered, portable."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from pipelines.landing.entities import ENTITIES
from pipelines.warehouse import plan, project
from pipelines.warehouse.policy import seeds
from tests.unit.warehouse.published import PUBLISHED_COLUMNS

# What is published, but written by the audit and the release instead of a model.
NOT_MODELS = {"ops.checks", "ops.publications", "ops.restatements"}
# Rows that have no key of their own: a doubt may be raised twice, a line of a file may be refused for two reasons.
WITHOUT_KEY = {"findings", "quarantine"}
# Landed for other rooms: landing applies map_values itself, and opportunity_history is kept raw.
NOT_SOURCES = {"map_values", "opportunity_history"}
# What the build itself puts beside the entities (pipelines/warehouse/sources.py).
BUILD_TABLES = {
    "quarantine_landed", "load_ledger", "landing_findings", "national_holidays", "fx_rates_bundled", "run_settings",
}  # fmt: skip
# Readers of sources outside staging and references, each with its reason.
READS_SOURCES = {
    "load_files": "the ledger has no staging model: it is published as it is",
    "quarantine": "the quarantine has no staging model: it is published as it is",
    "findings": "landing's findings have no staging model: they are published as they are",
    "int_invoice_lines": "a catalogue product only lends its name to a line",
    "int_business_days": "the national holidays come from a package, not from an export",
}
ENGINES = ("duckdb", "spark")
# SQL that differs between engines, or that is not exact; only macros/engine may hold what has no portable form.
FORBIDDEN = {
    "qualify": r"\bqualify\b",
    "select distinct on": r"\bdistinct\s+on\b",
    "a division by /": r"(?<![/*])/(?![/*])",
    "integer division //": r"(?<!:)//",
    "avg": r"\bavg\s*\(",
    "float or double": r"\b(float|double|real)\b",
    "merge": r"\bmerge\s+into\b",
    "concat": r"\bconcat(_ws)?\s*\(",
    "* replace or * exclude": r"\*\s*(replace|exclude)\b",
    "a cast by ::": r"::",
    "an ilike": r"\bilike\b",
    "an interval": r"\binterval\b",
    "now()": r"\b(now\s*\(|current_date|current_timestamp)",
    "a varchar (Spark wants its length; string is the same everywhere)": r"\bas\s+varchar\b",
    "a hugeint": r"\bhugeint\b",
    "a row()": r"\brow\s*\(",
    "rows out of a list": r"\b(unnest|generate_series|explode|sequence)\s*\(",
    "by name": r"\bby\s+name\b",
}
# Spark writes a CTE out wherever it is read: ten doublings of one became a query of 2,052 tables, and never ended.
TABLES_OF_A_QUERY = 135
ALLOWED = {
    (
        "int_handover_fair_nrr",
        "a division by /",
    ): "a product of monthly ratios: no money, rounded to 8 decimals at its end",
    ("int_handover_fair_nrr", "float or double"): "a product has no exact form on every engine",
    ("rpt_nps", "a division by /"): "the variance of a share under a square root, rounded to 8 decimals",
    ("rpt_nps", "float or double"): "a square root has no exact form",
    ("int_renewal_rates__by_tier_and_band", "float or double"): "a square root has no exact form",
}


@pytest.fixture(scope="module")
def nodes() -> dict[str, Any]:
    """Every model and seed of the project by name."""
    found = project.parsed_manifest().nodes.values()
    return {node.name: node for node in found if str(node.resource_type) in ("model", "seed")}


def models(nodes: dict[str, Any], *layers: str) -> Iterator[Any]:
    return (
        node for node in nodes.values() if str(node.resource_type) == "model" and (not layers or node.fqn[1] in layers)
    )


def without_comments(sql: str) -> str:
    """SQL and macro calls, without comments and text literals (a path in a message is no division)."""
    sql = re.sub(r"\{#.*?#\}", "", sql, flags=re.DOTALL)
    sql = re.sub(r"--[^\n]*", "", sql)
    return re.sub(r"'[^'\n]*'", "''", sql)


def test_every_model_is_described_with_its_grain_first(nodes: dict[str, Any]) -> None:
    assert [node.name for node in models(nodes) if not node.description.startswith("One row")] == []


def test_everything_published_has_an_enforced_contract(nodes: dict[str, Any]) -> None:
    assert [node.name for node in models(nodes, "marts", "ops") if not node.config.contract.enforced] == []


def test_everything_published_has_a_key(nodes: dict[str, Any]) -> None:
    tests = project.parsed_manifest().nodes.values()
    keyed = {
        parent
        for test in tests
        if str(test.resource_type) == "test"
        and getattr(test, "test_metadata", None)
        and test.test_metadata.name == "key"
        for parent in test.depends_on.nodes
    }
    without = [node.name for node in models(nodes, "marts", "ops") if node.unique_id not in keyed]
    assert set(without) == WITHOUT_KEY


def test_every_published_column_is_described(nodes: dict[str, Any]) -> None:
    bare = [
        f"{node.name}.{column.name}"
        for node in models(nodes, "marts", "ops")
        for column in node.columns.values()
        if not (column.description.strip() and column.data_type)
    ]
    assert bare == []
    assert [node.name for node in models(nodes, "marts", "ops") if not node.columns] == []


@pytest.mark.parametrize("table", sorted(set(PUBLISHED_COLUMNS) - NOT_MODELS))
def test_every_promised_column_is_there(table: str, nodes: dict[str, Any]) -> None:
    schema, _, name = table.partition(".")
    assert name in nodes, f"{table} is missing"
    assert nodes[name].schema == schema
    assert [column for column in PUBLISHED_COLUMNS[table] if column not in nodes[name].columns] == []


def test_published_money_is_decimal(nodes: dict[str, Any]) -> None:
    wrong = [
        f"{node.name}.{column.name} {column.data_type}"
        for node in models(nodes, "marts", "ops")
        for column in node.columns.values()
        if column.name.endswith(("_cc", "_reported", "_local", "_arr"))
        and not column.name.startswith(("nrr", "grr", "handover_fair_nrr"))
        and not re.fullmatch(r"decimal\(18, ?2\)", column.data_type or "")
    ]
    assert wrong == []


def test_sources_are_read_through_staging_and_references_only(nodes: dict[str, Any]) -> None:
    readers = {
        node.name
        for node in models(nodes)
        if any(parent.startswith("source.") for parent in node.depends_on.nodes)
        and node.fqn[1] != "staging"
        and "references" not in node.fqn
    }
    assert readers == set(READS_SOURCES)


def test_layers_build_on_layers_below(nodes: dict[str, Any]) -> None:
    # An intermediate model may build on a published one: the scorecard and the OKRs take published metrics as they are.
    above = {"staging": {"marts", "ops"}, "intermediate": {"ops"}}
    layer_of = {node.unique_id: node.fqn[1] for node in models(nodes)}
    upward = [
        f"{node.name} reads {parent}"
        for node in models(nodes, *above)
        for parent in node.depends_on.nodes
        if layer_of.get(parent) in above[node.fqn[1]]
    ]
    assert upward == []


def test_every_seed_is_documented_and_dated(nodes: dict[str, Any]) -> None:
    assert set(seeds()) == {name for name, node in nodes.items() if str(node.resource_type) == "seed"}
    for seed in seeds().values():
        columns = nodes[seed.name].columns
        assert nodes[seed.name].description.startswith("One row"), seed.name
        assert list(columns) == list(seed.types), seed.name
        assert all(column.description for column in columns.values()), seed.name
        assert seed.types["valid_from"] == "date" and "valid_from" in seed.key, seed.name
        assert set(seed.set_key) <= set(seed.key), seed.name


@pytest.mark.parametrize("rule", FORBIDDEN)
def test_the_sql_is_portable_and_exact(rule: str, nodes: dict[str, Any]) -> None:
    code = {node.name: node.raw_code for node in models(nodes)}
    code |= {
        macro.name: macro.macro_sql
        for macro in project.parsed_manifest().macros.values()
        if macro.package_name == "tenure" and "/engine/" not in macro.original_file_path.replace("\\", "/")
    }
    found = {name for name, sql in code.items() if re.search(FORBIDDEN[rule], without_comments(sql), re.IGNORECASE)}
    assert found == {name for name, allowed in ALLOWED if allowed == rule}


def test_no_query_explodes_where_an_engine_writes_ctes_out() -> None:
    models = [node for node in plan.current_plan().nodes if node.resource_type == "model"]
    sizes = {node.name: tables_written_out("\n".join(node.statements)) for node in models}
    assert max(sizes.values()) > 50  # the count counts
    assert {name: size for name, size in sizes.items() if size > TABLES_OF_A_QUERY} == {}


def tables_written_out(sql: str) -> int:
    """How many tables a statement reads once each CTE stands wherever it is read."""
    sql = without_comments(sql)
    sizes: dict[str, int] = {}
    end = 0
    for found in re.finditer(r"(?:\bwith\s+(?:recursive\s+)?|\),\s*)(\w+) as \(", sql):
        depth, end = 1, found.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(sql[end], 0)
            end += 1
        sizes[found.group(1)] = _tables_read(sql[found.end() : end], sizes)
    return _tables_read(sql[end:], sizes)


def _tables_read(sql: str, sizes: dict[str, int]) -> int:
    return sum(sizes.get(name, 1) for name in re.findall(r"\b(?:from|join)\s+([\w.\"]+)", sql))


def test_what_an_engine_says_its_own_way_is_said_for_each() -> None:
    own = [macro.name for macro in project.parsed_manifest().macros.values() if macro.package_name == "tenure"]
    said = {
        engine: {name.removeprefix(f"{engine}__") for name in own if name.startswith(f"{engine}__")}
        for engine in ENGINES
    }
    assert said["duckdb"] == said["spark"] != set()


def test_every_window_says_where_nulls_go(nodes: dict[str, Any]) -> None:
    windows = re.compile(r"over \(((?:[^()]|\([^()]*\))*)\)", re.DOTALL)
    loose = [
        f"{node.name}: {' '.join(window.split())}"
        for node in models(nodes)
        for window in windows.findall(without_comments(node.raw_code))
        if "order by" in window and "nulls" not in window
    ]
    assert loose == []


def test_no_model_is_written_in_python(nodes: dict[str, Any]) -> None:
    assert {node.language for node in models(nodes)} == {"sql"}


def test_the_sources_are_the_entities() -> None:
    sources = {source.name for source in project.parsed_manifest().sources.values()}
    assert sources == (set(ENTITIES) - NOT_SOURCES) | BUILD_TABLES


def test_the_macro_knows_the_entities_with_an_account() -> None:
    macro = project.parsed_manifest().macros["macro.tenure.entities_of_accounts"].macro_sql
    named = re.findall(r"'(\w+)'", macro)
    has_account = {
        name for name, entity in ENTITIES.items() if "account_id" in entity.columns and entity.is_canonical
    } - {"accounts"}
    assert len(named) == len(set(named))
    assert set(named) == has_account


@pytest.mark.parametrize(
    ("seed", "column", "entity"),
    [
        ("product_types", "revenue_type", "map_products"),
        ("churn_reasons", "churn_category", "map_churn_reasons"),
        ("credit_reasons", "effect", "map_credit_reasons"),
        ("title_levels", "level", "map_titles"),
    ],
)
def test_a_mapping_seed_has_the_words_of_the_companys_own_mapping(seed: str, column: str, entity: str) -> None:
    assert seeds()[seed].lint["one_of"][column] == list(ENTITIES[entity].about(column)["values"])
