"""Entries kept on our own disk before they are moved: where the server may evict a whole stream, this is the copy."""

import asyncio
import base64
import errno
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from maestro_tui.domain.names import EntryId, Key
from maestro_tui.domain.trouble import Failure, Trouble
from maestro_tui.engine.ports import Entry, Reader
from maestro_tui.engine.records import spell_key

_AT_ONCE: Final = 8
"""Entries fetched at the same time: each may hold megabytes."""


class Payloads:
    """Appends whole entries to a file that only the operator can read, one JSON line each, fsynced a batch."""

    def __init__(self, path: Path, reader: Reader, key: Key) -> None:
        self.path = path
        self._reader = reader
        self._key = key

    async def save(self, ids: Sequence[EntryId]) -> Trouble | None:
        """Return once these entries are on disk, or why they are not; what is gone from the stream is left out."""
        for start in range(0, len(ids), _AT_ONCE):
            part = ids[start : start + _AT_ONCE]
            looks = [asyncio.ensure_future(self._reader.entry(self._key.stream, id, None)) for id in part]
            try:
                entries = await asyncio.gather(*looks)
            except Failure as failure:
                return failure.trouble
            finally:
                for look in looks:
                    look.cancel()
            found = [entry for entry in entries if entry is not None]
            try:
                await asyncio.to_thread(self._append, found, last=start + _AT_ONCE >= len(ids))
            except OSError as error:
                reason = (error.strerror or "error").lower()
                sentence = f"The payloads cannot be kept in {self.path}: {reason}."
                return Trouble("full", sentence, "Make room for them, then do it again.")
        return None

    def _append(self, entries: Sequence[Entry], *, last: bool) -> None:
        # O_NOFOLLOW keeps a planted link from taking them; the mode is set again because an old file keeps its own.
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self.path, flags, 0o600)
        try:
            os.fchmod(handle, 0o600)
            for entry in entries:
                self._write(handle, entry)
            if last:
                os.fsync(handle)
                _sync_folder(self.path.parent)
        finally:
            os.close(handle)

    def _write(self, handle: int, entry: Entry) -> None:
        fields = [[_spell(name), _spell(value)] for name, value in entry.fields]
        record = {**spell_key(self._key), "id": str(entry.id), "fields": fields}
        left = memoryview(json.dumps(record, separators=(",", ":")).encode() + b"\n")
        while left:
            written = os.write(handle, left)
            if written == 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            left = left[written:]


def _sync_folder(folder: Path) -> None:
    """Put the name of a new file on disk, too."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _spell(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
