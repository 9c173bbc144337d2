"""Settings of the rules: hold times, runbooks, thresholds, the bell, and the command that is told of problems."""

import shlex

import pytest

from maestro_tui.domain.limits import MAESTRO_LIMITS
from maestro_tui.domain.names import Name
from maestro_tui.settings import describe
from tests.commands.configuring import SECRET, Workplace, shown, source

JOBS = Name.of("maestro:streams:automation:jobs")
WIKI = "https://wiki.example/redis"


def test_thresholds_of_the_rules(place: Workplace) -> None:
    """All at once, with an exception for a stream."""
    place.config(
        '[thresholds]\nclock_skew = "2s"\ncost = 0.1\nrecent = "1h"\nuntrimmed = 5000\n'
        '[thresholds.streams.jobs]\nuntrimmed = 1000000\n[thresholds.hold]\nslow_poll = "10s"\nevicting = 0'
    )
    config = place.load()
    limits = config.limits
    assert (limits.clock_skew_ms, limits.cost_share, limits.recent_ms) == (2_000, 0.1, 3_600_000)
    assert (limits.default.untrimmed, limits.of(JOBS).untrimmed) == (5_000, 1_000_000)
    assert limits.hold_ms == {"slow_poll": 10_000, "evicting": 0}
    told = {
        "thresholds.clock_skew": "2s",
        "thresholds.cost": "0.1",
        "thresholds.recent": "1h",
        "thresholds.untrimmed": "5000",
        "thresholds.streams.automation_jobs.untrimmed": "1000000",
        "thresholds.streams.test_healing.untrimmed": "5000",
        "thresholds.hold.slow_poll": "10s",
        "thresholds.hold.evicting": "0ms",
    }
    assert {name: shown(config, name) for name in told} == told


def test_without_configuration(place: Workplace) -> None:
    """Nothing rings and nothing is run; no rule has a hold time other than its own."""
    config = place.load()
    assert (config.bell, config.hook, config.hook_timeout_s, config.runbooks) == (False, None, 10.0, {})
    assert config.limits == MAESTRO_LIMITS
    assert shown(config, "hook") == "-"
    assert not [name for name, _, _ in describe(config) if name.startswith(("runbooks", "thresholds.hold"))]


def test_a_profile_changes_single_hold_times_and_runbooks(place: Workplace) -> None:
    """What it does not name stays, and each says where it is from."""
    path = place.config(
        f'[runbooks]\nevicting = "{WIKI}"\nno_group = "{WIKI}"\n[thresholds.hold]\nslow_poll = "10s"\nbehind = 1\n'
        f'[profile.prod.runbooks]\nevicting = "{WIKI}/prod"\n[profile.prod.thresholds.hold]\nslow_poll = "1m"'
    )
    config = place.load({"profile": "prod"})
    assert config.runbooks == {"evicting": f"{WIKI}/prod", "no_group": WIKI}
    assert config.limits.hold_ms == {"slow_poll": 60_000, "behind": 1_000}
    profile = f"{path} [profile.prod]"
    wanted = {"runbooks.evicting": profile, "runbooks.no_group": str(path)}
    wanted |= {"thresholds.hold.slow_poll": profile, "thresholds.hold.behind": str(path)}
    assert {name: source(config, name) for name in wanted} == wanted
    assert shown(config, "runbooks.evicting") == f"{WIKI}/prod"


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ('hook = "notify-send Maestro"', ["notify-send", "Maestro"]),
        ("hook = \"/opt/page --to 'on call' *.txt $HOME\"", ["/opt/page", "--to", "on call", "*.txt", "$HOME"]),
        ('hook = ["/opt/my page", ""]', ["/opt/my page", ""]),
    ],
)
def test_a_hook_is_words_and_no_shell(place: Workplace, toml: str, words: list[str]) -> None:
    """What a shell would expand stays as it is."""
    path = place.config(toml)
    config = place.load()
    assert config.hook is not None
    assert shlex.split(config.hook) == words
    assert source(config, "hook") == str(path)


def test_the_hook_is_shown_as_it_can_be_written_back(place: Workplace) -> None:
    """Its arguments are no secret to `config`."""
    config = place.load(MAESTRO_HOOK="/opt/page --to 'on call'", MAESTRO_HOOK_TIMEOUT="500ms", MAESTRO_BELL="yes")
    names = ("hook", "hook_timeout", "bell")
    assert [shown(config, name) for name in names] == ["/opt/page --to 'on call'", "0.5s", "true"]
    assert [source(config, name) for name in names] == ["MAESTRO_HOOK", "MAESTRO_HOOK_TIMEOUT", "MAESTRO_BELL"]
    assert (config.hook, config.hook_timeout_s, config.bell) == ("/opt/page --to 'on call'", 0.5, True)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("HOOK", "  ", "names no command"),
        ("HOOK", "'' x", "names no command"),
        ("HOOK", "say 'x", "has a quote that is not closed"),
        ("HOOK", "say \x1b[2J", "holds a character that cannot be seen"),
        ("HOOK", "say " + "x" * 1024, "is longer than 100 words or 1,024 characters"),
        ("HOOK_TIMEOUT", "99ms", "99ms is not between 0.1s and 5m"),
        ("HOOK_TIMEOUT", "6m", "6m is not between 0.1s and 5m"),
        ("BELL", "loud", "'loud' is neither true nor false"),
    ],
)
def test_a_bad_variable_is_refused_in_one_line(place: Workplace, name: str, value: str, said: str) -> None:
    """The line begins with the variable."""
    assert place.refusal(**{f"MAESTRO_{name}": value}) == f"MAESTRO_{name}: {said}"


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("hook = []", ": hook: names no command"),
        ("hook = [1]", ": hook: is neither a command nor a list of words"),
        ("hook = true", ": hook: is neither a command nor a list of words"),
        ("[thresholds]\ncost = 0", ": thresholds.cost: 0 is too small (more than 0"),
        ("[thresholds]\nclock_skew = []", ": thresholds.clock_skew: is not a duration"),
        ('[thresholds]\nstuck_after = "0s"', ": thresholds.stuck_after: is no threshold: everything would be past it"),
        ("[thresholds.streams.jobs]\nwaiting_after = 0", ": thresholds.streams.jobs.waiting_after: is no threshold"),
        ("[thresholds]\nuntrimmed = 0", ": thresholds.untrimmed: 0 is too small (at least 1)"),
        ("[thresholds]\nhold = 5", " [thresholds]: 'hold' is not a table"),
        ('[thresholds.hold]\nbehind = "x"', ": thresholds.hold.behind: 'x' is not a duration"),
        ("[thresholds.hold]\nslow_pol = 1", " [thresholds.hold]: there is no rule 'slow_pol' (did you mean 'slow_"),
        ("[thresholds.hold]\nzzz = 1", " [thresholds.hold]: there is no rule 'zzz' (there are: behind, "),
        ("[profile.p.thresholds.hold]\nx = 1", " [profile.p] [thresholds.hold]: there is no rule 'x'"),
        ('[runbooks]\nno_grup = "x"', " [runbooks]: there is no rule 'no_grup' (did you mean 'no_group'?)"),
        ('[profile.p.runbooks]\nno_grup = "x"', " [profile.p] [runbooks]: there is no rule 'no_grup'"),
        ("runbooks = 1", ": 'runbooks' is not a table"),
        ("[runbooks]\nbehind = 1", ": runbooks.behind: is not text"),
        ('[runbooks]\nbehind = ""', ": runbooks.behind: is empty"),
        ('[runbooks]\nbehind = "wiki/page"', ": runbooks.behind: is not a web address"),
        ('[runbooks]\nbehind = "https://"', ": runbooks.behind: is not a web address"),
        ('[runbooks]\nbehind = "https://[x"', ": runbooks.behind: is not a web address"),
        ('[runbooks]\nbehind = "file:///etc/passwd"', ": runbooks.behind: is not a web address"),
        ('[runbooks]\nbehind = "javascript:alert(1)"', ": runbooks.behind: is not a web address"),
        ('[runbooks]\nbehind = "https://w/a b"', ": runbooks.behind: holds a character that cannot be seen, or a"),
        ('[runbooks]\nbehind = "https://w/\\u001b[2J"', ": runbooks.behind: holds a character that cannot be seen"),
        (f'[runbooks]\nbehind = "https://me:{SECRET}@w/x"', ": runbooks.behind: holds a user or a password"),
        (f'[runbooks]\nbehind = "https://{SECRET}@w/x"', ": runbooks.behind: holds a user or a password"),
    ],
)  # fmt: skip
def test_a_bad_value_in_toml_is_refused_in_one_line(place: Workplace, toml: str, said: str) -> None:
    """The line begins with the file and names the key; a rule that does not exist is never silent."""
    path = place.config(toml)
    assert place.refusal().startswith(f"{path}{said}")
