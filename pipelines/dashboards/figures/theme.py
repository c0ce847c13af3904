"""The look of every figure and page: colours in two themes, type, and the layout all charts share.

One meaning, one colour, everywhere. The palette is blue against orange with greys, so that it holds for readers with
any colour vision; a test measures its contrasts in both themes and its distances under simulated colour blindness.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# name: (light, dark). Light values are unique, because a page maps them to the dark ones by value.
TOKENS: dict[str, tuple[str, str]] = {
    "ground": ("#f6f7f9", "#0e1319"),
    "surface": ("#ffffff", "#161c24"),
    "hairline": ("#dde2e8", "#2b343f"),
    "ink": ("#17202b", "#e9edf2"),
    "muted": ("#586473", "#a3aebb"),
    "accent": ("#1d5fa6", "#78b2ef"),
    "good": ("#1c5d9f", "#7db5f0"),
    "bad": ("#b0480a", "#f49a55"),
    "total": ("#25303d", "#ccd4dd"),
    "reported": ("#67788c", "#93a3b5"),
    "new": ("#174f8a", "#a9d0f7"),
    "reactivation": ("#2a70b8", "#7ab3ec"),
    "expansion": ("#4388cf", "#4f8fd3"),
    "contraction": ("#d9752a", "#d07a35"),
    "churn": ("#a8430b", "#f6a263"),
    "neutral": ("#7a8795", "#8693a1"),
    "band_target": ("#e6effa", "#16293d"),
    "band_acceptable": ("#f3f4f6", "#1c232c"),
    "band_at_risk": ("#fdefe4", "#33241a"),
    "heat_far_below": ("#eda06a", "#8a4a17"),
    "heat_below": ("#f8cfae", "#5c3518"),
    "heat_above": ("#c3dbf4", "#1e4064"),
    "heat_far_above": ("#8ebbe9", "#2a5f96"),
}

FONT = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, Inter, system-ui, sans-serif"
LABEL_SIZE = 13
NOTE_SIZE = 12
BAND_COLOURS = {"target": "band_target", "acceptable": "band_acceptable", "at_risk": "band_at_risk"}


def colour(name: str) -> str:
    """The light colour of a token; KeyError for a name that is none."""
    return TOKENS[name][0]


def dark_colours() -> dict[str, str]:
    """Light colour to dark colour, for the page's exchange of themes."""
    return dict(TOKENS.values())


def css_variables(theme: int) -> dict[str, str]:
    """Custom properties of a theme (0 light, 1 dark) by name, `band_target` as `--band-target`."""
    return {f"--{name.replace('_', '-')}": values[theme] for name, values in TOKENS.items()}


@dataclass(frozen=True)
class Figure:
    """A figure as plotly.js takes it: its traces, and the layout around them.

    Plotly's own class checks and copies every property, which takes longer than all else of a page. The tests make
    that check once for each kind of figure instead.
    """

    data: list[dict[str, Any]]
    layout: dict[str, Any]


def label(text: str) -> str:
    """Text from data for use in a figure: Plotly reads a small HTML dialect, so nothing of it may come from data."""
    return html.escape(text, quote=False)


def layout(height: int, **changes: Any) -> dict[str, Any]:
    """The layout all figures share; `changes` replace its keys.

    The page gives the title as text above the figure, so a figure has none; there is no legend, lines and bars carry
    their labels.
    """
    return {
        "template": {},
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 32},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "font": {"family": FONT, "size": LABEL_SIZE, "color": colour("ink")},
        "hoverlabel": {
            "bgcolor": colour("surface"),
            "bordercolor": colour("hairline"),
            "font": {"family": FONT, "size": LABEL_SIZE, "color": colour("ink")},
        },
        "dragmode": False,
        **changes,
    }


def ids(paths: Sequence[str]) -> list[str]:
    """Paths to follow as the `ids` of a trace's points, empty = none. Plotly draws only one point of each id."""
    seen: dict[str, int] = {}
    found = []
    for path in paths:
        seen[path] = seen.get(path, 0) + 1
        found.append(path if path and seen[path] == 1 else f"{path}#{seen[path]}")
    return found


def axis(**changes: Any) -> dict[str, Any]:
    """A quiet axis: no grid, no line, no zooming by accident."""
    return {
        "showgrid": False,
        "zeroline": False,
        "showline": False,
        "ticks": "",
        "fixedrange": True,
        "tickfont": {"size": NOTE_SIZE, "color": colour("muted")},
        **changes,
    }


def note(text: str, **placement: Any) -> dict[str, Any]:
    """A direct label; `placement` holds the keys of a Plotly annotation."""
    return {"text": text, "showarrow": False, "font": {"size": NOTE_SIZE, "color": colour("muted")}, **placement}
