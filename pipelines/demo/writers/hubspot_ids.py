"""The simulated company under HubSpot: its records have HubSpot's numbers, its managers are known by their names.

The simulation knows Salesforce's ids only. Here they are exchanged wherever they stand, before anything is written.
"""

from typing import Any

from pipelines.demo.records import MapValue
from pipelines.demo.simulate import World


def use_hubspot_ids(world: World) -> dict[str, str]:
    """Exchanges the ids of accounts, contacts and managers in place. Returns the new id by the old one."""
    new: dict[str, str] = {}
    for client in world.company.clients:
        for position, account in enumerate(client.accounts):
            new[account.account_id] = account_id(client.number * 10 + position)
        for position, contact in enumerate(client.contacts):
            new[contact.contact_id] = f"94{client.number * 20 + position:09d}"
    for manager in world.company.managers:
        new[manager.user_id] = manager.name
        manager.user_id = manager.name
    for client in world.company.clients:
        for account in client.accounts:
            account.account_id = new[account.account_id]
            account.parent_id, account.merged_into = new.get(account.parent_id, ""), new.get(account.merged_into, "")
        for contact in client.contacts:
            contact.contact_id, contact.account_id = new[contact.contact_id], new[contact.account_id]
    for entity, rows in world.tables.items():
        world.tables[entity] = [_exchanged(row, new) for row in rows]
    world.tables["map_values"] = [MapValue("hubspot", "opportunities", "type", "Upsell", "expansion")]
    return new


def account_id(number: int) -> str:
    """The record id of a company. Its number stands in it twice: billing systems make keys of parts of it."""
    return f"910{number:04d}00{number:04d}"


def _exchanged(row: Any, new: dict[str, str]) -> Any:
    changed = [new.get(cell, cell) if isinstance(cell, str) else cell for cell in row]
    return type(row)(*changed)
