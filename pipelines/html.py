"""Pages out of templates: one set of rules for the dashboards and the audit's report."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment, Template


def page_template(folder: Path, name: str) -> "Template":
    """A template of a folder. Every value is escaped; a name that is not given is an error, not an empty place."""
    return _environment(folder).get_template(name)


@cache
def _environment(folder: Path) -> "Environment":
    """One for each folder: it keeps what it compiled."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
