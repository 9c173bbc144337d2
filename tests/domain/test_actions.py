"""The registry of actions: no two things under one key, and nothing that writes without a plan."""

import pytest

from maestro_tui.domain.actions import ACTIONS, Action, action, as_markdown

PLANNED = {"init", "requeue", "dead_letter", "claim", "edit", "menu", "undo"}
"""The actions whose key opens a plan: what they send is in a value that somebody has seen."""


def test_names_are_unique_and_found() -> None:
    assert len({one.name for one in ACTIONS}) == len(ACTIONS)
    assert all(action(one.name) is one for one in ACTIONS)
    with pytest.raises(StopIteration):
        action("flushall")


@pytest.mark.parametrize("place", ["overview", "group", "inspector"])
def test_no_key_means_two_things_in_one_place(place: str) -> None:
    keys = [key for one in ACTIONS if one.where in ("everywhere", place) for key in one.keys]
    assert sorted(set(keys)) == sorted(keys)


def test_whatever_writes_opens_a_plan() -> None:
    assert {one.name for one in ACTIONS if one.danger == "writes"} == PLANNED


@pytest.mark.parametrize("one", ACTIONS, ids=[one.name for one in ACTIONS])
def test_an_action_can_be_shown(one: Action) -> None:
    assert one.title
    assert one.shown_key
    assert one.name.isidentifier()
    assert all(f"`{key}`" in as_markdown() for key in one.keys if len(key) == 1)


@pytest.mark.parametrize("place", ["overview", "group", "inspector"])
def test_the_key_bar_has_an_order(place: str) -> None:
    ranks = [one.bar for one in ACTIONS if one.where in ("everywhere", place) and one.bar is not None]
    assert min(ranks) == 0
    assert len(ranks) > 5
