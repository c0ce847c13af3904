"""Exports of the inbox -> one lake asset an entity."""

import contextlib
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from pipelines.audit.accounting import counts_in_ledger, read_ledger
from pipelines.defs.jobs import POOL
from pipelines.defs.run import RefreshRun
from pipelines.defs.sources import INBOX, lake_parents, landed_events
from pipelines.demo.home import refuse_mixed_files
from pipelines.errors import LockHeld, UserError
from pipelines.release.history import current_manifest
from pipelines.release.identity import identity_of
from pipelines.settings import Settings

if TYPE_CHECKING:
    from pipelines.landing import LandingReceipt

ARRIVING_SECONDS = 3600


def landing_assets(entities: Sequence[str], sources: Mapping[str, set[str]]) -> dg.AssetsDefinition:
    """Lands the inbox. Emits nothing when the live release already says all there is: then no later step runs.

    `sources`: the entities that each system is known to send; it gives the lineage.
    """
    specs = [
        dg.AssetSpec(
            ["lake", entity],
            deps=lake_parents(entity, sources),
            group_name="lake",
            kinds={"parquet"},
            skippable=True,
            description=f"Every landed row of {entity}, as Parquet; nothing is ever changed or removed.",
        )
        for entity in entities
    ]

    @dg.multi_asset(specs=specs, name="landing", can_subset=True, pool=POOL)
    def landing(context: dg.AssetExecutionContext, run: dg.ResourceParam[RefreshRun]) -> Iterator[dg.MaterializeResult]:
        receipt = land_when_possible(run, context.retry_number)
        context.log_event(dg.AssetObservation(INBOX, metadata=receipt.as_metadata()))
        entries = read_ledger(run.settings.lake)
        for event in landed_events(receipt, [entry for entry in entries if entry["run_id"] == run.run_id]):
            context.log_event(event)
        if not run.is_nothing_new:
            run.workers.expectations.warm_up()
            metadata = lake_metadata(receipt, entries)
            for key in sorted(context.selected_asset_keys):
                yield dg.MaterializeResult(asset_key=key, metadata=metadata[key.path[-1]])

    return landing


def land_when_possible(run: RefreshRun, attempt: int) -> "LandingReceipt":
    """Take the home's lock and land. What heals by itself is tried again, where nobody waits for the answer.

    Raises RetryRequested (lock held, or files still arriving and attempts left), LockHeld where the run is not patient.
    """
    again = run.is_patient and attempt < run.settings.retries
    try:
        run.take_lock()
    except LockHeld as error:
        run.failure = None if again else error
        if again:
            raise _retry(run) from error
        raise
    run.workers.builder.warm_up()
    land_inbox(run, can_wait=again)
    receipt: LandingReceipt = run.need("receipt")
    if again and is_arriving(run.settings, receipt):
        run.release_lock()
        raise _retry(run)
    return receipt


def is_arriving(settings: Settings, receipt: "LandingReceipt") -> bool:
    """Whether a file is being written just now. What was left half written long ago is not worth a wait."""
    now = time.time()
    for problem in receipt.waiting:
        with contextlib.suppress(OSError):
            if now - (settings.inbox / problem.file_name).stat().st_mtime < ARRIVING_SECONDS:
                return True
    return False


def _retry(run: RefreshRun) -> dg.RetryRequested:
    return dg.RetryRequested(max_retries=run.settings.retries, seconds_to_wait=run.settings.retry_wait_seconds)


def land_inbox(run: RefreshRun, can_wait: bool = False) -> None:
    """Land what is new, then compare what a build would be made from with what the live release was made from.

    `can_wait`: an inbox of which nothing could be landed is no error while a file is arriving.
    """
    from pipelines.landing import land

    with run.step("land") as say:
        refuse_mixed_files(run.settings)
        # With the first new file a build is certain: its checks load their library on the other core meanwhile.
        receipt = land(run.settings, run.run_id, lambda file: run.workers.expectations.warm_up())
        run.receipt = receipt.after(run.receipt) if run.receipt else receipt
        if not (can_wait and is_arriving(run.settings, receipt)):
            refuse_nothing(run.settings, run.receipt)
        run.identity = identity_of(run.settings)
        live = current_manifest(run.settings)
        run.is_nothing_new = not run.is_forced and live is not None and live.fingerprint == run.identity.fingerprint
        say(summary_of(run.receipt))


def refuse_nothing(settings: Settings, receipt: "LandingReceipt") -> None:
    """Raise UserError when no export was ever landed: there is nothing to make numbers from."""
    if any((settings.lake / "_ledger").glob("*.json")):
        return
    problems = [f"\n  - {problem}" for problem in (*receipt.waiting, *receipt.unknown, *receipt.refused)]
    raise UserError(
        "the inbox holds no export that could be landed" + "".join(problems) if problems else "the inbox is empty",
        where=str(settings.inbox),
        done="nothing was built",
        do="put exports there (the README lists the systems), or try a simulated company: tenure demo --home data/demo",
    )


def lake_metadata(receipt: "LandingReceipt", entries: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """By entity: rows and files of the whole lake, and what this run brought."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: {"dagster/row_count": 0, "files": 0})
    for counts in counts_in_ledger(entries):
        found[counts.entity]["dagster/row_count"] += counts.landed
        found[counts.entity]["files"] += 1
    for file in receipt.files:
        for entity, now in file.entities.items():
            new = {"new_files": 1, "new_rows": now.rows_landed, "new_quarantined": now.rows_quarantined}
            for name, count in new.items():
                found[entity][name] = found[entity].get(name, 0) + count
    return found


def summary_of(receipt: object) -> str:
    """One line for the progress display."""
    words = {"files": "new files", "waiting": "waiting", "unknown": "unknown", "refused": "refused"}
    counts = {word: len(getattr(receipt, name)) for name, word in words.items()}
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count or word == "new files")
