"""The top lines of every screen: which server this is, how it does, how old the data are, what troubles the poll."""

from maestro_tui.domain.quantities import duration, size
from maestro_tui.domain.snapshot import Memory, Node
from maestro_tui.domain.text import clip, width
from maestro_tui.ui.status import Status
from maestro_tui.ui.widgets.lines import Line, Span, TextLines, Tone, line_width

_BADGES: dict[str, Span] = {
    "production": (" PRODUCTION ", "production"),
    "staging": (" STAGING ", "staging"),
    "development": (" DEVELOPMENT ", "development"),
}
_ROOMY = 100
_SENTENCE_LINES = 3
_STEP_LINES = 2


class HeaderLine(TextLines):
    """One line that tells where we are and whether the data are live."""

    def show_status(self, status: Status) -> None:
        """Tell the present state; the same again costs nothing."""
        self.set_lines((header_line(status, self.size.width or self.app.size.width),))


class Banner(TextLines):
    """The trouble of the last poll with its next step, and what is under way behind the screen; else nothing."""

    def show_status(self, status: Status) -> None:
        """Tell the present trouble; the same again costs nothing."""
        cells = self.size.width or self.app.size.width
        self.set_lines((*banner_lines(status, cells), *behind_lines(status, cells)))


def header_line(status: Status, cells: int) -> Line:
    """Spell the line: the badge and the state of the data always, of the rest what fits, in order."""
    state = _state(status)
    badges = _badges(status)
    address: Span = (clip(f" {status.config.address}", cells - line_width((*badges, state)) - 2), "strong")
    line: list[Span] = [*badges, address]
    for part in _facts(status, roomy=cells >= _ROOMY):
        if line_width((*line, *part, state)) + 3 > cells:
            break
        line += [(" " * (2 if cells >= _ROOMY else 1), "plain"), *part]
    gap = cells - line_width((*line, state)) - 1
    return (*line, (" " * max(1, gap), "plain"), state)


def banner_lines(status: Status, cells: int) -> tuple[Line, ...]:
    """Spell the trouble: what happened, the age of the data, and what to do."""
    trouble = status.latest.trouble
    mark = "x" if status.config.ascii else "✖"
    if trouble is None:
        return _waiting(status, mark, cells)
    age = "" if status.age_s is None else f"data {status.age} old, {status.taken}"
    room = cells - len(age) - 2
    head, *more = _wrapped(trouble.sentence, room - 3, cells - 3, _SENTENCE_LINES)
    first: Line = ((f" {mark} {head}" + " " * (room - 3 - width(head)), "critical"), (f" {age} ", "warning"))
    steps = _wrapped(trouble.next_step, cells - 3, cells - 3, _STEP_LINES) if trouble.next_step else []
    rest: list[Line] = [((f"   {line}", "critical"),) for line in more]
    return (first, *rest, *(((f"   {line}", "plain"),) for line in steps))


def behind_lines(status: Status, cells: int) -> tuple[Line, ...]:
    """Spell how far the operations are that go on behind the screen, and the key that shows them."""
    if not status.behind:
        return ()
    more = f", {len(status.behind) - 1} more" if len(status.behind) > 1 else ""
    return (((clip(f" {status.behind[0]}{more}: l shows it", cells), "info"),),)


def _wrapped(text: str, first: int, cells: int, most: int) -> list[str]:
    """Break a text between words, its first line so wide and the others so; the last one takes what is left, cut."""
    lines, words = [""], text.split(" ")
    for place, word in enumerate(words):
        room = first if len(lines) == 1 else cells
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if width(longer) <= room:
            lines[-1] = longer
        elif len(lines) == most:
            lines[-1] = clip(f"{lines[-1]} {' '.join(words[place:])}", room)
            break
        else:
            lines.append(clip(word, cells))
    return lines


def _waiting(status: Status, mark: str, cells: int) -> tuple[Line, ...]:
    waited = duration(round(status.waited_s * 1000))
    if not status.latest.ever_polled:
        dots = "..." if status.config.ascii else "…"
        return (((clip(f" connecting to {status.config.address} {dots} {waited}", cells), "plain"),),)
    if not status.overdue:
        return ()
    latest = duration(round((status.latest_age_s or 0.0) * 1000))
    return (((clip(f" {mark} no answer for {latest}: the data are of {status.taken}", cells), "critical"),),)


def _badges(status: Status) -> list[Span]:
    environment = status.config.environment
    badges = [] if environment is None else [_BADGES[environment]]
    if status.config.read_only:
        badges.append((" READ-ONLY ", "strong"))
    return badges


def _state(status: Status) -> Span:
    ascii_only = status.config.ascii
    if not status.shown.ever_polled:
        word = "not connected" if status.latest.trouble else "connecting"
        return (f"{'~' if ascii_only else '◌'} {word} {duration(round(status.waited_s * 1000))}", "warning")
    if status.frozen:
        trouble = status.latest.trouble
        now = "" if trouble is None else f", now {trouble.fault}"
        return (f"FROZEN {status.taken}, {status.age} ago{now}", "warning")
    if status.latest.trouble is not None or status.overdue:
        return (f"{'~' if ascii_only else '◌'} stale {status.age}", "critical")
    return (f"{'*' if ascii_only else '●'} live {status.taken}", "good")


def _facts(status: Status, *, roomy: bool) -> list[Line]:
    nodes = status.shown.snapshot.nodes
    if not nodes:
        return []
    facts: list[Line] = [_server(nodes, roomy=roomy)]
    memory = _memory(_fullest(nodes), roomy=roomy, ascii_only=status.config.ascii)
    if memory:
        facts.append(memory)
    took_ms = status.shown.snapshot.cost.seconds * 1000
    every = f"{status.every_s:g}s" if status.every_s != int(status.every_s) else f"{status.every_s:.1f}s"
    share = "-" if status.latest.trouble is not None else f"{status.share:.1%}"
    facts.append(((f"poll {every} {took_ms:.0f}ms {share}", "muted"),))
    return facts


def _server(nodes: tuple[Node, ...], *, roomy: bool) -> Line:
    first = nodes[0]
    kind = first.kind.capitalize() + " " if roomy else ""
    role = f"{len(nodes)} nodes" if len(nodes) > 1 else (first.role or "")
    tone: Tone = "warning" if role == "slave" else "plain"
    return ((f"{kind}{first.version or '?'} ", "plain"), ("replica" if role == "slave" else role, tone))


def _fullest(nodes: tuple[Node, ...]) -> Memory:
    return max((node.memory for node in nodes), key=lambda memory: memory.used_share or 0.0)


def _memory(memory: Memory, *, roomy: bool, ascii_only: bool) -> Line:
    if memory.used_bytes is None:
        return ()
    share = memory.used_share
    if share is None:
        text = f"mem {size(memory.used_bytes)}"
    elif roomy:
        used, most = size(memory.used_bytes), size(memory.max_bytes)
        text = f"mem {used.removesuffix(most[-1])}/{most} {memory.policy or ''}".rstrip()
    else:
        text = f"mem {share:.0%}"
    # Alone the risk of losing whole streams is no alarm: this is how the platform's server is set up.
    mark: Line = ((" !" if ascii_only else " ▲", "warning"),) if memory.may_evict_streams else ()
    return ((text, "plain"), *mark)
