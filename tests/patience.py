"""Waiting for what must come, without a guess at how long it takes."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

PATIENCE_S: Final = 60.0
"""Only a hang takes that long; on a machine with other things to do, much that is quick takes seconds."""


async def comes_true(true: Callable[[], Awaitable[bool]], what: str, *, every_s: float = 0.02) -> None:
    """Ask again until it is true."""
    deadline = time.monotonic() + PATIENCE_S
    while not await true():
        assert time.monotonic() < deadline, f"waited {PATIENCE_S:.0f} s for {what}"
        await asyncio.sleep(every_s)
