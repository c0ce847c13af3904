"""Who is in the simulation: account managers, clients with their accounts, contacts and the managers who own them.

Nothing here happens over time except ownership; what becomes of a client is in `lifecycle`.
"""

import datetime as dt
from dataclasses import dataclass, field

from pipelines.demo import vocabulary as words
from pipelines.demo.dice import Dice, clamp
from pipelines.demo.ids import salesforce_id
from pipelines.demo.timeline import Timeline, first_of_month

STRATEGIC_FROM, GROWTH_FROM, STANDARD_FROM = 500_000, 150_000, 50_000


@dataclass(slots=True)
class Manager:
    """An account manager. `skill` in 0..1 shapes how the clients fare and how punctual the service is."""

    user_id: str
    first_name: str
    last_name: str
    place: words.Place
    segment: str
    skill: float
    capacity: int
    role_started_on: dt.date
    left_in: int | None = None  # the month from which another owns the clients

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(slots=True)
class Contact:
    """A person at a client. `leaning` shifts every survey score this person gives."""

    contact_id: str
    account_id: str
    first_name: str
    last_name: str
    title: str
    level: str
    leaning: float
    email: str
    created_on: dt.date


@dataclass(slots=True)
class Account:
    """A row of the CRM's account list. The client's first account is its ultimate parent."""

    account_id: str
    name: str
    place: words.Place
    city: str
    time_zone: str
    created_on: dt.date
    parent_id: str = ""
    merged_into: str = ""
    stripe_link: str = "metadata"  # metadata, name, map: how the billing customer finds the account


@dataclass(slots=True)
class Client:
    """A client at ultimate-parent level. `size` is its ARR in US dollars when it joins in month `joined`."""

    number: int
    name: str
    industry: str
    place: words.Place
    kind: str  # staffing, managed, hybrid
    size: float
    joined: int
    temper: float  # the health it returns to, 0..1
    pays_by_card: bool
    is_support: bool
    accounts: list[Account]
    contacts: list[Contact]
    owners: list[tuple[int, Manager]] = field(default_factory=list)  # (from month, manager), oldest first

    @property
    def main(self) -> Account:
        return self.accounts[0]

    @property
    def sponsor(self) -> Contact:
        return self.contacts[0]

    def owner(self, month: int) -> Manager:
        """The manager at the end of the month; before the first spell, the first owner."""
        current = self.owners[0][1]
        for start, manager in self.owners:
            if start > month:
                break
            current = manager
        return current


@dataclass(slots=True)
class Company:
    """The simulated firm's people and clients."""

    managers: list[Manager]
    clients: list[Client]


def tier_of(annual: float) -> str:
    """The tier the company plans its service by; near a boundary it may differ from the published one, as in life."""
    if annual >= STRATEGIC_FROM:
        return "strategic"
    if annual >= GROWTH_FROM:
        return "growth"
    return "standard" if annual >= STANDARD_FROM else "tail"


# Twelve seats: country, the tier the manager mostly serves, skill, clients the seat is meant for.
_SEATS = (
    ("US", "strategic", 0.97, 13),
    ("GB", "strategic", 0.62, 12),
    ("DE", "strategic", 0.55, 12),
    ("US", "growth", 0.80, 20),
    ("US", "growth", 0.45, 20),
    ("GB", "growth", 0.92, 19),
    ("FR", "growth", 0.50, 19),
    ("US", "standard", 0.70, 29),
    ("US", "standard", 0.40, 29),
    ("CH", "standard", 0.60, 27),
    ("NL", "standard", 0.12, 27),
    ("JP", "standard", 0.66, 26),
)
_LEAVER, _LEAVES_IN = 4, 22
_TIER_ORDER = {"strategic": 0, "growth": 1, "standard": 2, "tail": 2}
# Size at the start by tier, in US dollars: each tuple a ladder between whose rungs sizes are spread evenly.
_SIZE_LADDERS = {
    "strategic": (505_000, 550_000, 610_000, 690_000, 800_000, 1_050_000),
    "growth": (160_000, 200_000, 240_000, 290_000, 350_000, 440_000),
    "standard": (55_000, 70_000, 85_000, 100_000, 120_000, 142_000),
    "tail": (14_000, 22_000, 30_000, 38_000, 46_000),
}
_TIER_WEIGHTS = (("strategic", 0.11), ("growth", 0.27), ("standard", 0.43), ("tail", 0.19))
_SHARE_AT_START = 0.70


def build_company(seed: int, timeline: Timeline, clients: int) -> Company:
    """The people and clients, with owners over time. Pure: the same arguments give the same company."""
    managers = _managers(Dice(seed, "managers"), timeline)
    names: set[str] = set()
    built = [_client(Dice(seed, "client", number), number, timeline, clients, names) for number in range(clients)]
    _assign_owners(Dice(seed, "owners"), managers, built, timeline)
    for client in built:
        owner_skill = sum(manager.skill for _, manager in client.owners) / len(client.owners)
        client.temper = clamp(client.temper + 0.22 * (owner_skill - 0.6), 0.30, 0.97)
    return Company(managers, built)


def _managers(dice: Dice, timeline: Timeline) -> list[Manager]:
    managers: list[Manager] = []
    taken: set[str] = set()
    for number, (country, segment, skill, capacity) in enumerate(_SEATS):
        first, last = _person(dice, words.PLACES[country].culture, taken)
        # One seat was filled a year ago only: too early for a promotion, whatever the numbers.
        months_before = 16 if number == 5 else dice.whole(30, 70)
        started = first_of_month(timeline.end, -months_before)
        managers.append(
            Manager(
                salesforce_id("User", number), first, last, words.PLACES[country], segment, skill, capacity, started
            )
        )
    first, last = _person(dice, "english", taken)
    leaver = Manager(
        salesforce_id("User", len(_SEATS)),
        first,
        last,
        words.PLACES["US"],
        "growth",
        0.35,
        20,
        first_of_month(timeline.start, -30),
        left_in=_LEAVES_IN,
    )
    managers[_LEAVER].role_started_on = timeline.first_day(_LEAVES_IN)
    return [*managers, leaver]


def _person(dice: Dice, culture: str, taken: set[str]) -> tuple[str, str]:
    while True:
        first, last = dice.pick(words.FIRST_NAMES[culture]), dice.pick(words.LAST_NAMES[culture])
        if f"{first} {last}" not in taken:
            taken.add(f"{first} {last}")
            return first, last


def _client(dice: Dice, number: int, timeline: Timeline, clients: int, names: set[str]) -> Client:
    place = words.PLACES[dice.weighted(words.COUNTRY_WEIGHTS)]
    industry = dice.pick(tuple(words.INDUSTRIES))
    name = _company_name(dice, place, industry, names)
    ladder = _SIZE_LADDERS[dice.weighted(_TIER_WEIGHTS)]
    rung = dice.whole(0, len(ladder) - 2)
    is_founding = number < clients * _SHARE_AT_START
    joined = (
        0
        if is_founding
        else 1
        + (number - int(clients * _SHARE_AT_START))
        * (timeline.last - 2)
        // max(clients - int(clients * _SHARE_AT_START), 1)
    )
    created_on = timeline.first_day(joined) - dt.timedelta(
        days=dice.whole(60, 900) if is_founding else dice.whole(40, 150)
    )
    accounts = _accounts(dice, number, name, place, created_on, is_large=ladder[0] >= GROWTH_FROM)
    client = Client(
        number=number,
        name=name,
        industry=industry,
        place=place,
        kind=dice.weighted((("managed", 0.46), ("hybrid", 0.30), ("staffing", 0.24))),
        size=dice.between(ladder[rung], ladder[rung + 1]),
        joined=joined,
        temper=0.83 + 0.09 * dice.normal(),
        pays_by_card=dice.chance(0.55),
        is_support=dice.chance(0.28),
        accounts=accounts,
        contacts=[],
    )
    client.contacts = _contacts(dice, client, created_on)
    return client


def _company_name(dice: Dice, place: words.Place, industry: str, names: set[str]) -> str:
    while True:
        bare = f"{dice.pick(words.STEMS[place.culture])} {dice.pick(words.INDUSTRIES[industry])}"
        if bare not in names:
            names.add(bare)
            return f"{bare} {dice.pick(place.legal_forms)}"


def _accounts(
    dice: Dice, number: int, name: str, place: words.Place, created_on: dt.date, *, is_large: bool
) -> list[Account]:
    """The ultimate parent, for some clients subsidiaries abroad (one of them a level deeper) or a merged duplicate."""

    def account(position: int, label: str, where: words.Place) -> Account:
        city, time_zone = dice.pick(where.cities)
        # Ten numbers a client keep every account's id apart.
        return Account(salesforce_id("Account", number * 10 + position), label, where, city, time_zone, created_on)

    accounts = [account(0, name, place)]
    bare = name.rsplit(" ", 1)[0]
    if is_large and dice.chance(0.45):
        abroad = [country for country in words.PLACES if country != place.country]
        for position, country in enumerate(dice.sample(abroad, dice.whole(1, 3)), start=1):
            where = words.PLACES[country]
            child = account(position, f"{bare} {where.name} {dice.pick(where.legal_forms)}", where)
            child.parent_id = accounts[position - 1 if position == 3 else 0].account_id
            accounts.append(child)
    if number % 40 == 17:
        duplicate = account(len(accounts), f"{bare} (old record)", place)
        duplicate.merged_into = accounts[0].account_id
        accounts.append(duplicate)
    accounts[0].stripe_link = "name" if number % 9 == 4 else "map" if number % 67 == 11 else "metadata"
    return accounts


def _contacts(dice: Dice, client: Client, created_on: dt.date) -> list[Contact]:
    """The executive sponsor first, then managers and others; larger clients have more people to talk to."""
    size = {"strategic": 8, "growth": 6, "standard": 4, "tail": 2}[tier_of(client.size)]
    if client.number % 23 == 5:
        size = 1  # everything hangs on one person: the relationship map has to show it
    domain = "".join(char for char in client.name.rsplit(" ", 1)[0].casefold() if "a" <= char <= "z") + ".example"
    executive_titles = (
        words.GERMAN_EXECUTIVE_TITLES
        if client.place.culture == "german" and dice.chance(0.4)
        else words.EXECUTIVE_TITLES
    )
    taken: set[str] = set()
    contacts = []
    for position in range(size):
        level = "executive" if position in (0, 4) else "manager" if position % 2 else "other"
        titles = {"executive": executive_titles, "manager": words.MANAGER_TITLES, "other": words.OTHER_TITLES}[level]
        first, last = _person(dice, client.place.culture, taken)
        contacts.append(
            Contact(
                salesforce_id("Contact", client.number * 20 + position),
                dice.pick(client.accounts).account_id if position > 2 else client.main.account_id,
                first,
                last,
                dice.pick(titles),
                level,
                0.7 * dice.normal(),
                f"contact{position + 1}@{domain}",
                created_on,
            )
        )
    return contacts


def _assign_owners(dice: Dice, managers: list[Manager], clients: list[Client], timeline: Timeline) -> None:
    """Each client to the manager of its tier with room to spare, the own region before others; then the handovers."""
    seats = managers[: len(_SEATS)]
    leaver = managers[-1]
    load = {manager.user_id: 0.0 for manager in seats}
    scale = max(len(clients), 1) / sum(manager.capacity for manager in seats)
    for client in sorted(clients, key=lambda each: (-each.size, each.number)):
        rank = _TIER_ORDER[tier_of(client.size)]

        def fit(manager: Manager, rank: int = rank, client: Client = client) -> tuple[float, str]:
            fullness = load[manager.user_id] / (manager.capacity * scale)
            distance = abs(_TIER_ORDER[manager.segment] - rank)
            abroad = 0.0 if manager.place.region == client.place.region else 0.3
            return fullness + 0.7 * distance + abroad, manager.user_id

        chosen = min(seats, key=fit)
        load[chosen.user_id] += 1
        was_leavers = chosen is seats[_LEAVER] and client.joined < _LEAVES_IN
        client.owners = [(0, leaver), (_LEAVES_IN, chosen)] if was_leavers else [(0, chosen)]
    for client in dice.sample(clients, len(clients) // 15):
        month = dice.whole(8, timeline.last - 4)
        start, current = client.owners[-1]
        peers = [peer for peer in seats if peer.segment == current.segment and peer is not current]
        if month > max(start, client.joined) and peers:
            client.owners.append((month, dice.pick(peers)))
