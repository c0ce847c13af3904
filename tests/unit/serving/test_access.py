"""Who a login name or e-mail is: the people of `access.toml`, their roles, and what is wrong with the file."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.errors import UserError
from pipelines.serving.access import Access, read_access
from pipelines.serving.principal import LEADERSHIP, Principal, Role, role_rights
from pipelines.settings import load_settings

PEOPLE = """
[teams]
north = ["am1", "am2"]

[[people]]
login = "cleo"
role = "leadership"

[[people]]
login = "Ann"
email = "Ann.Lee@Example.com"
name = "Ann Lee"
role = "am"
am_id = "am1"

[[people]]
email = "dora@example.com"
role = "director"
team = "north"

[[people]]
login = "dan"
role = "director"
team = ["am3"]

[[people]]
login = "rev"
role = "revops"
"""

Reader = Callable[[str], Access]


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    def of(text: str) -> Access:
        (tmp_path / "access.toml").write_text(text, encoding="utf-8")
        return read_access(load_settings(tmp_path))

    return of


def test_everybody_is_found_by_login_or_e_mail_in_any_case(read: Reader) -> None:
    access = read(PEOPLE)
    ann = Principal("Ann Lee", Role.ACCOUNT_MANAGER, frozenset({"am1"}))
    assert [access.principal_of(name) for name in ("ann", " ANN ", "ann.lee@example.COM")] == [ann] * 3
    assert access.principal_of("dora@example.com") == Principal(
        "dora@example.com", Role.DIRECTOR, frozenset({"am1", "am2"})
    )
    assert access.principal_of("dan") == Principal("dan", Role.DIRECTOR, frozenset({"am3"}))
    assert access.principal_of("rev") == Principal("rev", Role.REVENUE_OPERATIONS)
    assert [person.label for person in access.people] == ["cleo", "Ann Lee", "dora@example.com", "dan", "rev"]


@pytest.mark.parametrize("identity", ["", "eve", "am1", "Ann Lee", "north"])
def test_nobody_else_has_access(read: Reader, identity: str) -> None:
    assert read(PEOPLE).principal_of(identity) is None


def test_a_name_that_only_folds_to_another_is_another(read: Reader) -> None:
    access = read('[[people]]\nlogin = "kim.strasse"\nrole = "revops"\n[[people]]\nlogin = "Ärzte"\nrole = "revops"\n')
    assert access.principal_of("kim.straße") is None
    assert access.principal_of("\u212aim.strasse") is None  # the Kelvin sign
    assert access.principal_of("ärzte") is not None


def test_without_a_file_there_is_the_reader_at_this_machine_and_nobody_else(tmp_path: Path, read: Reader) -> None:
    without = read_access(load_settings(tmp_path))
    assert (without.people, without.is_configured, without.loopback) == ((), False, LEADERSHIP)
    assert without.principal_of("leadership") is None
    empty = read("")
    assert (empty.people, empty.is_configured, empty.loopback) == ((), True, None)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("people = ", "cannot be read"),
        ("owner = 1", "owner: unknown key"),
        ("is_configured = false", "is_configured: unknown key"),
        ('[[people]]\nlogin = "a"\nrole = "boss"', "people.1.role: Input should be 'leadership'"),
        ('[[people]]\nlogin = "a"\nrole = "am"', "people.1: role 'am' needs am_id"),
        ('[[people]]\nlogin = "a"\nrole = "director"', "role 'director' needs team"),
        ('[[people]]\nlogin = "a"\nrole = "director"\nteam = []', "people.1.team"),
        ('[[people]]\nlogin = "a"\nrole = "director"\nteam = "south"', "team 'south' of a is not in"),
        ('[[people]]\nlogin = "a"\nrole = "revops"\nam_id = "am1"', "role 'revops' takes no am_id"),
        ('[[people]]\nrole = "revops"', "people.1: needs a login or an email"),
        ('[[people]]\nlogin = " "\nrole = "revops"', "people.1.login: String should have at least 1 character"),
        ('[[people]]\nlogin = "a"\nrole = "revops"\npassword = "x"', "people.1.password: unknown key"),
        (PEOPLE + '[[people]]\nlogin = "ANN.lee@example.com"\nrole = "revops"', "'ann.lee@example.com' stands for two"),
        ("[teams]\nnorth = []", "teams.north"),
    ],
)
def test_what_is_wrong_names_the_file_and_the_key(read: Reader, text: str, what: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as error:
        read(text)
    assert what in error.value.what
    assert error.value.where == str(tmp_path / "access.toml")


def test_a_file_that_is_no_text_and_one_that_cannot_be_opened(tmp_path: Path) -> None:
    path = tmp_path / "access.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match="cannot be read"):
        read_access(load_settings(tmp_path))
    path.unlink()
    path.mkdir()
    with pytest.raises(UserError, match="cannot be opened"):
        read_access(load_settings(tmp_path))


def test_every_role_has_rights_and_only_those_who_see_all_see_margins_of_clients() -> None:
    assert set(role_rights()) == set(Role)
    seen = {role: (rights.clients, rights.margins, rights.promotion) for role, rights in role_rights().items()}
    assert seen == {
        Role.LEADERSHIP: ("all", "rows", True),
        Role.REVENUE_OPERATIONS: ("all", "rows", True),
        Role.DIRECTOR: ("team", "aggregates", True),
        Role.ACCOUNT_MANAGER: ("own", "aggregates", False),
    }


@pytest.mark.parametrize(
    ("role", "am_ids"),
    [
        (Role.ACCOUNT_MANAGER, None),
        (Role.ACCOUNT_MANAGER, frozenset()),
        (Role.ACCOUNT_MANAGER, frozenset({"am1", "am2"})),
        (Role.DIRECTOR, None),
        (Role.LEADERSHIP, frozenset({"am1"})),
    ],
)
def test_a_principal_whose_role_and_ids_do_not_fit_is_refused(role: Role, am_ids: frozenset[str] | None) -> None:
    with pytest.raises(UserError, match="am_id"):
        Principal("Ann", role, am_ids)
