"""Exports that no longer look as they did: what is added is kept, what is missing or retyped refuses the file."""

import pytest
from homes import Home, workbook

from pipelines.landing.drift import missing_columns

ORDERS = "order_id,account_id,opened_on\n"


def test_a_missing_column_is_named_with_the_likeliest_of_the_files_own() -> None:
    refusal = missing_columns(["Id", "Amount"], ["ID", "Amount (USD)", "Stage"], "This export", "Export it again.")
    assert refusal is not None
    assert refusal.what == (
        "This export lacks Amount (was it renamed to 'Amount (USD)'?); its columns are: ID, Amount (USD), Stage."
    )
    assert refusal.do == "Export it again."


def test_a_column_with_a_meaning_of_its_own_is_no_candidate() -> None:
    refusal = missing_columns(["issued_on"], ["due_on", "issue_on"], "It", "", known=["due_on"])
    assert refusal is not None and "'issue_on'" in refusal.what and "'due_on'?" not in refusal.what
    assert missing_columns(["A"], [" a "], "It", "") is None


def test_an_added_column_is_kept_and_reported(home: Home) -> None:
    home.put("job_orders.csv", "order_id,account_id,opened_on,colour\no1,a1,2025-01-31,red\n")
    receipt = home.land()
    assert receipt.total("rows_landed") == 1
    assert [finding.column for finding in receipt.findings] == ["colour"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("job_orders.csv", "order_id,account_id,opened\no1,a1,2025-01-31\n", "opened_on (was it renamed to 'opened'?)"),
        ("job_orders.xlsx", workbook(job_orders=[["order_id", "opened_on"], ["o1", "2025-01-31"]]), "lacks account_id"),
        ("Opportunity.csv", "Id,AccountId,Stage Name,IsClosed,IsWon\n1,2,Won,1,1\n", "renamed to 'Stage Name'?"),
    ],
)
def test_a_renamed_or_dropped_column_refuses_the_file(
    home: Home, name: str, content: str | bytes, message: str
) -> None:
    home.put(name, content)
    (problem,) = home.land().refused
    assert message in problem.what
    assert home.ledger().loads[0].refused


def orders(good: int, bad: int) -> str:
    days = ["2025-01-31"] * good + ["31 January"] * bad
    return ORDERS + "".join(f"o{number},a1,{day}\n" for number, day in enumerate(days))


def test_a_retyped_column_refuses_the_file_and_a_corrected_one_lands(home: Home) -> None:
    home.put("job_orders.csv", orders(good=4, bad=6))
    (problem,) = home.land().refused
    assert "6 of 10 cells of opened_on (job_orders) are not a date such as 2025-01-31" in problem.what
    assert "line 6: '31 January'" in problem.what
    assert home.rows("job_orders").is_empty() and home.quarantine() == []
    assert home.ledger().loads[0].entities == {}
    home.put("job_orders.csv", orders(good=10, bad=0))
    assert home.land().total("rows_landed") == 10


@pytest.mark.parametrize(("good", "bad"), [(5, 5), (0, 9)])
def test_single_wrong_cells_and_small_files_go_to_quarantine(home: Home, good: int, bad: int) -> None:
    home.put("job_orders.csv", orders(good, bad))
    receipt = home.land()
    assert receipt.refused == []
    assert (receipt.total("rows_landed"), receipt.total("rows_quarantined")) == (good, bad)


def test_a_mapped_word_lands_the_rows_it_was_missing_for(home: Home) -> None:
    home.put("escalations.csv", "escalation_id,account_id,severity,opened_at\ne1,a1,High,2025-03-01T09:00:00Z\n")
    assert home.land().total("rows_quarantined") == 1
    home.put("map_values.csv", "source,entity,column,value,mapped\n,escalations,severity,high,P1\n")
    home.land()
    assert home.rows("escalations")["severity"].to_list() == ["P1"]
    assert home.quarantine() == []
