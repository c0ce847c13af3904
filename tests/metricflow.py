"""Asks MetricFlow as `mf query` does, many questions in one process: `python -m tests.metricflow`.

It is a process of its own because dbt keeps one profile in each. A JSON list of [metrics, group by] comes in, a JSON
list of rows for each goes out; amounts are text.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from pipelines.settings import PROJECT_ROOT
from pipelines.warehouse import project

PROFILE = PROJECT_ROOT / "dbt_project" / "release"
Query = tuple[list[str], list[str]]
Rows = list[dict[str, Any]]


def ask(warehouse: Path, queries: list[Query]) -> list[Rows]:
    """The rows of each query: group-by items and metrics by name."""
    project.manifest_path()
    done = subprocess.run(
        [sys.executable, "-m", "tests.metricflow"], input=json.dumps(queries), env=environment(warehouse),
        cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=1800,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def environment(warehouse: Path) -> dict[str, str]:
    """What `mf` needs to read a release."""
    return {
        **os.environ,
        "TENURE_WAREHOUSE": str(warehouse),
        "DBT_PROFILES_DIR": str(PROFILE),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_LOG_PATH": str(warehouse.parent / "dbt"),
    }


def _answer() -> None:
    from dbt_metricflow.cli.cli_configuration import CLIConfiguration
    from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

    tool = CLIConfiguration()
    tool.setup(configure_file_logging=False)
    answers = []
    for metrics, group_by in json.load(sys.stdin):
        table = tool.mf.query(MetricFlowQueryRequest.create(metric_names=metrics, group_by_names=group_by)).result_df
        answers.append([dict(zip(table.column_names, row, strict=True)) for row in table.rows] if table else [])
    print(json.dumps(answers, default=str))  # noqa: T201


if __name__ == "__main__":
    _answer()
