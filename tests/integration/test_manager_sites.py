"""A night writes a page and an extract for each account manager the access file names, with nothing of anybody else's
clients."""

from pathlib import Path

import duckdb
import pytest

from pipelines.engine import CONFIG
from pipelines.serving.release import open_release
from pipelines.settings import load_settings
from tests.small_company import ACCOUNTS, USERS, refresh, write_inbox

pytestmark = pytest.mark.slow  # a whole refresh


def test_every_named_account_manager_has_a_page_and_an_extract_of_their_own(tmp_path: Path) -> None:
    accounts = ACCOUNTS.replace("Client Two,am1", "Client Two,am2")
    write_inbox(tmp_path, accounts=accounts, users=f"{USERS}am2,Bob Manager,true\n")
    first = refresh(tmp_path)
    assert first.returncode == 0, first.stderr
    assert not (tmp_path / "current" / "dashboard" / "account-managers").exists(), "nobody is named yet"
    assert not (tmp_path / "current" / "exports" / "extracts").exists()
    with open_release(load_settings(tmp_path)) as release:
        clients = release.rows("select client_id, client_name, am_id from marts.dim_clients").rows()
    managers = sorted({am for _, _, am in clients if am})
    (tmp_path / "access.toml").write_text(
        "".join(f'[[people]]\nlogin = "{am}"\nrole = "am"\nam_id = "{am}"\n' for am in managers)
    )
    (tmp_path / "tenure.toml").write_text('exports = { kinds = ["extracts"] }\n')
    second = refresh(tmp_path, "--force")
    assert second.returncode == 0, second.stderr
    pages = {path.stem: path.read_text() for path in (tmp_path / "current/dashboard/account-managers").iterdir()}
    assert sorted(pages) == managers == ["am1", "am2"]
    for am, page in pages.items():
        own = {name for _, name, owner in clients if owner == am}
        foreign = {name for _, name, owner in clients if owner != am} - own
        assert any(name in page for name in own)
        assert foreign
        assert not [name for name in foreign if name in page]
    exports = tmp_path / "current" / "exports"
    assert sorted(path.relative_to(exports).as_posix() for path in exports.rglob("*.*")) == [
        "exports.json", *(f"extracts/{am}{suffix}" for am in managers for suffix in (".duckdb", ".xlsx")),
    ]  # fmt: skip
    for am in managers:
        with duckdb.connect(str(exports / "extracts" / f"{am}.duckdb"), read_only=True, config=CONFIG) as connection:
            owned = connection.execute("select client_id, client_name, am_id from marts.dim_clients").fetchall()
        assert owned == [client for client in clients if client[2] == am]
