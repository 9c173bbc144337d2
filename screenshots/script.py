"""The scripted incident: what the server would have told, poll by poll, in every state the overview can be in.

Snapshot tests and the pictures of the documentation play these scenes; no server and no clock take part.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from maestro_tui.domain.config import Address, Config
from maestro_tui.domain.names import ZERO, EntryId, Name
from maestro_tui.domain.snapshot import (
    Consumer,
    Cost,
    Group,
    Look,
    Memory,
    Node,
    PendingEntry,
    PendingPage,
    Snapshot,
    Stream,
)
from maestro_tui.domain.trouble import Trouble
from tests.fakes import Shelf

NOW_MS = 1_795_356_202_000
"""2026-11-22T14:03:22Z."""

ADDRESS = "maestro-redis:6379"
_PREFIX = "maestro:streams:automation:"
_SERVICE_GROUPS = ("automation", "healing", "monitoring")
_MINUTE = 60_000
_POLLS, _EVERY_MS = 6, 2_000

UNREACHABLE = Trouble(
    "unreachable",
    "maestro-redis:6379 does not answer: connection refused.",
    "Check that the server runs and that the port is right.",
)


@dataclass(frozen=True, slots=True)
class Scene:
    """What the server tells at each poll, under which settings, and what is done then.

    `later_s` passes after the last poll, so that data can be old; `then` is polled at the very end. `shelf` makes what
    the server holds besides its polls.
    """

    script: tuple[Snapshot | Trouble, ...]
    config: Config = field(default_factory=Config)
    press: tuple[str, ...] = ()
    later_s: float = 0.0
    then: tuple[Snapshot | Trouble, ...] = ()
    shelf: Callable[[], Shelf] | None = None


@dataclass(frozen=True, slots=True)
class _Flow:
    """A stream with its working group at `NOW_MS`, and the speeds by which its past is reckoned."""

    length: int
    lag: int
    in_per_s: float
    out_per_s: float
    waiting_ms: int
    consumers: tuple[Consumer, ...]
    pending: tuple[PendingEntry, ...]


def _name(short: str) -> Name:
    return Name.of(_PREFIX + short)


def _group_name(short: str) -> Name:
    return Name.of(f"maestro-{short}-workers")


def _id(at_ms: int, seq: int = 0) -> EntryId:
    return EntryId(at_ms, seq)


def _entries(holder: str, many: int, age_ms: int, idle_ms: int) -> tuple[PendingEntry, ...]:
    """Entries of one holder, in a row from that age on."""
    return tuple(
        PendingEntry(_id(NOW_MS - age_ms + place, place % 3), Name.of(holder), idle_ms, 1) for place in range(many)
    )


def _worker(number: int, pending: int, quiet_ms: int) -> Consumer:
    return Consumer(Name.of(f"worker-{number}"), pending, quiet_ms, quiet_ms)


HEALING = _Flow(
    881,
    667,
    2.0,
    0.0,
    12 * _MINUTE,
    (_worker(1, 214, 12 * _MINUTE),),
    _entries("worker-1", 204, 26 * _MINUTE, 22 * _MINUTE) + _entries("worker-1", 10, 13 * _MINUTE, 12 * _MINUTE),
)
JOBS = _Flow(
    18_204,
    14,
    41.2,
    41.0,
    300,
    (_worker(1, 44, 90), _worker(2, 41, 120), _worker(3, 41, 80)),
    _entries("worker-1", 6, 41 * _MINUTE, 41 * _MINUTE) + _entries("worker-2", 120, 400, 130),
)
ERRORS = _Flow(9_310, 0, 9.8, 9.9, 0, (_worker(1, 2, 300), _worker(2, 1, 500)), _entries("worker-1", 3, 1_200, 350))
CALM_HEALING = _Flow(881, 0, 0.4, 0.4, 0, (_worker(1, 1, 2_000),), _entries("worker-1", 1, 4_000, 2_000))
CALM_JOBS = replace(JOBS, pending=_entries("worker-2", 120, 400, 130))
CALM_VALIDATION = _Flow(64, 0, 0.4, 0.4, 0, (_worker(1, 0, 900),), ())


def _flowing(short: str, group: str, flow: _Flow, ago_ms: int) -> Stream:
    """A stream as it was that long ago."""
    came, went = round(flow.in_per_s * ago_ms / 1000), round(flow.out_per_s * ago_ms / 1000)
    length, now_ms = flow.length - came, NOW_MS - ago_ms
    lag = max(0, flow.lag - came + went) if flow.lag else 0
    last = _id(now_ms - 20)
    # Where nothing is delivered, the position and the first that waits stay where they are.
    waiting = _id((now_ms if flow.out_per_s else NOW_MS) - flow.waiting_ms) if flow.lag else None
    working = Group(
        _group_name(group),
        len(flow.consumers),
        len(flow.pending),
        last if waiting is None else _id(waiting.ms - 1),
        entries_read=length - lag,
        server_lag=lag,
        consumers=flow.consumers,
        lowest_pending=flow.pending[0].id if flow.pending else None,
        page=PendingPage(flow.pending, complete=True),
        first_undelivered=waiting,
        ahead=Look(lag, complete=True),
    )
    return _stream(short, length, last, now_ms, (working, *_unread(length, but=group)))


def _unread(length: int, but: str = "") -> tuple[Group, ...]:
    """The groups that a service makes on every stream and never reads."""
    return tuple(
        Group(_group_name(one), 0, 0, ZERO, 0, length, (), page=PendingPage((), complete=True))
        for one in _SERVICE_GROUPS
        if one != but
    )


def _stream(short: str, length: int, last: EntryId, now_ms: int, groups: tuple[Group, ...]) -> Stream:
    first = _id(NOW_MS - 6 * 60 * _MINUTE)
    return Stream(_name(short), ADDRESS, now_ms, True, length, first, last, last, length, ZERO, groups)


def _missing(short: str) -> Stream:
    return Stream(_name(short), ADDRESS, NOW_MS, exists=False)


def _node(ago_ms: int, used: float = 1.2, **changes: object) -> Node:
    giga = 1 << 30
    node = Node(
        ADDRESS,
        0,
        version="7.4.2",
        role="master",
        time_ms=NOW_MS - ago_ms,
        memory=Memory(round(used * giga), 2 * giga, "allkeys-lru", 0),
        clients=31,
        max_clients=10_000,
        keys=11,
        run_id="a" * 40,
    )
    return replace(node, **changes)  # type: ignore[arg-type]


def _seen(streams: Callable[[int], tuple[Stream, ...]], **node: object) -> tuple[Snapshot, ...]:
    """Several polls, so that there are rates."""
    return tuple(
        Snapshot(NOW_MS - ago_ms, (_node(ago_ms, **node),), streams(ago_ms), Cost(24, 0.002))  # type: ignore[arg-type]
        for ago_ms in range((_POLLS - 1) * _EVERY_MS, -1, -_EVERY_MS)
    )


def _incident(ago_ms: int) -> tuple[Stream, ...]:
    now_ms = NOW_MS - ago_ms
    validation, results = 64 - round(0.4 * ago_ms / 1000), 2_204 - round(1.0 * ago_ms / 1000)
    return (
        _flowing("jobs", "automation", JOBS, ago_ms),
        _flowing("healing", "healing", HEALING, ago_ms),
        _flowing("errors", "monitoring", ERRORS, ago_ms),
        _stream("validation", validation, _id(now_ms - 900), now_ms, _unread(validation)),
        _stream("results", results, _id(now_ms - 40), now_ms, _unread(results)),
    )


def _calm(ago_ms: int) -> tuple[Stream, ...]:
    return (
        _flowing("jobs", "automation", CALM_JOBS, ago_ms),
        _flowing("healing", "healing", CALM_HEALING, ago_ms),
        _flowing("errors", "monitoring", ERRORS, ago_ms),
        _flowing("validation", "validation", CALM_VALIDATION, ago_ms),
    )


def _empty(ago_ms: int) -> tuple[Stream, ...]:
    return tuple(
        replace(_missing(short), seen_at_ms=NOW_MS - ago_ms) for short in ("jobs", "healing", "errors", "validation")
    )


def _spoiled(ago_ms: int) -> tuple[Stream, ...]:
    """One key is a string, one stream is forbidden."""
    jobs, healing, errors, validation, _ = _incident(ago_ms)
    string = Trouble("wrong_type", "The key holds a string, not a stream.", "Rename or delete it.")
    forbidden = Trouble("denied", "The server forbids XINFO on this key.", "Ask for the permission +xinfo.")
    return (
        jobs,
        replace(healing, groups=(), trouble=string, length=0),
        errors,
        replace(validation, groups=None, trouble=forbidden, exists=None),
    )


HOSTILE: tuple[bytes, ...] = (
    b"[@click=app.quit]x[/]",
    b"job[/]",
    b"\x1b]52;c;cHduZWQ=\x1b\\",
    b"\x1b[5;1HFAKE ROW OK",
    b"\x1b]0;owned\x07\x00\x7f\x85",
    "\u202egnp.exe".encode(),
    "a\u200bb\ufe0f\u2066".encode(),
    ("e" + "\u0301" * 40).encode(),
    b"\xff\xfe\xed\xa0\x80",
    "\u4f60\u597d\u4e16\u754c\u4e16\u754c\u4e16\u754c\u4e16\u754c\u4e16\u754c\u4e16".encode(),
    b"line\nbreak\rand\ttab",
    b"{0}%s$error[bold red]",
    b"",
    b"n" * 10_000,
)
"""Names that try to be obeyed, to hide, or to break the lines."""


def _hostile(ago_ms: int) -> tuple[Stream, ...]:
    model = _flowing("healing", "healing", HEALING, ago_ms)
    return tuple(replace(model, name=Name(raw), groups=(_renamed(model, raw),)) for raw in HOSTILE)


def _renamed(model: Stream, raw: bytes) -> Group:
    """The model's group, with the hostile name for itself, its consumer and every holder."""
    group, name = (model.groups or ())[0], Name(raw)
    entries = tuple(replace(entry, consumer=name) for entry in HEALING.pending)
    consumers = tuple(replace(one, name=name) for one in HEALING.consumers)
    return replace(group, name=name, consumers=consumers, page=PendingPage(entries, complete=True))


def _crowd(ago_ms: int) -> tuple[Stream, ...]:
    """Two hundred streams of which some are sick."""
    sick = _incident(ago_ms)
    calm = _flowing("errors", "monitoring", ERRORS, ago_ms)
    many = tuple(
        replace(calm, name=Name.of(f"maestro:streams:tenant-{number:03}:jobs"), length=9_310 + number)
        for number in range(200 - len(sick))
    )
    return (*sick, *many)


_PRODUCTION = Config(environment="production")

SCENES: Mapping[str, Scene] = {
    "incident": Scene(_seen(_incident), _PRODUCTION),
    "calm": Scene(_seen(_calm)),
    "empty": Scene(_seen(_empty, keys=0)),
    "unreachable": Scene((*_seen(_incident), UNREACHABLE), _PRODUCTION, later_s=12),
    "spoiled": Scene(_seen(_spoiled)),
    "frozen": Scene(_seen(_incident), press=("p",), later_s=12, then=_seen(_calm)[-1:]),
    "filter": Scene(_seen(_incident), press=("slash", *"heal", "enter")),
    "filtering": Scene(_seen(_incident), press=("slash", *"heal")),
    "hostile": Scene(_seen(_hostile)),
    "connecting": Scene((), later_s=2),
    "never_reached": Scene((UNREACHABLE,), later_s=3),
    "staging": Scene(_seen(_incident), Config(environment="staging")),
    "read_only": Scene(_seen(_empty), Config(read_only=True)),
    "crowd": Scene(_seen(_crowd), press=("G",)),
    "unused": Scene(_seen(_incident), press=("u",)),
    "sorted": Scene(_seen(_incident), press=("s", "s", "s", "s")),
    "ascii": Scene(_seen(_incident), Config(ascii=True, environment="production")),
    "memory": Scene(_seen(_calm, used=1.8), Config(address=Address("localhost", 27379, 3))),
}
"""Every state of the overview, by name."""
