"""The commands about what was done: the log, and taking something back."""

from typing import Any

import click

from maestro_tui.cli.loading import load_config
from maestro_tui.cli.moving import manner_of, manner_options
from maestro_tui.cli.options import Command, connection_options, merged
from maestro_tui.cli.values import COUNT


@click.command(cls=Command)
@click.option("--limit", type=COUNT, default=100, show_default=True, metavar="N", help="The last so many.")
@click.option(
    "--format", type=click.Choice(["table", "json", "jsonl"]), default="table", show_default=True, help="Output."
)
@click.option("--note", metavar="TEXT", help="Write a remark into the log instead.")
@connection_options
@click.pass_context
def log(ctx: click.Context, /, limit: int, format: str, note: str | None, **flags: object) -> int:
    """Show what was done from here, by whom, and what became of it.

    Works without a server.
    """
    config = load_config(merged(ctx, flags))
    from maestro_tui import wiring

    return wiring.log(config, limit=limit, format=format, note=note)


@click.command(cls=Command)
@click.argument("id", metavar="[ID]", required=False)
@manner_options
@connection_options
@click.pass_context
def undo(ctx: click.Context, /, id: str | None, **options: Any) -> int:  # noqa: ANN401
    """Take back a claim, an ack or a set position: that of ID, or the last that can be.

    `maestro-tui log` shows the IDs. Entries that somebody has touched since are left alone.
    """
    manner = manner_of(options)
    config = load_config(merged(ctx, options))
    from maestro_tui import wiring

    return wiring.undo(config, id, manner)


COMMANDS = (log, undo)
