"""The data dictionary: what it says of tables and columns, to whom, and that the page is one closed file."""

import base64
import hashlib
import json
import re
from pathlib import Path

import duckdb
import pytest

from pipelines.audit.record import DDL, RESTATEMENTS_DDL
from pipelines.dashboards.dictionary import words
from pipelines.dashboards.dictionary.content import Dictionary, read_dictionary, with_records
from pipelines.dashboards.dictionary.graph import metric_columns
from pipelines.dashboards.dictionary.page import dictionary_page, write_dictionary
from pipelines.dashboards.meta import SiteMeta
from pipelines.dashboards.pages.context import Units
from pipelines.explain.entries import catalogue as metrics
from pipelines.landing.connectors import CONNECTORS
from pipelines.release.restatements.closes import DDL as CLOSES_DDL
from pipelines.serving.principal import Principal, Role
from pipelines.serving.release import Release, open_release
from pipelines.serving.rules import RowRule, rules
from pipelines.settings import Settings, load_settings
from pipelines.warehouse.catalogue import DISCRIMINATORS, current_catalogue

AM = Principal("ann", Role.ACCOUNT_MANAGER, frozenset({"a1"}))
LARGEST_BYTES = 2_000_000
HOSTILE = "</script><img src=x onerror=alert(1)>"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path)


@pytest.fixture
def dictionary(company, settings: Settings, meta: SiteMeta) -> Dictionary:
    return read_dictionary(company(), settings, meta.units)


def as_am(release: Release) -> Release:
    return open_release(release.warehouse, AM)


def data_of(html: str) -> dict[str, list[list[object]]]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    data: dict[str, list[list[object]]] = json.loads(found[1])
    return data


def test_most_columns_of_the_marts_lead_back_to_an_export(dictionary: Dictionary) -> None:
    """What does not is policy, settings, or words of the model: a column that is lost here has lost its lineage."""
    traced, total = dictionary.traced
    assert total > 300 and traced / total > 0.9
    others = {
        (root, column.name)
        for table in dictionary.groups["marts"]
        for column in table.columns
        if not dictionary.graph.is_from_an_export((table.name, column.name))
        for root, _ in dictionary.graph.catalogue.roots((table.name, column.name))
    }
    assert {root for root, _ in others if root.startswith("lake.")} == {"lake.run_settings"}


def test_tables_that_no_model_makes_are_described_as_they_are_written(dictionary: Dictionary) -> None:
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as new_release; use new_release")
        connection.execute(DDL + RESTATEMENTS_DDL + CLOSES_DDL)
        written = connection.execute(
            "select table_name, column_name from duckdb_columns() where schema_name = 'ops' order by all"
        ).fetchall()
    records = with_records(current_catalogue()).tables[len(current_catalogue().tables) :]
    told = [(table.name.removeprefix("ops."), column.name) for table in records for column in table.columns]
    assert sorted(told) == written
    assert all(column.description for table in records for column in table.columns)


def test_every_metric_stands_in_columns_that_are_there(dictionary: Dictionary) -> None:
    for metric in metrics().entries.values():
        assert metric_columns(metric, dictionary.graph.catalogue), metric.name


def test_a_table_says_who_sees_it_and_what_is_masked(dictionary: Dictionary) -> None:
    tables = {table.name: table for table in dictionary.tables}
    economics = {column.name: column for column in tables["marts.rpt_client_economics"].columns}
    assert "own clients" in tables["marts.rpt_client_economics"].seen_by
    assert "find it empty" in " ".join(economics["margin_cc"].notes)
    assert tables["marts.rpt_health_calibration"].seen_by == "Leadership and revenue operations only."
    assert {rule for rule in RowRule if rule not in words.SEEN} == {RowRule.LARGE_COMPANY}
    assert "at least 5 clients" in words.seen_by(rules().of("marts", "rpt_margins"), rules())


def test_personal_columns_are_marked_and_amounts_are_not(dictionary: Dictionary) -> None:
    notes = {
        f"{table.name}.{column.name}": " ".join(column.notes) for table in dictionary.tables for column in table.columns
    }
    assert "names of users" in notes["marts.dim_clients.am_name"]
    assert "free text" in notes["marts.fct_churn.churn_reason"]
    personal = {name.rpartition(".")[2] for name, note in notes.items() if "Personal" in note and "marts." in name}
    assert personal <= {"am_id", "am_name", "email", "churn_reason", "objective", "segment_value"}


@pytest.mark.parametrize(
    ("column", "sql_type", "unit"),
    [
        ("arr_cc", "decimal(18,2)", "USD, rates of 31 Dec 2025"),
        ("arr_reported", "decimal(18,2)", "USD, each month at its own rates"),
        ("arr_local", "decimal(18,2)", "the row's currency"),
        ("nrr_cc", "decimal(28,8)", "fraction of 1"),
        ("logo_churn_rate", "decimal(28,8)", "fraction of 1"),
        ("opened_at", "timestamp", "moment in UTC"),
        ("is_met", "boolean", "yes or no"),
        ("client_name", "varchar", ""),
    ],
)
def test_units_follow_from_names(column: str, sql_type: str, unit: str, meta: SiteMeta) -> None:
    units = Units("USD", meta.fx_baseline_on)
    assert words.unit(column, sql_type, units) == unit


def test_every_system_has_its_name_and_long_tables_are_known(dictionary: Dictionary) -> None:
    assert set(words.SYSTEMS) == set(CONNECTORS)
    long = {table for table, name in dictionary.graph.catalogue.columns if name in DISCRIMINATORS}
    assert {"marts.rpt_kpis", "intermediate.int_health_measures__by_client_and_day"} <= long
    assert "marts.rpt_retention" not in long


def test_rows_are_counted_for_those_who_see_all(company, settings: Settings, meta: SiteMeta) -> None:
    release = company()
    html = dictionary_page(release, settings, meta)
    assert "Rows in this release</dt><dd>5</dd>" in html  # the clients
    with as_am(release) as limited:
        assert "Rows in this release" not in dictionary_page(limited, settings, meta)
        assert dictionary_page(limited, settings, meta).count('data-entry="') == html.count('data-entry="')


def test_systems_in_use_come_from_what_was_landed(company, settings: Settings, meta: SiteMeta) -> None:
    exports = data_of(dictionary_page(company(), settings, meta))["exports"]
    used = {(system, export) for system, export, _, is_used, _ in exports if is_used}
    assert used == {("template", "invoices.csv"), ("template", "accounts.csv")}


def test_the_companys_own_mapping_and_settings_are_in_it(company, tmp_path: Path, meta: SiteMeta) -> None:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "vms.toml").write_text(
        f'description = "{HOSTILE}"\naccount_key = "C"\n[match]\nfile = "v_*.csv"\n'
        '[entity.job_orders]\norder_id = "WO"\nopened_on = "From"\n',
        encoding="utf-8",
    )
    html = dictionary_page(company(), load_settings(tmp_path), meta)
    assert ["vms", HOSTILE, "WO"] in [row[:3] for row in data_of(html)["exports"]]
    assert HOSTILE not in html


def test_the_page_is_one_closed_file(company, settings: Settings, meta: SiteMeta, tmp_path: Path) -> None:
    release = company()
    path = write_dictionary(release, settings, meta, tmp_path)
    html = path.read_text(encoding="utf-8")
    assert path.stat().st_size < LARGEST_BYTES
    assert write_dictionary(release, settings, meta, tmp_path).read_text(encoding="utf-8") == html
    body = re.sub(r'<script type="application/json".*?</script>', "", html, flags=re.DOTALL)
    assert not re.search(r"https?://|\bsrc=|@import|url\(", body)
    assert set(re.findall(r'href="([^"#]*)', body)) == {"", "index.html", "data:,"}
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert policy is not None and len(scripts) == 1
    assert base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode() in policy[1]


def test_in_the_app_nothing_of_the_page_runs_inline(company, settings: Settings, meta: SiteMeta) -> None:
    frame = {"bar": "<b>bar</b>", "themes": "", "look": "/assets/app.js", "script": "/dictionary.js"}
    html = dictionary_page(company(), settings, meta, frame)
    assert "<b>bar</b>" in html and "Content-Security-Policy" not in html
    assert re.findall(r"<script(?! type)[^>]*>(.*?)</script>", html, re.DOTALL) == ["", ""]
