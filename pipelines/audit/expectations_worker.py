"""The child process that holds Great Expectations: a line of stdin is a request, a line of stdout its checks (JSON).

Nothing else imports this module. Great Expectations has no DuckDB engine that works unpatched, so each suite gets a
pandas frame of just the columns its expectations name, cut to the rows of its `where`.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import great_expectations as gx
import pandas as pd
from great_expectations.data_context.types.base import ProgressBarsConfig

from pipelines.audit.checks import Check, Severity
from pipelines.engine import CONFIG

COLUMN_ARGUMENTS = ("column", "column_A", "column_B", "column_list", "column_set")
SEVERITIES = {"critical": Severity.BLOCK, "warning": Severity.WARN, "info": Severity.WARN}


def main() -> None:
    """Answer requests until stdin ends. What a library prints goes to stderr: stdout is for answers only."""
    answers, sys.stdout = sys.stdout, sys.stderr
    for request in sys.stdin:
        asked = json.loads(request)
        checks = list(validate(Path(asked["warehouse"]), Path(asked["suites"])))
        print(json.dumps([check.model_dump(mode="json") for check in checks]), file=answers, flush=True)


def validate(warehouse: Path, suites: Path) -> Iterator[Check]:
    """The checks of every suite in a folder against a warehouse, opened read-only."""
    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_pandas("build")
    with duckdb.connect(str(warehouse), read_only=True, config=CONFIG) as connection:
        for path in sorted(suites.glob("*.json")):
            suite = json.loads(path.read_text(encoding="utf-8"))
            frame = _frame(connection, suite)
            batch = source.add_dataframe_asset(suite["name"]).add_batch_definition_whole_dataframe("all")
            asked = context.suites.add(gx.ExpectationSuite(name=suite["name"], expectations=suite["expectations"]))
            results = batch.get_batch(batch_parameters={"dataframe": frame}).validate(asked)
            yield from (_check(suite["name"], result.to_json_dict()) for result in results.results)


def columns_of(suite: dict[str, Any]) -> list[str]:
    """The columns a suite's expectations name, in order of first mention."""
    named = (
        expectation["kwargs"][argument]
        for expectation in suite["expectations"]
        for argument in COLUMN_ARGUMENTS
        if argument in expectation["kwargs"]
    )
    flat = (column for value in named for column in (value if isinstance(value, list) else [value]))
    return list(dict.fromkeys(flat))


def _frame(connection: duckdb.DuckDBPyConnection, suite: dict[str, Any]) -> pd.DataFrame:
    columns = ", ".join(f'"{column}"' for column in columns_of(suite))
    where = suite["meta"].get("where", "true")
    return connection.execute(f"select {columns} from {suite['meta']['table']} where {where}").df()


def _check(suite: str, result: dict[str, Any]) -> Check:
    config, found = result["expectation_config"], result.get("result", {})
    error = result.get("exception_info", {}).get("exception_message")
    return Check(
        suite=suite,
        name=config["meta"]["check"],
        severity=SEVERITIES[config.get("severity", "critical")],
        passed=result["success"],
        observed=_observed(found),
        message="" if result["success"] else (error or config.get("notes") or config["type"]),
    )


def _observed(found: dict[str, Any]) -> str | None:
    if found.get("observed_value") is not None:
        return str(found["observed_value"])
    if "unexpected_count" in found:
        return f"{found['unexpected_count']} of {found['element_count']} unexpected"
    return None


if __name__ == "__main__":
    main()
