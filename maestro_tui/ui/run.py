"""Runs the dashboard inside our own event loop, and gives the terminal back whatever happens."""

import asyncio
import contextlib
import os
import signal
import sys
import termios
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from maestro_tui.domain.quantities import plural
from maestro_tui.domain.text import visible
from maestro_tui.engine.session import DRAIN_S, Session
from maestro_tui.ui.app import MaestroApp

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
_FAILED = 1
_HUNG_UP = 129
_LOOK_EVERY_S = 1.0
_LET_GO_S = 3.0
# A page of a thousand entries with their copies takes some 60,000; this is then the only record of it.
_LONGEST_LINE = 200_000


async def dashboard(session: Session) -> int:
    """Show the dashboard until it is left; 0 after a plain quit, 128 + the signal's number after a signal."""
    app = MaestroApp(session)
    monitoring = asyncio.create_task(session.monitor.run(), name="monitor")
    monitoring.add_done_callback(lambda task: None if task.cancelled() else app.exit(_FAILED))
    with _signals(app):
        try:
            code = await _run(app, session)
        finally:
            monitoring.cancel()
            await asyncio.wait({monitoring})
        fault = None if monitoring.cancelled() else monitoring.exception()
        code = _tell_fault(fault or app.fault) or code
        code = await _finish(session) or code
        tell_unlogged(session)
        return code


async def _run(app: MaestroApp, session: Session) -> int:
    _watch_terminal(asyncio.get_running_loop(), app)
    code = await app.run_async(mouse=session.config.mouse)
    task = asyncio.current_task()
    if code is None and task is not None and task.cancelling():
        # SIGINT from outside: asyncio cancels us, and Textual takes that for its end.
        return 128 + signal.SIGINT
    return _FAILED if code is None else code


@contextlib.contextmanager
def _signals(app: MaestroApp) -> Iterator[None]:
    """Leave orderly on a signal: the default leaves the terminal in the alternate screen with the mouse on."""
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, app.exit, 128 + number)
    try:
        yield
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)


def _watch_terminal(loop: asyncio.AbstractEventLoop, app: MaestroApp) -> None:
    """End the process when its terminal has vanished: Textual's threads would spin for ever on the dead file."""
    terminal = sys.__stdin__
    if terminal is not None and not terminal.closed and terminal.isatty():
        threading.Thread(target=_watch, args=(terminal.fileno(), loop, app), name="terminal watch", daemon=True).start()


def _watch(terminal: int, loop: asyncio.AbstractEventLoop, app: MaestroApp) -> None:
    while True:
        time.sleep(_LOOK_EVERY_S)
        try:
            termios.tcgetattr(terminal)
        except (termios.error, OSError):
            break
    # The loop may already hang on a write to the dead terminal: ask it, then do without. Every intent that was
    # sent is in the audit log.
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(app.exit, _HUNG_UP)
    time.sleep(_LET_GO_S)
    os._exit(_HUNG_UP)


def _tell_fault(fault: BaseException | None) -> int:
    """Say in one sentence what broke, and where; the exit code is 0 where nothing did."""
    if fault is None:
        return 0
    places = traceback.extract_tb(fault.__traceback__)
    where = f" at {Path(places[-1].filename).name}:{places[-1].lineno}" if places else ""
    _tell(f"internal error{where}: {type(fault).__name__}: {visible(str(fault))}. Please report it.")
    return _FAILED


async def _finish(session: Session) -> int:
    """Wait for what is in flight, and name what stays unknown."""
    flying = len(session.operations.in_flight)
    if flying:
        _tell(f"waiting up to {DRAIN_S:.0f}s for {plural(flying, 'action')} in flight")
    elif session.alerts.busy:
        _tell(f"waiting up to {DRAIN_S:.0f}s for the hook")
    left, unheard = await asyncio.gather(session.operations.drain(DRAIN_S), session.alerts.aclose(DRAIN_S))
    if unheard:
        _tell(f"{plural(unheard, 'problem')} could not be given to the hook")
    if not left:
        return 0
    _tell(f"{plural(len(left), 'action')} ended with an unknown outcome: look at the streams before you try again")
    return _FAILED


def tell_unlogged(session: Session) -> None:
    """Repeat what the log could not take: the screen that showed it is gone."""
    for operation in session.operations.recent:
        for line in operation.unlogged:
            _tell(f"not in the log: {visible(line, _LONGEST_LINE)}")


def _tell(text: str) -> None:
    # The terminal may be gone, and with it stderr.
    with contextlib.suppress(OSError):
        sys.stderr.write(f"maestro-tui: {text}\n")
        sys.stderr.flush()
