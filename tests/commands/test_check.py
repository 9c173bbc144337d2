"""`check` as a command: how often it looks, how long it takes, and that it always says its one line."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from maestro_tui.cli import main
from maestro_tui.commands.check import Asked, check, settings_of
from maestro_tui.commands.oneline import OneLine
from maestro_tui.commands.verdict import unmeasured
from maestro_tui.domain.config import Config
from maestro_tui.domain.holding import holding_at_most
from maestro_tui.domain.rules import BY_NAME
from maestro_tui.domain.snapshot import Snapshot
from maestro_tui.domain.trouble import Failure, Trouble
from tests.commands.configuring import SECRET, Workplace
from tests.commands.test_cli import Wiring
from tests.commands.test_cli import wiring as wiring
from tests.domain.building import DOWN, LIMITS, NOW, TOPOLOGY, absent, deserted, group, node, snapshot, stream
from tests.fakes import FixedClock, ScriptedReader, Seen, scripted_session
from tests.perfdata import Line, parse

CONFIG = Config(topology=TOPOLOGY, limits=LIMITS)
HEALTHY = snapshot(stream(group()))
SICK = snapshot(stream(deserted(server_lag=10)))


def after(seen: Snapshot, seconds: float) -> Snapshot:
    """The same, seen later."""
    at_ms = NOW + round(seconds * 1000)
    streams = tuple(replace(one, seen_at_ms=at_ms) for one in seen.streams)
    return replace(seen, taken_at_ms=at_ms, nodes=(node(time_ms=at_ms),), streams=streams)


class Checked:
    """What a check of a scripted server said, and how it looked."""

    def __init__(self, script: Sequence[Seen], asked: Asked, config: Config, folder: Path) -> None:
        self.clock = FixedClock()
        self.session = scripted_session(script, folder / "audit", config=settings_of(config, asked), clock=self.clock)
        self.began_s = self.clock.monotonic_s()
        self.asked = asked

    async def run(self, capsys: pytest.CaptureFixture[str]) -> Line:
        """Run it; its exit code is the word's."""
        code = await check(self.session, asked=self.asked, line=OneLine())
        return parse(capsys.readouterr().out, code)

    @property
    def polls(self) -> int:
        """How often the server was looked at."""
        assert isinstance(self.session.reader, ScriptedReader)
        return self.session.reader.polls

    @property
    def took_s(self) -> float:
        """How long it watched."""
        return self.clock.monotonic_s() - self.began_s


@pytest.mark.parametrize(
    ("sample_s", "every_s", "polls"),
    [(5.0, 1.0, 6), (5.0, 60.0, 3), (1.0, 1.0, 3), (2.0, 0.5, 5), (5.0, 2.0, 4), (60.0, 10.0, 7)],
)
async def test_it_watches_for_the_sample(
    sample_s: float, every_s: float, polls: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """At the configured pace, three times at least, and no longer than asked."""
    asked = Asked(sample_s, 2 * sample_s)
    checked = Checked([HEALTHY], asked, replace(CONFIG, poll_every_s=every_s), tmp_path)
    assert (await checked.run(capsys)).word == "OK"
    assert checked.polls == polls
    assert checked.took_s == pytest.approx(sample_s)


async def test_a_poll_that_fails_ends_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A sample with a hole in it is none; whoever asks tries again."""
    checked = Checked([SICK, DOWN, SICK], Asked(), CONFIG, tmp_path)
    line = await checked.run(capsys)
    assert (line.word, line.values, checked.polls) == ("UNKNOWN", {}, 2)
    assert line.text.startswith("The server does not answer.")


async def test_refused_credentials_are_tried_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each try may lock an account."""
    checked = Checked([Failure(Trouble("auth", "Wrong password.", "Mend it."))], Asked(), CONFIG, tmp_path)
    assert (await checked.run(capsys)).word == "UNKNOWN"
    assert checked.polls == 1


async def test_a_hold_time_longer_than_the_sample_is_shortened(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Otherwise no check would ever tell of it."""
    patient = replace(CONFIG, limits=replace(LIMITS, hold_ms={"no_live": 3_600_000, "moved_back": 3_600_000}))
    script = [after(SICK, second) for second in range(6)]
    assert (await Checked(script, Asked(), patient, tmp_path).run(capsys)).word == "CRITICAL"
    blip = [*(after(HEALTHY, second) for second in range(4)), *(after(SICK, second) for second in (4, 5))]
    assert (await Checked(blip, Asked(), patient, tmp_path).run(capsys)).word == "OK"


def test_hold_times_are_only_ever_shortened() -> None:
    held = holding_at_most(CONFIG, 2_500).limits
    for name, rule in BY_NAME.items():
        assert held.hold_ms[name] == min(2_500, rule.hold_ms)
    assert holding_at_most(CONFIG, 10**9).limits.hold_ms == {name: rule.hold_ms for name, rule in BY_NAME.items()}


async def test_it_ends_when_time_is_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever a server does not answer."""

    class Hung(ScriptedReader):
        async def poll(self, focus: object) -> Snapshot:  # noqa: ARG002
            await asyncio.Event().wait()
            raise AssertionError

    asked = Asked(0.01, 0.1)
    checked = Checked([HEALTHY], asked, CONFIG, tmp_path)
    session = replace(checked.session)
    session.monitor._reader = Hung([HEALTHY])
    code = await check(session, asked=asked, line=OneLine())
    line = parse(capsys.readouterr().out, code)
    assert (line.word, line.text) == ("UNKNOWN", "not done within 0.1s (--timeout)")


async def test_one_line_whatever_is_said_after_it(capsys: pytest.CaptureFixture[str]) -> None:
    line = OneLine()
    assert line.say(unmeasured("first")) == 3
    assert line.say(unmeasured("second")) == 3
    assert capsys.readouterr().out == "MAESTRO UNKNOWN - first\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("check --nonsense", "No such option"),
        ("--nonsense check", "No such option"),
        ("check --sample", "requires an argument"),
        ("check --sample soon", "is not a duration"),
        ("check --sample 1ms", "--sample is not between 1s and 10m. See maestro-tui check --help"),
        ("check --timeout 11m", "--timeout is not between 1s and 10m"),
        ("check --timeout 5s", "--timeout: 5s is too short to watch for 5s (--sample)"),
        ("check extra", "unexpected extra argument"),
        (f"check redis://:{SECRET}@h", "unexpected extra argument"),
        ("check --ignore stuk", "--ignore: stuk: no such rule; there are unreachable loading"),
        ("check --config no.toml", "no.toml: there is no such file"),
        ("check --profile p", "there is no configuration file with profiles"),
        ("check --interval soon", "--interval: 'soon' is not a duration"),
        ("--timeout 1h check", "--timeout: 1h is not between 0.1s and 60s"),
        ("--environment prod check", "'prod' is not one of"),
    ],
)
def test_bad_usage_and_bad_settings_are_unknown(
    wiring: Wiring, capsys: pytest.CaptureFixture[str], arguments: str, said: str
) -> None:
    """Exit code 2, as of other commands, would be CRITICAL to a monitor."""
    code = main(arguments.split())
    captured = capsys.readouterr()
    line = parse(captured.out, code)
    assert (line.word, code, captured.err) == ("UNKNOWN", 3, "")
    assert said in line.text
    assert SECRET not in captured.out
    assert wiring.config is None


def test_other_commands_keep_their_exit_codes(wiring: Wiring, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--profile", "check", "--nonsense"]) == 2
    assert main(["status", "--profile", "check"]) == 2
    assert capsys.readouterr().out == ""
    assert wiring.config is None


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (Failure(Trouble("unreachable", "Nobody there.", "Start it.")), "Nobody there. Start it."),
        (ZeroDivisionError(SECRET), "internal error at test_cli.py"),
    ],
)
def test_whatever_fails_is_unknown(
    wiring: Wiring, capsys: pytest.CaptureFixture[str], failure: Exception, said: str
) -> None:
    wiring.failure = failure
    code = main(["check"])
    line = parse(capsys.readouterr().out, code)
    assert line.word == "UNKNOWN"
    assert said in line.text
    assert SECRET not in line.text


def test_its_own_timeout_and_that_of_the_connection(wiring: Wiring) -> None:
    """Before the command it is the connection's."""
    assert main(["--timeout", "3s", "check", "--timeout", "20s"]) == 5
    assert wiring.config is not None
    assert wiring.config.timeout_s == 3.0
    [_, asked] = wiring.called
    assert isinstance(asked, Asked)
    assert asked.within_s == 20


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_that_nobody_takes_is_unknown(place: Workplace) -> None:
    """A full disk gives exit code 1 elsewhere: WARNING to a monitor."""
    with Path("/dev/full").open("w") as out:
        done = subprocess.run(
            [sys.executable, "-c", "import sys; from maestro_tui.cli import main; sys.exit(main())", "check", "--bad"],
            stdout=out,
            cwd=place.cwd,
            check=False,
        )
    assert done.returncode == 3


def test_absent_streams_are_a_warning_not_an_outage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = asyncio.run(Checked([snapshot(absent())], Asked(), CONFIG, tmp_path).run(capsys))
    assert line.word == "WARNING"
