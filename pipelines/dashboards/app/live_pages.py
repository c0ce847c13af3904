"""Pages of the live release for one reader, built once for each question and kept while that release is live."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from pipelines.dashboards.meta import SiteMeta, read_meta
from pipelines.dashboards.pages import registry
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.question import Question
from pipelines.dashboards.pages.view import Page
from pipelines.errors import UserError
from pipelines.serving.live import LiveRelease
from pipelines.serving.principal import LEADERSHIP, Principal

if TYPE_CHECKING:
    from pipelines.settings import Settings

KEPT_PAGES = 512
LOG = logging.getLogger(__name__)
NOWHERE = Page("Not found", "There is no such page.", "", empty="The address leads nowhere. Start from the overview.")


@dataclass(frozen=True)
class Shown:
    """A page with the release it was read from. `meta` is None where there is no release at all."""

    page: Page
    meta: SiteMeta | None
    key: str = ""


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
            return self._built(self.live.release_id, principal, path, query)
        except UserError as error:
            return Shown(Page("No figures", "There is nothing to show.", "", empty=str(error)), None)
        except Exception:
            number = uuid.uuid4().hex[:8]
            LOG.exception("page %s failed, error %s", path, number)
            said = f"This page could not be made. Its details are in the server's log under error {number}."
            return Shown(Page("Error", "Something went wrong on our side.", "", empty=said), None)

    def _build(self, release_id: str, principal: Principal, path: str, query: str) -> Shown:
        """`release_id` is only the key of what is kept; the release that is read names itself."""
        found = registry.find(path)
        with self.live.reading(principal) as release:
            meta = self._meta(release.manifest["release_id"])
            if found is None:
                return Shown(NOWHERE, meta)
            spec, item = found
            context = Context(release, Question.read(query), meta.units, principal, meta.as_of_on, item)
            return Shown(spec.build(context), meta, spec.key)

    def _read_meta(self, release_id: str) -> SiteMeta:
        with self.live.reading(LEADERSHIP) as release:
            return read_meta(release, self.settings.home)
