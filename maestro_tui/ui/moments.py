"""A place in a stream as an operator types it, and an instant as an operator reads it, in local time too."""

import re
from datetime import UTC, datetime, timedelta

from maestro_tui.domain.names import EntryId
from maestro_tui.domain.quantities import parse_duration, timestamp
from maestro_tui.domain.text import visible

PLACEHOLDER = "an ID, a local time 14:03, 2026-11-22T14:03:00Z, or 10m for ten minutes ago"

_ID = re.compile(r"\d+(-\d+)?", re.ASCII)
_TIME_OF_DAY = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(z?)", re.ASCII | re.IGNORECASE)


def parse_place(text: str, now_ms: int) -> EntryId:
    """Read an ID, a time of day, an ISO time, or a time span before now; times without a zone are local.

    Raises ValueError with one sentence for anything else.
    """
    typed = text.strip()
    if _ID.fullmatch(typed):
        return EntryId.parse(typed)
    ms = _ago(typed, now_ms) or _of_day(typed, now_ms) or _iso(typed)
    if ms is None:
        raise ValueError(f"{visible(typed, 40)!r} is no entry ID, no time such as 14:03, and no span such as 10m.")
    if ms < 0:
        raise ValueError(f"{visible(typed, 40)!r} is before 1970.")
    return EntryId(ms)


def _ago(text: str, now_ms: int) -> int | None:
    try:
        return now_ms - parse_duration(text)
    except ValueError:
        return None


def _of_day(text: str, now_ms: int) -> int | None:
    """Return the latest moment, not after now, at which clocks showed that time."""
    found = _TIME_OF_DAY.fullmatch(text)
    if found is None:
        return None
    now = datetime.fromtimestamp(now_ms / 1000, tz=UTC)
    now = now if found[4] else now.astimezone()
    try:
        moment = now.replace(hour=int(found[1]), minute=int(found[2]), second=int(found[3] or 0), microsecond=0)
    except ValueError:
        return None
    if not found[4]:
        # The day before may have had another distance from UTC.
        moment = moment.replace(tzinfo=None).astimezone()
    if moment > now:
        before = moment - timedelta(days=1)
        moment = before if found[4] else before.replace(tzinfo=None).astimezone()
    return round(moment.timestamp() * 1000)


def _iso(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
        return round((moment if moment.tzinfo else moment.astimezone()).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        return None


def both_times(ms: int) -> str:
    """Spell an instant in UTC and in local time: `2026-11-22T13:37:22.001Z (14:37:22 +01:00 here)`."""
    try:
        local = datetime.fromtimestamp(ms / 1000, tz=UTC).astimezone()
    except (ValueError, OverflowError, OSError):
        return timestamp(ms)
    if not local.utcoffset():
        return f"{timestamp(ms)} (here too)"
    return f"{timestamp(ms)} ({local:%H:%M:%S} {local:%z} here)"
