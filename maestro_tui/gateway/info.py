"""INFO into a `Node`. Plain INFO has all that is needed: CONFIG is often renamed or forbidden."""

from typing import Final

from maestro_tui.domain.config import Address
from maestro_tui.domain.snapshot import Memory, Node
from maestro_tui.domain.text import visible
from maestro_tui.gateway.parse import Malformed

_SAVES: Final = ("rdb_last_bgsave_status", "aof_last_write_status", "aof_last_bgrewrite_status")
_NO_TOUCH_SINCE: Final = (7, 2)


def facts(reply: object) -> dict[str, str]:
    """Split INFO's lines; what was said first counts, so that nothing later can overrule it."""
    if not isinstance(reply, bytes):
        raise Malformed
    told: dict[str, str] = {}
    for line in reply.decode("utf-8", "replace").split("\r\n"):
        field, colon, value = line.partition(":")
        if colon:
            told.setdefault(field, value)
    if not told:
        raise Malformed
    return told


def node(reply: object, address: Address) -> Node:
    """Read the server's own account; `valkey_version` first, since Valkey also claims to be Redis 7.2.4."""
    told = facts(reply)
    valkey = "valkey_version" in told
    version = told.get("valkey_version") or told.get("redis_version")
    link = told.get("master_link_status")
    return Node(
        address=str(address),
        db=address.db,
        kind="valkey" if valkey else "redis",
        version=_word(version),
        role=_word(told.get("role")),
        memory=Memory(
            used_bytes=_number(told, "used_memory"),
            max_bytes=_number(told, "maxmemory"),
            policy=_word(told.get("maxmemory_policy")),
            evicted_keys=_number(told, "evicted_keys"),
        ),
        loading=told.get("loading") == "1",
        link_up=None if link is None else link == "up",
        # Said only while the link is down; -1 where it never was up.
        link_down_s=_number(told, "master_link_down_since_seconds"),
        primary=_primary(told),
        save_failing=tuple(field for field in _SAVES if told.get(field, "ok") != "ok"),
        clients=_number(told, "connected_clients"),
        max_clients=_number(told, "maxclients"),
        rejected_connections=_number(told, "rejected_connections"),
        oom_errors=_errors(told, "OOM"),
        misconf_errors=_errors(told, "MISCONF"),
        keys=_keys(told, address.db),
        run_id=_word(told.get("run_id")),
        uptime_s=_number(told, "uptime_in_seconds"),
    )


def is_modern(seen: Node) -> bool:
    """Whether the server knows CLIENT NO-TOUCH and CLIENT SETINFO."""
    return seen.kind == "valkey" or seen.version_tuple >= _NO_TOUCH_SINCE


def loading_progress(reply: object) -> str:
    """Say how far a loading server is, as far as INFO tells."""
    told = facts(reply)
    percent, eta = told.get("loading_loaded_perc"), _number(told, "loading_eta_seconds")
    if percent is None:
        return ""
    return f"{visible(percent, 8)} %" + ("" if eta is None else f", about {eta} s to go")


def _primary(told: dict[str, str]) -> str | None:
    host, port = told.get("master_host"), _number(told, "master_port")
    return None if not host or port is None else f"{visible(host, 64)}:{port}"


def _keys(told: dict[str, str], db: int) -> int | None:
    """A database without keys has no line; without any line at all it is simply empty."""
    line = told.get(f"db{db}")
    if line is None:
        return 0
    count = line.partition("keys=")[2].partition(",")[0]
    return int(count) if count.isascii() and count.isdigit() and len(count) < 20 else None


def _errors(told: dict[str, str], code: str) -> int:
    """Return how often the server answered with an error (6.2 and later); there is no line before the first one."""
    count = told.get(f"errorstat_{code}", "count=0").removeprefix("count=")
    return int(count) if count.isascii() and count.isdigit() and len(count) < 20 else 0


def _number(told: dict[str, str], field: str) -> int | None:
    text = told.get(field, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def _word(text: str | None) -> str | None:
    return None if text is None else visible(text, 64)
