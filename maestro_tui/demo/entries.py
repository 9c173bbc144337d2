"""Entries of the shapes that Maestro's services write, filled with plausible nonsense."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

Fields = dict[str, str]
Make = Callable[[Random, int], Fields]

SUITES = ("checkout", "login", "search", "profile", "basket", "invoices", "reports")
BROWSERS = ("chromium", "firefox", "webkit")
JOB_TYPES = ("run_test", "run_suite", "generate_test", "collect_coverage")
SELECTORS = ("#pay-now", "[data-test=login]", "nav > a.search", "button.save", "#basket .total")
ERROR_TYPES = ("TimeoutError", "ElementNotFound", "AssertionError", "NetworkError", "StaleElement")
TEMPLATES = ("page-object", "api-smoke", "form-filler", "visual-diff")


def _timestamp(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")


def typed(kind: str, payload: object, at_ms: int) -> Fields:
    """The envelope that most streams share: a type, JSON text, and a time."""
    return {"type": kind, "payload": json.dumps(payload), "timestamp": _timestamp(at_ms)}


def flat(fields: Fields) -> list[str]:
    """Names and values in turn, as XADD takes them."""
    return [part for pair in fields.items() for part in pair]


def reference(rng: Random) -> str:
    """An identifier such as the orchestrator gives to a run."""
    return f"orc-{rng.getrandbits(40):010x}"


def job(rng: Random, at_ms: int) -> Fields:
    """A job for the automation workers."""
    payload = {
        "orchestrator_id": reference(rng),
        "suite": rng.choice(SUITES),
        "browser": rng.choice(BROWSERS),
        "retries": rng.randrange(3),
    }
    return typed(rng.choice(JOB_TYPES), payload, at_ms)


def unreadable_job(rng: Random, at_ms: int) -> Fields:
    """A job whose payload was cut off by its producer: it can never succeed."""
    fields = job(rng, at_ms)
    return {**fields, "payload": fields["payload"][: -rng.randint(12, 30)]}


def unreadable_page(rng: Random, at_ms: int) -> Fields:
    """A job whose payload is a gateway's error page, put back twice already by an operator."""
    origin = f"{at_ms - 420_000}-0"
    page = "<html><head><title>502 Bad Gateway</title></head></html>"
    return {**job(rng, at_ms), "payload": page, "_maestro_origin": origin, "_maestro_attempt": "2"}


def healing(rng: Random, at_ms: int) -> Fields:
    """A broken test that the healing worker should mend."""
    payload = {
        "orchestrator_id": reference(rng),
        "test": f"tests/{rng.choice(SUITES)}/test_{rng.randrange(40):02}.py",
        "selector": rng.choice(SELECTORS),
        "screenshot": f"s3://maestro-artifacts/{rng.getrandbits(32):08x}.png",
    }
    return typed("heal_selector", payload, at_ms)


def unreadable_healing(rng: Random, at_ms: int) -> Fields:
    """A healing request with a truncated payload."""
    fields = healing(rng, at_ms)
    return {**fields, "payload": fields["payload"][:-25]}


def error(rng: Random, _at_ms: int) -> Fields:
    """An error event; this shape has no time of its own."""
    kind = rng.choice(ERROR_TYPES)
    return {
        "error_type": kind,
        "error_message": f"{kind}: {rng.choice(SELECTORS)} after {rng.randrange(1, 31)} s",
        "file_path": f"tests/{rng.choice(SUITES)}/test_{rng.randrange(40):02}.py",
    }


def validation(rng: Random, at_ms: int) -> Fields:
    """A healed test that wants checking."""
    payload = {"orchestrator_id": reference(rng), "suite": rng.choice(SUITES), "runs": rng.randint(1, 5)}
    return typed("validate_fix", payload, at_ms)


def k8s_job(rng: Random, at_ms: int) -> Fields:
    """A request for a test pod."""
    payload = {"orchestrator_id": reference(rng), "image": "maestro-runner", "pods": rng.randint(1, 8)}
    return typed("create_job", payload, at_ms)


def template_request(rng: Random, at_ms: int) -> Fields:
    """A request to render a template."""
    payload = {"orchestrator_id": reference(rng), "template": rng.choice(TEMPLATES)}
    return typed("render_template", payload, at_ms)


def status_result(kind: str, orchestrator_id: str, status: str, at_ms: int) -> Fields:
    """A result that is a single word."""
    return {
        "type": kind,
        "orchestrator_id": orchestrator_id,
        "status": status,
        "timestamp": _timestamp(at_ms),
    }


def json_result(kind: str, orchestrator_id: str, result: object, at_ms: int) -> Fields:
    """A result with something to tell."""
    text = json.dumps(result)
    return {"type": kind, "orchestrator_id": orchestrator_id, "result": text, "timestamp": _timestamp(at_ms)}


def job_result(rng: Random, at_ms: int) -> Fields:
    """A result of a job long done, for a results stream with a past."""
    return status_result("run_test", reference(rng), "completed", at_ms)
