"""The operator's own editor on a private file, with the terminal handed over and taken back."""

import asyncio
import contextlib
import os
import shlex
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from types import FrameType

from maestro_tui.domain.text import visible
from maestro_tui.ui.acting.desk import Desk

_FALLBACKS = ("vi", "nano")
_NAME = "entry.txt"
_LET_GO_S = 2.0


class NoEditor(Exception):
    """There is no editor, or it failed; the message says what to do."""


def editor_command(environ: Mapping[str, str]) -> list[str]:
    """Return the editor's command: $VISUAL, else $EDITOR, else vi or nano; raise NoEditor where there is none."""
    for variable in ("VISUAL", "EDITOR"):
        wanted = environ.get(variable, "").strip()
        if not wanted:
            continue
        try:
            command = shlex.split(wanted)
        except ValueError as error:
            raise NoEditor(f"${variable} cannot be read as a command: {error}.") from None
        if shutil.which(command[0], path=environ.get("PATH")) is None:
            raise NoEditor(f"${variable} names {visible(command[0], 80)!r}, which is not there. Set it to an editor.")
        return command
    for name in _FALLBACKS:
        if shutil.which(name, path=environ.get("PATH")) is not None:
            return [name]
    raise NoEditor("There is no editor: set $VISUAL or $EDITOR to one.")


@contextlib.asynccontextmanager
async def private_file() -> AsyncIterator[Path]:
    """A path in a directory that only we can enter; whatever the editor leaves there goes with it."""
    folder = tempfile.mkdtemp(prefix="maestro-tui-")
    try:
        yield Path(folder) / _NAME
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def save(path: Path, document: str) -> None:
    """Write the document, for our eyes only; line ends stay as they are."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(document.encode())


def load(path: Path) -> str | None:
    """Return what was saved, '' where the file is gone; None where it is no text any more."""
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        return None


async def run_editor(desk: Desk, command: list[str], path: Path) -> None:
    """Hand the terminal to the editor until it ends; raise NoEditor where it could not be run or failed.

    Polling and what is in flight go on meanwhile: only the screen stands still.
    """
    code = 0
    fault: OSError | None = None
    try:
        with desk.hand_over(), _left_to_the_editor():
            # Nothing may leave this block by an error: the terminal would not be taken back.
            try:
                code = await _run(command, path)
            except OSError as error:
                fault = error
    except NotImplementedError:
        raise NoEditor("This terminal cannot be handed over to an editor.") from None
    if fault is not None:
        raise NoEditor(f"{visible(command[0], 80)} cannot be run: {(fault.strerror or 'error').lower()}.")
    if code:
        how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
        raise NoEditor(f"{visible(command[0], 80)} {how}: nothing was sent.")


async def _run(command: list[str], path: Path) -> int:
    process = await asyncio.create_subprocess_exec(*command, str(path))
    try:
        return await process.wait()
    finally:
        # We are ended while it is open: it must not stay behind on a terminal that is given back.
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), _LET_GO_S)


@contextlib.contextmanager
def _left_to_the_editor() -> Iterator[None]:
    """Let ctrl+c belong to the editor: it reaches us as well, being of the same terminal."""

    def ignore(number: int, frame: FrameType | None) -> None:
        """Do nothing. A function, not SIG_IGN, which the editor would inherit."""

    before = signal.signal(signal.SIGINT, ignore)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
