"""Page views as Dash components, with the markup of the static site's templates: one style sheet dresses both.

Nothing is decided here: words, order and links come with the view.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import dash_ag_grid as dag
from dash import dcc, html
from plotly.io.json import to_json_plotly

from pipelines.dashboards.figures import theme
from pipelines.dashboards.pages.question import SEGMENTS
from pipelines.dashboards.pages.view import Cell, Change, Choice, Column, Fact, Grid, Page, Panel, Switch, Table, Tile

if TYPE_CHECKING:
    import plotly.graph_objects as go
    from dash.development.base_component import Component

GRID_HEIGHT = 640
HIDDEN: dict[str, Any] = {"aria-hidden": "true"}  # for the eye only


def page_content(page: Page, address: str) -> list[Component]:
    """All of a page but the frame around it. `address` is its path with the query, for the downloads."""
    tiles = [_tile(tile) for tile in page.tiles]
    headline = [html.H1(page.headline), *([html.P(page.subtitle)] if page.subtitle else [])]
    above = [
        html.Section(headline, className="headline"),
        *([html.Div([_choice(choice) for choice in page.choices], className="choices")] if page.choices else []),
        *([html.P(page.notice, className="notice", role="status")] if page.notice else []),
        *([html.P(page.empty, className="empty card")] if page.empty else []),
        *([html.Section(tiles, className="tiles", **named("Headline numbers"))] if tiles else []),
    ]
    below = [
        *([_trust(page.trust, page.facts, address)] if page.trust else []),
        *([_definitions(page.definitions)] if page.definitions else []),
    ]
    panels = html.Section(_panels(page, address), className="panels")
    return [*map(_still, above), *([panels] if page.panels else []), *map(_still, below)]


def _choice(choice: Choice) -> Any:
    alone = list(SEGMENTS) if choice.name in SEGMENTS else []
    options = [list(option) for option in choice.options]
    return _part("Choice", name=choice.name, label=choice.label, options=options, value=choice.value, alone=alone)


def _tile(tile: Tile) -> Component:
    title = dcc.Link(tile.label, href=tile.href) if tile.href else tile.label
    value: list[Any] = [tile.value, *([" ", html.Span(tile.unit, className="unit")] if tile.unit else [])]
    line = [html.P(value, className="value")]
    if tile.band:
        line.append(html.P(tile.band_words, className=f"band {tile.band}"))
    parts: list[Component] = [html.H2(title), html.Div(line, className="number-line")]
    for words, name in ((tile.reason or tile.beside, "reason" if tile.reason else "beside"), (tile.target, "goal")):
        if words:
            parts.append(html.P(words, className=name))
    if tile.trend:
        parts.append(html.Div(_drawing(str(tile.trend)), className="trend"))
    if tile.changes:
        parts.append(html.Ul([_change(change) for change in tile.changes], className="changes"))
    if tile.note:
        parts.append(html.P(tile.note, className="note"))
    return html.Article(parts, className="tile card", id=f"tile-{tile.key}")


def _change(change: Change) -> Component:
    return html.Li([html.B(change.amount, className=change.tone), html.Span(f" on {change.since}")])


def _drawing(svg: str) -> list[Component]:
    pictures = _pictures(svg)
    return [
        html.Img(src=pictures[name], className=f"spark only-{name}", alt=pictures["alt"]) for name in ("light", "dark")
    ]


def _pictures(svg: str) -> dict[str, str]:
    """A drawing of our own making as two pictures, one a theme: inside a picture, the page's style has no say."""
    from pipelines.dashboards.figures.sparkline import alt_of, as_picture

    pictures = {
        name: f"data:image/svg+xml,{quote(as_picture(svg, index))}" for index, name in enumerate(("light", "dark"))
    }
    return {**pictures, "alt": alt_of(svg)}


def _panels(page: Page, address: str) -> list[Component]:
    found: list[Component] = []
    for panel in page.panels:
        if panel.section:
            found.append(_still(html.H2(panel.section, className="section")))
        made = _panel(panel, address)
        found.append(made if panel.grid is not None else _still(made))
    return found


def _panel(panel: Panel, address: str) -> Component:
    parts: list[Component] = [_panel_head(panel)]
    if panel.empty:
        parts.append(html.P(panel.empty, className="empty"))
    else:
        if panel.switches:
            switches = [_switch(switch) for switch in panel.switches]
            parts.append(html.Nav(switches, className="switches", **named(panel.title)))
        if panel.figure is not None:
            parts.append(_figure(panel))
        if panel.grid is not None:
            parts.append(_grid(panel.key, panel.grid))
        if panel.is_table_open and panel.table is not None:
            parts.append(_table_box(panel, panel.table))
        if panel.remark:
            parts.append(html.P(panel.remark, className="remark"))
        parts.append(_behind(panel, address))
    return html.Article(parts, className=f"panel card span-{panel.span}", id=f"panel-{panel.key}")


def _panel_head(panel: Panel) -> Component:
    return html.Div([html.H2(panel.title), html.P(panel.subtitle)], className="panel-head")


def _switch(switch: Switch) -> Component:
    current: dict[str, Any] = {"aria-current": "true"} if switch.is_current else {}
    name = "current" if switch.is_current else ""
    return html.Span(dcc.Link(switch.label, href=switch.href), className=name, **current)


def _figure(panel: Panel) -> Any:
    """The place of a figure and what to draw there: the page draws it in the theme and width of the reader."""
    assert panel.figure is not None
    heights = {"--height": f"{panel.figure.layout.height}px"}
    if panel.narrow is not None:
        heights["--narrow-height"] = f"{panel.narrow.layout.height}px"
    return _part(
        "Figure",
        name=panel.key,
        alt=panel.alt,
        wide=_written(panel.figure),
        narrow=None if panel.narrow is None else _written(panel.narrow),
        style=heights,
    )


def _written(figure: go.Figure) -> str:
    """The figure as text: Dash walks through everything else it is given, several times."""
    written: str = figure.to_json()
    return written


def _still(component: Component) -> Any:
    """The component as one part that the browser puts together: Dash's own cost by the element, on every change."""
    return _part("Tree", made=to_json_plotly(component))


def _part(kind: str, **props: Any) -> Any:
    """A component of `assets/parts.js`, as Dash would write it."""
    return {"type": kind, "namespace": "tenureParts", "props": props}


def _grid(key: str, grid: Grid) -> Component:
    """The grid with its search box and choice of columns. `assets/grid.js` makes them work, in the browser alone."""
    sums = {column.field: column.heading for column in grid.columns if column.summed}
    data: Any = {"data-grid": key, "data-grid-names": json.dumps({"rows": list(grid.noun), "sums": sums})}
    first_group = next(iter(_column_groups(grid)), "")
    return html.Div(
        [
            html.Div([_grid_search(key, grid), *_grid_groups(grid), _grid_count(grid)], className="grid-tools"),
            dag.AgGrid(
                id={"type": "grid", "key": key},
                columnDefs=[_grid_column(column, first_group) for column in grid.columns],
                rowData=list(grid.rows),
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
                style={"height": min(GRID_HEIGHT, 96 + 42 * max(len(grid.rows), 3)), "width": "100%"},
            ),
        ],
        className="grid",
        **data,
    )


def _grid_search(key: str, grid: Grid) -> Component:
    name = f"grid-search-{key}"
    box = dcc.Input(id=name, type="search", value=grid.search, placeholder="Search all columns", autoComplete="off")
    return html.Div([html.Label("Search", htmlFor=name, className="visually-hidden"), box], className="grid-search")


def _grid_groups(grid: Grid) -> list[Component]:
    groups = _column_groups(grid)
    if not groups:
        return []
    buttons = []
    for index, group in enumerate([*groups, ""]):
        data: Any = {"data-grid-group": group, "aria-pressed": str(index == 0).lower()}
        buttons.append(html.Button(group or "All columns", type="button", **data))
    return [html.Div(buttons, className="grid-groups", role="group", **named("Columns"))]


def _column_groups(grid: Grid) -> list[str]:
    return list(dict.fromkeys(group for column in grid.columns for group in column.groups))


def _grid_count(grid: Grid) -> Component:
    sums = (
        (column.heading, sum(row.get(column.field) or 0 for row in grid.rows))
        for column in grid.columns
        if column.summed
    )
    words = [
        f"{len(grid.rows):,} {grid.noun[len(grid.rows) != 1]}",
        *(f"{heading} {total:,.0f}" for heading, total in sums),
    ]
    return html.P(" · ".join(words), className="grid-count", role="status")


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


def _table_box(panel: Panel, table: Table) -> Component:
    return html.Div(_table(table, panel.key), className="table-box", tabIndex=0, role="region", **named(panel.title))


def _table(table: Table, key: str) -> Any:
    is_number = [cell.is_number for cell in table.rows[0]] if table.rows else [False] * len(table.headings)
    headings = [
        {"text": heading, "style": "number" if right else ""}
        for heading, right in zip(table.headings, is_number, strict=True)
    ]
    rows = [[_cell(cell) for cell in row] for row in table.rows]
    total = [_cell(cell) for cell in table.total] or None
    return _part("Table", name=key, made=to_json_plotly({"headings": headings, "rows": rows, "total": total}))


def _cell(cell: Cell) -> dict[str, Any]:
    """What `assets/parts.js` draws a cell from; what a cell does not have is left out."""
    made: dict[str, Any] = {"text": cell.text}
    if style := "number" if cell.is_number else "prose" if cell.is_prose else "":
        made["style"] = style
    if cell.href:
        made["href"] = cell.href
    if cell.mark or cell.share is not None:
        made |= {"tone": cell.tone, "mark": cell.mark}
    if cell.share is not None:
        made["share"] = round(cell.share, 3)
    if cell.drawing:
        made["drawing"] = _pictures(str(cell.drawing))
    return made


def _behind(panel: Panel, address: str) -> Component:
    """What stands behind a panel: its table, its downloads."""
    parts: list[Component] = []
    if panel.table is not None and not panel.is_table_open:
        parts.append(html.Details([html.Summary("Table"), _table_box(panel, panel.table)]))
    if panel.table is not None or panel.grid is not None:
        parts += [
            html.A(kind.upper(), href=_download(panel.key, kind, address), download="") for kind in ("csv", "xlsx")
        ]
    if panel.figure is not None:
        parts += [
            html.Button(kind.upper(), type="button", **data(image=panel.key, kind=kind)) for kind in ("png", "svg")
        ]
    return html.Div(parts, className="behind")


def _download(key: str, kind: str, address: str) -> str:
    return f"/download/{quote(key, safe='')}.{kind}?page={quote(address, safe='')}"


def _trust(trust: Panel, facts: tuple[Fact, ...], address: str) -> Component:
    body: list[Component] = [_panel_head(trust)]
    if trust.empty:
        body.append(html.P(trust.empty, className="empty"))
    else:
        body.append(html.Dl([_fact(fact) for fact in facts], className="facts"))
        body.append(_behind(trust, address))
    return html.Section(body, className="trust card", id="trust")


def _fact(fact: Fact) -> Component:
    parts = [html.Dt(fact.label), html.Dd(fact.value), html.Dd(fact.note, className="fact-note")]
    return html.Div(parts, className=fact.tone)


def _definitions(definitions: tuple[tuple[str, str], ...]) -> Component:
    entries = [html.Div([html.Dt(term), html.Dd(meaning)]) for term, meaning in definitions]
    return html.Section([html.H2("What the numbers mean"), html.Dl(entries)], className="definitions", id="definitions")


def named(words: str) -> dict[str, Any]:
    """What an element is called for those who do not see it."""
    return {"aria-label": words}


def data(**values: str) -> dict[str, Any]:
    """Attributes for our own script."""
    return {f"data-{name}": value for name, value in values.items()}


def theme_style() -> str:
    """The custom properties of both themes, chosen by the page's `data-theme`."""
    light, dark = (
        "".join(f"{name}:{value};" for name, value in theme.css_variables(index).items()) for index in (0, 1)
    )
    return f":root{{{light}--font:{theme.FONT};color-scheme:light}}[data-theme=dark]{{{dark}color-scheme:dark}}"
