"""Delivers an alert to every configured address through Apprise, with its retries. It never raises or tells a secret.

Apprise remembers which recipients of an address have a message already, so a retry gives nobody a second one.
"""

import logging
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pipelines.alerts.message import Alert, safe
from pipelines.settings import AlertSettings

if TYPE_CHECKING:
    from apprise import AppriseAsset, NotifyBase
    from apprise.result import NotifyResult

LOGGERS = ("apprise", "urllib3", "requests")
SECONDS_AN_ATTEMPT = 10.0  # Apprise waits at most 4 s to connect and 4 s for an answer
# Plain webhooks: Apprise masks the tokens of services that it knows, and not what stands in these addresses.
GENERIC = frozenset({"json", "jsons", "xml", "xmls", "form", "forms", "apprise", "apprises"})
HAS_HOST = GENERIC | {"http", "https", "mailto", "mailtos"}
SHORTEST_SECRET = 5


@dataclass(frozen=True)
class Outcome:
    """What became of an alert at one address. `place` is the address without its secrets."""

    place: str
    arrived: bool
    attempts: int
    reason: str = ""

    def __str__(self) -> str:
        if self.arrived:
            return f"arrived at {self.place}" + (f" ({self.attempts} attempts)" if self.attempts > 1 else "")
        return f"did not arrive at {self.place}: {self.reason} ({self.attempts} attempts)"


def deliver(settings: AlertSettings, alert: Alert) -> list[Outcome]:
    """Send to all addresses at once; one outcome each, in their order. Never raises."""
    if not settings.urls:
        return []
    with _quiet(), ThreadPoolExecutor(len(settings.urls)) as pool:
        urls = [url.get_secret_value() for url in settings.urls]
        return list(pool.map(lambda numbered: _deliver_one(settings, alert, *numbered), enumerate(urls, start=1)))


def summary(outcomes: Sequence[Outcome]) -> str:
    """All outcomes in a line; an address at which it did not arrive is named."""
    missed = [str(outcome) for outcome in outcomes if not outcome.arrived]
    return "; ".join([f"{len(outcomes) - len(missed)} of {len(outcomes)} arrived", *missed])


def _deliver_one(settings: AlertSettings, alert: Alert, number: int, url: str) -> Outcome:
    place = f"address {number}"
    try:
        from apprise import Apprise

        service = Apprise.instantiate(url, asset=_asset(settings), suppress_exceptions=True)
        if service is None:
            scheme = url.partition("://")[0] if "://" in url else "no scheme"
            return Outcome(f"{place} ({safe(scheme)[:20]})", False, 0, "it is no address that Apprise understands")
        place = _place(service)
        return _sent(service, alert, place, url)
    except Exception as error:  # whatever a plugin does, the refresh goes on
        return Outcome(place, False, 1, type(error).__name__)


def _sent(service: "NotifyBase", alert: Alert, place: str, url: str) -> Outcome:
    from apprise import Apprise, NotifyFormat, NotifyType

    post = Apprise(asset=service.asset)
    post.add(service)
    wants_marks = service.resolve_format(NotifyFormat.MARKDOWN) is not NotifyFormat.TEXT and not _is_generic(service)
    result = post.notify(
        body=alert.markdown if wants_marks else alert.plain,
        title=alert.title,
        body_format=NotifyFormat.MARKDOWN if wants_marks else NotifyFormat.TEXT,
        notify_type=NotifyType.INFO if alert.kind in (None, "digest") else NotifyType.WARNING,
    )
    attempts = [attempt for each in result for attempt in each.attempts]
    reason = "" if result else without_secrets(_reason(list(result)), url)
    return Outcome(place, bool(result), len(attempts), reason)


def _reason(results: "Sequence[NotifyResult]") -> str:
    """What the last attempt said, in a line."""
    said = [entry.message for result in results for attempt in result.attempts[-1:] for entry in attempt.logs]
    return safe(" ".join(said)).rstrip(".") or "no reason was given"


def without_secrets(text: str, url: str) -> str:
    """The text without any part of the address that may be secret: all but the host, where it names a machine."""
    scheme, _, rest = url.partition("://")
    host = rest.partition("/")[0].partition("?")[0].rpartition("@")[2].partition(":")[0] if scheme in HAS_HOST else ""
    parts = {part for form in (rest, unquote(rest)) for part in re.split(r"[/:@?&=+#]", form)} - {host}
    for part in sorted((part for part in parts if len(part) >= SHORTEST_SECRET), key=len, reverse=True):
        text = text.replace(part, "…")
    return text


def _place(service: "NotifyBase") -> str:
    """Apprise's private form of the address, without its query; of a plain webhook only the host."""
    place = str(service.url(privacy=True)).partition("?")[0]
    if _is_generic(service):
        scheme, _, rest = place.partition("://")
        place = f"{scheme}://{rest.partition('/')[0].rpartition('@')[2]}"
    return place


def _is_generic(service: "NotifyBase") -> bool:
    return str(service.url(privacy=True)).partition("://")[0] in GENERIC


def _asset(settings: AlertSettings) -> "AppriseAsset":
    from apprise import AppriseAsset

    each = SECONDS_AN_ATTEMPT + settings.retry_wait_seconds
    return AppriseAsset(
        app_id="Tenure",
        app_desc="Tenure",
        app_url="",
        image_url_mask="",  # no picture from somebody else's server
        image_url_logo="",
        async_mode=False,
        default_service_retry=settings.retries,
        default_service_wait=settings.retry_wait_seconds,
        service_timeout=(settings.retries + 1) * each,
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what the libraries log to themselves: it names addresses, tokens and all. The outcome says what matters."""
    loggers, nowhere = [logging.getLogger(name) for name in LOGGERS], logging.NullHandler()
    before = [(logger.level, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.WARNING)
        logger.propagate = False
        logger.addHandler(nowhere)
    try:
        yield
    finally:
        for logger, (level, propagate) in zip(loggers, before, strict=True):
            logger.setLevel(level)
            logger.propagate = propagate
            logger.removeHandler(nowhere)
