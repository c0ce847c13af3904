"""One typed settings object, read once and passed to everything as an argument.

Sources, later wins: `<home>/tenure.toml`, environment `TENURE_*`, flags of the command. An unknown key is an error.
Nothing here reads exports or opens a warehouse.
"""

import datetime as dt
import os
import re
import tomllib
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from pipelines.errors import UserError
from pipelines.exports.kinds import Kind

PROJECT_ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT_PREFIX = "TENURE_"
# Not settings of the warehouse: the home itself, and switches of tests and of the process.
NOT_SETTINGS = {"TENURE_HOME", "TENURE_PAUSE_AT"}
ALERT_URLS = "TENURE_ALERT_URLS"  # where the secret addresses of alerts stand by default
DAGSTER_POSTGRES = "TENURE_DAGSTER_POSTGRES"  # the usual name of the variable that holds PostgreSQL's URL
PROXY_SECRET = "TENURE_PROXY_SECRET"  # what the reverse proxy must send along
OIDC_SECRET = "TENURE_OIDC_CLIENT_SECRET"
POSTGRES_URL = "TENURE_POSTGRES_URL"  # the usual name of the variable that holds the URL releases are copied to
VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"

AlertKind = Literal["failure", "block", "late_source", "restatement", "digest"]
CRON_BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))  # minute, hour, day, month, weekday (0 and 7: Sunday)
CRON_PART = re.compile(r"\*(?:/[1-9]\d*)?|(\d+)(?:-(\d+)(?:/[1-9]\d*)?)?")


class AlertSettings(BaseModel):
    """Who is told what. `urls` are Apprise URLs; those of the variable `urls_from` are added when settings are read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    urls: tuple[SecretStr, ...] = ()
    urls_from: str = Field(default=ALERT_URLS, pattern=VARIABLE)
    on: frozenset[AlertKind] = frozenset({"failure", "block", "late_source", "restatement"})
    digest_at: str = "0 7 * * *"
    retries: int = Field(default=3, ge=0, le=10)
    retry_wait_seconds: float = Field(default=5.0, ge=0, le=20)

    @field_validator("digest_at", mode="before")
    @classmethod
    def _is_a_time(cls, value: Any) -> str:
        """An hour of the day, or a cron expression of five fields, in the company's time zone."""
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 23:
            return f"0 {value} * * *"
        if isinstance(value, str) and _is_cron(value):
            return value
        raise ValueError(f"'{value}' is neither an hour (0 to 23) nor a cron expression such as '30 7 * * 1-5'")


class ServeSettings(BaseModel):
    """How the dashboards are served and how readers sign in. Secrets stand in the environment, under the names here.

    `public_url` is the address readers type; https there makes cookies secure.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(default=8710, ge=0, le=65535)
    public_url: str = Field(default="", pattern=r"^(https?://[^/\s]+)?/?$")
    login: Literal["none", "local", "proxy", "oidc"] = "none"
    session_hours: int = Field(default=12, ge=1, le=24 * 30)
    proxy_header: str = Field(default="X-Forwarded-User", pattern=r"^[A-Za-z][A-Za-z0-9-]*$")
    proxy_secret_from: str = Field(default=PROXY_SECRET, pattern=VARIABLE)
    oidc_issuer: str = Field(default="", pattern=r"^(https?://\S+)?$")
    oidc_client_id: str = ""
    oidc_client_secret_from: str = Field(default=OIDC_SECRET, pattern=VARIABLE)
    oidc_claim: str = "email"

    @property
    def has_sessions(self) -> bool:
        """Whether readers sign in here, and out again."""
        return self.login in ("local", "oidc")

    @property
    def is_loopback(self) -> bool:
        """Whether only programs of this machine can reach the server."""
        return self.host in ("127.0.0.1", "localhost", "::1")


class PostgresSettings(BaseModel):
    """The PostgreSQL that every release is copied to; none without `url` or `url_from`.

    `url` holds no password; `url_from` names the environment variable with a URL that may.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(default="", pattern=r"^(postgres(ql)?://\S+)?$")
    url_from: str = Field(default="", pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$")
    lock_timeout_seconds: float = Field(default=5.0, gt=0, le=60)
    retries: int = Field(default=5, ge=0, le=100)
    retry_wait_seconds: float = Field(default=10.0, ge=0, le=600)

    @model_validator(mode="after")
    def _is_one_place_without_a_password(self) -> Self:
        if self.url and self.url_from:
            raise ValueError("takes url or url_from, not both")
        before_host = self.url.partition("://")[2].partition("/")[0].rpartition("@")[0]
        if ":" in before_host or "password=" in self.url:
            raise ValueError("url must not hold the password: docs/postgres.md says where it belongs")
        return self

    @property
    def is_configured(self) -> bool:
        return bool(self.url or self.url_from)


class ExportSettings(BaseModel):
    """Which kinds of files are written into each release."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kinds: frozenset[Kind] = frozenset(Kind)


class EngineSettings(BaseModel):
    """What builds the tables. All but `name` is for Spark (docs/scale.md).

    `master`: a cluster's master URL, or `sc://host:port` for Spark Connect. `lake`, `scratch`: where the cluster finds
    the home's lake and may write; empty: the folders of this machine.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Literal["duckdb", "spark"] = "duckdb"
    master: str = Field(default="local[*]", min_length=1)
    lake: str = Field(default="", pattern=r"^[^']*$")
    scratch: str = Field(default="", pattern=r"^[^']*$")
    models_at_once: int = Field(default=4, ge=1, le=64)
    options: dict[str, str] = Field(default_factory=dict)

    @property
    def is_remote(self) -> bool:
        """Whether the session is a client of a Spark Connect server."""
        return self.master.startswith("sc://")


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
    max_unpacked_mb: int = Field(default=4096, ge=1)
    max_build_memory_mb: int = Field(default=6000, ge=500)
    schedule: str = "0 3 * * *"
    retries: int = Field(default=6, ge=0, le=100)
    retry_wait_seconds: int = Field(default=300, ge=1)
    run_timeout_minutes: int = Field(default=360, ge=1)
    new_files_settle_seconds: int = Field(default=120, ge=0)
    release_late_after_hours: int = Field(default=36, ge=1)
    close_on_business_day: int = Field(default=5, ge=1, le=20)
    close_country: str = Field(default="", pattern=r"^([A-Z]{2})?$")
    dagster_postgres_url_from: str = Field(default="", pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$")
    alerts: AlertSettings = Field(default_factory=AlertSettings)
    serve: ServeSettings = Field(default_factory=ServeSettings)
    exports: ExportSettings = Field(default_factory=ExportSettings)
    postgres: PostgresSettings = Field(default_factory=PostgresSettings)
    engine: EngineSettings = Field(default_factory=EngineSettings)
    sources: dict[str, dict[str, Any]] = Field(default_factory=dict)

    @field_validator("company_time_zone")
    @classmethod
    def _is_a_time_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"'{value}' is no IANA time zone (such as Europe/Berlin)")
        return value

    @field_validator("schedule")
    @classmethod
    def _is_a_schedule(cls, value: str) -> str:
        if not _is_cron(value):
            raise ValueError(f"'{value}' is no cron expression of five fields, such as '30 2 * * *'")
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

    def on_engine(self, name: Literal["duckdb", "spark"]) -> "Settings":
        """The same settings, with the tables built by another engine."""
        return self.model_copy(update={"engine": self.engine.model_copy(update={"name": name})})

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
    def backfills(self) -> Path:
        """Past months rebuilt, one folder a month; no part of the history of releases."""
        return self.home / "backfills"

    @property
    def current(self) -> Path:
        return self.home / "current"

    @property
    def policy(self) -> Path:
        """The company's own policy seeds, laid over those shipped with the project."""
        return self.home / "policy"

    @property
    def mappings(self) -> Path:
        """The company's mapping files: one a system that has no connector of its own."""
        return self.home / "mappings"

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
    in_file = _from_file(folder / "tenure.toml")
    for origin, part in (
        (str(folder / "tenure.toml"), in_file),
        ("environment", _from_environment(NOT_SETTINGS | _secrets(in_file))),
        ("command line", {k: v for k, v in flags.items() if v is not None}),
    ):
        values.update(part)
        origins.update(dict.fromkeys(part, origin))
    if "inbox" in values:
        values["inbox"] = Path(values["inbox"]).expanduser().absolute()
    try:
        return _with_secret_urls(Settings(**values))
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


def _secrets(in_file: dict[str, Any]) -> set[str]:
    """The variables that hold secrets, by their usual names and by those the file gives them; no settings."""
    names = {ALERT_URLS, DAGSTER_POSTGRES, PROXY_SECRET, OIDC_SECRET, POSTGRES_URL}
    names.add(str(in_file.get("dagster_postgres_url_from")))
    for table in ("alerts", "serve", "postgres"):
        part = in_file.get(table)
        names |= {str(name) for key, name in part.items() if key.endswith("_from")} if isinstance(part, dict) else set()
    return names


def _from_environment(left_out: set[str]) -> dict[str, str]:
    return {
        name.removeprefix(ENVIRONMENT_PREFIX).lower(): value
        for name, value in os.environ.items()
        if name.startswith(ENVIRONMENT_PREFIX) and name not in left_out
    }


def _with_secret_urls(settings: Settings) -> Settings:
    """The settings with the alert URLs that stand in the environment, parted by spaces or lines."""
    secret = tuple(SecretStr(url) for url in os.environ.get(settings.alerts.urls_from, "").split())
    alerts = settings.alerts.model_copy(update={"urls": (*settings.alerts.urls, *secret)})
    return settings.model_copy(update={"alerts": alerts}) if secret else settings


def _is_cron(text: str) -> bool:
    """Five fields of numbers, ranges, lists and steps, each within its bounds: what every scheduler understands."""
    fields = text.split()
    return len(fields) == len(CRON_BOUNDS) and all(
        _is_cron_part(part, *bounds)
        for field, bounds in zip(fields, CRON_BOUNDS, strict=True)
        for part in field.split(",")
    )


def _is_cron_part(part: str, low: int, high: int) -> bool:
    found = CRON_PART.fullmatch(part)
    if found is None:
        return False
    first, last = found.group(1), found.group(2)
    numbers = [int(number) for number in (first, last) if number is not None]
    return all(low <= number <= high for number in numbers) and numbers == sorted(numbers)


def _as_date(value: Any) -> dt.date:
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))


def _as_user_error(error: ValidationError, origins: dict[str, str]) -> UserError:
    first = error.errors()[0]
    top = str(first["loc"][0]) if first["loc"] else "settings"
    tables: dict[str, type[BaseModel]] = {
        "alerts": AlertSettings,
        "serve": ServeSettings,
        "exports": ExportSettings,
        "postgres": PostgresSettings,
        "engine": EngineSettings,
    }
    table = tables.get(top)
    key = ".".join(map(str, first["loc"])) if table else top
    fields = set(table.model_fields) if table else set(Settings.model_fields) - {"home"}
    if first["type"] == "extra_forbidden":
        what, do = f"unknown setting '{key}'", f"known settings: {', '.join(sorted(fields))}"
    else:
        what, do = f"setting '{key}' is wrong: {first['msg'].removeprefix('Value error, ')}", "correct the value"
    return UserError(what, where=origins.get(top), done="nothing was changed", do=do)
