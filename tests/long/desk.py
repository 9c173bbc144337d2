"""The whole running system on a server: the same session that every face is given, its operations and its log."""

from contextlib import nullcontext
from pathlib import Path
from unittest.mock import patch

from maestro_tui.domain.config import Address, Config
from maestro_tui.domain.names import Name
from maestro_tui.domain.plans import Confirmed, MovePlan, Poison, Sweep, Verb
from maestro_tui.domain.snapshot import exact
from maestro_tui.engine.session import Session
from maestro_tui.gateway import write
from maestro_tui.wiring import open_session
from tests.long.numbered import HOLDER, KEY, Numbered
from tests.long.unguarded import UnguardedWriter
from tests.servers import HOST

DEAD = Name(KEY.stream.raw + b":dead")


def open_desk(port: int, log: Path, *, unguarded: bool = False) -> Session:
    """Open a session on a server; `unguarded` puts a writer in its place that the runs must find out."""
    replaced = patch.object(write, "RedisWriter", UnguardedWriter) if unguarded else nullcontext()
    with replaced:
        return open_session(Config(Address(HOST, port), audit_file=str(log)))


def everything(verb: Verb, numbered: Numbered, now_ms: int) -> Confirmed:
    """Return the plan that moves all that the holder left, confirmed; without a canary, since nobody acknowledges."""
    plan = MovePlan(
        verb,
        KEY,
        Sweep(numbered.last, {HOLDER: now_ms}, seen=exact(numbered.count)),
        taken_at_ms=now_ms,
        to=DEAD if verb == "dead-letter" else KEY.stream,
        poison=Poison(5, 2) if verb == "requeue" else None,
    )
    return Confirmed(plan, "a long run", "--yes", frozenset({"no-worker"}))
