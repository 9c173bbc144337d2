"""An ACL that denies one command: what it feeds goes dark with the exact rule that is missing, the rest goes on."""

from typing import Any, Final

import pytest

from maestro_tui.domain.snapshot import Snapshot
from maestro_tui.domain.trouble import Failure, Trouble
from tests.conftest import FreshServer
from tests.gateway.conftest import OpenReader
from tests.gateway.rig import (
    HEALING,
    JOBS,
    USER,
    HandClock,
    add_user,
    config_of,
    fill,
    group_of,
    stream_of,
)
from tests.servers import Server

RULES: Final = (
    *("+info", "+time", "+scan", "+type"),
    *("+xinfo|stream", "+xinfo|groups", "+xinfo|consumers", "+xpending", "+xrange"),
)


def _grant(rule: str) -> str:
    return f"Grant it: ACL SETUSER {USER} {rule}"


def _without(rule: str) -> list[str]:
    return [granted for granted in RULES if granted != rule]


async def _poll(server: Server, open_reader: OpenReader, rules: list[str]) -> Snapshot:
    fill(server.client(), JOBS, entries=5, read=2)
    return await open_reader(add_user(server, rules)).poll(None)


def _told(trouble: Trouble | None, rule: str) -> None:
    assert trouble is not None
    assert (trouble.fault, trouble.next_step) == ("denied", _grant(rule))
    assert USER in trouble.sentence


async def test_these_rules_are_all_that_a_poll_needs(server: Server, open_reader: OpenReader) -> None:
    """The list in the documentation is this one."""
    seen = await _poll(server, open_reader, list(RULES))
    assert seen.errors == ()
    assert seen.nodes[0].trouble is None
    group = group_of(seen, JOBS)
    assert (group.trouble, group.pending, len(group.consumers or ())) == (None, 2, 1)
    assert group.first_undelivered is not None


async def test_without_info_only_the_server_is_unknown(server: Server, open_reader: OpenReader) -> None:
    """INFO is @dangerous and so the first to be denied."""
    seen = await _poll(server, open_reader, _without("+info"))
    _told(seen.nodes[0].trouble, "+info")
    assert seen.nodes[0].version is None
    assert group_of(seen, JOBS).pending == 2


async def test_without_time_our_own_clock_must_do(server: Server, open_reader: OpenReader) -> None:
    """Ages are then as good as this machine's clock, which is said."""
    seen = await _poll(server, open_reader, _without("+time"))
    assert seen.taken_at_ms == HandClock().wall_ms()
    assert seen.nodes[0].time_ms is None
    [note] = seen.errors
    assert note.startswith("Ages are by this machine's clock")
    assert _grant("+time") in note
    assert group_of(seen, JOBS).pending == 2


async def test_without_scan_nothing_is_discovered(server: Server, open_reader: OpenReader) -> None:
    """What is declared needs no discovery."""
    seen = await _poll(server, open_reader, _without("+scan"))
    [note] = seen.errors
    assert note.startswith("No streams can be discovered")
    assert _grant("+scan") in note
    assert not seen.discovery_complete
    assert group_of(seen, JOBS).pending == 2


async def test_without_xinfo_stream_the_groups_still_show(server: Server, open_reader: OpenReader) -> None:
    """Pending entries alarm without knowing the stream's length."""
    seen = await _poll(server, open_reader, _without("+xinfo|stream"))
    stream = stream_of(seen, JOBS)
    _told(stream.trouble, "+xinfo|stream")
    assert stream.exists is True
    assert group_of(seen, JOBS).pending == 2
    assert group_of(seen, JOBS).page is not None
    assert stream_of(seen, HEALING).exists is False


async def test_without_xinfo_groups_the_stream_still_shows(server: Server, open_reader: OpenReader) -> None:
    """No groups is not the same as groups unknown."""
    seen = await _poll(server, open_reader, _without("+xinfo|groups"))
    stream = stream_of(seen, JOBS)
    _told(stream.trouble, "+xinfo|groups")
    assert (stream.exists, stream.length, stream.groups) == (True, 5, None)


async def test_without_xinfo_consumers_the_pending_entries_still_show(server: Server, open_reader: OpenReader) -> None:
    """Who is alive is then unknown, what is pending is not."""
    group = group_of(await _poll(server, open_reader, _without("+xinfo|consumers")), JOBS)
    _told(group.trouble, "+xinfo|consumers")
    assert group.consumers is None
    assert group.page is not None
    assert len(group.page.entries) == 2


async def test_without_xpending_the_consumers_still_show(server: Server, open_reader: OpenReader) -> None:
    """The count of pending entries comes from XINFO GROUPS."""
    seen = await _poll(server, open_reader, _without("+xpending"))
    group = group_of(seen, JOBS)
    _told(group.trouble, "+xpending")
    assert (group.pending, group.page, group.lowest_pending) == (2, None, None)
    assert len(group.consumers or ()) == 1


async def test_without_xrange_only_the_waiting_time_is_unknown(server: Server, open_reader: OpenReader) -> None:
    """Payloads may be none of a monitor's business."""
    group = group_of(await _poll(server, open_reader, _without("+xrange")), JOBS)
    _told(group.trouble, "+xrange")
    assert group.first_undelivered is None
    assert len(group.consumers or ()) == 1


async def test_without_type_a_missing_stream_is_still_seen_to_be_missing(
    server: Server, open_reader: OpenReader
) -> None:
    """TYPE only spares the server's error statistics."""
    address = add_user(server, _without("+type"))
    reader = open_reader(address)
    for _ in range(3):
        stream = stream_of(await reader.poll(None), JOBS)
        assert (stream.exists, stream.trouble) == (False, None)


async def test_a_key_out_of_reach_spoils_only_its_row(server: Server, open_reader: OpenReader) -> None:
    """The key is named, since that is what the administrator has to add."""
    fill(server.client(), JOBS, entries=5)
    fill(server.client(), HEALING, entries=5)
    seen = await open_reader(add_user(server, RULES, keys=f"~{JOBS.stream}")).poll(None)
    hidden = stream_of(seen, HEALING)
    assert (hidden.exists, hidden.groups) == (None, None)
    _told(hidden.trouble, f"~{HEALING.stream}")
    assert stream_of(seen, JOBS).trouble is None


async def test_a_user_who_may_do_nothing_gets_a_failure(server: Server, open_reader: OpenReader) -> None:
    """A screen of rows that all say the same would hide that nothing was measured."""
    fill(server.client(), JOBS)
    with pytest.raises(Failure) as caught:
        await open_reader(add_user(server, [])).poll(None)
    _told(caught.value.trouble, "+xinfo|stream")


async def test_a_page_without_xpending_is_a_failure(redis70: Server, open_reader: OpenReader) -> None:
    """The page consists of what XPENDING tells."""
    fill(redis70.client(), JOBS, entries=5, read=2)
    assert JOBS.group is not None
    with pytest.raises(Failure) as caught:
        await open_reader(add_user(redis70, _without("+xpending"))).pending(JOBS.stream, JOBS.group, None, 10)
    _told(caught.value.trouble, "+xpending")


async def test_a_page_without_xrange_lacks_only_the_payloads(redis70: Server, open_reader: OpenReader) -> None:
    """IDs, holders and times are worth showing."""
    fill(redis70.client(), JOBS, entries=5, read=2)
    assert JOBS.group is not None
    page = await open_reader(add_user(redis70, _without("+xrange"))).pending(JOBS.stream, JOBS.group, None, 10)
    assert len(page.rows) == 2
    assert page.rows[0].preview.fields is None
    assert _grant("+xrange") in page.rows[0].preview.note


async def test_denied_once_the_introduction_is_not_repeated(fresh_server: FreshServer, open_reader: OpenReader) -> None:
    """Each refused CLIENT command is a line in the server's ACL LOG."""
    server = fresh_server("valkey-9.1")
    reader = open_reader(config_of(add_user(server, RULES)))
    client = server.client()
    for _ in range(3):
        await reader.poll(None)
        server.run("CLIENT", "KILL", "USER", USER)
    log: list[Any] = client.acl_log()
    assert {entry["object"] for entry in log} == {"client|no-touch", "client|setinfo"}
    assert sum(entry["count"] for entry in log) == 3
