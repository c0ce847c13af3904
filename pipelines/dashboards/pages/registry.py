"""Every page there is: its address, its name in the navigation, who builds it. App and static site read this."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.view import Page


@dataclass(frozen=True)
class PageSpec:
    """A page. `module` under `pages` has a function `build(context) -> Page`; imported when first asked for.

    A path that ends in `/` is the page of one thing, its id following. `in_navigation`, `in_site` and `in_manager_site`
    say where it is listed: the app's navigation, the static sites of leadership and of an account manager.
    """

    key: str
    path: str
    label: str
    module: str
    in_navigation: bool = True
    in_site: bool = True
    in_manager_site: bool = False

    def build(self, context: Context) -> Page:
        builder: Callable[[Context], Page] = import_module(f"pipelines.dashboards.pages.{self.module}").build
        return builder(context)


PAGES = (
    PageSpec("overview", "/", "Overview", "overview", in_manager_site=True),
    PageSpec("retention", "/retention", "Retention", "retention"),
    PageSpec("clients", "/clients", "Clients", "clients", in_manager_site=True),
    PageSpec("client", "/clients/", "Client", "client", in_navigation=False, in_site=False),
    PageSpec("managers", "/account-managers", "Account managers", "managers", in_manager_site=True),
    PageSpec("service", "/service", "Service", "service", in_manager_site=True),
    PageSpec("trust", "/trust", "Trust", "trust"),
    PageSpec("definitions", "/definitions", "Definitions", "definitions", in_manager_site=True),
    PageSpec("explain", "/explain/", "Explanation", "explanation", in_navigation=False, in_site=False),
)


def find(path: str) -> tuple[PageSpec, str] | None:
    """The page of an address and the id it names (empty where it names none); None where there is no such page."""
    for spec in PAGES:
        if spec.path == path or spec.path == path.rstrip("/") != "":
            return spec, ""
        if spec.path.endswith("/") and len(spec.path) > 1 and path.startswith(spec.path):
            return spec, path.removeprefix(spec.path)
    return None
