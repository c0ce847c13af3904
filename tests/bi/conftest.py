"""The small company with two account managers: published once for all guides of a worker, as file and in PostgreSQL."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines.serving.release import open_release
from pipelines.settings import load_settings
from tests.postgres import PostgresServer
from tests.postgres_home import VARIABLE, database_of_publisher, url_of_publisher
from tests.small_company import ACCOUNTS, LINES, USERS, write_inbox
from tests.warm import warm_refresher

LEADER, MANAGER, STRANGER = "bi_leader", "bi_manager", "bi_stranger"
PASSWORD = "a-password-of-the-tests"
ACCESS = f"""
[[people]]
login = "{LEADER}"
role = "leadership"

[[people]]
login = "{MANAGER}"
role = "am"
am_id = "am1"
"""
MONTH = "2025-06-01"


@dataclass(frozen=True)
class Company:
    """A home with a release, and its copy in a database. In June 2025 am1 has Client One, am2 has lost Client Two."""

    home: Path
    postgres: PostgresServer
    database: str
    refresh: Callable[[], None]

    def bill(self, amount: str) -> None:
        """A newer export bills Client One this much a year instead of 1200.00; a release with it is published."""
        line = f"l2,i2,Platform,{amount},2025-01-01,2025-12-31"
        (self.home / "inbox" / f"invoice_lines_{amount}.csv").write_text(f"{LINES.splitlines()[0]}\n{line}\n", "utf-8")
        before = self.release_id
        self.refresh()
        assert self.release_id != before

    @property
    def release_id(self) -> str:
        return (self.home / "current").readlink().name

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """What the release itself says."""
        with open_release(load_settings(self.home)) as release:
            return release.rows(statement).rows()

    def libpq(self, login: str) -> dict[str, str]:
        """The variables with which PostgreSQL's own programs find the database; the guides write them too."""
        return {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.postgres.port),
            "PGDATABASE": self.database,
            "PGUSER": login,
            "PGPASSWORD": PASSWORD,
        }


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> Iterator[Company]:
    home, database = tmp_path_factory.mktemp("company"), database_of_publisher(postgres)
    for login, grant in ((LEADER, " in role tenure_leadership"), (MANAGER, " in role tenure_am"), (STRANGER, "")):
        postgres.run(database, f"create role {login} login password '{PASSWORD}'{grant}")
    write_inbox(
        home,
        accounts=ACCOUNTS.replace("two,Client Two,am1", "two,Client Two,am2"),
        users=f"{USERS}am2,Bob Manager,true\n",
    )
    (home / "access.toml").write_text(ACCESS, encoding="utf-8")
    (home / "tenure.toml").write_text(f'[postgres]\nurl_from = "{VARIABLE}"\n', encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch, warm_refresher(tmp_path_factory.mktemp("dagster")) as refresher:
        patch.setenv(VARIABLE, url_of_publisher(postgres, database))

        def refresh() -> None:
            outcome = refresher(home)
            assert outcome.status == 0, outcome.message
            assert outcome.run is not None
            assert not [check.message for check in outcome.run.checks if check.suite == "postgres"]

        refresh()
        yield Company(home, postgres, database, refresh)
