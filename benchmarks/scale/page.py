"""Writes the tables of docs/scale.md out of the results: `python -m benchmarks.scale.page`. A test compares them.

A table stands between `<!-- scale NAME -->` and `<!-- end -->`; the rest of the page is written by hand.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from pipelines.settings import PROJECT_ROOT

RESULTS = PROJECT_ROOT / "benchmarks" / "results"
PAGE = PROJECT_ROOT / "docs" / "scale.md"
PLACE = re.compile(r"(<!-- scale (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
WAYS = {
    "limit": "the limit: one DuckDB script",
    "land": "landing alone",
    "build": "dbt's build of the same tables",
    "spine": "customer x month spine",
    "pandas": "pandas",
    "first": "whole refresh, first load",
    "night": "whole refresh, a night later",
}
STEPS = {
    "land": "landing",
    "build": "building (all marts)",
    "audit": "audit",
    "seal": "sealing",
    "dashboard": "dashboards",
    "exports": "exports",
    "publish": "publishing",
}
REST = "start, and between steps"

Result = Mapping[str, Any]
Rows = Iterable[Sequence[str]]


def read_results(folder: Path = RESULTS) -> tuple[list[Result], Result | None]:
    """All sizes, smallest first, and the demo company's."""
    found = [json.loads(path.read_text("utf-8")) for path in folder.glob("scale_*.json")]
    sizes = sorted((each for each in found if each["lines"] != "demo"), key=lambda each: each["lines"])
    return sizes, next((each for each in found if each["lines"] == "demo"), None)


def written(text: str, sizes: Sequence[Result], demo: Result | None) -> str:
    """The page with its tables written anew. Raises KeyError where it wants a table that is not known."""
    return PLACE.sub(lambda match: match[1] + TABLES[match[2]](sizes, demo) + match[3], text)


def printed(results: Sequence[Result]) -> str:
    """What a run prints: the tables of what it measured."""
    sizes = [each for each in results if each["lines"] != "demo"]
    demo = next((each for each in results if each["lines"] == "demo"), None)
    found = [TABLES[name](sizes, demo) for name in TABLES]
    return "\n".join(text for text in found if text.count("\n") > 2)  # more than its head


def ways(sizes: Sequence[Result], demo: Result | None) -> str:
    """Everything in times of the limit script of the same run."""
    sizes = [each for each in sizes if "limit" in each["measured"]]
    heads = [f"{size_of(each)}: {what}" for each in sizes for what in ("time", "processor", "memory")]
    rows = []
    for name, label in WAYS.items():
        if not any(name in each["measured"] for each in sizes):
            continue
        rows.append(
            [
                label,
                *(cell for each in sizes for cell in beside_limit(each, each["measured"].get(name), name == "limit")),
            ]
        )
        if name == "first" and any("first" in each["measured"] for each in sizes):
            for step, words in [*STEPS.items(), ("rest", REST)]:
                cells = [
                    cell
                    for each in sizes
                    for cell in beside_limit(each, step_of(each["measured"].get("first"), step), False)
                ]
                rows.append([f"- {words}", *cells])
    return table(["", *heads], rows)


def night(sizes: Sequence[Result], demo: Result | None) -> str:
    """A night beside the first load of the same run."""
    rows = []
    for each in sizes:
        if "night" in each["measured"]:
            first, later = each["measured"]["first"], each["measured"]["night"]
            share = each["rows"]["night_invoice_lines"] / each["rows"]["invoice_lines"]
            steps = [ratio(step_of(later, step), step_of(first, step), "wall_s") for step in ("land", "build", "audit")]
            whole = [ratio(later, first, name) for name in ("wall_s", "cpu_s", "peak_bytes")]
            rows.append([size_of(each), f"{100 * share:.2f} %", *whole, *steps])
    heads = ["lines", "of them new", "time", "processor", "memory", "time of landing", "of building", "of the audit"]
    return table(heads, rows)


def growth(sizes: Sequence[Result], demo: Result | None) -> str:
    """Slopes on paper with two logarithmic axes: 1 is as fast as the lines, less is slower than they."""
    rows = []
    for small, large in pairwise(sizes):
        for name, label in WAYS.items():
            one, two = usage_of(small, name), usage_of(large, name)
            if one and two:
                lines = math.log(large["rows"]["invoice_lines"] / small["rows"]["invoice_lines"])
                slopes = [
                    f"{math.log(two[what] / one[what]) / lines:.2f}" for what in ("wall_s", "cpu_s", "peak_bytes")
                ]
                rows.append([f"{size_of(small)} to {size_of(large)}", label, *slopes])
    return table(["lines", "", "time", "processor", "memory"], rows)


def equality(sizes: Sequence[Result], demo: Result | None) -> str:
    """What was compared with the marts of the release."""
    rows = []
    for each in sizes:
        for name, found in each["equal"].items():
            rows.append([size_of(each), WAYS[name], equal_words(name, found)])
    return table(["lines", "", "compared with the marts of the release"], rows)


def equal_words(name: str, found: Mapping[str, Any]) -> str:
    """One comparison in words."""
    if name == "night":
        return f"{found['marts']} marts as a rebuild of all files makes them: no row differs"
    if name == "spine":
        same = f"recurring ARR: {found['recurring']['rows']:,} rows equal"
        rest = f"{found['of_them_equal']:,} of {found['months_and_currencies']:,} months and currencies equal"
        return f"{same}; whole ARR: {rest}, as it has no usage ({100 * found['usage_rate']:.0f} % of ARR)"
    if name == "pandas":
        return "; ".join(
            f"{table}: {each['rows']:,} rows, {each['rows_off']:,} off by at most {each['most_off']:.2f}"
            for table, each in found.items()
        )
    return "; ".join(
        f"{table}: {each['rows']:,} rows, {each['columns']} columns, 0 differ" for table, each in found.items()
    )


def machines(sizes: Sequence[Result], demo: Result | None) -> str:
    """Where and when each size was measured."""
    rows = []
    for each in [*sizes, *([demo] if demo else [])]:
        facts = each["machine"]
        packages = ", ".join(f"{name} {version}" for name, version in facts["packages"].items())
        load = " to ".join(f"{facts[name]:.1f}" for name in ("load_before", "load_after") if name in facts)
        rows.append(
            [
                *(
                    size_of(each),
                    facts["measured_at"][:16].replace("T", " "),
                    f"{facts['cores']} x {facts['processor']}",
                ),
                *(f"{facts['memory_gb']:.0f} GB", load, f"{facts['system']}, Python {facts['python']}, {packages}"),
            ]
        )
    return table(["lines", "measured (UTC)", "cores", "memory", "load", "versions"], rows)


def sizes_of_companies(sizes: Sequence[Result], demo: Result | None) -> str:
    """What the companies consist of, and the absolute figures that ratios hide."""
    rows = []
    for each in sizes:
        counts, measured = each["rows"], each["measured"]
        rows.append(
            [
                *(size_of(each), f"{counts['invoice_lines']:,}", f"{counts['clients']:,}", f"{counts['all']:,}"),
                *(f"{each['files_bytes'] / 1e6:,.0f} MB", warehouse_of(measured)),
                *(seconds(measured.get("limit")), seconds(measured.get("first")), seconds(measured.get("night"))),
            ]
        )
    heads = ["asked for", "invoice lines", "clients", "rows of all entities", "files", "release's warehouse"]
    return table([*heads, "limit", "first load", "a night"], rows)


def warehouse_of(measured: Mapping[str, Result]) -> str:
    return f"{measured['first']['warehouse_bytes'] / 1e6:,.0f} MB" if "first" in measured else "-"


def demo_steps(sizes: Sequence[Result], demo: Result | None) -> str:
    """Where the demo company's refresh spends its time."""
    if demo is None:
        return table(["", "time", "of it", "processor"], [])
    first = demo["measured"]["first"]
    rows = []
    for step, words in [("rest", REST), *STEPS.items(), ("whole", "from command to release")]:
        usage = first if step == "whole" else step_of(first, step)
        if usage:
            rows.append(
                [
                    words,
                    f"{usage['wall_s']:.1f} s",
                    f"{100 * usage['wall_s'] / first['wall_s']:.0f} %",
                    f"{usage['cpu_s']:.1f} s",
                ]
            )
    return table(["", "time", "of it", "processor"], rows)


TABLES: dict[str, Callable[[Sequence[Result], Result | None], str]] = {
    "sizes": sizes_of_companies,
    "ways": ways,
    "equality": equality,
    "night": night,
    "growth": growth,
    "demo": demo_steps,
    "machine": machines,
}


def usage_of(result: Result, name: str) -> Result | None:
    """What was measured by this name; landing may stand among the steps of the first load."""
    measured = result["measured"]
    return step_of(measured.get("first"), name) if name == "land" and name not in measured else measured.get(name)


def step_of(usage: Result | None, step: str) -> Result | None:
    """A step's usage; of "rest", what the steps do not account for."""
    if usage is None:
        return None
    if step != "rest":
        return usage["steps"].get(step)
    spent = {name: sum(each[name] for each in usage["steps"].values()) for name in ("wall_s", "cpu_s")}
    return {name: usage[name] - seconds for name, seconds in spent.items()}


def beside_limit(result: Result, usage: Result | None, is_limit: bool) -> list[str]:
    """Time and processor in times of the limit's, memory in GB; the limit's own in seconds."""
    limit = result["measured"].get("limit")
    if usage is None:
        return ["-", "-", "-"]
    memory = f"{usage['peak_bytes'] / 1e9:.1f} GB" if "peak_bytes" in usage else ""
    if is_limit:
        return [f"1 ({usage['wall_s']:.1f} s)", f"1 ({usage['cpu_s']:.1f} s)", memory]
    return [*(ratio(usage, limit, name) for name in ("wall_s", "cpu_s")), memory]


def ratio(one: Result | None, other: Result | None, name: str) -> str:
    """How many times as much."""
    if one is None or other is None or not other[name]:
        return "-"
    times = one[name] / other[name]
    return f"{times:.1f}" if times >= 1 else f"{times:.2f}"


def seconds(usage: Result | None) -> str:
    return f"{usage['wall_s']:,.1f} s" if usage else "-"


def size_of(result: Result) -> str:
    """10 k, 1 M, or the demo company."""
    lines = result["lines"]
    if lines == "demo":
        return "demo"
    return f"{lines / 1e6:g} M" if lines >= 1e6 else f"{lines / 1e3:g} k"


def table(heads: Sequence[str], rows: Rows) -> str:
    """A table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8"), *read_results()), encoding="utf-8")
