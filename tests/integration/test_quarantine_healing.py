"""What is in quarantine is listed by its money, and one edit heals it at the next run: a mapped account, a late one, a
mapped word. The company of `small_company`, whose client Two is also billed by Stripe, under a name not quite its own.
"""

import csv
import datetime as dt
import json
from pathlib import Path

import pytest

from tests.small_company import ACCOUNTS, refresh, tenure, write_inbox

pytestmark = pytest.mark.slow  # two refreshes as processes

NPS = """\
response_id,account_id,respondent_id,survey_type,score,responded_at
n1,three,p1,relationship,9,2025-03-01T09:00:00Z
"""
CASES = "escalation_id,account_id,severity,opened_at\ne1,one,Urgent!,2025-03-01T09:00:00Z\n"


def moment(day: str) -> int:
    return int(dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC).timestamp())


def stripe_invoice(number: int, cents: int) -> dict[str, object]:
    """A paid invoice of the customer cus_2 for June 2025: months before it are not restated."""
    line = {
        "id": f"il_{number}",
        "object": "line_item",
        "amount": cents,
        "currency": "usd",
        "description": "Platform",
        "period": {"start": moment("2025-06-01"), "end": moment("2025-07-01")},
        "parent": {"type": "subscription_item_details", "subscription_item_details": {"proration": False}},
        "pricing": {"type": "price_details", "price_details": {"price": "price_1", "product": "Platform"}},
        "quantity": 1,
    }
    return {
        "id": f"in_{number}",
        "object": "invoice",
        "created": moment("2025-06-01"),
        "effective_at": moment("2025-06-01"),
        "currency": "usd",
        "customer": "cus_2",
        "customer_name": "Clients Two GmbH",
        "status": "open",
        "status_transitions": {"finalized_at": moment("2025-06-01")},
        "lines": {"object": "list", "data": [line], "has_more": False, "url": f"/v1/invoices/in_{number}/lines"},
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose release has rows in quarantine."""
    folder = tmp_path_factory.mktemp("company")
    write_inbox(folder, nps_responses=NPS, escalations=CASES)
    billed = [stripe_invoice(1, 240_000), stripe_invoice(2, 60_000)]
    (folder / "inbox" / "stripe.json").write_text(json.dumps(billed), encoding="utf-8")
    first = refresh(folder)
    assert first.returncode == 0, first.stderr
    return folder


def test_the_quarantine_is_listed_by_money_and_healed_by_one_edit(home: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "map_accounts_2025.csv"
    listed = tenure(home, "quarantine", "--write-mapping", str(mapping))
    assert listed.returncode == 0, listed.stderr
    first, rest = listed.stdout.index("no account for stripe customer cus_2"), listed.stdout.index("'three'")
    assert first < rest, "the money comes first"
    assert "USD 3,000      4  no account" in listed.stdout
    assert "perhaps stripe,cus_2,two  two Client Two (95%)" in listed.stdout
    assert "account 'three' does not exist" in listed.stdout
    assert "severity 'Urgent!' is none of" in listed.stdout

    with mapping.open(encoding="utf-8") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["source"], row["source_key"], row["account_id"]) == ("stripe", "cus_2", "")
    assert "two Client Two" in row["# candidates"]
    row["account_id"] = "two"
    with (home / "inbox" / mapping.name).open("w", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, row)
        writer.writeheader()
        writer.writerow(row)
    late = "three,Client Three,am1,Health,US,Americas,USD,2023-01-01"
    write_inbox(
        home,
        accounts_2=f"{ACCOUNTS.splitlines()[0]}\n{late}\n",
        map_values="source,entity,column,value,mapped\ntemplate,escalations,severity,Urgent!,P1\n",
    )

    second = refresh(home)
    assert second.returncode == 0, second.stderr
    assert "Nothing is in quarantine" in tenure(home, "quarantine").stdout
    landed = tenure(
        home,
        "sql",
        "select (select sum(arr_cc) from marts.fct_arr where client_id = 'two' and month = '2025-06-01') as arr,"
        " (select count(*) from staging.stg_nps_responses) as responses,"
        " (select string_agg(severity) from staging.stg_escalations) as severities,"
        " (select count(*) from ops.findings where finding_key like '#%') as comments",
        "--format",
        "json",
    )
    assert json.loads(landed.stdout) == [{"arr": 36000.00, "responses": 1, "severities": "P1", "comments": 0}]
