"""Releases and what changed between them: accept, roll back, restatements, erasure."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.options import MONTH, Home

if TYPE_CHECKING:
    from pipelines.release.restatements.ledger import Restated

commands = typer.Typer()


@commands.command()
def releases(home: Home = None) -> None:
    """List the releases that are kept, the newest first; the live one has a star."""
    from pipelines.release.history import list_releases
    from pipelines.settings import load_settings
    from pipelines.terminal import release_table

    typer.echo(release_table(list_releases(load_settings(home))))


@commands.command()
def release(
    accept: Annotated[str, typer.Option(help="The failed check, as the refresh named it: suite.name.")],
    reason: Annotated[str, typer.Option(help="Why the data is right; it is kept and shown with the release.")],
    home: Home = None,
) -> None:
    """Publish the build that a check kept back, because a person says that the data is right."""
    from pipelines.defs.accept import accept as accept_check
    from pipelines.settings import load_settings
    from pipelines.terminal import Progress, outcome

    with Progress() as progress:
        run = accept_check(load_settings(home), progress, accept, reason)
    typer.echo(outcome(run))


@commands.command()
def rollback(
    release_id: Annotated[str, typer.Argument(metavar="RELEASE", help="A release id, or a part that only one id has.")],
    home: Home = None,
) -> None:
    """Make an older release the live one (or a newer one again)."""
    from pipelines.release.history import rollback as go_back
    from pipelines.release.lock import refresh_lock
    from pipelines.settings import load_settings

    settings = load_settings(home)
    with refresh_lock(settings):
        live = go_back(settings, release_id)
    typer.echo(f"{live.release_id} is live again (as of {live.manifest.identity.as_of_on}).")


@commands.command()
def restatements(
    since: Annotated[str | None, typer.Option(help="Only what was restated after this release.")] = None,
    month: Annotated[dt.datetime | None, typer.Option(formats=MONTH, help="Only this month: YYYY-MM.")] = None,
    metric: Annotated[str | None, typer.Option(help="Only this metric, such as nrr_cc.")] = None,
    top: Annotated[int, typer.Option(min=1, help="The most figures to print.")] = 40,
    as_json: Annotated[bool, typer.Option("--json", help="All rows with every client, for programs.")] = False,
    home: Home = None,
) -> None:
    """List the figures of closed months that changed: old, new, the cause, the clients behind it."""
    from pipelines.release.restatements.listing import ledger_rows
    from pipelines.settings import load_settings

    _print_restated(ledger_rows(load_settings(home), since), month, metric, top, as_json)


@commands.command()
def diff(
    old: Annotated[str, typer.Argument(help="A release that is kept: its id, or a part that only one id has.")],
    new: Annotated[str, typer.Argument(help="The release to compare it with.")],
    month: Annotated[dt.datetime | None, typer.Option(formats=MONTH, help="Only this month: YYYY-MM.")] = None,
    metric: Annotated[str | None, typer.Option(help="Only this metric, such as nrr_cc.")] = None,
    top: Annotated[int, typer.Option(min=1, help="The most figures to print.")] = 40,
    as_json: Annotated[bool, typer.Option("--json", help="All rows with every client, for programs.")] = False,
    home: Home = None,
) -> None:
    """Compare two releases: which figures of months that both know differ, why, and through which clients."""
    from pipelines.release.restatements.listing import difference
    from pipelines.settings import load_settings

    _print_restated(difference(load_settings(home), old, new), month, metric, top, as_json)


@commands.command()
def erase(
    contact: Annotated[str | None, typer.Option(help="A contact's id or e-mail address.")] = None,
    respondent: Annotated[str | None, typer.Option(help="A survey respondent's id or e-mail address.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it. Without it only what would be touched is shown.")] = False,
    home: Home = None,
) -> None:
    """Remove a person from originals, lake, quarantine and all kept releases; every count and figure stays."""
    from pipelines.errors import UserError
    from pipelines.privacy.erase import erase as erase_person
    from pipelines.privacy.erase import summary
    from pipelines.settings import load_settings

    named = [value for value in (contact, respondent) if value and value.strip()]
    if len(named) != 1:
        raise UserError("name one person", done="nothing was changed", do="give either --contact or --respondent")
    typer.echo(summary(erase_person(load_settings(home), named[0], yes, dt.datetime.now(dt.UTC))))


def _print_restated(
    rows: "Sequence[Restated]", month: dt.datetime | None, metric: str | None, top: int, is_json: bool
) -> None:
    import shutil

    from pipelines.terminal.restatements import restated_text

    wanted = [row for row in rows if (not month or row.month == month.date()) and (not metric or row.metric == metric)]
    typer.echo(restated_text(wanted, top, is_json, shutil.get_terminal_size((200, 40)).columns), nl=False)
