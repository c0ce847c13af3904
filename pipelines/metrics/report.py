"""The figures of a metric as text: a table for people, CSV for spreadsheets, JSON for programs."""

import csv
import io
import json
import shutil
from decimal import Decimal
from typing import Any

from pipelines.analysis.bands import Band
from pipelines.errors import UserError
from pipelines.explain.answer import Column, Group, Row, Section, Unit, Value
from pipelines.explain.entries import Entry
from pipelines.explain.export import plain
from pipelines.explain.terminal import NARROWEST, SEGMENT_WORDS, print_section, printable, shown
from pipelines.metrics.targets import TARGET, Mark
from pipelines.metrics.values import Answer, Figure
from pipelines.serving.spreadsheets import spreadsheet_cell

FORMATS = ("table", "csv", "json")
STATUS_WORDS = {TARGET: "on target"}
MARKS = {Mark.MET: "on target", Mark.NEAR: "short of the target", Mark.MISSED: "missed, or at risk"}


def written(answer: Answer, format: str) -> str:
    """The answer as text ending in a newline. `format` is one of FORMATS (see `checked`)."""
    if format == "csv":
        return as_csv(answer)
    return as_json(answer) if format == "json" else as_text(answer, shutil.get_terminal_size((140, 40)).columns)


def checked(format: str) -> str:
    """The format. Raises UserError for one that there is not."""
    if format not in FORMATS:
        raise UserError(f"unknown format '{format}'", do=f"choose one of {', '.join(FORMATS)}")
    return format


def as_text(answer: Answer, width: int = 140) -> str:
    """The definition, the figures (more than one month of more than one thing as a matrix), the release."""
    from rich.console import Console
    from rich.text import Text

    written = io.StringIO()
    screen = Console(file=written, width=max(width, NARROWEST), color_system=None)
    section = _matrix(answer) if _is_matrix(answer) else _list(answer)
    for line in _head(answer):
        screen.print(Text(printable(line)))
    print_section(screen, section, answer.reporting_currency)
    for line in _foot(answer):
        screen.print(Text(printable(line)))
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines()) + "\n"


def as_csv(answer: Answer) -> str:
    """One row a figure, with all digits; text is safe in a spreadsheet."""
    rows = _rows(answer)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if rows:
        writer.writerow(rows[0])
        writer.writerows([spreadsheet_cell(value) for value in row.values()] for row in rows)
    return text.getvalue()


def as_json(answer: Answer) -> str:
    """One object: the definition, the release, and `rows`. Amounts are text, never floats."""
    entry, plan = answer.entry, answer.plan
    body = {
        "metric": entry.name,
        **definition(entry),
        "window_months": plan.window,
        "basis": plan.basis,
        "by": list(plan.keys),
        "where": plan.values,
        "reporting_currency": answer.reporting_currency,
        "release_id": answer.release_id,
        "as_of_on": answer.as_of_on.isoformat(),
        "notes": answer.notes,
        "rows": [{key: plain(value) for key, value in row.items() if key != "metric"} for row in _rows(answer)],
    }
    return json.dumps(body, ensure_ascii=False, indent=2) + "\n"


def definition(entry: Entry) -> dict[str, Any]:
    """What the catalogue says of a metric, as JSON has it."""
    return {
        "title": entry.title,
        "formula": entry.formula,
        "unit": str(entry.unit),
        "grain": entry.source.grain,
        "dimensions": list(entry.dimensions),
        "has_company": entry.has_company,
        "table": entry.table,
        "column": entry.column,
        "policy": entry.target.policy if entry.target else None,
        "owner": entry.owner,
        "book": entry.book,
    }


def _rows(answer: Answer) -> list[dict[str, Value]]:
    return [_row(answer, figure) for figure in answer.figures]


def _row(answer: Answer, figure: Figure) -> dict[str, Value]:
    row: dict[str, Value] = {"metric": answer.entry.name}
    row["month"] = f"{figure.month:%Y-%m}" if figure.month else None
    for name, key, label in zip(answer.plan.keys, figure.keys, figure.labels, strict=True):
        row |= {name: key, f"{name}_name": label}
    target = figure.verdict.target
    return {
        **row,
        "value": figure.value,
        "reason": figure.reason,
        "target_from": target.lower if target else None,
        "target_to": target.upper if target else None,
        "status": figure.verdict.status,
    }


def _is_matrix(answer: Answer) -> bool:
    return bool(answer.plan.keys) and len(answer.months) > 1


def _head(answer: Answer) -> list[str]:
    plan = answer.plan
    months = [f"{month:%Y-%m}" for month in answer.months]
    when = " to ".join(dict.fromkeys([months[0], months[-1]])) if months else f"as of {answer.as_of_on}"
    over = f", over {plan.window} month" + ("s" if plan.window != 1 else "") if plan.window else ""
    basis = f", {plan.basis}" if answer.entry.source.basis and not answer.entry.name.endswith(plan.basis or "") else ""
    unit = f", {answer.reporting_currency}" if answer.entry.unit is Unit.MONEY else ""
    unit = ", in %" if answer.entry.unit is Unit.RATE and _is_matrix(answer) else unit
    return [f"{answer.entry.title}{basis}: {answer.whose}, {when}{over}{unit}", f"  = {answer.entry.formula}"]


def _foot(answer: Answer) -> list[str]:
    entry = answer.entry
    marks = dict.fromkeys(figure.verdict.mark for figure in answer.figures if figure.verdict.mark)
    legend = ", ".join(f"{mark} {MARKS[mark]}" for mark in MARKS if mark in marks)
    targets = _targets(answer)
    words = next(iter(targets)) if len(targets) == 1 else None
    policy = f"; target: {words or 'none'} (policy {entry.target.policy})" if entry.target and len(targets) == 1 else ""
    release = f"release {answer.release_id}, " if answer.release_id else ""
    reasons = dict.fromkeys(figure.reason for figure in answer.figures if figure.reason)
    return [
        *([f"  {legend}"] if legend else []),
        *(f"  n/a: {reason}" for reason in reasons),
        *(f"  {note}" for note in answer.notes),
        f"  {entry.name} is {entry.published}; metric book, {entry.book}; owner: {entry.owner}{policy}",
        f"  {release}as of {answer.as_of_on}",
    ]


def _list(answer: Answer) -> Section:
    """A line a figure."""
    columns = [Column(name, _word(name)) for name in answer.plan.keys]
    columns += [Column("month", "Month", Unit.MONTH)] if answer.months else []
    columns += [
        Column("value", "Value", Unit.NUMBER),
        Column("target", "Target", Unit.NUMBER),
        Column("status", "Status"),
    ]
    rows = [
        Row(
            {
                **dict(zip(answer.plan.keys, figure.labels, strict=True)),
                "month": figure.month,
                "value": _cell(answer, figure),
                "target": target_words(figure.verdict.target, answer.entry.unit),
                "status": _words(figure.verdict.status),
            }
        )
        for figure in answer.figures
    ]
    return Section("figures", "", columns, [Group(rows)])


def _matrix(answer: Answer) -> Section:
    """A line for each thing, a column for each month, and the target of the last one."""
    columns = [Column(name, _word(name)) for name in answer.plan.keys]
    columns += [Column(f"{month}", f"{month:%Y-%m}", Unit.NUMBER) for month in answer.months]
    if len(_targets(answer)) > 1:
        columns.append(Column("target", "Target", Unit.NUMBER))
    rows: dict[tuple[str, ...], dict[str, Value]] = {}
    for figure in answer.figures:
        row = rows.setdefault(figure.keys, dict(zip(answer.plan.keys, figure.labels, strict=True)))
        row[f"{figure.month}"] = _cell(answer, figure).replace(" %", "")  # said once, above
        row["target"] = target_words(figure.verdict.target, answer.entry.unit)
    return Section("figures", "", columns, [Group([Row(row) for row in rows.values()])])


def _targets(answer: Answer) -> set[str | None]:
    return {target_words(figure.verdict.target, answer.entry.unit) for figure in answer.figures}


def _cell(answer: Answer, figure: Figure) -> str:
    text = shown(figure.value, answer.entry.unit)
    has_marks = any(other.verdict.mark for other in answer.figures)
    return f"{text} {figure.verdict.mark or ' '}" if has_marks else text


def _word(dimension: str) -> str:
    return SEGMENT_WORDS.get(dimension, dimension.replace("_", " ")).capitalize()


def _words(status: str | None) -> str | None:
    return STATUS_WORDS.get(status, status.replace("_", " ")) if status else None


def target_words(band: Band | None, unit: Unit) -> str | None:
    """The range that is the target: `110.00 % or more`, `below 10.00 %`, `8 to 12`."""
    if band is None:
        return None
    lower, upper = (_limit(value, unit) for value in (band.lower, band.upper))
    if lower is not None and upper is not None:
        return f"{lower} to {upper}"
    if lower is not None:
        return f"{lower} or more" if band.is_lower_included else f"above {lower}"
    if upper is not None:
        return f"{upper} or less" if band.is_upper_included else f"below {upper}"
    return None


def _limit(value: Decimal | int | None, unit: Unit) -> str | None:
    return None if value is None else shown(Decimal(value).normalize(), unit)
