"""Keeps the demo company and a real one apart: a demo home is marked, and neither takes the other's files.

The mark is a file `.demo` in the home and in its inbox; it lists the hashes of what the demo wrote.
"""

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import UserError
from pipelines.settings import Settings

if TYPE_CHECKING:
    from pipelines.demo import DemoSummary

MARK = ".demo"


def write_demo_home(
    settings: Settings, end: dt.date | None, seed: int, clients: int, billing: str = "stripe", crm: str = "salesforce"
) -> str:
    """Write the demo's exports into the home's inbox and mark both. Returns what was written, in words.

    Raises UserError when the home already holds a real company's files.
    """
    from pipelines.demo import write_demo

    if not is_demo(settings.home) and _holds_something(settings):
        raise UserError(
            "this home holds a real company's files; the demo company needs a home of its own",
            where=str(settings.home),
            done="nothing was written",
            do="name another folder, such as: tenure demo --home data/demo",
        )
    settings.inbox.mkdir(parents=True, exist_ok=True)
    _mark(settings, {})
    summary = write_demo(settings.inbox, end or last_covered_month_end(), seed, clients, billing, crm)
    _mark(settings, _hashes(settings.inbox))
    _write_settings(settings.home, summary)
    return (
        f"{len(summary.files)} export files ({summary.size / 1e6:.1f} MB) of a simulated company of {clients} clients, "
        f"{summary.start} to {summary.end}, are in {settings.inbox}"
    )


def last_covered_month_end() -> dt.date:
    """The last day of the latest month for which the bundled ECB history has every rate."""
    from pipelines.landing.connectors.ecb import bundled_rates

    last_day = max(dt.date.fromisoformat(str(day)) for day in bundled_rates()["date"])
    return (last_day + dt.timedelta(days=1)).replace(day=1) - dt.timedelta(days=1)


def refuse_mixed_files(settings: Settings) -> None:
    """Raise UserError when a demo home is given real files, or a real home the demo's."""
    if is_demo(settings.home):
        written = json.loads((settings.home / MARK).read_text(encoding="utf-8"))
        strangers = [name for name, digest in _hashes(settings.inbox).items() if digest not in written.values()]
        if strangers:
            raise UserError(
                f"this home belongs to the demo company and takes no other files: {', '.join(strangers[:5])}",
                where=str(settings.inbox),
                done="nothing was landed",
                do=f"take the files out, or use another home for your own company (one without {MARK})",
            )
    elif is_demo(settings.inbox):
        raise UserError(
            "these are the demo company's exports, and this home is not the demo's",
            where=str(settings.inbox),
            done="nothing was landed",
            do="use the demo's own home, or an inbox with your own exports",
        )


def is_demo(folder: Path) -> bool:
    """Whether a home or inbox is marked as the demo's. What cannot be looked into is not; landing says so."""
    try:
        return (folder / MARK).exists()
    except PermissionError:
        return False


def _write_settings(home: Path, summary: "DemoSummary") -> None:
    """The demo company's settings. Its history ends on a fixed day; without `as_of` all clients would seem to leave."""
    (home / "tenure.toml").write_text(f'as_of = "{summary.end}"\n{summary.settings_toml}', encoding="utf-8")


def _holds_something(settings: Settings) -> bool:
    kept = (settings.inbox, settings.lake, settings.releases)
    return any(path.is_file() and not path.name.startswith(".") for folder in kept for path in folder.rglob("*"))


def _mark(settings: Settings, hashes: dict[str, str]) -> None:
    for folder in (settings.home, settings.inbox):
        (folder / MARK).write_text(json.dumps(hashes, indent=1), encoding="utf-8")


def _hashes(inbox: Path) -> dict[str, str]:
    """Hash of every visible file of an inbox, by its path in it."""
    files = (path for path in sorted(inbox.rglob("*")) if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(inbox).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
