"""The newcomer's path of the README, run as it is printed: from two systems' exports to a workbook with the numbers."""

from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from pipelines.serving.release import open_release
from pipelines.settings import PROJECT_ROOT, load_settings
from tests.integration.newcomer import write_exports
from tests.printed import block, run
from tests.small_company import environment

COLUMNS = ["nrr_cc", "grr_cc", "start_arr_cc", "end_arr_cc", "clients_start", "clients_churned"]
THE_MART = f"""
    select segment_value, {", ".join(COLUMNS)} from marts.rpt_retention
    where segment = 'am' and window_months = 12 and month = (select max(month) from marts.fct_arr)"""


@pytest.mark.slow
def test_five_commands_lead_from_salesforce_and_stripe_to_nrr_by_account_manager_in_excel(tmp_path: Path) -> None:
    write_exports(tmp_path / "exports")
    home = tmp_path / "of tenure"
    commands = block("README.md", "## From Salesforce and Stripe to NRR by account manager in Excel")
    assert len(commands.splitlines()) == 5

    done = run(commands, environment(HOME=str(tmp_path), TENURE_HOME=str(home)), PROJECT_ROOT, seconds=900)

    assert done.returncode == 0, done.stderr
    first, second = done.stdout.split("Published ")[1:]
    assert "No client has any ARR" in first
    assert "map_products" in first
    assert "no account for stripe customer cus_QaElm00, 'E. R. Holdings Accounts Payable'" in second
    sheet = openpyxl.load_workbook(tmp_path / "nrr_by_am.xlsx").worksheets[0]
    header, *rows = sheet.iter_rows(values_only=True)
    assert list(header) == ["account_manager", *COLUMNS]
    with open_release(load_settings(home)) as release:
        names = dict(release.rows("select am_id, am_name from marts.dim_account_managers").rows())
        mart = [(names[am], *map(number, values)) for am, *values in release.rows(THE_MART).rows()]
    assert rows == sorted(mart)
    assert [(name, round(nrr, 6)) for name, nrr, *_ in rows] == [
        ("Ann Archer", round(39_000 / 36_000, 6)),
        ("Ben Baker", round(66_000 / 72_000, 6)),
    ]


def number(value: object) -> object:
    """As a spreadsheet keeps it."""
    return float(value) if isinstance(value, Decimal) else value
