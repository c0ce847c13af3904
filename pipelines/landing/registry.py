"""Which connectors a home has: those of its mapping files, then the built-in ones.

Mapping files are asked first, because a person wrote them for this company's files on purpose.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from pipelines.landing.connector import Connector
from pipelines.landing.connectors import CONNECTORS
from pipelines.landing.mapped import mapped_connectors


class HasMappings(Protocol):
    """The part of the settings that says where mapping files lie."""

    @property
    def mappings(self) -> Path: ...


def connectors_of(settings: HasMappings) -> dict[str, Connector]:
    """All connectors by name, in the order in which they are asked. Raises UserError for an unusable mapping file."""
    return {**mapped_connectors(settings.mappings, CONNECTORS), **CONNECTORS}
