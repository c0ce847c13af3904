"""The pack of one client and quarter: both files as bytes. Writes nothing and prints nothing."""

import re
import unicodedata
from dataclasses import dataclass

from pipelines.qbr.account_queries import facts_of
from pipelines.qbr.content import deck_of
from pipelines.qbr.pdf_deck import pdf_of
from pipelines.qbr.pptx_deck import pptx_of
from pipelines.qbr.scope import Client, Period, find_client, period_of, run_of
from pipelines.serving.release import Release

SLUG = 40


@dataclass(frozen=True)
class Pack:
    """A review as two files. `is_internal` says that the PPTX has notes that the client must not see."""

    client: Client
    period: Period
    pptx: bytes
    pdf: bytes
    is_internal: bool

    @property
    def stem(self) -> str:
        """The files' name without its ending: quarter, the client's name in plain letters, its id."""
        words = [f"qbr-{self.period.key}", _slug(self.client.name), _slug(self.client.client_id)]
        return "-".join(word for word in words if word) + ("-INTERNAL" if self.is_internal else "")


def qbr_pack(release: Release, client: str, quarter: str, is_internal: bool = False) -> Pack:
    """The review of a client (id, or name in any case) for a quarter such as 2026-Q3.

    Only what the release shows its reader is used: a reader of `open_release(settings, principal)` gets packs of their
    own clients. With `is_internal` the health score and its missing points stand in a speaker note of the PPTX. Raises
    UserError for an unknown or ambiguous client, and for a quarter without a complete month.
    """
    run = run_of(release)
    period = period_of(run, quarter)
    found = find_client(release, client)
    deck = deck_of(facts_of(release, run, found, period, is_internal))
    return Pack(found, period, pptx_of(deck), pdf_of(deck), is_internal)


def _slug(text: str) -> str:
    """Letters and digits that every file system and mail program takes."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain)[:SLUG].strip("-")
