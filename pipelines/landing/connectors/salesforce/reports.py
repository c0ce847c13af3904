"""Report exports ("Details Only"): labels instead of API names, the user's local format, totals and a footer.

The report becomes the table an object export would be (API names, ISO dates, plain numbers); the mappings of the
objects then do the rest. What a report has only by name is looked up by name: accounts by the crosswalk, parents within
the report, owners as users called by their names.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import polars as pl

from pipelines.landing.connector import LINE_NUMBER, RAW, REJECT, Extract, Finding, IncomingFile, Refused, SourceContext
from pipelines.landing.connectors.salesforce import report_labels, report_layout, values
from pipelines.landing.connectors.salesforce.objects import sobject_named
from pipelines.landing.connectors.salesforce.records import ObjectFile
from pipelines.landing.connectors.salesforce.report_labels import ACTIVITY, Label
from pipelines.landing.connectors.salesforce.settings import SalesforceSettings
from pipelines.landing.entities import ENTITIES
from pipelines.landing.kit import currency_signs, display_names, local_formats, value_maps
from pipelines.landing.kit.source_settings import DecimalMark
from pipelines.landing.kit.tickets import is_one_of
from pipelines.landing.reading.grids import read_grid, table_of

Mapping = Callable[[ObjectFile], list[Extract]]

_SOURCE = "salesforce"
_ENTITIES = {
    "Account": ("accounts",),
    "Opportunity": ("opportunities",),
    "Contact": ("contacts",),
    "Case": ("escalations", "support_tickets"),
    "Contract": ("contracts",),
    ACTIVITY: ("activities",),
}
_KINDS = {"date": "day", "ts": "time", "money": "number", "num": "number"}
_ID = r"^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$"
# The first three characters of an activity's id tell what it is.
_ACTIVITIES = {"Task": "00T", "Event": "00U"}


def read(
    file: IncomingFile, source: SourceContext, settings: SalesforceSettings, mapping: Callable[[str], Mapping]
) -> list[Extract]:
    """The report's rows by entity. Raises Refused where a needed column is missing or a local format is undecidable."""
    grid = read_grid(file)
    header = (grid[0].cells if grid else None) or []
    report = report_labels.recognise(header)
    if report is None:
        raise Refused("Its header is that of no report that is read.", "Export the object, or a report of accounts.")
    found = report_labels.fields(report, header, settings.labels)
    if lacking := report_labels.missing(report, found):
        raise Refused(
            f"This Salesforce report ({report}) lacks the column {', '.join(lacking)}, without which its rows cannot "
            "be told apart or used.",
            "Add it to the report and export the report again, Details Only.",
        )
    layout = report_layout.split(grid[1:], len(header))
    names = [label.field for label in found]
    amounts = table_of(names, layout.rows).rows
    frame, mark = _converted(amounts, report, found, settings, source)
    frame = _with_outcome(frame, settings, source) if report == "Opportunity" else frame
    findings = [*layout.findings, *_reconciled(layout, names, frame, mark), *_names_for_ids(found)]
    extracts = _extracts(report, frame, settings, source, mapping)
    if extracts:
        extracts[0].findings = [*findings, *extracts[0].findings]
    return [*extracts, *_users(frame)]


def _converted(
    rows: pl.DataFrame, report: str, found: list[Label], settings: SalesforceSettings, source: SourceContext
) -> tuple[pl.DataFrame, DecimalMark]:
    """Days, times and numbers as an object export writes them (an amount in another currency is a reject), and the
    decimal mark of the report."""
    kinds = _own_kinds(report, settings) | {label.field.lower(): label.kind for label in found if label.kind != "text"}
    cells = {name: values.cells(rows[name]) for name in rows.columns if name not in (LINE_NUMBER, RAW, REJECT)}
    dates = [cells[name] for name, kind in kinds.items() if kind in ("day", "time") and name in cells]
    numbers = [cells[name] for name, kind in kinds.items() if kind == "number" and name in cells]
    style = local_formats.date_style(dates, settings, _SOURCE)
    mark = local_formats.decimal_mark(numbers, settings.decimal, _SOURCE)
    zone = settings.report_time_zone or source.company_time_zone
    convert: dict[str, Callable[[pl.Series], pl.Series]] = {
        "day": lambda column: local_formats.days(column, style),
        "time": lambda column: local_formats.timestamps(column, style, zone),
        "number": lambda column: local_formats.numbers(column.str.strip_suffix("%"), mark),
    }
    frame = rows.with_columns(
        convert[kind](cells[name]).alias(name) for name, kind in kinds.items() if name in cells and kind in convert
    )
    if "amount" not in cells:
        return frame, mark
    default = settings.default_currency or source.reporting_currency
    currency = values.currencies(cells["currencyisocode"], default) if "currencyisocode" in cells else None
    known = currency if currency is not None else pl.Series([default]).new_from_index(0, frame.height)
    contradiction = currency_signs.contradictions(cells["amount"], known)
    return frame.with_columns(frame[REJECT].fill_null(contradiction).alias(REJECT)), mark


def _own_kinds(report: str, settings: SalesforceSettings) -> dict[str, str]:
    """Kinds of the fields that the settings name, by the canonical column each of them holds."""
    objects = tuple(_ACTIVITIES) if report == ACTIVITY else (report,)
    return {
        field.lower(): _KINDS[kind]
        for sobject in objects
        for column, field in settings.fields.get(sobject, {}).items()
        for entity in _ENTITIES[report]
        if (kind := ENTITIES[entity].kinds.get(column, "")) in _KINDS
    }


def _with_outcome(frame: pl.DataFrame, settings: SalesforceSettings, source: SourceContext) -> pl.DataFrame:
    """IsClosed and IsWon from the stage, where the report lacks the columns Closed and Won."""
    if "isclosed" in frame.columns and "iswon" in frame.columns:
        return frame
    stage = values.cells(frame["stagename"])
    outcome = value_maps.apply(source.map_values, values.VALUE_MAPS, "opportunities", "outcome", [stage])
    for word, stages in (("won", settings.won_stages), ("lost", settings.lost_stages)):
        outcome = outcome.set(is_one_of(stage, stages), word)
    looks_closed = stage.str.to_lowercase().str.contains("closed") & ~outcome.is_in(["won", "lost"])
    if looks_closed.fill_null(False).any():
        unknown = stage.filter(looks_closed.fill_null(False))[0]
        raise Refused(
            f"Nothing tells whether the stage '{unknown}' is won or lost.",
            "Add the columns Closed and Won to the report, or write the stage into won_stages or lost_stages under "
            "[sources.salesforce] in tenure.toml.",
        )
    is_won = (outcome == "won").fill_null(False)
    won = values.flags(frame["iswon"]) if "iswon" in frame.columns else is_won.cast(pl.String)
    closed = outcome.is_in(["won", "lost"]).fill_null(False) | (won == "true").fill_null(False)
    flags = {"iswon": won, "isclosed": frame["isclosed"] if "isclosed" in frame.columns else closed.cast(pl.String)}
    return frame.with_columns(series.alias(name) for name, series in flags.items())


def _reconciled(
    layout: report_layout.Layout, names: list[str], frame: pl.DataFrame, mark: DecimalMark
) -> list[Finding]:
    """Whether the amount of the Grand Totals is the sum of the rows; only where all of them have one currency."""
    position = names.index("Amount") if "Amount" in names else None
    if layout.totals is None or position is None or not layout.totals.cell(position):
        return []
    if "currencyisocode" in frame.columns and frame["currencyisocode"].n_unique() > 1:
        return []
    totals = local_formats.numbers(pl.Series([layout.totals.cell(position)]), mark)
    written = totals.cast(pl.Decimal(38, 2), strict=False)[0]
    total = frame["amount"].cast(pl.Decimal(38, 2), strict=False).sum() or Decimal(0)
    if written is None or written == total:
        return []
    message = f"The report's total Amount is {written:,}, its rows come to {total:,}: {written - total:,} apart."
    return [Finding("report_total_differs", message, "opportunities", "amount")]


def _names_for_ids(found: list[Label]) -> list[Finding]:
    """Look-ups that the report has by name only."""
    named = [label.label for label in found if label.field == "OwnerId" and not label.label.endswith("ID")]
    findings = [
        Finding(
            "owners_by_name",
            f"'{label}' holds names: each is taken as a user of that name, not as the user of an object export, and "
            "two users of one name cannot be told apart. Add the owner's id to the report to have ids.",
            "users",
            "user_id",
            label,
        )
        for label in named
    ]
    names = {label.field for label in found}
    if "AccountName" in names and "AccountId" not in names:
        message = "The report names accounts, not their ids: they are looked up by name. Add the column Account ID."
        findings.append(Finding("accounts_by_name", message, column="account_id"))
    return findings


def _extracts(
    report: str,
    frame: pl.DataFrame,
    settings: SalesforceSettings,
    source: SourceContext,
    mapping: Callable[[str], Mapping],
) -> list[Extract]:
    if report == "Account":
        frame = _with_parents(frame)
    parts = {report: frame} if report != ACTIVITY else _activities(frame)
    extracts = []
    for name, part in parts.items():
        file = ObjectFile(sobject_named(name), part, settings, source)
        extracts += [_with_account_names(extract, part) for extract in mapping(name)(file)]
    return extracts


def _activities(frame: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Tasks and events stand in one report; what is neither by its id is read as a task, and its id says why not."""
    is_event = frame["id"].str.starts_with(_ACTIVITIES["Event"]).fill_null(False)
    parts = {"Task": frame.filter(~is_event), "Event": frame.filter(is_event)}
    return {name: part for name, part in parts.items() if part.height or name == "Task"}


def _with_parents(frame: pl.DataFrame) -> pl.DataFrame:
    if "parentid" not in frame.columns:
        return frame
    parent, name, ids = (values.cells(frame[column]) for column in ("parentid", "name", "id"))
    return frame.with_columns(display_names.parents(parent, name, values.ids(ids), _ID).alias("parentid"))


def _with_account_names(extract: Extract, frame: pl.DataFrame) -> Extract:
    """The crosswalk's columns, for the rows that have an account's name and no id of it."""
    if not ENTITIES[extract.entity].has_crosswalk or "accountname" not in frame.columns:
        return extract
    names = frame.select(LINE_NUMBER, values.cells(frame["accountname"]).alias("_account_name"))
    rows = extract.rows.join(names, on=LINE_NUMBER, how="left", maintain_order="left")
    nameless = pl.when(pl.col("account_id").is_null()).then("_account_name")
    extract.rows = rows.with_columns(nameless.alias("_account_name"), nameless.alias("_account_key"))
    return extract


def _users(frame: pl.DataFrame) -> list[Extract]:
    if "ownerid" not in frame.columns:
        return []
    return display_names.users(values.ids(values.cells(frame["ownerid"])), frame[LINE_NUMBER], _ID)
