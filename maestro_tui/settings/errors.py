"""What is wrong with a setting, in one readable line that never holds a secret."""

import difflib
from collections.abc import Iterable, Mapping

from pydantic import ValidationError

from maestro_tui.domain.text import visible

_SENTENCES = {
    "bool_parsing": "{shown} is neither true nor false",
    "bool_type": "{shown} is neither true nor false",
    "int_parsing": "{shown} is not a whole number",
    "int_type": "{shown} is not a whole number",
    "int_from_float": "{shown} is not a whole number",
    "int_parsing_size": "{shown} is too large",
    "float_parsing": "{shown} is not a number",
    "float_type": "{shown} is not a number",
    "finite_number": "{shown} is not a number",
    "greater_than": "{shown} is too small (more than {gt})",
    "greater_than_equal": "{shown} is too small (at least {ge})",
    "less_than_equal": "{shown} is too large (at most {le})",
    "literal_error": "{shown} is not one of {expected}",
    "string_too_short": "is empty",
    "string_too_long": "is longer than {max_length} characters",
    "too_long": "is longer than {max_length} characters",
    "list_type": "is neither text nor a list",
    "string_type": "is not text (put it in quotes)",
    "model_type": "is not a table",
    "dict_type": "is not a table",
    "missing": "is missing",
}
_SHOWN_LENGTH = 40


class SettingsError(Exception):
    """A bad setting, told in one sentence that names the file or variable and the key."""


def first_problem(error: ValidationError, *, secret: bool = False) -> tuple[tuple[int | str, ...], str]:
    """Return where the first problem is and what it is; `secret` keeps the value out of the sentence."""
    problem = error.errors(include_url=False)[0]
    context = problem.get("ctx", {})
    if problem["type"] == "value_error":
        return problem["loc"], str(context["error"])
    if problem["type"] == "extra_forbidden":
        return problem["loc"], "is not a known key"
    template = _SENTENCES.get(problem["type"], "is not valid")
    shown = "the value" if secret else quoted(problem["input"])
    return problem["loc"], template.format_map({"shown": shown, **context})


def quoted(value: object) -> str:
    """Spell a value that was given, short and safe to show."""
    text = visible(str(value), _SHOWN_LENGTH)
    return f"'{text}'" if isinstance(value, str) else text


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ` (did you mean …?)` where a known name is close, else the names there are."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, 1)
    if close:
        return f" (did you mean {close[0]!r}?)"
    return f" (there are: {', '.join(names)})" if names else ""


def refuse_unknown(table: Mapping[str, object], known: Iterable[str], where: str) -> None:
    """Raise for the first key of a table that is not known: a typo must not be silent in an incident."""
    names = frozenset(known)
    for key in table:
        if key not in names:
            raise SettingsError(f"{where}: unknown key {quoted(key)}{did_you_mean(key, names)}")
