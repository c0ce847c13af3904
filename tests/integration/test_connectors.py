"""Every system's export, in one company's inbox, ends in numbers that were worked out by hand.

`tests/samples/<system>/case` are its files; `expected.toml` beside it says what they come to, and the settings needed.
One home holds all of them at once, as a company's inbox does: no connector may take another's file.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from pipelines.serving.release import Release, open_release
from tests.all_systems import CASES, SAMPLES, write_all_systems
from tests.small_company import refresh

CHECKS = [(name, number, check) for name, case in CASES.items() for number, check in enumerate(case["check"])]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    home = tmp_path_factory.mktemp("all_systems")
    write_all_systems(home)
    answer = refresh(home)
    assert answer.returncode == 0, answer.stderr
    with open_release(home / "current") as opened:
        yield opened


@pytest.mark.slow  # a refresh of the files of all systems
@pytest.mark.parametrize(("name", "number", "check"), CHECKS, ids=[f"{name}-{number}" for name, number, _ in CHECKS])
def test_an_export_ends_in_the_expected_numbers(
    release: Release, name: str, number: int, check: dict[str, Any]
) -> None:
    found = release.connection.execute(check["sql"]).fetchall()
    assert [[_plain(value) for value in row] for row in found] == check["expected"]


def test_every_file_was_read_by_its_own_connector(release: Release) -> None:
    read = release.connection.execute(
        "select distinct file_name, source from ops.load_files where file_name like '%/%'"
    ).fetchall()
    assert {name.split("/")[0] for name, _ in read} == set(CASES)
    strangers = [(name, source) for name, source in read if source not in _systems_of(name)]
    assert not strangers


def _systems_of(file_name: str) -> set[str]:
    """The source a file of a case may have: its system's, that of a mapping, or template files that go with it."""
    folder = file_name.split("/")[0]
    mapped = {path.stem for path in (SAMPLES / folder).glob("mappings/*.toml")}
    return {folder, folder.split("_")[0], "template", *mapped}


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else value
