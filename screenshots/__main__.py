"""Makes the pictures of the documentation again: `python -m screenshots`."""

import asyncio
import os
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
PICTURES = (
    ("incident", (80, 24)),
    ("incident", (120, 40)),
    ("incident", (160, 48)),
    ("calm", (120, 40)),
    ("empty", (80, 24)),
    ("unreachable", (120, 40)),
    ("read_only", (80, 24)),
    ("ascii", (80, 24)),
)
CLOSER = ("group", "inspector", "dead_letters", "history")
ACTING = ("plan", "plan_production", "progress_canary_stopped", "progress_watch")
SIZE = (120, 40)


def file_name(name: str, size: tuple[int, int], *, colour: bool = True) -> str:
    """Return what a picture is called."""
    return f"overview-{name}-{size[0]}x{size[1]}{'' if colour else '-no-color'}.svg"


async def pictures(audit: Path) -> dict[str, str]:
    """Return every picture by its file's name."""
    from screenshots.dialogs import dialog_picture
    from screenshots.stage import picture

    # The inspector tells local time.
    os.environ["TZ"] = "UTC"
    time.tzset()
    made = {file_name(name, size): await picture(name, size, audit) for name, size in PICTURES}
    made |= {f"{name}-{SIZE[0]}x{SIZE[1]}.svg": await picture(name, SIZE, audit) for name in CLOSER}
    made |= {f"{name}-{SIZE[0]}x{SIZE[1]}.svg": await dialog_picture(name, SIZE, audit) for name in ACTING}
    # The app reads the variable when it is made.
    os.environ["NO_COLOR"] = "1"
    try:
        made[file_name("incident", (120, 40), colour=False)] = await picture("incident", (120, 40), audit)
    finally:
        del os.environ["NO_COLOR"]
    return made


def main() -> None:
    """Write them beside this file."""
    os.environ["TEXTUAL_ANIMATIONS"] = "none"
    for name in ("NO_COLOR", "TEXTUAL_THEME"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory() as folder:
        made = asyncio.run(pictures(Path(folder) / "audit.jsonl"))
    for name, svg in made.items():
        (HERE / name).write_text(svg, encoding="utf-8")
        print(name)


if __name__ == "__main__":
    main()
