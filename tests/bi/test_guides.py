"""The guides to BI tools, done: their commands as printed, the right numbers for the right people, the next release."""

import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import openpyxl
import pytest

from tests.bi.conftest import LEADER, MANAGER, MONTH, PASSWORD, STRANGER, Company
from tests.bi.superset import GUIDE, LOCK, RefusedError, Superset, programs, running
from tests.printed import block, run
from tests.small_company import environment

INDEX = "docs/bi/README.md"
DRIVERS = {"JDBC": ("sqlline", "sqlline libpostgresql-jdbc-java"), "ODBC": ("isql", "unixodbc odbc-postgresql")}
RELEASE = "Tenure release"
NRR = (
    "select segment_value, nrr_cc from marts.rpt_retention "
    f"where segment = 'am' and window_months = 12 and month = '{MONTH}'"
)
Rows = list[tuple[object, ...]]


def test_the_page_of_superset_names_what_its_lock_was_made_from() -> None:
    [packages] = re.findall(r"pip install (.+)", block(GUIDE, "## Install"))
    assert shlex.split(packages) == LOCK.with_suffix(".in").read_text("utf-8").split()


@pytest.fixture
def own_programs(company: Company) -> dict[str, str]:
    """The variables of somebody who has Tenure's programs on the path."""
    return environment(TENURE_HOME=str(company.home), PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}")


@pytest.mark.slow
def test_duckdb_reads_the_file(own_programs: dict[str, str], tmp_path: Path) -> None:
    answer = run(block(INDEX, "### DuckDB"), own_programs, tmp_path, seconds=120)
    assert answer.returncode == 0, answer.stderr
    assert "Client One" in answer.stdout
    assert "Client Two" in answer.stdout


@pytest.mark.slow
def test_an_answer_is_a_workbook(company: Company, own_programs: dict[str, str], tmp_path: Path) -> None:
    answer = run(block("docs/bi/excel.md", "## A workbook of a question"), own_programs, tmp_path, seconds=120)
    assert answer.returncode == 0, answer.stderr
    sheet = openpyxl.load_workbook(tmp_path / "churn.xlsx").worksheets[0]
    header, *rows = sheet.iter_rows(values_only=True)
    [(client, month, arr)] = company.rows("select client_id, month, churned_arr_cc from marts.fct_churn")
    [found] = [dict(zip(header, row, strict=True)) for row in rows]
    assert (found["client_id"], found["month"].date(), found["churned_arr_cc"]) == (client, month, float(str(arr)))
    assert sheet.freeze_panes is not None


def through(driver: str, company: Company, login: str, folder: Path) -> str:
    """What the printed command of a driver answers to a login; where it is not installed that is said, or fails."""
    program, packages = DRIVERS[driver]
    if shutil.which(program) is None:
        reason = f"no {program} here: apt-get install {packages}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    answer = run(block(INDEX, f"### {driver}"), environment(**company.libpq(login)), folder, seconds=120)
    return answer.stdout + answer.stderr


@pytest.mark.slow
@pytest.mark.parametrize("driver", DRIVERS)
def test_a_driver_shows_each_login_its_own_clients(company: Company, driver: str, tmp_path: Path) -> None:
    everything, own = (through(driver, company, login, tmp_path) for login in (LEADER, MANAGER))
    assert company.release_id in everything
    assert ("Client One" in everything, "Client Two" in everything) == (True, True)
    assert ("Client One" in own, "Client Two" in own) == (True, False)
    assert "permission denied" in through(driver, company, STRANGER, tmp_path)


@pytest.fixture(scope="module")
def superset(company: Company, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Superset]:
    folder = tmp_path_factory.mktemp("superset")
    variables = environment(
        PATH=f"{programs()}:{os.environ['PATH']}",
        TENURE_HOME=str(company.home),
        SUPERSET_HOME=str(folder / "of superset"),
        SUPERSET_ADMIN_PASSWORD="a password of the tests",
    )
    started = run(block(GUIDE, "## First start"), variables, folder, seconds=900)
    assert started.returncode == 0, started.stderr[-4000:]
    with running(variables, folder) as superset:
        yield superset


@pytest.mark.slow
@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        ("select * from read_csv('/etc/passwd')", "disabled by configuration"),
        ("set enable_external_access = true", "locked"),
        ("drop table marts.fct_arr", "does not allow for DDL/DML"),
    ],
)
def test_sql_lab_reads_the_release_file_and_nothing_else(superset: Superset, statement: str, answer: str) -> None:
    with pytest.raises(RefusedError, match=answer):
        superset.sql(superset.database(RELEASE), statement)


@pytest.mark.slow
def test_every_door_shows_its_numbers_and_then_those_of_the_next_release(
    superset: Superset, company: Company, tmp_path: Path
) -> None:
    def query(login: str) -> int:
        """A dataset of a query: with SQLite as its own store, Superset takes a table's name once in all databases."""
        address = company.postgres.url(company.database, login, PASSWORD).replace("postgresql:", "postgresql+psycopg2:")
        database = superset.add("database/", database_name=login, sqlalchemy_uri=address)
        statement = "select * from marts.rpt_retention"
        return superset.add("dataset/", database=database, schema="marts", table_name=login, sql=statement)

    def drawn(dataset: int) -> Rows:
        rows = superset.chart(dataset, ["segment_value"], "max(nrr_cc)", segment="am", month=MONTH, window_months=12)
        return sorted((row["segment_value"], row["measure"]) for row in rows)

    database = superset.database(RELEASE)
    file = superset.add("dataset/", database=database, schema="warehouse.marts", table_name="rpt_retention")
    leader, manager = query(LEADER), query(MANAGER)
    everybody: Rows = [("am1", 1.0), ("am2", 0.0)]  # Client One stays at 1200; Client Two, with 600, has left
    assert sorted(company.rows(NRR)) == drawn(file) == drawn(leader) == everybody

    with duckdb.connect(str(company.home / "current" / "warehouse.duckdb"), read_only=True) as opened_before:
        company.bill("1500.00")
        everybody = [("am1", 1.25), ("am2", 0.0)]
        assert sorted(company.rows(NRR)) == drawn(file) == drawn(leader) == everybody
        assert sorted((row["segment_value"], row["nrr_cc"]) for row in superset.sql(database, NRR)) == everybody
        assert opened_before.execute(f"{NRR} and segment_value = 'am1'").fetchall() == [("am1", 1.0)]
    assert drawn(manager) == everybody[:1]
    for driver in DRIVERS:
        assert company.release_id in through(driver, company, LEADER, tmp_path)
