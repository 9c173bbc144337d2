"""A row in the forms in which it leaves the screen: text, Markdown, JSON, and the commands that show the same facts."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import replace

from maestro_tui.domain.columns import COLUMNS, Labels, Shown
from maestro_tui.domain.config import Address, Config
from maestro_tui.domain.document import document
from maestro_tui.domain.frame import Frame
from maestro_tui.domain.quantities import timestamp
from maestro_tui.domain.rows import Row
from maestro_tui.domain.text import fit, width

_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:._-+/@%,=")
_ESCAPES = {ord('"'): '\\"', ord("\\"): "\\\\"}
_MARKDOWN = frozenset("\\`*_[]<>|~!#&")
_PENDING_SHOWN = b"10"


def copies(row: Row, frame: Frame, config: Config) -> tuple[tuple[str, str], ...]:
    """Return every form of a row, each with what it is called; no form holds a password."""
    commands = "redis-cli commands"
    if config.address.password is not None:
        commands += " (the password goes into REDISCLI_AUTH)"
    return (
        ("row as text", as_text(row, frame)),
        ("Markdown table", as_markdown(row, frame)),
        ("JSON", as_json(row, frame, config)),
        (commands, as_commands(row, frame, config.address)),
    )


def as_text(row: Row, frame: Frame) -> str:
    """Return the titles and the cells in two lines, every column, names at full length."""
    cells = _cells(row, frame)
    widths = [max(width(title), width(text)) for title, text in cells]
    lines = ["  ".join(fit(part[line], cell) for part, cell in zip(cells, widths, strict=True)) for line in (0, 1)]
    return "\n".join([f"at {timestamp(frame.snapshot.taken_at_ms)}", *(line.rstrip() for line in lines)])


def as_markdown(row: Row, frame: Frame) -> str:
    """Return a table with one row; what Markdown would obey is escaped."""
    cells = _cells(row, frame)
    lines = ([title for title, _ in cells], ["---"] * len(cells), [_escape(text) for _, text in cells])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def as_json(row: Row, frame: Frame, config: Config) -> str:
    """Return what `status --format json` prints of this row: its stream with this group alone, and when."""
    alone = replace(
        frame,
        snapshot=replace(frame.snapshot, streams=(row.stream,)),
        rows=(row,),
        findings=(),
    )
    told = document(alone, config)
    return json.dumps({"schema": told["schema"], "taken_at": told["taken_at"], **told["streams"][0]}, indent=2)


def as_commands(row: Row, frame: Frame, address: Address) -> str:
    """Return a shell command that asks the server for what the row shows."""
    return redis_cli(_commands(row), address, cluster=len(frame.snapshot.nodes) > 1)


def redis_cli(commands: Sequence[tuple[bytes, ...]], address: Address, *, cluster: bool = False) -> str:
    """Return a shell command that sends commands to a server; the password is not in it.

    The commands stand in a quoted here-document: the shell leaves them alone, and redis-cli reads quotes and
    escapes on its standard input, which it does not do in its arguments.
    """
    follows = ["-c"] if cluster else []
    call = shlex.join(["redis-cli", *_connection(address), *follows])
    return "\n".join([f"{call} <<'END'", *(spell_command(one) for one in commands), "END"])


def spell_command(command: tuple[bytes, ...], limit: int | None = None) -> str:
    """Return a command as redis-cli reads it, in printable ASCII; with `limit`, longer arguments are cut for eyes."""
    return " ".join(_argument(part, limit) for part in command)


def _cells(row: Row, frame: Frame) -> list[tuple[str, str]]:
    shown = Shown(row, frame.severity(row.key), Labels())
    return [(column.title, column.text(shown)) for column in COLUMNS if column.lasting]


def _escape(text: str) -> str:
    return "".join(f"\\{char}" if char in _MARKDOWN else char for char in text)


def _connection(address: Address) -> list[str]:
    """Return redis-cli's own options for an address; the password is not among them."""
    where = ["-s", address.socket] if address.socket else ["-h", address.host, "-p", str(address.port)]
    user = ["--user", address.user] if address.user else []
    return [*where, "-n", str(address.db), *user, *_tls(address)]


def _tls(address: Address) -> list[str]:
    if address.tls is None:
        return []
    files = (("--cacert", address.tls.ca_file), ("--cert", address.tls.cert_file), ("--key", address.tls.key_file))
    insecure = [] if address.tls.verify else ["--insecure"]
    return ["--tls", *insecure, *(part for option, file in files if file for part in (option, file))]


def _commands(row: Row) -> tuple[tuple[bytes, ...], ...]:
    stream = row.key.stream.raw
    asked: tuple[tuple[bytes, ...], ...] = (
        (b"TIME",),
        (b"TYPE", stream),
        (b"XINFO", b"STREAM", stream),
        (b"XINFO", b"GROUPS", stream),
    )
    if row.key.group is None:
        return asked
    group = row.key.group.raw
    return (
        *asked,
        (b"XINFO", b"CONSUMERS", stream, group),
        (b"XPENDING", stream, group),
        (b"XPENDING", stream, group, b"-", b"+", _PENDING_SHOWN),
    )


def _argument(raw: bytes, limit: int | None) -> str:
    cut = raw if limit is None else raw[:limit]
    plain = bool(cut) and all(byte in _PLAIN for byte in cut)
    text = cut.decode("ascii") if plain else '"' + "".join(_byte(byte) for byte in cut) + '"'
    return text if len(cut) == len(raw) else f"{text}…({len(raw):,} bytes)"


def _byte(byte: int) -> str:
    if byte in _ESCAPES:
        return _ESCAPES[byte]
    return chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}"
