"""A deck as PPTX: native titles, tables and charts, so that every word and number can be edited. No pictures.

The same deck gives the same bytes: what PowerPoint's format dates or times is set from the release.
"""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Sequence
from typing import Any  # python-pptx has no types for what its shapes are in the end

from lxml import etree
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION, XL_TICK_MARK
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Emu, Pt

from pipelines.dashboards.figures.theme import colour
from pipelines.qbr.axis import bounds
from pipelines.qbr.deck import (
    FOOTER_BOX,
    HEADLINE,
    HEIGHT,
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
from pipelines.qbr.words import CAPTION_HEIGHT, CELL_PADDING

FONT = "Arial"  # everywhere at hand, and its widths are those the text was measured with
TITLE_ONLY = 5  # the layout of the template that has a title and nothing else
# The template's palette becomes the dashboards', so that what somebody adds looks like the rest.
ACCENTS = ("total", "neutral", "good", "bad", "accent", "reported")
NO_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip entry can have


def pptx_of(deck: Deck) -> bytes:
    """The whole presentation."""
    presentation = Presentation()
    _adapt_template(presentation)
    _properties(presentation, deck)
    _cover(presentation, deck.cover, deck.mark)
    for number, slide in enumerate(deck.slides, start=2):
        _slide(presentation, slide, number, deck.mark)
    stream = io.BytesIO()
    presentation.save(stream)
    return _settled(stream.getvalue(), deck.created_at)


def _adapt_template(presentation: Any) -> None:
    """Wide pages, our type and colours; the layouts are stretched, so that a slide somebody adds fits the page."""
    stretch = Pt(WIDTH) / presentation.slide_width
    presentation.slide_width, presentation.slide_height = Pt(WIDTH), Pt(HEIGHT)
    master = presentation.slide_master
    for part in (master, *presentation.slide_layouts):
        for shape in part.shapes:
            if shape.is_placeholder and shape.element.spPr.find(qn("a:xfrm")) is not None:
                shape.left, shape.width = int(shape.left * stretch), int(shape.width * stretch)
    theme = next(rel.target_part for rel in master.part.rels.values() if rel.reltype.endswith("/theme"))
    xml = theme.blob.decode("utf-8").replace('<a:latin typeface="Calibri"/>', f'<a:latin typeface="{FONT}"/>')
    for index, name in enumerate(ACCENTS, start=1):
        xml = re.sub(rf'(<a:accent{index}><a:srgbClr val=")[0-9A-F]{{6}}', rf"\g<1>{colour(name)[1:].upper()}", xml)
    theme.blob = xml.encode("utf-8")


def _properties(presentation: Any, deck: Deck) -> None:
    properties = presentation.core_properties
    moment = deck.created_at.astimezone(dt.UTC).replace(tzinfo=None)
    properties.title, properties.author, properties.last_modified_by = deck.title[:255], deck.author[:255], "Tenure"
    properties.created = properties.modified = moment
    properties.revision = 1


def _cover(presentation: Any, cover: Cover, mark: str | None) -> None:
    page = presentation.slides.add_slide(presentation.slide_layouts[TITLE_ONLY])
    heading, client, details = cover_boxes(cover)
    _text(page, heading, (cover.heading,), 16, "accent", is_bold=True)
    _title(page, client, cover.client, cover.size)
    _text(page, details, cover.details, 16, "muted", gap=4)
    _frame(page, cover.footer, 1, mark)


def _slide(presentation: Any, slide: Slide, number: int, mark: str | None) -> None:
    page = presentation.slides.add_slide(presentation.slide_layouts[TITLE_ONLY])
    title, subtitle = title_boxes(slide)
    _title(page, title, slide.title, HEADLINE)
    _text(page, subtitle, (slide.subtitle,), TEXT, "muted")
    for block in slide.blocks:
        match block:
            case Chart():
                _chart(page, block)
            case Table():
                _table(page, block)
            case Tiles():
                _tiles(page, block)
            case Words():
                _text(page, block.box, tuple(" ".join(lines) for lines in block.paragraphs), TEXT, "ink", gap=TEXT / 2)
    _frame(page, slide.footer, number, mark)
    if slide.note:
        page.notes_slide.notes_text_frame.text = slide.note


def _frame(page: Any, footer: tuple[str, ...], number: int, mark: str | None) -> None:
    _text(page, FOOTER_BOX, footer, NOTE, "muted", name="Footer")
    _text(page, PAGE_BOX, (str(number),), NOTE, "muted", align=PP_ALIGN.RIGHT, name="Page")
    if mark:
        _text(page, MARK_BOX, (mark,), NOTE, "bad", is_bold=True, align=PP_ALIGN.RIGHT, name="Provisional")


def _place(shape: Any, box: Box) -> None:
    shape.left, shape.top, shape.width, shape.height = Pt(box.x), Pt(box.y), Pt(box.width), Pt(box.height)


def _title(page: Any, box: Box, lines: Sequence[str], size: int) -> None:
    shape = page.shapes.title
    _place(shape, box)
    _fill(shape.text_frame, (" ".join(lines),), size, "ink", is_bold=True)


def _text(
    page: Any, box: Box, paragraphs: Sequence[str], size: int, token: str, is_bold: bool = False,
    align: PP_ALIGN = PP_ALIGN.LEFT, gap: float = 0, name: str | None = None,
) -> None:  # fmt: skip
    shape = page.shapes.add_textbox(0, 0, 0, 0)
    _place(shape, box)
    if name:
        shape.name = name
    _fill(shape.text_frame, paragraphs, size, token, is_bold, align, gap)


def _fill(
    frame: Any, paragraphs: Sequence[str], size: int, token: str, is_bold: bool = False,
    align: PP_ALIGN = PP_ALIGN.LEFT, gap: float = 0,
) -> None:  # fmt: skip
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    frame.word_wrap, frame.auto_size, frame.vertical_anchor = True, MSO_AUTO_SIZE.NONE, MSO_ANCHOR.TOP
    for index, text in enumerate(paragraphs):
        paragraph = frame.paragraphs[0] if index == 0 else frame.add_paragraph()
        paragraph.alignment = align
        paragraph.space_before = Pt(0 if index == 0 else gap)
        _run(paragraph, text, size, token, is_bold)


def _run(paragraph: Any, text: str, size: int, token: str, is_bold: bool = False) -> None:
    run = paragraph.add_run()
    run.text = text
    run.font.size, run.font.bold, run.font.color.rgb = Pt(size), is_bold, _rgb(token)


def _rgb(token: str) -> RGBColor:
    return RGBColor.from_string(colour(token)[1:].upper())


def _tiles(page: Any, tiles: Tiles) -> None:
    width = (tiles.box.width - TILE_GAP * (len(tiles.tiles) - 1)) / len(tiles.tiles)
    for index, tile in enumerate(tiles.tiles):
        left = tiles.box.x + index * (width + TILE_GAP)
        ground = page.shapes.add_shape(1, Pt(left), Pt(tiles.box.y), Pt(width), Pt(tiles.box.height))
        ground.name = tile.label
        ground.fill.solid()
        ground.fill.fore_color.rgb = _rgb("ground")
        ground.line.fill.background()
        ground.shadow.inherit = False
        frame = ground.text_frame
        _fill(frame, (tile.label,), TEXT, "muted")
        frame.margin_left = frame.margin_right = frame.margin_top = Pt(TILE_PADDING)
        value = frame.add_paragraph()
        value.space_before = value.space_after = Pt(8)
        _run(value, tile.value, NUMBER, "ink", True)
        for line in tile.detail:
            _run(frame.add_paragraph(), line, TEXT, "ink")
        for paragraph in frame.paragraphs:
            paragraph.alignment = PP_ALIGN.LEFT


def _table(page: Any, table: Table) -> None:
    box = table.box
    if table.caption:
        _text(page, Box(box.x, box.y, box.width, CAPTION_HEIGHT), (table.caption,), TEXT, "ink", True)
    top = box.y + CAPTION_HEIGHT
    rows = len(table.rows) + 1
    shape = page.shapes.add_table(
        rows, len(table.columns), Pt(box.x), Pt(top), Pt(box.width), Pt(table.row_height * rows)
    )
    shape.name = table.caption or "Table"
    _describe(shape, table.caption)
    grid = shape.table
    shape._element.graphic.graphicData.tbl.tblPr.find(qn("a:tableStyleId")).text = NO_STYLE
    for index, column in enumerate(table.columns):
        grid.columns[index].width = Pt(box.width * column.share)
        _cell(grid.cell(0, index), column.title, NOTE, "muted", True, column.is_number, "muted")
    for row, cells in enumerate(table.rows, start=1):
        is_total = table.is_total and row == len(table.rows)
        for index, (text, column) in enumerate(zip(cells, table.columns, strict=True)):
            _cell(
                grid.cell(row, index),
                text,
                TEXT,
                "ink",
                is_total,
                column.is_number,
                "total" if is_total else "hairline",
            )
    for row in grid.rows:
        row.height = Pt(table.row_height)


def _cell(cell: Any, text: str, size: int, token: str, is_bold: bool, is_number: bool, line: str) -> None:
    cell.margin_left = cell.margin_right = Pt(CELL_PADDING)
    cell.margin_top = cell.margin_bottom = Pt(1)
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    paragraph = cell.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.RIGHT if is_number else PP_ALIGN.LEFT
    if text:
        _run(paragraph, text, size, token, is_bold)
    else:  # what is filled in later gets the same type
        paragraph.font.size, paragraph.font.color.rgb = Pt(size), _rgb(token)
    properties = cell._tc.get_or_add_tcPr()
    border = etree.SubElement(properties, qn("a:lnB"), w=str(Emu(Pt(0.75))))
    fill = etree.SubElement(border, qn("a:solidFill"))
    etree.SubElement(fill, qn("a:srgbClr"), val=colour(line)[1:].upper())


def _describe(shape: Any, text: str) -> None:
    """Text for readers who do not see the shape."""
    shape._element.xpath(".//p:cNvPr")[0].set("descr", text)


def _chart(page: Any, chart: Chart) -> None:
    box = chart.box
    _text(page, Box(box.x, box.y, box.width, CAPTION_HEIGHT), (chart.caption,), TEXT, "ink", True)
    data = CategoryChartData(number_format=chart.format.value)
    data.categories = chart.categories
    for series in chart.series:
        data.add_series(series.name, series.values)
    kind = XL_CHART_TYPE.COLUMN_STACKED if chart.kind is Kind.STACKED else XL_CHART_TYPE.COLUMN_CLUSTERED
    shape = page.shapes.add_chart(
        kind, Pt(box.x), Pt(box.y + CAPTION_HEIGHT), Pt(box.width), Pt(box.height - CAPTION_HEIGHT), data
    )
    shape.name = chart.caption
    _describe(shape, f"{chart.caption}: {', '.join(series.name for series in chart.series)}")
    drawn = shape.chart
    drawn.font.size, drawn.font.name = Pt(NOTE), FONT
    drawn.font.color.rgb = _rgb("muted")
    drawn.has_title = False
    drawn.has_legend = len(chart.series) > 1
    if drawn.has_legend:
        drawn.legend.position, drawn.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
    axis = drawn.value_axis
    axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = chart.format.value, False
    axis.major_gridlines.format.line.color.rgb = _rgb("hairline")
    axis.format.line.fill.background()
    axis.major_tick_mark = XL_TICK_MARK.NONE
    lowest, _, axis.major_unit = bounds(chart)
    axis.minimum_scale = lowest  # the maximum stays automatic, for whoever edits the numbers
    drawn.category_axis.format.line.color.rgb = _rgb("hairline")
    drawn.category_axis.major_tick_mark = XL_TICK_MARK.NONE
    drawn.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    plot = drawn.plots[0]
    plot.gap_width, plot.overlap = 60, 100 if chart.kind is Kind.STACKED else 0
    for series, shown in zip(chart.series, plot.series, strict=True):
        shown.format.fill.solid()
        shown.format.fill.fore_color.rgb = _rgb(series.colour)
        shown.invert_if_negative = False
        for index, value in enumerate(series.values):
            if chart.limit is not None and value is not None and value > chart.limit:
                point = shown.points[index].format.fill
                point.solid()
                point.fore_color.rgb = _rgb("bad")
        if chart.has_labels:
            labels = shown.data_labels
            labels.show_value, labels.font.size = True, Pt(NOTE)
            labels.number_format, labels.number_format_is_linked = label_format(chart), False
            labels.font.color.rgb = _rgb("surface" if chart.kind is Kind.STACKED else "ink")


def label_format(chart: Chart) -> str:
    """A bar of nothing has no label."""
    return "0;-0;;" if chart.format is Format.COUNT else chart.format.value


def _settled(package: bytes, moment: dt.datetime) -> bytes:
    """The package with one time on every entry, also in the workbooks behind the charts."""
    stamp = moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            blob = source.read(name)
            if name.endswith(".xlsx"):
                blob = _settled(blob, moment)
            elif name == "docProps/core.xml":
                blob = re.sub(rb"(<dcterms:(created|modified)[^>]*>)[^<]*", rb"\g<1>" + stamp.encode(), blob)
            target.writestr(zipfile.ZipInfo(name, EPOCH), blob, zipfile.ZIP_DEFLATED)
    return stream.getvalue()
