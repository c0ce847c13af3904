"""A page as the browser gets it: its HTML, its figures as data, and its grids, which are Dash components.

Nothing is decided here: words, order and links come with the view.
"""

from __future__ import annotations

from typing import Any

import dash_ag_grid as dag

from pipelines.dashboards.figures import theme
from pipelines.dashboards.figures.sparkline import STYLE
from pipelines.dashboards.markup import Face, as_json, figures_of, page_html
from pipelines.dashboards.pages.view import MOST_ROWS, Column, Grid, Page


def page_content(page: Page, address: str) -> dict[str, Any]:
    """What the component `Page` shows: a page without the frame around it. `address`: its path with the query.

    Figures and HTML are texts: Dash walks through everything else that it is given, several times.
    """
    grids = [_grid(panel.key, panel.grid) for panel in page.panels if panel.grid is not None and not panel.empty]
    return {"html": page_html(page, Face(address)), "figures": as_json(figures_of(page)), "grids": grids}


def part(kind: str, **props: Any) -> dict[str, Any]:
    """A component of `assets/parts.js`, as Dash would write it."""
    return {"type": kind, "namespace": "tenureParts", "props": props}


def _grid(key: str, grid: Grid) -> Any:
    """The grid itself. `assets/grid.js` makes it work with its tools, in the browser alone."""
    first_group = next(iter(grid.column_groups), "")
    return dag.AgGrid(
        id={"type": "grid", "key": key},
        columnDefs=[_grid_column(column, first_group) for column in grid.columns],
        rowData=list(grid.rows[:MOST_ROWS]),
        defaultColDef={
            "sortable": True,
            "filter": "agTextColumnFilter",
            "resizable": True,
            "wrapHeaderText": True,
            "autoHeaderHeight": True,
        },
        dashGridOptions={
            "animateRows": False,
            "context": {"grid": key},
            "ensureDomOrder": True,
            "theme": {"function": "tenureGridTheme(themeQuartz)"},
            "quickFilterText": grid.search,
            "includeHiddenColumnsInQuickFilter": True,
            "suppressDragLeaveHidesColumns": True,
        },
        eventListeners={event: ["tenureGridCount(params)"] for event in ("firstDataRendered", "modelUpdated")},
        style={"height": "100%", "width": "100%"},
    )


def _grid_column(column: Column, first_group: str) -> dict[str, Any]:
    """AG Grid's definition of a column. Cells are drawn by functions of our own script; nothing in a row is code."""
    definition: dict[str, Any] = {
        "field": column.field,
        "headerName": column.heading,
        "minWidth": column.width,
        "context": {"groups": list(column.groups)},
        "initialHide": bool(column.groups) and first_group not in column.groups,
    }
    if column.help:
        definition["headerTooltip"] = column.help
    if column.kind == "number":
        shown = {"cellRenderer": "ShownNumber", "cellRendererParams": {"digits": column.digits}}
        definition |= {"filter": "agNumberColumnFilter", "type": "rightAligned", "sortingOrder": ["desc", "asc", None]}
        definition |= shown
    elif column.kind == "strip":
        definition |= {"filter": False, "sortable": False, "cellRenderer": "HealthStrip"}
    elif column.kind == "band":
        definition |= {"cellRenderer": "HealthBand"}
    elif column.link:
        definition |= {"cellRenderer": "PathLink", "cellRendererParams": {"link": column.link, "path": column.path}}
    return definition | {"flex": column.width}


def theme_style() -> str:
    """The custom properties of both themes, chosen by the page's `data-theme`, and the look of drawings in a line."""
    light, dark = (
        "".join(f"{name}:{value};" for name, value in theme.css_variables(index).items()) for index in (0, 1)
    )
    return f":root{{{light}--font:{theme.FONT};color-scheme:light}}[data-theme=dark]{{{dark}color-scheme:dark}}{STYLE}"
