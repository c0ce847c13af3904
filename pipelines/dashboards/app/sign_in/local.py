"""Signing in with a password kept here, for small teams without an identity provider."""

from __future__ import annotations

from flask import Flask, redirect, request
from flask_limiter import Limiter
from flask_login import login_user
from werkzeug.wrappers import Response

from pipelines.dashboards.app.sign_in import headers, passwords, session
from pipelines.dashboards.app.sign_in.limits import BY_ADDRESS, BY_NAME, name_asked
from pipelines.dashboards.app.sign_in.pages import local_path, sign_in_page
from pipelines.dashboards.app.sign_in.people import People
from pipelines.settings import Settings

WRONG = "This login and password do not belong together."


def add_routes(server: Flask, settings: Settings, people: People, limiter: Limiter) -> None:
    """Adds the form and what takes it: the check of its token, the limits, the session."""

    @server.get("/sign-in")
    def sign_in_form() -> Response:
        return sign_in_page(local_path(request.args.get("next", "/")))

    @server.post("/sign-in")
    @limiter.limit(BY_ADDRESS)
    @limiter.limit(BY_NAME, key_func=name_asked)
    def sign_in() -> Response:
        headers.csrf(server).protect()
        login, next_path = name_asked(), local_path(request.form.get("next", "/"))
        is_right = passwords.is_right(settings, login, request.form.get("password", ""))
        if not is_right or people.access.principal_of(login) is None:
            return sign_in_page(next_path, 401, WRONG)
        session.begin(passwords.fingerprint(settings, login))
        login_user(session.Reader(login))
        return redirect(next_path, 303)
