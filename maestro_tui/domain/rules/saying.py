"""What rules about groups say alike: how much waits, at what speed, and who holds what is pending."""

from collections.abc import Sequence

from maestro_tui.domain.names import Name
from maestro_tui.domain.quantities import count, duration
from maestro_tui.domain.rows import Row
from maestro_tui.domain.snapshot import Consumer

_LONGEST_NAME = 24


def waiting(row: Row) -> str:
    """Say how much waits, and for how long: `667 waiting 12m`."""
    text = f"{count(row.lag)} waiting" if row.lag.value is not None else "work waiting"
    return text if row.waiting_ms is None else f"{text} {duration(row.waiting_ms)}"


def speeds(row: Row) -> str:
    """Say how fast entries come and go; nothing where that is not known."""
    known = row.rates.in_per_s is not None and row.rates.out_per_s is not None
    return f"in {row.rates.in_per_s:.1f}/s, out {row.rates.out_per_s:.1f}/s" if known else ""


def holders(row: Row) -> tuple[Consumer, ...]:
    """Return the consumers that hold pending entries; none where consumers are not told."""
    return tuple(one for one in (row.group.consumers if row.group else None) or () if one.pending)


def silent_holder(held: Sequence[Consumer]) -> str:
    """Name the one of these that holds most of what is pending, and how long it has been silent."""
    if not held:
        return ""
    most = max(held, key=lambda one: (one.pending, one.name))
    others = f" and {len(held) - 1} more" if len(held) > 1 else ""
    return f"{short(most.name)}{others} silent {duration(most.idle_ms)}"


def short(name: Name) -> str:
    """Spell a consumer's name in as much room as a sentence has."""
    text = str(name)
    return text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1] + "…"


def together(*parts: str) -> str:
    """Join what there is to say."""
    return "; ".join(part for part in parts if part)


def nobody_minds(row: Row) -> bool:
    """Whether there is no group, or one that nobody declared and nobody reads."""
    return row.group is None or (not row.declared and row.group.consumer_count == 0)
