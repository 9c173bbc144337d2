"""The lines over an entry's fields: where and when it is, how large, who holds it, and what it was before."""

from dataclasses import dataclass

from maestro_tui.domain.names import EntryId, Key
from maestro_tui.domain.plans.provenance import ORIGIN, attempts_of, unwrap
from maestro_tui.domain.quantities import duration, plural, size
from maestro_tui.domain.text import clip, clip_middle, visible
from maestro_tui.domain.trouble import Trouble
from maestro_tui.engine.ports import Entry, Holding
from maestro_tui.ui.moments import both_times
from maestro_tui.ui.widgets.lines import Line, Tone
from maestro_tui.ui.widgets.pending import Mark

_MOST_HOLDINGS = 4
_MARK_TONES: dict[Mark, Tone] = {"ghost": "critical", "poison": "critical", "left behind": "warning"}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an entry besides its fields. `entry` None: it was looked for, and is gone (`looked`)."""

    key: Key
    id: EntryId
    now_ms: int
    looked: bool = False
    entry: Entry | None = None
    holdings: tuple[Holding, ...] | None = None
    mark: Mark = ""
    trouble: Trouble | None = None
    trimmed: bool = False


def fact_lines(facts: Facts, cells: int) -> tuple[Line, ...]:
    """Spell the facts, each in a line, cut for a width."""
    told: list[tuple[str, Tone]] = [(_when(facts), "plain")]
    if facts.trouble is not None:
        told += [(facts.trouble.sentence, "critical"), (facts.trouble.next_step, "plain")]
    elif facts.looked and facts.entry is None:
        told.append(("Gone from the stream, deleted or trimmed: what it held is lost.", "critical"))
        told.append(("While it is pending it is a ghost: x acks it, and the pending list forgets it.", "plain"))
    elif facts.trimmed:
        told.append(("The entry is no longer in the stream: what is shown was read before it went.", "warning"))
    told += history(facts)
    lines: list[Line] = [_name(facts, cells)]
    lines += [((clip(f" {text}", cells), tone),) for text, tone in told]
    return (*lines, *_held(facts, cells))


def _name(facts: Facts, cells: int) -> Line:
    id = f" {facts.id}"
    return ((id, "strong"), (f"  {clip_middle(str(facts.key.stream), max(0, cells - len(id) - 3))}", "plain"))


def _when(facts: Facts) -> str:
    age_ms = facts.id.age_ms(facts.now_ms)
    when = "its ID is no time" if age_ms is None else f"{both_times(facts.id.ms)}  {duration(age_ms)} ago"
    if facts.entry is None:
        return when
    return f"{when}  {size(facts.entry.size)} in {plural(facts.entry.field_count, 'field')}"


def history(facts: Facts) -> list[tuple[str, Tone]]:
    """Tell what an entry was before, by the marks that it carries itself."""
    if facts.entry is None:
        return []
    told: list[tuple[str, Tone]] = []
    fields = facts.entry.fields
    letter = unwrap(fields)
    if letter is not None:
        was, fields = letter
        told.append((f"Dead letter: was {was.id} of {was.stream}", "info"))
        had = f"{was.consumer} of {was.group}, delivered {was.deliveries:,}x, idle {duration(was.idle_ms)}"
        told.append((f"{had}; set aside {duration(facts.now_ms - was.at_ms)} ago", "info"))
    attempts = attempts_of(fields) if facts.entry.complete else 0
    if attempts:
        origin = visible(dict(fields[-2:]).get(ORIGIN, b""), 50)
        told.append((f"Requeued {plural(attempts, 'time')}: a copy of {origin}.", "info"))
    return told


def attempt_in(entry: Entry | None) -> int | None:
    """Return how often an entry was requeued; None where its last field was not read."""
    if entry is None or not entry.complete:
        return None
    letter = unwrap(entry.fields)
    return attempts_of(entry.fields if letter is None else letter[1])


def _held(facts: Facts, cells: int) -> list[Line]:
    """Tell how groups stand to the entry: the one whose screen this is first, then those that hold it pending."""
    if facts.holdings is None:
        return []
    if not facts.holdings:
        return [((clip(" No group reads this stream.", cells), "muted"),)]
    ordered = sorted(facts.holdings, key=lambda one: (one.group != facts.key.group, one.entry is None))
    lines = [_holding(one, facts, cells) for one in ordered[:_MOST_HOLDINGS]]
    rest = ordered[_MOST_HOLDINGS:]
    if rest:
        pending = sum(one.entry is not None for one in rest)
        waiting = sum(one.known and not one.delivered for one in rest)
        more = f" {plural(len(rest), 'more group')}: {pending} hold it pending, {waiting} have not received it yet"
        lines.append(((clip(more, cells), "muted"),))
    return lines


def _holding(one: Holding, facts: Facts, cells: int) -> Line:
    own = one.group == facts.key.group
    mark = facts.mark if own and one.entry is not None else ""
    if not one.known:
        text = "? the server would not tell"
    elif one.entry is not None:
        entry = one.entry
        text = f"held by {entry.consumer}, delivered {entry.deliveries:,}x, idle {duration(entry.idle_ms)}"
    else:
        text = "acknowledged, or never delivered to it" if one.delivered else "not delivered yet"
    group = clip_middle(str(one.group), 30)
    tail = f", {mark}" if mark else ""
    room = max(0, cells - len(tail))
    head = clip(f" {group}: {text}", room)
    return ((head, "plain" if own or one.entry is not None else "muted"), (tail, _MARK_TONES.get(mark, "plain")))
