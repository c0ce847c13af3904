"""dbt's exposures are the pages there are, each with what it really reads."""

import re
import shutil
import tomllib
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pipelines.dashboards.meta import RUN
from pipelines.dashboards.pages import registry
from pipelines.dashboards.pages.context import Context, Units
from pipelines.dashboards.pages.question import Question
from pipelines.explain.catalogue import METRICS
from pipelines.explain.rights import explain_for
from pipelines.serving.principal import LEADERSHIP, Principal, Role
from pipelines.serving.release import open_release
from pipelines.warehouse import project
from tests.builds import GOLDEN
from tests.warm import warm_refresher

# What an exposure names: the marts, what dbt makes of `ops`, and the policy. An explanation reads below them as well.
NAMED = ("marts", "ops", "policy")
TABLE = re.compile(rf"\b(?:{'|'.join(NAMED)})\.\w+")


class Recorder:
    """A connection that remembers which tables were asked for: all SQL names them with their schema."""

    def __init__(self, connection: Any, tables: set[str]) -> None:
        self._connection = connection
        self._tables = tables

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, sql: str, *given: Any) -> Any:
        self._tables |= set(TABLE.findall(sql))
        return self._connection.execute(sql, *given)

    def sql(self, sql: str, **given: Any) -> Any:
        self._tables |= set(TABLE.findall(sql))
        return self._connection.sql(sql, **given)


def manifest_exposures() -> dict[str, Any]:
    return {exposure.name: exposure for exposure in project.parsed_manifest().exposures.values()}


def test_every_page_has_its_exposure() -> None:
    found = {name: (exposure.label, exposure.url) for name, exposure in manifest_exposures().items()}
    assert found == {f"page_{spec.key}": (spec.label, spec.path) for spec in registry.PAGES}


def test_an_exposure_says_whose_it_is_and_what_it_is_for() -> None:
    for exposure in manifest_exposures().values():
        assert str(exposure.type) == "dashboard" and exposure.owner.name and exposure.description.strip()


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One company rich in service, one in revenue: no page passes over a table because there is nothing to show."""
    found = []
    with warm_refresher(tmp_path_factory.mktemp("dagster")) as refresher:
        for case in ("s_random", "r_company"):
            home = tmp_path_factory.mktemp(case)
            shutil.copytree(GOLDEN / case / "input", home / "inbox")
            as_of = tomllib.loads((GOLDEN / case / "case.toml").read_text(encoding="utf-8"))["as_of"]
            outcome = refresher(home, as_of=str(as_of))
            assert outcome.status == 0, outcome.message
            found.append((home / "current").resolve())
    return found


@pytest.mark.slow
def test_an_exposure_names_what_its_page_reads(releases: list[Path]) -> None:
    nodes = project.parsed_manifest().nodes
    made = {
        f"{node.schema}.{node.name}": unique_id
        for unique_id, node in nodes.items()
        if str(node.resource_type) in ("model", "seed") and node.schema in NAMED
    }
    read: dict[str, set[str]] = {}
    for folder in releases:
        for page, tables in read_by_pages(folder).items():
            read.setdefault(f"page_{page}", set()).update(made[table] for table in tables if table in made)
    named = {name: set(exposure.depends_on.nodes) for name, exposure in manifest_exposures().items()}
    assert {name: sorted(named[name] ^ read[name]) for name in named} == {name: [] for name in named}


def read_by_pages(folder: Path) -> dict[str, set[str]]:
    """The tables that each page reads, for one who sees all and for an account manager."""
    tables: set[str] = set()
    found: dict[str, set[str]] = {}
    with open_release(folder) as whole:
        client, am = whole.connection.execute(
            "select client_id, am_id from marts.dim_clients where am_id is not null order by arr_cc desc, 1 limit 1"
        ).fetchall()[0]
        as_of_on, currency, baseline = whole.rows(RUN).row(0)
        whole.connection = Recorder(whole.connection, tables)  # type: ignore[assignment]
        for spec in registry.PAGES:
            tables.clear()
            for principal in (LEADERSHIP, Principal("Ann", Role.ACCOUNT_MANAGER, frozenset({am}))):
                with open_release(folder, principal) as release:
                    release.connection = Recorder(release.connection, tables)  # type: ignore[assignment]
                    explain = partial(explain_for, whole, principal)
                    for item in items(spec.key, client):
                        for asked in ("", f"?segment=am&value={am}"):
                            context = Context(
                                release,
                                Question.read(asked),
                                Units(currency, baseline),
                                principal,
                                as_of_on,
                                explain,
                                item,
                            )
                            spec.build(context)
            found[spec.key] = set(tables)
    return found


def items(key: str, client: str) -> list[str]:
    """What the page can be about: one client; a metric of every kind that there is."""
    kinds = {(metric.relation.name, metric.detail, metric.view): metric.name for metric in METRICS.values()}
    return {"client": [client], "explain": list(kinds.values())}.get(key, [""])
