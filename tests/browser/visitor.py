"""Somebody who talks to the app without a browser, and writes what no browser would."""

import csv
import html
import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.browser.conftest import PASSWORD

BASE = "http://127.0.0.1"


class Visitor:
    """One person's session. `page` asks the callback for a page as the browser does."""

    def __init__(self, server: Flask, login: str = "") -> None:
        self.client: FlaskClient = server.test_client()
        if login:
            token = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/sign-in").text)
            assert token is not None
            form = {"login": login, "password": PASSWORD, "csrf_token": token[1]}
            assert self.client.post("/sign-in", data=form, base_url=BASE).status_code == 303
        self.output = ""

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, base_url=BASE)

    def callback(self, **changes: Any) -> TestResponse:
        """The page callback's request with parts of its body exchanged."""
        if not self.output:
            found = self.get("/_dash-dependencies").get_json()
            self.output = next(one["output"] for one in found if "page.content" in one["output"])
        parts = (part.rsplit(".", 1) for part in self.output.strip(".").split("..."))
        body = {
            "output": self.output,
            "outputs": [{"id": name, "property": prop} for name, prop in parts],
            "inputs": inputs("/", ""),
            "changedPropIds": ["url.pathname"],
            "state": [{"id": "release", "property": "data", "value": None}],
            **changes,
        }
        return self.client.post("/_dash-update-component", json=body, base_url=BASE)

    def page(self, path: Any, query: Any = "") -> TestResponse:
        return self.callback(inputs=inputs(path, query))


def inputs(path: Any, query: Any) -> list[dict[str, Any]]:
    return [
        {"id": "url", "property": "pathname", "value": path},
        {"id": "url", "property": "search", "value": query},
        {"id": "watch", "property": "n_intervals", "value": 0},
    ]


def text_of(answer: TestResponse) -> str:
    """All that an answer says, as a reader would find it: escapes resolved, workbooks unpacked."""
    if answer.mimetype.endswith("sheet"):
        book = zipfile.ZipFile(io.BytesIO(answer.data))
        return html.unescape("\n".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml")))
    if answer.is_json:
        return html.unescape("\n".join(_strings(answer.get_json())))
    if answer.mimetype == "text/csv":
        return "\n".join(cell.lstrip("'") for row in csv.reader(io.StringIO(answer.text)) for cell in row)
    return html.unescape(answer.text)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, str) and value.startswith(("{", "[")):
        yield from _strings(_unpacked(value))
    elif value is not None:
        yield str(value)


def _unpacked(text: str) -> Any:
    """What a part of the page is made of, where the text is that; a text that only begins so is a list of itself."""
    try:
        return json.loads(text)
    except ValueError:
        return {text: None}
