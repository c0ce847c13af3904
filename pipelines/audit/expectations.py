"""The business gate: Great Expectations suites (`expectations/*.json`, one file a table) on the marts of a build.

Great Expectations costs 4-5 s and 200 MB to import. It therefore lives in one child process, `expectations_child`,
that is started when the build starts and warms up on another core while dbt works; when the audit comes, it is ready.
This module holds the side that asks; it imports nothing heavy.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelines.audit.checks import Check
from pipelines.settings import PROJECT_ROOT
from pipelines.worker import Worker

SUITES = PROJECT_ROOT / "expectations"
RESULTS_NAME, DOCS_NAME = "expectations.json", "data_docs"
QUIET = {"GX_ANALYTICS_ENABLED": "false", "PYTHONWARNINGS": "ignore"}


class ExpectationsProcess(Worker):
    """The child that holds Great Expectations; use as a context manager. It ends when this process does."""

    def __init__(self, suites: Path = SUITES) -> None:
        super().__init__("Great Expectations", "pipelines.audit.expectations_child", QUIET)
        self._suites = suites

    def validate(
        self, warehouse: Path, parameters: Mapping[str, Any] | None = None, out_dir: Path | None = None
    ) -> list[Check]:
        """All suites against a warehouse nobody holds open for writing. Raises RuntimeError if the child dies.

        `parameters`: what the suites are compared with (see comparison.py). `out_dir`: where Great Expectations' own
        results (expectations.json) and their pages (data_docs/) are written.
        """
        answer = self.ask(
            {
                "warehouse": str(warehouse),
                "suites": str(self._suites),
                "parameters": parameters or {"values": {}, "severities": {}},
                "out_dir": str(out_dir) if out_dir else None,
            }
        )
        return [Check.model_validate(check) for check in answer]
