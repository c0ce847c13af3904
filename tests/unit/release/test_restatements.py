"""The ledger's arithmetic and its causes, on warehouses written by hand."""

import datetime as dt
import random
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines.release.restatements.ledger import Restated, comparison, read_restated, write_ledger
from pipelines.release.restatements.listing import as_figures
from tests.unit.release.warehouses import JAN, Company, Line, write_warehouse

MARCH = dt.date(2025, 3, 1)
# One pays 100 a month, Two 300 (and 330 from 2025 on): ARR 1,200 and 3,600; NRR of March 2025 is 5,160 / 4,800 = 1.075.
COMPANY = Company(
    lines=[
        Line("l1", "one", "100"),
        Line("l2", "two", "300", end=dt.date(2024, 12, 1)),
        Line("l3", "two", "330", start=dt.date(2025, 1, 1)),
    ],
    owners={"one": "ann", "two": "bob"},
)
LATE = Line("l4", "one", "20", invoice="late", issued_on=dt.date(2024, 2, 1))


def compared(tmp_path: Path, old: Company, new: Company) -> list[Restated]:
    files = (write_warehouse(tmp_path / "old.duckdb", old), write_warehouse(tmp_path / "new.duckdb", new))
    with comparison(*files) as connection:
        rows = read_restated(connection)
    assert [row for row in rows if row.client_id is None] == []
    for figure in as_figures(rows):
        assert sum(part.client_effect for part in figure.parts) == figure.change
    return rows


def figure_of(row: Restated) -> tuple[object, ...]:
    return row.month, row.metric, row.segment, row.segment_value


def of(rows: list[Restated], metric: str, value: str = "all", month: dt.date = MARCH) -> list[tuple[str, str, str]]:
    """(client, cause, effect) of one figure, the largest first."""
    return [
        (str(row.client_id), row.cause, f"{row.client_effect.normalize():f}")
        for row in rows
        if figure_of(row)[:2] == (month, metric) and row.segment_value == value
    ]


def causes(rows: list[Restated]) -> set[tuple[str, str]]:
    return {(str(row.client_id), row.cause) for row in rows}


def test_a_late_invoice_names_its_client_and_shares_out_the_new_denominator(tmp_path: Path) -> None:
    rows = compared(tmp_path, COMPANY, COMPANY.with_lines(LATE))
    assert of(rows, "arr_cc") == [("one", "late_invoice", "240")]
    # 1.075 becomes (5,160 + 240) / (4,800 + 240) = 1.07142857: (240 - 1.075 x 240) / 5,040
    assert of(rows, "nrr_cc") == [("one", "late_invoice", "-0.00357143")]
    (row,) = [r for r in rows if (r.month, r.metric, r.segment) == (MARCH, "nrr_cc", "company")]
    assert (row.old_value, row.new_value) == (Decimal("1.07500000"), Decimal("1.07142857"))
    assert of(rows, "grr_cc") == []  # One and Two both kept all they had, before and after
    assert of(rows, "arr_cc", "ann") == [("one", "late_invoice", "240")]
    assert of(rows, "arr_cc", "bob") == []


def test_nothing_is_restated_where_nothing_changed(tmp_path: Path) -> None:
    assert compared(tmp_path, COMPANY, COMPANY) == []


def test_only_months_complete_in_both_are_compared(tmp_path: Path) -> None:
    before = replace(COMPANY, as_of=dt.date(2024, 3, 31))
    rows = compared(tmp_path, before, COMPANY.with_lines(LATE))
    assert {row.month for row in rows} == {JAN, dt.date(2024, 2, 1), dt.date(2024, 3, 1)}


def test_a_void_invoice_takes_its_client_out_and_counts_as_churn(tmp_path: Path) -> None:
    rows = compared(tmp_path, COMPANY, COMPANY.with_lines(without=["l3"]))
    assert of(rows, "arr_cc") == [("two", "changed_invoice", "-3960")]
    assert of(rows, "nrr_cc") == [("two", "changed_invoice", "-0.825")]  # -3,960 / 4,800
    assert of(rows, "logo_churn_rate") == [("two", "changed_invoice", "0.5")]


def test_a_credit_note_is_told_from_an_invoice(tmp_path: Path) -> None:
    credit = Line("c1", "two", "-30", start=dt.date(2025, 1, 1), kind="credit_note")
    rows = compared(tmp_path, COMPANY, COMPANY.with_lines(credit))
    assert of(rows, "arr_cc") == [("two", "credit_note", "-360")]


def test_several_causes_at_one_client_are_split_to_the_cent(tmp_path: Path) -> None:
    changed = Line("l3", "two", "310.01", start=dt.date(2025, 1, 1))
    credit = Line("c1", "two", "-30", start=dt.date(2025, 1, 1), kind="credit_note")
    late = Line("l5", "two", "5.5", start=dt.date(2025, 1, 1))
    rows = compared(tmp_path, COMPANY, COMPANY.with_lines(changed, credit, late, LATE))
    assert of(rows, "arr_cc") == [
        ("two", "credit_note", "-360"),
        ("one", "late_invoice", "240"),
        ("two", "changed_invoice", "-239.88"),
        ("two", "late_invoice", "66"),
    ]


def test_a_merge_moves_arr_between_clients_and_leaves_the_companys_alone(tmp_path: Path) -> None:
    moved = [replace(line, client="one", account="two") for line in COMPANY.lines if line.client == "two"]
    rows = compared(tmp_path, COMPANY, COMPANY.with_lines(*moved))
    assert of(rows, "arr_cc") == []
    assert of(rows, "arr_cc", "ann") == [("one", "hierarchy", "3960")]
    assert of(rows, "arr_cc", "bob") == [("two", "hierarchy", "-3960")]


def test_a_line_that_moved_and_was_changed_has_both_causes(tmp_path: Path) -> None:
    moved = Line("l3", "one", "335", start=dt.date(2025, 1, 1), account="two")
    rows = compared(tmp_path, COMPANY, COMPANY.with_lines(moved))
    assert of(rows, "arr_cc") == [
        ("one", "hierarchy", "3960"),
        ("two", "hierarchy", "-3960"),
        ("one", "changed_invoice", "60"),
    ]


@pytest.mark.parametrize(("table", "cause"), [("map_products", "mapping"), ("product_types", "policy")])
def test_another_revenue_type_is_the_mappings_or_the_policys_doing(tmp_path: Path, table: str, cause: str) -> None:
    rule = ("platform", "one_off") if table == "map_products" else ("platform", "one_off", dt.date(2000, 1, 1))
    now = COMPANY.with_lines(replace(COMPANY.lines[0], revenue_type="one_off"))
    rows = compared(tmp_path, COMPANY, replace(now, tables={table: [rule]}))
    assert of(rows, "arr_cc") == [("one", cause, "-1200")]


def test_an_account_mapped_otherwise_is_a_mapping(tmp_path: Path) -> None:
    now = COMPANY.with_lines(replace(COMPANY.lines[0], client="two"))
    rows = compared(tmp_path, COMPANY, replace(now, tables={"map_accounts": [("template", "x", "two")]}))
    assert causes([row for row in rows if row.metric == "arr_cc"]) == {("one", "mapping"), ("two", "mapping")}


def test_an_invoice_that_waited_in_quarantine_was_not_late(tmp_path: Path) -> None:
    before = replace(COMPANY, tables={"quarantine": [("template", "invoices", '{"invoice_id": "late"}')]})
    now = replace(COMPANY.with_lines(LATE), tables={"map_accounts": [("template", "x", "one")]})
    assert of(compared(tmp_path, before, now), "arr_cc") == [("one", "mapping", "240")]


def test_another_owner_moves_portfolios_only(tmp_path: Path) -> None:
    rows = compared(tmp_path, COMPANY, replace(COMPANY, owners={"one": "bob", "two": "bob"}))
    assert {row.segment for row in rows} == {"am"}
    assert causes(rows) == {("one", "owner")}
    assert of(rows, "arr_cc", "ann") == [("one", "owner", "-1200")]
    assert of(rows, "arr_cc", "bob") == [("one", "owner", "1200")]
    (gone,) = [row for row in rows if figure_of(row) == (MARCH, "nrr_cc", "am", "ann")]
    assert (gone.old_value, gone.new_value, gone.client_effect) == (1, None, -1)  # no cohort is left: n/a, not 0


def test_a_handover_and_a_late_invoice_are_kept_apart(tmp_path: Path) -> None:
    now = replace(COMPANY.with_lines(LATE), owners={"one": "bob", "two": "bob"})
    rows = compared(tmp_path, COMPANY, now)
    assert of(rows, "arr_cc", "bob") == [("one", "owner", "1200"), ("one", "late_invoice", "240")]
    assert of(rows, "arr_cc", "all") == [("one", "late_invoice", "240")]


EUROS = replace(
    COMPANY.with_lines(Line("e1", "eve", "10", currency="EUR")),
    rates={"USD": ("1", "1"), "EUR": ("1.1", "1.2")},
)


def test_a_corrected_rate_is_fx(tmp_path: Path) -> None:
    rows = compared(tmp_path, EUROS, replace(EUROS, rates={**EUROS.rates, "EUR": ("1.1", "1.25")}))
    assert of(rows, "arr_reported") == [("eve", "fx", "6")]  # 120 x 0.05
    assert of(rows, "arr_cc") == []


def test_another_baseline_is_told_from_a_late_invoice_of_the_same_client(tmp_path: Path) -> None:
    later = replace(EUROS, rates={**EUROS.rates, "EUR": ("1.3", "1.2")}, baseline=dt.date(2025, 12, 31))
    rows = compared(tmp_path, EUROS, later.with_lines(Line("e2", "eve", "1", currency="EUR")))
    assert of(rows, "arr_cc") == [("eve", "fx_baseline", "24"), ("eve", "late_invoice", "15.6")]  # 120 x 0.2; 12 x 1.3
    assert of(rows, "arr_reported") == [("eve", "late_invoice", "14.4")]


def test_what_no_input_explains_is_the_code(tmp_path: Path) -> None:
    files = (write_warehouse(tmp_path / "old.duckdb", COMPANY), write_warehouse(tmp_path / "new.duckdb", COMPANY))
    with duckdb.connect(str(files[1])) as connection:
        connection.execute("update marts.fct_arr set arr_cc = arr_cc + 1 where client_id = 'one'")
    with comparison(*files) as connection:
        rows = read_restated(connection)
    assert of(rows, "arr_cc") == [("one", "code", "1")]


def test_a_release_of_older_code_that_lacks_a_table_is_compared_as_far_as_it_goes(tmp_path: Path) -> None:
    files = (
        write_warehouse(tmp_path / "old.duckdb", COMPANY),
        write_warehouse(tmp_path / "new.duckdb", COMPANY.with_lines(LATE)),
    )
    with duckdb.connect(str(files[0])) as connection:
        connection.execute("drop table intermediate.int_invoice_lines")
    with comparison(*files) as connection:
        assert of(read_restated(connection), "arr_cc") == [("one", "code", "240")]


def test_random_changes_add_up_with_nobody_left_over(tmp_path: Path) -> None:
    for seed in range(3):
        folder = tmp_path / str(seed)
        folder.mkdir()
        dice = random.Random(seed)
        old, new = (random_company(dice, changes) for changes in (0, 8))
        assert compared(folder, old, new)


def random_company(dice: random.Random, changes: int) -> Company:
    base = random.Random(1)
    lines = [
        Line(f"l{n}", f"c{n % 7}", str(base.randint(50, 900)), start=dt.date(2024, base.randint(1, 12), 1),
             currency=base.choice(["USD", "EUR"]))
        for n in range(20)
    ]  # fmt: skip
    owners = {f"c{n}": "ann" if n % 2 else "bob" for n in range(7)}
    company = Company(lines, owners, {"USD": ("1", "1"), "EUR": ("1.0837", "1.1193")})
    for _ in range(changes):
        line = dice.choice(lines)
        change = dice.choice(["amount", "client", "gone", "owner", "rate"])
        if change == "amount":
            company = company.with_lines(replace(line, monthly=f"{dice.randint(1, 90000) / 100:.2f}"))
        elif change == "client":
            company = company.with_lines(replace(line, client=f"c{dice.randint(0, 6)}", account=line.client))
        elif change == "gone":
            company = company.with_lines(without=[line.key])
        elif change == "owner":
            company = replace(company, owners={**company.owners, line.client: dice.choice(["ann", "bob", "cy"])})
        else:
            company = replace(company, rates={**company.rates, "EUR": ("1.0837", f"{dice.randint(90, 130) / 100}")})
    return company


def test_the_ledger_goes_on_from_the_release_before(tmp_path: Path) -> None:
    files = [write_warehouse(tmp_path / f"{n}.duckdb", COMPANY) for n in range(2)]
    files.append(write_warehouse(tmp_path / "2.duckdb", COMPANY.with_lines(LATE)))
    files.append(write_warehouse(tmp_path / "3.duckdb", COMPANY))
    for before, this in ((None, 0), (0, 1), (1, 2), (2, 3), (2, 3)):  # the last one again: as after a broken audit
        old = None if before is None else files[before]
        with comparison(old, files[this], can_write_new=True) as connection:
            write_ledger(connection, f"p{this}", old)
    with duckdb.connect(str(files[3]), read_only=True) as connection:
        found = connection.execute(
            """select publication_id, cause, client_effect from ops.restatements
            where metric = 'arr_cc' and month = '2025-03-01' and segment = 'company' order by all"""
        ).fetchall()
    assert found == [("p2", "late_invoice", 240), ("p3", "changed_invoice", -240)]
