"""Dagster's PostgreSQL storage on the driver that the lock holds. `dagster.yaml` names it."""

from collections.abc import Mapping
from typing import Any

from dagster._serdes import ConfigurableClassData
from dagster_postgres.storage import DagsterPostgresStorage


class Psycopg2Storage(DagsterPostgresStorage):
    """As Dagster's own, but a URL without a driver means psycopg2: SQLAlchemy 2.1 takes it for psycopg 3 otherwise."""

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "Psycopg2Storage":
        url = config_value["postgres_url"]
        return cls("postgresql+psycopg2://" + url.split("://", 1)[1], inst_data=inst_data)
