"""Why something may not be done, or not without saying so: each guard makes a sentence of a moment."""

from collections.abc import Iterator

from maestro_tui.domain.capped import capping
from maestro_tui.domain.names import ZERO, Key, Name
from maestro_tui.domain.plans.situation import Situation
from maestro_tui.domain.quantities import duration, plural, size
from maestro_tui.domain.rows import Row
from maestro_tui.domain.snapshot import Node
from maestro_tui.domain.text import clip_middle, visible

_NAMED_AT_MOST = 5
_NAME_CELLS = 60


def shown(name: Name) -> str:
    """Spell a name for a sentence: the ends tell names apart."""
    return clip_middle(str(name), _NAME_CELLS)


def listed(names: tuple[Name, ...]) -> str:
    """Spell some names, and how many more there are."""
    more = len(names) - _NAMED_AT_MOST
    return ", ".join(shown(name) for name in names[:_NAMED_AT_MOST]) + (f" and {more:,} more" if more > 0 else "")


def why_not_now(situation: Situation) -> str | None:
    """Return why nothing may be written now, in a sentence with a next step; None where it may."""
    if situation.config.read_only:
        return "This session is read-only. Start it without --read-only to act."
    frame = situation.frame
    if not frame.ever_polled:
        return f"Nothing is known yet: {frame.trouble or 'no poll has succeeded'}. No plan without a fresh look."
    if frame.trouble is not None:
        return f"No plan from stale data: {frame.trouble}"
    if situation.frozen:
        return "No plan from a frozen screen: press p to see the present, then try again."
    return next((reason for node in frame.snapshot.nodes if (reason := _node_refuses(node))), None)


def _node_refuses(node: Node) -> str:
    if node.loading:
        return f"{node.address} is loading its data and takes no writes yet. Wait for it."
    if node.writable is False:
        return f"{node.address} is a replica and takes no writes. Connect to the primary."
    return ""


def why_not_row(situation: Situation, key: Key) -> str | None:
    """Return why nothing can be planned for a group: it is not there, or what is known of it is not fresh."""
    name = shown(key.stream)
    row = situation.row(key)
    if row is None:
        return f"{name} {_group(key)}was not seen by the last poll: nothing is known about it."
    stream = row.stream
    if stream.trouble is not None:
        return f"Nothing can be planned for {name}: {stream.trouble}"
    if stream.exists is None:
        return f"The server did not tell whether {name} exists: poll again (ctrl+r) before you act."
    if not stream.exists:
        return f"{name} does not exist."
    if row.state == "stale":
        age = duration(situation.taken_at_ms - stream.seen_at_ms)
        return f"{name} was last seen {age} ago: no plan from stale data. Poll again (ctrl+r) before you act."
    if key.group is not None and row.group is None:
        unknown = stream.groups is None
        return f"The server did not tell the groups of {name}." if unknown else f"{name} {_group(key)}does not exist."
    return None


def _group(key: Key) -> str:
    return "" if key.group is None else f"group {shown(key.group)} "


def no_room(situation: Situation, row: Row) -> str | None:
    """Return why no copy can be added: the server's memory is full and it evicts nothing."""
    node = situation.node_of(row)
    memory = None if node is None else node.memory
    if memory is None or memory.policy != "noeviction" or (memory.used_share or 0.0) < 1.0:
        return None
    used = f"{size(memory.used_bytes)} of {size(memory.max_bytes)}"
    return f"The server's memory is full ({used}, noeviction): it refuses new entries. Free memory or raise maxmemory."


def room_warnings(situation: Situation, row: Row) -> Iterator[str]:
    """Warn where copies take memory that is nearly gone."""
    node = situation.node_of(row)
    share = None if node is None else node.memory.used_share
    if node is None or share is None or share < situation.limits.memory_share:
        return
    evicts = node.memory.may_evict_streams
    risk = "whole streams may be evicted for them" if evicts else "the server may refuse them"
    policy = f" ({visible(node.memory.policy)})" if node.memory.policy else ""
    yield f"Memory is {share:.0%} full{policy}, and copies take more of it: {risk}."


def nobody_live(row: Row) -> bool:
    """Whether certainly no consumer of the group is live."""
    return not row.live.possible


def others_reached(row: Row) -> tuple[Name, ...]:
    """Return the other groups that would be delivered a copy, too: those with consumers or progress."""
    return tuple(
        group.name
        for group in row.stream.groups or ()
        if group.name != row.key.group and (group.consumer_count > 0 or group.last_delivered != ZERO)
    )


def subset_of_capped(situation: Situation, row: Row) -> str | None:
    """Return why a subset must not be requeued here: the copies push out the oldest entries, needed or not."""
    if capping(row.stream, situation.trail(row.key.stream)) != "capped":
        return None
    length = plural(row.stream.length, "entry", "entries")
    return (
        f"{shown(row.key.stream)} is capped (MAXLEN): it takes entries and stays at {length}, so each copy pushes out"
        " the oldest entry, which may be pending or unread. Requeue all that is stuck in the group, oldest first, or"
        " dead-letter these: that adds nothing here."
    )


def trimmed_warning(situation: Situation, row: Row, number: str) -> Iterator[str]:
    """Warn where copies may push out others' entries."""
    stream = row.stream
    match capping(stream, situation.trail(stream.name)):
        case "capped":
            yield (
                f"{shown(stream.name)} is capped (MAXLEN): {number} push out as many of its oldest entries at the next"
                " additions, which may be pending or unread."
            )
        case "trimmed":
            gone = (stream.entries_added or 0) - stream.length
            yield (
                f"{plural(gone, 'entry', 'entries')} of {shown(stream.name)} {'was' if gone == 1 else 'were'} trimmed"
                " before: if its producers add with MAXLEN, copies push out as many of its oldest entries, pending or"
                " unread."
            )


def server_warnings(situation: Situation, row: Row) -> Iterator[str]:
    """Warn of what makes any write uncertain."""
    node = situation.node_of(row)
    if node is None:
        return
    if node.save_failing:
        yield "The server's persistence is failing: it may refuse the writes, or lose them at a restart."
    if node.writable is None:
        yield "The server would not tell whether it is the primary: a replica refuses every write."
