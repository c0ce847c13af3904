"""Promise: no figure of a closed month changes silently: each change is told with its cause and its clients.

The past of a company changes after it was told: late, void and credited invoices, a handover entered late.
Before: One pays 100 a month, Two paid 50 a month until the end of 2024. Of May 2025: ARR 1,200; NRR 1,200 / 1,800.
"""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.small_company import INVOICES, LINES, USERS, refresh, tenure, write_inbox
from tests.warm import Refresher

pytestmark = pytest.mark.slow  # whole refreshes

MAY = "2025-05-01"
METRICS = ("arr_cc", "arr_reported", "nrr_cc", "nrr_reported", "grr_cc", "grr_reported", "logo_churn_rate")
WARN_ONLY = "metric,segment,closed_by,limit_bp,severity,valid_from\n" + "".join(
    f"{metric},{segment},label,10,warn,2000-01-01\n" for metric in METRICS for segment in ("company", "am")
)
LATE = "i4,one,invoice,open,USD,2025-03-01,2025-03-31,\n"
CREDIT = "c1,one,credit_note,open,USD,2025-02-01,,\n"
LATER = {
    "invoices": INVOICES.replace("i3,two,invoice,paid", "i3,two,invoice,void") + LATE + CREDIT,
    "invoice_lines": LINES
    + "l4,i4,Platform,1200.00,2025-03-01,2026-02-28\nl5,c1,Platform,-120.00,2025-01-01,2025-12-31\n",
    "users": USERS + "am2,Bob Manager,true\n",
    "owner_changes": "account_id,changed_at,owner_id\none,2025-02-10 09:00:00,am2\n",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, nightly: Refresher) -> Path:
    """A home with two releases: May was closed after the first, its past changed before the second."""
    folder = tmp_path_factory.mktemp("restated")
    write_inbox(folder)
    (folder / "policy").mkdir()
    (folder / "policy" / "restatement_limits.csv").write_text(WARN_ONLY, encoding="utf-8")
    assert nightly(folder).status == 0
    assert "2025-05 is closed" in tenure(folder, "close", "2025-05", "--label", "May, paid").stdout
    write_inbox(folder, **LATER)
    second = nightly(folder)
    assert second.status == 0, second.message
    return folder


def rows(home: Path, sql: str) -> list[dict[str, Any]]:
    return json.loads(tenure(home, "sql", sql, "--format", "json").stdout)


def parts(home: Path, metric: str, segment_value: str) -> list[tuple[str, str, Decimal]]:
    found = rows(
        home,
        f"""select client_id, cause, client_effect from ops.restatements where month = '{MAY}' and metric = '{metric}'
        and segment_value = '{segment_value}' order by abs(client_effect) desc, cause""",
    )
    return [(row["client_id"], row["cause"], Decimal(str(row["client_effect"])).normalize()) for row in found]


def test_every_cause_is_told_with_the_clients_that_add_up(home: Path) -> None:
    """A late, a void and a credited invoice and a late handover: ARR, NRR and churn name each, to the last digit."""
    assert parts(home, "arr_cc", "all") == [("one", "late_invoice", 1200), ("one", "credit_note", -120)]
    # NRR of May: 1,200 / 1,800 becomes 2,280 / 1,200
    assert parts(home, "nrr_cc", "all") == [
        ("one", "late_invoice", 1),  # 1,200 / 1,200
        ("two", "changed_invoice", Decimal("0.33333333")),  # 0.66666667 x 600 / 1,200: its loss is gone
        ("one", "credit_note", Decimal("-0.1")),
    ]
    assert parts(home, "logo_churn_rate", "all") == [("two", "changed_invoice", Decimal("-0.5"))]
    assert parts(home, "arr_cc", "am1") == [("one", "owner", -1200)]
    assert parts(home, "arr_cc", "am2") == [
        ("one", "late_invoice", 1200),
        ("one", "owner", 1200),
        ("one", "credit_note", -120),
    ]


def test_all_clients_of_all_figures_add_up_to_the_change(home: Path, measured: Callable[[str], None]) -> None:
    """Of every figure that changed, the parts of the clients are added up and compared with the change."""
    sums = rows(
        home,
        """select count(*) as figures, count(*) filter (where effect <> change) as wrong, sum(strangers) as strangers
        from (select sum(client_effect) as effect, count(*) filter (where client_id is null) as strangers,
            any_value(coalesce(new_value, 0) - coalesce(old_value, 0)) as change
            from ops.restatements group by publication_id, month, metric, segment, segment_value)""",
    )
    assert sums[0]["figures"] > 100
    assert (sums[0]["wrong"], int(sums[0]["strangers"])) == (0, 0)
    measured(f"{sums[0]['figures']} changed figures, each the sum of its clients, to 8 decimals")


def test_what_was_paid_stands_beside_what_is_known_now(home: Path) -> None:
    """May was closed, then its past changed: the figure as it was closed and as it is known now are one query away."""
    (row,) = rows(
        home,
        """select label, cast(value_reported as double) as reported, cast(value_now as double) as now
        from ops.closed_months where metric = 'arr_cc' and segment = 'company'""",
    )
    assert row == {"label": "May, paid", "reported": 1200.0, "now": 2280.0}
    cards = rows(home, "select am_id, metric from ops.closed_scorecards where month = '2025-05-01'")
    assert {row["am_id"] for row in cards} >= {"am1"}


def test_the_commands_say_the_same(home: Path) -> None:
    """`tenure restatements` and `tenure diff` of the two releases tell the same changes."""
    new = (home / "current").resolve().name  # both may be of one minute, so names do not tell which came first
    (old,) = {path.name for path in (home / "releases").iterdir()} - {new}
    listed = json.loads(tenure(home, "restatements", "--since", old, "--month", "2025-05", "--json").stdout)
    compared = json.loads(tenure(home, "diff", old, new, "--month", "2025-05", "--json").stdout)
    assert {row["publication_id"] for row in listed} == {new}
    assert [{**row, "publication_id": ""} for row in listed] == compared
    assert "late_invoice" in tenure(home, "restatements", "--metric", "nrr_cc").stdout


def test_a_closed_month_that_moves_too_far_is_not_published_by_itself(home: Path) -> None:
    """A void credit note moves a closed month by more than the policy allows: status 3, yesterday stays live."""
    (home / "policy" / "restatement_limits.csv").unlink()
    live = (home / "current").readlink()
    write_inbox(home, **{**LATER, "invoices": str(LATER["invoices"]).replace(CREDIT, CREDIT.replace("open", "void"))})
    answer = refresh(home)
    assert answer.returncode == 3
    assert "restatements.restatement_arr_cc" in answer.stderr
    assert "arr_cc 2025-05 from 2280 to 2400, 526.32 basis points of at most 10: one (" in answer.stderr
    assert (home / "current").readlink() == live
