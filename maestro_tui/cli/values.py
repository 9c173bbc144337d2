"""What may stand behind an option: durations, entry IDs, rates, each refused in one sentence."""

import re
from typing import TYPE_CHECKING, Any

import click

from maestro_tui.domain.names import EntryId
from maestro_tui.domain.quantities import parse_duration

_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:/\s*(s|m|min|h))?", re.ASCII)
_SECONDS = {None: 1, "s": 1, "m": 60, "min": 60, "h": 3600}
_FASTEST = 1_000_000
_MOST = 1_000_000_000

# Older versions of click, which will do, know no type arguments at run time.
if TYPE_CHECKING:
    _ParamType = click.ParamType[Any]
else:
    _ParamType = click.ParamType


class _Value(_ParamType):
    """A value that is read by a function which raises ValueError with a sentence."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        """Return the value, or refuse it."""
        if not isinstance(value, str):
            return value
        try:
            return self.read(value)
        except (ValueError, OverflowError) as error:
            self.fail(str(error), param, ctx)

    def read(self, text: str) -> Any:  # noqa: ANN401
        """Read the text."""
        raise NotImplementedError


class _Duration(_Value):
    name = "time"

    def read(self, text: str) -> int:
        """Return milliseconds."""
        try:
            return parse_duration(text)
        except OverflowError:
            raise ValueError(f"{text[:40]!r} is longer than ten years") from None


class _EntryId(_Value):
    name = "id"

    def read(self, text: str) -> EntryId:
        return EntryId.parse(text)


class _Rate(_Value):
    name = "rate"

    def read(self, text: str) -> float:
        """Return entries per second."""
        found = _RATE.fullmatch(text.strip().lower())
        if found is None:
            raise ValueError(f"{text[:40]!r} is not a rate such as 10/s, 100/m or 0.5")
        rate = float(found[1]) / _SECONDS[found[2]]
        if not 0 < rate <= _FASTEST:
            raise ValueError(f"{text[:40]!r} is not between 0 and {_FASTEST:,} entries a second")
        return rate


class _Count(_Value):
    name = "number"

    def read(self, text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 10 and 1 <= int(text) <= _MOST):
            raise ValueError(f"{text[:40]!r} is not a whole number from 1 to {_MOST:,}")
        return int(text)


DURATION = _Duration()
ENTRY_ID = _EntryId()
RATE = _Rate()
COUNT = _Count()
