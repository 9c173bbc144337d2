"""From flags, environment, `.env` and TOML to the effective configuration."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from maestro_tui.domain.config import Config, Environment, Source
from maestro_tui.domain.topology import MAESTRO, Topology
from maestro_tui.settings.address import Prompt, names_place, resolve_address
from maestro_tui.settings.config_file import config_layers
from maestro_tui.settings.errors import SettingsError, first_problem
from maestro_tui.settings.fields import GENERAL, TABLES, Settings
from maestro_tui.settings.files import shown_path
from maestro_tui.settings.layers import Layer, dotenv_layers, environment_layers, flag_layer
from maestro_tui.settings.thresholds import UnknownStream, limits_of, stream_sources
from maestro_tui.settings.topology_file import read_topology

_ON_SCREEN = ("theme", "ascii", "mouse", "poll_every")
_FOR_DEMO = frozenset((*_ON_SCREEN, "timeout", "read_only"))


def load(flags: Mapping[str, object], environ: Mapping[str, str], *, cwd: Path, prompt: Prompt | None = None) -> Config:
    """Return the effective settings; raise SettingsError with one line for the first bad one.

    A flag that is None was not given. The prompt comes last, when everything else is known to be good.
    """
    strong = [
        flag_layer(flags, environ, cwd),
        *environment_layers(environ, cwd),
        *dotenv_layers(environ, cwd),
    ]
    files, profile, chooser = config_layers(strong, environ, cwd)
    layers = [*strong, *files]
    config = _general(layers)
    address, sources, unit = resolve_address(layers, prompt)
    sources = {**config.sources, **sources}
    if chooser is not None:
        sources["profile"] = chooser.source("profile")
    environment, why = _environment(config.environment, layers, unit)
    if why is not None:
        sources["environment"] = why
    return replace(config, address=address, profile=profile, environment=environment, sources=sources)


def load_for_demo(flags: Mapping[str, object], environ: Mapping[str, str], *, cwd: Path) -> Config:
    """Return settings for the demo's own server: of the environment only what concerns the screen counts."""
    wanted = {f"MAESTRO_{key.upper()}" for key in _ON_SCREEN} | {"MAESTRO_INTERVAL"}
    screen = {name: value for name, value in environ.items() if name in wanted}
    given = flag_layer(flags, environ, cwd)
    foreign = next((key for key in given.values if key not in _FOR_DEMO), None)
    if foreign is not None:
        raise SettingsError(f"{given.where(foreign)}: has no meaning here, the demo brings its own server")
    return _general([given, *environment_layers(screen, cwd)])


def _general(layers: Sequence[Layer]) -> Config:
    """Merge the settings that are no part of the address."""
    try:
        settings = Settings.merged([layer.part(GENERAL) for layer in layers])
    except ValidationError as error:
        loc, problem = first_problem(error)
        raise SettingsError(f"{_where(layers, loc)}: {problem}") from None
    topology = _topology(settings)
    sources = _sources(layers)
    if settings.topology is not None:
        sources.setdefault("discover", Source(shown_path(Path(settings.topology))))
    given = settings.thresholds
    try:
        limits, spelled = limits_of(given, topology)
    except UnknownStream as error:
        where = _where(layers, ("thresholds", "streams", error.spelled))
        raise SettingsError(f"{where}: {error}") from None
    tables = _table_sources(layers)
    by_path = {path[1:]: source for path, source in tables.items() if path[0] == "thresholds"}
    # Streams may be spelled in several ways; all others are shown as they are written.
    sources.update({".".join(path): tables[path] for path in tables if path[:2] != ("thresholds", "streams")})
    sources.update(stream_sources(given, spelled, topology, by_path))
    return Config(
        environment=settings.environment,
        read_only=settings.read_only,
        poll_every_s=settings.poll_every / 1000,
        timeout_s=settings.timeout / 1000,
        limits=limits,
        topology=topology,
        theme=settings.theme,
        ascii=settings.ascii,
        mouse=settings.mouse,
        audit_file=settings.audit_file,
        mark_copies=settings.mark_copies,
        bell=settings.bell,
        hook=settings.hook,
        hook_timeout_s=settings.hook_timeout / 1000,
        runbooks=settings.runbooks,
        sources=sources,
    )


def _topology(settings: Settings) -> Topology:
    """Read the topology file; a `discover` of the settings beats that of the file."""
    topology = MAESTRO if settings.topology is None else read_topology(Path(settings.topology))
    if settings.discover is None:
        return topology
    return replace(topology, discover=settings.discover or None)


def _sources(layers: Sequence[Layer]) -> dict[str, Source]:
    found: dict[str, Source] = {}
    for layer in layers:
        for key in layer.part(GENERAL - TABLES):
            found.setdefault(key, layer.source(key))
    return found


def _table_sources(layers: Sequence[Layer]) -> dict[tuple[str, ...], Source]:
    """Return the strongest layer of each single setting in a table, by its path."""
    found: dict[tuple[str, ...], Source] = {}
    for layer in layers:
        for path in _leaves(layer.part(TABLES), ()):
            found.setdefault(path, layer.source(path[0]))
    return found


def _leaves(table: Mapping[str, object], above: tuple[str, ...]) -> list[tuple[str, ...]]:
    paths: list[tuple[str, ...]] = []
    for key, value in table.items():
        here = (*above, key)
        paths += _leaves(value, here) if isinstance(value, dict) else [here]
    return paths


def _where(layers: Sequence[Layer], loc: tuple[int | str, ...]) -> str:
    """Name the layer that gave a bad value: the strongest that has this path."""
    for layer in layers:
        value: object = layer.part(GENERAL)
        for key in loc:
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is not None:
            name = ".".join(str(key) for key in loc)
            return layer.where(name)
    return ".".join(str(key) for key in loc)


def _environment(
    environment: Environment | None, layers: Sequence[Layer], unit: Layer | None
) -> tuple[Environment | None, Source | None]:
    """Drop a harmless badge that was written for another server than the one in use.

    `[profile.x]` says "staging" of its own url. Where REDIS_URL takes the place of that url, nobody has said
    that the server is harmless; `production`, the careful one, stays.
    """
    giver = next((layer for layer in layers if "environment" in layer.values), None)
    if giver is None or environment in (None, "production") or giver is unit or not names_place(giver):
        return environment, None
    return None, Source(f"none ({giver.source('environment')} says {environment}, but of another address)")
