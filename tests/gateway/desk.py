"""What the tests of moves stand on: entries that are stuck on a real server, and all that a move may have changed."""

from collections.abc import Sequence
from typing import Any, Final

from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.outcomes import Outcome
from maestro_tui.domain.plans import Chosen, MoveBatch, MovePlan, Poison, Target, Verb
from maestro_tui.gateway.write import RedisWriter
from tests.servers import Server

STREAM: Final = Name(b"maestro:jobs\xff")
GROUP: Final = Name(b"workers\r\n")
DEAD: Final = Name(STREAM.raw + b":dead")
KEY: Final = Key(STREAM, GROUP)
WORKER: Final = Name(b"worker-1")
OTHER: Final = Name(b"worker 2")

ENTRY: Final = (b"type", b"heal", b"payload", b"{}")

DESTINATION: Final[dict[Verb, Name | None]] = {
    "requeue": None,
    "edit": None,
    "ack": None,
    "dead-letter": DEAD,
    "claim": OTHER,
    "redrive": STREAM,
}
PENDING_VERBS: Final[tuple[Verb, ...]] = ("requeue", "edit", "dead-letter", "claim", "ack")
"""The verbs about a group's pending entries."""
COPYING: Final[tuple[Verb, ...]] = ("requeue", "edit", "dead-letter")


def ask(server: Server, *words: str | bytes | int) -> Any:  # noqa: ANN401 - what comes back depends on the command
    """Send one command and return the reply as it came: redis-py would fold fields of the same name into one."""
    with server.client() as client:
        client.response_callbacks.clear()
        return client.execute_command(*words)


def stuck(server: Server, *entries: Sequence[bytes], count: int = 1) -> tuple[Target, ...]:
    """Add entries (`count` plain ones unless given), have the worker read all; return them as they are seen."""
    if not ask(server, "EXISTS", STREAM.raw):
        ask(server, "XGROUP", "CREATE", STREAM.raw, GROUP.raw, "0", "MKSTREAM")
    for fields in entries or [ENTRY] * count:
        ask(server, "XADD", STREAM.raw, "*", *fields)
    return receive(server)


def receive(server: Server) -> tuple[Target, ...]:
    """Have the worker read what is new; return all that is pending as it is seen then."""
    ask(server, "XREADGROUP", "GROUP", GROUP.raw, WORKER.raw, "COUNT", 1000, "STREAMS", STREAM.raw, ">")
    return seen(server)


def rows(server: Server) -> list[tuple[bytes, bytes, int, int]]:
    """The pending list: ID, owner, idle time, deliveries."""
    return [tuple(row) for row in ask(server, "XPENDING", STREAM.raw, GROUP.raw, "-", "+", 1000)]


def seen(server: Server) -> tuple[Target, ...]:
    """The pending list as somebody sees it who plans."""
    return tuple(Target(EntryId.parse(id), Name(owner), idle, times) for id, owner, idle, times in rows(server))


def deliver(server: Server, id: EntryId, *, idle_ms: int, times: int = 1, to: Name = WORKER) -> None:
    """Make an entry look delivered that long ago, that often, to that consumer."""
    how = ("IDLE", idle_ms, "RETRYCOUNT", times, "JUSTID")
    ask(server, "XCLAIM", STREAM.raw, GROUP.raw, to.raw, 0, str(id), *how)


def entry(server: Server, stream: Name, id: EntryId | None) -> list[bytes]:
    """An entry's names and values as they are stored, one after the other."""
    [[_, fields]] = ask(server, "XRANGE", stream.raw, str(id), str(id))
    return list(fields)


def letters(server: Server) -> tuple[Target, ...]:
    """All dead letters, as a redrive names them."""
    return tuple(Target(EntryId.parse(id)) for id, _ in ask(server, "XRANGE", DEAD.raw, "-", "+"))


def dump(server: Server) -> list[Any]:
    """All that a move could have changed, without the idle times, which pass."""
    told = [ask(server, "XRANGE", stream.raw, "-", "+") for stream in (STREAM, DEAD)]
    exists = [name for name in (STREAM, DEAD) if ask(server, "TYPE", name.raw) == b"stream"]
    told += [ask(server, "XINFO", what, name.raw) for name in exists for what in ("STREAM", "GROUPS")]
    if STREAM in exists:
        told.append([(id, owner, times) for id, owner, _, times in rows(server)])
        told.append([row[:4] for row in ask(server, "XINFO", "CONSUMERS", STREAM.raw, GROUP.raw)])
    return [*told, ask(server, "DBSIZE")]


def batch(
    verb: Verb,
    targets: Sequence[Target],
    *,
    key: Key | None = None,
    to: Name | None = None,
    fields: tuple[tuple[bytes, bytes], ...] | None = None,
    marks: bool = True,
    poison: Poison | None = None,
) -> MoveBatch:
    """A batch of a move of these targets; where it goes to is the usual unless given."""
    about = key or (Key(DEAD) if verb == "redrive" else KEY)
    if verb == "edit" and fields is None:
        fields = ((b"payload", b"mended"),)
    to = to or DESTINATION[verb]
    plan = MovePlan(verb, about, Chosen(tuple(targets)), 0, to=to, fields=fields, marks=marks, poison=poison)
    return MoveBatch(plan, tuple(targets))


async def moved(writer: RedisWriter, verb: Verb, targets: Sequence[Target], **options: Any) -> Outcome:  # noqa: ANN401 - those of `batch`
    """Apply one batch that must not be refused."""
    outcome = await writer.apply(batch(verb, targets, **options))
    assert outcome.trouble is None, outcome
    assert [told.id for told in outcome.entries] == [target.id for target in targets]
    return outcome


def words(outcome: Outcome) -> list[str]:
    """What became of each entry."""
    return [told.word for told in outcome.entries]
