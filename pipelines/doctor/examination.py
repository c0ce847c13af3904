"""All looks at an installation, in the order in which a refresh would meet what they look at."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from pipelines.doctor.clock import look_at_clock, look_at_time_zone
from pipelines.doctor.contents import look_at_closes, look_at_lake, look_at_policy, look_at_release
from pipelines.doctor.diagnosis import Diagnosis, of_error, ok, told
from pipelines.doctor.folders import look_at_disk, look_at_inbox, look_at_rights, look_at_secrets
from pipelines.doctor.services import look_at_alerts, look_at_copy, look_at_dagster_yaml, look_at_history
from pipelines.doctor.software import look_at_code, look_at_versions
from pipelines.doctor.work import look_at_builds, look_at_lock
from pipelines.errors import UserError
from pipelines.settings import Settings, load_settings


def examine(home: Path | None, is_deep: bool = False) -> list[Diagnosis]:
    """All diagnoses of a home. `is_deep` also reads every file of the lake and of all kept releases."""
    software = [*told("versions", look_at_versions), *told("code", look_at_code)]
    try:
        settings = load_settings(home)
    except UserError as error:
        return [*software, of_error("settings", error)]
    looks: dict[str, Callable[[Settings], Iterator[Diagnosis]]] = {
        "home": look_at_rights,
        "secrets": look_at_secrets,
        "disk": look_at_disk,
        "inbox": look_at_inbox,
        "time zone": look_at_time_zone,
        "clock": look_at_clock,
        "policy": look_at_policy,
        "lock": look_at_lock,
        "builds": look_at_builds,
        "release": partial(look_at_release, is_deep=is_deep),
        "lake": partial(look_at_lake, is_deep=is_deep),
        "closes": look_at_closes,
        "dagster": look_at_dagster_yaml,
        "schedule": look_at_history,
        "copy": look_at_copy,
        "alerts": look_at_alerts,
    }
    found = [_settings(settings)]
    for name, look in looks.items():
        found += told(name, partial(look, settings))
    return [*software, *found]


def _settings(settings: Settings) -> Diagnosis:
    return ok(
        "settings",
        f"{settings.reporting_currency} at rates of {settings.fx_baseline_on}, as of {settings.as_of}, "
        f"{settings.keep_releases} releases kept",
    )
