"""Exports of the inbox -> one lake asset an entity."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import dagster as dg

from pipelines.defs.run import RefreshRun
from pipelines.demo.home import refuse_mixed_files
from pipelines.errors import UserError
from pipelines.release.history import current_manifest
from pipelines.release.identity import identity_of
from pipelines.settings import Settings

if TYPE_CHECKING:
    from pipelines.landing import LandingReceipt

INBOX = dg.AssetKey("inbox")


def inbox_spec() -> dg.AssetSpec:
    """The folder people and systems drop exports into. Not ours to make: an external asset."""
    return dg.AssetSpec(
        INBOX, group_name="exports", kinds={"file"}, description="Export files, as the systems wrote them; only read."
    )


def landing_assets(entities: Sequence[str]) -> dg.AssetsDefinition:
    """Lands the inbox. Emits nothing when the live release already says all there is: then no later step runs."""
    specs = [
        dg.AssetSpec(
            ["lake", entity],
            deps=[INBOX],
            group_name="lake",
            kinds={"parquet"},
            skippable=True,
            description=f"Every landed row of {entity}, as Parquet; nothing is ever changed or removed.",
        )
        for entity in entities
    ]

    @dg.multi_asset(specs=specs, name="landing", can_subset=True)
    def landing(context: dg.AssetExecutionContext, run: dg.ResourceParam[RefreshRun]) -> Iterator[dg.MaterializeResult]:
        land_inbox(run)
        if not run.is_nothing_new:
            run.expectations.warm_up()
            rows = rows_landed(run)
            for key in sorted(context.selected_asset_keys):
                yield dg.MaterializeResult(asset_key=key, metadata={"dagster/row_count": rows.get(key.path[-1], 0)})

    return landing


def land_inbox(run: RefreshRun) -> None:
    """Land what is new, then compare what a build would be made from with what the live release was made from."""
    from pipelines.landing import land

    with run.step("land") as say:
        refuse_mixed_files(run.settings)
        run.receipt = land(run.settings, run.run_id)
        refuse_nothing(run.settings, run.receipt)
        say(summary_of(run.receipt))
    run.identity = identity_of(run.settings)
    live = current_manifest(run.settings)
    run.is_nothing_new = not run.is_forced and live is not None and live.fingerprint == run.identity.fingerprint


def refuse_nothing(settings: Settings, receipt: "LandingReceipt") -> None:
    """Raise UserError when no export was ever landed: there is nothing to make numbers from."""
    if any((settings.lake / "_ledger").glob("*.json")):
        return
    problems = [
        f"\n  - {problem.file_name}: {problem.what}. {problem.do}"
        for problem in (*receipt.waiting, *receipt.unknown, *receipt.refused)
    ]
    raise UserError(
        "the inbox holds no export that could be landed" + "".join(problems) if problems else "the inbox is empty",
        where=str(settings.inbox),
        done="nothing was built",
        do="put exports there (the README lists the systems), or try a simulated company: tenure demo --home data/demo",
    )


def rows_landed(run: RefreshRun) -> dict[str, int]:
    """Rows of each entity that the whole lake holds, from the ledger."""
    from pipelines.audit.accounting import counts_in_ledger, read_ledger

    rows: dict[str, int] = {}
    for counts in counts_in_ledger(read_ledger(run.settings.lake)):
        rows[counts.entity] = rows.get(counts.entity, 0) + counts.landed
    return rows


def summary_of(receipt: object) -> str:
    """One line for the progress display."""
    words = {"files": "new files", "waiting": "waiting", "unknown": "unknown", "refused": "refused"}
    counts = {word: len(getattr(receipt, name)) for name, word in words.items()}
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count or word == "new files")
