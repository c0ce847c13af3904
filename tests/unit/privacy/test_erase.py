"""Erasing on a home with landed files and a release of two tables: what is found, replaced, kept and remembered."""

import datetime as dt
import hashlib
import json
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.engine import CONFIG
from pipelines.errors import UserError
from pipelines.landing import land
from pipelines.privacy.erase import erase, summary
from pipelines.privacy.pseudonyms import hashed, key_of
from pipelines.privacy.tombstones import Tombstone, write_tombstone
from pipelines.settings import Settings, load_settings
from tests.small_company import write_inbox

pytestmark = pytest.mark.slow  # rewrites whole homes

NOW = dt.datetime(2026, 9, 30, tzinfo=dt.UTC)
ADDRESS, NAME, CONTACT = "zoe.quill@one.example", "Zoë Quillfeather", "contact-zoe-0001"
CONTACTS = (
    f"contact_id,account_id,name,email,phone\n{CONTACT},one,{NAME},{ADDRESS},555\nc2,two,Bob Other,b@two.example,\n"
)
SURVEYS = f"""\
response_id,account_id,respondent_id,survey_type,score,responded_at,comment
n1,one,{ADDRESS},relationship,9,2025-03-01T09:00:00Z,Zoë was pleased with it
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    write_inbox(tmp_path, contacts=CONTACTS, nps_responses=SURVEYS)
    settings = load_settings(tmp_path, as_of=dt.date(2025, 6, 30))
    land(settings, "first")
    folder = settings.releases / "r1"
    folder.mkdir(parents=True)
    warehouse = folder / "warehouse.duckdb"
    with duckdb.connect(str(warehouse), config=CONFIG) as connection:
        connection.execute("create schema staging")
        connection.execute(
            "create table staging.stg_contacts as select ? as contact_id, ? as name, ? as email, 7 as meetings",
            [CONTACT, NAME, ADDRESS.upper()],
        )
        connection.execute("comment on table staging.stg_contacts is 'Grain: contact.'")
    digest = hashlib.sha256(warehouse.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps({"warehouse_sha256": digest}), encoding="utf-8")
    (folder / "page.html").write_text(f"<p>{ADDRESS}</p>", encoding="utf-8")
    (settings.home / "logs").mkdir()
    (settings.home / "logs" / "night.log").write_text(f"met {NAME}", encoding="utf-8")
    return settings


def lake(settings: Settings, entity: str) -> pl.DataFrame:
    return pl.concat([pl.read_parquet(path) for path in sorted((settings.lake / entity).glob("*.parquet"))])


def test_a_dry_run_names_what_it_would_touch_and_leaves_it(settings: Settings) -> None:
    found = erase(settings, ADDRESS, False, NOW)
    assert found.originals == ["contacts.csv", "nps_responses.csv"]
    assert set(found.kept) == {"releases/r1/warehouse.duckdb", "releases/r1/page.html", "logs/night.log"}
    assert found.person_rows == {"contacts": 1, "nps_responses": 1, "csat_responses": 0}
    assert NAME in lake(settings, "contacts")["name"].to_list()
    assert ADDRESS not in summary(found) and NAME not in summary(found)
    assert not (settings.home / "erased").exists()


def test_a_person_found_by_any_id_goes_from_lake_originals_release_and_log(settings: Settings) -> None:
    erase(settings, CONTACT, True, NOW)
    contacts, answers = lake(settings, "contacts"), lake(settings, "nps_responses")
    assert contacts.height == 2 and answers.height == 1 and answers["score"].to_list() == [9]
    assert answers["comment"].to_list() == [None]
    assert answers["respondent_id"][0] == contacts.filter(pl.col("name").is_null())["email"][0]  # still one person
    folder = settings.releases / "r1"
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True, config=CONFIG) as connection:
        (row,) = connection.execute("from staging.stg_contacts").fetchall()
        comments = connection.execute("select comment from duckdb_tables()").fetchall()
    assert row[0].startswith("erased-") and row[1] == "(erased)" and row[2].startswith("erased-") and row[3] == 7
    assert comments == [("Grain: contact.",)]
    kept = [path for path in settings.home.rglob("*") if path.is_file() and settings.inbox not in path.parents]
    assert not [path for path in kept for value in (ADDRESS, NAME, CONTACT) if value.encode() in path.read_bytes()]


def test_the_manifest_tells_the_hash_of_the_rewritten_warehouse_and_that_it_was(settings: Settings) -> None:
    folder = settings.releases / "r1"
    before = json.loads((folder / "manifest.json").read_text("utf-8"))["warehouse_sha256"]
    erase(settings, CONTACT, True, NOW)
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["warehouse_sha256"] == hashlib.sha256((folder / "warehouse.duckdb").read_bytes()).hexdigest()
    assert manifest["erasures"] == [{"erased_at": "2026-09-30T00:00:00Z", "sha256_before": before}]


def test_the_same_file_is_still_known_and_a_later_one_lands_without_the_person(settings: Settings) -> None:
    erase(settings, CONTACT, True, NOW)
    assert not land(settings, "second").has_news
    later = CONTACTS.replace("555", "556").replace(NAME, "Zoë Newname")
    (settings.inbox / "contacts_later.csv").write_text(later, encoding="utf-8")
    assert [file.file_name for file in land(settings, "third").files] == ["contacts_later.csv"]
    assert sorted(lake(settings, "contacts")["name"].to_list(), key=str) == ["Bob Other", "Bob Other", None, None]
    originals = [path.read_text("utf-8") for path in (settings.lake / "_archive").iterdir()]
    assert not [text for text in originals if "Newname" in text or ADDRESS in text]
    assert lake(settings, "contacts")["contact_id"].n_unique() == 2


def test_an_erasure_that_was_killed_after_its_first_step_completes(settings: Settings) -> None:
    key = key_of(settings.home)
    write_tombstone(settings.home, Tombstone(hashed(key, CONTACT), [hashed(key, CONTACT), hashed(key, ADDRESS)]))
    assert erase(settings, CONTACT, True, NOW).originals == ["contacts.csv", "nps_responses.csv"]
    again = erase(settings, CONTACT, True, NOW)
    assert (again.originals, again.kept) == ([], {})


def test_nobody_is_refused_and_no_key_is_readable_by_others(settings: Settings) -> None:
    with pytest.raises(UserError, match="no contact or respondent"):
        erase(settings, "nobody@one.example", True, NOW)
    assert (settings.home / "secret.key").stat().st_mode & 0o777 == 0o600


def test_files_of_the_inbox_are_named_and_left(settings: Settings) -> None:
    before = (settings.inbox / "contacts.csv").read_bytes()
    assert erase(settings, CONTACT, True, NOW).inbox == ["contacts.csv", "nps_responses.csv"]
    assert (settings.inbox / "contacts.csv").read_bytes() == before
