"""The machine's own time."""

import asyncio
import time


class SystemClock:
    """Time as it passes."""

    def wall_ms(self) -> int:
        """Milliseconds since 1970, by this machine."""
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        """Seconds that never run backwards."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
