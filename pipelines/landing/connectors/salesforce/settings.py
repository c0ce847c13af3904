"""The table `[sources.salesforce]` of `tenure.toml`, checked once per file and passed on as an argument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args
from zoneinfo import available_timezones

from pydantic import TypeAdapter, ValidationError

from pipelines.errors import UserError
from pipelines.landing.connectors.salesforce.objects import OBJECTS
from pipelines.landing.entities import ENTITIES
from pipelines.landing.kit.source_settings import DateFormat, DateOrder, DecimalMark, EntityColumns, SourceSettings

_WHERE = "tenure.toml, [sources.salesforce]"
_KEYS = {
    *SourceSettings.model_fields,
    "default_currency", "time_zone", "qualified_from_probability", "escalation", "first_response_field",
    "external_ids", "fields", "columns", "date_order", "date_format", "decimal", "labels", "won_stages", "lost_stages",
}  # fmt: skip
_OBJECT_NAMES = {sobject.name for sobject in OBJECTS}
# What objects become; `columns` names its columns.
_OBJECTS_OF = {
    "accounts": ("Account",),
    "contacts": ("Contact",),
    "opportunities": ("Opportunity",),
    "contracts": ("Contract",),
    "escalations": ("Case",),
    "support_tickets": ("Case",),
    "activities": ("Task", "Event"),
    "users": ("User",),
}


@dataclass(frozen=True)
class SalesforceSettings:
    """What the company says about its own Salesforce.

    `fields[object][canonical column]` names the field (of a report: or the label) that holds the column. A case is an
    escalation where `escalation_field` has one of `escalation_values` (lower case). `external_ids[source]` names the
    Account fields that hold the account's key in another system. `time_zone` is that of times written without one.

    The rest is for reports only, which are written in a user's local format: `labels` (a label and the API name of its
    field), `date_order` or `date_format`, `decimal`, and the stages that are closed, where the columns Closed and Won
    are missing. Their times are in `report_time_zone`, None being the company's.
    """

    default_currency: str | None = None
    time_zone: str = "UTC"
    qualified_from_probability: float = 50.0
    escalation_field: str = "IsEscalated"
    escalation_values: frozenset[str] = frozenset({"true"})
    external_ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fields: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    date_order: DateOrder | None = None
    date_format: str | None = None
    decimal: DecimalMark | None = None
    report_time_zone: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    won_stages: tuple[str, ...] = ()
    lost_stages: tuple[str, ...] = ()

    def custom_field(self, sobject: str, column: str) -> str | None:
        return self.fields.get(sobject, {}).get(column)


def parse(table: Mapping[str, Any]) -> SalesforceSettings:
    """The settings of a `[sources.salesforce]` table. Raises UserError naming the key that cannot be used."""
    unknown = sorted(set(table) - _KEYS)
    if unknown:
        raise _error(f"unknown key '{unknown[0]}'", f"Use one of: {', '.join(sorted(_KEYS))}.")
    escalation = _table(table, "escalation")
    fields = {sobject: dict(_table(table["fields"], sobject)) for sobject in _table(table, "fields")}
    _check_objects(fields)
    _add_columns(fields, table.get("columns", {}))
    if "first_response_field" in table:
        fields.setdefault("Case", {}).setdefault("responded_at", str(table["first_response_field"]))
    return SalesforceSettings(
        default_currency=_currency(table.get("default_currency")),
        time_zone=_time_zone(table.get("time_zone", "UTC")),
        qualified_from_probability=_number(table.get("qualified_from_probability", 50)),
        escalation_field=str(escalation.get("field", "IsEscalated")),
        escalation_values=frozenset(str(value).strip().lower() for value in _list(escalation.get("values", ["true"]))),
        external_ids={source: tuple(map(str, _list(names))) for source, names in _table(table, "external_ids").items()},
        fields=fields,
        date_order=_one_of(table, "date_order", DateOrder),
        date_format=_date_format(table.get("date_format")),
        decimal=_one_of(table, "decimal", DecimalMark),
        report_time_zone=_time_zone(table["time_zone"]) if "time_zone" in table else None,
        labels={str(label): str(api_name) for label, api_name in _table(table, "labels").items()},
        won_stages=tuple(map(str, _list(table.get("won_stages", [])))),
        lost_stages=tuple(map(str, _list(table.get("lost_stages", [])))),
    )


def _one_of(table: Mapping[str, Any], key: str, kind: Any) -> Any:
    value, words = table.get(key), get_args(kind)
    if value is None or value in words:
        return value
    raise _error(f"{key} is {value!r}", f"Use one of: {', '.join(words)}.")


def _date_format(value: Any) -> str | None:
    try:
        return TypeAdapter(DateFormat | None).validate_python(value)
    except ValidationError:
        raise _error(f"date_format is {value!r}", 'Write a strptime format of a whole day: "%d.%m.%Y".') from None


def _check_objects(fields: Mapping[str, Mapping[str, str]]) -> None:
    unknown = sorted(set(fields) - _OBJECT_NAMES)
    if unknown:
        raise _error(f"fields.{unknown[0]}: no such object", f"Use one of: {', '.join(sorted(_OBJECT_NAMES))}.")


def _add_columns(fields: dict[str, dict[str, str]], columns: Any) -> None:
    """`columns` of entities as fields of the objects they come from; a field of a single object goes before it."""
    try:
        named = TypeAdapter(EntityColumns).validate_python(columns)
    except ValidationError:
        raise _error(f"columns is {columns!r}", 'Write "<entity>.<column>" = "<label or API name>".') from None
    for key in sorted(named, key=lambda key: "." not in key):  # an entity's own key goes first
        entity, _, column = key.rpartition(".")
        of_key = [name for name in _OBJECTS_OF if entity in ("", name) and column in ENTITIES[name].columns]
        if not of_key:
            raise _error(f"columns.{key}: no such column", f"Use columns of {', '.join(_OBJECTS_OF)}.")
        for sobject in {sobject for name in of_key for sobject in _OBJECTS_OF[name]}:
            fields.setdefault(sobject, {}).setdefault(column, named[key])


def _table(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = table.get(key, {})
    if not isinstance(value, Mapping):
        raise _error(f"{key} must be a table, not {value!r}", f"Write it as [sources.salesforce.{key}].")
    return value


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def _currency(value: Any) -> str | None:
    if value is None or (isinstance(value, str) and len(value) == 3 and value.isalpha()):
        return value.upper() if value else None
    raise _error(f"default_currency is {value!r}", 'Write an ISO 4217 code, such as "EUR".')


def _time_zone(value: Any) -> str:
    if value in available_timezones():
        return str(value)
    raise _error(f"time_zone is {value!r}", 'Write an IANA time zone, such as "Europe/Berlin".')


def _number(value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise _error(f"qualified_from_probability is {value!r}", "Write a percentage, such as 50.")


def _error(what: str, do: str) -> UserError:
    return UserError(f"Salesforce settings: {what}", where=_WHERE, do=do)
