"""The release in PostgreSQL, for BI tools and many users."""

from typing import Annotated

import typer

from pipelines.cli.options import Home

commands = typer.Typer()


@commands.command("publish-postgres")
def publish_postgres(
    home: Home = None,
    print_roles: Annotated[
        bool, typer.Option("--print-roles", help="Only print the SQL that makes the roles, for an administrator.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Copy also a release that is there already.")] = False,
) -> None:
    """Copy the current release into PostgreSQL, with the rights of access.toml; all of it or nothing."""
    from pipelines.postgres.publish import publish
    from pipelines.postgres.rights import roles_sql
    from pipelines.serving.access import read_access
    from pipelines.settings import load_settings

    settings = load_settings(home)
    typer.echo(roles_sql(read_access(settings)) if print_roles else str(publish(settings, force)))
