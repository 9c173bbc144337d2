"""Single settings and thresholds: what each may be, and how it is shown."""

import pytest

from maestro_tui.domain.limits import MAESTRO_LIMITS, StreamLimits
from maestro_tui.domain.names import Name
from maestro_tui.settings import describe
from tests.commands.configuring import Workplace, shown, source

HEALING = Name.of("maestro:streams:automation:healing")
JOBS = Name.of("maestro:streams:automation:jobs")
MINUTE = 60_000


def test_without_configuration_the_limits_are_the_platforms(place: Workplace) -> None:
    """The domain's values are the defaults; they are written nowhere else."""
    assert place.load().limits == MAESTRO_LIMITS


@pytest.mark.parametrize(
    ("toml", "stream", "limits"),
    [
        ('stuck_after = "1m"', JOBS, StreamLimits(MINUTE, 5 * MINUTE, MINUTE)),
        ('stuck_after = "20m"', JOBS, StreamLimits(20 * MINUTE, 20 * MINUTE, MINUTE)),
        ('safe_after = "1m"', JOBS, StreamLimits(5 * MINUTE, MINUTE, MINUTE)),
        ('stuck_after = "10m"', HEALING, StreamLimits(10 * MINUTE, 50 * MINUTE, 50 * MINUTE)),
        ('safe_after = "10m"', HEALING, StreamLimits(5 * MINUTE, 50 * MINUTE, 50 * MINUTE)),
        ("waiting_after = 90", HEALING, StreamLimits(5 * MINUTE, 50 * MINUTE, 50 * MINUTE)),
        (
            '[thresholds.streams.healing]\nsafe_after = "1h"',
            HEALING,
            StreamLimits(5 * MINUTE, 60 * MINUTE, 50 * MINUTE),
        ),
        (
            '[thresholds.streams.test_healing]\nwaiting_after = "1.5s"',
            HEALING,
            StreamLimits(5 * MINUTE, 50 * MINUTE, 1_500),
        ),
        (
            '[thresholds.streams."maestro:streams:automation:jobs"]\nstuck_after = "30m"',
            JOBS,
            StreamLimits(30 * MINUTE, 30 * MINUTE, MINUTE),
        ),
        (
            'stuck_after = "30m"\nsafe_after = "1h"\n[thresholds.streams.jobs]\nstuck_after = "2h"',
            JOBS,
            StreamLimits(120 * MINUTE, 60 * MINUTE, MINUTE),
        ),
        (
            '[thresholds.streams."maestro:streams:k8s:jobs"]\nwaiting_after = "1h"',
            Name.of("maestro:streams:k8s:jobs"),
            StreamLimits(waiting_after_ms=60 * MINUTE),
        ),
    ],
)
def test_thresholds(place: Workplace, toml: str, stream: Name, limits: StreamLimits) -> None:
    """An earlier alarm never makes an entry safe to move earlier; the platform's exceptions stay."""
    place.config("[thresholds]\n" + toml)
    assert place.load().limits.of(stream) == limits


def test_thresholds_of_the_server(place: Workplace) -> None:
    """All of them at once."""
    place.config('[thresholds]\nblock = "2s"\nmemory = 0.9\npoison = 3\npoison_attempts = 4\nslow_poll = "1s"')
    limits = place.load().limits
    found = (limits.block_ms, limits.memory_share, limits.poison_deliveries, limits.poison_attempts)
    assert (*found, limits.slow_poll_ms) == (2_000, 0.9, 3, 4, 1_000)


def test_a_profile_changes_single_thresholds(place: Workplace) -> None:
    """What it does not name stays as on the top level, and each says where it is from."""
    path = place.config(
        '[thresholds]\nstuck_after = "7m"\npoison = 9\n[thresholds.streams.jobs]\nsafe_after = "8m"\n'
        '[profile.p.thresholds]\nstuck_after = "6m"\n[profile.p.thresholds.streams.jobs]\nwaiting_after = 2'
    )
    config = place.load({"profile": "p"})
    assert config.limits.of(JOBS) == StreamLimits(6 * MINUTE, 8 * MINUTE, 2_000)
    assert config.limits.poison_deliveries == 9
    jobs = "thresholds.streams.automation_jobs"
    assert source(config, "thresholds.stuck_after") == f"{path} [profile.p]"
    assert source(config, "thresholds.poison") == str(path)
    assert source(config, f"{jobs}.waiting_after") == f"{path} [profile.p]"
    assert source(config, f"{jobs}.safe_after") == str(path)
    assert source(config, f"{jobs}.stuck_after") == f"{path} [profile.p]"
    assert source(config, "thresholds.streams.test_healing.safe_after") == "default"


@pytest.mark.parametrize(
    ("text", "seconds"), [("1", 1.0), ("250ms", 0.25), ("0.25", 0.25), ("1m", 60.0), ("60s", 60.0)]
)
def test_intervals(place: Workplace, text: str, seconds: float) -> None:
    """Both bounds belong to the range."""
    assert place.load({"poll_every": text}).poll_every_s == seconds


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("POLL_EVERY", "0.1", "0.1 is not between 0.25s and 60s"),
        ("INTERVAL", "61", "61 is not between 0.25s and 60s"),
        ("POLL_EVERY", "soon", "'soon' is not a duration such as 30s, 5m or 1h30m"),
        ("TIMEOUT", "99ms", "99ms is not between 0.1s and 60s"),
        ("TIMEOUT", "nan", "'nan' is not a duration such as 30s, 5m or 1h30m"),
        ("TIMEOUT", "-1", "'-1' is not a duration such as 30s, 5m or 1h30m"),
        ("TIMEOUT", "9" * 400, f"'{'9' * 40}' is longer than ten years"),
        ("READ_ONLY", "maybe", "'maybe' is neither true nor false"),
        ("ENVIRONMENT", "prod", "'prod' is not one of 'production', 'staging' or 'development'"),
        ("THEME", "a b", "is not a name of letters, digits and dashes"),
        ("THEME", "x" * 65, "is longer than 64 characters"),
        ("THEME", "[red]", "is not a name of letters, digits and dashes"),
        ("DISCOVER", " ", "is neither a key pattern such as 'maestro:streams:*' nor false"),
        ("DISCOVER", "x" * 513, "is longer than 512 characters"),
        ("ASCII", "\x1b[31m", "'\\x1b[31m' is neither true nor false"),
    ],
)
def test_a_bad_value_is_refused_in_one_line(place: Workplace, name: str, value: str, said: str) -> None:
    """The line begins with the variable; what was given is shown where it helps."""
    assert place.refusal(**{f"MAESTRO_{name}": value}) == f"MAESTRO_{name}: {said}"


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("timeout = true", "timeout: is not a duration such as 30s, 5m or 1h30m"),
        ("timeout = inf", "timeout: 'inf' is not a duration such as 30s, 5m or 1h30m"),
        ('read_only = "perhaps"', "read_only: 'perhaps' is neither true nor false"),
        ("theme = 1", "theme: is not text (put it in quotes)"),
        ('theme = ""', "theme: is not a name of letters, digits and dashes"),
        ("discover = true", "discover: is neither a key pattern"),
        ('audit_file = ""', "audit_file: is empty"),
        ('[thresholds]\nmemory = "much"', "thresholds.memory: 'much' is not a number"),
        ("[thresholds]\nmemory = 85", "thresholds.memory: 85 is too large (at most 1"),
        ("[thresholds]\nmemory = 0", "thresholds.memory: 0 is too small (more than 0"),
        ("[thresholds]\nmemory = nan", "thresholds.memory: nan is"),
        ("[thresholds]\npoison = 0", "thresholds.poison: 0 is too small (at least 1)"),
        ("[thresholds]\npoison = 1.5", "thresholds.poison: 1.5 is not a whole number"),
        ("[thresholds]\npoison_attempts = true", "thresholds.poison_attempts: is not a number"),
        ('mark_copies = "perhaps"', "mark_copies: 'perhaps' is neither true nor false"),
        ('[thresholds]\nblock = "x"', "thresholds.block: 'x' is not a duration"),
        (
            "[thresholds.streams.heal]\nstuck_after = 1",
            "thresholds.streams.heal: 'heal' is no known stream",
        ),
        (
            "[thresholds.streams.healing]\nstuck_after = 1\n[thresholds.streams.test_healing]\nstuck_after = 2",
            "thresholds.streams.test_healing: is the same stream as 'healing'",
        ),
        (
            "[thresholds.streams.healing]\nstuck_after = []",
            "thresholds.streams.healing.stuck_after: is not a duration",
        ),
    ],
)
def test_a_bad_value_in_toml_is_refused_in_one_line(place: Workplace, toml: str, said: str) -> None:
    """The line begins with the file and the key."""
    path = place.config(toml)
    assert place.refusal().startswith(f"{path}: {said}")


def test_booleans_can_be_switched_back(place: Workplace) -> None:
    """What a file switches off, a variable or a flag switches on."""
    place.config("mouse = false\nascii = true\nread_only = true")
    assert (place.load().mouse, place.load().ascii, place.load().read_only) == (False, True, True)
    config = place.load({"mouse": True, "ascii": False}, MAESTRO_READ_ONLY="false")
    assert (config.mouse, config.ascii, config.read_only) == (True, False, False)


@pytest.mark.parametrize("value", ["false", "no", "OFF", "none"])
def test_discovery_can_be_switched_off(place: Workplace, value: str) -> None:
    """On a database of millions of keys a scan may be unwelcome."""
    assert place.load(MAESTRO_DISCOVER=value).topology.discover is None
    place.config("discover = false")
    assert place.load().topology.discover is None
    assert place.load(MAESTRO_DISCOVER="a:*").topology.discover == "a:*"


def test_copies_are_marked_unless_switched_off(place: Workplace) -> None:
    """By the file or the variable, and `config` says by which."""
    assert place.load().mark_copies
    path = place.config("mark_copies = false")
    config = place.load()
    assert not config.mark_copies
    assert (shown(config, "mark_copies"), source(config, "mark_copies")) == ("false", str(path))
    config = place.load(MAESTRO_MARK_COPIES="yes")
    assert config.mark_copies
    assert source(config, "mark_copies") == "MAESTRO_MARK_COPIES"


def test_the_order_of_the_description(place: Workplace) -> None:
    """The order is documented, so that two outputs can be compared."""
    names = [name for name, _, _ in describe(place.load())]
    assert names[:10] == [
        *("profile", "environment", "host", "port", "db", "user", "password", "tls"),
        *("read_only", "poll_every"),
    ]
    assert names[-6:] == ["discover", "audit_file", "mark_copies", "theme", "ascii", "mouse"]
    assert len(names) == len(set(names))


def test_values_are_shown_as_they_would_be_written(place: Workplace) -> None:
    """A row can be copied into the TOML file."""
    place.config('[thresholds]\nstuck_after = "90s"\nwaiting_after = "1500ms"\nblock = 0')
    config = place.load({"url": "rediss://h?ssl_cert_reqs=none", "timeout": "0.5"})
    expected = {
        "thresholds.stuck_after": "90s",
        "thresholds.waiting_after": "1500ms",
        "thresholds.block": "0ms",
        "timeout": "0.5s",
        "tls": "true",
        "tls_insecure": "true",
        "topology": "4 streams: automation_jobs, test_healing, error_monitoring, validation",
    }
    assert {name: shown(config, name) for name in expected} == expected
    assert shown(place.load({"socket": "/run/s"}), "socket") == "/run/s"
