"""The commands: each reads the settings and hands them to the wiring."""

import errno
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from click.shell_completion import get_completion_class

from maestro_tui import __version__
from maestro_tui.cli import checking, moving, records
from maestro_tui.cli.loading import load_config, read_config, working_directory
from maestro_tui.cli.options import Group, connection_options, merged, screen_options
from maestro_tui.cli.terminal import PROG, Refused, flushed, no_output, require_terminal, stop_writing, unwritable
from maestro_tui.domain.text import visible

_INTERRUPTED = 130
_LONGEST_LINE = 1_000


class _Program(Group):
    """The program itself."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401
        """Run the command; whoever reads our output may stop reading at any time."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            return stop_writing()
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            return unwritable(error)


@click.group(
    PROG,
    cls=_Program,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@connection_options
@click.version_option(__version__, prog_name=PROG, message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context, /, **flags: object) -> int | None:
    """See which Redis Stream is sick, why, and mend it with one key.

    Without a command: the dashboard. Settings come from the options below, MAESTRO_* and REDIS_* variables,
    a .env file and ~/.config/maestro-tui/config.toml; `maestro-tui config` shows which of them count.
    """
    if ctx.invoked_subcommand is not None:
        return None
    require_terminal()
    config = load_config(flags)
    from maestro_tui import wiring

    return wiring.dashboard(config)


@cli.command()
@click.option(
    "--scenario",
    type=click.Choice(["calm", "incident", "meltdown"]),
    default="incident",
    show_default=True,
    help="What happens.",
)
@screen_options
@click.pass_context
def demo(ctx: click.Context, /, scenario: str, **flags: object) -> int:
    """Open the dashboard on a throw-away server with simulated services."""
    require_terminal()
    from maestro_tui.settings import load_for_demo

    config = read_config(lambda: load_for_demo(merged(ctx, flags), os.environ, cwd=working_directory()))
    from maestro_tui import wiring

    return wiring.demo(config, scenario)


@cli.command()
@click.option(
    "--format",
    type=click.Choice(["table", "json", "jsonl", "openmetrics"]),
    default="table",
    show_default=True,
    help="Output; jsonl is the JSON document in one line.",
)
@click.option("--watch", is_flag=True, help="Go on, once for each poll, until interrupted.")
@connection_options
@click.pass_context
def status(ctx: click.Context, /, format: str, watch: bool, **flags: object) -> int:
    """Print the state of every stream and group, and what is wrong."""
    if watch and format in ("json", "openmetrics"):
        raise click.UsageError(f"--watch goes with --format jsonl or table: there is no end to {format} with it", ctx)
    config = load_config(merged(ctx, flags))
    from maestro_tui import wiring

    return wiring.status(config, format, watch=watch)


@cli.command()
@click.option(
    "--start",
    metavar="WHERE",
    help="Where groups start on streams with entries: 0, end, an ID (what comes after it) or a time (from then on).",
)
@click.option("--dry-run", is_flag=True, help="Show what would be made, make nothing.")
@click.option("--yes", "assume_yes", is_flag=True, help="Do not ask.")
@click.option(
    "--override",
    "overrides",
    type=click.Choice(["no-log"]),
    multiple=True,
    help="Act in spite of a named guard: no-log (the log cannot be written).",
)
@connection_options
@click.pass_context
def init(
    ctx: click.Context,
    /,
    start: str | None,
    dry_run: bool,
    assume_yes: bool,
    overrides: tuple[str, ...],
    **flags: object,
) -> int:
    """Create the declared streams and groups that are missing."""
    config = load_config(merged(ctx, flags))
    from maestro_tui import wiring

    return wiring.init(config, start=start, dry_run=dry_run, assume_yes=assume_yes, overrides=frozenset(overrides))


@cli.command()
@click.option("--format", type=click.Choice(["table", "json"]), default="table", show_default=True, help="Output.")
@connection_options
@click.pass_context
def config(ctx: click.Context, /, format: str, **flags: object) -> int:
    """Show the effective settings and where each came from; secrets are masked."""
    effective = load_config(merged(ctx, flags))
    from maestro_tui.commands.config import show
    from maestro_tui.settings import describe

    return show(describe(effective), format)


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Print the completion script of a shell.

    \b
    bash:  eval "$(maestro-tui completion bash)"     in ~/.bashrc
    zsh:   eval "$(maestro-tui completion zsh)"      in ~/.zshrc
    fish:  maestro-tui completion fish | source      in ~/.config/fish/config.fish
    """
    complete = get_completion_class(shell)
    if complete is None:
        raise Refused(f"there is no completion for {shell}")
    click.echo(complete(cli, {}, PROG, "_MAESTRO_TUI_COMPLETE").source())
    return 0


for _command in (checking.check, *moving.COMMANDS, *records.COMMANDS):
    cli.add_command(_command)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    if sys.stderr is None:
        # It was closed before we started: nobody listens, and the exit code still tells how it went.
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - as long as we live
    if sys.stdout is None:
        return checking.unheard(sys.argv[1:] if argv is None else argv, no_output())
    try:
        code = cli.main(args=None if argv is None else list(argv), prog_name=PROG, standalone_mode=False)
        return flushed(code or 0)
    except click.ClickException as error:
        if checking.is_meant(error, sys.argv[1:] if argv is None else argv):
            return checking.refuse(_told(error))
        _tell(error)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _INTERRUPTED


def _told(error: click.ClickException) -> str:
    # A URL may stand where it does not belong; what it holds must not be repeated.
    return visible(re.sub(r"//\S*@", "//***@", error.format_message()), _LONGEST_LINE)


def _tell(error: click.ClickException) -> None:
    click.echo(f"{PROG}: {_told(error)}", err=True)
    if isinstance(error, click.UsageError) and error.ctx is not None:
        click.echo(f"See `{error.ctx.command_path} --help`.", err=True)
