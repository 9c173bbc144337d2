"""Joins the parts: settings in, a session out, a face on it. The only place that knows all rooms; no logic."""

import asyncio
import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from maestro_tui.domain.config import Config
from maestro_tui.domain.trouble import Failure
from maestro_tui.engine.audit import Audit, default_path
from maestro_tui.engine.clock import SystemClock
from maestro_tui.engine.monitor import Monitor
from maestro_tui.engine.operations import Operations
from maestro_tui.engine.session import Face, Session

if TYPE_CHECKING:
    from maestro_tui.commands.acting import Manner
    from maestro_tui.commands.check import Asked
    from maestro_tui.commands.moving import MoveVerb, Options
    from maestro_tui.commands.oneline import OneLine
    from maestro_tui.commands.pending import Filters


def open_session(config: Config) -> Session:
    """Build the running system for one deployment; nothing is connected before the first poll."""
    from maestro_tui.gateway.read import RedisReader
    from maestro_tui.gateway.write import RedisWriter

    clock = SystemClock()
    reader = RedisReader(config, clock)
    writer = RedisWriter(config)
    monitor = Monitor(reader, clock, config)
    audit = Audit(Path(config.audit_file) if config.audit_file else default_path(os.environ), clock)
    operations = Operations(
        reader,
        writer,
        audit,
        clock,
        str(config.address),
        read_only=config.read_only,
        after=monitor.poll_now,
        deeds=monitor.deeds,
    )
    return Session(config, monitor, operations, reader, writer, clock, audit)


async def _show(config: Config, face: Face) -> int:
    async with open_session(config) as session:
        return await face(session)


def dashboard(config: Config) -> int:
    """Open the dashboard."""
    from maestro_tui.ui.run import dashboard as face

    return _run(config, face)


def status(config: Config, format: str, *, watch: bool = False) -> int:
    """Print one look at everything, or every look."""
    if watch:
        from maestro_tui.commands.watching import watch as watching

        return _run(config, partial(watching, format=format))
    from maestro_tui.commands.status import settings_of
    from maestro_tui.commands.status import status as face

    return _run(settings_of(config), partial(face, format=format))


def check(config: Config, asked: "Asked", line: "OneLine") -> int:
    """Say in one line how things are; Failure and all else is the caller's to tell."""
    from maestro_tui.commands.check import check as face
    from maestro_tui.commands.check import settings_of

    return asyncio.run(_show(settings_of(config, asked), partial(face, asked=asked, line=line)))


def init(config: Config, *, start: str | None, dry_run: bool, assume_yes: bool, overrides: frozenset[str]) -> int:
    """Create what is missing."""
    from maestro_tui.commands.init import Options
    from maestro_tui.commands.init import init as face

    return _run(config, partial(face, options=Options(start, dry_run, assume_yes, overrides)))


def pending(config: Config, stream: str, group: str | None, format: str, filters: "Filters") -> int:
    """List pending entries."""
    from maestro_tui.commands.pending import pending as face

    return _run(config, partial(face, stream=stream, group=group, filters=filters, format=format))


def move(config: Config, verb: "MoveVerb", options: "Options") -> int:
    """Claim, requeue, dead-letter, redrive or acknowledge entries."""
    from maestro_tui.commands.moving import move as face

    return _run(config, partial(face, verb=verb, options=options))


def log(config: Config, *, limit: int, format: str, note: str | None) -> int:
    """Print what was done, or write a remark."""
    from maestro_tui.commands.log import log as face

    return _run(config, partial(face, limit=limit, format=format, note=note))


def undo(config: Config, id: str | None, manner: "Manner") -> int:
    """Take something back."""
    from maestro_tui.commands.undo import undo as face

    return _run(config, partial(face, id=id, manner=manner))


def demo(config: Config, scenario: str) -> int:
    """Open the dashboard on a throw-away server with simulated services."""
    from maestro_tui.commands.tell import tell
    from maestro_tui.demo.server import DemoUnavailable

    try:
        return asyncio.run(_demo(config, scenario))
    except DemoUnavailable as error:
        tell(str(error))
        return 3


async def _demo(config: Config, scenario: str) -> int:
    from maestro_tui.commands.tell import tell
    from maestro_tui.demo.sandbox import sandbox
    from maestro_tui.domain.config import Address, Secret
    from maestro_tui.ui.run import dashboard as face

    async with sandbox(scenario) as place:
        address = Address(place.host, place.port, password=Secret(place.password))
        code = await _show(replace(config, address=address, environment=None, audit_file=place.audit_file), face)
        for sentence in place.told:
            tell(sentence)
        return code


def _run(config: Config, face: Face) -> int:
    from maestro_tui.commands.tell import tell

    try:
        return asyncio.run(_show(config, face))
    except Failure as failure:
        tell(str(failure.trouble))
        return 3
