"""The `tenure` command. Thin: it reads options, calls a room, prints. Every heavy import stands inside its command.

Exit status: 0 done (or nothing new), 1 unexpected failure, 2 bad usage, settings or input, 3 blocked by a check,
4 another refresh is at work.
"""

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.alerts.delivery import Outcome
    from pipelines.release.restatements.ledger import Restated

app = typer.Typer(
    name="tenure",
    help="Exports in, trustworthy retention numbers out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
fx = typer.Typer(help="Exchange rates.", no_args_is_help=True)
app.add_typer(fx, name="fx")
alerts = typer.Typer(help="Messages to people: try the addresses, see the morning digest.", no_args_is_help=True)
app.add_typer(alerts, name="alerts")

Home = Annotated[Path | None, typer.Option(help="The home folder. Default: TENURE_HOME, else the project's data/.")]
DAY = ["%Y-%m-%d"]
MONTH = ["%Y-%m"]


def main() -> None:
    """Run the command; turn every error into one readable message and an exit status."""
    from pipelines.errors import UserError

    try:
        app()
    except UserError as error:
        _fail(str(error), error.exit_status)
    except KeyboardInterrupt:
        _fail("interrupted: nothing was published, the release before stays live", 130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output went away, as `tenure sql ... | head` does
        sys.exit(0)
    except Exception as error:
        from pipelines.terminal import unexpected

        _fail(unexpected(error), 1)


@app.command()
def refresh(
    home: Home = None,
    inbox: Annotated[Path | None, typer.Option(help="Where the exports lie. Default: <home>/inbox.")] = None,
    as_of: Annotated[dt.datetime | None, typer.Option(formats=DAY, help="The last day that counts.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Build even when nothing is new.")] = False,
) -> None:
    """Land the exports, build all numbers, audit them, publish them."""
    from pipelines.defs.refresh import refresh as run_refresh
    from pipelines.settings import load_settings
    from pipelines.terminal import Progress, outcome

    settings = load_settings(home, inbox=inbox, as_of=as_of.date() if as_of else None)
    with Progress() as progress:
        run = run_refresh(settings, progress, force)
    typer.echo(outcome(run))


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="One statement that reads, such as: select * from marts.dim_clients")],
    home: Home = None,
    format: Annotated[str, typer.Option(help="table, csv or json.")] = "table",
    limit: Annotated[int | None, typer.Option(help="The most rows to print.")] = None,
    as_of: Annotated[
        dt.datetime | None, typer.Option(formats=MONTH, help="A month that `tenure backfill` rebuilt: YYYY-MM.")
    ] = None,
) -> None:
    """Ask the current release a question, or a past month that was rebuilt."""
    import shutil

    from pipelines.release.backfills import find_backfill
    from pipelines.serving.query import run_sql
    from pipelines.serving.release import open_release
    from pipelines.settings import load_settings

    settings = load_settings(home)
    with open_release(find_backfill(settings, as_of.date()).path if as_of else settings) as release:
        typer.echo(run_sql(release, query, format, limit, shutil.get_terminal_size((160, 40)).columns), nl=False)


@app.command()
def explain(
    metric: Annotated[
        str, typer.Argument(help="A number of the metric book, such as nrr_cc, health_score, nps or green_rate.")
    ],
    month: Annotated[str | None, typer.Option(help="YYYY-MM. Default: the latest there is.")] = None,
    quarter: Annotated[str | None, typer.Option(help="YYYY-Q1 to YYYY-Q4: the quarter's last month.")] = None,
    as_of_run: Annotated[bool, typer.Option("--as-of-run", help="Health on the run's day, not a month's end.")] = False,
    segment: Annotated[str, typer.Option(help="company, am, tier, region, industry or currency.")] = "company",
    value: Annotated[
        str | None, typer.Option(help="Which one of the segment, such as an account manager's id.")
    ] = None,
    window: Annotated[int | None, typer.Option(help="Months that a rate looks back on: 1, 3 or 12.")] = None,
    client: Annotated[str | None, typer.Option(help="Go down to the rows behind this client.")] = None,
    top: Annotated[int, typer.Option(help="How many clients to list; the rest is summed.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="All of it, for programs.")] = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="The clients (or one client's lines), for spreadsheets.")
    ] = False,
    home: Home = None,
) -> None:
    """Take a number apart: its parts, the clients that made them, and one client's rows with file and line."""
    from pipelines.explain.command import explained
    from pipelines.explain.question import Question
    from pipelines.settings import load_settings

    question = Question(metric, month, segment, value, window, client, top, quarter, as_of_run)
    typer.echo(explained(load_settings(home), question, as_json, as_csv), nl=False)


@app.command()
def inspect(
    path: Annotated[Path, typer.Argument(help="An export, or a folder of exports.")],
    home: Home = None,
    rows: Annotated[int, typer.Option(min=1, help="How many rows to show of what would land.")] = 3,
) -> None:
    """Show what landing would make of a file, and why: connector, columns, rows, refusals. Writes nothing."""
    import shutil

    from pipelines.landing.inspect import inspect_path
    from pipelines.settings import load_settings
    from pipelines.terminal_inspect import inspection_text

    inspections = inspect_path(load_settings(home), path)
    typer.echo(inspection_text(inspections, rows, shutil.get_terminal_size((140, 40)).columns), nl=False)
    if not all(inspection.would_land for inspection in inspections):
        raise typer.Exit(2)


@app.command()
def quarantine(
    home: Home = None,
    limit: Annotated[int, typer.Option(help="How many reasons to list.")] = 20,
    write_mapping: Annotated[
        Path | None, typer.Option(help="Write a map_accounts file to be filled in, such as map_accounts_new.csv.")
    ] = None,
) -> None:
    """List why rows of the current release are set aside, by the money at stake, and what would heal them."""
    from pipelines.serving.quarantine.command import quarantined
    from pipelines.settings import load_settings

    typer.echo(quarantined(load_settings(home), limit, write_mapping))


@app.command()
def releases(home: Home = None) -> None:
    """List the releases that are kept, the newest first; the live one has a star."""
    from pipelines.release.history import list_releases
    from pipelines.settings import load_settings
    from pipelines.terminal import release_table

    typer.echo(release_table(list_releases(load_settings(home))))


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
def close(
    month: Annotated[dt.datetime, typer.Argument(formats=MONTH, help="The month: YYYY-MM.")],
    label: Annotated[str, typer.Option(help='What this close is called, such as "September, paid".')],
    home: Home = None,
) -> None:
    """Keep a month's figures and scorecards as the live release has them, under a label, for good."""
    from pipelines.release.restatements.closes import close_month
    from pipelines.settings import load_settings

    folder = close_month(load_settings(home), month.date(), label, dt.datetime.now(dt.UTC).replace(microsecond=0))
    typer.echo(
        f"{month:%Y-%m} is closed: {folder}\nThe next release shows it beside what is known then: ops.closed_months"
    )


@app.command()
def backfill(
    first: Annotated[dt.datetime, typer.Option("--from", formats=MONTH, help="The first month: YYYY-MM.")],
    last: Annotated[dt.datetime, typer.Option("--to", formats=MONTH, help="The last month: YYYY-MM.")],
    home: Home = None,
    force: Annotated[bool, typer.Option("--force", help="Build also what would come out the same.")] = False,
) -> None:
    """Rebuild past months from what is in the lake today, each as of its last day; the live release stays."""
    from pipelines.defs.backfill_run import backfill as run_backfill
    from pipelines.settings import load_settings
    from pipelines.terminal import Progress
    from pipelines.terminal_backfill import backfill_table, status_of

    with Progress() as progress:
        done = run_backfill(load_settings(home), progress, first.date(), last.date(), force)
    typer.echo(backfill_table(done))
    raise typer.Exit(status_of(done))


@app.command()
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


@app.command()
def serve(
    home: Home = None,
    port: Annotated[
        int | None, typer.Option(help="The port to listen on, 8710 by default; 0 takes a free one.")
    ] = None,
) -> None:
    """Show the dashboards of the current release in a browser, on this machine only unless the settings say more."""
    from pipelines.dashboards.app.run import serve_app
    from pipelines.settings import load_settings

    serve_app(load_settings(home), port, lambda url: typer.echo(f"{url}  (stop with Ctrl-C)"))


@app.command()
def password(
    login: Annotated[str, typer.Argument(help="A login name or e-mail of access.toml.")], home: Home = None
) -> None:
    """Set the password with which somebody signs in to the dashboards (serve.login = local)."""
    from pipelines.dashboards.app.sign_in.passwords import set_password
    from pipelines.settings import load_settings

    given = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    set_password(load_settings(home), login, given)
    typer.echo(f"{login} can sign in with the new password; older sessions have ended")


@app.command()
def qbr(
    client: Annotated[str, typer.Argument(help="The client's id, or its name.")],
    quarter: Annotated[str, typer.Option(help="A calendar quarter: 2026-Q3.")],
    home: Home = None,
    out: Annotated[Path, typer.Option(help="The folder to write into.")] = Path(),
    internal: Annotated[
        bool, typer.Option("--internal", help="Health score in a speaker note; not for clients.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over files that somebody may have edited.")] = False,
) -> None:
    """Write a client's quarterly business review, as a PPTX to edit and a PDF to send."""
    from pipelines.qbr.command import write_qbr
    from pipelines.settings import load_settings

    typer.echo(write_qbr(load_settings(home), client, quarter, out, internal, force))


@app.command()
def doctor(
    home: Home = None,
    deep: Annotated[bool, typer.Option("--deep", help="Also read every file of the lake and of all releases.")] = False,
) -> None:
    """Look whether this installation is fit for tonight: versions, rights, disk, clock, policy. Changes nothing."""
    from pipelines.doctor import examine

    diagnoses = examine(home, deep)
    typer.echo("\n".join(map(str, diagnoses)))
    if any(diagnosis.state == "BAD" for diagnosis in diagnoses):
        raise typer.Exit(2)


@app.command()
def demo(
    home: Home = None,
    end: Annotated[dt.datetime | None, typer.Option(formats=DAY, help="The last day of the simulated history.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed is another company.")] = 7,
    clients: Annotated[int, typer.Option(min=1, help="About how many clients it has.")] = 300,
    billing: Annotated[str, typer.Option(help="Its billing system: stripe, xero or quickbooks.")] = "stripe",
    crm: Annotated[str, typer.Option(help="Its CRM: salesforce or hubspot.")] = "salesforce",
) -> None:
    """Write a simulated company's exports into the inbox of a home of its own."""
    from pipelines.demo.home import write_demo_home
    from pipelines.settings import load_settings

    settings = load_settings(home)
    written = write_demo_home(settings, end.date() if end else None, seed, clients, billing, crm)
    typer.echo(f"{written}\nNext: tenure refresh --home {settings.home}")


@fx.command("update")
def fx_update(home: Home = None) -> None:
    """Download the ECB's history of reference rates into the inbox. It uses the network."""
    from pipelines.landing.ecb_download import download_ecb_history
    from pipelines.settings import load_settings

    path = download_ecb_history(load_settings(home).inbox)
    typer.echo(f"{path} is written. Next: tenure refresh")


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


def _print_restated(
    rows: "Sequence[Restated]", month: dt.datetime | None, metric: str | None, top: int, is_json: bool
) -> None:
    import shutil

    from pipelines.terminal_restatements import restated_text

    wanted = [row for row in rows if (not month or row.month == month.date()) and (not metric or row.metric == metric)]
    typer.echo(restated_text(wanted, top, is_json, shutil.get_terminal_size((200, 40)).columns), nl=False)


def _fail(message: str, status: int) -> None:
    typer.echo(message, err=True)
    sys.exit(status)
