"""Each sample is recognised by its own connector and by no other.

The template is asked last and goes by file names, so it may know a file that another connector takes first.
"""

from pathlib import Path

import pytest

from pipelines.landing.connector import IncomingFile
from pipelines.landing.connectors.template import entity_named
from pipelines.landing.entities import ENTITIES
from pipelines.landing.registry import connectors_of
from pipelines.settings import PROJECT_ROOT, Settings, load_settings
from tests.fuzz.corpus import SAMPLES

TEMPLATE = "template"
# Folders of real samples by connector; those of data warehouses' own tables (`*_warehouse`) are no exports.
SHARED = {
    "ecb": "ecb",
    "jira": "jira",
    "salesforce_api_extract": "salesforce",
    "salesforce_dataloader": "salesforce",
    "stripe_api": "stripe",
}
# Files of the Salesforce tools' own tests that hold no object of ours.
NO_EXPORT = {"csvEscapedQuotes.csv", "csvtext_BOM_UTF16LE.csv", "csvtext_BOM_UTF8.csv", "dateWithTimeZone.csv"}
NO_EXPORT |= {"timeZoneFormatTesting.csv"}


def samples() -> list[Path]:
    return sorted(path for path in SAMPLES.rglob("*") if path.is_file() and path.suffix not in {".toml", ".md"})


def known_by(path: Path, settings: Settings) -> set[str]:
    file = IncomingFile(path, path.name, "", path.stat().st_size)
    return {name for name, connector in connectors_of(settings).items() if connector.recognise(file)}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of a home with the mapping files of the samples."""
    (tmp_path / "mappings").mkdir()
    for path in SAMPLES.glob("*/mappings/*.toml"):
        (tmp_path / "mappings" / path.name).write_bytes(path.read_bytes())
    return load_settings(tmp_path)


@pytest.mark.parametrize("path", samples(), ids=lambda path: path.relative_to(SAMPLES).as_posix())
def test_a_sample_is_known_by_its_own_connector_and_by_no_other(path: Path, settings: Settings) -> None:
    folder = path.relative_to(SAMPLES).parts[0]
    own = {TEMPLATE} if is_template(path) else names_of(folder, settings)
    found = known_by(path, settings)
    assert found & own and len(found & own) == 1
    assert found - own <= {TEMPLATE}


def is_template(path: Path) -> bool:
    """Template files that a case of another system brings along: by name and by columns."""
    entity = entity_named(path.stem)
    header = path.read_bytes().partition(b"\n")[0].decode("utf-8", "replace").strip().lower().split(",")
    return entity is not None and set(ENTITIES[entity].required) <= set(header)


def names_of(folder: str, settings: Settings) -> set[str]:
    """The connector the folder is named after (`stripe_dashboard`: stripe); of mapping files, those of the folder."""
    mappings = {path.stem for path in (SAMPLES / folder / "mappings").glob("*.toml")}
    names = [name for name in connectors_of(settings) if f"{folder}_".startswith(f"{name}_")]
    return mappings or {max(names, key=len)}


@pytest.mark.parametrize(("folder", "own"), SHARED.items())
def test_a_real_export_is_known_by_its_own_connector_and_by_no_other(
    shared: Path, settings: Settings, folder: str, own: str
) -> None:
    for path in sorted((shared / "samples" / folder).iterdir()):
        wanted = set() if path.name in NO_EXPORT else {own}
        assert known_by(path, settings) - {TEMPLATE} == wanted, path.name


def test_every_connector_has_a_sample() -> None:
    connectors = {path.stem for path in (PROJECT_ROOT / "pipelines/landing/connectors").iterdir()} - {
        *("__init__", "__pycache__", TEMPLATE, "ecb")
    }
    assert connectors <= {path.name for path in SAMPLES.iterdir()}
