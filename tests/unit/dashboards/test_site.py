"""The page is one file that fetches nothing, runs nothing of the data, and reads in both themes."""

import base64
import gzip
import hashlib
import itertools
import json
import re
from html.parser import HTMLParser

import pytest
from plotly.offline import get_plotlyjs_version

from pipelines.dashboards.figures import theme
from pipelines.dashboards.figures.sparkline import sparkline
from pipelines.dashboards.meta import SiteMeta
from pipelines.dashboards.pages.context import Context
from pipelines.dashboards.pages.question import Question
from pipelines.dashboards.pages.registry import PAGES
from pipelines.dashboards.site import PLOTLY, file_stem, render
from pipelines.serving.principal import LEADERSHIP
from pipelines.serving.release import Release

HOSTILE = (
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "<!--<script>",
    "javascript:alert(1)",
    "{{ 7 * 7 }}",
)


class Elements(HTMLParser):
    """Start tags with their attributes, and the text of script elements."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.text: list[str] = []
        self.is_script = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.is_script = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        self.is_script = False

    def handle_data(self, data: str) -> None:
        if self.is_script:
            self.scripts.append((self.tags[-1][1], data))
        else:
            self.text.append(data)


def site_of(release: Release, meta: SiteMeta) -> str:
    """The site with the overview alone, whose numbers the small company has."""
    context = Context(release, Question(), meta.units, LEADERSHIP, meta.as_of_on)
    return render([(PAGES[0], PAGES[0].build(context))], meta)


@pytest.fixture
def html(company, meta: SiteMeta) -> str:
    return site_of(company(), meta)


def unpacked_plotly(elements: Elements) -> str:
    packed = next(text for attributes, text in elements.scripts if attributes.get("id") == "plotly")
    return gzip.decompress(base64.b64decode(packed)).decode("utf-8")


def test_the_page_refers_to_nothing_outside_itself(html: str) -> None:
    own = re.sub(r'<script type="text/plain" id="plotly">[^<]*', "", html)
    assert len(own) < len(html)
    assert not re.search(r"https?://|//[a-z0-9-]+\.[a-z]", own.replace("http://www.w3.org/2000/svg", ""))
    assert "@import" not in own and "url(" not in own
    for tag, attributes in Elements(own).tags:
        assert "src" not in attributes
        assert (attributes.get("href") or "#").startswith(("#", "data:,", "dictionary.html")), tag


def test_only_the_scripts_of_the_page_may_run_and_nothing_may_be_fetched(html: str) -> None:
    elements = Elements(html)
    policy = next(
        a["content"] for tag, a in elements.tags if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy and policy.startswith("default-src 'none'")
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
    running = [text for attributes, text in elements.scripts if "type" not in attributes]
    assert len(running) == 2
    for script in (*running, unpacked_plotly(elements)):
        assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in policy


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text(company, meta: SiteMeta, name: str) -> None:
    quoted = "'" + name.replace("'", "''") + "'"
    change = f"""
        update marts.dim_clients set client_name = {quoted};
        update marts.dim_account_managers set am_name = {quoted};
        update marts.fct_churn set churn_category = {quoted} where client_id = 'c1';
        update ops.load_files set source = {quoted}, entity = {quoted} where entity = 'invoices';
    """
    html = site_of(company(change), meta)
    clean = Elements(site_of(company(), meta))
    found = Elements(html)
    assert [tag for tag, _ in found.tags] == [tag for tag, _ in clean.tags]
    assert name in found.text
    assert not any(key.startswith("on") for _, attributes in found.tags for key in attributes)
    data = next(text for attributes, text in found.scripts if attributes.get("id") == "data")
    labels = json.loads(data)["figures"]["overview-churn"]["wide"]["layout"]["yaxis"]["ticktext"]
    assert not any("<" in label for label in labels)


def test_every_figure_has_its_data_a_sentence_as_alt_text_and_a_table(html: str) -> None:
    elements = Elements(html)
    data = json.loads(next(text for attributes, text in elements.scripts if attributes.get("id") == "data"))
    boxes = [attributes for _, attributes in elements.tags if "data-figure" in attributes]
    assert (
        {box["data-figure"] for box in boxes}
        == set(data["figures"])
        >= {f"overview-{key}" for key in ("waterfall", "churn", "nrr", "grr")}
    )
    tables = {attributes["data-table"] for _, attributes in elements.tags if "data-table" in attributes}
    for box in boxes:
        assert re.search(r"\d.*\. ", box["aria-label"] or "")
        assert box["data-figure"] in tables


def test_the_page_names_its_release_and_date(html: str) -> None:
    assert "r-1" in html and "3 Jul 2026" in html and "constant currency (rates of 31 Dec 2025)" in html


def test_the_same_release_gives_the_same_bytes(company, meta: SiteMeta) -> None:
    release = company()
    assert site_of(release, meta) == site_of(release, meta)


@pytest.mark.parametrize(("am_id", "is_kept"), [("005A1", True), ("../x", False), ("a/b", False), ("", False)])
def test_an_id_is_never_a_path(am_id: str, is_kept: bool) -> None:
    found = file_stem(am_id)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", found)
    assert (found == am_id) is is_kept


def test_an_empty_release_still_gives_a_page(company, meta: SiteMeta) -> None:
    html = site_of(company(rows=False), meta)
    assert "There is no revenue to show yet." in html


def test_a_sparkline_leaves_gaps_open_and_marks_the_last_value() -> None:
    svg = sparkline([1.0, 2.0, None, 3.0, 4.0, None], "a < b", target=2.0)
    assert svg.count("<polyline") == 2
    assert 'aria-label="a &lt; b"' in svg
    assert sparkline([None, None], "nothing") == ""


def luminance(rgb: tuple[float, ...]) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def rgb(name: str, dark: int) -> tuple[float, ...]:
    value = theme.TOKENS[name][dark]
    return tuple(int(value[i : i + 2], 16) / 255 for i in (1, 3, 5))


def contrast(one: str, other: str, dark: int) -> float:
    light, deep = sorted((luminance(rgb(one, dark)), luminance(rgb(other, dark))), reverse=True)
    return (light + 0.05) / (deep + 0.05)


@pytest.mark.parametrize("dark", [0, 1])
def test_text_and_marks_have_contrast_in_both_themes(dark: int) -> None:
    for text, ground in itertools.product(("ink", "muted", "accent", "good", "bad"), ("surface", "ground")):
        assert contrast(text, ground, dark) >= 4.5, (text, ground)
    for text, ground in (
        ("good", "band_target"),
        ("bad", "band_at_risk"),
        ("muted", "band_target"),
        ("muted", "band_at_risk"),
    ):
        assert contrast(text, ground, dark) >= 4.5, (text, ground)
    marks = ("total", "reported", "new", "reactivation", "expansion", "contraction", "churn", "neutral")
    for mark in marks:
        assert contrast(mark, "surface", dark) >= 3.0, mark


# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
COLOUR_BLINDNESS = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
}


@pytest.mark.parametrize("kind", COLOUR_BLINDNESS)
@pytest.mark.parametrize("dark", [0, 1])
def test_up_and_down_differ_for_colour_blind_readers(kind: str, dark: int) -> None:
    def seen(name: str) -> tuple[float, ...]:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb(name, dark)]
        return tuple(sum(w * c for w, c in zip(row, linear, strict=True)) for row in COLOUR_BLINDNESS[kind])

    for up, down in itertools.product(("good", "new", "reactivation", "expansion"), ("bad", "contraction", "churn")):
        distance = sum((a - b) ** 2 for a, b in zip(seen(up), seen(down), strict=True)) ** 0.5
        assert distance > 0.2, (up, down)


def test_every_colour_of_a_figure_can_be_exchanged_for_the_dark_theme() -> None:
    assert len({light for light, _ in theme.TOKENS.values()}) == len(theme.TOKENS)


def test_the_script_that_draws_is_that_of_the_library() -> None:
    assert f"v{get_plotlyjs_version()}" in PLOTLY.read_text(encoding="utf-8")[:200]
