"""One shape for every analysis and its two writers: text for a terminal, JSON for programs (amounts as text)."""

import io
import json
import shutil
from dataclasses import dataclass, field

from pipelines.analysis.question import Asked, month_text
from pipelines.analysis.series import Rates
from pipelines.explain.answer import Section, Value
from pipelines.explain.export import plain, section_rows
from pipelines.explain.terminal import NARROWEST, SEGMENT_WORDS, print_section, printable


@dataclass(frozen=True)
class Report:
    """Headlines, tables whose rows add up, and notes on how to read them. `facts` are what JSON says besides."""

    command: str
    title: str
    asking: Asked
    facts: dict[str, Value]
    lines: list[str] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def written(report: Report, is_json: bool) -> str:
    """The report as text or JSON, ending in a newline."""
    return as_json(report) if is_json else as_text(report, shutil.get_terminal_size((140, 40)).columns)


def as_text(report: Report, width: int = 140) -> str:
    from rich.console import Console
    from rich.text import Text

    out = io.StringIO()
    screen = Console(file=out, width=max(width, NARROWEST), color_system=None)
    for line in (report.title, *(f"  {line}" for line in report.lines)):
        screen.print(Text(printable(line)))
    screen.print()
    for section in report.sections:
        print_section(screen, section, report.asking.scope.reporting_currency)
    for note in report.notes:
        screen.print(Text(printable(note)))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()).rstrip() + "\n"


def as_json(report: Report) -> str:
    asking = report.asking
    body = {
        "analysis": report.command,
        "metric": asking.name,
        "month": month_text(asking.window.end),
        "window_months": asking.scope.window,
        "segment": asking.window.segment,
        "segment_value": asking.window.value,
        "reporting_currency": asking.scope.reporting_currency,
        "as_of_on": asking.scope.as_of_on.isoformat(),
        **{key: plain(value) for key, value in report.facts.items()},
        **{section.name: section_rows(section) for section in report.sections},
        "notes": report.notes,
    }
    return json.dumps(body, ensure_ascii=False, indent=2) + "\n"


def named(asking: Asked) -> str:
    """NRR, or reported NRR: the number as titles name it."""
    name = asking.measure.upper()
    return f"reported {name}" if asking.rates is Rates.REPORTED else name


def whose(asking: Asked) -> str:
    """Whom the number is about, and when: `company, 2026-09, over 12 months`."""
    segment, scope = asking.window.segment, asking.scope
    words = SEGMENT_WORDS.get(segment, segment)
    who = (
        "company"
        if segment == "company"
        else f"{words} {scope.segment_label}"
        if asking.window.value
        else f"by {words}"
    )
    months = f"{scope.window} month" + ("" if scope.window == 1 else "s")
    return f"{who}, {month_text(asking.window.end)}, over {months}"
