"""The words behind a group's lists: each column of pending entries, consumers and entries, and each word in them."""

from collections.abc import Mapping
from typing import Final

from maestro_tui.domain.glossary import Text

PENDING_TEXTS: Final[dict[str, Text]] = {
    "ID": Text(
        "The entry's ID: the milliseconds at which it was added, and a number within that millisecond.",
        "XPENDING.",
        "enter shows the entry. An ID that somebody chose need not be a time.",
    ),
    "AGE": Text(
        "How long ago the entry was added. No claim and no new delivery resets it; ? where the ID is no time.",
        "its ID, against the server's TIME.",
        "an old entry that was delivered recently fails again and again: enter shows what it holds.",
    ),
    "IDLE": Text(
        "How long ago it was last delivered or claimed. It is not how long nobody works on it: a worker may be busy.",
        "XPENDING.",
        "compare it with what the consumer's own log says before you move the entry.",
    ),
    "CONSUMER": Text(
        "Who holds it: the consumer that it was last delivered to.",
        "XPENDING.",
        "tab leads to the consumers; / with the name lists what one holds.",
    ),
    "TRIES": Text(
        "How often it was delivered. Workers that read only new entries (>) never take it again by themselves.",
        "its delivery count in XPENDING.",
        "many deliveries: it fails each time. Read it before R; D sets it aside.",
    ),
    "ATT": Text(
        "How often it was requeued from here, each time as a copy that begins at 1 delivery; - never, ? not fetched.",
        "the field _maestro_attempt that a requeue writes.",
        "two or more: requeueing does not help. Mend it with e, or set it aside with D.",
    ),
    "MARK": Text(
        "What it is a case of: ghost, poison, left behind or last batch; none where nobody can tell.",
        "its ID, its idle time and delivery count, and its holder's time since the last delivery.",
        "d tells about the mark of the selected entry.",
    ),
    "PAYLOAD": Text(
        "Its fields, cut; what is not printable is spelled out. What says `gone` is no longer in the stream.",
        "XRANGE at its ID, for what is in sight.",
        "enter shows every field whole.",
    ),
}

CONSUMER_TEXTS: Final[dict[str, Text]] = {
    "CONSUMER": Text(
        "A name that reads in the group. Several processes may share one: then they look like one here.",
        "XINFO CONSUMERS.",
        "give each process a name of its own, or nobody can tell which of them is silent.",
    ),
    "PENDING": Text(
        "Entries delivered to it and not yet acknowledged.",
        "XINFO CONSUMERS.",
        "enter lists them.",
    ),
    "IDLE": Text(
        "How long ago it last asked for entries, or claimed or acknowledged some; before Redis 7.2 how long ago it last"
        " got one.",
        "idle of XINFO CONSUMERS.",
        "a waiting worker asks again within its block time; one that works asks when it is done.",
    ),
    "INACTIVE": Text(
        "How long ago it last got, claimed or acknowledged an entry; never: not once; ? before Redis 7.2.",
        "inactive of XINFO CONSUMERS.",
        "long, with entries pending: it hangs, is busy with a long one, or is gone. Look at its own log.",
    ),
    "LIVE": Text(
        "Whether it is certainly live, certainly not, or nobody can tell from the server.",
        "XINFO CONSUMERS twice: how long ago it asked, and whether its pending count changes.",
        "d tells about the word of the selected consumer.",
    ),
}

LIVE_TEXTS: Final[dict[str, Text]] = {
    "live": Text(
        "It asked within three block times, or its pending count moves.",
        "XINFO CONSUMERS.",
        "nothing.",
    ),
    "not live": Text(
        "It has not asked for so long that no worker on a healthy connection would be silent: it is gone.",
        "XINFO CONSUMERS.",
        "start it again; what it holds stays pending until somebody moves it: R, or C to a live consumer.",
    ),
    "? busy or dead": Text(
        "It holds entries and is silent. A worker that is busy with them and one that died look alike from the server.",
        "XINFO CONSUMERS.",
        "look at its own log or process before you move what it holds.",
    ),
    "? idle or dead": Text(
        "It holds nothing and nothing came that would show whether it is there.",
        "XINFO CONSUMERS, which before Redis 7.2 does not tell when it last asked.",
        "nothing while nothing waits. If it should be there, look at its own log.",
    ),
}

ENTRY_TEXTS: Final[dict[str, Text]] = {
    "ID": PENDING_TEXTS["ID"],
    "AT": Text(
        "When the entry was added, in UTC; ? where its ID is no time.",
        "its ID.",
        "@ jumps to an ID or a time.",
    ),
    "AGE": Text("How long ago the entry was added.", "its ID, against the server's TIME.", "enter shows the entry."),
    "SIZE": Text(
        "The bytes of its field names and values; ? where it was not read whole.",
        "XRANGE.",
        "large entries slow every reader: keep large payloads elsewhere and put a reference here.",
    ),
    "STATE": Text(
        "How this group stands to it: delivered (acknowledged or pending), or waiting to be delivered.",
        "the group's last-delivered ID in XINFO GROUPS.",
        "the Pending pane tells which of the delivered ones are not acknowledged.",
    ),
    "PAYLOAD": PENDING_TEXTS["PAYLOAD"],
}

INSPECTOR_TEXTS: Final[dict[str, Text]] = {
    "the entry": Text(
        "One entry with every field as the stream has it; what is not printable is spelled out, JSON is set in lines.",
        "XRANGE at its ID; of a large entry the first part, until > shows more.",
        "w writes all of it into a file, e mends it and requeues the mended copy.",
    ),
    "its time": Text(
        "When it was added, in UTC and in local time, and how long ago; its size over all fields.",
        "its ID, against the server's TIME.",
        "an ID that somebody chose need not be a time.",
    ),
    "who holds it": Text(
        "How each group of the stream stands to it: held by a consumer, not delivered yet, or behind the group's"
        " position, which means acknowledged or never delivered to it.",
        "XPENDING at its ID, and last-delivered of XINFO GROUPS.",
        "what is held and idle can be requeued (R) or set aside (D) from here.",
    ),
    "where it comes from": Text(
        "A copy that a requeue made names its origin and how often that was done; a dead letter names where it was.",
        "the fields that a requeue or a dead-letter writes beside the entry's own.",
        "R on a dead letter brings it back to where it came from.",
    ),
}


def sections(texts: Mapping[str, Text], shown: Mapping[str, str]) -> list[str]:
    """Return paragraphs about each column, with what the selected line `shown` in it."""
    lines: list[str] = []
    for title, text in texts.items():
        here = shown.get(title, "")
        lines += ["", f"{title}{' ' if here else ''}{here}: {text.what}", f"From: {text.source}", f"Do: {text.todo}"]
    return lines


def paragraphs(text: Text) -> list[str]:
    """Return what something is, where it comes from and what to do."""
    return [text.what, f"From: {text.source}", f"Do: {text.todo}"]
