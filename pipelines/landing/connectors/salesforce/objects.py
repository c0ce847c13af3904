"""The Salesforce objects that are read, and how a header tells which object a file holds.

Only names of fields stand here; what becomes of them is in `crm.py`, `deals.py` and `service.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class SObject:
    """One Salesforce object.

    `signs`: a header that holds all of `required` and any one of `signs` is this object's. `required` are the fields
    without which no row could be used. `date_fields` are the standard fields that hold days or times.
    """

    name: str
    required: frozenset[str]
    signs: frozenset[str]
    date_fields: tuple[str, ...]

    def fits(self, header: frozenset[str]) -> bool:
        return _lower(self.required) <= header and bool(_lower(self.signs) & header)


def _sobject(name: str, required: str, signs: str, dates: str) -> SObject:
    return SObject(name, frozenset(required.split()), frozenset(signs.split()), tuple(dates.split()))


# In this order: an object stands before those whose fields it also has (a Case has AccountId and Priority as a Task).
OBJECTS = (
    _sobject("AccountHistory", "AccountId Field NewValue OldValue CreatedDate", "Field", "CreatedDate"),
    _sobject("OpportunityHistory", "Id OpportunityId StageName CreatedDate", "OpportunityId", "CreatedDate CloseDate"),
    _sobject(
        "Opportunity",
        "Id AccountId StageName IsClosed IsWon",
        "StageName",
        "CreatedDate CloseDate",
    ),
    _sobject(
        "Case",
        "Id AccountId CreatedDate Priority",
        "CaseNumber IsEscalated IsClosedOnCreate SuppliedEmail Origin",
        "CreatedDate ClosedDate",
    ),
    _sobject(
        "Contract", "Id AccountId StartDate", "ContractTerm ContractNumber EndDate StatusCode", "StartDate EndDate"
    ),
    _sobject(
        "Event",
        "Id AccountId WhoId",
        "ActivityDateTime IsAllDayEvent DurationInMinutes EventSubtype ShowAs",
        "ActivityDateTime ActivityDate CreatedDate",
    ),
    _sobject(
        "Task",
        "Id AccountId WhoId ActivityDate Status",
        "ActivityDate",
        "CompletedDateTime ActivityDate CreatedDate",
    ),
    _sobject(
        "User", "Id LastName", "Username ProfileId TimeZoneSidKey UserRoleId LocaleSidKey UserType", "CreatedDate"
    ),
    _sobject("Contact", "Id AccountId LastName", "LastName", "CreatedDate"),
    _sobject(
        "Account",
        "Id Name",
        "ParentId OwnerId MasterRecordId IsDeleted SystemModstamp BillingCountry BillingCountryCode",
        "CreatedDate",
    ),
)

_BY_NAME = {sobject.name: sobject for sobject in OBJECTS}
# Account, Contact and User come last because their few required fields also stand in other objects.
_TELL_TALES = {
    "Account": {"accountid", "stagename", "contractterm", "oldvalue", "username", "lastname"},
    "Contact": {"username", "stagename", "contractterm", "oldvalue"},
}


def sobject_named(name: str) -> SObject:
    """The object with this API name. Raises KeyError."""
    return _BY_NAME[name]


def recognise(header: Iterable[str], file_name: str) -> SObject | None:
    """The object whose export this header belongs to, or None.

    The header decides. Where it lacks a required field, the file name (`Account.csv`, `Task_2.csv`) may still tell
    which object it was meant to be, so that the reader can name the missing fields instead of "unknown file".
    """
    names = frozenset(cell.strip().lower() for cell in header)
    for sobject in OBJECTS:
        if sobject.fits(names) and not names & _TELL_TALES.get(sobject.name, set()):
            return sobject
    return _meant_by_name(names, file_name)


def _meant_by_name(names: frozenset[str], file_name: str) -> SObject | None:
    stem = file_name.rsplit("/", 1)[-1].split(".")[0]
    sobject = _BY_NAME.get(stem.split("_")[0].split("-")[0])
    exported_by_salesforce = {"isdeleted", "systemmodstamp", "createdbyid", "lastmodifiedbyid", "ownerid", "accountid"}
    return sobject if sobject and "id" in names and names & exported_by_salesforce else None


def _lower(fields: Iterable[str]) -> frozenset[str]:
    return frozenset(field.lower() for field in fields)
