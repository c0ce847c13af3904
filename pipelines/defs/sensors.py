"""Starts a refresh when new files lie in the inbox and have settled. Off until somebody starts it."""

import datetime as dt
import hashlib
import json
import time
from dataclasses import dataclass

import dagster as dg

from pipelines.audit.accounting import read_ledger
from pipelines.defs.dead_runs import fail_dead_runs
from pipelines.defs.jobs import JOB
from pipelines.settings import Settings

SENSOR = "new_files"
EVERY_SECONDS = 60


@dataclass(frozen=True)
class Pending:
    """Files that the ledger does not know, as `name, size, time`; `newest_at`: the latest time of one, in seconds."""

    files: frozenset[str]
    newest_at: float

    @property
    def key(self) -> str:
        """The same for the same files."""
        return hashlib.sha256("\n".join(sorted(self.files)).encode()).hexdigest()[:16]


def new_files_sensor(settings: Settings) -> dg.SensorDefinition:
    """Asks for one run a set of new files, once they are complete: old enough, and the same in two looks."""

    @dg.sensor(
        name=SENSOR,
        job_name=JOB,
        minimum_interval_seconds=EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description=f"Refreshes when new exports have lain in the inbox for {settings.new_files_settle_seconds} s.",
    )
    def new_files(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        fail_dead_runs(context.instance)
        seen, asked = _read(context.cursor)
        pending = pending_files(settings)
        fresh = sorted(pending.files - set(asked))
        if not fresh:
            return dg.SensorResult(skip_reason="no new files", cursor=_write("", asked & pending.files))
        age = time.time() - pending.newest_at
        if pending.key != seen or age < settings.new_files_settle_seconds:
            reason = f"{len(fresh)} new files, the newest {max(age, 0):.0f} s old: waiting until nothing changes"
            return dg.SensorResult(skip_reason=reason, cursor=_write(pending.key, asked & pending.files))
        return dg.SensorResult([dg.RunRequest(run_key=pending.key)], cursor=_write(pending.key, pending.files))

    return new_files


def pending_files(settings: Settings) -> Pending:
    """What landing would find new, told without reading a file: by name, size and time."""
    from pipelines.landing.inbox import scan

    landed = {entry["file_name"]: (entry["size"], entry["loaded_at"]) for entry in read_ledger(settings.lake)}
    listing = scan(settings.inbox)
    found = {
        f"{file.name}\t{file.size}\t{file.modified_ns}": file.modified_ns / 1e9
        for file in listing.ready
        if not _is_landed(file.size, file.modified_ns, landed.get(file.name))
    }
    arriving = [time.time()] if listing.waiting else []
    return Pending(frozenset(found), max([*found.values(), *arriving], default=0.0))


def _is_landed(size: int, modified_ns: int, load: tuple[int, str] | None) -> bool:
    """Whether the newest load of a name is this file: as large, and not written since."""
    if load is None or load[0] != size:
        return False
    loaded_at = dt.datetime.fromisoformat(load[1].removesuffix("Z")).replace(tzinfo=dt.UTC)
    return modified_ns / 1e9 <= loaded_at.timestamp()


def _read(cursor: str | None) -> tuple[str, frozenset[str]]:
    """The set that was there at the last look, and the files for which a run was asked."""
    values = json.loads(cursor) if cursor else {"seen": "", "asked": []}
    return values["seen"], frozenset(values["asked"])


def _write(seen: str, asked: frozenset[str]) -> str:
    return json.dumps({"seen": seen, "asked": sorted(asked)})
