"""What each metric is called and means.

`redis_…` are the names that redis_exporter uses (oliver006/redis_exporter, exporter/streams.go, exporter/info.go),
where the meaning is equal: an alert or a dashboard made for it works here. `maestro_…` are ours. Ours that may be a
bound carry its kind as a label: `exact`, `upper_bound`, `lower_bound` or `estimate`; those of redis_exporter are exact
or absent.
"""

from typing import Final

from maestro_tui.domain.metrics.exposition import Family

UP: Final = Family("maestro_up", "1 where the server could be read, 0 where it could not: then nothing else is told.")
COMPLETE: Final = Family("maestro_complete", "Whether everything could be read.")
LEFT_OUT: Final = Family(
    "maestro_samples_left_out",
    "Samples left out, by reason: size (the bound on this text), consumers (of groups with more than 100).",
)
PROBLEM: Final = Family(
    "maestro_problem", "1 for each problem found; because names the rule of the problem that explains it."
)
POLL_SECONDS: Final = Family("maestro_poll_seconds", "How long the last poll took.", unit="seconds")
POLL_COMMANDS: Final = Family("maestro_poll_commands", "Commands that the last poll sent.")

SERVER: Final = Family("maestro_server_info", "What the server is: always 1.")
SKEW: Final = Family("maestro_clock_skew_seconds", "The server's clock minus ours.", unit="seconds")
MEMORY_USED: Final = Family("redis_memory_used_bytes", "Memory in use.", unit="bytes")
MEMORY_MAX: Final = Family("redis_memory_max_bytes", "maxmemory; 0 is no limit.", unit="bytes")
EVICTED: Final = Family("redis_evicted_keys", "Keys evicted since the server started.", "counter")
CLIENTS: Final = Family("redis_connected_clients", "Clients connected.")
REJECTED: Final = Family("redis_rejected_connections", "Connections rejected since the server started.", "counter")
KEYS: Final = Family("redis_db_keys", "Keys in the database.")

LENGTH: Final = Family("redis_stream_length", "Entries in the stream.")
GROUPS: Final = Family("redis_stream_groups", "Consumer groups of the stream.")
LAST_ID: Final = Family("redis_stream_last_generated_id", "The last ID given, its milliseconds.")
STREAM_STATE: Final = Family("maestro_stream_state", "1 for the state that the stream is in.")
STREAM_AGE: Final = Family(
    "maestro_stream_seen_age_seconds",
    "How long ago the stream was read: 0, or more for one of huge entries, not read at every poll.",
    unit="seconds",
)
ADDED: Final = Family("maestro_stream_entries_added", "Entries ever added to the stream.", "counter")
IN_RATE: Final = Family("maestro_stream_in_per_second", "Entries added per second, lately.")
DEAD: Final = Family("maestro_dead_letters", "Entries set aside into this stream of dead letters.")
DEAD_AGE: Final = Family("maestro_dead_letters_oldest_age_seconds", "Age of the oldest dead letter.", unit="seconds")

CONSUMERS: Final = Family("redis_stream_group_consumers", "Consumers of the group.")
PENDING: Final = Family("redis_stream_group_messages_pending", "Entries delivered and not acknowledged.")
DELIVERED: Final = Family("redis_stream_group_last_delivered_id", "The last ID delivered, its milliseconds.")
READ: Final = Family("redis_stream_group_entries_read", "The group's count of entries delivered.")
LAG: Final = Family("redis_stream_group_lag", "Entries not delivered yet; only where the number is exact.")
CONSUMER_PENDING: Final = Family("redis_stream_group_consumer_messages_pending", "Entries the consumer holds.")
CONSUMER_IDLE: Final = Family(
    "redis_stream_group_consumer_idle_seconds", "Idle time of the consumer, as the server counts it.", unit="seconds"
)

STATE: Final = Family("maestro_stream_group_state", "1 for the state that the group is in.")
LAG_BOUND: Final = Family("maestro_stream_group_lag", "Entries not delivered yet; kind says how far to trust it.")
STUCK: Final = Family("maestro_stream_group_stuck", "Pending entries idle for longer than stuck_after.")
LEFT_BEHIND: Final = Family(
    "maestro_stream_group_left_behind", "Pending entries whose holder has received newer ones since."
)
GHOSTS: Final = Family("maestro_stream_group_ghosts", "Pending entries that are no longer in the stream: lost work.")
POISON: Final = Family("maestro_stream_group_poison", "Pending entries delivered too often.")
WAITING: Final = Family(
    "maestro_stream_group_waiting_seconds",
    "Age of the first undelivered entry; absent where none waits.",
    unit="seconds",
)
OLDEST_AGE: Final = Family(
    "maestro_stream_group_oldest_pending_age_seconds", "Age of the oldest pending entry.", unit="seconds"
)
OLDEST_IDLE: Final = Family(
    "maestro_stream_group_oldest_pending_idle_seconds", "Idle time of the oldest pending entry.", unit="seconds"
)
LIVE: Final = Family("maestro_stream_group_live_consumers", "Consumers that are certainly live; absent if unsure.")
UNSURE: Final = Family("maestro_stream_group_unsure_consumers", "Consumers that may be busy or dead.")
OUT_RATE: Final = Family("maestro_stream_group_out_per_second", "Entries delivered per second, lately.")
ACK_RATE: Final = Family("maestro_stream_group_ack_per_second", "Entries acknowledged per second, lately.")
DRAIN: Final = Family("maestro_stream_group_drain", "1 for what becomes of the lag at present rates.")
DRAIN_SECONDS: Final = Family(
    "maestro_stream_group_drain_seconds", "Time until the lag is 0, where it is draining.", unit="seconds"
)
