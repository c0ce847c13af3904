"""A question that the release cannot answer gets a message that names what it can."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.errors import UserError
from pipelines.explain.command import explained
from pipelines.explain.engine import explain
from pipelines.explain.question import Question
from pipelines.explain.terminal import as_text
from pipelines.serving.release import Release
from pipelines.settings import load_settings


@pytest.mark.parametrize(
    ("question", "what", "do"),
    [
        (Question("nrr"), "there is no metric 'nrr'", "did you mean"),
        (Question("nrr_cc", "2025-13"), "'2025-13' is no month", "2026-09"),
        (Question("nrr_cc", "0000-01"), "'0000-01' is no month", "2026-09"),
        (Question("nrr_cc", "2031-01"), "no nrr_cc over 12 months for 2031-01", "to 2025-12"),
        (Question("arr_cc", "2031-01"), "no arr_cc for 2031-01", "to 2025-12"),
        (Question("nrr_cc", window=6), "no window of 6 months", "1, 3, 12"),
        (Question("new_arr", window=3), "has no window", "leave --window out"),
        (Question("nrr_cc", segment="planet"), "no segment 'planet'", "company, am, tier"),
        (Question("nrr_cc", segment="am"), "needs a --value", "unassigned (nobody)"),
        (Question("nrr_cc", segment="tier", value="gold"), "no tier 'gold'", "growth, standard, strategic, tail"),
        (Question("nrr_cc", segment="region", value="' or 1=1 --"), "no region ''", "--value can be"),
        (Question("nrr_cc", client="client 01"), "no client 'client 01'", "c010 (Client 010)"),
        (Question("nrr_cc", client="'; drop table x"), "no client", "clients: "),
        (Question("nrr_cc", top=0), "--top must be 1 or more", ""),
    ],
)
def test_what_is_not_there_is_named_with_what_is(release: Release, question: Question, what: str, do: str) -> None:
    with pytest.raises(UserError) as error:
        explain(release, question)
    assert what in error.value.what
    assert do in (error.value.do or "")


def test_an_account_of_a_client_leads_to_the_client(release: Release) -> None:
    account, client = release.connection.execute(
        "select account_id, client_id from intermediate.int_clients__by_account where account_id <> client_id limit 1"
    ).fetchall()[0]
    with pytest.raises(UserError, match=f"account of client '{client}'"):
        explain(release, Question("nrr_cc", client=account))


def test_without_a_month_the_latest_is_told(release: Release) -> None:
    assert f"{explain(release, Question('nrr_cc')).month:%Y-%m}" == "2025-12"


def test_a_number_that_is_null_says_why(release: Release) -> None:
    month, segment, value = release.connection.execute(
        """select month, segment, segment_value from marts.rpt_retention
        where window_months = 3 and surprise_churn_rate is null order by 1, 2, 3 limit 1"""
    ).fetchall()[0]
    answer = explain(release, Question("surprise_churn_rate", f"{month:%Y-%m}", segment, value))
    assert answer.value is None
    assert "n/a because no ARR was lost in the window" in as_text(answer)


def test_a_client_without_a_part_in_the_number_is_said_to_have_none(release: Release) -> None:
    absent = release.connection.execute(
        """select client_id from intermediate.int_clients where client_id not in
        (select client_id from intermediate.int_retention_cohorts
         where month = date '2025-12-01' and window_months = 12) limit 1"""
    ).fetchall()[0][0]
    answer = explain(release, Question("nrr_cc", "2025-12", client=absent))
    assert "has no part in this number" in answer.notes[0]
    assert [row.kind for row in answer.section("clients").rows] == ["rest", "total"]


def test_two_formats_at_once_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="exclude each other"):
        explained(load_settings(tmp_path), Question("nrr_cc"), is_json=True, is_csv=True)


def test_the_command_answers_without_loading_what_is_heavy(folder: Path) -> None:
    """Dagster, dbt, polars and pandas each cost more than the answer; a bound parameter would load pandas."""
    code = f"""
import sys
from pathlib import Path
from pipelines.explain.engine import explain
from pipelines.explain.question import Question
from pipelines.explain.terminal import as_text
from pipelines.serving.release import open_release
with open_release(Path({str(folder)!r})) as release:
    as_text(explain(release, Question("nrr_cc")))
print(*sys.modules)
"""
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"dagster", "dbt", "polars", "pandas", "plotly"} & set(loaded)
