"""Two small companies through landing and the real models, once each: one for revenue, one for service.

`r_company` has 60 clients, 4 currencies, credits, usage and handovers; `s_random` every service entity, some missing.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.serving.release import Release, open_release
from tests.builds import built

MARTS = [
    "dim_clients", "dim_account_managers", "fct_arr", "fct_arr_movements", "fct_revenue", "fct_expansion_types",
    "fct_churn", "rpt_retention", "rpt_arr_waterfall",
]  # fmt: skip
SERVICE_MARTS = [
    "dim_account_managers", "fct_client_health", "fct_renewals", "rpt_kpis", "rpt_nps", "rpt_portfolios",
    "rpt_retention", "rpt_scorecard_ratings", "health_targets",
]  # fmt: skip


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("r_company", tmp_path_factory.mktemp("explain"), MARTS)


@pytest.fixture(scope="session")
def release(folder: Path) -> Iterator[Release]:
    with open_release(folder) as opened:
        yield opened


@pytest.fixture(scope="session")
def service_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("s_random", tmp_path_factory.mktemp("service"), SERVICE_MARTS)


@pytest.fixture(scope="session")
def service(service_folder: Path) -> Iterator[Release]:
    with open_release(service_folder) as opened:
        yield opened
