"""What each simulated service reads, how long it works on an entry, and what it writes when it is done."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from maestro_tui.demo import catalogue as names
from maestro_tui.demo import entries
from maestro_tui.demo.entries import Fields, Make

Delivered = Mapping[bytes, bytes]
Written = list[tuple[str, Fields]]
Handle = Callable[[Delivered, Random, int], Written]


class HandlerFailed(Exception):
    """A handler could not work on an entry."""


@dataclass(frozen=True)
class Source:
    """A producer: the stream it writes to, how often, what, and how long it lets the stream become."""

    stream: str
    per_second: float
    make: Make
    maxlen: int | None = None


@dataclass(frozen=True)
class Service:
    """A consumer group's workers and their way of working."""

    stream: str
    group: str
    handle: Handle
    workers: int
    count: int
    seconds: tuple[float, float]
    acks_failures: bool = False


def _payload(fields: Delivered) -> dict[str, object]:
    try:
        payload = json.loads(fields.get(b"payload", b""))
    except ValueError as error:
        raise HandlerFailed(f"payload is not JSON: {error}") from error
    if not isinstance(payload, dict):
        raise HandlerFailed("payload is not a JSON object")
    return payload


def _orchestrator(fields: Delivered) -> str:
    return str(_payload(fields).get("orchestrator_id", ""))


def _kind(fields: Delivered) -> str:
    return fields.get(b"type", b"unknown").decode(errors="replace")


def _run_job(fields: Delivered, rng: Random, at_ms: int) -> Written:
    status = rng.choices(("completed", "failed"), (19, 1))[0]
    return [(names.RESULTS, entries.status_result(_kind(fields), _orchestrator(fields), status, at_ms))]


def _heal(fields: Delivered, rng: Random, at_ms: int) -> Written:
    found = {"healed": True, "confidence": round(rng.uniform(0.6, 0.99), 2)}
    return [(names.RESULTS, entries.json_result(_kind(fields), _orchestrator(fields), found, at_ms))]


def _note_error(_fields: Delivered, _rng: Random, _at_ms: int) -> Written:
    return []


def _validate(fields: Delivered, _rng: Random, at_ms: int) -> Written:
    return [(names.RESULTS, entries.status_result(_kind(fields), _orchestrator(fields), "validated", at_ms))]


def _create_pods(fields: Delivered, _rng: Random, at_ms: int) -> Written:
    orchestrator = _orchestrator(fields)
    return [
        (names.K8S_STATUS, entries.status_result(_kind(fields), orchestrator, "running", at_ms)),
        (names.K8S_RESULTS, entries.json_result(_kind(fields), orchestrator, {"pods": "created"}, at_ms)),
    ]


def _render(fields: Delivered, rng: Random, at_ms: int) -> Written:
    payload = _payload(fields)
    orchestrator = str(payload.get("orchestrator_id", ""))
    usage = entries.typed("template_used", {"template": payload.get("template")}, at_ms)
    lines = {"lines": rng.randint(20, 300)}
    return [
        (names.TEMPLATE_RESULTS, entries.json_result(_kind(fields), orchestrator, lines, at_ms)),
        (names.TEMPLATE_USAGE, usage),
    ]


# Handler times are scaled down from minutes, so that a demo shows in seconds what takes the platform an hour.
AUTOMATION = Service(names.JOBS, names.AUTOMATION_GROUP, _run_job, 3, 10, (0.02, 0.07))
HEALING = Service(names.HEALING, names.HEALING_GROUP, _heal, 1, 10, (0.05, 0.15))
MONITORING = Service(names.ERRORS, names.MONITORING_GROUP, _note_error, 2, 10, (0.01, 0.05), acks_failures=True)
VALIDATION = Service(names.VALIDATION, names.VALIDATION_GROUP, _validate, 1, 10, (0.1, 0.3))
K8S = Service(names.K8S_JOBS, names.K8S_GROUP, _create_pods, 1, 5, (0.1, 0.4))
TEMPLATES = Service(names.TEMPLATE_REQUESTS, names.TEMPLATE_GROUP, _render, 1, 5, (0.1, 0.3), acks_failures=True)
