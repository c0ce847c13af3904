"""The systems whose exports come in, as external assets: what landed of each and when, and how old it may become."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

from pipelines.audit.accounting import read_ledger
from pipelines.audit.limits import shipped_or_own_limit
from pipelines.errors import UserError
from pipelines.settings import Settings

if TYPE_CHECKING:
    from pipelines.landing import LandingReceipt

INBOX = dg.AssetKey("inbox")
LATE_SOURCES = "late_sources"
COUNTS = ("rows_read", "rows_landed", "rows_duplicate", "rows_quarantined")


def known_sources(settings: Settings) -> dict[str, set[str]]:
    """The entities that each system has sent, by its name; systems that only have settings have sent none."""
    found: dict[str, set[str]] = {source: set() for source in settings.sources}
    try:
        entries = read_ledger(settings.lake)
    except ValueError:
        entries = []  # a damaged entry: landing says so, and the graph must load to show it
    for entry in entries:
        found.setdefault(entry["source"], set()).update([*entry["entities"], *entry.get("derived", [])])
    return dict(sorted(found.items()))


def source_key(source: str) -> dg.AssetKey:
    """`exports/stripe`."""
    return dg.AssetKey(["exports", source])


def inbox_spec() -> dg.AssetSpec:
    """The folder people and systems drop exports into. Not ours to make: an external asset."""
    return dg.AssetSpec(
        INBOX, group_name="exports", kinds={"file"}, description="Export files, as the systems wrote them; only read."
    )


def source_specs(settings: Settings, sources: Mapping[str, set[str]]) -> list[dg.AssetSpec]:
    """One external asset a system. Landing reports what came; Dagster's daemon tells when nothing came for long."""
    return [
        dg.AssetSpec(
            source_key(source),
            deps=[INBOX],
            group_name="exports",
            kinds={"file"},
            description=f"Exports of {source}. Late after {days:g} days without a new one.",
            freshness_policy=dg.FreshnessPolicy.time_window(fail_window=dt.timedelta(days=days)),
        )
        for source in sources
        for days in [late_after_days(settings, source)]
    ]


def late_after_days(settings: Settings, source: str) -> float:
    """Days without a new export after which a source is late: its own setting, else the policy `check_limits`.

    The audit's check `late_sources` goes by the same two. Raises UserError for a setting that is no number of days.
    """
    own = settings.sources.get(source, {}).get("late_after_days")
    if own is None:
        return shipped_or_own_limit(settings.policy, LATE_SOURCES, settings.as_of)
    if isinstance(own, bool) or not isinstance(own, int | float) or own <= 0:
        where = f"tenure.toml, [sources.{source}]"
        raise UserError(
            "late_after_days is no number of days above 0", where, "nothing was changed", "correct the value"
        )
    return float(own)


def lake_parents(entity: str, sources: Mapping[str, set[str]]) -> list[dg.AssetKey]:
    """The systems that send an entity; the inbox while none has."""
    return [source_key(source) for source, entities in sources.items() if entity in entities] or [INBOX]


def landed_events(receipt: "LandingReceipt", entries: list[dict[str, Any]]) -> Iterator[dg.AssetMaterialization]:
    """One event a system of which new files landed. `entries`: the ledger's of this run."""
    fresh = [file for file in receipt.files if not file.is_relanded]
    for source in sorted({file.source for file in fresh}):
        files = [file for file in fresh if file.source == source]
        times = [entry.get("exported_at") or entry["loaded_at"] for entry in entries if entry["source"] == source]
        totals = {
            name: sum(getattr(counts, name) for file in files for counts in file.entities.values()) for name in COUNTS
        }
        yield dg.AssetMaterialization(
            source_key(source),
            metadata={
                "files": len(files),
                "file_names": [file.file_name for file in files],
                "entities": sorted({entity for file in files for entity in file.entities}),
                "newest_export": max(times, default=""),
                **totals,
            },
        )
