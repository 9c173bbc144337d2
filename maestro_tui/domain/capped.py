"""Is a stream capped? A producer that adds with MAXLEN pushes the oldest entries out, whoever still needs them."""

from typing import Literal

from maestro_tui.domain.names import ZERO
from maestro_tui.domain.rates import Trail
from maestro_tui.domain.snapshot import Stream

Capping = Literal["capped", "trimmed", "no"]


def capping(stream: Stream, trail: Trail) -> Capping:
    """Return `capped` where entries came and as many others went before our eyes, `trimmed` where some once went.

    Measured: trimming leaves max-deleted-entry-id alone, XDEL moves it; what workers delete after use is no cap.
    Redis 6.2 tells neither that nor how many were added: there a stream that takes entries and does not grow counts
    as capped.
    """
    if len(trail) >= 2:
        first, last = trail[0], trail[-1]
        deleted = first.max_deleted_id != last.max_deleted_id
        if first.length is not None and last.length is not None and not deleted:
            grown = last.length - first.length
            if first.entries_added is not None and last.entries_added is not None:
                added = last.entries_added - first.entries_added
            else:
                added = int(first.last_id != last.last_id)
            if added > 0 and grown < added:
                return "capped"
    # Without a deletion, whatever was added and is not there was trimmed.
    gone = 0 if stream.entries_added is None else stream.entries_added - stream.length
    return "trimmed" if gone > 0 and stream.max_deleted_id == ZERO else "no"
