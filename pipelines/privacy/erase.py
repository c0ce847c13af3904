"""`tenure erase`: one person removed from everything that a home keeps, while every number stays.

The order makes it safe to be killed anywhere: the tombstone first, so that no later landing brings the person back;
then releases, logs and all other files; then originals and the lake, the person's own records last, because they tell
what the rest is searched for. Run again, it completes. The inbox belongs to others: what still lies there is only said.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipelines.errors import UserError
from pipelines.landing.inbox import scan
from pipelines.landing.ledger import ARCHIVE, Ledger, Load
from pipelines.landing.run import LandingRun, run_of_originals
from pipelines.privacy.kept_files import KeptFiles, own_files
from pipelines.privacy.originals import OWN, Unerasable
from pipelines.privacy.person import Person, find_person
from pipelines.privacy.pseudonyms import hashed, key_of
from pipelines.privacy.tombstones import Tombstone, Tombstones, read_tombstones, write_tombstone
from pipelines.release.history import current_id
from pipelines.release.lock import refresh_lock
from pipelines.release.manifest import WAREHOUSE_NAME
from pipelines.settings import Settings


@dataclass
class Erasure:
    """What was (or would be) touched. `originals`: file names; `kept`: rows or 1 a file, by path below the home;
    `inbox`: the company's own files that still name the person; `shared_names`: names that accounts have too."""

    is_done: bool
    person_rows: dict[str, int] = field(default_factory=dict)
    originals: list[str] = field(default_factory=list)
    kept: dict[str, int] = field(default_factory=dict)
    inbox: list[str] = field(default_factory=list)
    keeps_ids: bool = False
    has_shared_name: bool = False


def erase(settings: Settings, wanted: str, is_done: bool, now: dt.datetime) -> Erasure:
    """Erase the contact or respondent with this id or address; without `is_done` only find out what it would touch.

    The caller's lock is not needed. Raises LockHeld; UserError where nobody has this id, or where a file that names the
    person could not be read the same without them.
    """
    wanted = wanted.strip()
    with refresh_lock(settings):
        person, stone = _known(settings, wanted, now)
        run, originals, stone = _plan(settings, person, stone)
        key, erasure = key_of(settings.home), Erasure(is_done, dict(person.rows), keeps_ids=stone.keeps_ids)
        erasure.originals = [load.file_name for load in originals]
        erasure.has_shared_name = bool(person.shared_names)
        if is_done:
            write_tombstone(settings.home, stone)
        exact, anywhere = person.exact(key, stone.keeps_ids), person.anywhere(key, stone.keeps_ids)
        files = KeptFiles(settings, exact, anywhere, now)
        erasure.kept = files.sweep() if is_done else files.count()
        if is_done:
            _land_again(run, originals)
            _drop_unnamed_originals(settings.lake)
        erasure.inbox = _not_ours(settings, {load.sha256 for load in originals}, anywhere)
    return erasure


def _known(settings: Settings, wanted: str, now: dt.datetime) -> tuple[Person, Tombstone]:
    """The person in the lake, and their tombstone: an earlier one where an erasure is run again."""
    key = key_of(settings.home)
    person = find_person(Ledger(settings.lake), wanted)
    earlier = next(
        (stone for stone in read_tombstones(settings.home).stones if stone.digest == hashed(key, wanted)), None
    )
    if earlier is None and not any(person.rows.values()):
        raise UserError(
            f"no contact or respondent has the id or address '{wanted}'",
            where=str(settings.lake),
            done="nothing was changed",
            do="name the person as the export does: the contact's or respondent's id, or the e-mail address",
        )
    values = {wanted, *person.ids, *person.addresses}
    person.ids |= {value for value in values if "@" not in value}
    person.addresses |= {value for value in values if "@" in value}
    hashes = {hashed(key, value) for value in values} | set(earlier.hashes if earlier else ())
    title = (earlier.title if earlier else "") or _title(settings, person)
    at = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    keeps_ids = earlier.keeps_ids if earlier else False
    return person, Tombstone(hashed(key, wanted), sorted(hashes), title, keeps_ids, at)


def _title(settings: Settings, person: Person) -> str:
    """The part of the contact's title that decides the level in the live release."""
    from pipelines.serving.release import open_release

    if current_id(settings) is None:
        return ""
    with open_release(settings.current / WAREHOUSE_NAME) as release:
        if not release.has_table("intermediate", "int_contacts"):
            return ""
        found = release.connection.execute(
            "select title_pattern from intermediate.int_contacts where list_contains(?, contact_id)", [[*person.ids]]
        ).fetchone()
    return str(found[0]) if found and found[0] else ""


def _plan(settings: Settings, person: Person, stone: Tombstone) -> tuple[LandingRun, list[Load], Tombstone]:
    """The loads whose originals name the person, their own records last; ids stay where a file needs them."""
    others = [each for each in read_tombstones(settings.home).stones if each.digest != stone.digest]
    for keeps_ids in (False, True):
        if stone.keeps_ids and not keeps_ids:
            continue
        tried = replace(stone, keeps_ids=keeps_ids)
        run = run_of_originals(settings, Tombstones(key_of(settings.home), [*others, tried]), person.texts)
        try:
            loads = [load for load in run.ledger.loads if run.original_without_erased(load) is not None]
        except Unerasable as error:
            if keeps_ids:
                raise UserError(
                    "a file would not land the same rows without the person",
                    where=str(error),
                    done="nothing was changed",
                    do="export it again without the person, then run this again",
                ) from None
            continue
        return run, sorted(loads, key=lambda load: (not {*load.entities}.isdisjoint(OWN), load.seq)), tried
    raise AssertionError("one of the two ways returns or raises")


def _land_again(run: LandingRun, loads: list[Load]) -> None:
    """Rewrite originals, lake and quarantine. Landing keeps counts and sequence; refusals of ours end it."""
    for load in loads:
        reported = len(run.receipt.refused)
        run.land_again(load)
        problems = [problem for problem in run.receipt.refused[reported:] if not load.refused]
        if problems:
            raise UserError(
                f"{load.file_name} could not be landed again: {problems[0].what}",
                done="the person is erased from what comes before it",
                do=f"{problems[0].do} Then run this again.",
            )


def _drop_unnamed_originals(lake: Path) -> None:
    """Remove originals that no ledger entry names any more."""
    ledger = Ledger(lake)
    named = {ledger.archived(load).sha256 for load in ledger.loads}
    for path in (lake / ARCHIVE).iterdir():
        if path.name not in named:
            path.unlink()


def _not_ours(settings: Settings, hashes: set[str], anywhere: Mapping[str, str]) -> list[str]:
    """Files of the company itself that name the person: of the inbox, and settings, policy and mappings."""
    from pipelines.landing.connector import IncomingFile
    from pipelines.landing.ledger import sha256_of
    from pipelines.privacy.originals import text_of_file

    found = []
    for file in scan(settings.inbox).ready:
        text = text_of_file(IncomingFile(file.path, file.name, "", file.size)).casefold()
        if sha256_of(file.path) in hashes or any(value.casefold() in text for value in anywhere):
            found.append(file.name)
    for path in own_files(settings):
        for each in [path] if path.is_file() else sorted(path.rglob("*.*")):
            text = each.read_text("utf-8", "replace").casefold() if each.is_file() else ""
            if any(value.casefold() in text for value in anywhere):
                found.append(each.relative_to(settings.home).as_posix())
    return found


def summary(erasure: Erasure) -> str:
    """What was touched, in words, without a word of the person."""
    rows = ", ".join(f"{count} {entity}" for entity, count in erasure.person_rows.items() if count) or "none any more"
    lines = [
        "The person is erased; every count and figure stays." if erasure.is_done else "Nothing was changed yet.",
        f"  own rows   {rows}",
        f"  originals  {_listed(erasure.originals)}",
        f"  kept files {_listed([f'{path} ({count})' for path, count in erasure.kept.items()])}",
    ]
    if erasure.keeps_ids:
        lines.append("  ids stay   a file would not land the same without them; everything else about the person goes")
    if erasure.has_shared_name:
        lines.append("  name       an account bears it too: it goes from the person's own records only")
    if erasure.inbox:
        lines.append(
            f"  not ours   {_listed(erasure.inbox)}: these still name the person; delete or replace them yourself"
        )
    if not erasure.is_done:
        lines.append("To do it: the same command with --yes")
    return "\n".join(lines)


def _listed(names: list[str]) -> str:
    return f"{len(names)}: " + ", ".join(names) if names else "none"
