"""How an entry's fields are spelled in one line."""

from maestro_tui.domain.plans.provenance import attempts_of
from maestro_tui.domain.quantities import size
from maestro_tui.domain.text import visible
from maestro_tui.engine.ports import Preview

NOT_FETCHED = Preview(None, note="not fetched")

_GONE_NOTE = "gone"
GONE = Preview(None, note=_GONE_NOTE)
_NAME_SHOWN, _FIELD_SHOWN = 60, 400
# Below this size nobody needs to be told it.
_LARGE_BYTES = 4_096


def payload(preview: Preview) -> str:
    """Spell an entry's fields: `type=… payload={…}`."""
    if is_gone(preview):
        return "gone from the stream: only its ID is left"
    if preview.fields is None:
        return visible(preview.note) or "not fetched"
    fields = " ".join(f"{visible(name, _NAME_SHOWN)}={visible(value, _FIELD_SHOWN)}" for name, value in preview.fields)
    large = f"{size(preview.size)}: " if preview.size is not None and preview.size >= _LARGE_BYTES else ""
    note = f" ({visible(preview.note)})" if preview.note else ""
    return f"{large}{fields or 'no fields'}{note}"


def searchable(preview: Preview) -> str:
    """Return what a filter looks for texts in: all that was fetched. Never to be shown."""
    return b" ".join(name + b"=" + value for name, value in preview.fields or ()).decode("utf-8", "backslashreplace")


def is_gone(preview: Preview) -> bool:
    """Whether the reader looked for the entry and the stream no longer holds it."""
    return preview.fields is None and preview.note == _GONE_NOTE


def looked_into(preview: Preview) -> bool:
    """Whether the reader looked for the entry, and found it or found it gone."""
    return preview.fields is not None or is_gone(preview)


def attempt_of(preview: Preview) -> int | None:
    """Return how often the entry was requeued, by its own marks; None where its last fields were not fetched."""
    # A note beside fields says that there are more of them.
    return None if preview.fields is None or preview.note else attempts_of(preview.fields)
