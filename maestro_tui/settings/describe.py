"""The effective settings in words, with where each came from; secrets masked."""

from maestro_tui.domain.config import Config
from maestro_tui.domain.quantities import plural
from maestro_tui.domain.text import visible
from maestro_tui.settings.thresholds import rows

Row = tuple[str, str, str]

_MASK = "***"
_NONE = "-"


def describe(config: Config) -> list[Row]:
    """Return (name, shown value, source) of every setting.

    The order: profile and environment, the address, how it is used, thresholds, what is done about problems, topology,
    screen.
    """
    shown = [
        ("profile", _text(config.profile)),
        ("environment", _text(config.environment)),
        *_address(config),
        ("read_only", _flag(config.read_only)),
        ("poll_every", _seconds(config.poll_every_s)),
        ("timeout", _seconds(config.timeout_s)),
        *_thresholds(config),
        ("bell", _flag(config.bell)),
        ("hook", _text(config.hook)),
        ("hook_timeout", _seconds(config.hook_timeout_s)),
        *((f"runbooks.{rule}", _text(url)) for rule, url in sorted(config.runbooks.items())),
        *_topology(config),
        ("audit_file", _text(config.audit_file)),
        ("mark_copies", _flag(config.mark_copies)),
        ("theme", _text(config.theme)),
        ("ascii", _flag(config.ascii)),
        ("mouse", _flag(config.mouse)),
    ]
    values = dict(shown)
    return [(name, value, visible(_source(config, name, values), 600)) for name, value in shown]


def _source(config: Config, name: str, values: dict[str, str]) -> str:
    """Name the source of a setting; a stream without a threshold of its own has that of all streams."""
    general = f"thresholds.{name.rpartition('.')[2]}"
    inherited = name.startswith("thresholds.streams.") and values.get(general) == values[name]
    fallback = config.sources.get(general, "default") if inherited else "default"
    return str(config.sources.get(name, fallback))


def _address(config: Config) -> list[tuple[str, str]]:
    address, tls = config.address, config.address.tls
    if address.socket is not None:
        place = [("socket", _text(address.socket))]
    else:
        place = [("host", _text(address.host)), ("port", str(address.port))]
    found = [
        *place,
        ("db", str(address.db)),
        ("user", _text(address.user)),
        ("password", _NONE if address.password is None else _MASK),
        ("tls", _flag(tls is not None)),
    ]
    if tls is not None:
        found += [
            ("tls_ca", _text(tls.ca_file)),
            ("tls_cert", _text(tls.cert_file)),
            ("tls_key", _text(tls.key_file)),
            ("tls_insecure", _flag(not tls.verify)),
            ("tls_no_hostname", _flag(not tls.check_hostname)),
        ]
    return found


def _thresholds(config: Config) -> list[tuple[str, str]]:
    limits = config.limits
    found = [(name, _threshold(name, value)) for name, value in rows(limits, config.topology)]
    return [
        *found,
        ("thresholds.block", _milliseconds(limits.block_ms)),
        ("thresholds.memory", f"{limits.memory_share:g}"),
        ("thresholds.poison", str(limits.poison_deliveries)),
        ("thresholds.poison_attempts", str(limits.poison_attempts)),
        ("thresholds.slow_poll", _milliseconds(limits.slow_poll_ms)),
        ("thresholds.clock_skew", _milliseconds(limits.clock_skew_ms)),
        ("thresholds.cost", f"{limits.cost_share:g}"),
        ("thresholds.recent", _milliseconds(limits.recent_ms)),
        *((f"thresholds.hold.{rule}", _milliseconds(ms)) for rule, ms in sorted(limits.hold_ms.items())),
    ]


def _threshold(name: str, value: int) -> str:
    return str(value) if name.endswith(".untrimmed") else _milliseconds(value)


def _topology(config: Config) -> list[tuple[str, str]]:
    declared = config.topology.declared
    aliases = ", ".join(dict.fromkeys(visible(entry.alias) for entry in declared))
    streams = plural(len(config.topology.streams), "stream")
    return [
        ("topology", f"{streams}: {aliases}" if declared else streams),
        ("discover", config.topology.discover or "false"),
    ]


def _text(value: str | None) -> str:
    return _NONE if value is None else visible(value, 400)


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _seconds(seconds: float) -> str:
    return f"{seconds:g}s"


def _milliseconds(ms: int) -> str:
    """Spell a duration exactly, so that it can be written back: `5m`, `90s`, `1500ms`."""
    for unit, size in (("h", 3_600_000), ("m", 60_000), ("s", 1_000)):
        if ms and ms % size == 0:
            return f"{ms // size}{unit}"
    return f"{ms}ms"
