"""The golden cases of the revenue half, through the real pipeline."""

from pathlib import Path

import pytest
from dagster import DagsterInstance

from pipelines.audit.expectations import ExpectationsProcess
from tests.golden.running import cases, expectations, instance, problems_of

__all__ = ["expectations", "instance"]  # fixtures
CASES = cases("r_")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden_case(case: Path, tmp_path: Path, expectations: ExpectationsProcess, instance: DagsterInstance) -> None:
    problems = problems_of(case, tmp_path, expectations, instance)
    assert not problems, "\n".join(problems)


def test_there_are_cases() -> None:
    assert len(CASES) >= 14
