"""The address as one unit: all its parts come from the strongest source that names a place.

A host given in one place never gets a password given in another. There are two exceptions, both explicit:
flags that name no place (`--password-file`, `--ask-password`, `--db`, `--tls` …) amend whatever address is
effective, and a password file applies to the address of its own level (environment, `.env`) or to the
default address.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from maestro_tui.domain.config import Address, Source
from maestro_tui.settings.errors import SettingsError, first_problem
from maestro_tui.settings.fields import PLACE, Place
from maestro_tui.settings.files import read_secret, shown_path
from maestro_tui.settings.layers import Layer
from maestro_tui.settings.parts import TLS_FILES, Parts
from maestro_tui.settings.url import parse_url

Prompt = Callable[[str], str]

_NAMES_A_PLACE = ("url", "host", "socket")
_PASSWORDS = ("password", "password_file", "ask_password")
_SECRETS = frozenset(("url", "user", "password"))


def resolve_address(layers: Sequence[Layer], prompt: Prompt | None) -> tuple[Address, dict[str, Source], Layer | None]:
    """Return the address, where each part came from, and the layer that it was taken from."""
    flags, *rest = layers
    unit = _unit(flags, rest)
    origins: dict[str, Layer] = {}
    parts = Parts() if unit is None else _parts(unit, origins)
    if unit is not flags:
        parts = _with_password_file(parts, unit, rest, origins)
        parts = _amended(parts, unit, flags, origins)
    asking = bool(flags.values.get("ask_password"))
    _check(replace(parts, password="asked") if asking else parts, origins, flags)
    if asking:
        parts = replace(parts, password=_asked(flags, prompt, parts.address()))
    return parts.address(), _sources(parts, origins, layers, unit), unit


def names_place(layer: Layer) -> bool:
    """Return whether a layer says which server, and not only how to talk to one."""
    return any(key in layer.values for key in _NAMES_A_PLACE)


def _unit(flags: Layer, rest: Sequence[Layer]) -> Layer | None:
    """Find the one layer that the address is taken from; None for the default address."""
    if names_place(flags):
        return flags
    stray: Layer | None = None
    for layer in rest:
        if names_place(layer):
            if stray is not None:
                raise SettingsError(_stray_sentence(stray, layer))
            return layer
        if stray is None and layer.ours and _details(layer):
            stray = layer
    return next((layer for layer in rest if set(layer.values) & (PLACE - {"password_file"})), None)


def _details(layer: Layer) -> list[str]:
    return sorted(key for key in layer.values if key in PLACE and key not in _PASSWORDS)


def _stray_sentence(stray: Layer, unit: Layer) -> str:
    place = next(key for key in _NAMES_A_PLACE if key in unit.values)
    return (
        f"{stray.where(_details(stray)[0])}: has no host beside it, and the address comes as a whole from "
        f"{unit.source(place)}; give url or host in the same place"
    )


def _parts(layer: Layer, origins: dict[str, Layer]) -> Parts:
    """Read what one layer says of the address; its URL and its single settings may not disagree."""
    place = _validated(layer)
    single = place.model_dump(exclude={"url", "password_file", "ask_password"})
    if place.host is not None and place.host.startswith("[") and place.host.endswith("]"):
        single["host"] = place.host[1:-1]
    parts = Parts(**single)
    if place.url is not None:
        parts = _joined(parts, place.url, layer)
    given = place.password_file is not None or place.ask_password
    if given and parts.password is not None:
        key = "password_file" if place.password_file is not None else "ask_password"
        raise SettingsError(f"{layer.where(key)}: {layer.where('url')} already holds a password")
    if place.password_file is not None:
        parts = replace(parts, password=read_secret(Path(place.password_file)))
    origins.update(dict.fromkeys(parts.given(), layer))
    return parts


def _validated(layer: Layer) -> Place:
    try:
        place = Place.model_validate(layer.part(PLACE))
    except ValidationError as error:
        loc, problem = first_problem(error)
        key = str(loc[0])
        if key in _SECRETS:
            _, problem = first_problem(error, secret=True)
        raise SettingsError(f"{layer.where(key)}: {problem}") from None
    ways = [key for key in _PASSWORDS if getattr(place, key)]
    if len(ways) > 1:
        raise SettingsError(f"{layer.where(ways[0])} and {layer.where(ways[1])}: give one of them")
    return place


def _joined(single: Parts, url: str, layer: Layer) -> Parts:
    try:
        parsed = parse_url(url)
    except ValueError as error:
        raise SettingsError(f"{layer.where('url')}: {error}") from None
    if name := single.conflict(parsed):
        other = name if name in layer.values else next(key for key in ("host", "port") if key in layer.values)
        raise SettingsError(f"{layer.where('url')} and {layer.where(other)} disagree: give one of them")
    return single.over(parsed)


def _with_password_file(parts: Parts, unit: Layer | None, rest: Sequence[Layer], origins: dict[str, Layer]) -> Parts:
    """Apply the password file of the unit's own level; Docker mounts one for a host named by REDIS_HOST."""
    for layer in rest:
        if "password_file" not in layer.values or layer is unit:
            continue
        if unit is None or layer.level == unit.level:
            path = _validated(layer).password_file
            origins["password"] = layer
            return replace(parts, password=read_secret(Path(path or "")))
    return parts


def _amended(parts: Parts, unit: Layer | None, flags: Layer, origins: dict[str, Layer]) -> Parts:
    """Apply the flags that name no place to the address that is effective without them."""
    placed = unit is not None and names_place(unit)
    if placed and "port" in flags.values:
        raise SettingsError("--port: needs --host, since host and port are taken from one place")
    has_password = any(key in flags.values for key in _PASSWORDS)
    said: dict[str, Layer] = {}
    amendment = _parts(flags, said)
    if amendment.user not in (None, parts.user) and not has_password and parts.password is not None:
        raise SettingsError("--user: needs --password-file or --ask-password, since passwords are not inherited")
    origins.update(said)
    return amendment.over(parts)


def _check(parts: Parts, origins: Mapping[str, Layer], flags: Layer) -> None:
    if problem := parts.problem():
        name, why = problem
        raise SettingsError(f"{_where(name, origins.get(name, flags))}: {why}")
    for name in TLS_FILES:
        path = getattr(parts, name)
        if path is not None and not _is_file(path):
            raise SettingsError(f"{_where(name, origins[name])}: {shown_path(Path(path))}: there is no such file")


def _is_file(path: str) -> bool:
    try:
        return Path(path).is_file()
    except (OSError, ValueError):
        return False


def _where(name: str, layer: Layer) -> str:
    return layer.where(name if name in layer.values else "url")


def _asked(flags: Layer, prompt: Prompt | None, address: Address) -> str:
    if prompt is None:
        raise SettingsError(f"{flags.where('ask_password')}: there is no terminal to ask on")
    answer = prompt(f"Password for {address}")
    if not answer:
        raise SettingsError(f"{flags.where('ask_password')}: the password is empty")
    return answer


def _sources(
    parts: Parts, origins: Mapping[str, Layer], layers: Sequence[Layer], unit: Layer | None
) -> dict[str, Source]:
    found = {}
    for name in parts.given():
        layer = origins.get(name, layers[0])
        if name == "password":
            spelled = next((key for key in (*_PASSWORDS, "url") if key in layer.values), "url")
        else:
            spelled = name if name in layer.values else "url"
        found[name] = layer.source(spelled)
    if parts.password is None and (unused := _unused_password(layers)):
        key = next((key for key in _NAMES_A_PLACE if unit and key in unit.values), None)
        taken = unit.source(key) if unit and key else "elsewhere"
        found["password"] = Source(f"none ({unused} is not used: the address comes from {taken})")
    return found


def _unused_password(layers: Sequence[Layer]) -> Source | None:
    """Name a password that was given, but not for this address."""
    for layer in layers:
        for key in ("password", "password_file"):
            if key in layer.values:
                return layer.source(key)
    return None
