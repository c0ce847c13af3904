"""Commands that a page prints, taken from the page and run in a real shell: what is printed is what is tested."""

import re
import subprocess
from pathlib import Path

from pipelines.settings import PROJECT_ROOT


def block(page: str, heading: str, language: str = "sh") -> str:
    """The first block of code in this language below a heading, such as "## First start", of a page of the project."""
    text = (PROJECT_ROOT / page).read_text(encoding="utf-8")
    _, found, below = text.partition(f"\n{heading}\n")
    assert found, f"{page} has no heading {heading!r}"
    level = heading.split(" ")[0]
    section = re.split(rf"^#{{1,{len(level)}}} ", below, maxsplit=1, flags=re.MULTILINE)[0]
    match = re.search(rf"^```{language}\n(.*?)^```$", section, flags=re.MULTILINE | re.DOTALL)
    assert match, f"{page}, {heading!r}: no block of {language}"
    return match[1]


def run(commands: str, environment: dict[str, str], folder: Path, seconds: int) -> subprocess.CompletedProcess[str]:
    """The commands as somebody would paste them into bash; the first that fails ends them."""
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=seconds,
    )  # fmt: skip
