"""The words behind the screen: one entry for each column, state and mark; those for rules are in `rule_texts`."""

from dataclasses import dataclass

from maestro_tui.domain.rows import State


@dataclass(frozen=True, slots=True)
class Text:
    """What something is, the Redis command it comes from, and what to do about it.

    Texts of states may name thresholds: `{stuck_after}`, `{safe_after}`, `{waiting_after}`, `{live_within}`, `{block}`.
    """

    what: str
    source: str
    todo: str = ""


MARKS = (
    "Marks: ~ an estimate, <= at most, >= at least, ? not known (never 0), - does not apply.",
    "Durations are whole units, rounded down; clocks are UTC.",
)

COLUMN_TEXTS: dict[str, Text] = {
    "stream": Text(
        "The stream's key; the part that all names share is left out.",
        "the declared topology, and SCAN with the discovery pattern.",
        "t compares what is declared with what is there.",
    ),
    "group": Text(
        "The consumer group: it remembers what was delivered and what is not yet acknowledged.",
        "XINFO GROUPS.",
        "enter opens it.",
    ),
    "state": Text(
        "The worst thing about the row, in one word: first what spoils it, then what is wrong.",
        "everything else in the row.",
        "d without a column explains the state of the selected row.",
    ),
    "live": Text(
        "Consumers that are certainly live, of all that the group knows.",
        "XINFO CONSUMERS: how long ago each asked (before Redis 7.2: got an entry), and changes of its pending count.",
        "At 0, start a worker. At ?, look at the worker's own log: a busy one and a dead one look alike from here.",
    ),
    "length": Text(
        "Entries in the stream, acknowledged ones among them: Redis keeps entries until somebody trims them.",
        "XINFO STREAM.",
        "If it only grows, have the producers trim (XADD MAXLEN ~), and mind memory.",
    ),
    "pending": Text(
        "Entries delivered to a consumer and not yet acknowledged.",
        "XINFO GROUPS.",
        "enter lists them. A batch that is being worked is pending rightly.",
    ),
    "stuck": Text(
        "Pending entries that nobody touched for longer than the threshold: an alarm, never a licence to move them.",
        "XINFO CONSUMERS, and the first page of XPENDING; what lies beyond the page makes it >=.",
        "enter lists them: left behind means the holder went on without them, last batch that it may still be busy.",
    ),
    "age": Text(
        "The age of the oldest pending entry, since it was added. Unlike idle time, no claim or re-read resets it. Of"
        " dead letters: how long ago the oldest was set aside.",
        "XPENDING's lowest ID (of dead letters the stream's first) against the server's TIME.",
        "enter shows who holds it.",
    ),
    "lag": Text(
        "Entries in the stream that were not yet delivered to the group.",
        "the stream's ends (XINFO STREAM) and entries counted by XRANGE; else what XINFO GROUPS says, marked ~.",
        "If it grows, compare IN/s with OUT/s: too few workers, slow ones, or none.",
    ),
    "waiting": Text(
        "How long the first undelivered entry has waited.",
        "the stream's first entry, or XRANGE after last-delivered COUNT 1.",
        "Over the threshold the row is behind: add workers or find what slows them.",
    ),
    "in": Text(
        "Entries added to the stream per second.",
        "entries-added of XINFO STREAM, two polls apart.",
        "Compare it with OUT/s.",
    ),
    "out": Text(
        "Entries delivered to the group's consumers per second.",
        "entries-read of XINFO GROUPS, two polls apart; not known on Redis 6.2 and after deletions.",
        "At 0 with lag above 0 nobody reads.",
    ),
    "ack": Text(
        "Entries acknowledged per second.",
        "deliveries less the growth of pending, two polls apart.",
        "Far below OUT/s, workers take entries and do not finish them.",
    ),
    "tries": Text(
        "The most deliveries that any pending entry has had.",
        "the first page of XPENDING.",
        "An entry that is delivered again and again fails every time: read its payload.",
    ),
    "trend": Text(
        "The lag of the last ten minutes, the newest at the right; each block is the highest lag of 75 seconds. The"
        " scale is the row's own: from 0 (only 0 is the lowest block) to its highest lag, at least 7. A space: nobody"
        " looked. ?: the lag was not known. How far the lag can be trusted stands at LAG.",
        "LAG, at every poll since this dashboard runs.",
        "enter, then tab: the History pane has all numbers, with their scale and the time.",
    ),
    "drain": Text(
        "When lag is 0 at present rates; stalled: nothing is delivered; growing: more comes in than goes out.",
        "lag, IN/s and OUT/s.",
        "stalled: start or restart a worker. growing: add workers.",
    ),
}

STATE_TEXTS: dict[State, Text] = {
    "ok": Text(
        "Entries are delivered and acknowledged within the thresholds.",
        "XINFO GROUPS, XINFO CONSUMERS, XPENDING.",
        "nothing.",
    ),
    "stuck": Text(
        "Entries are pending and nobody touched them for {stuck_after} or longer.",
        "XINFO CONSUMERS and XPENDING.",
        "enter lists them. Workers that read only new entries (>) never take them up again by themselves; a batch on"
        " this stream may rightly take {safe_after}, so check the worker first.",
    ),
    "behind": Text(
        "Workers are live, but entries wait undelivered for {waiting_after} or longer, or the lag keeps growing.",
        "XINFO GROUPS, XINFO STREAM, and the rates between polls.",
        "add workers, or find what slows them.",
    ),
    "problem": Text(
        "Entries flow as they should, and something was found all the same: the problems below say what.",
        "the rules (docs/rules.md).",
        "see the problem's next step.",
    ),
    "no live": Text(
        "Entries wait, and no consumer is there to take them: a worker asks every {block}, and none asked within"
        " {live_within}.",
        "XINFO CONSUMERS.",
        "start a worker, or look at the log of the one that should run.",
    ),
    "no group": Text(
        "The stream is there, the declared group is not: its workers fail with NOGROUP and nothing is delivered.",
        "XINFO GROUPS.",
        "i creates it. Where entries exist, i asks from which one on they are delivered.",
    ),
    "no stream": Text(
        "The declared stream does not exist, nor does its group: workers fail with NOGROUP.",
        "XINFO STREAM.",
        "i creates both. If it was there before, look for evictions (allkeys-*), DEL or a flush.",
    ),
    "unused": Text(
        "An undeclared group that never read anything: no consumers, last-delivered 0-0. Its lag is the whole stream"
        " for ever; that is no incident.",
        "XINFO GROUPS.",
        "nothing. u shows or folds such groups.",
    ),
    "idle": Text(
        "Not declared, nobody reads it and nothing is pending: there is nothing to say about it.",
        "XINFO GROUPS.",
        "nothing.",
    ),
    "dead": Text(
        "Dead letters: entries that were set aside from the stream of the same name without :dead. No group reads them;"
        " each carries where it was pending, with whom and how often it was delivered.",
        "the stream's name, and XINFO STREAM.",
        "enter shows them; R redrives: it brings them back to where they came from, each once.",
    ),
    "wrong type": Text(
        "The key exists and is no stream: neither producers nor workers can use it.",
        "TYPE, or WRONGTYPE in answer to XINFO.",
        "rename the key, or delete it; then i.",
    ),
    "denied": Text(
        "The server's access rules forbid a command that we need to look at this row.",
        "NOPERM in answer to XINFO or XPENDING.",
        "ask for the right, or connect as another user.",
    ),
    "stale": Text(
        "The last look at this row failed, or is long ago: the numbers are of an earlier poll.",
        "the polls themselves.",
        "see the header for what is wrong; ctrl+r polls now.",
    ),
    "unknown": Text(
        "The server did not tell enough to say anything about this row.",
        "XINFO STREAM, XINFO GROUPS.",
        "ctrl+r polls now; see what the server said.",
    ),
}

LAST_BATCH = (
    "nothing yet: {stuck} stuck are a last batch, whose worker may rightly be busy with it until {safe_after} have"
    " passed since it took it. Look again then."
)
