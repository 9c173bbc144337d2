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
        "All declared streams that were there vanished in one moment: FLUSHALL, DEL of them all, a restart without the "
        "data, or a failover to an empty server. Producers make streams anew, without groups.",
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
        "Another stream stands under this name: the last ID or the number of entries ever added went back, or all "
        "entries it ever took are newer than the old ones. The key was deleted, flushed or evicted, and a producer "
        "made it anew, without groups; or the server came back with older data. XSETID looks the same where entries "
        "leave at the same time.",
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
