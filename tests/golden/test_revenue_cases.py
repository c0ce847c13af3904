"""The golden cases of the revenue half, through the real pipeline."""

from pathlib import Path

import pytest
from dagster import DagsterInstance

from pipelines.defs.workers import Workers
from tests.golden.running import cases, instance, problems_of, workers

__all__ = ["instance", "workers"]  # fixtures
CASES = cases("r_")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden_case(case: Path, tmp_path: Path, workers: Workers, instance: DagsterInstance) -> None:
    problems = problems_of(case, tmp_path, workers, instance)
    assert not problems, "\n".join(problems)


def test_there_are_cases() -> None:
    assert len(CASES) >= 14
