"""The contracts of all entities: the one place that says which columns, types, keys and values they have.

`ENTITIES` maps the entity's name to its `Entity`. What a rule means for a metric belongs in the warehouse.
"""

from pipelines.landing.entities import billing, crm, mappings, service, surveys
from pipelines.landing.entities.base import (
    CROSSWALK_COLUMNS,
    LANDING_COLUMNS,
    ROW,
    RULE_REASONS,
    Contract,
    Entity,
    entities_of,
)

__all__ = ["CROSSWALK_COLUMNS", "ENTITIES", "LANDING_COLUMNS", "ROW", "RULE_REASONS", "Contract", "Entity"]

ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for entity in (
        *entities_of(
            "crm",
            crm.Users,
            crm.Accounts,
            crm.OwnerChanges,
            crm.Contacts,
            crm.Opportunities,
            crm.Contracts,
            crm.Activities,
            crm.Communications,
            crm.Targets,
        ),
        *entities_of("crm", crm.OpportunityHistory, crm.AccountExternalIds, is_canonical=False),
        *entities_of("billing", billing.Invoices, billing.InvoiceLines, billing.FxRates),
        *entities_of("billing", billing.Products, is_canonical=False),
        *entities_of("surveys", surveys.NpsResponses, surveys.CsatResponses, surveys.RecruiterFeedback),
        *entities_of(
            "service",
            service.Escalations,
            service.SupportTickets,
            service.JobOrders,
            service.Placements,
            service.Projects,
            service.ActionItems,
            service.ProgrammeTasks,
            service.Savings,
            service.PublicHolidays,
        ),
        *entities_of(
            "mappings",
            mappings.MapProducts,
            mappings.MapChurnReasons,
            mappings.MapCreditReasons,
            mappings.MapTitles,
            mappings.MapAccounts,
            mappings.MapValues,
        ),
    )
}
