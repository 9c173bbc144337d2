"""Marks belong to IDs: they outlive pages, and leave with the entry that they were set on."""

from maestro_tui.domain.names import EntryId
from maestro_tui.ui.marks import Marks


def id_(ms: int) -> EntryId:
    return EntryId(ms)


def shown(*places: int) -> list[tuple[EntryId, str]]:
    return [(id_(place), f"seen {place}") for place in places]


def places(marks: Marks[str]) -> list[int]:
    return [id.ms for id in marks.ids]


def test_a_mark_is_set_and_taken_away() -> None:
    marks: Marks[str] = Marks()
    marks.toggle(id_(2), "b")
    marks.toggle(id_(1), "a")
    assert places(marks) == [1, 2]
    assert marks.values == ("a", "b")
    marks.toggle(id_(2), "b")
    assert places(marks) == [1]
    assert id_(1) in marks
    assert id_(2) not in marks


def test_a_range_goes_from_the_last_mark_in_either_direction() -> None:
    marks: Marks[str] = Marks()
    marks.toggle(id_(3), "seen 3")
    assert marks.extend(shown(1, 2, 3, 4, 5), id_(5))
    assert places(marks) == [3, 4, 5]
    assert marks.extend(shown(1, 2, 3, 4, 5), id_(1))
    assert len(marks) == 5


def test_a_range_without_a_beginning_in_sight_marks_nothing() -> None:
    marks: Marks[str] = Marks()
    assert not marks.extend(shown(1, 2), id_(2))
    marks.toggle(id_(9), "elsewhere")
    assert not marks.extend(shown(1, 2), id_(2))
    assert places(marks) == [9]


def test_all_shown_are_marked_and_unmarked_and_others_left_alone() -> None:
    marks: Marks[str] = Marks()
    marks.toggle(id_(9), "elsewhere")
    marks.toggle_all(shown(1, 2))
    assert places(marks) == [1, 2, 9]
    marks.toggle_all(shown(1, 2))
    assert places(marks) == [9]
    marks.clear()
    assert len(marks) == 0


def test_a_look_drops_only_what_it_would_have_seen() -> None:
    marks: Marks[str] = Marks()
    for place in (1, 5, 6, 7, 20):
        marks.toggle(id_(place), "old")
    found = {id_(5): "new", id_(8): "not marked"}
    assert marks.saw(found, id_(4), id_(8)) == 2
    assert places(marks) == [1, 5, 20]
    assert marks.values == ("old", "new", "old")
    assert marks.saw({}, id_(5), None) == 1
    assert marks.saw({}, None, id_(1)) == 1
    assert places(marks) == [5]
