"""The record of what was done: append-only JSON lines, the intent on disk before the command is sent."""

import errno
import getpass
import json
import os
import socket
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from maestro_tui.domain.journal import Journal
from maestro_tui.domain.plans import PositionPlan, Restored
from maestro_tui.domain.quantities import timestamp
from maestro_tui.engine import journal
from maestro_tui.engine.ports import Clock


class AuditFailure(Exception):
    """The log cannot be written or read; the text says why, in a sentence."""


class Audit:
    """Writes one line for each intent, each outcome and what lies between, mode 0600, fsynced; and reads them back.

    All of it works on the disk while the caller waits: from an event loop it belongs into a thread.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self._clock = clock
        self._lock = threading.Lock()

    def write(self, record: Mapping[str, Any]) -> str:
        """Append a line and return it once it is on disk; raise AuditFailure."""
        line = self.spell(record)
        self._put([line])
        return line

    def write_all(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Append several lines at once; raise AuditFailure. It is for what nobody waits for; none at all is fine."""
        if records:
            self._put([self.spell(record) for record in records])

    def _put(self, lines: Sequence[str]) -> None:
        try:
            with self._lock:
                self._append("".join(f"{line}\n" for line in lines).encode())
        except OSError as error:
            raise AuditFailure(f"The audit log {self.path} cannot be written: {_reason(error)}.") from error

    def _append(self, whole: bytes) -> None:
        new = not self.path.exists()
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # O_APPEND keeps lines of two operators whole; O_NOFOLLOW keeps a planted link from taking them.
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(self.path, flags, 0o600)
        try:
            # The mode above is only for a new file; an old one may be open to others.
            os.fchmod(handle, 0o600)
            if _torn(handle):
                # A crash or a full disk left half a line, which would swallow the next.
                whole = b"\n" + whole
            if os.write(handle, whole) != len(whole):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(handle)
        finally:
            os.close(handle)
        if new:
            _sync_folder(self.path.parent)

    def spell(self, record: Mapping[str, Any]) -> str:
        """Return the line a record makes: time, operator and host first."""
        who = {"at": timestamp(self._clock.wall_ms()), "operator": operator(), "host": socket.gethostname()}
        return json.dumps({**who, **record}, ensure_ascii=True, separators=(",", ":"))

    def note(self, text: str) -> None:
        """Append a remark; raise AuditFailure."""
        self.write({"record": "note", "text": text})

    def read(self, most: int = 1000) -> Journal:
        """Return the last deeds and notes, and as many problems, oldest first; raise AuditFailure.

        It is read from the end, and no further back than needed. Lines that make no sense are left out, and a log that
        does not exist is empty.
        """
        try:
            return journal.read(self.path, most)
        except OSError as error:
            raise AuditFailure(f"The audit log {self.path} cannot be read: {_reason(error)}.") from error

    def material(self, deed_id: str) -> tuple[Restored, ...] | PositionPlan | None:
        """Return what the log kept for taking a deed back; raise AuditFailure.

        Of a claim or an ack: each entry that was certainly moved, as it was before. Of a set position: the plan that
        was carried out. None where the log has neither.
        """
        try:
            return journal.material(self.path, deed_id)
        except OSError as error:
            raise AuditFailure(f"The audit log {self.path} cannot be read: {_reason(error)}.") from error


def _torn(handle: int) -> bool:
    size = os.fstat(handle).st_size
    return size > 0 and os.pread(handle, 1, size - 1) != b"\n"


def _sync_folder(folder: Path) -> None:
    """Put the name of a new file on disk, too."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _reason(error: OSError) -> str:
    return (error.strerror or "error").lower()


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
