"""Does the machine know what day it is, here and in the company's time zone?"""

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipelines.doctor.diagnosis import Diagnosis, bad, note, ok
from pipelines.landing.ledger import LEDGER, read_entry
from pipelines.release.history import list_releases
from pipelines.settings import Settings, yesterday

TOLERANCE = dt.timedelta(minutes=5)


def look_at_time_zone(settings: Settings) -> Iterator[Diagnosis]:
    """The tz database knows the company's zone, and `as_of` is a day that is over."""
    try:
        now = dt.datetime.now(ZoneInfo(settings.company_time_zone))
    except (ZoneInfoNotFoundError, ValueError):
        text = f"the tz database of this machine does not know {settings.company_time_zone}"
        yield bad("time zone", text, "install the packages of the lock (tzdata is one), or correct company_time_zone")
        return
    over = yesterday(settings.company_time_zone)
    if settings.as_of > over:
        yield bad("time zone", f"as_of {settings.as_of} is not over in {settings.company_time_zone}", "correct `as_of`")
    elif settings.as_of < over:
        text = f"as_of is set to {settings.as_of}: every night computes that day again"
        yield note("time zone", text, "take `as_of` out of the settings, unless this home is a demo")
    else:
        yield ok("time zone", f"{now:%Y-%m-%d %H:%M} in {settings.company_time_zone}")


def look_at_clock(settings: Settings, now: dt.datetime | None = None) -> Iterator[Diagnosis]:
    """The clock stands after everything that this home did. `now`: with its zone, for tests."""
    now = now or dt.datetime.now(dt.UTC)
    latest = now + TOLERANCE
    moments = {f"release {release.release_id}": release.manifest.published_at for release in list_releases(settings)}
    entries = sorted((settings.lake / LEDGER).glob("*.json"))[-1:]  # named by sequence: the last one landed last
    for entry in map(read_entry, entries):
        moments[f"the landing of {entry.file_name}"] = _utc(dt.datetime.fromisoformat(entry.loaded_at))
    ahead = {what: at for what, at in moments.items() if at > latest}
    if ahead:
        what, at = max(ahead.items(), key=lambda item: item[1])
        yield bad(
            "clock",
            f"the clock says {now:%Y-%m-%d %H:%M} UTC, but {what} was at {at:%Y-%m-%d %H:%M} UTC",
            "set the clock (timedatectl), and keep it by NTP; if it was ahead then, this passes by itself",
        )
        return
    early = [path for path in settings.inbox.rglob("*") if path.is_file() and path.stat().st_mtime > latest.timestamp()]
    if early:
        text = f"{len(early)} files of the inbox are dated in the future, such as {early[0].name}"
        yield note("clock", text, "look at the clock of the machine that writes them")
    else:
        yield ok("clock", f"{now:%Y-%m-%d %H:%M} UTC, after everything that was landed and published")


def _utc(moment: dt.datetime) -> dt.datetime:
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment
