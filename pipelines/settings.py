"""One typed settings object, read once and passed to everything as an argument.

Sources, later wins: `<home>/tenure.toml`, environment `TENURE_*`, flags of the command. An unknown key is an error.
Nothing here reads exports or opens a warehouse.
"""

import datetime as dt
import os
import tomllib
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from pipelines.errors import UserError

PROJECT_ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT_PREFIX = "TENURE_"
# Not settings of the warehouse: the home itself, and switches of tests and of the process.
NOT_SETTINGS = {"TENURE_HOME", "TENURE_PAUSE_AT"}


class Settings(BaseModel):
    """Settings of one home folder for one run.

    `as_of` is the last day that counts, in the company's time zone. `fx_baseline_on` is the day whose rates make
    constant currency; by default the last day of the fiscal year before `as_of`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path
    inbox: Path
    as_of: dt.date
    reporting_currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")
    fx_baseline_on: dt.date
    fiscal_year_start_month: int = Field(default=1, ge=1, le=12)
    company_time_zone: str = "UTC"
    fx_source: Literal["auto", "bundled", "files"] = "auto"
    keep_releases: int = Field(default=14, ge=1)
    sources: dict[str, dict[str, Any]] = Field(default_factory=dict)

    @field_validator("company_time_zone")
    @classmethod
    def _is_a_time_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"'{value}' is no IANA time zone (such as Europe/Berlin)")
        return value

    @model_validator(mode="before")
    @classmethod
    def _derive(cls, values: dict[str, Any]) -> dict[str, Any]:
        values = dict(values)
        values.setdefault("inbox", Path(values["home"]) / "inbox")
        values.setdefault("as_of", yesterday(str(values.get("company_time_zone", "UTC"))))
        if "fx_baseline_on" not in values:
            start_month = int(values.get("fiscal_year_start_month", 1))
            values["fx_baseline_on"] = last_day_before_fiscal_year(_as_date(values["as_of"]), start_month)
        return values

    @property
    def lake(self) -> Path:
        return self.home / "lake"

    @property
    def builds(self) -> Path:
        return self.home / "builds"

    @property
    def releases(self) -> Path:
        return self.home / "releases"

    @property
    def current(self) -> Path:
        return self.home / "current"

    @property
    def policy(self) -> Path:
        """The company's own policy seeds, laid over those shipped with the project."""
        return self.home / "policy"

    @property
    def dagster(self) -> Path:
        return self.home / "dagster"


def yesterday(time_zone: str) -> dt.date:
    """The day before today in the time zone; UTC where the name is no time zone (validation reports it)."""
    zone = ZoneInfo(time_zone) if time_zone in available_timezones() else dt.UTC
    return dt.datetime.now(zone).date() - dt.timedelta(days=1)


def last_day_before_fiscal_year(as_of: dt.date, start_month: int) -> dt.date:
    """The last day of the fiscal year before the one that holds `as_of`."""
    year = as_of.year if as_of.month >= start_month else as_of.year - 1
    return dt.date(year, start_month, 1) - dt.timedelta(days=1)


def load_settings(home: Path | None = None, **flags: Any) -> Settings:
    """Settings of a home folder: its `tenure.toml`, then the environment, then `flags` (None = not given).

    Raises UserError naming the key and where it came from.
    """
    folder = (home or Path(os.environ.get("TENURE_HOME") or PROJECT_ROOT / "data")).expanduser().absolute()
    values: dict[str, Any] = {"home": folder}
    origins: dict[str, str] = {}
    for origin, part in (
        (str(folder / "tenure.toml"), _from_file(folder / "tenure.toml")),
        ("environment", _from_environment()),
        ("command line", {k: v for k, v in flags.items() if v is not None}),
    ):
        values.update(part)
        origins.update(dict.fromkeys(part, origin))
    if "inbox" in values:
        values["inbox"] = Path(values["inbox"]).expanduser().absolute()
    try:
        return Settings(**values)
    except ValidationError as error:
        raise _as_user_error(error, origins) from None
    except ValueError as error:
        raise UserError(f"a setting is wrong: {error}", where=origins.get("as_of")) from None


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"the settings file cannot be read: {error}", where=str(path), do="correct the file") from None
    except OSError as error:
        raise UserError(f"the settings file cannot be opened: {error.strerror}", where=str(path)) from None


def _from_environment() -> dict[str, str]:
    return {
        name.removeprefix(ENVIRONMENT_PREFIX).lower(): value
        for name, value in os.environ.items()
        if name.startswith(ENVIRONMENT_PREFIX) and name not in NOT_SETTINGS
    }


def _as_date(value: Any) -> dt.date:
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))


def _as_user_error(error: ValidationError, origins: dict[str, str]) -> UserError:
    first = error.errors()[0]
    key = str(first["loc"][0]) if first["loc"] else "settings"
    known = ", ".join(sorted(set(Settings.model_fields) - {"home"}))
    if first["type"] == "extra_forbidden":
        what, do = f"unknown setting '{key}'", f"known settings: {known}"
    else:
        what, do = f"setting '{key}' is wrong: {first['msg'].removeprefix('Value error, ')}", "correct the value"
    return UserError(what, where=origins.get(key), done="nothing was changed", do=do)
