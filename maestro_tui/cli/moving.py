"""The commands about pending entries: look at them, and claim, requeue, dead-letter, redrive or acknowledge them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from maestro_tui.cli.loading import load_config
from maestro_tui.cli.options import Command, connection_options, merged
from maestro_tui.cli.values import COUNT, DURATION, ENTRY_ID, RATE

if TYPE_CHECKING:
    from maestro_tui.commands.acting import Manner
    from maestro_tui.commands.moving import MoveVerb

_Function = TypeVar("_Function", bound=Callable[..., Any])
OVERRIDES = ("running", "no-worker", "poison", "no-log")


def manner_options(function: _Function) -> _Function:
    """Add the options that every command has which writes."""
    for option in (
        click.option(
            "--format", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output."
        ),
        click.option("--no-watch", is_flag=True, help="Do not wait to see what becomes of the entries."),
        click.option(
            "--override",
            "overrides",
            type=click.Choice(OVERRIDES),
            multiple=True,
            help="Act in spite of a named guard: running (may still be worked on), no-worker (nobody is live), "
            "poison (failed too often), no-log (the log cannot be written).",
        ),
        click.option("--yes", "assume_yes", is_flag=True, help="Do not ask; stands for no override."),
        click.option("--dry-run", is_flag=True, help="Show the plan, send nothing."),
    ):
        function = option(function)
    return function


def manner_of(options: dict[str, Any]) -> "Manner":
    """Take the options of `manner_options` out of all that were given."""
    from maestro_tui.commands.acting import Manner

    return Manner(
        dry_run=options.pop("dry_run"),
        assume_yes=options.pop("assume_yes"),
        overrides=frozenset(options.pop("overrides")),
        watch=not options.pop("no_watch"),
        format=options.pop("format"),
    )


_STREAM = click.argument("stream", metavar="STREAM")
_GROUP = click.argument("group", metavar="[GROUP]", required=False)
_IDS = click.option("--id", "ids", type=ENTRY_ID, multiple=True, metavar="ID", help="This entry; may be repeated.")
_MIN_IDLE = click.option(
    "--min-idle", "min_idle_ms", type=DURATION, metavar="TIME", help="All that is idle for so long: 5m, 300s."
)
_LIMIT = click.option("--limit", type=COUNT, metavar="N", help="At most so many, the oldest ones.")
_RATE = click.option("--rate", "rate_per_s", type=RATE, metavar="N/s", help="At most so many a second: 10/s.")
_TO = click.option("--to", metavar="CONSUMER", help="Who gets them (the least loaded live consumer).")
_NO_MARKS = click.option("--no-marks", is_flag=True, help="Copies carry no marks of their origin.")
_OF_GROUP = (_STREAM, _GROUP, _IDS, _MIN_IDLE, _LIMIT, _RATE)
_OF_LETTERS = (_STREAM, _IDS, _LIMIT, _RATE)


@click.command(cls=Command)
@_STREAM
@_GROUP
@click.option("--min-idle", "min_idle_ms", type=DURATION, default=0, metavar="TIME", help="Idle for so long: 5m, 300s.")
@click.option("--min-deliveries", type=COUNT, default=1, metavar="N", help="Delivered at least so often.")
@click.option("--consumer", metavar="NAME", help="Held by this consumer.")
@click.option("--limit", type=COUNT, default=1_000, show_default=True, metavar="N", help="At most so many.")
@click.option(
    "--format", type=click.Choice(["table", "json", "jsonl"]), default="table", show_default=True, help="Output."
)
@connection_options
@click.pass_context
def pending(ctx: click.Context, /, **options: Any) -> int:  # noqa: ANN401
    """List pending entries with what they mean.

    STREAM is a full key, an alias or an unambiguous suffix such as `healing`; GROUP may be left out where it is clear.
    """
    own = {name: options.pop(name) for name in ("stream", "group", "format")}
    filters = {name: options.pop(name) for name in ("min_idle_ms", "min_deliveries", "consumer", "limit")}
    config = load_config(merged(ctx, options))
    from maestro_tui import wiring
    from maestro_tui.commands.pending import Filters

    return wiring.pending(config, **own, filters=Filters(**filters))


def _mover(verb: "MoveVerb", short: str, help: str, *options: Callable[[Any], Any]) -> click.Command:
    """Make the command of a verb: they differ in little."""

    @connection_options
    @manner_options
    @click.pass_context
    def command(ctx: click.Context, /, **given: Any) -> int:  # noqa: ANN401
        return _move(ctx, verb, given)

    for option in reversed(options):
        command = option(command)
    return click.command(verb, cls=Command, short_help=short, help=f"{short} {help}")(command)


def _move(ctx: click.Context, verb: "MoveVerb", given: dict[str, Any]) -> int:
    if given["ids"] and (given.get("min_idle_ms") is not None or given["limit"] is not None):
        raise click.UsageError("--id names the entries: it goes neither with --min-idle nor with --limit", ctx)
    manner = manner_of(given)
    marks = False if given.pop("no_marks", False) else None
    names = ("stream", "group", "ids", "min_idle_ms", "to", "limit", "rate_per_s")
    own = {name: given.pop(name) for name in names if name in given}
    config = load_config(merged(ctx, given))
    from maestro_tui import wiring
    from maestro_tui.commands.moving import Options

    return wiring.move(config, verb, Options(**own, marks=marks, manner=manner))


_WHICH = (
    "\n\nSTREAM is a full key, an alias or an unambiguous suffix such as `healing`; GROUP may be left out where it is"
    " clear. Without --id and --min-idle: all that is stuck, as far as nobody can still be working on it."
)

COMMANDS = (
    pending,
    _mover(
        "claim",
        "Give stuck entries to a live consumer.",
        "Delivery counts and idle times stay. Workers that read only new entries will not process them: requeue does."
        + _WHICH,
        *_OF_GROUP,
        _TO,
    ),
    _mover(
        "requeue",
        "Have stuck entries tried again.",
        "Each is copied to the end of its stream and acknowledged, at once." + _WHICH,
        *_OF_GROUP,
        _NO_MARKS,
    ),
    _mover(
        "dead-letter",
        "Set stuck entries aside.",
        "Each is copied into <stream>:dead, with where it came from, and acknowledged, at once." + _WHICH,
        *_OF_GROUP,
    ),
    _mover(
        "redrive",
        "Bring dead letters back, each once.",
        "They go to the end of the stream that they came from. STREAM is that stream, or the one that holds its dead"
        " letters (<stream>:dead). Without --id: all of them.",
        *_OF_LETTERS,
    ),
    _mover(
        "ack",
        "Drop stuck entries without processing.",
        "They leave the pending list: a loss, unless the work was done." + _WHICH,
        *_OF_GROUP,
    ),
)
