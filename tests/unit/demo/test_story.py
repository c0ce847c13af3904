"""The simulation behaves like a company: what is planted is counted, references hold, and unhappy clients leave."""

import csv
import datetime as dt
from collections import Counter
from pathlib import Path

import pytest

from pipelines.demo import DemoSummary, write_demo
from pipelines.demo.simulate import World, simulate
from pipelines.errors import UserError

END = dt.date(2026, 10, 31)


@pytest.fixture(scope="module")
def world() -> World:
    return simulate(END, seed=7, clients=120)


def _rows(demo: DemoSummary, entity: str) -> list[dict[str, str]]:
    with (demo.inbox / f"{entity}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_planted_rows_are_where_the_summary_says(demo: DemoSummary) -> None:
    planted = {(each.file, each.what): each.rows for each in demo.planted}
    assert sum(row["score"] == "11" for row in _rows(demo, "nps_responses")) == planted["nps_responses.csv", "score 11"]
    faxes = sum(row["kind"] == "fax" for row in _rows(demo, "communications"))
    assert faxes == planted["communications.csv", "kind fax"]
    repeated = Counter(tuple(row.values()) for row in _rows(demo, "placements"))
    doubled = sum(count - 1 for count in repeated.values())
    assert doubled == planted["placements.csv", "the same row again"]
    assert {each.outcome for each in demo.planted} == {"quarantined", "duplicate", "marked", "finding"}
    assert all(each.rows > 0 for each in demo.planted)


def test_unhappy_clients_lose_business_more_often_than_content_ones(world: World) -> None:
    months: Counter[str] = Counter()
    losses: Counter[str] = Counter()
    for client, story in zip(world.company.clients, world.stories, strict=True):
        lost_in = {move.month for move in story.moves if move.kind in ("churn", "contraction")}
        for month in range(client.joined, world.timeline.months - 3):
            if story.is_active(month):
                mood = "bad" if story.health[month] < 0.4 else "fair" if story.health[month] < 0.65 else "good"
                months[mood] += 1
                losses[mood] += any(later in lost_in for later in range(month + 1, month + 4))
    rates = {mood: losses[mood] / months[mood] for mood in months}
    assert rates["bad"] > 1.5 * rates["fair"] > 2 * rates["good"] > 0


def test_a_client_that_left_is_billed_for_nothing_after_it(world: World) -> None:
    for client, story in zip(world.company.clients, world.stories, strict=True):
        left = [month for month in range(client.joined + 1, world.timeline.months) if not story.is_active(month)]
        ids = {account.account_id for account in client.accounts}
        for invoice in world.invoices if left else []:
            if invoice.account.account_id in ids and invoice.kind == "invoice":
                for line in invoice.lines:
                    starts_in = None if line.start is None else world.timeline.month_of(line.start)
                    assert line.amount <= 0 or starts_in not in left


def test_every_line_of_a_credit_note_takes_back_a_line_that_exists(world: World) -> None:
    lines = {line.line_id for invoice in world.invoices for line in invoice.lines}
    credits = [line for invoice in world.invoices if invoice.kind == "credit_note" for line in invoice.lines]
    assert credits and all(line.credits in lines and line.amount < 0 for line in credits)


def test_ids_are_unique(world: World) -> None:
    assert len({invoice.invoice_id for invoice in world.invoices}) == len(world.invoices)
    lines = [line.line_id for invoice in world.invoices for line in invoice.lines]
    assert len(set(lines)) == len(lines)
    for entity, rows in world.tables.items():
        if not entity.startswith("map_") and entity not in ("targets", "public_holidays"):
            assert len({row[0] for row in rows}) == len(rows), entity


def test_names_are_unique_so_that_a_name_finds_its_account(world: World) -> None:
    names = [account.name.casefold() for client in world.company.clients for account in client.accounts]
    assert len(set(names)) == len(names)


def test_all_kinds_of_moves_happen(world: World) -> None:
    kinds = {move.kind for story in world.stories for move in story.moves}
    assert kinds >= {"expansion", "contraction", "churn"}


@pytest.mark.parametrize(("end", "clients"), [(dt.date(2026, 10, 30), 60), (END, 3), (END, 5_000)])
def test_impossible_requests_are_refused_with_a_clear_message(tmp_path: Path, end: dt.date, clients: int) -> None:
    with pytest.raises(UserError):
        write_demo(tmp_path / "inbox", end, clients=clients)
    assert not (tmp_path / "inbox").exists()


@pytest.mark.parametrize(
    "end", [dt.date(2024, 2, 29), dt.date(2025, 2, 28), dt.date(2025, 12, 31), dt.date(2026, 5, 31)]
)
@pytest.mark.parametrize("seed", [1, 2])
def test_any_month_can_be_the_last(end: dt.date, seed: int) -> None:
    world = simulate(end, seed, clients=40)
    assert max(invoice.issued_on for invoice in world.invoices) <= end
