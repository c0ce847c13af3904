"""One landing run: from the inbox to committed loads. It only puts the other modules of this room together."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from pipelines.landing.conform import Conformed, conform
from pipelines.landing.connector import Connector, Extract, Finding, IncomingFile, Refused, SourceContext
from pipelines.landing.connectors import CONNECTORS
from pipelines.landing.connectors.template import Template
from pipelines.landing.entities import ENTITIES
from pipelines.landing.inbox import FileProblem, InboxFile, scan, still_changing
from pipelines.landing.ledger import Content, EntityCounts, Ledger, Load, as_entries, load_id, sha256_of
from pipelines.landing.quarantine import RECORD_SCHEMA
from pipelines.landing.receipt import LandingReceipt, LoadedFile
from pipelines.landing.values import SourceValues, ValueMap

_MAP_VALUES = "map_values"
_QUARANTINE_SCHEMA = {"source": pl.String, "entity": pl.String, "file_name": pl.String, **RECORD_SCHEMA}


class LandingSettings(Protocol):
    """The part of the settings that landing reads."""

    @property
    def lake(self) -> Path: ...
    @property
    def inbox(self) -> Path: ...
    @property
    def sources(self) -> dict[str, dict[str, Any]]: ...
    @property
    def reporting_currency(self) -> str: ...
    @property
    def company_time_zone(self) -> str: ...


@dataclass(frozen=True)
class _Arrival:
    """A new file and the connector that reads it."""

    found: InboxFile
    file: IncomingFile
    connector: Connector


def land(settings: LandingSettings, run_id: str, progress: Callable[[str], None] | None = None) -> LandingReceipt:
    """Land what is new in the inbox, and land again what settings, mappings or code have changed.

    The caller holds the home's lock. Problems with files are reported in the receipt and never stop the run.
    """
    tell = progress or (lambda message: None)
    started_at = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    ledger = Ledger(settings.lake)
    ledger.sweep()
    receipt = LandingReceipt()
    arrivals = _arrivals(settings.inbox, ledger, receipt)
    values = _landed_values(ledger).updated(_arriving_values(arrivals, settings))
    run = _Run(settings, ledger, values, receipt)
    for load in ledger.loads:
        if load.config_sha256 != run.config_of(load.source):
            tell(f"landing {load.file_name} again: settings, mappings or code have changed")
            run.land_again(load)
    for arrival in arrivals:
        tell(f"landing {arrival.file.name}")
        run.land_new(arrival, run_id, started_at)
    return receipt


def _arrivals(inbox: Path, ledger: Ledger, receipt: LandingReceipt) -> list[_Arrival]:
    """New files in byte order of their names; all others go to the receipt."""
    listing = scan(inbox)
    receipt.waiting += listing.waiting
    receipt.refused += listing.refused
    arrivals = []
    for found in listing.ready:
        try:
            file = IncomingFile(found.path, found.name, sha256_of(found.path), found.size)
            known = ledger.newest_of(file.name)
            if known is not None and known.sha256 == file.sha256:
                receipt.unchanged.append(file.name)
                if known.refused:
                    receipt.refused.append(FileProblem(file.name, **known.refusal))
                continue
            connector = _connector_of(file)
        except OSError as error:
            receipt.refused.append(_unreadable(found.name, error))
            continue
        if connector is None:
            receipt.unknown.append(_unknown(file))
        else:
            arrivals.append(_Arrival(found, replace(file), connector))
    return arrivals


def _connector_of(file: IncomingFile) -> Connector | None:
    return next((connector for connector in CONNECTORS.values() if connector.recognise(file)), None)


def _unreadable(name: str, error: OSError) -> FileProblem:
    return FileProblem(name, f"it cannot be read: {error.strerror or error}", "Check the file and its rights.")


def _unknown(file: IncomingFile) -> FileProblem:
    return FileProblem(
        file.name,
        "no connector knows it: neither its name nor its header is that of a supported export",
        "Name a template file after its entity, such as invoices_2025.csv, .xlsx or .parquet; leave exports of "
        f"{', '.join(name for name in CONNECTORS if name != 'template')} as the system wrote them.",
    )


def _landed_values(ledger: Ledger) -> ValueMap:
    paths = [ledger.lake / _MAP_VALUES / f"{load.load_id}.parquet" for load in ledger.loads]
    return ValueMap.of(pl.read_parquet(path) for path in paths if path.exists())


def _arriving_values(arrivals: Iterable[_Arrival], settings: LandingSettings) -> ValueMap:
    """Words in files of this run: they hold for all its files, whatever their names' order."""
    frames = []
    for arrival in arrivals:
        connector = arrival.connector
        if not isinstance(connector, Template) or _MAP_VALUES not in connector.entities_in(arrival.file):
            continue
        try:
            extracts = connector.read(
                replace(arrival.file), _context(settings, connector.name, ValueMap().of_source(""))
            )
        except (Refused, OSError):
            continue  # reported when the file's turn comes
        frames += [conform(ENTITIES[_MAP_VALUES], e.rows).rows for e in extracts if e.entity == _MAP_VALUES]
    return ValueMap.of(frames)


def _context(settings: LandingSettings, source: str, values: SourceValues) -> SourceContext:
    own = settings.sources.get(source, {})
    return SourceContext(own, settings.reporting_currency, settings.company_time_zone, values)


class _Run:
    """Landing of single files under one run's settings and words."""

    def __init__(self, settings: LandingSettings, ledger: Ledger, values: ValueMap, receipt: LandingReceipt) -> None:
        self.settings = settings
        self.ledger = ledger
        self.values = values
        self.receipt = receipt

    def config_of(self, source: str) -> str:
        """Hash of all that decides how a source's bytes become rows: code, settings and words."""
        words = sorted(self.values.of_source(source).words.items())
        own = self.settings.sources.get(source, {})
        zone, currency = self.settings.company_time_zone, self.settings.reporting_currency
        text = json.dumps([code_sha256(), own, zone, currency, words], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def land_new(self, arrival: _Arrival, run_id: str, started_at: dt.datetime) -> None:
        file = replace(arrival.file)  # a copy, so that its content does not stay in memory until the run's end
        seq = self.ledger.next_seq()
        load = Load(
            load_id=load_id(seq, file.sha256),
            seq=seq,
            sha256=file.sha256,
            file_name=file.name,
            source=arrival.connector.name,
            size=file.size,
            run_id=run_id,
            loaded_at=started_at.isoformat(timespec="microseconds") + "Z",
        )
        try:
            if hashlib.sha256(file.content).hexdigest() != file.sha256 or arrival.found.has_changed():
                self.receipt.waiting.append(still_changing(file.name))
                return
        except OSError as error:
            self.receipt.refused.append(_unreadable(file.name, error))
            return
        self._land(file, load)

    def land_again(self, load: Load) -> None:
        """From the archive, under the same sequence number and with the time of its first landing."""
        self._land(self.ledger.archived(load), load, is_relanded=True)

    def _land(self, file: IncomingFile, load: Load, is_relanded: bool = False) -> None:
        """Read, conform and commit one file. A file that cannot be used as a whole is committed as refused."""
        fresh = Load(**{**vars(load), "entities": {}, "derived": [], "findings": [], "refused": False, "refusal": {}})
        fresh.config_sha256 = self.config_of(load.source)
        content = Content({}, pl.DataFrame(schema=_QUARANTINE_SCHEMA))
        values = self.values.of_source(load.source)
        try:
            extracts = CONNECTORS[load.source].read(file, _context(self.settings, load.source, values))
            content = _content(fresh, extracts, values)
        except Refused as refusal:
            fresh.refused, fresh.refusal = True, {"what": refusal.what, "do": refusal.do}
        except Exception as error:  # a defect of ours must not keep the other files from landing; nothing is committed
            problem = f"it could not be landed because of an error in Tenure ({type(error).__name__}: {error})"
            self.receipt.refused.append(FileProblem(file.name, problem, "Please report it with the file's header."))
            return
        fresh.dialect = file.dialect()
        self.ledger.archive(file)
        self.ledger.commit(fresh, content)
        self._report(fresh, is_relanded)

    def _report(self, load: Load, is_relanded: bool) -> None:
        self.receipt.files.append(LoadedFile.of(load, is_relanded))
        self.receipt.findings += [Finding(**entry) for entry in load.findings]
        if load.refused:
            self.receipt.refused.append(FileProblem(load.file_name, **load.refusal))


def _content(load: Load, extracts: list[Extract], values: SourceValues) -> Content:
    """Lake rows and quarantine of a file's extracts; counts and findings are put into the load."""
    rows: dict[str, list[pl.DataFrame]] = {}
    quarantined = [pl.DataFrame(schema=_QUARANTINE_SCHEMA)]
    findings: list[Finding] = []
    for extract in _merged(extracts):
        conformed = conform(ENTITIES[extract.entity], values.apply(extract.entity, extract.rows), extract.lines_read)
        findings += [*extract.findings, *conformed.findings]
        rows.setdefault(extract.entity, []).append(_lake_rows(load, extract, conformed.rows))
        if extract.is_derived:
            findings += _left_out(extract.entity, conformed)
            continue
        load.entities[extract.entity] = _counts(conformed)
        quarantined.append(_quarantine_rows(load, extract.entity, conformed.quarantine))
    load.derived = sorted(set(rows) - set(load.entities))
    load.findings = as_entries(findings)
    dates = [extract.exported_at for extract in extracts if extract.exported_at]
    load.exported_at = max(dates).isoformat() if dates else None
    return Content({entity: pl.concat(parts) for entity, parts in rows.items()}, pl.concat(quarantined))


def _merged(extracts: list[Extract]) -> list[Extract]:
    """One extract an entity (counted and derived apart), so that repeats are found across a workbook's sheets."""
    groups: dict[tuple[str, bool], list[Extract]] = {}
    for extract in extracts:
        groups.setdefault((extract.entity, extract.is_derived), []).append(extract)
    return [
        Extract(
            entity=entity,
            rows=pl.concat([extract.rows for extract in group], how="diagonal"),
            exported_at=max((e.exported_at for e in group if e.exported_at), default=None),
            is_document=group[0].is_document,
            is_derived=is_derived,
            lines_read=group[0].lines_read,
            findings=[finding for extract in group for finding in extract.findings],
        )
        for (entity, is_derived), group in groups.items()
    ]


def _lake_rows(load: Load, extract: Extract, rows: pl.DataFrame) -> pl.DataFrame:
    """Typed rows in the lake's column order, with where they come from."""
    newness = extract.exported_at or dt.datetime.fromisoformat(load.loaded_at.removesuffix("Z"))
    schema = ENTITIES[extract.entity].lake_schema()
    about = {
        "_source": load.source,
        "_load_seq": load.seq,
        "_newness_at": newness,
        "_file_name": load.file_name,
        "_is_document": extract.is_document,
    }
    return rows.with_columns(pl.lit(value, schema[name]).alias(name) for name, value in about.items()).select(
        pl.col(name).cast(dtype) for name, dtype in schema.items()
    )


def _quarantine_rows(load: Load, entity: str, records: pl.DataFrame) -> pl.DataFrame:
    about = {"source": load.source, "entity": entity, "file_name": load.file_name}
    return records.select(*(pl.lit(value).alias(name) for name, value in about.items()), *RECORD_SCHEMA)


def _counts(conformed: Conformed) -> EntityCounts:
    quarantined = conformed.quarantine.height
    landed = conformed.rows_read - conformed.rows_duplicate - quarantined
    return EntityCounts(conformed.rows_read, landed, conformed.rows_duplicate, quarantined)


def _left_out(entity: str, conformed: Conformed) -> list[Finding]:
    """Derived rows are no rows of the file: those that break the contract are named, not quarantined."""
    count = conformed.quarantine.height
    if not count:
        return []
    message = f"{count} derived rows of {entity} were left out, first: {conformed.quarantine['reason'][0]}"
    return [Finding("derived_rows_left_out", message, entity, rows=count)]


@cache
def code_sha256() -> str:
    """Hash of this room's code and of the lists that stand beside it."""
    digest = hashlib.sha256()
    room = Path(__file__).parent
    for path in sorted(path for path in room.rglob("*") if path.suffix in {".py", ".csv"}):
        digest.update(path.relative_to(room).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
