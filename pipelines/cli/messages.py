"""Messages to people: try the addresses, see the morning digest."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.options import Home

if TYPE_CHECKING:
    from pipelines.alerts.delivery import Outcome

alerts = typer.Typer(help="Messages to people: try the addresses, see the morning digest.", no_args_is_help=True)


@alerts.command("test")
def alerts_test(home: Home = None) -> None:
    """Send a test message to every configured address, and say where it arrived."""
    from pipelines.alerts.command import tried
    from pipelines.settings import load_settings

    _print_outcomes(tried(load_settings(home)))


@alerts.command("digest")
def alerts_digest(
    home: Home = None,
    send: Annotated[bool, typer.Option("--send", help="Send it to every configured address too.")] = False,
) -> None:
    """Show the morning digest of the current release."""
    from pipelines.alerts.command import digest_text, send_digest
    from pipelines.alerts.digest import digest
    from pipelines.settings import load_settings

    settings = load_settings(home)
    if not send:
        typer.echo(digest_text(digest(settings)), nl=False)
        return
    _print_outcomes(send_digest(settings))


def _print_outcomes(outcomes: "Sequence[Outcome]") -> None:
    for outcome in outcomes:
        typer.echo(outcome)
    if not all(outcome.arrived for outcome in outcomes):
        raise typer.Exit(1)
