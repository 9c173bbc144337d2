"""From signs to findings: since when, told only after a while, over only after a while.

All spans go by our own monotonic clock: a server's clock may step, and then nothing must appear, last for ever or end
because of that.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from maestro_tui.domain.limits import Limits
from maestro_tui.domain.rules.finding import Ended, Finding, Identity
from maestro_tui.domain.rules.registry import Rule


@dataclass(frozen=True, slots=True)
class Now:
    """A moment: by our monotonic clock, and by the server's, both in milliseconds."""

    mono_ms: int
    server_ms: int


@dataclass(frozen=True, slots=True)
class Spell:
    """One sign of trouble for as long as it lasts: as it was last seen, when it began, when it was last seen."""

    finding: Finding
    began: Now
    last: Now
    told: bool = False


Spells = Mapping[Identity, Spell]


def go_on(
    past: Spells, signs: Iterable[Finding], rules: Mapping[str, Rule], limits: Limits, now: Now
) -> tuple[dict[Identity, Spell], tuple[Ended, ...]]:
    """Return the spells after another look, and what ended with it."""
    spells: dict[Identity, Spell] = {}
    for sign in signs:
        before = past.get(sign.identity)
        began = now if before is None else before.began
        held = now.mono_ms - began.mono_ms >= rules[sign.rule].held_for_ms(limits)
        told = held or (before is not None and before.told)
        spells[sign.identity] = Spell(replace(sign, since_ms=began.server_ms), began, now, told)
    ended: list[Ended] = []
    for identity, spell in past.items():
        if identity in spells or not spell.told:
            # What was not told yet must hold at every poll: it begins anew.
            continue
        if now.mono_ms - spell.last.mono_ms < rules[spell.finding.rule].clear_ms:
            spells[identity] = spell
        else:
            ended.append(Ended(spell.finding, now.server_ms, max(0, now.mono_ms - spell.began.mono_ms)))
    return spells, tuple(ended)


def told(spells: Spells) -> tuple[Finding, ...]:
    """Return what is to be shown."""
    return tuple(spell.finding for spell in spells.values() if spell.told)
