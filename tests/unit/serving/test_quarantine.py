"""The quarantine as causes with their money, the nearest accounts, and the mapping file, on a small release."""

import csv
import json
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import UserError
from pipelines.serving.quarantine.candidates import Accounts
from pipelines.serving.quarantine.causes import Cause, Customer, causes_of
from pipelines.serving.quarantine.command import quarantined
from pipelines.serving.quarantine.mapping_file import write_mapping
from pipelines.serving.release import open_release
from pipelines.settings import Settings

NO_ACCOUNT = "no account for xero customer Acme Ltd, 'Acme Ltd'"
Row = tuple[str, str, str, int, str, int | None, str, str]


def invoice(number: int, currency: str, load: int = 1, key: str | None = "Acme Ltd") -> Row:
    landed = {"invoice_id": f"i{number}", "currency": currency, "_account_key": key, "_account_name": key}
    reason = NO_ACCOUNT if key else "account 'gone' does not exist"
    return ("xero", "invoices", "sales.csv", number, reason, load, "reference", json.dumps(landed))


def line(number: int, of: int, amount: str, load: int = 1, is_document: bool = False) -> Row:
    landed = f'{{"line_id": "l{number}", "invoice_id": "i{of}", "amount": {amount}, '
    landed += f'"_is_document": {json.dumps(is_document)}}}'
    reason = f"invoice 'i{of}' does not exist or is in quarantine"
    return ("xero", "invoice_lines", "sales.csv", 100 + number, reason, load, "reference", landed)


def unreadable(number: int, value: str) -> Row:
    reason = f"amount '{value}' is not an amount such as 1000.00"
    return ("xero", "invoice_lines", "sales.csv", number, reason, None, "format", f"l{number},{value}")


def release(folder: Path, *rows: Row) -> Path:
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        for schema in ("ops", "staging", "intermediate"):
            connection.execute(f"create schema {schema}")
        connection.execute("""
            create table ops.quarantine (source varchar, entity varchar, file_name varchar, line_number bigint,
                reason varchar, load_seq bigint, refused_by varchar, raw varchar);
            create table staging.stg_accounts as from (values ('a1', 'ACME, Inc.'), ('a2', 'Acne Limited'),
                ('a3', 'Zebra')) as accounts(account_id, name);
            create table intermediate.int_fx_rates__cc as from (values ('USD', 1::decimal(28, 10)),
                ('EUR', 1.1::decimal(28, 10))) as rates(currency, rate)
        """)
        if rows:
            connection.executemany("insert into ops.quarantine values (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    return folder


def causes(folder: Path, *rows: Row) -> list[Cause]:
    with open_release(release(folder, *rows)) as opened:
        return causes_of(opened)


def test_lines_belong_to_their_invoices_customer_and_money_is_converted(tmp_path: Path) -> None:
    (cause,) = causes(tmp_path, invoice(1, "EUR"), line(1, 1, "100.00"), line(2, 1, "-20.50"))
    assert cause.customer == Customer("xero", "Acme Ltd", "Acme Ltd")
    assert cause.rows == {"invoices": 1, "invoice_lines": 2}
    assert cause.money == {"EUR": Decimal("79.50")}
    assert cause.amount_cc == Decimal("87.45")


def test_money_counts_once_though_a_document_came_twice(tmp_path: Path) -> None:
    (cause,) = causes(
        tmp_path,
        invoice(1, "USD", load=1),
        invoice(1, "USD", load=2),
        line(1, 1, "100.00", load=1, is_document=True),
        line(2, 1, "7.00", load=1, is_document=True),
        line(1, 1, "90.00", load=2, is_document=True),
    )
    assert (cause.row_count, cause.amount_cc) == (5, Decimal("90.00"))


def test_the_most_money_comes_first_then_money_that_is_not_known(tmp_path: Path) -> None:
    nps: Row = ("survey", "nps_responses", "nps.csv", 1, "score '11' is not in the range 0 to 10", None, "format", "x")
    found = causes(
        tmp_path,
        *(nps, nps, nps),
        unreadable(1, "1.250,00"),
        unreadable(2, "12,5"),
        invoice(3, "USD"),
        line(3, 3, "1.00"),
        invoice(4, "USD", key=None),
        line(4, 4, "5000.00"),
    )
    assert [(cause.row_count, cause.amount_cc, cause.unknown_rows) for cause in found] == [
        (2, Decimal("5000.00"), 0),
        (2, Decimal("1.00"), 0),
        (2, None, 2),
        (3, None, 0),
    ]


def test_money_without_a_rate_or_currency_is_shown_as_it_is(tmp_path: Path) -> None:
    lonely, foreign = causes(tmp_path, line(1, 9, "500.00"), invoice(2, "CHF"), line(2, 2, "100.00"))
    assert (lonely.money, lonely.amount_cc) == ({"": Decimal("500.00")}, None)
    assert (foreign.money, foreign.amount_cc) == ({"CHF": Decimal("100.00")}, None)


def test_candidates_are_the_likest_names_and_none_is_invented() -> None:
    accounts = Accounts([("a1", "ACME, Inc."), ("a2", "Acne Limited"), ("a3", "Zebra")])
    assert [each.account_id for each in accounts.nearest(Customer("xero", "k", "Acme Ltd"))] == ["a1", "a2"]
    assert accounts.nearest(Customer("xero", "acme", None))[0].likeness == 1
    assert accounts.nearest(Customer("xero", "k", "Quite another")) == []


def test_the_mapping_file_maps_nothing_until_it_is_edited(tmp_path: Path) -> None:
    (tmp_path / "release").mkdir()
    found = causes(tmp_path / "release", invoice(1, "USD"), invoice(2, "USD", key="=cmd()"), line(1, 1, "100.00"))
    path = tmp_path / "map_accounts_1.csv"
    assert write_mapping(path, found, Accounts([("a1", "Acme")])) == (1, ["=cmd()"])
    with path.open(encoding="utf-8") as stream:
        (row,) = csv.DictReader(stream)
    assert row == {
        "source": "xero",
        "source_key": "Acme Ltd",
        "account_id": "",
        "# customer": "Acme Ltd",
        "# rows": "2",
        "# money": "USD 100.00",
        "# candidates": "a1 Acme (100%)",
    }
    with pytest.raises(UserError, match="exists"):
        write_mapping(path, found, Accounts([]))
    with pytest.raises(UserError, match="says what it is"):
        write_mapping(tmp_path / "mapping.csv", found, Accounts([]))


def test_the_list_is_cut_at_the_limit_and_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "current"
    folder.mkdir()
    release(folder, invoice(1, "USD"), line(1, 1, "12345.00"), unreadable(5, "x"))
    text = quarantined(Settings(home=tmp_path), limit=1)
    assert "3 rows are in quarantine for 2 reasons; USD 12,345 waits in them" in text
    assert "USD 12,345      2  no account for xero customer Acme Ltd" in text
    assert "perhaps xero,Acme Ltd,a1  a1 ACME, Inc. (100%)" in text
    assert "1 more reasons with 1 rows (--limit 2)" in text
    assert "tenure quarantine --write-mapping" in text
    with pytest.raises(UserError, match="limit"):
        quarantined(Settings(home=tmp_path), limit=0)


def test_an_empty_quarantine_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "current"
    folder.mkdir()
    release(folder)
    assert quarantined(Settings(home=tmp_path)).startswith("Nothing is in quarantine")
