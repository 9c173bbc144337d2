"""The situations that the demo can show: each has a past, producers, and the services that are alive."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from maestro_tui.demo import catalogue as names
from maestro_tui.demo import entries, meltdown, services
from maestro_tui.demo.entries import Make
from maestro_tui.demo.history import Moment, Past, spread
from maestro_tui.demo.services import Service, Source
from maestro_tui.demo.stage import Event

DEFAULT = "incident"
MINUTE = 60.0
HOUR = 3600.0

HEALING_LEFT = 204
HEALING_BATCH = 10
HEALING_DIED_S = 12 * MINUTE + 10
HEALING_WAITING = 667
JOBS_LEFT_AGES_S = (41 * MINUTE, 38 * MINUTE, 29 * MINUTE, 17 * MINUTE, 9.5 * MINUTE, 7 * MINUTE)
JOBS_LEFT: tuple[Make, ...] = (
    entries.job,
    entries.unreadable_job,
    entries.job,
    entries.job,
    entries.unreadable_page,
    entries.job,
)
VALIDATION_ENTRIES = 64
K8S_WAITING = 41
K8S_SILENT_S = 52 * MINUTE
# Long enough to see that nobody is there; then the dead worker's pod has been restarted, and a requeue works.
HEALING_BACK_S = MINUTE


@dataclass(frozen=True)
class Latecomer:
    """A worker that comes back some time after the demo has begun, under a new name, as a restarted pod does."""

    service: Service
    name: str
    after_s: float


@dataclass(frozen=True)
class Scenario:
    """One situation, and how to bring it about."""

    title: str
    sentence: str
    prepare: Callable[[Past], None]
    sources: tuple[Source, ...]
    services: tuple[Service, ...]
    latecomers: tuple[Latecomer, ...] = ()
    events: tuple[Event, ...] = ()


def _read_to_the_end(past: Past, service: Service, moments: list[Moment]) -> list[str]:
    ids = past.entries(service.stream, moments)
    past.group(service.stream, service.group, ids)
    return ids


def _unread_groups(past: Past) -> None:
    """Make the groups that the automation service creates everywhere and uses nowhere."""
    used = {(service.stream, service.group) for service in ALL_SERVICES}
    for stream in names.HABIT_STREAMS:
        for group in names.HABIT_GROUPS:
            if (stream, group) not in used:
                past.group(stream, group)


def _quiet_past(past: Past) -> None:
    """What all scenarios have behind them: finished work on the streams that are well."""
    _read_to_the_end(past, services.MONITORING, spread(600, 60, 0.1, entries.error))
    _read_to_the_end(past, services.TEMPLATES, spread(90, 300, 3, entries.template_request))
    past.entries(names.RESULTS, spread(500, 20 * MINUTE, 0.2, entries.job_result, bend=2))
    for stream in (names.K8S_RESULTS, names.K8S_STATUS, names.TEMPLATE_RESULTS):
        past.entries(stream, spread(60, HOUR, 2 * MINUTE, entries.job_result))
    past.entries(names.TEMPLATE_USAGE, spread(60, HOUR, 2 * MINUTE, entries.template_request))
    _unread_groups(past)


def _calm(past: Past) -> None:
    _read_to_the_end(past, services.AUTOMATION, spread(1200, 30, 0.1, entries.job))
    _read_to_the_end(past, services.HEALING, spread(240, 120, 0.6, entries.healing))
    _read_to_the_end(past, services.VALIDATION, spread(120, 240, 2, entries.validation))
    _read_to_the_end(past, services.K8S, spread(90, 300, 3, entries.k8s_job))
    _quiet_past(past)


def _incident(past: Past) -> None:
    _failed_jobs(past)
    _dead_healing(past)
    _idle_k8s(past)
    past.entries(names.VALIDATION, spread(VALIDATION_ENTRIES, 3 * HOUR, 6 * MINUTE, entries.validation))
    _quiet_past(past)


def _failed_jobs(past: Past) -> None:
    """Jobs flow, but six failed at different times; their workers, still alive, went on without them."""
    left = [Moment(age_s, make) for age_s, make in zip(JOBS_LEFT_AGES_S, JOBS_LEFT, strict=True)]
    others = spread(1500, 42 * MINUTE, 0.1, entries.job, bend=2)
    moments = sorted([*left, *others], key=lambda moment: -moment.age_s)
    ids = dict(zip(moments, _read_to_the_end(past, services.AUTOMATION, moments), strict=True))
    for place, moment in enumerate(left):
        consumer = f"worker-{place % services.AUTOMATION.workers + 1}"
        past.holds(names.JOBS, names.AUTOMATION_GROUP, consumer, [ids[moment]], moment.age_s - 0.4)


def _dead_healing(past: Past) -> None:
    """Every attempt failed for ten minutes, then the only worker died in mid-batch; work piles up."""
    pending = HEALING_LEFT + HEALING_BATCH
    finished = spread(120, 58 * MINUTE, 27 * MINUTE, entries.healing)
    failed = spread(pending, 26 * MINUTE, HEALING_DIED_S + 8, entries.healing)
    for place in (40, 111, 187):
        failed[place] = replace(failed[place], make=entries.unreadable_healing)
    held = _read_to_the_end(past, services.HEALING, [*finished, *failed])[-pending:]
    batches = [held[max(0, end - HEALING_BATCH) : end] for end in range(pending, 0, -HEALING_BATCH)][::-1]
    pace_s = (22 * MINUTE - HEALING_DIED_S) / (len(batches) - 1)
    for place, batch in enumerate(batches):
        age_s = HEALING_DIED_S + pace_s * (len(batches) - 1 - place)
        past.holds(names.HEALING, names.HEALING_GROUP, "worker-1", batch, age_s)
    past.entries(names.HEALING, spread(HEALING_WAITING, 12 * MINUTE, 0.5, entries.healing, bend=2))
    past.silent(names.HEALING, names.HEALING_GROUP, "worker-1", HEALING_DIED_S)


def _idle_k8s(past: Past) -> None:
    """The worker went away owing nothing; what came after it waits."""
    _read_to_the_end(past, services.K8S, spread(90, 3 * HOUR, K8S_SILENT_S + 5, entries.k8s_job))
    past.entries(names.K8S_JOBS, spread(K8S_WAITING, K8S_SILENT_S - 30, MINUTE, entries.k8s_job))
    past.silent(names.K8S_JOBS, names.K8S_GROUP, "worker-1", K8S_SILENT_S)


ALL_SERVICES = (
    services.AUTOMATION,
    services.HEALING,
    services.MONITORING,
    services.VALIDATION,
    services.K8S,
    services.TEMPLATES,
)

_BUSY = (
    Source(names.JOBS, 40, entries.job),
    Source(names.ERRORS, 10, entries.error),
    Source(names.HEALING, 2, entries.healing),
    Source(names.TEMPLATE_REQUESTS, 0.4, entries.template_request),
)

SCENARIOS: Mapping[str, Scenario] = {
    "calm": Scenario(
        title="A calm day",
        sentence="Every service is alive and keeps up; nothing wants attention.",
        prepare=_calm,
        sources=(
            *_BUSY,
            Source(names.VALIDATION, 0.5, entries.validation),
            Source(names.K8S_JOBS, 0.3, entries.k8s_job),
        ),
        services=ALL_SERVICES,
    ),
    "incident": Scenario(
        title="An incident",
        sentence="A healing worker died in mid-batch, a group is missing, and failed jobs were left behind.",
        prepare=_incident,
        sources=(*_BUSY, Source(names.K8S_JOBS, 0.05, entries.k8s_job)),
        # Validation's worker is alive and asks for its missing group: making the group mends the stream.
        services=(services.AUTOMATION, services.MONITORING, services.VALIDATION, services.TEMPLATES),
        latecomers=(Latecomer(services.HEALING, "worker-2", HEALING_BACK_S),),
    ),
    "meltdown": Scenario(
        title="A meltdown",
        sentence="Calm for ten seconds; then, one about every 25 seconds: a poisoned batch, a node lost with all the"
        " workers of healing and monitoring, healing's backlog trimmed, validation evicted, and snapshots that fail.",
        prepare=_calm,
        # Nothing comes for validation; the other streams are never idle. So it is what the server evicts.
        sources=(
            *_BUSY,
            Source(names.TEMPLATE_REQUESTS, 1.6, entries.template_request),
            Source(names.K8S_JOBS, 2, entries.k8s_job),
        ),
        services=(*(service for service in ALL_SERVICES if service != services.HEALING), meltdown.HEALING),
        events=meltdown.EVENTS,
    ),
}
