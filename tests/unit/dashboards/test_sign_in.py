"""Nobody reads a figure without being somebody: by password, proxy, identity provider, or on this machine alone."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pipelines.dashboards.app.server import create_app
from pipelines.dashboards.app.sign_in import current_principal, passwords
from pipelines.dashboards.app.sign_in.pages import local_path
from pipelines.errors import UserError
from pipelines.settings import load_settings

sys.path.insert(0, str(Path(__file__).parent))
from identity_provider import CLIENT, SECRET, Provider, provider

PEOPLE = """
[[people]]
login = "ann"
email = "ann@example.com"
role = "am"
am_id = "a1"

[[people]]
login = "lea"
role = "leadership"
"""
PASSWORD = "correct horse battery"
PROXY_SECRET = "a secret of the proxy that is long"
CLOSED = (400, 401, 403, 404)

AppOf = Callable[..., FlaskClient]


@pytest.fixture
def app_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppOf:
    """An app of a home with people; `who` tells the principal a request was given. Hashes are cheap here."""
    monkeypatch.setattr(passwords, "PasswordHasher", lambda: PasswordHasher.from_parameters(CHEAPEST))

    def made(serve: str = "", people: str = PEOPLE, password: str | None = None) -> FlaskClient:
        if people:
            (tmp_path / "access.toml").write_text(people)
        (tmp_path / "tenure.toml").write_text(f"[serve]\n{serve}\n")
        settings = load_settings(tmp_path)
        if password:
            passwords.set_password(settings, "ann", password)
        app = create_app(settings)
        app.server.add_url_rule("/who", "who", lambda: f"{current_principal().name} {current_principal().role}")
        return app.server.test_client()

    return made


def token_of(page: TestResponse) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found
    return found.group(1)


def sign_in(client: FlaskClient, login: str = "ann", password: str = PASSWORD, **more: str) -> TestResponse:
    token = token_of(client.get("/sign-in"))
    return client.post("/sign-in", data={"login": login, "password": password, "csrf_token": token, **more})


def test_without_people_this_machine_sees_all(app_of: AppOf) -> None:
    client = app_of(people="")
    assert client.get("/who").text == "leadership leadership"
    assert client.get("/who", headers={"Host": "rebound.example"}).status_code == 400


@pytest.mark.parametrize(
    ("serve", "people", "said"),
    [
        ('host = "0.0.0.0"', "", "without login"),
        ("", PEOPLE, "nobody signs in"),
        ('login = "local"', "", "names nobody"),
        ('login = "local"', PEOPLE, "nobody has a password"),
        ('login = "local"\nhost = "0.0.0.0"', PEOPLE, "in the clear"),
        ('login = "proxy"', PEOPLE, "needs a secret"),
        ('login = "oidc"', PEOPLE, "needs serve.oidc_issuer"),
    ],
)
def test_what_is_unsafe_does_not_start(app_of: AppOf, serve: str, people: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        app_of(serve, people)


def test_a_password_opens_and_signing_out_closes(app_of: AppOf) -> None:
    client = app_of('login = "local"', password=PASSWORD)
    answer = client.get("/clients?month=2026-09", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=%2Fclients%3Fmonth%3D2026-09")
    assert client.get("/who").status_code == 401
    answer = sign_in(client, "ANN@example.com", next="/clients?month=2026-09")
    assert (answer.status_code, answer.location) == (401, None), "the password is kept under the login, not the e-mail"
    answer = sign_in(client, "Ann", next="/clients?month=2026-09")
    assert (answer.status_code, answer.location) == (303, "/clients?month=2026-09")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Expires" in cookie
    assert client.get("/who").text == "ann am"
    client.post("/sign-out", data={"csrf_token": token_of(client.get("/sign-out"))})
    assert client.get("/who").status_code == 401


def test_a_wrong_password_and_an_unknown_name_are_told_alike(app_of: AppOf) -> None:
    client = app_of('login = "local"', password=PASSWORD)
    answers = [sign_in(client, login, "wrong password here") for login in ("ann", "nobody")]
    texts = [re.sub(r'value="[^"]*"', "", answer.text) for answer in answers]
    assert texts[0] == texts[1] and "do not belong together" in texts[0]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert client.get("/who").status_code == 401


def test_guessing_is_stopped_by_name_and_by_address(app_of: AppOf) -> None:
    client = app_of('login = "local"', password=PASSWORD)
    tries = [sign_in(client, "ann", f"guess number {n}").status_code for n in range(6)]
    assert tries == [401] * 5 + [429]
    assert sign_in(client).status_code == 429, "the right password does not help now"
    assert [sign_in(client, f"name{n}", "guess").status_code for n in range(20)][-1] == 429


def test_forms_of_other_sites_are_refused(app_of: AppOf) -> None:
    client = app_of('login = "local"', password=PASSWORD)
    assert client.post("/sign-in", data={"login": "ann", "password": PASSWORD}).status_code == 400, "no token"
    sign_in(client)
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert client.post("/_dash-update-component", json={}, headers=headers).status_code == 403
        assert client.post("/sign-out", headers=headers).status_code == 403
    assert client.get("/who").status_code == 200


def test_who_is_taken_out_or_has_a_new_password_is_out_at_once(app_of: AppOf, tmp_path: Path) -> None:
    client = app_of('login = "local"', password=PASSWORD)
    sign_in(client)
    assert client.get("/who").text == "ann am"
    passwords.set_password(load_settings(tmp_path), "ann", "another password now")
    assert client.get("/who").status_code == 401
    sign_in(client, password="another password now")
    assert client.get("/who").status_code == 200
    (tmp_path / "access.toml").write_text(PEOPLE.replace('"ann"', '"anne"'))
    assert client.get("/who").status_code == 401


def test_a_forged_cookie_is_nobody(app_of: AppOf) -> None:
    client = app_of('login = "local"', password=PASSWORD)
    client.set_cookie("tenure", "eyJfdXNlcl9pZCI6ImxlYSJ9.aSLeAA.Zm9yZ2Vk")
    assert client.get("/who").status_code == 401


def test_secrets_are_readable_for_nobody_else(app_of: AppOf, tmp_path: Path) -> None:
    app_of('login = "local"', password=PASSWORD)
    for name in ("passwords.json", ".session-key"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    kept = json.loads((tmp_path / "passwords.json").read_text())
    assert kept["ann"].startswith("$argon2id$") and PASSWORD not in kept["ann"]
    (tmp_path / "passwords.json").chmod(0o644)
    with pytest.raises(UserError, match="other users may read"):
        passwords.is_right(load_settings(tmp_path), "ann", PASSWORD)


def test_a_password_is_long_and_somebodys(tmp_path: Path) -> None:
    (tmp_path / "access.toml").write_text(PEOPLE)
    with pytest.raises(UserError, match="this one has 5"):
        passwords.set_password(load_settings(tmp_path), "ann", "short")
    with pytest.raises(UserError, match="nobody's login"):
        passwords.set_password(load_settings(tmp_path), "zoe", PASSWORD)
    assert not (tmp_path / "passwords.json").exists()


def test_a_proxy_names_the_reader_and_proves_itself(app_of: AppOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENURE_PROXY_SECRET", PROXY_SECRET)
    client = app_of('login = "proxy"')
    proof = {"X-Tenure-Proxy-Secret": PROXY_SECRET}
    assert client.get("/who", headers={**proof, "X-Forwarded-User": "lea"}).text == "lea leadership"
    for headers in (
        {"X-Forwarded-User": "lea"},
        {"X-Forwarded-User": "lea", "X-Tenure-Proxy-Secret": "guessed"},
        {"X-Forwarded-User": "lea", "X-Tenure-Proxy-Secret": "gu\u00e9ssed"},
        {**proof, "X-Forwarded-User": "nobody"},
        proof,
    ):
        assert client.get("/who", headers=headers).status_code == 403
    monkeypatch.setenv("TENURE_PROXY_SECRET", "short")
    with pytest.raises(UserError, match="at least 24"):
        app_of('login = "proxy"')
    monkeypatch.setenv("TENURE_PROXY_SECRET", PROXY_SECRET)
    with pytest.raises(UserError, match="this machine only"):
        app_of('login = "proxy"\nhost = "0.0.0.0"\npublic_url = "https://t.example"')


@pytest.fixture
def issuer() -> Iterator[Provider]:
    with provider() as found:
        yield found


@pytest.fixture
def by_provider(app_of: AppOf, issuer: Provider, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setenv("TENURE_OIDC_CLIENT_SECRET", SECRET)
    where = f'oidc_issuer = "{issuer.url}"\noidc_client_id = "{CLIENT}"\npublic_url = "http://localhost"'
    return app_of(f'login = "oidc"\n{where}')


def come_back(client: FlaskClient) -> TestResponse:
    """Goes to the provider as a browser would and back with its answer."""
    sent = client.get("/sign-in?next=/clients")
    back = requests.get(str(sent.location), allow_redirects=False, timeout=10).headers["Location"]
    return client.get(urlsplit(back).path + "?" + urlsplit(back).query)


def test_the_identity_provider_says_who_it_is(by_provider: FlaskClient) -> None:
    assert by_provider.get("/who").status_code == 401
    answer = come_back(by_provider)
    assert (answer.status_code, answer.location) == (303, "/clients")
    assert by_provider.get("/who").text == "ann am"


@pytest.mark.parametrize(
    ("claims", "tamper", "status"),
    [
        ({"email": "stranger@example.com"}, {}, 403),
        ({"email_verified": False}, {}, 403),
        ({"email": ["ann@example.com"]}, {}, 403),
        ({}, {"aud": "somebody else"}, 401),
        ({}, {"nonce": "of another sign-in"}, 401),
        ({}, {"exp": 1}, 401),
        ({}, {"iss": "https://evil.example"}, 401),
    ],
)
def test_what_the_provider_does_not_say_so_is_refused(
    by_provider: FlaskClient, issuer: Provider, claims: dict[str, object], tamper: dict[str, object], status: int
) -> None:
    issuer.claims |= claims
    issuer.tamper |= tamper
    assert come_back(by_provider).status_code == status
    assert by_provider.get("/who").status_code == 401


def test_an_answer_nobody_asked_for_is_refused(by_provider: FlaskClient) -> None:
    assert by_provider.get("/signed-in?code=x&state=y").status_code == 401
    by_provider.get("/sign-in")
    assert by_provider.get("/signed-in?code=x&state=y").status_code == 401


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:1", "/a\nb", ""]
)
def test_signing_in_leads_to_no_other_site(target: str) -> None:
    assert local_path(target) == "/"


def test_every_answer_carries_the_headers(app_of: AppOf) -> None:
    client = app_of(people="")
    for path in ("/", "/who", "/nowhere", "/assets/site.css"):
        headers = client.get(path).headers
        assert "script-src 'self' 'sha256-" in headers["Content-Security-Policy"]
        assert "unsafe-inline" not in headers["Content-Security-Policy"].split("script-src")[1].split(";")[0]
        assert headers["X-Frame-Options"] == "DENY" and headers["X-Content-Type-Options"] == "nosniff"
    assert client.get("/who").headers["Cache-Control"] == "no-store"
