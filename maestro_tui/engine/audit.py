"""The record of what was done: append-only JSON lines, the intent on disk before the command is sent."""

import errno
import getpass
import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from maestro_tui.domain.quantities import timestamp
from maestro_tui.engine.ports import Clock


class AuditFailure(Exception):
    """The log cannot be written; the text says why, in a sentence."""


class Audit:
    """Writes one line for each intent and each outcome, mode 0600, fsynced."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self._clock = clock

    def write(self, record: Mapping[str, Any]) -> str:
        """Append a line and return it once it is on disk; raise AuditFailure."""
        line = self.spell(record)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # O_APPEND keeps lines of two operators whole; O_NOFOLLOW keeps a planted link from taking them.
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
            handle = os.open(self.path, flags, 0o600)
            try:
                # The mode above is only for a new file; an old one may be open to others.
                os.fchmod(handle, 0o600)
                whole = line.encode() + b"\n"
                if os.write(handle, whole) != len(whole):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            reason = (error.strerror or "error").lower()
            raise AuditFailure(f"The audit log {self.path} cannot be written: {reason}.") from error
        return line

    def spell(self, record: Mapping[str, Any]) -> str:
        """Return the line a record makes: time, operator and host first."""
        who = {"at": timestamp(self._clock.wall_ms()), "operator": operator(), "host": socket.gethostname()}
        return json.dumps({**who, **record}, ensure_ascii=True, separators=(",", ":"))


def operator() -> str:
    """Return who is at the keyboard: the user behind sudo, or the login name, or the number."""
    behind = os.environ.get("SUDO_USER")
    if behind:
        return behind
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def default_path(environ: Mapping[str, str]) -> Path:
    """Return where the log lives: $XDG_STATE_HOME/maestro-tui/audit.jsonl."""
    state = environ.get("XDG_STATE_HOME", "")
    base = Path(state) if state.startswith("/") else Path.home() / ".local" / "state"
    return base / "maestro-tui" / "audit.jsonl"
