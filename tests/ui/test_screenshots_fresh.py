"""The pictures of the documentation show the present product."""

from pathlib import Path

import pytest

from screenshots.__main__ import HERE, pictures

pytestmark = pytest.mark.snapshot


async def test_the_pictures_are_fresh(tmp_path: Path) -> None:
    """`make screenshots` makes them again."""
    made = await pictures(tmp_path / "audit.jsonl")
    stored = {path.name: path.read_text(encoding="utf-8") for path in HERE.glob("*.svg")}
    assert stored.keys() == made.keys()
    assert [name for name, svg in made.items() if stored[name] != svg] == []


def test_the_pictures_load_nothing_from_elsewhere() -> None:
    """They are read offline and in private repositories, and they name no address but our own."""
    stored = [path.read_text(encoding="utf-8") for path in HERE.glob("*.svg")]
    assert stored
    links = {part.split('"')[0] for svg in stored for part in svg.split("http")[1:]}
    assert links <= {"://www.w3.org/2000/svg"}
