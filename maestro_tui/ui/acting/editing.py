"""Edit & requeue: the entry goes through the operator's editor, and what comes back becomes a plan like any other."""

import asyncio
import os

from maestro_tui.domain.names import Key
from maestro_tui.domain.plans.propose import propose_edit
from maestro_tui.domain.quantities import size
from maestro_tui.domain.snapshot import PendingEntry
from maestro_tui.domain.trouble import Failure
from maestro_tui.ui.acting.carrying import propose
from maestro_tui.ui.acting.desk import ERROR_S, Desk, may_act, situation
from maestro_tui.ui.acting.editor import NoEditor, editor_command, load, private_file, run_editor, save
from maestro_tui.ui.editing import MOST_BYTES, Faulty, Fields, Uneditable, as_document, from_document, with_fault

_NOT_TEXT = "What was saved is not UTF-8: here is the last text that was."


async def edit(desk: Desk) -> None:
    """Let the operator edit the selected entry, and plan to put the result in its place."""
    if not may_act(desk):
        return
    wanted = desk.targeted()
    if wanted is None or wanted.key is None or wanted.key.group is None or len(wanted.entries) != 1:
        desk.toast("Only an entry that is pending in a group can be edited: this one is not.", "warning")
        return
    entry, key = wanted.entries[0], wanted.key
    try:
        command = editor_command(os.environ)
        before = await _fetch(desk, key, entry)
        after = await _edited(desk, command, before, key, entry)
    except Failure as failure:
        desk.toast(str(failure.trouble), "error", ERROR_S)
        return
    except (NoEditor, Uneditable) as error:
        desk.toast(str(error), "error", ERROR_S)
        return
    except OSError as error:
        # The disk is full, or the editor left something else than a file in its place.
        desk.toast(f"The file for the editor: {error.strerror or error}. Nothing was sent.", "error", ERROR_S)
        return
    if not after:
        desk.toast("The file was empty, or saved again with its fault: nothing is sent.")
    elif after == before:
        desk.toast("Nothing was changed: nothing is sent. R requeues the entry as it is.")
    elif may_act(desk):
        mended = propose_edit(key, entry, after, situation(desk), at_ms=wanted.at_ms or None)
        await propose(desk, "edit & requeue", mended)


async def _fetch(desk: Desk, key: Key, entry: PendingEntry) -> Fields:
    """Return the whole entry; raise Uneditable where it is gone or too large."""
    found = await desk.session.reader.entry(key.stream, entry.id, MOST_BYTES)
    if found is None:
        raise Uneditable(f"Entry {entry.id} is gone: deleted or trimmed. ack (x) drops it from the pending list.")
    if not found.complete:
        raise Uneditable(
            f"Entry {entry.id} holds {size(found.size)}, more than the {size(MOST_BYTES)} that can be edited here."
            " Set it aside with D, or export it (w), mend it and add it with redis-cli."
        )
    return found.fields


async def _edited(desk: Desk, command: list[str], before: Fields, key: Key, entry: PendingEntry) -> Fields:
    """Return the fields as they were saved; () where the operator gave up. Faults go back to the editor."""
    # Some megabytes are laid out in a second or two, in which the screen must go on.
    document = await asyncio.to_thread(as_document, before, entry.id, key)
    async with private_file() as path:
        while True:
            save(path, document)
            await run_editor(desk, command, path)
            saved = load(path)
            if saved is None:
                document = with_fault(document, _NOT_TEXT)
                continue
            if saved == document and document.startswith("#!"):
                # Saved as it was, with the fault in it: whoever wants no more of it leaves it so.
                return ()
            try:
                return _fit(await asyncio.to_thread(from_document, saved, before))
            except Faulty as fault:
                document = with_fault(saved, str(fault))


def _fit(fields: Fields) -> Fields:
    """Return fields that are no more than can be edited again; raise Uneditable where they are."""
    held = sum(len(name) + len(value) for name, value in fields)
    if held > MOST_BYTES:
        raise Uneditable(
            f"What was saved holds {size(held)}, more than the {size(MOST_BYTES)} that can be edited here."
            " Nothing is sent."
        )
    return fields
