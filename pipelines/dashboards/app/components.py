"""Page views as Dash components, with the markup of the static site's templates: one style sheet dresses both.

Nothing is decided here: words, order and links come with the view.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import dash_ag_grid as dag
from dash import dcc, html

from pipelines.dashboards.figures import theme
from pipelines.dashboards.pages.view import Cell, Change, Choice, Fact, Grid, Page, Panel, Switch, Table, Tile

if TYPE_CHECKING:
    import plotly.graph_objects as go
    from dash.development.base_component import Component

GRAPH_CONFIG: Any = {"displayModeBar": False, "responsive": True, "scrollZoom": False, "doubleClick": False}
GRID_HEIGHT = 640
HIDDEN: dict[str, Any] = {"aria-hidden": "true"}  # for the eye only


def page_content(page: Page, address: str) -> list[Component]:
    """All of a page but the frame around it. `address` is its path with the query, for the downloads."""
    tiles = [_tile(tile) for tile in page.tiles]
    headline = [html.H1(page.headline), *([html.P(page.subtitle)] if page.subtitle else [])]
    return [
        html.Section(headline, className="headline"),
        *([html.Div([_choice(choice) for choice in page.choices], className="choices")] if page.choices else []),
        *([html.P(page.notice, className="notice", role="status")] if page.notice else []),
        *([html.P(page.empty, className="empty card")] if page.empty else []),
        *([html.Section(tiles, className="tiles", **named("Headline numbers"))] if tiles else []),
        *([html.Section(_panels(page, address), className="panels")] if page.panels else []),
        *([_trust(page.trust, page.facts, address)] if page.trust else []),
        *([_definitions(page.definitions)] if page.definitions else []),
    ]


def _choice(choice: Choice) -> Component:
    name = f"choice-{choice.name}"
    return html.Div(
        [
            html.Label(choice.label, htmlFor=name, id=f"{name}-label"),
            dcc.Dropdown(
                id={"type": "choice", "name": choice.name},
                options=[{"label": words, "value": value or "-"} for value, words in choice.options],
                value=choice.value or "-",
                clearable=False,
                searchable=len(choice.options) > 8,
                **named(choice.label),
            ),
        ],
        className="choice",
        id=name,
    )


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
    """A drawing of our own making as two pictures, one a theme: inside a picture, the page's style has no say."""
    from pipelines.dashboards.figures.sparkline import alt_of, as_picture

    pictures = ((name, quote(as_picture(svg, index))) for index, name in enumerate(("light", "dark")))
    return [
        html.Img(src=f"data:image/svg+xml,{picture}", className=f"spark only-{name}", alt=alt_of(svg))
        for name, picture in pictures
    ]


def _panels(page: Page, address: str) -> list[Component]:
    found: list[Component] = []
    for panel in page.panels:
        if panel.section:
            found.append(html.H2(panel.section, className="section"))
        found.append(_panel(panel, address))
    return found


def _panel(panel: Panel, address: str) -> Component:
    parts: list[Component] = [_panel_head(panel)]
    if panel.empty:
        parts.append(html.P(panel.empty, className="empty"))
    else:
        if panel.switches:
            parts.append(html.Nav([_switch(switch) for switch in panel.switches], className="switches"))
        if panel.figure is not None:
            parts += _figure(panel)
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


def _figure(panel: Panel) -> list[Component]:
    """The place of a figure and what to draw there: the page draws it in the theme and width of the reader."""
    assert panel.figure is not None
    source = {"wide": _plain(panel.figure), "narrow": _plain(panel.narrow) if panel.narrow is not None else None}
    height = panel.figure.layout.height
    return [
        dcc.Store(id={"type": "figure-source", "key": panel.key}, data=source),
        html.Div(
            dcc.Graph(id={"type": "figure", "key": panel.key}, config=GRAPH_CONFIG, responsive=True),
            className="figure",
            role="img",
            style={"minHeight": height},
            **named(panel.alt),
            **data(figure=panel.key),
        ),
    ]


def _plain(figure: go.Figure) -> Any:
    return json.loads(figure.to_json())


def _grid(key: str, grid: Grid) -> Component:
    return dag.AgGrid(
        id={"type": "grid", "key": key},
        columnDefs=[_grid_column(column) for column in grid.columns],
        rowData=[dict(row) for row in grid.rows],
        defaultColDef={"sortable": True, "filter": True, "resizable": True, "suppressHeaderMenuButton": False},
        dashGridOptions={"animateRows": False, "ensureDomOrder": True, "theme": {"function": "tenureGridTheme(theme)"}},
        style={"height": min(GRID_HEIGHT, 96 + 42 * max(len(grid.rows), 3))},
    )


def _grid_column(column: Any) -> dict[str, Any]:
    """AG Grid's definition of a column. Cells are drawn by functions of our own script; nothing in a row is code."""
    definition: dict[str, Any] = {"field": column.field, "headerName": column.heading, "minWidth": column.width}
    if column.help:
        definition["headerTooltip"] = column.help
    if column.kind == "number":
        definition |= {"filter": "agNumberColumnFilter", "type": "rightAligned", "cellRenderer": "ShownNumber"}
    elif column.kind == "strip":
        definition |= {"filter": False, "sortable": False, "cellRenderer": "HealthStrip"}
    elif column.link:
        definition |= {"cellRenderer": "PathLink", "cellRendererParams": {"link": column.link}}
    return definition | {"flex": column.width}


def _table_box(panel: Panel, table: Table) -> Component:
    return html.Div(_table(table, panel.key), className="table-box", tabIndex=0, role="region", **named(panel.title))


def _table(table: Table, key: str) -> Component:
    is_number = [cell.is_number for cell in table.rows[0]] if table.rows else [False] * len(table.headings)
    head = [
        html.Th(heading, scope="col", className="number" if right else "")
        for heading, right in zip(table.headings, is_number, strict=True)
    ]
    parts = [html.Thead(html.Tr(head)), html.Tbody([html.Tr(_cells(row)) for row in table.rows])]
    if table.total:
        parts.append(html.Tfoot(html.Tr(_cells(table.total))))
    return html.Table(parts, **data(table=key))


def _cells(row: tuple[Cell, ...]) -> list[Component]:
    return [_cell(cell, is_head=index == 0) for index, cell in enumerate(row)]


def _cell(cell: Cell, is_head: bool) -> Component:
    parts: list[Component] = []
    if cell.mark:
        colour = {"color": f"var(--{cell.tone})"}
        parts.append(html.Span(cell.mark, className="mark", style=colour, **HIDDEN))
    words = dcc.Link(cell.text, href=cell.href) if cell.href else cell.text
    parts.append(html.Span(words, className="cell-text", dir="auto"))
    if cell.share is not None:
        bar = html.I(style={"width": f"{abs(cell.share) * 100:.1f}%", "background": f"var(--{cell.tone})"})
        parts.append(html.Span(bar, className="meter", **HIDDEN))
    style = "number" if cell.is_number else ""
    return html.Th(parts, scope="row", className=style) if is_head else html.Td(parts, className=style)


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
