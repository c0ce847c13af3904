"""One small company (60 clients, 4 currencies, credits, usage, handovers) through landing and the real models, once."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.landing import land
from pipelines.serving.release import Release, open_release
from pipelines.settings import PROJECT_ROOT, load_settings
from pipelines.warehouse import build

CASE = PROJECT_ROOT / "tests" / "golden" / "r_company"
MARTS = [
    "dim_clients", "dim_account_managers", "fct_arr", "fct_arr_movements", "fct_revenue", "fct_expansion_types",
    "fct_churn", "rpt_retention", "rpt_arr_waterfall",
]  # fmt: skip


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build that is finished as a release's is: nothing of the lake is attached to it."""
    home = tmp_path_factory.mktemp("explain")
    as_of = tomllib.loads((CASE / "case.toml").read_text(encoding="utf-8"))["as_of"]
    settings = load_settings(home, inbox=CASE / "input", as_of=as_of)
    land(settings, "run")
    built = build(settings, home / "build", "run", select=[f"+{mart}" for mart in MARTS])
    # Whether the data's own tests pass is asked elsewhere; some of them need models that are left out here.
    assert not [node for node in built.nodes if not node.is_test and node.status != "success"]
    return built.build_dir


@pytest.fixture(scope="session")
def release(folder: Path) -> Iterator[Release]:
    with open_release(folder) as opened:
        yield opened
