"""Pages of the live release for one reader, built once for each question and kept while that release is live."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import orjson
from plotly.io.json import to_json_plotly

from pipelines.dashboards.app.components import page_content
from pipelines.dashboards.meta import SiteMeta, read_meta
from pipelines.dashboards.pages import registry
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.question import Question
from pipelines.dashboards.pages.view import Page
from pipelines.dashboards.wording import sentence_case
from pipelines.errors import UserError
from pipelines.explain.answer import Explanation
from pipelines.explain.question import Question as Asked
from pipelines.explain.rights import explain_for
from pipelines.serving.live import LiveRelease
from pipelines.serving.principal import LEADERSHIP, Principal

if TYPE_CHECKING:
    from pipelines.serving.release import Release
    from pipelines.settings import Settings

KEPT_PAGES = 512
ATTEMPTS = 3
LOG = logging.getLogger(__name__)
BUSY = Page("Busy", "New figures are being published.", "", empty="Reload the page in a minute.")
NOWHERE = Page("Not found", "There is no such page.", "", empty="The address leads nowhere. Start from the overview.")


class _MovedOn(Exception):
    """A new release went live while a page of the one before was being made."""


@dataclass(frozen=True)
class Shown:
    """A page with the release it was read from. `meta` is None where there is no release at all.

    `key` is the page's in the registry, `address` its path with the query.
    """

    page: Page
    meta: SiteMeta | None
    key: str = ""
    address: str = "/"

    @cached_property
    def content(self) -> dict[str, Any]:
        """The page as the browser gets it."""
        return page_content(self.page, self.address)

    @cached_property
    def json(self) -> orjson.Fragment:
        """The content as Dash sends it, written once."""
        return orjson.Fragment(to_json_plotly(self.content))


class LivePages:
    """Builds pages. A kept page belongs to one release and one principal, and is found by nobody else."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.live = LiveRelease(settings)
        self._built = lru_cache(maxsize=KEPT_PAGES)(self._build)
        self._meta = lru_cache(maxsize=4)(self._read_meta)

    def page(self, principal: Principal, path: str, query: str) -> Shown:
        """The page of an address. Never raises: what went wrong is a page that says so."""
        try:
            for _ in range(ATTEMPTS):
                with suppress(_MovedOn):
                    return self._built(self.live.release_id, principal, path, query)
            return Shown(BUSY, None)
        except UserError as error:
            LOG.warning("page %s: %s", path, error)  # with the place and what to do, which are not for readers
            return Shown(
                Page("No figures", "There is nothing to show.", "", empty=f"{sentence_case(error.what)}."), None
            )
        except Exception:
            number = uuid.uuid4().hex[:8]
            LOG.exception("page %s failed, error %s", path, number)
            said = f"This page could not be made. Its details are in the server's log under error {number}."
            return Shown(Page("Error", "Something went wrong on our side.", "", empty=said), None)

    def warm(self) -> None:
        """Makes the pages of the navigation for one who sees all: what is slow the first time is then behind us.

        It also imports what they need; imports that begin in two threads at once can fail.
        """
        for spec in registry.PAGES:
            if spec.in_navigation:
                _ = self.page(LEADERSHIP, spec.path, "").json

    def _build(self, release_id: str, principal: Principal, path: str, query: str) -> Shown:
        """`release_id` is only the key of what is kept; the release that is read names itself."""
        found = registry.find(path)
        with self.live.reading(principal) as release:
            meta = self._meta(release.manifest["release_id"])
            if found is None:
                return Shown(NOWHERE, meta, address=path + query)
            spec, item = found
            explain = partial(self._explain, principal, meta.release_id)
            context = Context(
                release, Question.read(query), meta.units, principal, meta.as_of_on, explain, unquote(item)
            )
            return Shown(spec.build(context), meta, spec.key, path + query)

    def _explain(self, principal: Principal, release_id: str, question: Asked) -> Explanation:
        """A limited reader's own connection does not hold what a number is made from, so this is one that sees all."""
        with self._whole(release_id) as release:
            return explain_for(release, principal, question)

    def _read_meta(self, release_id: str) -> SiteMeta:
        with self._whole(release_id) as release:
            return read_meta(release, self.settings.home)

    @contextmanager
    def _whole(self, release_id: str) -> Iterator[Release]:
        """The release of that id, open for one who sees all; never another one beside it on a page."""
        with self.live.reading(LEADERSHIP) as release:
            if release.manifest["release_id"] != release_id:
                raise _MovedOn
            yield release
