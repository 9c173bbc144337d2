"""The menu of what is done rarely: redrive, ack, set position, remove a consumer or the group."""

from maestro_tui.domain.names import ZERO, EntryId, Name
from maestro_tui.domain.plans.propose import is_dead, parse_position, propose_position, propose_remove
from maestro_tui.domain.quantities import count, plural
from maestro_tui.domain.rows import Row
from maestro_tui.ui.acting.carrying import propose
from maestro_tui.ui.acting.desk import Desk, may_act, situation
from maestro_tui.ui.acting.moving import NOTHING, move, redrive
from maestro_tui.ui.roles import Targeted
from maestro_tui.ui.screens.menu import Choice, MenuScreen, Typed

_NO_GROUP = "there is no group on this row"


async def menu(desk: Desk) -> None:
    """Offer the rest of what can be done with what is selected."""
    if not may_act(desk):
        return
    wanted = desk.targeted()
    if wanted is None or wanted.key is None:
        desk.toast(NOTHING, "warning")
        return
    row = desk.status().latest.row(wanted.key)
    title = f"More about {wanted.key}"
    taken = await desk.ask(MenuScreen(title, choices(wanted, row), ascii_only=desk.session.config.ascii))
    if taken is None or not may_act(desk):
        return
    if taken == "redrive":
        await redrive(desk, wanted)
    elif taken == "ack":
        await move(desk, "ack")
    elif row is not None:
        await {"position": _position, "consumer": _consumer, "group": _group}[taken](desk, wanted, row)


def choices(wanted: Targeted, row: Row | None) -> tuple[Choice[str], ...]:
    """Return what can be chosen, each with what it does or why it is not possible."""
    group = None if row is None else row.group
    dead = wanted.key is not None and is_dead(wanted.key.stream)
    absent = _NO_GROUP if group is None else ""
    pending = 0 if group is None else group.pending
    held = f"the group holds {plural(pending, 'pending entry', 'pending entries')}" if pending else ""
    letters = "the chosen ones" if wanted.letters else "all of them"
    chosen = f"the {len(wanted.entries):,} chosen" if wanted.entries else "all that is stuck"
    return (
        Choice(
            "redrive dead letters",
            "redrive",
            f"{letters} go back to their stream",
            "" if dead else "this is no stream of dead letters (its name does not end in :dead)",
        ),
        Choice(
            "ack",
            "ack",
            f"drop {chosen} without processing",
            absent or ("" if pending else "nothing is pending"),
        ),
        Choice("set position", "position", "rewind the group, or skip entries", absent),
        Choice("remove a consumer", "consumer", "one that holds nothing", absent or _no_consumer(wanted, row)),
        Choice("remove the group", "group", "its position is lost", absent or held),
    )


def _no_consumer(wanted: Targeted, row: Row | None) -> str:
    """Return why no consumer can be removed."""
    consumers = None if row is None or row.group is None else row.group.consumers
    if consumers is None:
        return "the server would not tell the consumers"
    asked = [one for one in consumers if wanted.consumer in (None, one.name)]
    if not asked:
        return "there is none"
    if all(one.pending for one in asked):
        return f"{wanted.consumer or 'every consumer'} holds pending entries"
    return ""


async def _position(desk: Desk, wanted: Targeted, row: Row) -> None:
    assert wanted.key is not None and row.group is not None  # noqa: PT018 - one fact: there is a group
    end = parse_position("end", row)
    options = (
        Choice("0", ZERO, f"from the beginning: {count(row.lag)} wait now, of {row.stream.length:,}"),
        Choice("end", end, f"behind the last entry, {end}: skips {count(row.lag)}"),
    )

    def read(text: str) -> EntryId:
        return parse_position(text, row)

    typed = Typed("an entry ID or a time ...", "1795373326515-0 or 2026-11-22T14:03:00Z", read)
    title = f"Set the position of {wanted.key.group}: it stands at {row.group.last_delivered}"
    to = await desk.ask(MenuScreen(title, options, typed, ascii_only=desk.session.config.ascii))
    if to is not None and may_act(desk):
        await propose(desk, "set position", propose_position(wanted.key, to, situation(desk)))


async def _consumer(desk: Desk, wanted: Targeted, row: Row) -> None:
    assert wanted.key is not None and row.group is not None  # noqa: PT018 - one fact: there is a group
    name: Name | None = wanted.consumer
    if name is None:
        options = tuple(
            Choice(
                str(one.name),
                one.name,
                "holds nothing",
                f"holds {plural(one.pending, 'pending entry', 'pending entries')}" if one.pending else "",
            )
            for one in sorted(row.group.consumers or (), key=lambda one: (one.pending, one.name))
        )
        name = await desk.ask(MenuScreen("Remove which consumer?", options, ascii_only=desk.session.config.ascii))
    if name is not None and may_act(desk):
        await propose(desk, "remove consumer", propose_remove(wanted.key, name, situation(desk)))


async def _group(desk: Desk, wanted: Targeted, row: Row) -> None:  # noqa: ARG001 - one of three of the same shape
    assert wanted.key is not None
    await propose(desk, "remove group", propose_remove(wanted.key, None, situation(desk)))
