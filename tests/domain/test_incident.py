"""Eight overlapping troubles in one scripted incident: the first line names the cause, as docs/rules.md ranks them."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from maestro_tui.domain.frame import Frame, derive
from maestro_tui.domain.limits import Limits
from maestro_tui.domain.names import ZERO, EntryId
from maestro_tui.domain.rules import RANK
from maestro_tui.domain.snapshot import Memory, Node, Snapshot, Stream
from maestro_tui.domain.topology import MAESTRO
from maestro_tui.domain.trouble import Trouble
from tests.domain.building import DOWN, NOW, ago, consumer, entry, group, node, page, stream

JOBS, HEALING, ERRORS, VALIDATION = (declared.stream for declared in MAESTRO.declared)
GROUP_OF = {declared.stream: declared.group for declared in MAESTRO.declared}
GIB = 1 << 30

SILENT = consumer(pending=3, idle_ms=900_000, inactive_ms=900_000)
LIVE = consumer(pending=1)


@dataclass
class Platform:
    """The four streams and their server, healthy until something befalls them; a step of a second at a time."""

    second: int = 0
    evicted: int = 0
    used: float = 0.5
    failing: tuple[str, ...] = ()
    streams: dict[object, Stream] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, own in GROUP_OF.items():
            self.streams[name] = stream(group(name=own), name=name, first_id=ago(9_000_000))

    def alter(self, name: object, **changes: object) -> None:
        """Change what is told of a stream's one group."""
        one = self.streams[name]
        assert one.groups
        self.streams[name] = replace(one, groups=(replace(one.groups[0], **changes),))  # type: ignore[arg-type]

    def poll(self) -> Snapshot:
        """One poll, a second after the one before."""
        self.second += 1
        at = NOW + self.second * 1_000
        memory = Memory(round(self.used * 2 * GIB), 2 * GIB, "allkeys-lru", self.evicted)
        server: Node = node(memory=memory, save_failing=self.failing, time_ms=at)
        streams = tuple(replace(one, seen_at_ms=at) for one in self.streams.values())
        return Snapshot(at, (server,), streams, mono_ms=self.second * 1_000)


def _poison(platform: Platform) -> None:
    again = entry(600_000, 2_000, deliveries=7)
    platform.alter(JOBS, consumers=(LIVE,), consumer_count=1, pending=1, page=page(again), lowest_pending=again.id)


def _left_behind(platform: Platform) -> None:
    rows = [entry(2_000_000 - number, 1_900_000, seq=number) for number in range(2)] + [entry(950_000, 900_000)]
    platform.alter(
        HEALING, consumers=(SILENT,), consumer_count=1, pending=3, page=page(*rows), lowest_pending=rows[0].id
    )


def _set_back(platform: Platform) -> None:
    platform.alter(ERRORS, last_delivered=ZERO, entries_read=None, server_lag=10)


def _fills(platform: Platform) -> None:
    platform.used = 0.93


def _evicts(platform: Platform) -> None:
    platform.used, platform.evicted = 0.999, 500


def _vanishes(platform: Platform) -> None:
    platform.evicted += 40
    platform.streams[VALIDATION] = Stream(VALIDATION, platform.streams[JOBS].node, NOW, exists=False)


def _workers_die(platform: Platform) -> None:
    """Jobs' only consumer held a poisoned entry; it has been silent for so long that nobody can be there."""
    platform.second += 30
    gone = replace(SILENT, pending=1, idle_ms=4_000_000, inactive_ms=4_000_000)
    again = entry(5_000_000, 4_000_000, deliveries=7)
    last = EntryId(NOW - 100)
    one = replace(platform.streams[JOBS], length=12, entries_added=12, last_entry_id=last, last_id=last)
    platform.streams[JOBS] = one
    platform.alter(
        JOBS, consumers=(gone,), page=page(again), lowest_pending=again.id, server_lag=2, first_undelivered=last
    )


def _saving_fails(platform: Platform) -> None:
    platform.failing = ("rdb_last_bgsave_status",)


STEPS = (
    (_fills, "eviction_risk"),
    (_poison, "poison"),
    (_left_behind, "left_behind"),
    (_set_back, "moved_back"),
    (_evicts, "evicting"),
    (_vanishes, "evicting"),
    (_workers_die, "evicting"),
    (_saving_fails, "saving_fails"),
)
"""What befalls the platform, one after the other and none mended, and what the first line must then name.

Memory that fills is the only trouble at first. Poison is as bad, and has happened already. Then come critical ones:
entries left behind, a group set back (which stands above what may follow from it), evictions (above whatever one stream
has), with the stream that they took as their symptom, dead workers, and a server that cannot save, above all others.
"""

AT_THE_PEAK = [
    ("saving_fails", None),
    ("evicting", None),
    ("moved_back", None),
    ("no_live", None),
    ("left_behind", None),
    ("no_stream", "evicting"),
    ("poison", None),
    ("eviction_risk", "evicting"),
]


def _frames(platform: Platform, limits: Limits) -> Iterator[tuple[str, Frame]]:
    made = derive(None, platform.poll(), limits, MAESTRO)
    for _ in range(3):
        made = derive(made, platform.poll(), limits, MAESTRO)
    assert made.findings == ()
    for befall, cause in STEPS:
        befall(platform)
        for _ in range(2):
            made = derive(made, platform.poll(), limits, MAESTRO)
        yield cause, made


def test_the_first_line_names_the_cause_while_eight_troubles_pile_up() -> None:
    for cause, made in _frames(Platform(), Limits()):
        first, told = made.findings[0], [one.rule for one in made.findings]
        assert (first.rule, first.because) == (cause, None), told
        assert all(one.next_step and one.title for one in made.findings)


def _peak() -> tuple[Platform, Frame]:
    platform = Platform()
    *_, (_, made) = _frames(platform, Limits())
    return platform, made


def test_at_the_peak_each_trouble_has_its_line_in_the_documented_order() -> None:
    _, made = _peak()
    told = [(one.rule, one.because and one.because[0]) for one in made.findings]
    assert [pair for pair in told if pair[0] in dict(AT_THE_PEAK)] == AT_THE_PEAK
    roots = [(one.severity.order, RANK[one.rule]) for one in made.findings if one.because is None]
    assert roots == sorted(roots)


def test_a_server_out_of_reach_stands_above_all_of_it() -> None:
    _, made = _peak()
    trouble = Trouble("unreachable", DOWN.sentence, DOWN.next_step)
    for second in (60, 61, 62, 63):
        made = derive(made, trouble, Limits(), MAESTRO, mono_ms=second * 1_000)
    assert [one.rule for one in made.findings[:2]] == ["unreachable", "saving_fails"]


def test_as_causes_are_mended_the_next_one_steps_to_the_front() -> None:
    platform, made = _peak()
    platform.failing = ()
    made = derive(made, platform.poll(), Limits(), MAESTRO)
    assert [one.finding.rule for one in made.ended] == ["saving_fails"]
    assert made.findings[0].rule == "evicting"
    platform.used = 0.5
    platform.second += 60
    platform.streams[VALIDATION] = Platform().streams[VALIDATION]
    made = derive(made, platform.poll(), Limits(), MAESTRO)
    assert {one.finding.rule for one in made.ended} == {"evicting", "eviction_risk", "no_stream"}
    assert made.findings[0].rule == "moved_back"
