"""One build: a new warehouse file, filled by dbt's plan. A pure function of lake, policy, code and settings."""

import time
from collections.abc import Collection
from pathlib import Path

from pipelines.errors import UserError
from pipelines.settings import Settings
from pipelines.warehouse.results import BuildResult


def build(settings: Settings, build_dir: Path, run_id: str, only: Collection[str] | None = None) -> BuildResult:
    """Builds `<build_dir>/warehouse.duckdb` out of the lake.

    `only` narrows the build to these models and seeds and what they stand on, for tests. Raises UserError where a file
    of the lake or of the policy cannot be used; failed models and tests are in the result.
    """
    import duckdb

    from pipelines.warehouse import sources
    from pipelines.warehouse.execute import execute
    from pipelines.warehouse.plan import current_plan
    from pipelines.warehouse.policy_lint import lint_policy
    from pipelines.warehouse.project import engine_options

    started = time.monotonic()
    lint_policy(settings)
    build_dir.mkdir(parents=True, exist_ok=True)
    file = build_dir / "warehouse.duckdb"
    try:
        sources.create_build_file(file, settings)
    except duckdb.Error as error:  # a damaged file may fail anywhere in the reader
        raise UserError(
            f"a file of the lake cannot be read: {error}", where=str(settings.lake), done="nothing was published",
            do="restore the file from a backup, or land its export again",
        ) from None  # fmt: skip
    plan = current_plan() if only is None else current_plan().only(only)
    threads, options = engine_options()
    with sources.open_build_file(file, options, settings.max_build_memory_mb) as connection:
        if settings.engine.name == "spark":
            from pipelines.warehouse.spark.build import build_on_spark

            nodes = build_on_spark(settings, connection, plan, threads, build_dir / "spark")
        else:
            nodes = execute(plan, connection, threads)
        sources.drop_sources(connection)
        # Closing would write the file too, but on a full disk it loses all without a word.
        connection.execute("checkpoint")
    return BuildResult(build_dir, file, nodes, time.monotonic() - started)
