"""What each rule is about, where it is seen, and what to do: the words of `d`, and of docs/rules.md."""

from maestro_tui.domain.glossary import Text

RULE_TEXTS: dict[str, Text] = {
    "unreachable": Text(
        "The last poll failed, so everything shown is of an earlier moment.",
        "the connection, or what the server answered.",
        "see what it says; we go on trying, more and more slowly. ctrl+r tries at once.",
    ),
    "loading": Text("The server is reading its data from disk: what it shows is not complete.", "INFO persistence."),
    "replica": Text(
        "This server copies another one. It takes no writes, and the times of consumers say little here.",
        "INFO replication.",
    ),
    "saving_fails": Text(
        "The last save or append to disk failed: the server will soon refuse writes (MISCONF).", "INFO persistence."
    ),
    "evicting": Text(
        "Memory is full and the server drops keys. Under allkeys-* the next one may be a whole stream with its groups.",
        "evicted_keys of INFO stats, two polls apart.",
    ),
    "no_stream": Text("A declared stream does not exist, so producers and workers miss it.", "XINFO STREAM."),
    "wrong_type": Text("A declared key holds something that is no stream.", "TYPE, or WRONGTYPE in answer to XINFO."),
    "denied": Text("The access rules of the server hide a part of the picture.", "NOPERM in answer to a command."),
    "no_group": Text("A declared group does not exist: its workers fail with NOGROUP.", "XINFO GROUPS."),
    "no_live": Text("Entries wait and certainly nobody takes them.", "XINFO CONSUMERS and the lag."),
    "moved_back": Text(
        "The group stands before where it stood, and not by our doing: it was recreated, or its position was set back."
        " Everything since is delivered again, finished work among it.",
        "last-delivered-id of XINFO GROUPS, two polls apart.",
        "if that was not meant, stop the workers and set the position again (x); then find who did it: a deployment"
        " that recreates its groups, a restored copy, XGROUP SETID.",
    ),
    "not_acking": Text(
        "Live workers take one batch after another and acknowledge nothing: they fail at everything, or forgot to ack.",
        "entries-read and pending of XINFO GROUPS, XINFO CONSUMERS, followed from poll to poll.",
        "read the workers' log. Once they are mended, R brings back what they left; D sets aside what cannot succeed.",
    ),
    "left_behind": Text(
        "Entries were delivered, their holder has received newer ones since, and nobody finished them: it failed at"
        " them, crashed and came back, or its acknowledgement was lost. Workers that read > never take them again.",
        "XPENDING and XINFO CONSUMERS: longer idle than their holder has been without a new entry.",
        "read one (enter), R one first and see that it is finished, then the others. Where several processes share one"
        " consumer name, another may still be at work on them.",
    ),
    "silent": Text(
        "Overdue entries are with consumers of which none is certainly live: busy for too long, or dead; the server"
        " cannot tell the two apart.",
        "XPENDING and XINFO CONSUMERS.",
        "look at the worker's own log and process. If it is dead, start one, then R: a new worker does not take over"
        " what the dead one held.",
    ),
    "stuck": Text(
        "Entries were delivered and nobody finished or touched them for longer than the threshold. Their holder is"
        " live, or is not known.",
        "XINFO CONSUMERS and XPENDING.",
        "read one (enter), R one first and see that it is finished, then the others.",
    ),
    "outpaced": Text(
        "More comes in than the workers take, for half a minute at least: the backlog grows, and will be trimmed or"
        " fill the memory in the end. No burst: that is worked off before this is told.",
        "IN/s and OUT/s, and the lag followed over more than two polls.",
        "add workers, find what slows them (a slow dependency), or slow the producers.",
    ),
    "unread_lost": Text(
        "Entries were trimmed from the stream (MAXLEN, MINID, XTRIM) before this group received them. They are gone.",
        "entries-added, length and first entry of XINFO STREAM against the group's entries-read and last-delivered-id.",
        "have the producers keep more (a larger MAXLEN), and add workers; ask the producers to send again what was"
        " lost.",
    ),
    "behind": Text(
        "Entries are delivered more slowly than the threshold allows, or the lag grows.",
        "the lag and the rates.",
        "add workers, or find what slows them.",
    ),
    "poison": Text(
        "Pending entries were delivered so often that they will hardly succeed the next time: each time a worker takes"
        " them it fails, or dies and takes its whole batch with it.",
        "the delivery counts of XPENDING, first page.",
        "read the payload (enter), D sets the entry aside. e mends its fields and sends it anew.",
    ),
    "ghosts": Text(
        "Pending entries are no longer in the stream: trimmed or deleted while they were pending. Their payload is"
        " gone, so nobody can finish or requeue them. What a worker may still have in hand is not counted.",
        "XPENDING against the stream's first entry; holes by XDEL are seen on shown pages only, hence >=.",
        "x takes them off the list (ack). Have the producers trim later than work takes.",
    ),
    "shared_name": Text(
        "A consumer finished entries of an older batch after it had taken newer ones, several times within a minute."
        " One serial worker never does: several processes seem to use one name. Then left behind and last batch are"
        " only hints, and an entry that looks left behind may be in work.",
        "the pending list, from poll to poll. A worker that takes new entries before it is done looks the same.",
        "give each process a consumer name of its own (its host name), and wait for safe_after before R.",
    ),
    "server_denied": Text("The server would not answer INFO or TIME: its health is not known.", "INFO, TIME."),
    "memory": Text("Memory is nearly full: then writes are refused, or keys evicted.", "INFO memory."),
    "connections": Text("The server is close to its limit of clients and will turn workers away.", "INFO clients."),
    "dead_letters": Text(
        "Entries were set aside and wait for somebody to mend what they failed of, and to bring them back.",
        "XINFO STREAM.",
    ),
    "slow_poll": Text("The server took long to answer us, and so it does for the workers.", "the time of our poll."),
}
