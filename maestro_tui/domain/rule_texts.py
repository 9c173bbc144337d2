"""What each rule is about, where it is seen, and what to do: the words of `d`, and of docs/rules.md."""

from maestro_tui.domain.glossary import Text

RULE_TEXTS: dict[str, Text] = {
    "unreachable": Text(
        "The last poll failed, so everything shown is of an earlier moment.",
        "the connection, or what the server answered.",
        "see what it says; we go on trying, more and more slowly. ctrl+r tries at once.",
    ),
    "loading": Text(
        "The server is reading its data from disk: what it shows is not complete.",
        "INFO persistence.",
    ),
    "restarted": Text(
        "Another server process answers than at the poll before: it was restarted, or another one took over. Its "
        "counters begin anew, so rates do, too.",
        "run_id and uptime_in_seconds of INFO server.",
        "see what else is missing since; workers must connect again.",
    ),
    "link_down": Text(
        "This replica does not hear of its primary: what it shows is as old as the link is down, and no worker "
        "here sees new entries.",
        "master_link_status and master_link_down_since_seconds of INFO replication.",
        "look whether the primary is up, and connect to it.",
    ),
    "replica": Text(
        "This server copies another one. It takes no writes, and the times of consumers say little here.",
        "INFO replication.",
    ),
    "saving_fails": Text(
        "The last save or append to disk failed. After a failed AOF write, or a failed snapshot where snapshots "
        "are scheduled, the server refuses every write (MISCONF).",
        "rdb_last_bgsave_status, aof_last_write_status and aof_last_bgrewrite_status; errorstat_MISCONF (INFO).",
        "look at the server's disk and log; writes go on by themselves once a save succeeds.",
    ),
    "evicting": Text(
        "Memory is full and the server drops keys. Under allkeys-* the next one may be a whole stream with its groups.",
        "evicted_keys of INFO stats, two polls apart; it is over when none was evicted for a minute.",
        "free memory or raise maxmemory, then i for what vanished.",
    ),
    "emptied": Text(
        "All declared streams that were there vanished in one moment: FLUSHALL, a restart without the data, or a "
        "failover to an empty server. Producers make streams anew, without groups.",
        "XINFO STREAM of each, two polls apart; keys of INFO keyspace.",
        "i creates what is missing; only a backup brings the entries back.",
    ),
    "rejected": Text(
        "The server refused connections because maxclients was reached: a worker that loses its connection cannot "
        "come back.",
        "rejected_connections of INFO stats, two polls apart.",
        "CLIENT LIST shows who holds the connections.",
    ),
    "no_stream": Text(
        "A declared stream does not exist, so producers and workers miss it.",
        "XINFO STREAM; whether it was there before, from our earlier polls.",
        "i creates it with its group.",
    ),
    "wrong_type": Text(
        "A declared key holds something that is no stream.",
        "TYPE, or WRONGTYPE in answer to XINFO.",
    ),
    "denied": Text(
        "The access rules of the server hide a part of the picture.",
        "NOPERM in answer to a command.",
    ),
    "replaced": Text(
        "Another stream stands under this name: the last ID or the number of entries ever added went back. The key "
        "was deleted, flushed or evicted, and a producer made it anew, without groups; or the server came back "
        "with older data. XSETID does it, too.",
        "last-generated-id and entries-added of XINFO STREAM, two polls apart.",
        "i creates the group; then find out who deleted the key.",
    ),
    "no_group": Text(
        "A declared group does not exist: its workers fail with NOGROUP.",
        "XINFO GROUPS.",
    ),
    "no_live": Text(
        "Entries wait and certainly nobody takes them.",
        "XINFO CONSUMERS and the lag.",
    ),
    "stuck": Text(
        "Entries were delivered and nobody finished or touched them for longer than the threshold.",
        "XINFO CONSUMERS and XPENDING.",
    ),
    "behind": Text(
        "Entries are delivered more slowly than the threshold allows.",
        "the lag and the rates.",
    ),
    "dead_growing": Text(
        "Dead letters are being added, so something fails right now.",
        "entries-added of XINFO STREAM of the dead letters; on Redis 6.2 their number.",
        "enter shows why each was set aside; mend that before R brings them back.",
    ),
    "server_denied": Text(
        "The server would not answer INFO or TIME: its health is not known.",
        "INFO, TIME.",
    ),
    "clock_skew": Text(
        "The server's clock and ours disagree, or IDs lie ahead of the server's clock. Ages, waiting times and "
        "idle times are then wrong by as much. It may be our clock that is wrong.",
        "TIME, against our clock before and after it was asked; last-generated-id of XINFO STREAM.",
        "compare both clocks with a third one (NTP).",
    ),
    "eviction_risk": Text(
        "Memory is nearly full and the policy is allkeys-*: the next key to go may be a whole stream with its groups.",
        "used_memory, maxmemory and maxmemory_policy of INFO memory.",
        "free memory, raise maxmemory, or choose a policy that evicts no streams.",
    ),
    "memory": Text(
        "Memory is nearly full and streams cannot be evicted: then XADD is refused (OOM).",
        "used_memory, maxmemory and maxmemory_policy of INFO memory; errorstat_OOM, two polls apart.",
        "free memory or raise maxmemory.",
    ),
    "connections": Text(
        "The server is close to its limit of clients and will turn workers away.",
        "INFO clients.",
    ),
    "slow_poll": Text(
        "The server took long to answer us, and so it does for the workers.",
        "the time of our poll.",
    ),
    "growing": Text(
        "Nobody trims this stream and it still grows: in the end it fills the memory.",
        "length and entries-added of XINFO STREAM.",
        "let producers add with MAXLEN ~ or MINID ~, or trim what every group has read.",
    ),
    "our_cost": Text(
        "Our own polls take more of the time than they may. What the network takes counts, too.",
        "the time of our polls, against the time between them.",
        "poll more slowly with +, or declare and discover fewer streams.",
    ),
    "dead_letters": Text(
        "Entries were set aside and wait for somebody to mend what they failed of, and to bring them back.",
        "XINFO STREAM.",
    ),
}
