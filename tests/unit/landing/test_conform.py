"""Duplicates, key conflicts, reasons and the accounting of one extract."""

import polars as pl
import pytest

from pipelines.landing.conform import Conformed, conform
from pipelines.landing.entities import ENTITIES
from pipelines.landing.reading.dialects import read_csv


def of(entity: str, text: str) -> Conformed:
    return conform(ENTITIES[entity], read_csv(text).rows)


def reasons(conformed: Conformed) -> dict[int, str]:
    return dict(conformed.quarantine.select("line_number", "reason").iter_rows())


def test_an_identical_repeated_row_is_a_duplicate_whatever_its_spaces_and_quotes() -> None:
    result = of("users", 'user_id,name\nu1,Ann\n"u1", Ann \nu2,Bob\n')
    assert (result.rows_read, result.rows.height, result.rows_duplicate) == (3, 2, 1)
    assert result.quarantine.is_empty()


def test_differing_rows_with_one_key_are_all_quarantined() -> None:
    result = of("users", "user_id,name\nu1,Ann\nu1,Anna\nu1,Ann\nu2,Bob\n")
    assert result.rows["user_id"].to_list() == ["u2"]
    assert result.rows_duplicate == 1
    assert reasons(result) == dict.fromkeys([2, 3], "differing rows of this file share the key user_id 'u1'")


def test_a_difference_in_an_unknown_column_is_a_difference() -> None:
    assert of("users", "user_id,name,shoe size\nu1,Ann,37\nu1,Ann,38\n").quarantine.height == 2


def test_keys_are_compared_as_values_not_as_text() -> None:
    text = "account_id,changed_at,owner_id\na,2025-01-01T00:00:00Z,x\na,2025-01-01T01:00:00+01:00,y\n"
    assert of("owner_changes", text).quarantine.height == 2


def test_every_reason_names_column_and_value() -> None:
    result = of(
        "invoices", "invoice_id,account_id,kind,status,currency,issued_on\ni1,,invoice,sent,dollars,2025-13-01\n"
    )
    assert reasons(result)[2].split("; ") == [
        "currency 'dollars' is not a currency code such as USD",
        "issued_on '2025-13-01' is not a date such as 2025-01-31",
        "account_id is required and empty",
        "status 'sent' is none of draft, open, paid, void, uncollectible",
    ]


@pytest.mark.parametrize("score", ["11", "-1"])
def test_a_score_outside_its_range_is_quarantined(score: str) -> None:
    text = f"response_id,account_id,respondent_id,survey_type,score,responded_at\nr,a,p,relationship,{score},2025-01-01"
    assert reasons(of("nps_responses", text)) == {2: f"score '{score}' is not in the range 0 to 10"}


def test_a_period_that_ends_before_it_starts_is_quarantined() -> None:
    header = "line_id,invoice_id,product,amount,service_start,service_end\n"
    result = of(
        "invoice_lines",
        header + "l1,i,p,1,2025-02-01,2025-01-31\nl2,i,p,1,2025-02-01,2025-02-01\nl3,i,p,1,2025-02-01,\n",
    )
    assert reasons(result) == {2: "service_end is before service_start"}


def test_a_row_without_its_key_is_quarantined_and_conflicts_with_no_other() -> None:
    result = of("users", "user_id,name\n,Ann\n,Bob\n")
    assert reasons(result) == dict.fromkeys([2, 3], "user_id is required and empty")


def test_an_id_a_spreadsheet_shortened_is_quarantined() -> None:
    assert "1.23E+11" in reasons(of("users", "user_id,name\n1.23E+11,Ann\n"))[2]


def test_a_foreign_customer_needs_no_account_id() -> None:
    rows = pl.DataFrame(
        {
            "invoice_id": ["i"],
            "kind": ["invoice"],
            "status": ["paid"],
            "currency": ["USD"],
            "issued_on": ["2025-01-01"],
            "_account_key": ["cus_1"],
            "_account_name": ["ACME, Inc."],
            "_line_number": [2],
        }
    )
    result = conform(ENTITIES["invoices"], rows)
    assert result.rows.select("account_id", "_account_key", "_account_name_key").row(0) == (None, "cus_1", "acme")
    assert conform(ENTITIES["invoices"], rows.drop("_account_key", "_account_name")).quarantine.height == 1


def test_a_row_that_takes_no_part_needs_only_its_key() -> None:
    rows = pl.DataFrame({"user_id": ["u1", None], "_is_active": [False, False], "_note": ["deleted", "deleted"]})
    result = conform(ENTITIES["users"], rows)
    assert result.rows.select("user_id", "_is_active", "_note").rows() == [("u1", False, "deleted")]
    assert result.quarantine.height == 1


def test_a_connectors_own_reject_keeps_its_reason_and_repeats_by_raw_text() -> None:
    rows = pl.DataFrame(
        {
            "user_id": ["u", "u", "u"],
            "_line_number": [2, 3, 4],
            "_raw": ["a", "b", "a "],
            "_reject": ["cut", "cut", "cut"],
        }
    )
    result = conform(ENTITIES["users"], rows)
    assert (result.rows_read, result.rows_duplicate, reasons(result)) == (3, 1, {2: "cut", 3: "cut"})


def test_an_unknown_time_zone_costs_a_finding_not_the_account() -> None:
    result = of("accounts", "account_id,name,time_zone\na,A,Mars/Olympus\nb,B,Europe/Zurich\n")
    assert result.rows["time_zone"].to_list() == [None, "Europe/Zurich"]
    assert [finding.value for finding in result.findings] == ["Mars/Olympus"]


def test_a_file_without_rows_conforms() -> None:
    result = of("invoice_lines", "line_id,invoice_id,product,amount\n")
    assert (result.rows_read, result.rows.height, result.quarantine.height) == (0, 0, 0)


def test_a_matrix_file_is_accounted_by_lines() -> None:
    rows = pl.DataFrame(
        {
            "date": ["2025-01-01"] * 2 + ["2025-01-02"] * 2,
            "currency": ["USD", "GBP"] * 2,
            "per_eur": ["1.1", "0.8", "x", "y"],
            "_line_number": [2, 2, 3, 3],
        }
    )
    result = conform(ENTITIES["fx_rates"], rows, lines_read=3)
    assert (result.rows_read, result.rows.height, result.quarantine.height) == (3, 2, 1)
    assert "'x'" in reasons(result)[3]
    assert "'y'" in reasons(result)[3]
