"""The one line that a check prints, whatever happens: nothing is printed twice, and nothing keeps it from ending."""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator

from maestro_tui.commands.verdict import CODES, Verdict, unmeasured


class OneLine:
    """Says one verdict on stdout; what is said after it changes nothing."""

    def __init__(self) -> None:
        """Nothing is said yet."""
        self._code: int | None = None
        self._speaking = False

    def say(self, verdict: Verdict) -> int:
        """Print the line, unless one was printed; return the exit code of what was. Raise OSError as `write` does."""
        if self._code is None:
            self._speaking = True
            if sys.stdout is not None:
                encoding = sys.stdout.encoding or "utf-8"
                # A terminal that cannot show a character must not cost us the verdict.
                sys.stdout.write(str(verdict).encode(encoding, "backslashreplace").decode(encoding) + "\n")
                sys.stdout.flush()
            self._code = verdict.code
            self._speaking = False
        return self._code

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """End the process after that time, with what was said or UNKNOWN: a name service, a disk may hang for ever."""
        before = signal.signal(signal.SIGALRM, lambda _number, _frame: self._late(seconds))
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    def _late(self, seconds: float) -> None:
        if self._code is None and not self._speaking:
            line = f"{unmeasured(late(seconds))}\n"
            with contextlib.suppress(OSError):
                os.write(1, line.encode())
        os._exit(CODES["UNKNOWN"] if self._code is None else self._code)


def late(seconds: float) -> str:
    """Say that time ran out."""
    return f"not done within {seconds:g}s (--timeout)"
