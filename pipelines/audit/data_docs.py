"""Great Expectations' Data Docs of a build, for engineers: `audit/data_docs/` in the release, pages without a network.

A page a suite, made by Great Expectations' own renderers. Its site builder is not used: its pages load scripts, styles
and a logo from a dozen hosts, and a release is opened where there may be no network. So two of its templates (the page,
and what opens and closes) are replaced by those in `templates/data_docs`, and its Vega charts of shares by tables.

Only the child process that holds Great Expectations imports this module.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from great_expectations import __version__ as version
from great_expectations.core import expectationSuiteValidationResultSchema
from great_expectations.core.expectation_validation_result import ExpectationValidationResult
from great_expectations.expectations.core import ExpectColumnKLDivergenceToBeLessThan
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.metadata_types import FailureSeverity
from great_expectations.expectations.registry import register_renderer
from great_expectations.render import (
    LegacyDiagnosticRendererType,
    LegacyRendererType,
    RenderedStringTemplateContent,
    RenderedTableContent,
)
from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
from great_expectations.render.renderer.renderer import renderer
from great_expectations.render.view import DefaultJinjaPageView
from jinja2 import ChoiceLoader, FileSystemLoader

from pipelines.audit.report import TEMPLATES
from pipelines.html import page_template

SHARES = "expect_column_kl_divergence_to_be_less_than"
MORE_COLUMNS = ("Check", "Severity", "If it fails")
NO_SHARES = "--"


class OfflinePageView(DefaultJinjaPageView):
    """The page view of Great Expectations, with our templates in front of its own."""

    def __init__(self) -> None:
        super().__init__()
        ours = FileSystemLoader([TEMPLATES / "data_docs", TEMPLATES])
        assert self.env.loader is not None
        self.env.loader = ChoiceLoader([ours, self.env.loader])


def write_data_docs(results: Path, folder: Path) -> None:
    """Write the pages of the results that Great Expectations left as JSON (a list of suites). Same input, same bytes.

    They are read from the file and not taken as they come: fresh results hold numbers of NumPy, which the renderers of
    Great Expectations 1.24 refuse (`num_to_str` takes an exact `float` only, and raises TypeError).
    """
    folder.mkdir(exist_ok=True)
    pages, view, suites = ValidationResultsPageRenderer(), OfflinePageView(), []
    for result in json.loads(results.read_text(encoding="utf-8")):
        name, counts = result["suite_name"], result["statistics"]
        result["results"] = [_for_readers(asked) for asked in result["results"]]
        document = pages.render(expectationSuiteValidationResultSchema.load(result))
        for block in (block for section in document.sections[1:] for block in section.content_blocks):
            if isinstance(block, RenderedTableContent):
                block.header_row = [*(block.header_row or []), *MORE_COLUMNS]
        _write(folder / f"{name}.html", view.render(document))
        suites.append((name, counts["evaluated_expectations"], counts["unsuccessful_expectations"]))
    index = page_template(TEMPLATES, "data_docs/index.html.j2")
    _write(folder / "index.html", index.render(version=version, suites=suites))


def exception_of(result: Mapping[str, Any]) -> str | None:
    """What an expectation raised instead of an answer. One that needs several metrics has a message of each."""
    told = result.get("exception_info", {})
    found = [told] if "raised_exception" in told else [one for one in told.values() if isinstance(one, dict)]
    return next((str(one["exception_message"]) for one in found if one["raised_exception"]), None)


def _for_readers(result: dict[str, Any]) -> dict[str, Any]:
    """A result without tracebacks, which name this machine's folders; its expectation gets more columns."""
    register_renderer(result["expectation_config"]["type"], parent_class=Expectation, renderer_fn=_more_cells)
    error = exception_of(result)
    result["exception_info"] = {
        "raised_exception": error is not None,
        "exception_message": error or "",
        "exception_traceback": "",
    }
    return result


@renderer(renderer_type=LegacyDiagnosticRendererType.META_PROPERTIES)
def _more_cells(result: ExpectationValidationResult) -> Any:
    """The cells below MORE_COLUMNS. (The renderer that Great Expectations has for them is told of them by an argument
    of the expectation, which its expectations have refused since 1.0.)"""
    config = result.expectation_config
    assert config is not None
    cells = (config.meta["check"], FailureSeverity(config.severity).value, str(config.notes or ""))
    return [[_words("$text", {"text": text})] for text in cells]


@renderer(renderer_type=LegacyRendererType.PRESCRIPTIVE)
def _shares_wanted(configuration: ExpectationConfiguration, **_: Any) -> list[RenderedStringTemplateContent]:
    words = "shares must be near those of the last good releases: Kullback-Leibler divergence below $threshold."
    return [_words(words, {"threshold": str(configuration.kwargs["threshold"])})]


@renderer(renderer_type=LegacyDiagnosticRendererType.OBSERVED_VALUE)
def _shares_observed(result: ExpectationValidationResult, **_: Any) -> str | RenderedTableContent:
    details = result.result.get("details")
    if not details:
        return NO_SHARES
    expected, observed = _shares(details["expected_partition"]), _shares(details["observed_partition"])
    divergence = result.result["observed_value"]
    return RenderedTableContent(
        header=_words("Divergence: $divergence", {"divergence": "none" if divergence is None else f"{divergence:.4f}"}),
        header_row=["Value", "Expected", "Observed"],
        table=[
            [_words("$value", {"value": str(value)}), f"{expected.get(value, 0):.2%}", f"{observed.get(value, 0):.2%}"]
            for value in sorted({*expected, *observed}, key=str)
        ],
    )


def _shares(partition: Mapping[str, Any]) -> dict[Any, float]:
    return dict(zip(partition["values"], partition["weights"], strict=True))


def _words(template: str, parameters: Mapping[str, str]) -> RenderedStringTemplateContent:
    """Text whose parameters the view escapes."""
    return RenderedStringTemplateContent(string_template={"template": template, "params": dict(parameters)})


def _write(path: Path, page: str) -> None:
    path.write_text(page, encoding="utf-8", newline="\n")


RENDERERS: tuple[Callable[..., Any], ...] = (_shares_wanted, _shares_observed)
for _own in RENDERERS:
    register_renderer(SHARES, parent_class=ExpectColumnKLDivergenceToBeLessThan, renderer_fn=_own)
