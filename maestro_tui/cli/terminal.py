"""The terminal or the pipe that the program was given: whether it will do, and when it goes away."""

import os
import sys
from collections.abc import Callable
from typing import Any

import click

PROG = "maestro-tui"

_USAGE, _BROKEN_PIPE, _UNWRITABLE = 2, 141, 1
_NO_TERMINAL = frozenset(("", "dumb", "unknown"))


class Refused(click.ClickException):
    """A command that cannot start: one line on stderr, exit code 2."""

    exit_code = _USAGE


def prompt() -> Callable[[str], str] | None:
    """Return how to ask for the password, or None where nobody can be asked."""
    if not (_is_terminal(sys.stdin) and _is_terminal(sys.stderr)):
        return None
    return lambda text: str(click.prompt(text, default="", hide_input=True, show_default=False, err=True))


def require_terminal() -> None:
    """Refuse the dashboard where there is no screen; it reads stdin and paints on stderr's terminal."""
    streams = (("stdin", sys.stdin), ("stdout", sys.stdout), ("stderr", sys.stderr))
    missing = [name for name, stream in streams if not _is_terminal(stream)]
    term = os.environ.get("TERM", "")
    if missing:
        why = f"{missing[0]} is not one"
    elif term in _NO_TERMINAL:
        why = f"TERM is {term}" if term else "TERM is not set"
    else:
        return
    raise Refused(f"the dashboard needs a terminal, and {why}; in scripts use `{PROG} status`")


def _is_terminal(stream: Any) -> bool:  # noqa: ANN401
    # A stream that was closed before we started is None.
    return stream is not None and not stream.closed and bool(stream.isatty())


def flushed(code: int) -> int:
    """Write what is still buffered, while a failure can still be told."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        return stop_writing()
    except OSError as error:
        return unwritable(error)
    return code


def unwritable(error: OSError) -> int:
    """Say why the output could not be written."""
    stop_writing()
    click.echo(f"{PROG}: writing failed: {error.strerror}", err=True)
    return _UNWRITABLE


def no_output() -> int:
    """Say that there is nowhere to write to; nothing has been done yet."""
    click.echo(f"{PROG}: writing failed: stdout is closed", err=True)
    return _UNWRITABLE


def stop_writing() -> int:
    """Send what is still buffered nowhere, so that the interpreter's last flush is quiet."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return _BROKEN_PIPE
