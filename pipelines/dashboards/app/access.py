"""Who asks: the principal of the request. Without an access file, whoever sits at this machine, who sees all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.serving.principal import LEADERSHIP, Principal

if TYPE_CHECKING:
    import dash

    from pipelines.settings import Settings


@dataclass(frozen=True)
class Doors:
    """How readers come in."""

    can_sign_out: bool = False


def install_access(app: dash.Dash, settings: Settings) -> Doors:
    """Makes every request of the app carry a principal."""
    return Doors()


def current_principal() -> Principal:
    """The reader of the request that is being answered."""
    return LEADERSHIP
