"""Writes docs/promises.md out of the tests in `tests/faults`: `python -m tests.promises`.

A module's docstring begins with the promise of all its tests, a test's docstring says what it does. `make promises`
runs the tests first, with RECORD_FIGURES set, so that they keep what they measured in docs/promises.json.
"""

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path

from pipelines.settings import PROJECT_ROOT

FAULTS = PROJECT_ROOT / "tests" / "faults"
PAGE = PROJECT_ROOT / "docs" / "promises.md"
FIGURES = PROJECT_ROOT / "docs" / "promises.json"
HEAD = """# What is promised, and the test that breaks things for real

Each promise has a module in `tests/faults`, and each of its tests really does what it says: kills processes, fills
disks, flips bits. `make test-slow` runs them all, `make test` the quickest. Figures are those of the last
`make promises`. This page is written out of the tests; a test compares them.
"""


COLUMNS = "| test | what is done | last measured |\n| --- | --- | --- |\n"


@dataclass(frozen=True)
class Promise:
    """One module: its file, what it promises, and (test, what it does) of each of its tests."""

    path: Path
    text: str
    tests: list[tuple[str, str]]


def promises() -> list[Promise]:
    """All modules of fault tests, by name."""
    return [_promise(path) for path in sorted(FAULTS.glob("test_*.py"))]


def page(figures: dict[str, str]) -> str:
    """The page. `figures`: test id -> what was measured."""
    parts = [HEAD]
    for promise in promises():
        file = promise.path.relative_to(PROJECT_ROOT).as_posix()
        parts.append(f"\n## {promise.text}\n\n`{file}`\n\n{COLUMNS}")
        parts += [f"| `{name}` | {text} | {figures.get(f'{file}::{name}', '')} |\n" for name, text in promise.tests]
    return "".join(parts)


def read_figures() -> dict[str, str]:
    """What the tests measured last."""
    return json.loads(FIGURES.read_text("utf-8")) if FIGURES.exists() else {}


def _promise(path: Path) -> Promise:
    module = ast.parse(path.read_text("utf-8"))
    tests = [
        (node.name, _docstring(node, path))
        for node in module.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    text = re.sub(r"^Promises?: ", "", _docstring(module, path)).rstrip(".")
    return Promise(path, text[0].upper() + text[1:], tests)


def _docstring(node: ast.Module | ast.FunctionDef, path: Path) -> str:
    """The first paragraph, on one line; where there is none, the words of the name."""
    name = getattr(node, "name", path.stem)
    text = ast.get_docstring(node) or name.removeprefix("test_").replace("_", " ")
    return " ".join(text.split("\n\n")[0].split()).replace("|", "\\|")


def main() -> None:
    PAGE.write_text(page(read_figures()), encoding="utf-8")


if __name__ == "__main__":
    main()
