"""The options that all commands share, taken before or after the command name."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

_Function = TypeVar("_Function", bound=Callable[..., Any])
Flags = Mapping[str, object]

_PLACE = ("url", "host", "port", "socket")
_PASSWORD = ("password_file", "ask_password")


class _Shared(click.Option):
    """An option of every command; help lists these apart from the command's own."""


class Command(click.Command):
    """A command whose help shows its own options first."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options in two sections."""
        _write_options(self, ctx, formatter)


class Group(click.Group):
    """The program itself: commands, then options."""

    command_class = Command

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, then the options in two sections."""
        self.format_commands(ctx, formatter)
        _write_options(self, ctx, formatter)


def _write_options(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    own: list[tuple[str, str]] = []
    shared: list[tuple[str, str]] = []
    for option in command.get_params(ctx):
        # Newer versions of click list arguments here, too; what they are is told above.
        if isinstance(option, click.Option) and (record := option.get_help_record(ctx)):
            (shared if isinstance(option, _Shared) else own).append(record)
    for title, records in (("Options", own), ("Settings (before or after the command name)", shared)):
        if records:
            with formatter.section(title):
                formatter.write_dl(records)


def _shared(*names: str, **attributes: Any) -> Callable[[_Function], _Function]:  # noqa: ANN401
    return click.option(*names, cls=_Shared, default=None, **attributes)


_FILE = click.Path(path_type=str)
_CONNECTION = (
    _shared("--url", metavar="URL", help="redis://, rediss:// or unix://; better without a password in it."),
    _shared("--host", metavar="HOST", help="Server name or address."),
    _shared("--port", metavar="PORT", help="Port, with --host."),
    _shared("--db", metavar="N", help="Database number."),
    _shared("--user", metavar="NAME", help="ACL user."),
    _shared("--socket", type=_FILE, metavar="PATH", help="Unix socket instead of host and port."),
    _shared("--password-file", type=_FILE, metavar="PATH", help="File that holds the password."),
    _shared("--ask-password", is_flag=True, help="Ask for the password on the terminal."),
    _shared("--tls", is_flag=True, help="Speak TLS."),
    _shared("--tls-ca", type=_FILE, metavar="PATH", help="Certificate authority to trust."),
    _shared("--tls-cert", type=_FILE, metavar="PATH", help="Client certificate."),
    _shared("--tls-key", type=_FILE, metavar="PATH", help="Key of the client certificate."),
    _shared("--tls-insecure", is_flag=True, help="Do not check the server's certificate."),
    _shared("--tls-no-hostname", is_flag=True, help="Do not check the host name in the certificate."),
    _shared("--config", type=_FILE, metavar="PATH", help="TOML file instead of the usual one."),
    _shared("--profile", metavar="NAME", help="Profile of the TOML file."),
    _shared(
        "--environment",
        type=click.Choice(["production", "staging", "development"]),
        help="What is at stake on this server.",
    ),
    _shared("--topology", type=_FILE, metavar="PATH", help="TOML file that declares the streams."),
)
_TIMEOUT = _shared("--timeout", metavar="TIME", help="How long to wait for an answer (2s).")
_SCREEN = (
    _shared("--read-only", is_flag=True, help="Look, change nothing."),
    _TIMEOUT,
    _shared("--interval", "poll_every", metavar="TIME", help="Time between two polls (1s)."),
    _shared("--theme", metavar="NAME", help="Colour theme."),
    _shared("--ascii/--no-ascii", help="No glyphs beyond ASCII."),
    _shared("--mouse/--no-mouse", help="Whether to take the mouse."),
)


def _with(options: Sequence[Callable[[_Function], _Function]]) -> Callable[[_Function], _Function]:
    def decorate(function: _Function) -> _Function:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


connection_options = _with((*_CONNECTION, *_SCREEN))
screen_options = _with(_SCREEN)
# For a command with a --timeout of its own: that of the connection is then taken before the command name only.
untimed_options = _with(tuple(option for option in (*_CONNECTION, *_SCREEN) if option is not _TIMEOUT))


def merged(ctx: click.Context, after: Flags) -> dict[str, object]:
    """Join the options before and after the command name; what comes after wins, with all it replaces."""
    before = dict(ctx.parent.params) if ctx.parent else {}
    given = {name: value for name, value in after.items() if value is not None}
    for unit, rivals in ((("url", "host", "socket"), _PLACE), (_PASSWORD, _PASSWORD)):
        if any(name in given for name in unit):
            before = {name: value for name, value in before.items() if name not in rivals}
    return {**before, **given}
