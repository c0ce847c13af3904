"""`tenure alerts`: try the addresses, show or send the digest."""

from pipelines.alerts.delivery import Outcome, deliver
from pipelines.alerts.digest import digest
from pipelines.alerts.events import trial_alert
from pipelines.alerts.message import Alert
from pipelines.errors import UserError
from pipelines.settings import Settings


def tried(settings: Settings) -> list[Outcome]:
    """Send a test message to every address. Raises UserError where none is configured."""
    _need_addresses(settings)
    return deliver(settings.alerts, trial_alert(settings))


def digest_text(alert: Alert) -> str:
    """The digest as it is read in a terminal."""
    return f"{alert.title}\n\n{alert.plain}\n"


def send_digest(settings: Settings) -> list[Outcome]:
    """Send the digest of the live release now. Raises UserError without a release or an address."""
    _need_addresses(settings)
    return deliver(settings.alerts, digest(settings))


def _need_addresses(settings: Settings) -> None:
    if not settings.alerts.urls:
        raise UserError(
            "no alert address is configured",
            where=str(settings.home / "tenure.toml"),
            done="nothing was sent",
            do=f"name some: alerts.urls, or the environment variable {settings.alerts.urls_from} (docs/alerts.md)",
        )
