"""The `tenure` command. Thin: it reads options, calls a room, prints. Every heavy import stands inside its command.

Exit status: 0 done (or nothing new), 1 unexpected failure, 2 bad usage, settings or input, 3 blocked by a check,
4 another refresh is at work.
"""

import sys

import typer

from pipelines.cli import analysis, exports, history, inbox, messages, metrics, nightly, postgres, reading, shell

app = typer.Typer(
    name="tenure",
    help="Exports in, trustworthy retention numbers out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for part in (nightly, inbox, reading, metrics, shell, analysis, exports, postgres, history):
    app.add_typer(part.commands)
app.add_typer(messages.alerts, name="alerts")


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


def _fail(message: str, status: int) -> None:
    typer.echo(message, err=True)
    sys.exit(status)
