"""What was told already: one small file an event under `<home>/alerts`, so that nobody is told the same thing twice.

A run ends once, but more than one watches it: the run itself, and Dagster's daemon for runs that die.
"""

import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path

from pipelines.alerts.delivery import Outcome, deliver
from pipelines.alerts.message import Alert
from pipelines.settings import Settings

FOLDER = "alerts"
KEPT_SECONDS = 90 * 24 * 3600  # what still holds after that is told again


def tell_once(settings: Settings, alert: Alert) -> list[Outcome]:
    """Deliver an alert whose events nobody was told of yet; [] where there is nothing to tell. Never raises.

    An event of a kind that is not wanted counts as told, so that no other watcher takes it for another kind. Where
    the message arrived nowhere, the event is still to be told.
    """
    if not settings.alerts.urls:
        return []
    fresh = claim(settings, alert.keys)
    if alert.kind not in settings.alerts.on or not fresh:
        return []
    outcomes = deliver(settings.alerts, alert)
    if not any(outcome.arrived for outcome in outcomes):
        unclaim(settings, fresh)
    return outcomes


def claim(settings: Settings, keys: Sequence[str]) -> list[str]:
    """The keys that nobody told before; they are this caller's now. All of them where the home cannot be written."""
    folder = settings.home / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _forget_old(folder)
        return [key for key in keys if _is_first(folder, key)]
    except OSError:
        return list(keys)  # twice is better than never


def unclaim(settings: Settings, keys: Sequence[str]) -> None:
    """Give keys back: nothing arrived anywhere, so the next who sees the event may tell it."""
    for key in keys:
        try:
            _path(settings.home / FOLDER, key).unlink(missing_ok=True)
        except OSError:
            continue


def _is_first(folder: Path, key: str) -> bool:
    try:
        with _path(folder, key).open("x", encoding="utf-8") as file:
            json.dump({"event": key}, file)
    except FileExistsError:
        return False
    return True


def _path(folder: Path, key: str) -> Path:
    return folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"


def _forget_old(folder: Path) -> None:
    for path in folder.glob("*.json"):
        if time.time() - path.stat().st_mtime > KEPT_SECONDS:
            path.unlink(missing_ok=True)
