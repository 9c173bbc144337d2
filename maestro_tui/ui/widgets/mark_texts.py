"""What the mark of a pending entry means, where it comes from, and what to do."""

from typing import Final, Literal

from maestro_tui.domain.limits import Limits
from maestro_tui.domain.names import Key
from maestro_tui.domain.quantities import duration

Mark = Literal["ghost", "poison", "left behind", "last batch", ""]
MARKS: tuple[Mark, ...] = ("ghost", "poison", "left behind", "last batch")

_TEXTS: Final[dict[Mark, tuple[str, str, str]]] = {
    "left behind": (
        "Its holder has received newer entries since: the batch that it was in is over, so it failed, or its "
        "acknowledgement was lost. Where several processes share one consumer name this is only a hint.",
        "its idle time in XPENDING is longer than its holder's time since the last delivery in XINFO CONSUMERS",
        "enter shows what it holds. R has it tried again, D sets it aside where it can never succeed.",
    ),
    "last batch": (
        "It was delivered at its holder's last read: it may be worked on at this moment, or wait for its turn.",
        "its idle time in XPENDING is its holder's time since the last delivery in XINFO CONSUMERS",
        "leave it alone until it cannot be running any more: {safe_after} in this stream. Look at its holder's log.",
    ),
    "ghost": (
        "It is pending, but the stream no longer holds it: trimmed or deleted. What it held is lost.",
        "its ID is below the stream's first one, or XRANGE found nothing at it",
        "nothing can revive it. x acks it, so that the pending list forgets it.",
    ),
    "poison": (
        "It was delivered at least {deliveries} times, or requeued at least {attempts} times: "
        "trying again has not helped.",
        "its delivery count in XPENDING, and the mark _maestro_attempt that a requeue writes",
        "enter shows what it holds. D sets it aside; e in the inspector mends it. "
        "R leaves it alone unless told otherwise.",
    ),
}


def explain_mark(mark: Mark, key: Key, limits: Limits) -> tuple[str, ...]:
    """Return paragraphs about a mark, with the thresholds of the stream; none for an entry without one."""
    if not mark:
        return ()
    words = {
        "safe_after": duration(limits.of(key.stream).safe_after_ms),
        "deliveries": limits.poison_deliveries,
        "attempts": limits.poison_attempts,
    }
    what, source, todo = (text.format(**words) for text in _TEXTS[mark])
    return (what, f"From: {source}.", f"Do: {todo}", "")
