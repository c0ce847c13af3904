"""What Great Expectations is asked, in its child process: a request is a warehouse and suites, the answer their checks.

Only `expectations_child`, which starts it, imports this module. Great Expectations has no DuckDB engine that works
unpatched, so each suite gets a pandas frame of just the columns its expectations name, cut to the rows of its `where`.
`meta.columns` derives columns by SQL: most rules are one boolean a row.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import great_expectations as gx
import pandas as pd
from great_expectations.core.expectation_validation_result import ExpectationSuiteValidationResult
from great_expectations.data_context.types.base import ProgressBarsConfig

from pipelines.audit.checks import Check, Severity
from pipelines.audit.data_docs import exception_of, write_data_docs
from pipelines.audit.expectations import DOCS_NAME, RESULTS_NAME
from pipelines.audit.profile import read_suites
from pipelines.audit.report import masked
from pipelines.engine import CONFIG

COLUMN_ARGUMENTS = ("column", "column_A", "column_B", "column_list", "column_set")
SEVERITIES = {"critical": Severity.BLOCK, "warning": Severity.WARN, "info": Severity.WARN}
WORDS = {Severity.BLOCK: "critical", Severity.WARN: "warning"}
# Counts only: a value that fails may be a person's name, and the results stay in the release.
RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 0}
PARAMETER = "$PARAMETER"
NOT_ASKED = "nothing to compare with yet"


def answer(request: dict[str, Any]) -> list[dict[str, Any]]:
    """The checks of every suite of a folder, as JSON. Great Expectations writes results and pages to `out_dir`."""
    parameters, context = request["parameters"], _context()
    checks: list[Check] = []
    results = []
    with duckdb.connect(request["warehouse"], read_only=True, config=CONFIG) as connection:
        for suite in read_suites(Path(request["suites"])):
            values = parameters["values"].get(suite["name"], {})
            asked, skipped = _split(suite, values, parameters["severities"])
            result = _validate(context, suite["name"], _frame(connection, suite, asked), asked, values)
            checks += [_check(suite["name"], found.to_json_dict()) for found in result.results]
            checks += [_not_asked(suite["name"], expectation) for expectation in skipped]
            results.append(result)
    if request["out_dir"]:
        path = Path(request["out_dir"]) / RESULTS_NAME
        text = json.dumps([result.to_json_dict() for result in results], indent=1, default=str)
        path.write_text(masked(text), encoding="utf-8")  # an exception may quote a cell
        write_data_docs(path, path.parent / DOCS_NAME)
    return [check.model_dump(mode="json") for check in checks]


def columns_of(expectations: list[dict[str, Any]]) -> list[str]:
    """The columns that expectations name, in order of first mention."""
    named = (
        expectation["kwargs"][argument]
        for expectation in expectations
        for argument in COLUMN_ARGUMENTS
        if argument in expectation["kwargs"]
    )
    flat = (column for value in named for column in (value if isinstance(value, list) else [value]))
    return list(dict.fromkeys(flat))


def _context() -> Any:
    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    context.data_sources.add_pandas("build")
    return context


def _split(
    suite: dict[str, Any], values: Mapping[str, Any], severities: Mapping[str, str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The expectations that can be asked, and those whose parameters are not there; with the policy's severities."""
    asked: list[dict[str, Any]] = []
    skipped: list[dict[str, Any]] = []
    for expectation in suite["expectations"]:
        limit = expectation["meta"].get("limit")
        severity = WORDS[Severity(severities.get(limit, Severity.WARN))] if limit else expectation["severity"]
        wanted = [value[PARAMETER] for value in expectation["kwargs"].values() if _is_parameter(value)]
        (asked if all(name in values for name in wanted) else skipped).append({**expectation, "severity": severity})
    return asked, skipped


def _is_parameter(value: Any) -> bool:
    return isinstance(value, dict) and PARAMETER in value


def _frame(
    connection: duckdb.DuckDBPyConnection, suite: dict[str, Any], expectations: list[dict[str, Any]]
) -> pd.DataFrame:
    derived = suite["meta"].get("columns", {})
    columns = [f'{derived[name]} as "{name}"' if name in derived else f'"{name}"' for name in columns_of(expectations)]
    where = suite["meta"].get("where", "true")
    return connection.execute(f"select {', '.join(columns) or '1'} from {suite['meta']['table']} where {where}").df()


def _validate(
    context: Any, name: str, frame: pd.DataFrame, expectations: list[dict[str, Any]], values: Mapping[str, Any]
) -> ExpectationSuiteValidationResult:
    asset = context.data_sources.get("build").add_dataframe_asset(name)
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch(batch_parameters={"dataframe": frame})
    suite = context.suites.add(gx.ExpectationSuite(name=name, expectations=expectations))
    result = batch.validate(suite, result_format=RESULT_FORMAT, expectation_parameters=dict(values))
    assert isinstance(result, ExpectationSuiteValidationResult)
    return result


def _check(suite: str, result: dict[str, Any]) -> Check:
    config, found = result["expectation_config"], result.get("result", {})
    error = exception_of(result)
    severity = SEVERITIES[config.get("severity", "critical")]
    return Check(
        suite=suite,
        name=config["meta"]["check"],
        severity=severity,
        passed=result["success"],
        observed=_observed(found),
        message="" if result["success"] else (error or config.get("notes") or config["type"]),
        meaning=config.get("notes") or "",
        acceptable="limit" in config["meta"] and severity is Severity.BLOCK and not error,
    )


def _not_asked(suite: str, expectation: dict[str, Any]) -> Check:
    return Check(
        suite=suite,
        name=expectation["meta"]["check"],
        severity=SEVERITIES[expectation["severity"]],
        passed=True,
        observed=NOT_ASKED,
        meaning=expectation["notes"],
    )


def _observed(found: dict[str, Any]) -> str | None:
    if found.get("observed_value") is not None:
        return str(found["observed_value"])
    if "unexpected_count" in found:
        return f"{found['unexpected_count']} of {found['element_count']} unexpected"
    return None
