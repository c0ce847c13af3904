"""SQL at a keyboard."""

import typer

from pipelines.cli.options import AsOf, Home, Login

commands = typer.Typer()


@commands.command()
def shell(home: Home = None, login: Login = None, as_of: AsOf = None) -> None:
    """Ask the current release in a conversation: history, completion, paging. Piped statements run one by one."""
    import sys

    from pipelines.serving.source import Source
    from pipelines.settings import load_settings

    source = Source(load_settings(home), login, as_of.date() if as_of else None)
    if sys.stdin.isatty():
        from pipelines.terminal.shell.keyboard import run_keyboard

        run_keyboard(source)
    else:
        from pipelines.terminal.shell.script import run_script

        run_script(source, sys.stdin)
