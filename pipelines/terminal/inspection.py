"""What `tenure inspect` prints: one block a file, facts first, then the rows as they would land. Text only."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pipelines.serving.query import Answer
from pipelines.serving.rendering import as_table
from pipelines.serving.texts import printable

if TYPE_CHECKING:
    from pipelines.landing.inspect import Inspection, Rows

_LABEL = 14
_SHOWN = 5
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_CROSSWALK = ("_account_key", "_account_name", "_account_hint")


def inspection_text(inspections: Sequence[Inspection], rows: int, width: int) -> str:
    """All blocks, ending in a newline. `rows`: how many of each entity are shown."""
    blocks = [_block(inspection, rows, width) for inspection in inspections]
    if len(inspections) > 1:
        landing = sum(inspection.would_land for inspection in inspections)
        blocks.append(f"{len(inspections)} files: {landing} would land, {len(inspections) - landing} would not\n")
    return "\n".join(blocks)


def _block(inspection: Inspection, rows: int, width: int) -> str:
    verdict = "would land" if inspection.would_land else "would NOT land"
    lines = [f"{printable(inspection.file_name)}: {verdict}"]
    for label, text in _facts(inspection):
        lines += textwrap.wrap(
            printable(text), width, initial_indent=f"  {label:<{_LABEL}}", subsequent_indent=" " * (_LABEL + 2)
        )
    for each in inspection.rows:
        lines += ["", *_rows_lines(each, rows, width)]
    return "\n".join(lines) + "\n"


def _facts(inspection: Inspection) -> Iterable[tuple[str, str]]:
    if inspection.answers:
        yield from _answers(inspection)
    if inspection.encoding or inspection.layout:
        yield "Read as", ", ".join(_reading(inspection))
    for assumed in inspection.assumptions:
        yield "Assumed", f"{assumed.subject}: {assumed.value} ({assumed.why})"
    if inspection.columns is None and inspection.layout:
        yield "Columns", ", ".join(name for name in inspection.layout.header if name.strip())
    if columns := inspection.columns:
        if columns.why_unknown and inspection.layout:
            yield "Columns", f"which are used was not tried: {columns.why_unknown}"
        yield from (
            (label, ", ".join(names) + note)
            for label, names, note in (
                ("Used", columns.used, ""),
                ("Known", columns.used_but_empty, " (would be used, but empty in the first rows)"),
                ("Not used", columns.unused, " (kept in the original, not used)"),
            )
            if names
        )
    for finding in inspection.findings:
        yield "Finding", finding.message
    if inspection.problem:
        yield "Why not", inspection.problem.what
        yield "To do", inspection.problem.do


def _answers(inspection: Inspection) -> Iterable[tuple[str, str]]:
    mine = {name: why for name, why in inspection.answers.items() if why}
    for name, why in mine.items():
        is_first = name == inspection.connector
        yield "Connector" if is_first else "", f"{name}: {why}" + ("" if is_first else " (asked later, so not used)")
    others = ", ".join(name for name in inspection.answers if name not in mine)
    yield "" if mine else "Connector", f"not known to {others}"


def _reading(inspection: Inspection) -> Iterable[str]:
    if inspection.encoding:
        yield inspection.encoding
    if layout := inspection.layout:
        yield f"header in line {layout.header_line}"
        if layout.delimiter:
            yield f"cells separated by {_DELIMITERS[layout.delimiter]}"


def _rows_lines(rows: Rows, shown: int, width: int) -> list[str]:
    counts = f"{rows.rows_read:,} rows = {rows.rows_read - rows.rows_duplicate - rows.quarantine.height:,} landed"
    counts += f" + {rows.rows_duplicate:,} duplicate + {rows.quarantine.height:,} quarantined"
    lines = [f"  {rows.entity}: " + (f"{rows.landed.height:,} rows made from others" if rows.is_derived else counts)]
    if rows.unfilled:
        text = "not filled: " + ", ".join(rows.unfilled)
        lines += textwrap.wrap(text, width, initial_indent="    ", subsequent_indent=" " * 16)
    lines += _quarantine_lines(rows, width)
    if rows.landed.height:
        lines += ["    " + line for line in _table(rows, shown, width - 4)]
    return lines


def _quarantine_lines(rows: Rows, width: int) -> Iterable[str]:
    """The commonest reasons, each with its first row."""
    found = Counter(rows.quarantine["reason"])
    first = {reason: (line, raw) for line, reason, raw in rows.quarantine.reverse().iter_rows()}
    for reason, count in found.most_common(_SHOWN):
        line, raw = first[reason]
        yield f"    quarantine: {count:,} x {printable(reason)}"
        yield f"      line {line}: {printable(raw or '')}"[:width]
    if rest := sum(count for _, count in found.most_common()[_SHOWN:]):
        yield f"    quarantine: {rest:,} more rows"


def _table(rows: Rows, shown: int, width: int) -> list[str]:
    """The first rows side by side, a line a column: entities have more columns than a terminal is wide."""
    first = rows.landed.head(shown)
    own = [name for name in first.columns if not name.startswith("_") or name in (*_CROSSWALK, "_note")]
    filled = [name for name in own if first[name].null_count() < first.height]
    header = ["column", *(f"line {line}" for line in first["_line_number"])]
    body = [(name, *first[name].to_list()) for name in filled]
    lines = [line.rstrip() for line in as_table(Answer(header, body), width).splitlines() if line.strip()]
    return lines[:-1]  # the last one counts the table's rows, which are columns here
