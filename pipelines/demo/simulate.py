"""The pure core: a seed and a last day become a whole simulated world, held in memory. Writing it is in `writers`."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from pipelines.demo.billing import Invoice, bill
from pipelines.demo.company import Client, Company, build_company
from pipelines.demo.delivery import make_action_items, make_orders, make_programme_tasks, make_projects, make_savings
from pipelines.demo.goals import (
    churn_mapping,
    credit_mapping,
    make_public_holidays,
    make_targets,
    product_mapping,
    title_mapping,
    value_mapping,
)
from pipelines.demo.lifecycle import Story, tell_story
from pipelines.demo.records import Communication
from pipelines.demo.revenue import build_portfolio
from pipelines.demo.sales import Contract, Opportunity, make_deals
from pipelines.demo.service import Activity, Case, Message, make_activities, make_cases, make_messages
from pipelines.demo.timeline import Timeline
from pipelines.demo.voices import make_csat, make_nps, make_recruiter_feedback


@dataclass(slots=True)
class World:
    """Everything that happened. `tables` holds the rows of template entities by entity name."""

    timeline: Timeline
    company: Company
    stories: list[Story] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)
    contracts: list[Contract] = field(default_factory=list)
    opportunities: list[Opportunity] = field(default_factory=list)
    activities: list[Activity] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    tables: dict[str, list[Any]] = field(default_factory=dict)


def simulate(end: dt.date, seed: int, clients: int) -> World:
    """The world up to `end`, the last day of a month. The same arguments give the same world."""
    timeline = Timeline(end)
    company = build_company(seed, timeline, clients)
    world = World(timeline, company)
    for client in company.clients:
        _live(world, client, seed)
    told = list(zip(company.clients, world.stories, strict=True))
    world.tables |= {
        "recruiter_feedback": make_recruiter_feedback(company.managers, timeline, seed),
        "targets": make_targets(company.managers, told, timeline, seed),
        "public_holidays": make_public_holidays(timeline),
        "map_products": product_mapping(),
        "map_churn_reasons": churn_mapping(),
        "map_credit_reasons": credit_mapping(),
        "map_titles": title_mapping(),
        "map_values": value_mapping(),
    }
    return world


def _live(world: World, client: Client, seed: int) -> None:
    timeline = world.timeline
    story = tell_story(client, timeline, seed)
    world.stories.append(story)
    portfolio = build_portfolio(client, story, timeline, seed)
    world.invoices += bill(client, story, portfolio, timeline, seed)
    deals = make_deals(client, story, timeline, seed)
    world.contracts += deals.contracts
    world.opportunities += deals.opportunities
    world.activities += make_activities(client, story, timeline, seed)
    world.cases += make_cases(client, story, timeline, seed)
    orders, placements = make_orders(client, story, timeline, seed)
    projects = make_projects(client, story, timeline, seed)
    messages = make_messages(client, story, timeline, seed)
    made: dict[str, list[Any]] = {
        "nps_responses": make_nps(client, story, timeline, seed),
        "csat_responses": make_csat(client, story, projects, timeline, seed),
        "job_orders": orders,
        "placements": placements,
        "projects": projects,
        "action_items": make_action_items(client, story, timeline, seed),
        "programme_tasks": make_programme_tasks(client, story, timeline, seed),
        "savings": make_savings(client, story, timeline, seed),
        "communications": [_communication(position, message) for position, message in enumerate(messages)],
    }
    for entity, rows in made.items():
        world.tables.setdefault(entity, []).extend(rows)


def _communication(position: int, message: Message) -> Communication:
    return Communication(
        f"MSG-{message.client.number:03d}-{position + 1:04d}",
        message.client.main.account_id,
        message.manager.user_id,
        message.kind,
        message.urgency,
        message.received_at,
        message.responded_at,
    )
