"""Pages out of templates: one set of rules for the dashboards, the data dictionary and the audit's report."""

import base64
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment, Template
    from markupsafe import Markup


def page_template(folder: Path, name: str) -> "Template":
    """A template of a folder. Every value is escaped; a name that is not given is an error, not an empty place."""
    return _environment(folder).get_template(name)


def data_block(data: Any) -> "Markup":
    """JSON for a script element: no text in it can end the element or open a comment."""
    import orjson
    from markupsafe import Markup

    text = orjson.dumps(data, option=orjson.OPT_SERIALIZE_NUMPY).decode("utf-8")
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))


def content_security_policy(scripts: Iterable[str]) -> str:
    """Nothing from anywhere, except the page's own scripts and styles and the pictures made in it (chart downloads)."""
    hashes = " ".join(f"'sha256-{_sha256(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _sha256(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")


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
