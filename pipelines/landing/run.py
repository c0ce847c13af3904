"""One landing run: from the inbox to committed loads. It only puts the other modules of this room together."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from pipelines.errors import DISK_ERRORS, UserError
from pipelines.landing.conform import conform
from pipelines.landing.connector import Connector, Finding, IncomingFile, Refused, SourceContext
from pipelines.landing.connectors.template import CONNECTOR as TEMPLATE
from pipelines.landing.connectors.template import Template
from pipelines.landing.content import content_of, no_content
from pipelines.landing.entities import ENTITIES
from pipelines.landing.inbox import FileProblem, InboxFile, scan, still_changing
from pipelines.landing.integrity import damaged_files, healed, not_healed, original_problem
from pipelines.landing.ledger import Ledger, Load, load_id, sha256_of
from pipelines.landing.mapped import MappedConnector
from pipelines.landing.reading import unpacked
from pipelines.landing.receipt import LandingReceipt, LoadedFile
from pipelines.landing.registry import connectors_of
from pipelines.landing.values import SourceValues, ValueMap
from pipelines.privacy.originals import Reading, Unerasable, without_erased
from pipelines.privacy.tombstones import Tombstones, read_tombstones

_MAP_VALUES = "map_values"
_NOT_HASHED = ""  # the hash of an arrival is taken of the very bytes that are landed
_REPORT = "Please report it with the file's header."


class LandingSettings(Protocol):
    """The part of the settings that landing reads."""

    @property
    def lake(self) -> Path: ...
    @property
    def inbox(self) -> Path: ...
    @property
    def mappings(self) -> Path: ...
    @property
    def sources(self) -> dict[str, dict[str, Any]]: ...
    @property
    def reporting_currency(self) -> str: ...
    @property
    def company_time_zone(self) -> str: ...
    @property
    def max_unpacked_mb(self) -> int: ...


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
    ledger = Ledger(settings.lake)
    ledger.sweep()
    started_at = max([dt.datetime.now(dt.UTC).replace(tzinfo=None), *_last_landing(ledger)])
    receipt = LandingReceipt()
    connectors = connectors_of(settings)
    arrivals = _arrivals(settings, connectors, ledger, receipt)
    damaged = {load.load_id: files for load in ledger.loads if (files := damaged_files(ledger.lake, load))}
    words = {load_id: files for load_id, files in damaged.items() if _MAP_VALUES in ledger.load(load_id).entities}
    # Words first: all other rows are read with them.
    if not LandingRun(settings, connectors, ledger, ValueMap(), receipt).heal(words):
        raise UserError(f"{receipt.refused[-1].file_name}: {receipt.refused[-1].what}", do=receipt.refused[-1].do)
    values = _landed_values(ledger).updated(
        arriving_values(((each.file, each.connector) for each in arrivals), settings)
    )
    run = LandingRun(settings, connectors, ledger, values, receipt)
    for load in ledger.loads:
        if load.source not in connectors:
            receipt.findings.append(_without_mapping(load))
        elif load.config_sha256 != run.config_of(load.source):
            tell(f"landing {load.file_name} again: settings, mappings or code have changed")
            run.land_again(load)
    run.heal({load_id: files for load_id, files in damaged.items() if load_id not in words})
    receipt.refused += _still_refused(ledger, receipt)
    for arrival in arrivals:
        tell(f"landing {arrival.file.name}")
        run.land_new(arrival, run_id, started_at)
    return receipt


def run_of_originals(settings: LandingSettings, tombstones: Tombstones, texts: Sequence[str]) -> LandingRun:
    """A run over what was landed, under these tombstones; `texts` are replaced wherever they stand."""
    ledger = Ledger(settings.lake)
    return LandingRun(
        settings, connectors_of(settings), ledger, _landed_values(ledger), LandingReceipt(), tombstones, texts
    )


def _arrivals(
    settings: LandingSettings, connectors: dict[str, Connector], ledger: Ledger, receipt: LandingReceipt
) -> list[_Arrival]:
    """New files in byte order of their names; all others go to the receipt."""
    listing = scan(settings.inbox)
    receipt.waiting += listing.waiting
    receipt.refused += listing.refused
    arrivals = []
    for found in listing.ready:
        try:
            file = IncomingFile(found.path, found.name, _NOT_HASHED, found.size)
            file.head(1)  # a file that nobody may read has no connector
            known = ledger.newest_of(file.name)
            if known is not None and known.size == file.size and known.sha256 == sha256_of(found.path):
                receipt.unchanged.append(file.name)
                continue
            unpacked.check(file, settings.max_unpacked_mb)  # before a connector opens it to see what it is
            connector = next((each for each in connectors.values() if each.recognise(file)), None)
        except Refused as refusal:
            receipt.refused.append(FileProblem(file.name, refusal.what, refusal.do))
            continue
        except OSError as error:
            receipt.refused.append(_unreadable(found.name, error))
            continue
        if connector is None:
            receipt.unknown.append(unknown_file(file, connectors))
        else:
            arrivals.append(_Arrival(found, replace(file), connector))
    return arrivals


def _still_refused(ledger: Ledger, receipt: LandingReceipt) -> list[FileProblem]:
    """Unchanged files that were refused before; those landed again in this run have been reported anew, or healed."""
    anew = {file.load_id for file in receipt.files}
    loads = [load for name in receipt.unchanged if (load := ledger.newest_of(name)) is not None]
    return [FileProblem(load.file_name, **load.refusal) for load in loads if load.refused and load.load_id not in anew]


def _unreadable(name: str, error: OSError) -> FileProblem:
    return FileProblem(name, f"it cannot be read: {error.strerror or error}", "Check the file and its rights.")


def _place_of(error: Exception) -> str:
    """The kind of an unforeseen error and where it was raised. Its own words may quote a cell, and are left out."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "pipelines" in Path(frame.filename).parts]
    return f"{type(error).__name__} in {Path(ours[-1].filename).name}, line {ours[-1].lineno}"


def _without_mapping(load: Load) -> Finding:
    """Rows of a source whose mapping file is gone: they cannot be read again, but what was landed holds."""
    message = (
        f"{load.file_name} stays as it was landed: its mapping file mappings/{load.source}.toml is gone; put it back"
    )
    return Finding("mapping_file_gone", message, value=load.source)


def unknown_file(file: IncomingFile, connectors: dict[str, Connector]) -> FileProblem:
    """The report of a file that nobody recognises."""
    return FileProblem(
        file.name,
        "no connector knows it: neither its name nor its header is that of a supported export",
        "Name a template file after its entity, such as invoices_2025.csv, .xlsx or .parquet; leave exports of "
        f"{', '.join(name for name in connectors if name != TEMPLATE.name)} as the system wrote them; "
        "describe any other system's CSV or XLSX in a mapping file (docs/connectors/mapped.md).",
    )


def _last_landing(ledger: Ledger) -> list[dt.datetime]:
    """When the newest load landed: a clock that was set back must not make a later landing the older one."""
    return [dt.datetime.fromisoformat(load.loaded_at.removesuffix("Z")) for load in ledger.loads[-1:]]


def _landed_values(ledger: Ledger) -> ValueMap:
    paths = [ledger.lake / _MAP_VALUES / f"{load.load_id}.parquet" for load in ledger.loads]
    return ValueMap.of(pl.read_parquet(path) for path in paths if path.exists())


def arriving_values(files: Iterable[tuple[IncomingFile, Connector]], settings: LandingSettings) -> ValueMap:
    """Words in files of this run: they hold for all its files, whatever their names' order."""
    frames = []
    for file, connector in files:
        if not isinstance(connector, Template) or _MAP_VALUES not in connector.entities_in(file):
            continue
        try:
            extracts = connector.read(replace(file), context_of(settings, connector.name, ValueMap().of_source("")))
        except (Refused, OSError):
            continue  # reported when the file's turn comes
        frames += [conform(ENTITIES[_MAP_VALUES], e.rows).rows for e in extracts if e.entity == _MAP_VALUES]
    return ValueMap.of(frames)


def context_of(settings: LandingSettings, source: str, values: SourceValues) -> SourceContext:
    """What a connector may know beside the file."""
    own = settings.sources.get(source, {})
    return SourceContext(own, settings.reporting_currency, settings.company_time_zone, values)


class LandingRun:
    """Landing of single files under one run's settings, words and tombstones."""

    def __init__(
        self,
        settings: LandingSettings,
        connectors: dict[str, Connector],
        ledger: Ledger,
        values: ValueMap,
        receipt: LandingReceipt,
        tombstones: Tombstones | None = None,
        texts: Sequence[str] = (),
    ) -> None:
        self.settings = settings
        self.connectors = connectors
        self.ledger = ledger
        self.values = values
        self.receipt = receipt
        self.tombstones = read_tombstones(settings.lake.parent) if tombstones is None else tombstones
        self.texts = texts

    def config_of(self, source: str) -> str:
        """Hash of all that decides how a source's bytes become rows: code, mapping file, settings and words."""
        words = sorted(self.values.of_source(source).words.items())
        own = self.settings.sources.get(source, {})
        zone, currency = self.settings.company_time_zone, self.settings.reporting_currency
        connector = self.connectors[source]
        mapping = connector.config if isinstance(connector, MappedConnector) else None
        text = json.dumps([code_sha256(), mapping, own, zone, currency, words], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def original_without_erased(self, load: Load) -> bytes | None:
        """The original of a load as it would be kept now; None where it names nobody who was erased.

        Raises Unerasable, and UserError where nothing reads the file any more.
        """
        if load.source not in self.connectors:
            raise UserError(_without_mapping(load).message, done="nothing was changed")
        context = context_of(self.settings, load.source, self.values.of_source(load.source))
        reading = Reading(self.ledger.archived(load), self.connectors[load.source], context)
        return without_erased(reading, self.tombstones, self.texts)

    def land_new(self, arrival: _Arrival, run_id: str, started_at: dt.datetime) -> None:
        copy = replace(arrival.file)  # so that its content does not stay in memory until the run's end
        try:
            file = rewritten(copy, copy.content)
        except OSError as error:
            self.receipt.refused.append(_unreadable(copy.name, error))
            return
        if arrival.found.has_changed():
            self.receipt.waiting.append(still_changing(file.name))
            return
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
        self._land(file, load)

    def land_again(self, load: Load) -> None:
        """From the archive, under the same sequence number and with the time of its first landing."""
        original = self.ledger.archived(load)
        problem = original_problem(original)
        if problem is not None:
            self.receipt.refused.append(problem)
        else:
            self._land(original, load, is_relanded=True)

    def heal(self, damaged: Mapping[str, list[Path]]) -> bool:
        """Land loads again whose lake files are `damaged` (by load id), where this run has not done so already.

        Says whether all of them are whole again.
        """
        are_whole = True
        for known, files in damaged.items():
            load = self.ledger.load(known)
            if load.source in self.connectors and damaged_files(self.ledger.lake, load):
                self.land_again(load)
            if damaged_files(self.ledger.lake, self.ledger.load(known)):
                are_whole = False
                self.receipt.refused.append(not_healed(load, files))
            else:
                self.receipt.healed.append(healed(load, files))
        return are_whole

    def _land(self, file: IncomingFile, load: Load, is_relanded: bool = False) -> None:
        """Read, conform and commit one file. A file that cannot be used as a whole is committed as refused."""
        fresh = Load(**{**vars(load), "entities": {}, "derived": [], "findings": [], "refused": False, "refusal": {}})
        fresh.other_sha256 = {}
        fresh.config_sha256 = self.config_of(load.source)
        content = no_content()
        values = self.values.of_source(load.source)
        try:
            context = context_of(self.settings, load.source, values)
            file = self._without_erased(file, load, context)
            extracts = self.connectors[load.source].read(file, context)
            content = content_of(fresh, extracts, values, self.ledger.lake)
        except Refused as refusal:
            fresh.refused, fresh.refusal = True, {"what": refusal.what, "do": refusal.do}
        except RecursionError:
            what, do = "It is nested too deeply to be an export.", "Export it again."
            fresh.refused, fresh.refusal = True, {"what": what, "do": do}
        except UserError as error:  # a wrong setting: the file itself may be good, so nothing is committed
            self.receipt.refused.append(FileProblem(file.name, error.what, error.do or "Correct the setting."))
            return
        except OSError as error:
            if error.errno in DISK_ERRORS:  # of the lake, not of the file: it stops the run
                raise
            self.receipt.refused.append(_unreadable(file.name, error))
            return
        except Exception as error:  # a defect of ours must not keep the other files from landing
            what, do = f"An error in Tenure stopped its landing ({_place_of(error)}).", _REPORT
            # Its rows stay; nobody knows whether it names a person who was erased; there may be memory the next time.
            if load.entities or self.tombstones or isinstance(error, MemoryError):
                self.receipt.refused.append(FileProblem(file.name, what, do))
                return
            fresh = replace(fresh, entities={}, derived=[], findings=[], refused=True, refusal={"what": what, "do": do})
        fresh.dialect = file.dialect()
        fresh.archived_sha256 = file.sha256 if file.sha256 != load.sha256 else ""
        self.ledger.archive(file)
        self.ledger.commit(fresh, content)
        self._report(fresh, is_relanded)

    def _without_erased(self, file: IncomingFile, load: Load, context: SourceContext) -> IncomingFile:
        """The file as it may be kept: persons who were erased before it came are taken out of it."""
        if not self.tombstones:
            return file
        try:
            content = without_erased(Reading(file, self.connectors[load.source], context), self.tombstones, self.texts)
        except Unerasable:
            raise UserError(
                "it names a person who was erased, and without the person other rows would land",
                do="Take the person out of the export.",
            ) from None
        return file if content is None else rewritten(file, content)

    def _report(self, load: Load, is_relanded: bool) -> None:
        self.receipt.files.append(LoadedFile.of(load, is_relanded))
        self.receipt.findings += [Finding(**entry) for entry in load.findings]
        if load.refused:
            self.receipt.refused.append(FileProblem(load.file_name, **load.refusal))


def rewritten(file: IncomingFile, content: bytes) -> IncomingFile:
    """The file with these bytes and their hash."""
    return replace(file.with_content(content), sha256=hashlib.sha256(content).hexdigest()).with_content(content)


@cache
def code_sha256() -> str:
    """Hash of this room's code and of the lists that stand beside it."""
    digest = hashlib.sha256()
    room = Path(__file__).parent
    for path in sorted(path for path in room.rglob("*") if path.suffix in {".py", ".csv"}):
        digest.update(path.relative_to(room).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
