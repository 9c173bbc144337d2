"""The typed settings: what each may be. Pydantic checks single values, the rest of the package joins them."""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from maestro_tui.domain.quantities import parse_duration
from maestro_tui.settings.alerting import command_of, runbook_of

_STRICT = ConfigDict(extra="forbid", hide_input_in_errors=True)
_OFF = frozenset(("false", "no", "none", "off"))


def _duration_ms(value: object) -> int:
    """Read a duration given as text or as a bare number of seconds."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("is not a duration such as 30s, 5m or 1h30m")
    try:
        return parse_duration(value if isinstance(value, str) else f"{value}")
    except OverflowError:
        raise ValueError("is longer than ten years") from None


def _within(low_ms: int, high_ms: int, told: str) -> BeforeValidator:
    def check(value: object) -> int:
        found = _duration_ms(value)
        if not low_ms <= found <= high_ms:
            raise ValueError(f"{str(value)[:40]} is not between {told}")
        return found

    return BeforeValidator(check)


def _threshold_ms(value: object) -> int:
    found = _duration_ms(value)
    if not found:
        raise ValueError("is no threshold: everything would be past it")
    return found


def _no_bool(value: object) -> object:
    # A bool is an int to Python; `port = true` is a mistake to everybody else.
    if isinstance(value, bool):
        raise ValueError("is not a number")
    return value


def _slug(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", value):
        raise ValueError("is not a name of letters, digits and dashes")
    return value


def _pattern(value: object) -> object:
    """Read the discovery pattern; false in any spelling switches discovery off."""
    if value is False or (isinstance(value, str) and value.strip().lower() in _OFF):
        return ""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError("is neither a key pattern such as 'maestro:streams:*' nor false")
    return value


Text = Annotated[str, StringConstraints(min_length=1, max_length=1024)]
Slug = Annotated[Text, BeforeValidator(lambda value: _slug(value) if isinstance(value, str) else value)]
Duration = Annotated[int, BeforeValidator(_duration_ms)]
_Threshold = Annotated[int, BeforeValidator(_threshold_ms)]
Pattern = Annotated[str, BeforeValidator(_pattern), Field(max_length=512)]
_Share = Annotated[float, BeforeValidator(_no_bool), Field(gt=0, le=1)]
_Times = Annotated[int, BeforeValidator(_no_bool), Field(ge=1, le=1_000_000)]


class StreamThresholds(BaseModel):
    """The thresholds that each stream may have for itself."""

    model_config = _STRICT

    stuck_after: _Threshold | None = None
    safe_after: _Threshold | None = None
    waiting_after: _Threshold | None = None
    untrimmed: Annotated[int, BeforeValidator(_no_bool), Field(ge=1, le=10**15)] | None = None


class Thresholds(StreamThresholds):
    """The table `[thresholds]`."""

    block: Duration | None = None
    memory: _Share | None = None
    poison: _Times | None = None
    poison_attempts: _Times | None = None
    slow_poll: _Threshold | None = None
    clock_skew: _Threshold | None = None
    cost: _Share | None = None
    recent: _Threshold | None = None
    hold: dict[str, Duration] = {}
    streams: dict[str, StreamThresholds] = {}


class Settings(BaseSettings):
    """The settings that are taken one by one, each from the first layer that has it."""

    model_config = SettingsConfigDict(extra="forbid", hide_input_in_errors=True, validate_default=False)

    environment: Literal["production", "staging", "development"] | None = None
    read_only: bool = False
    poll_every: Annotated[int, _within(250, 60_000, "0.25s and 60s")] = 1_000
    timeout: Annotated[int, _within(100, 60_000, "0.1s and 60s")] = 2_000
    theme: Annotated[Slug, Field(max_length=64)] | None = None
    ascii: bool = False
    mouse: bool = True
    topology: Text | None = None
    discover: Pattern | None = None
    audit_file: Text | None = None
    mark_copies: bool = True
    bell: bool = False
    hook: Annotated[str, BeforeValidator(command_of)] | None = None
    hook_timeout: Annotated[int, _within(100, 300_000, "0.1s and 5m")] = 10_000
    runbooks: dict[str, Annotated[str, BeforeValidator(runbook_of)]] = {}
    thresholds: Thresholds = Thresholds()

    @classmethod
    def merged(cls, layers: list[dict[str, object]]) -> "Settings":
        """Merge layers, the strongest first, and check what comes out."""

        class Layered(cls):  # type: ignore[misc, valid-type]
            @classmethod
            def settings_customise_sources(
                cls,
                settings_cls: type[BaseSettings],
                init_settings: PydanticBaseSettingsSource,  # noqa: ARG003
                env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
                dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
                file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
            ) -> tuple[PydanticBaseSettingsSource, ...]:
                return tuple(InitSettingsSource(settings_cls, layer) for layer in layers)

        return Layered()


class Place(BaseModel):
    """The parts of an address as one source gives them; they are never mixed with those of another."""

    model_config = _STRICT

    url: Text | None = None
    host: Text | None = None
    port: Annotated[int, BeforeValidator(_no_bool), Field(ge=1, le=65535)] | None = None
    db: Annotated[int, BeforeValidator(_no_bool), Field(ge=0, le=2**31 - 1)] | None = None
    user: Text | None = None
    password: Annotated[str, StringConstraints(min_length=1, max_length=4096)] | None = None
    password_file: Text | None = None
    ask_password: bool | None = None
    socket: Text | None = None
    tls: bool | None = None
    tls_ca: Text | None = None
    tls_cert: Text | None = None
    tls_key: Text | None = None
    tls_insecure: bool | None = None
    tls_no_hostname: bool | None = None


def read_dotenv(path: str) -> dict[str, str]:
    """Read a `.env` file; names are case-sensitive, empty values count as not given."""
    source = DotEnvSettingsSource(Settings, env_file=path, case_sensitive=True, env_ignore_empty=True)
    return {name: value for name, value in source.env_vars.items() if value}


GENERAL = frozenset(Settings.model_fields)
TABLES = frozenset(("thresholds", "runbooks"))
"""Those that are tables, merged key by key, and have no variables."""
PLACE = frozenset(Place.model_fields)
