"""Lineage read from SQL: what values are made of, what chooses them, what is counted, what decides the rows."""

import pytest

from pipelines.warehouse.catalogue import ROWS, current_catalogue
from pipelines.warehouse.lineage import LineageReader, Origin, TableLineage

TYPES = {
    "staging.lines": {"client": "VARCHAR", "month": "DATE", "amount": "DECIMAL(18,2)", "kind": "VARCHAR"},
    "staging.clients": {"client": "VARCHAR", "region": "VARCHAR", "parent": "VARCHAR"},
    "staging.measures": {"measure": "VARCHAR", "component": "VARCHAR", "value": "BIGINT"},
    "policy.rubric": {"lower": "BIGINT", "upper": "BIGINT", "points": "BIGINT", "valid_from": "DATE"},
}
AMOUNT, KIND, CLIENT = ("staging.lines", "amount"), ("staging.lines", "kind"), ("staging.lines", "client")


def read(query: str) -> TableLineage:
    for table in TYPES:
        schema, _, name = table.partition(".")
        query = query.replace(table, f'"warehouse"."{schema}"."{name}"')
    return LineageReader(TYPES).read([f'create table "warehouse"."marts"."made" as ({query})'])


def test_values_are_followed_through_steps_and_unions() -> None:
    lineage = read("""
        with kept as (select * from staging.lines),
        both as (select amount as value from kept union all select -amount from staging.lines)
        select sum(value) as total from both
    """)
    assert lineage.columns["total"] == Origin(values=(AMOUNT,))
    assert lineage.rows_of == ("staging.lines",)


def test_a_case_chooses_among_values() -> None:
    lineage = read("select sum(case when kind = 'usage' then amount else 0 end) as usage from staging.lines")
    assert lineage.columns["usage"] == Origin(values=(AMOUNT,), chosen=(KIND,))


def test_a_filter_of_an_aggregate_chooses() -> None:
    lineage = read("select sum(amount) filter (where kind = 'usage') as usage from staging.lines")
    assert lineage.columns["usage"] == Origin(values=(AMOUNT,), chosen=(KIND,))


def test_points_are_chosen_by_what_was_measured_and_by_the_brackets_and_not_by_dates_of_validity() -> None:
    lineage = read("""
        select lines.client, rubric.points
        from staging.lines as lines
        inner join policy.rubric as rubric
            on lines.amount >= rubric.lower and rubric.valid_from <= lines.month
        where lines.amount < rubric.upper and lines.kind = 'usage'
    """)
    points = lineage.columns["points"]
    assert points.values == (("policy.rubric", "points"),)
    assert points.chosen == (
        ("policy.rubric", "lower"),
        ("policy.rubric", "upper"),
        AMOUNT,
    )
    assert lineage.columns["client"] == Origin(values=(CLIENT,), chosen=(KIND,))  # picked by a word


def test_that_keys_are_equal_is_no_choice_but_decides_rows() -> None:
    lineage = read("""
        select lines.amount, clients.region
        from staging.lines as lines inner join staging.clients as clients on clients.client = lines.client
    """)
    assert lineage.columns["region"] == Origin(values=(("staging.clients", "region"),))
    assert lineage.decided_by == (("staging.clients", "client"), CLIENT)


def test_a_look_up_by_another_column_is_a_choice() -> None:
    lineage = read("""
        select parents.region
        from staging.clients as clients inner join staging.clients as parents on parents.client = clients.parent
    """)
    assert ("staging.clients", "parent") in lineage.columns["region"].chosen


@pytest.mark.parametrize("counting", ["count(*)", "sum(1)", "sum(case when true then 1 else 0 end)"])
def test_a_count_is_made_of_rows(counting: str) -> None:
    origin = read(f"with kept as (select * from staging.lines) select {counting} as lines from kept").columns["lines"]
    assert origin == Origin(counted=("staging.lines",))


def test_a_window_is_made_of_what_it_sums_and_a_number_of_what_it_sorts_by() -> None:
    lineage = read("""
        select sum(amount) over (partition by client order by month) as so_far,
            row_number() over (partition by client order by month) as place
        from staging.lines
    """)
    assert lineage.columns["so_far"] == Origin(values=(AMOUNT,))
    assert lineage.columns["place"].values == (CLIENT, ("staging.lines", "month"))


def test_the_words_of_measures_are_those_held_and_those_picked() -> None:
    held = read(
        "select 'orders' as measure, amount as value from staging.lines union all select 'hires', 1 from staging.lines"
    )
    assert held.columns["measure"] == Origin(words=("hires", "orders"))
    picked = read("""
        select max(case when measure = 'orders' then value end) as orders, max(value) as any_of
        from staging.measures where component in ('hiring', 'nps')
    """)
    assert picked.columns["orders"].words == ("hiring", "nps", "orders")
    assert picked.columns["any_of"].words == ("hiring", "nps")


def test_words_of_the_model_itself_have_no_origin() -> None:
    assert read("select 'company' as segment from staging.lines").columns["segment"] == Origin()


def test_what_cannot_be_read_is_not_guessed() -> None:
    assert LineageReader(TYPES).read(["create table made as (select from from)"]) == TableLineage()
    assert LineageReader(TYPES).read(["delete from made"]) == TableLineage()


def test_every_column_of_the_project_is_traced() -> None:
    catalogue = current_catalogue()
    assert [ref for ref, column in catalogue.columns.items() if not column.is_traced] == []
    made = [table for table in catalogue.tables if table.schema in ("staging", "intermediate", "marts")]
    assert len(made) > 100
    assert [table.name for table in made if not table.rows_of] == []


def test_lineage_refers_to_nothing_that_is_not_there() -> None:
    catalogue = current_catalogue()
    refs = {ref for column in catalogue.columns.values() for ref in (*column.values, *column.chosen)}
    refs |= {ref for table in catalogue.tables for ref in table.decided_by}
    assert refs <= catalogue.columns.keys()
    tables = {table for entry in catalogue.tables for table in entry.rows_of}
    tables |= {table for column in catalogue.columns.values() for table in column.counted}
    assert tables <= catalogue.by_name.keys()


def test_known_ways_through_the_project() -> None:
    """Worked out by reading the models: what a published column is made of, down to the lake."""
    catalogue = current_catalogue()
    nrr = catalogue.roots(("marts.rpt_retention", "nrr_cc"), is_chosen_too=False)
    assert {("lake.invoice_lines", "amount"), ("lake.fx_rates", "per_eur")} <= nrr
    assert ("lake.opportunities", "amount") not in catalogue.roots(("marts.rpt_retention", "nrr_cc"))
    met = catalogue.roots(("marts.fct_escalations", "is_response_met"))
    assert {("lake.escalations", "opened_at"), ("policy.sla_policies", "response_minutes")} <= met
    score = catalogue.roots(("marts.dim_clients", "health_score"))
    assert {("lake.nps_responses", "score"), ("policy.health_rubric", "points")} <= score
    assert catalogue.roots(("marts.rpt_retention", "clients_start")) == {("lake.invoice_lines", ROWS)}


def test_a_measure_is_followed_through_a_table_of_all_measures() -> None:
    catalogue = current_catalogue()
    orders = catalogue.roots(("marts.fct_client_health", "open_orders"))
    assert ("lake.job_orders", "opened_on") in orders
    points = catalogue.roots(("marts.fct_client_health", "hiring_points"))
    assert {("lake.job_orders", "opened_on"), ("policy.health_rubric", "points")} <= points
    for others in (orders, points):
        assert not {"lake.nps_responses", "lake.escalations"} & {table for table, _ in others}
