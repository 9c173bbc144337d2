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
    "stuck": Text(
        "Entries were delivered and nobody finished or touched them for longer than the threshold.",
        "XINFO CONSUMERS and XPENDING.",
    ),
    "behind": Text("Entries are delivered more slowly than the threshold allows.", "the lag and the rates."),
    "server_denied": Text("The server would not answer INFO or TIME: its health is not known.", "INFO, TIME."),
    "memory": Text("Memory is nearly full: then writes are refused, or keys evicted.", "INFO memory."),
    "connections": Text("The server is close to its limit of clients and will turn workers away.", "INFO clients."),
    "dead_letters": Text(
        "Entries were set aside and wait for somebody to mend what they failed of, and to bring them back.",
        "XINFO STREAM.",
    ),
    "slow_poll": Text("The server took long to answer us, and so it does for the workers.", "the time of our poll."),
}
