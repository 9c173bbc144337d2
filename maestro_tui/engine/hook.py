"""The operator's own command: one process for each event, a document on its standard input, a bounded time."""

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import Mapping, Sequence
from typing import Final

_REAPED_S: Final = 2.0
_OURS: Final = re.compile(r"(?:MAESTRO|REDIS|REDISCLI|VALKEY|VALKEYCLI)_|.*PASSW", re.IGNORECASE | re.DOTALL)
_CREDENTIALS: Final = re.compile(r"^(?:redis|rediss|valkey|valkeys|unix)://|://[^/\s]*@", re.IGNORECASE)
# A password this short may stand in any text by chance.
_SHORTEST_SECRET: Final = 4


class Hook:
    """Runs a command, never through a shell.

    Whatever it started and left running when it ends is ended with it, so nothing of it outlives the dashboard.
    """

    def __init__(self, command: Sequence[str], timeout_s: float, environ: Mapping[str, str]) -> None:
        self._command = tuple(command)
        self._timeout_s = timeout_s
        self._environ = dict(environ)

    async def run(self, document: bytes) -> str:
        """Give it a document and wait for its end; return "" or one sentence about what went wrong. Raises nothing."""
        name = self._command[0] if self._command else ""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                env=self._environ,
                # Its own process group: what it starts itself can be ended with it, and ctrl+c does not reach it.
                start_new_session=True,
            )
        except (OSError, ValueError, TypeError) as error:
            reason = (getattr(error, "strerror", None) or str(error) or "error").lower()
            return f"The hook {name!r} cannot be started: {reason}. No problem is passed on; see hook in the settings."
        try:
            async with asyncio.timeout(self._timeout_s):
                await _give(process, document)
                code = await process.wait()
        except TimeoutError:
            return f"The hook {name!r} took longer than {self._timeout_s:g}s and was ended: see what it waits for."
        finally:
            await _end(process)
        return "" if code == 0 else f"The hook {name!r} failed with exit code {code}: run it by hand to see why."


async def _give(process: asyncio.subprocess.Process, document: bytes) -> None:
    """Write the document and close the pipe; a command that does not read it is no fault."""
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(document)
        await process.stdin.drain()
        process.stdin.close()
        await process.stdin.wait_closed()


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill what is left of its process group, and take its exit status so that no zombie stays."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), _REAPED_S)


def without_secrets(environ: Mapping[str, str], secrets: Sequence[str]) -> dict[str, str]:
    """Return an environment that holds nothing by which somebody could reach a server of ours.

    Left out: our own settings and those of Redis by their names, every password, every address that carries
    credentials, and whatever contains one of the `secrets` themselves.
    """
    hidden = [one for one in secrets if len(one) >= _SHORTEST_SECRET]
    return {
        name: value
        for name, value in environ.items()
        if not _OURS.match(name) and not _CREDENTIALS.search(value) and not any(one in value for one in hidden)
    }
