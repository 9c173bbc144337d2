"""The monitoring plugin: whatever goes wrong, it says one line on stdout and exits with 3."""

import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from maestro_tui.cli.loading import load_config
from maestro_tui.cli.options import Command, merged, untimed_options
from maestro_tui.cli.terminal import stop_writing
from maestro_tui.cli.values import DURATION
from maestro_tui.domain.trouble import Failure

if TYPE_CHECKING:
    from maestro_tui.commands.check import Asked
    from maestro_tui.commands.oneline import OneLine

_NAME = "check"
_UNKNOWN = 3
_SHORTEST_MS, _LONGEST_MS = 1_000, 600_000


@click.command(_NAME, cls=Command)
@click.option("--sample", "sample_ms", type=DURATION, default="5s", show_default=True, help="Watch for so long.")
@click.option(
    "--timeout",
    "within_ms",
    type=DURATION,
    default="10s",
    show_default=True,
    help="Be done after so long, whatever hangs. (How long to wait for an answer: --timeout before `check`.)",
)
@click.option("--stream", "streams", multiple=True, metavar="S", help="Only this stream; may be repeated.")
@click.option("--ignore", "ignored", multiple=True, metavar="RULE", help="Without this rule; may be repeated.")
@untimed_options
@click.pass_context
def check(
    ctx: click.Context,
    /,
    sample_ms: int,
    within_ms: int,
    streams: tuple[str, ...],
    ignored: tuple[str, ...],
    **flags: object,
) -> int:
    """Say in one line how things are, as a monitoring plugin (Nagios, Icinga).

    Exit code 0 ok, 1 warning, 2 critical, 3 anything not measured: unreachable, forbidden, bad settings, bad usage, too
    late.
    """
    for name, value in (("--sample", sample_ms), ("--timeout", within_ms)):
        if not _SHORTEST_MS <= value <= _LONGEST_MS:
            raise click.UsageError(f"{name} is not between 1s and 10m", ctx)
    from maestro_tui.commands.check import Asked
    from maestro_tui.commands.oneline import OneLine

    asked = Asked(sample_ms / 1000, within_ms / 1000, streams, frozenset(ignored))
    return _within_time(ctx, flags, asked, OneLine())


def _within_time(ctx: click.Context, flags: dict[str, object], asked: "Asked", line: "OneLine") -> int:
    """Run the check; whatever keeps it from a verdict is UNKNOWN."""
    from maestro_tui.commands.verdict import unmeasured

    with line.within(asked.within_s):
        try:
            refusal = asked.refusal()
            if refusal is not None:
                return line.say(unmeasured(refusal))
            config = load_config(merged(ctx, flags))
            from maestro_tui import wiring

            return wiring.check(config, asked, line)
        except click.ClickException as error:
            return line.say(unmeasured(error.format_message()))
        except Failure as failure:
            return line.say(unmeasured(str(failure.trouble)))
        except OSError:
            # Nobody can be told: only the exit code is left.
            stop_writing()
            return _UNKNOWN
        except Exception as error:
            return line.say(unmeasured(_our_fault(error)))


def _our_fault(error: Exception) -> str:
    """Say where we failed; what the error itself says may hold anything."""
    places = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(places[-1].filename).name}:{places[-1].lineno}" if places else ""
    return f"internal error{where}: {type(error).__name__}. Please report it."


def is_meant(error: click.ClickException, argv: Sequence[str]) -> bool:
    """Whether a usage error belongs to a check, one before the command name included.

    A monitor would take our exit code 2 for CRITICAL.
    """
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    if ctx is not None and ctx.parent is not None:
        return ctx.command.name == _NAME
    return isinstance(error, click.UsageError) and _NAME in argv


def unheard(argv: Sequence[str], otherwise: int) -> int:
    """Return the exit code where nobody can read what is said; that of a check is UNKNOWN."""
    return _UNKNOWN if _NAME in argv else otherwise


def refuse(why: str) -> int:
    """Say the line of a check that was not understood."""
    from maestro_tui.commands.oneline import OneLine
    from maestro_tui.commands.verdict import unmeasured

    try:
        return OneLine().say(unmeasured(f"{why.rstrip('.')}. See maestro-tui check --help"))
    except OSError:
        stop_writing()
        return _UNKNOWN
