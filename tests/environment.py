"""The environment the tests run in: none of the developer's own settings, colours or files."""

import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
"""The checkout."""

ORIGINAL: Final = dict(os.environ)
"""What the developer's shell set: pip needs it to find its own configuration."""

SNAPSHOT_PYTHON: Final = (3, 11)
"""The one Python that makes and compares pictures: others word tracebacks and draw widths differently."""

_FOREIGN_NAMES: Final = frozenset({"NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLORTERM", "COLUMNS", "LINES"})
_FOREIGN_PREFIXES: Final = ("TEXTUAL_", "MAESTRO_", "REDIS_")
_OWN_PREFIX: Final = "MAESTRO_TEST_"
# Where workers of one run leave what they drew, for the report on all of it.
_SHARED: Final = "TEXTUAL_SNAPSHOT_TEMPDIR"


def all_servers_wanted() -> bool:
    """Whether a missing server, and any other skipped test, is a failure (`MAESTRO_TEST_SERVERS=all`)."""
    return ORIGINAL.get("MAESTRO_TEST_SERVERS") == "all"


def cache_directory() -> Path:
    """Where downloaded servers are kept between runs."""
    if own := ORIGINAL.get("MAESTRO_TEST_CACHE"):
        return Path(own)
    base = ORIGINAL.get("XDG_CACHE_HOME")
    # Not what HOME says by now: that is a new one for each process.
    home = ORIGINAL.get("HOME") or Path.home()
    return (Path(base) if base else Path(home, ".cache")) / "maestro-tui" / "servers"


def clean(home: Path) -> None:
    """Take the developer's settings out of this process and its children; `home` becomes HOME."""
    for name in list(os.environ):
        foreign = name in _FOREIGN_NAMES or name.startswith(_FOREIGN_PREFIXES)
        if foreign and not name.startswith(_OWN_PREFIX) and not (is_worker() and name == _SHARED):
            del os.environ[name]
    os.environ |= {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_STATE_HOME": str(home / ".local" / "state"),
        "XDG_DATA_HOME": str(home / ".local" / "share"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "TZ": "UTC",
        "TEXTUAL_ANIMATIONS": "none",
        # Workers of this run have another HOME by now, and must find the same servers.
        "MAESTRO_TEST_CACHE": str(cache_directory()),
        # A child started elsewhere must import this checkout, not an older installed copy.
        "PYTHONPATH": str(ROOT),
    }
    # A shell that runs us in the background has SIGINT ignored, and so would every program that we interrupt.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def is_worker() -> bool:
    """Whether this process runs a share of the tests for another one."""
    return "PYTEST_XDIST_WORKER" in ORIGINAL


def new_home() -> tempfile.TemporaryDirectory[str]:
    """An empty home directory that disappears with the process."""
    return tempfile.TemporaryDirectory(prefix="maestro-home-")


def snapshots_supported() -> bool:
    """Whether this Python is the one the stored pictures were made with."""
    return sys.version_info[:2] == SNAPSHOT_PYTHON
