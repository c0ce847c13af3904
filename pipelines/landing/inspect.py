"""What landing would make of a file or folder, and why. Reads the home's settings and words; writes nothing.

The file goes through the very functions that land it; only the ledger, the archive and the lake are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import UserError
from pipelines.landing.assumptions import Assumption, noted
from pipelines.landing.column_use import ColumnUse, Layout, column_use, layout_of
from pipelines.landing.connector import Connector, Extract, Finding, IncomingFile, Refused
from pipelines.landing.inbox import FileProblem, InboxFile, InboxListing, look_at, scan

if TYPE_CHECKING:
    import polars as pl

    from pipelines.landing.conform import Conformed
    from pipelines.landing.run import LandingSettings
    from pipelines.landing.values import ValueMap


@dataclass(frozen=True)
class Rows:
    """What would become of one entity's rows. `is_derived`: made from another entity's rows, not counted.

    `landed`: typed rows (see `Conformed`); `unfilled`: template columns that are empty in all of them. `quarantine`:
    `line_number`, `reason`, `raw`.
    """

    entity: str
    is_derived: bool
    rows_read: int
    rows_duplicate: int
    landed: pl.DataFrame
    unfilled: Sequence[str]
    quarantine: pl.DataFrame


@dataclass
class Inspection:
    """One file. `answers`: what each connector says of it, None where it is not its own; `problem`: why it would not
    land as a whole."""

    file_name: str
    answers: dict[str, str | None] = field(default_factory=dict)
    connector: str | None = None
    encoding: str | None = None
    layout: Layout | None = None
    assumptions: list[Assumption] = field(default_factory=list)
    columns: ColumnUse | None = None
    rows: list[Rows] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    problem: FileProblem | None = None

    @property
    def would_land(self) -> bool:
        return self.problem is None


def inspect_path(settings: LandingSettings, path: Path) -> list[Inspection]:
    """An inspection for each file, in byte order of names. Raises UserError where there is no file, or a setting or
    mapping file is wrong."""
    from pipelines.landing.registry import connectors_of

    listing = _listing(settings, path)
    connectors = connectors_of(settings)
    found = [(_incoming(each), Inspection(each.name)) for each in listing.ready]
    for file, inspection in found:
        _recognise(settings, connectors, file, inspection)
    known = [(file, inspection) for file, inspection in found if inspection.connector]
    words = _words(settings, [(file, connectors[inspection.connector or ""]) for file, inspection in known])
    for file, inspection in known:
        _read(settings, connectors[inspection.connector or ""], words, replace(file), inspection)
    others = [Inspection(problem.file_name, problem=problem) for problem in (*listing.waiting, *listing.refused)]
    return sorted([*others, *(inspection for _, inspection in found)], key=lambda each: each.file_name)


def _listing(settings: LandingSettings, path: Path) -> InboxListing:
    """What lies there, under the names it has in the inbox, or would have once it is dropped there."""
    path = path.expanduser().absolute()
    if not path.exists() and not path.is_symlink():
        raise UserError("there is no such file or folder", where=str(path), do="give the path of an export")
    is_in_inbox = path.is_relative_to(settings.inbox)
    listing = scan(path) if path.is_dir() else look_at(path, settings.inbox if is_in_inbox else path.parent)
    if not (listing.ready or listing.waiting or listing.refused):
        raise UserError("the folder holds no file to read", where=str(path), do="give the path of an export")
    return listing


def _incoming(found: InboxFile) -> IncomingFile:
    return IncomingFile(found.path, found.name, "", found.size)


def _recognise(
    settings: LandingSettings, connectors: dict[str, Connector], file: IncomingFile, inspection: Inspection
) -> None:
    from pipelines.landing.reading import unpacked
    from pipelines.landing.run import unknown_file

    try:
        unpacked.check(file, settings.max_unpacked_mb)
        inspection.answers = {name: connector.recognise(file) for name, connector in connectors.items()}
        inspection.layout = layout_of(replace(file))
    except Refused as refusal:
        inspection.problem = FileProblem(file.name, refusal.what, refusal.do)
        return
    except OSError as error:
        problem = f"it cannot be read: {error.strerror or error}"
        inspection.problem = FileProblem(file.name, problem, "Check the file and its rights.")
        return
    inspection.connector = next((name for name, why in inspection.answers.items() if why), None)
    if inspection.connector is None:
        inspection.problem = unknown_file(file, connectors)


def _words(settings: LandingSettings, files: list[tuple[IncomingFile, Connector]]) -> ValueMap:
    """The company's words: those landed in the home, and those in the files themselves."""
    import polars as pl

    from pipelines.landing.run import arriving_values
    from pipelines.landing.values import ValueMap

    landed = sorted((settings.lake / "map_values").glob("*.parquet"))
    return ValueMap.of(map(pl.read_parquet, landed)).updated(arriving_values(files, settings))


def _read(
    settings: LandingSettings, connector: Connector, words: ValueMap, file: IncomingFile, inspection: Inspection
) -> None:
    from pipelines.landing.content import conformed_extracts
    from pipelines.landing.run import context_of

    values = words.of_source(connector.name)
    source = context_of(settings, connector.name, values)
    try:
        with noted() as inspection.assumptions:
            extracts = connector.read(file, source)
            for extract, _, conformed in conformed_extracts(extracts, values):
                inspection.rows.append(_rows(extract, conformed))
                inspection.findings += [*extract.findings, *conformed.findings]
    except (Refused, UserError) as refusal:
        inspection.problem = FileProblem(file.name, refusal.what, refusal.do or "Correct the setting.")
    except Exception as error:  # as landing does: a defect of ours is told with the file that shows it
        problem = f"it cannot be landed because of an error in Tenure ({type(error).__name__}: {error})"
        inspection.problem = FileProblem(file.name, problem, "Please report it with the file's header.")
    inspection.encoding = file.dialect().get("encoding")
    if inspection.would_land:
        inspection.columns = column_use(file, inspection.layout, connector, source)


def _rows(extract: Extract, conformed: Conformed) -> Rows:
    from pipelines.landing.entities import ENTITIES

    landed = conformed.rows
    unfilled = [name for name in ENTITIES[extract.entity].columns if landed[name].null_count() == landed.height]
    return Rows(
        extract.entity,
        extract.is_derived,
        conformed.rows_read,
        conformed.rows_duplicate,
        landed,
        unfilled if landed.height else (),
        conformed.quarantine,
    )
