"""The table `[sources.salesforce]` of `tenure.toml`, checked once per file and passed on as an argument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import available_timezones

from pipelines.errors import UserError
from pipelines.landing.connectors.salesforce.objects import OBJECTS

_WHERE = "tenure.toml, [sources.salesforce]"
# `full` is read by the landing core, for every source.
_KEYS = {
    "default_currency", "time_zone", "qualified_from_probability", "escalation", "first_response_field",
    "external_ids", "fields", "full",
}  # fmt: skip
_OBJECT_NAMES = {sobject.name for sobject in OBJECTS}


@dataclass(frozen=True)
class SalesforceSettings:
    """What the company says about its own Salesforce.

    `fields[object][canonical column]` names the field that holds the column. A case is an escalation where
    `escalation_field` has one of `escalation_values` (lower case). `external_ids[source]` names the Account fields that
    hold the account's key in another system. `time_zone` is that of times written without one.
    """

    default_currency: str | None = None
    time_zone: str = "UTC"
    qualified_from_probability: float = 50.0
    escalation_field: str = "IsEscalated"
    escalation_values: frozenset[str] = frozenset({"true"})
    external_ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fields: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

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
    )


def _check_objects(fields: Mapping[str, Mapping[str, str]]) -> None:
    unknown = sorted(set(fields) - _OBJECT_NAMES)
    if unknown:
        raise _error(f"fields.{unknown[0]}: no such object", f"Use one of: {', '.join(sorted(_OBJECT_NAMES))}.")


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
