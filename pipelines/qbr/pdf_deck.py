"""A deck as PDF: the same pages with vector charts, ready to send. The same deck gives the same bytes."""

import datetime as dt
import io

from reportlab.graphics import renderPDF
from reportlab.graphics.charts.barcharts import VerticalBarChart
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from pipelines.dashboards.figures.theme import colour
from pipelines.qbr.axis import PLAIN, bounds, written
from pipelines.qbr.deck import (
    FOOTER_BOX,
    HEADLINE,
    HEIGHT,
    LEADING,
    MARGIN,
    MARK_BOX,
    NOTE,
    NUMBER,
    PAGE_BOX,
    TEXT,
    TILE_GAP,
    TILE_PADDING,
    WIDTH,
    Box,
    Chart,
    Cover,
    Deck,
    Format,
    Kind,
    Slide,
    Table,
    Tiles,
    Words,
    cover_boxes,
    title_boxes,
)
from pipelines.qbr.pdf_text import BOX, REGULAR, Pen
from pipelines.qbr.text import width
from pipelines.qbr.words import CAPTION_HEIGHT, CELL_PADDING

KEY_HEIGHT = 16.0
AXIS_ROOM, LABEL_ROOM = 40.0, 18.0
BOXED = "stands for a letter that this PDF has no type for; the PPTX shows it."
# ReportLab's date of a document that must come out the same each time; any other date is as long, so it is replaced.
FIXED_DATE = b"(D:20000101000000+00'00')"


def pdf_of(deck: Deck) -> bytes:
    """The whole document."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(WIDTH, HEIGHT), pageCompression=1, invariant=1, lang="en")
    canvas.setTitle(deck.title)
    canvas.setAuthor(deck.author)
    canvas.setCreator("Tenure")
    pages: tuple[Cover | Slide, ...] = (deck.cover, *deck.slides)
    for number, page in enumerate(pages, start=1):
        canvas.bookmarkPage(f"page{number}")
        canvas.addOutlineEntry("Title" if isinstance(page, Cover) else page.name, f"page{number}")
        _page(Pen(canvas, HEIGHT), page, number, deck.mark)
        canvas.showPage()
    canvas.save()
    date = deck.created_at.astimezone(dt.UTC).strftime("(D:%Y%m%d%H%M%S+00'00')")
    return stream.getvalue().replace(FIXED_DATE, date.encode())


def _page(pen: Pen, page: Cover | Slide, number: int, mark: str | None) -> None:
    if isinstance(page, Cover):
        _cover(pen, page)
    else:
        _slide(pen, page)
    pen.lines(page.footer, FOOTER_BOX.x, FOOTER_BOX.y, NOTE, "muted")
    pen.line(str(number), PAGE_BOX.x + PAGE_BOX.width, PAGE_BOX.y + NOTE, NOTE, "muted", from_right=True)
    if mark:
        pen.line(mark, MARK_BOX.x + MARK_BOX.width, MARK_BOX.y + NOTE + 2, NOTE, "bad", True, from_right=True)
    if pen.has_boxed:
        pen.line(f"{BOX} {BOXED}", MARGIN, MARK_BOX.y + NOTE + 2, NOTE, "bad")


def _cover(pen: Pen, cover: Cover) -> None:
    heading, client, details = cover_boxes(cover)
    pen.line(cover.heading, heading.x, heading.y + 16, 16, "accent", True)
    pen.lines(cover.client, client.x, client.y, cover.size, "ink", True, 1.15)
    pen.lines(cover.details, details.x, details.y, 16, "muted", leading=1.5)


def _slide(pen: Pen, slide: Slide) -> None:
    title, subtitle = title_boxes(slide)
    pen.lines(slide.title, title.x, title.y, HEADLINE, "ink", True)
    pen.line(slide.subtitle, subtitle.x, subtitle.y + TEXT, TEXT, "muted")
    for block in slide.blocks:
        match block:
            case Chart():
                _chart(pen, block)
            case Table():
                _table(pen, block)
            case Tiles():
                _tiles(pen, block)
            case Words():
                _words(pen, block)


def _words(pen: Pen, words: Words) -> None:
    y = words.box.y
    for lines in words.paragraphs:
        pen.lines(lines, words.box.x, y, TEXT)
        y += TEXT * LEADING * (len(lines) + 0.5)


def _tiles(pen: Pen, tiles: Tiles) -> None:
    box = tiles.box
    width_ = (box.width - TILE_GAP * (len(tiles.tiles) - 1)) / len(tiles.tiles)
    for index, tile in enumerate(tiles.tiles):
        left = box.x + index * (width_ + TILE_GAP)
        pen.canvas.setFillColor(HexColor(colour("ground")))
        pen.canvas.rect(left, HEIGHT - box.y - box.height, width_, box.height, stroke=0, fill=1)
        x = left + TILE_PADDING
        pen.line(tile.label, x, box.y + TILE_PADDING + TEXT, TEXT, "muted")
        pen.line(tile.value, x, box.y + TILE_PADDING + TEXT + 8 + NUMBER * 1.1, NUMBER, "ink", True)
        pen.lines(tile.detail, x, box.y + TILE_PADDING + TEXT + 16 + NUMBER * 1.3, TEXT)


def _table(pen: Pen, table: Table) -> None:
    box, height = table.box, table.row_height
    pen.line(table.caption, box.x, box.y + TEXT, TEXT, "ink", True)
    top = box.y + CAPTION_HEIGHT
    titles = tuple(column.title for column in table.columns)
    for row, cells in enumerate((titles, *table.rows)):
        is_header, is_total = row == 0, table.is_total and row == len(table.rows)
        size, token = (NOTE, "muted") if is_header else (TEXT, "ink")
        x = box.x
        for text, column in zip(cells, table.columns, strict=True):
            room = box.width * column.share
            at = x + room - CELL_PADDING if column.is_number else x + CELL_PADDING
            baseline = top + (row + 0.5) * height + size * 0.36
            pen.line(text, at, baseline, size, token, is_header or is_total, column.is_number)
            x += room
        pen.canvas.setStrokeColor(HexColor(colour("muted" if is_header else "total" if is_total else "hairline")))
        pen.canvas.setLineWidth(0.75)
        y = HEIGHT - top - (row + 1) * height
        pen.canvas.line(box.x, y, box.x + box.width, y)


def _chart(pen: Pen, chart: Chart) -> None:
    box = chart.box
    pen.line(chart.caption, box.x, box.y + TEXT, TEXT, "ink", True)
    has_key = len(chart.series) > 1
    if has_key:
        _key(pen, chart)
    height = box.height - CAPTION_HEIGHT - (KEY_HEIGHT if has_key else 0)
    drawing = Drawing(box.width, height)
    drawing.add(_bars(chart, Box(AXIS_ROOM, LABEL_ROOM, box.width - AXIS_ROOM, height - LABEL_ROOM - NOTE)))
    renderPDF.draw(drawing, pen.canvas, box.x, HEIGHT - box.y - box.height)


def _key(pen: Pen, chart: Chart) -> None:
    """The names of the series in their colours, under the caption."""
    x, y = chart.box.x, chart.box.y + CAPTION_HEIGHT
    for series in chart.series:
        pen.canvas.setFillColor(HexColor(colour(series.colour)))
        pen.canvas.rect(x, HEIGHT - y - NOTE, NOTE - 2, NOTE - 2, stroke=0, fill=1)
        pen.line(series.name, x + NOTE + 2, y + NOTE - 1, NOTE, "muted")
        x += NOTE + 2 + width(series.name, NOTE) + 16


def _bars(chart: Chart, box: Box) -> VerticalBarChart:
    bars = VerticalBarChart()
    bars.x, bars.y, bars.width, bars.height = box.x, box.y, box.width, box.height
    bars.data = [list(series.values) for series in chart.series]
    bars.groupSpacing, bars.barSpacing, bars.barWidth = 6, 0, 10
    lowest, highest, step = bounds(chart)
    values, categories = bars.valueAxis, bars.categoryAxis
    values.valueMin, values.valueMax, values.valueStep = lowest, highest, step
    values.labelTextFormat = lambda value: written(chart.format, value)
    values.visibleAxis = values.visibleTicks = False
    values.visibleGrid, values.gridStrokeColor, values.gridStrokeWidth = True, HexColor(colour("hairline")), 0.5
    values.gridStart, values.gridEnd = box.x, box.x + box.width
    categories.categoryNames = [name.translate(PLAIN) for name in chart.categories]
    categories.visibleTicks = False
    categories.strokeColor = HexColor(colour("muted"))
    categories.labelAxisMode = "low"
    for labels in (values.labels, categories.labels):
        labels.fontName, labels.fontSize, labels.fillColor = REGULAR, NOTE, HexColor(colour("muted"))
    if chart.kind is Kind.STACKED:
        categories.style = "stacked"
    for index, series in enumerate(chart.series):
        bars.bars[index].fillColor = HexColor(colour(series.colour))
        bars.bars[index].strokeColor = None
        for place, value in enumerate(series.values):
            if chart.limit is not None and value is not None and value > chart.limit:
                bars.bars[(index, place)].fillColor = HexColor(colour("bad"))
                bars.bars[(index, place)].strokeColor = None
    if chart.has_labels:
        _label(bars, chart)
    return bars


def _label(bars: VerticalBarChart, chart: Chart) -> None:
    is_stacked = chart.kind is Kind.STACKED
    bars.barLabelFormat = lambda value: (
        written(chart.format, value) if value or chart.format is not Format.COUNT else ""
    )
    bars.barLabels.fontName, bars.barLabels.fontSize = REGULAR, NOTE
    bars.barLabels.fillColor = HexColor(colour("surface" if is_stacked else "ink"))
    if is_stacked:
        bars.barLabels.boxTarget, bars.barLabels.boxAnchor = "mid", "c"
    else:
        bars.barLabels.nudge = NOTE * 0.7
