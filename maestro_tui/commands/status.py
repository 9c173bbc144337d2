"""`maestro-tui status`: every stream and group, and what is wrong, as a table, as JSON or as OpenMetrics."""

import json
import shutil
import sys
from collections.abc import Iterator

from maestro_tui.commands.tell import show, tell
from maestro_tui.domain.columns import Labels, Shown, columns_at, glyph, header, line
from maestro_tui.domain.config import Config
from maestro_tui.domain.document import document
from maestro_tui.domain.frame import Frame
from maestro_tui.domain.holding import holding_at_most
from maestro_tui.domain.metrics import openmetrics
from maestro_tui.domain.rules import AT_THE_PRIMARY, Finding
from maestro_tui.domain.trouble import Failure
from maestro_tui.engine.session import Session

# Nobody's window is behind a pipe, so nothing needs to be left out.
_PIPE_WIDTH = 160
# On stdout there are no keys to press.
_INSTEAD_OF_KEY = {"i": "maestro-tui init creates it", "enter": "maestro-tui pending shows them"}
# Where the rule's own step speaks of a key, or its key has no command of the same meaning.
_INSTEAD_OF_STEP = {
    "wrong_type": "rename or delete the key, then maestro-tui init",
    "moved_back": "find who did it; x in the dashboard sets the position",
    "ghosts": "maestro-tui ack takes them off the list; have the producers trim later",
    "not_acking": "read the workers' log; maestro-tui requeue or dead-letter once mended",
    "dead_letters": "maestro-tui redrive brings them back",
    "dead_growing": "enter in the dashboard shows what fails",
    "our_cost": "poll more slowly (--interval), or declare fewer streams",
}


def settings_of(config: Config) -> Config:
    """Return the settings for one look: it cannot wait for a problem to hold, so it tells what it sees."""
    return holding_at_most(config, 0)


async def status(session: Session, *, format: str) -> int:
    """Poll twice, since rates need two looks, and print what was seen."""
    try:
        frame = await session.monitor.once(polls=2)
    except Failure:
        if format == "openmetrics":
            # Whoever collects this must learn of it from the text alone.
            show(openmetrics(session.monitor.frame, session.config))
        raise
    if format == "openmetrics":
        show(openmetrics(frame, session.config))
        return 0
    if format in ("json", "jsonl"):
        show(json.dumps(document(frame, session.config), indent=2 if format == "json" else None))
        return 0
    for text in table(frame, session.config):
        show(text)
    for sentence in frame.snapshot.errors:
        tell(sentence)
    return 0


def table(frame: Frame, config: Config) -> Iterator[str]:
    """Return a frame as lines of text, as wide as the terminal."""
    width = shutil.get_terminal_size((_PIPE_WIDTH, 24)).columns if sys.stdout.isatty() else _PIPE_WIDTH
    return _table(frame, max(width, 40), ascii_only=config.ascii)


def _table(frame: Frame, width: int, *, ascii_only: bool) -> Iterator[str]:
    labels = Labels.of(frame.rows)
    columns = columns_at(width, lasting_only=True)
    yield header(columns).rstrip()
    shown = [row for row in frame.rows if row.state != "unused"]
    for row in shown:
        yield line(Shown(row, frame.severity(row.key), labels, ascii_only), columns).rstrip()
    folded = len(frame.rows) - len(shown)
    if folded:
        yield f"+{folded} unused"
    if frame.findings:
        yield ""
    for finding in frame.findings:
        yield _problem(finding, frame, labels, ascii_only=ascii_only)


def _problem(finding: Finding, frame: Frame, labels: Labels, *, ascii_only: bool) -> str:
    row = frame.row(finding.key)
    # What lingers may have lost its row.
    what = labels.stream(row) if row is not None else "server" if finding.key is None else str(finding.key.stream)
    facts = "; ".join(part.rstrip(".") for part in (finding.title, finding.evidence) if part)
    mark = glyph("ok", finding.severity, ascii_only=ascii_only)
    step = _INSTEAD_OF_KEY.get(finding.press or "", finding.next_step)
    # A replica takes no writes: its findings say so, and tell no key.
    if finding.rule in _INSTEAD_OF_STEP and finding.next_step != AT_THE_PRIMARY:
        step = _INSTEAD_OF_STEP[finding.rule]
    if finding.press == "R":
        step = f"{step.removesuffix('R')}maestro-tui requeue"
    return f"{mark} {what}: {facts}. Next: {step}"
