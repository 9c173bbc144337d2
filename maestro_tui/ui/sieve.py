"""The filter over pending entries: small words such as `idle>5m`, and everything else a text to be found."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt

from maestro_tui.domain.names import Name
from maestro_tui.domain.quantities import parse_duration
from maestro_tui.domain.text import visible
from maestro_tui.ui.widgets.payload import searchable
from maestro_tui.ui.widgets.pending import MARKS, Mark, PendingLine

PLACEHOLDER = 'idle>5m tries>2 att>0 age>1h mark=ghost consumer=worker-1, or any text; ! inverts, "" keeps blanks'

_PART = re.compile(
    r'(?P<not>!?)(?:(?P<name>[a-z]+)(?P<sign>>=|<=|>|<|=))?(?P<value>"[^"]*"?|[^\s"]\S*|)', re.IGNORECASE
)
_SIGNS: dict[str, Callable[[int, int], bool]] = {">": gt, ">=": ge, "<": lt, "<=": le, "=": eq}
_TIMES = frozenset({"idle", "age"})
_NUMBERS = frozenset({"tries", "att"})
_NAMES = frozenset({"consumer", "mark"})
# An age is never exactly five minutes.
_ORDER = frozenset({">", ">=", "<", "<="})

Test = Callable[[PendingLine], bool | None]


@dataclass(frozen=True, slots=True)
class Sieve:
    """What lines must be like; `deep`: payloads must be looked into to know it.

    `consumer` is the one name that all lines must be held by, so that only that consumer's list need be looked at.
    """

    tests: tuple[Test, ...]
    deep: bool
    consumer: str | None = None

    def passes(self, line: PendingLine) -> bool | None:
        """Tell whether a line is wanted; None where its payload would decide and was not fetched."""
        answers = [test(line) for test in self.tests]
        if False in answers:
            return False
        return None if None in answers else True


def parse_sieve(text: str) -> Sieve | None:
    """Read what was typed; None for nothing. Raises ValueError with one sentence for a word that makes no sense."""
    parts = [part for part in _PART.finditer(text) if part["value"] or part["name"]]
    if not parts:
        return None
    tests, deep, names = [], False, []
    for part in parts:
        name = (part["name"] or "").lower()
        value = part["value"].strip('"')
        known = name in _TIMES | _NUMBERS | _NAMES
        test = _word(name, part["sign"], value) if known else _text(part[0].removeprefix("!").strip('"'))
        deep = deep or not known or name == "att" or (name == "mark" and _mark(value) in ("ghost", "poison"))
        if name == "consumer" and not part["not"]:
            names.append(value)
        tests.append(_not(test) if part["not"] else test)
    return Sieve(tuple(tests), deep, names[0] if len(names) == 1 else None)


def of_consumer(name: Name) -> tuple[str, Sieve]:
    """Return the filter for what a consumer holds, as it would be typed and as it works."""
    shown = visible(name.raw)
    text = f'consumer="{shown}"' if set(shown) & set(' "') or not shown else f"consumer={shown}"
    return text, Sieve((_held_by(shown),), deep=False, consumer=shown)


def _word(name: str, sign: str, value: str) -> Test:
    if name in _NAMES:
        if sign != "=":
            raise ValueError(f"{name} takes =, such as {'mark=ghost' if name == 'mark' else 'consumer=worker-1'}.")
        return _marked(_mark(value)) if name == "mark" else _held_by(value)
    if name in _TIMES and sign not in _ORDER:
        raise ValueError(f"{name} takes > or <, such as {name}>5m.")
    return _compared(name, _SIGNS[sign], _quantity(name, value))


def _quantity(name: str, value: str) -> int:
    if name in _TIMES:
        try:
            return parse_duration(value)
        except ValueError:
            raise ValueError(f"{name} takes a duration, such as {name}>30s or {name}>5m.") from None
    if not (value.isascii() and value.isdigit() and len(value) <= 15):
        raise ValueError(f"{name} takes a number, such as {name}>2.")
    return int(value)


def _compared(name: str, compare: Callable[[int, int], bool], bound: int) -> Test:
    def quantity(line: PendingLine) -> int | None:
        entry = line.row.entry
        of = {"idle": entry.idle_ms, "age": line.age_ms, "tries": entry.deliveries, "att": line.attempt}
        return of[name]

    def test(line: PendingLine) -> bool | None:
        value = quantity(line)
        # An ID that is no time has no age, and will never have one.
        return (False if name == "age" else None) if value is None else compare(value, bound)

    return test


def _mark(value: str) -> Mark:
    plain = value.lower().replace("-", " ").replace("_", " ").strip()
    found = [mark for mark in MARKS if plain and mark.startswith(plain)]
    if len(found) != 1:
        raise ValueError("mark takes ghost, poison, left-behind or last-batch.")
    return found[0]


def _marked(mark: Mark) -> Test:
    def test(line: PendingLine) -> bool | None:
        if line.mark == mark:
            return True
        # What was not fetched may be gone from the stream, or carry marks of requeues.
        unread = mark in ("ghost", "poison") and not line.looked_into and line.mark != "ghost"
        return None if unread else False

    return test


def _held_by(name: str) -> Test:
    return lambda line: visible(line.row.entry.consumer.raw) == name


def _text(text: str) -> Test:
    wanted = text.casefold()

    def test(line: PendingLine) -> bool | None:
        entry = line.row.entry
        if wanted in str(entry.id) or wanted in str(entry.consumer).casefold():
            return True
        if wanted in searchable(line.row.preview).casefold():
            return True
        return False if line.looked_into else None

    return test


def _not(test: Test) -> Test:
    def inverted(line: PendingLine) -> bool | None:
        answer = test(line)
        return None if answer is None else not answer

    return inverted


def sift(sieve: Sieve | None, lines: Sequence[PendingLine]) -> tuple[tuple[PendingLine, ...], int]:
    """Return the lines that are wanted, and how many could not be told because their payload was not fetched."""
    if sieve is None:
        return tuple(lines), 0
    answers = [(line, sieve.passes(line)) for line in lines]
    return tuple(line for line, answer in answers if answer), sum(answer is None for _, answer in answers)
