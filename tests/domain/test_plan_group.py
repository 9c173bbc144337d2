"""Set position and remove: the consequence in numbers before anything is done, and never with pending entries lost."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from maestro_tui.domain.names import ZERO, EntryId, Name
from maestro_tui.domain.plans.others import PositionPlan, RemovePlan
from maestro_tui.domain.plans.propose import parse_position, propose_position, propose_remove
from maestro_tui.domain.plans.propose_group import less
from maestro_tui.domain.snapshot import UNKNOWN, Count, CountKind, Look, Stream, at_least, exact
from tests.domain.building import KEY, NOW, absent, ago, consumer, deserted, entry, group, node, page, row, stream
from tests.domain.planning import CONFIG, moment, offered, said, unsaid

FIRST, LAST_ID, MIDDLE = ago(600_000), ago(1_000), ago(300_000)
FOUR = Look(4, complete=True)
UNREAD = stream(group(last_delivered=MIDDLE, ahead=FOUR, entries_read=6))
HALF = entry(400_000, 100_000)


@pytest.mark.parametrize(
    ("one", "to", "sentence"),
    [
        (
            UNREAD,
            ZERO,
            "6 entries that were delivered before are delivered again, acknowledged ones among them; 10 wait",
        ),
        (UNREAD, FIRST, "5 entries that were delivered before"),
        (UNREAD, LAST_ID, "4 entries that nobody of this group has read are never delivered to it; 0 wait then."),
        (UNREAD, ago(100_000), "~2 entries that nobody of this group has read"),
        (UNREAD, ago(450_000), "~3 entries that were delivered before are delivered again"),
        (stream(group(last_delivered=MIDDLE, server_lag=4)), ZERO, "~6 entries that were delivered"),
        (stream(group(last_delivered=MIDDLE, server_lag=4)), LAST_ID, "~4 entries that nobody"),
        (stream(group(last_delivered=MIDDLE, behind=Look(3, complete=False), server_lag=9)), LAST_ID, "<=7 entries"),
        (stream(group(last_delivered=MIDDLE, server_lag=None)), LAST_ID, "~5 entries that nobody"),
        (stream(group()), ZERO, "10 entries that were delivered before"),
        (stream(deserted()), LAST_ID, "10 entries that nobody of this group has read"),
    ],
)
def test_the_consequence_of_a_position_in_numbers(one: Stream, to: EntryId, sentence: str) -> None:
    made = propose_position(KEY, to, moment(one))
    assert said(made, sentence)
    (offer,) = made.offers
    assert offer.words == ("jobs",)
    assert isinstance(offer.plan, PositionPlan)
    delivered = one.groups[0].last_delivered if one.groups else ZERO
    assert (offer.plan.before, offer.plan.to, offer.plan.undoes) == (delivered, to, None)


def test_a_rewind_says_what_it_erases() -> None:
    one = stream(group(consumer(pending=2), page=page(HALF, entry(350_000, 9)), last_delivered=MIDDLE, ahead=FOUR))
    made = propose_position(KEY, FIRST, moment(one))
    assert said(made, "Of 2 pending entries all lie there: they move to whoever receives them, and their")
    assert said(made, "Rewinding erases delivery counts and redelivers acknowledged work: handlers run again.")
    assert said(made, "At once 1 live worker of the group read on from there.")
    some = propose_position(KEY, ago(380_000), moment(one))
    assert said(some, "Of 2 pending entries some lie there")
    skip = propose_position(KEY, LAST_ID, moment(one))
    assert said(skip, "2 pending entries stay pending as they are.")
    assert said(skip, "Skipping is a loss unless the work was done")
    assert unsaid(skip, "Rewinding")


def test_positions_are_told_with_their_times() -> None:
    made = propose_position(KEY, ZERO, moment(UNREAD))
    assert made.facts[0] == f"Back from {MIDDLE} (2026-11-22T13:58:22.000Z) to 0-0."
    forward = propose_position(KEY, LAST_ID, moment(UNREAD))
    assert forward.facts[0].endswith(f"to {LAST_ID} (2026-11-22T14:03:21.000Z).")


@pytest.mark.parametrize(
    ("to", "version", "changes", "read"),
    [
        (LAST_ID, "7.0.15", {}, 10),
        (LAST_ID, "7.0.15", {"entries_added": 5_000}, 5_000),
        (LAST_ID, "6.2.14", {}, None),
        (LAST_ID, "7.0.15", {"entries_added": None}, None),
        (LAST_ID, "7.0.15", {"last_id": ago(5)}, None),
        (ZERO, "7.0.15", {}, None),
        (FIRST, "7.0.15", {}, None),
    ],
)
def test_the_counter_goes_along_only_where_it_is_certain(
    to: EntryId, version: str, changes: dict[str, Any], read: int | None
) -> None:
    situation = moment(replace(UNREAD, **changes), nodes=(node(version=version),))
    plan = propose_position(KEY, to, situation).offers[0].plan
    assert isinstance(plan, PositionPlan)
    assert (plan.entries_read, plan.before_read) == (read, 6)
    tail = (b"ENTRIESREAD", str(read).encode()) if read else ()
    assert plan.commands() == ((b"XGROUP", b"SETID", b"app:jobs", b"app-workers", str(to).encode(), *tail),)


@pytest.mark.parametrize(
    ("one", "to", "refusal"),
    [
        (UNREAD, ago(999), f"{ago(999)} is after the last entry, {LAST_ID}"),
        (UNREAD, MIDDLE, f"The group stands at {MIDDLE} already."),
        (stream(), ZERO, "app:jobs group app-workers does not exist."),
        (absent(), ZERO, "app:jobs does not exist."),
    ],
)
def test_positions_that_are_refused(one: Stream, to: EntryId, refusal: str) -> None:
    made = propose_position(KEY, to, moment(one))
    assert (made.offers, made.refusal.startswith(refusal)) == ((), True), made.refusal


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("0", ZERO),
        (" End ", LAST_ID),
        ("$", LAST_ID),
        (str(MIDDLE), MIDDLE),
        (str(MIDDLE.ms), MIDDLE),
        ("2026-11-22T13:58:22Z", EntryId(MIDDLE.ms - 1, 2**64 - 1)),
    ],
)
def test_a_position_is_read(text: str, position: EntryId) -> None:
    assert parse_position(text, row(UNREAD)) == position


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"{NOW}-0", "is after the last entry"),
        ("2031-01-01", "is after the last entry"),
        ("soon", "is not an entry ID such as"),
        ("2026-13-01", "is no start: give 0, end, an entry ID, or a time"),
        ("", "is not an entry ID"),
    ],
)
def test_what_is_no_position_is_said_in_a_sentence(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_position(text, row(UNREAD))


KINDS: tuple[CountKind, ...] = ("exact", "upper_bound", "lower_bound", "estimate")


def _may_be(count: Count) -> set[int]:
    """What a count of that kind can truly be, among small numbers."""
    assert count.value is not None
    return {
        one
        for one in range(10)
        if (count.kind != "exact" or one == count.value)
        and (count.kind != "upper_bound" or one <= count.value)
        and (count.kind != "lower_bound" or one >= count.value)
    }


@pytest.mark.parametrize(("more", "fewer"), product(KINDS, KINDS))
def test_the_difference_of_counts_promises_no_more_than_they_do(more: CountKind, fewer: CountKind) -> None:
    whole, part = Count(7, more), Count(3, fewer)
    told = less(whole, part)
    true = {one - other for one, other in product(_may_be(whole), _may_be(part)) if one >= other}
    assert told.kind == "estimate" or true <= _may_be(told)
    assert (told.kind == "exact") is (more == fewer == "exact")


def test_what_is_not_known_stays_unknown() -> None:
    assert less(UNKNOWN, exact(1)) == less(exact(1), UNKNOWN) == UNKNOWN
    assert less(exact(1), at_least(3)) == Count(0, "upper_bound")


@pytest.mark.parametrize(
    ("one", "who", "refusal"),
    [
        (stream(group(consumer(pending=2), pending=2)), None, "Group app-workers holds 2 pending entries, which would"),
        (stream(group(consumer(pending=1), pending=1)), "worker-1", "worker-1 holds 1 pending entry, which would be"),
        (stream(group()), "nobody", "There is no consumer nobody."),
        (stream(group(consumers=None, consumer_count=1)), "worker-1", "The server would not tell the consumers."),
        (stream(), None, "app:jobs group app-workers does not exist."),
    ],
)
def test_nothing_is_removed_that_holds_work(one: Stream, who: str | None, refusal: str) -> None:
    made = propose_remove(KEY, None if who is None else Name.of(who), moment(one))
    assert (made.offers, made.refusal.startswith(refusal)) == ((), True), made.refusal


@pytest.mark.parametrize(
    ("idle_ms", "version", "warning"),
    [
        (100, "7.4.2", "worker-1 is live: a running worker creates it again at its next read."),
        (900_000, "7.4.2", None),
        (900_000, "7.0.15", "worker-1 may be live: a running worker creates it again"),
    ],
)
def test_a_consumer_is_removed(idle_ms: int, version: str, warning: str | None) -> None:
    inactive = idle_ms if version == "7.4.2" else None
    situation = moment(stream(group(consumer(idle_ms=idle_ms, inactive_ms=inactive))), nodes=(node(version=version),))
    made = propose_remove(KEY, Name.of("worker-1"), situation)
    assert made.commands == ((b"XGROUP", b"DELCONSUMER", b"app:jobs", b"app-workers", b"worker-1"),)
    assert offered(made) == [("remove worker-1", (), set())]
    assert made.warnings == () if warning is None else said(made, warning)
    assert said(made, "worker-1 holds nothing")


@pytest.mark.parametrize("declared", [True, False])
def test_a_group_is_removed_by_its_streams_name(declared: bool) -> None:
    topology = CONFIG.topology if declared else replace(CONFIG.topology, declared=())
    made = propose_remove(KEY, None, moment(UNREAD, config=replace(CONFIG, topology=topology)))
    assert made.commands == ((b"XGROUP", b"DESTROY", b"app:jobs", b"app-workers"),)
    assert offered(made) == [("remove the group", ("jobs",), set())]
    assert said(made, f"Its position is lost: last delivered {MIDDLE}, lag 4, 1 consumer.")
    assert said(made, "Declared: i creates it again" if declared else "Not declared: i does not create it again.")
    assert said(made, "1 worker may be reading, to fail with NOGROUP")
    plan = made.offers[0].plan
    assert isinstance(plan, RemovePlan)
    assert (plan.last_delivered, plan.consumer, plan.key) == (MIDDLE, None, KEY)
