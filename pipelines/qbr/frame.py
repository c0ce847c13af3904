"""What all slides share: title and subtitle broken to their boxes, and the footer that names the source."""

from collections.abc import Sequence

from pipelines.dashboards.wording import date
from pipelines.qbr.deck import FOOTER_BOX, FULL, HEADLINE, NOTE, TEXT, Block, Slide
from pipelines.qbr.facts import Facts
from pipelines.qbr.text import fit, wrap

TITLE_LINES = 2
CLIENT_IN_FOOTER = 260.0


def slide(
    facts: Facts,
    name: str,
    title: str,
    subtitle: str,
    blocks: Sequence[Block],
    definitions: str,
    note: str | None = None,
) -> Slide:
    return Slide(
        name,
        wrap(title, FULL.width, HEADLINE, TITLE_LINES, True),
        fit(subtitle, FULL.width, TEXT),
        tuple(blocks),
        footer_of(facts, definitions),
        note,
    )


def footer_of(facts: Facts, definitions: str) -> tuple[str, ...]:
    """How the numbers are defined, and the release they come from."""
    run = facts.run
    source = f"Source: Tenure release {run.release_id}, figures as of {date(run.as_of_on)}"
    client = fit(facts.client.name, CLIENT_IN_FOOTER, NOTE)
    lines = (definitions, f"{client} · {facts.period.label} · {source}")
    return tuple(fit(line, FOOTER_BOX.width, NOTE) for line in lines if line)
