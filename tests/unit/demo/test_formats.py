"""Every file has its system's own shape: names, headers, encodings, line ends, ids and number formats."""

import csv
import io
import json
import re

import pytest

from pipelines.demo import DemoSummary
from pipelines.demo.ids import check_suffix, salesforce_id, stripe_id
from pipelines.demo.records import ENTITIES
from pipelines.demo.writers.salesforce_headers import HEADERS, NULL_LOOKUP


def _salesforce(demo: DemoSummary, name: str) -> list[dict[str, str]]:
    text = (demo.inbox / f"{name}.csv").read_bytes().decode("cp1252")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def _template(demo: DemoSummary, name: str) -> list[dict[str, str]]:
    with (demo.inbox / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _stripe(demo: DemoSummary) -> list[dict]:
    pages = [json.loads(path.read_bytes()) for path in sorted(demo.inbox.glob("stripe_invoices_*.json"))]
    return [invoice for page in pages for invoice in page["data"]]


def test_no_file_is_empty_and_the_summary_counts_them(demo: DemoSummary) -> None:
    assert {file.name for file in demo.files} == {path.name for path in demo.inbox.iterdir()}
    assert all(file.rows > 0 and file.size == (demo.inbox / file.name).stat().st_size for file in demo.files)


@pytest.mark.parametrize("name", sorted(HEADERS))
def test_a_salesforce_file_is_quoted_throughout_and_ends_its_lines_with_lf(demo: DemoSummary, name: str) -> None:
    content = (demo.inbox / f"{name}.csv").read_bytes()
    header, *rows = content.decode("cp1252").splitlines()
    assert header == ",".join(f'"{column}"' for column in HEADERS[name])
    assert b"\r" not in content
    assert all(row.startswith('"') and row.endswith('"') for row in rows)


def test_salesforce_names_are_not_utf8(demo: DemoSummary) -> None:
    with pytest.raises(UnicodeDecodeError):
        (demo.inbox / "Contact.csv").read_bytes().decode("utf-8")


@pytest.mark.parametrize(
    ("id18", "why"),
    [
        ("0011R00001ypMKsQAM", "of a public extract"),
        ("0013600001excS5AAI", "of a public extract"),
        ("000000000000000AAA", "the null look-up"),
    ],
)
def test_the_check_suffix_is_that_of_real_ids(id18: str, why: str) -> None:
    assert check_suffix(id18[:15]) == id18[15:], why


def test_every_salesforce_id_is_18_characters_with_its_own_suffix(demo: DemoSummary) -> None:
    for name in HEADERS:
        ids = [row["Id"] for row in _salesforce(demo, name)]
        assert all(len(each) == 18 and check_suffix(each[:15]) == each[15:] for each in ids)


def test_generated_ids_are_unique_even_without_case() -> None:
    ids = {salesforce_id("Task", number).casefold() for number in range(30_000)}
    assert len(ids) == 30_000
    assert len({stripe_id("il", number) for number in range(30_000)}) == 30_000


def test_salesforce_writes_flags_times_and_null_lookups_its_own_way(demo: DemoSummary) -> None:
    rows = _salesforce(demo, "Opportunity")
    assert {row["IsClosed"] for row in rows} == {"0", "1"}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d 00:00:00", row["CloseDate"]) for row in rows)
    assert {row["CampaignId"] for row in rows} == {NULL_LOOKUP}


def test_an_owner_change_writes_a_row_of_names_and_a_row_of_ids(demo: DemoSummary) -> None:
    rows = [row for row in _salesforce(demo, "AccountHistory") if row["Field"] == "Owner"]
    users = {row["Id"] for row in _salesforce(demo, "User")}
    by_id = [row for row in rows if row["NewValue"] in users]
    assert len(rows) == 2 * len(by_id) > 0


def test_a_merged_account_points_to_its_survivor(demo: DemoSummary) -> None:
    accounts = {row["Id"]: row for row in _salesforce(demo, "Account")}
    merged = [row for row in accounts.values() if row["MasterRecordId"] != NULL_LOOKUP]
    assert merged and all(row["IsDeleted"] == "1" and row["MasterRecordId"] in accounts for row in merged)


def test_stripe_holds_both_generations_whole_minor_units_and_exclusive_ends(demo: DemoSummary) -> None:
    lines = [line for invoice in _stripe(demo) for line in invoice["lines"]["data"]]
    assert any("price" in line for line in lines) and any("pricing" in line for line in lines)
    assert all(isinstance(line["amount"], int) for line in lines)
    assert all(line["period"]["end"] % 86_400 == 0 for line in lines)
    assert any(line["period"]["start"] == line["period"]["end"] for line in lines), "one-off lines have no extent"


def test_stripe_invoices_add_up_and_yen_has_no_hundredths(demo: DemoSummary) -> None:
    for invoice in _stripe(demo):
        assert invoice["total"] == sum(line["amount"] for line in invoice["lines"]["data"])
    yen = [invoice["total"] for invoice in _stripe(demo) if invoice["currency"] == "jpy"]
    assert yen and max(yen) < 100_000_000


def test_a_proration_comes_as_a_pair_or_as_the_unused_half(demo: DemoSummary) -> None:
    prorations = [line for i in _stripe(demo) for line in i["lines"]["data"] if " time on " in line["description"]]
    unused = sum(line["amount"] < 0 for line in prorations)
    assert unused >= len(prorations) - unused > 0


def test_the_rates_keep_the_ecb_format(demo: DemoSummary) -> None:
    lines = (demo.inbox / "eurofxref-hist.csv").read_text(encoding="ascii").splitlines()
    assert lines[0].startswith("Date,USD,JPY,") and all(line.endswith(",") for line in lines)
    days = [line[:10] for line in lines[1:]]
    assert days == sorted(days, reverse=True) and days[0] <= demo.end.isoformat()
    assert any("N/A" in line for line in lines)


@pytest.mark.parametrize("entity", sorted(ENTITIES))
def test_a_template_file_has_its_entitys_columns(demo: DemoSummary, entity: str) -> None:
    rows = _template(demo, entity)
    assert list(rows[0]) == list(ENTITIES[entity]._fields)
    assert all(None not in row and None not in row.values() for row in rows), "a row has as many cells as the header"


def test_addresses_are_example_domains(demo: DemoSummary) -> None:
    for name in ("Contact", "User"):
        assert all(row["Email"].endswith(".example") for row in _salesforce(demo, name))


def test_nothing_is_dated_after_the_end(demo: DemoSummary) -> None:
    end = demo.end.isoformat()
    assert max(row["started_on"] for row in _template(demo, "placements")) <= end
    assert max(row["responded_at"] for row in _template(demo, "nps_responses"))[:10] <= end
    assert max(row["issued_on"] for row in _template(demo, "invoices")) <= end
    assert max(row["ActivityDateTime"] for row in _salesforce(demo, "Event"))[:10] <= end
