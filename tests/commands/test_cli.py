"""The command line: which command runs with which settings, and how everything else is refused."""

import sys
from types import ModuleType

import click
import pytest

import maestro_tui
from maestro_tui.cli import main, terminal
from maestro_tui.commands.acting import Manner
from maestro_tui.commands.check import Asked
from maestro_tui.commands.moving import Options
from maestro_tui.commands.oneline import OneLine
from maestro_tui.commands.pending import Filters
from maestro_tui.domain.config import Address, Config, Secret
from maestro_tui.domain.names import EntryId
from tests.commands.configuring import SECRET, Workplace

USAGE = 2


class Wiring(ModuleType):
    """Stands in for the wiring: notes what it was called with."""

    def __init__(self) -> None:
        """Nothing was called yet."""
        super().__init__("maestro_tui.wiring")
        self.config: Config | None = None
        self.called: list[object] = []
        self.failure: BaseException | None = None

    def _note(self, config: Config, *details: object) -> int:
        self.config = config
        self.called = list(details)
        if self.failure is not None:
            raise self.failure
        return 5

    def dashboard(self, config: Config) -> int:
        """The dashboard."""
        return self._note(config, "dashboard")

    def demo(self, config: Config, scenario: str) -> int:
        """The demo."""
        return self._note(config, "demo", scenario)

    def status(self, config: Config, format: str, *, watch: bool) -> int:
        """The status command."""
        return self._note(config, "status", format, *(["watch"] if watch else []))

    def check(self, config: Config, asked: Asked, line: OneLine) -> int:  # noqa: ARG002
        """The monitoring plugin."""
        return self._note(config, "check", asked)

    def init(
        self,
        config: Config,
        *,
        start: str | None,
        dry_run: bool,
        assume_yes: bool,
        overrides: frozenset[str],
    ) -> int:
        """The init command."""
        return self._note(config, "init", start, dry_run, assume_yes, overrides)

    def pending(self, config: Config, stream: str, group: str | None, format: str, filters: Filters) -> int:
        """The pending command."""
        return self._note(config, "pending", stream, group, format, filters)

    def move(self, config: Config, verb: str, options: Options) -> int:
        """The commands that move entries."""
        return self._note(config, verb, options)

    def log(self, config: Config, *, limit: int, format: str, note: str | None) -> int:
        """The log command."""
        return self._note(config, "log", limit, format, note)

    def undo(self, config: Config, id: str | None, manner: Manner) -> int:
        """The undo command."""
        return self._note(config, "undo", id, manner)


@pytest.fixture
def wiring(monkeypatch: pytest.MonkeyPatch, place: Workplace) -> Wiring:
    """A wiring that only notes, on a terminal, in an empty working directory."""
    fake = Wiring()
    monkeypatch.setitem(sys.modules, "maestro_tui.wiring", fake)
    monkeypatch.setattr(maestro_tui, "wiring", fake, raising=False)
    monkeypatch.setattr(terminal, "_is_terminal", lambda _stream: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("HOME", str(place.home))
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.chdir(place.cwd)
    return fake


@pytest.mark.parametrize(
    ("line", "called"),
    [
        ("", ["dashboard"]),
        ("demo", ["demo", "incident"]),
        ("demo --scenario calm", ["demo", "calm"]),
        ("status", ["status", "table"]),
        ("status --format json", ["status", "json"]),
        ("status --format openmetrics", ["status", "openmetrics"]),
        ("status --watch", ["status", "table", "watch"]),
        ("status --watch --format jsonl", ["status", "jsonl", "watch"]),
        ("check", ["check", Asked(5.0, 10.0)]),
        (
            "check --sample 2s --timeout 1m --stream a --stream b --ignore behind --ignore memory",
            ["check", Asked(2.0, 60.0, ("a", "b"), frozenset({"behind", "memory"}))],
        ),
        ("init", ["init", None, False, False, frozenset()]),
        ("init --start end --dry-run", ["init", "end", True, False, frozenset()]),
        ("init --start 0 --yes --override no-log", ["init", "0", False, True, frozenset({"no-log"})]),
        ("pending healing", ["pending", "healing", None, "table", Filters()]),
        (
            "pending s g --min-idle 5m --min-deliveries 3 --consumer w --limit 7 --format jsonl",
            ["pending", "s", "g", "jsonl", Filters(300_000, 3, "w", 7)],
        ),
        ("requeue healing", ["requeue", Options("healing")]),
        (
            "requeue s g --id 5-1 --id 4 --rate 10/s --no-marks --no-watch --yes --format json",
            [
                "requeue",
                Options(
                    *("s", "g", (EntryId(5, 1), EntryId(4))),
                    rate_per_s=10.0,
                    marks=False,
                    manner=Manner(assume_yes=True, watch=False, format="json"),
                ),
            ],
        ),
        (
            "claim s --min-idle 300s --limit 2 --to worker-2 --dry-run",
            ["claim", Options("s", None, (), 300_000, "worker-2", 2, manner=Manner(dry_run=True))],
        ),
        (
            "dead-letter s --override running --override poison",
            ["dead-letter", Options("s", manner=Manner(overrides=frozenset({"running", "poison"})))],
        ),
        ("redrive s --limit 5 --rate 60/m", ["redrive", Options("s", limit=5, rate_per_s=1.0)]),
        ("ack s g", ["ack", Options("s", "g")]),
        ("log", ["log", 100, "table", None]),
        ("log --limit 5 --format json", ["log", 5, "json", None]),
        ("log --note text", ["log", 100, "table", "text"]),
        ("undo", ["undo", None, Manner()]),
        ("undo 20261122T140322Z-1a2b3c --yes", ["undo", "20261122T140322Z-1a2b3c", Manner(assume_yes=True)]),
    ],
)
def test_each_command_reaches_the_wiring(wiring: Wiring, line: str, called: list[object]) -> None:
    """And its exit code is the program's."""
    assert main(line.split()) == 5
    assert wiring.called == called


@pytest.mark.parametrize("line", ["{} status", "status {}", "{}"])
def test_options_may_stand_before_or_after_the_command(wiring: Wiring, line: str) -> None:
    """All that is said reaches the configuration."""
    options = (
        "--host h --port 7 --db 2 --environment production --read-only --timeout 3s --interval 500ms "
        "--theme nord --ascii --no-mouse"
    )
    assert main(line.format(options).split()) == 5
    config = wiring.config
    assert config is not None
    assert config.address == Address("h", 7, 2)
    assert (config.environment, config.read_only, config.theme) == ("production", True, "nord")
    assert (config.timeout_s, config.poll_every_s, config.ascii, config.mouse) == (3.0, 0.5, True, False)
    assert str(config.sources["poll_every"]) == "flag --interval"


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("--host a --port 1 status --host b", Address("b")),
        ("--host a status --port 2", Address("a", 2)),
        ("--url redis://a:1/3 status --host b --db 4", Address("b", db=4)),
        ("--host a --db 1 status --url redis://b", Address("b", db=1)),
        ("--socket /s status --host b", Address("b")),
        ("--host a --db 1 status --db 2", Address("a", db=2)),
        ("--ask-password status --password-file secret", Address(password=Secret(SECRET))),
    ],
)
def test_what_comes_after_wins(wiring: Wiring, place: Workplace, line: str, address: Address) -> None:
    """A new place replaces the whole of the old one, so that none is put together from two."""
    place.file("secret", SECRET)
    assert main(line.split()) == 5
    assert wiring.config is not None
    assert wiring.config.address == address


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("status --format yaml", "'yaml' is not one of 'table', 'json'"),
        ("status --watch --format json", "--watch goes with --format jsonl or table"),
        ("status --watch --format openmetrics", "--watch goes with --format jsonl or table"),
        ("status --nonsense", "No such option"),
        (f"--password={SECRET}", "No such option"),
        (f"status --password {SECRET}", "No such option"),
        ("nonsense", "No such command 'nonsense'"),
        (f"redis://:{SECRET}@h", "No such command 'redis://***@h'"),
        (f"status redis://:{SECRET}@h", "redis://***@h"),
        ("demo --scenario storm", "'storm' is not one of"),
        ("demo --url redis://h", "No such option"),
        ("--url redis://h demo", "--url: has no meaning here, the demo brings its own server"),
        ("--profile p demo", "--profile: has no meaning here"),
        ("init --override running", "'running' is not"),
        ("requeue", "Missing argument 'STREAM'"),
        ("requeue s g more", "unexpected extra argument"),
        ("requeue s --to w", "No such option"),
        ("requeue s --id x", "'--id': 'x' is not an entry ID such as 1795373326515-0"),
        ("requeue s --id 1 --min-idle 5m", "--id names the entries: it goes neither with --min-idle nor with --limit"),
        ("ack s --id 1 --limit 3", "--id names the entries"),
        ("claim s --rate fast", "'--rate': 'fast' is not a rate such as 10/s, 100/m or 0.5"),
        ("claim s --min-idle soon", "'--min-idle': 'soon' is not a duration"),
        ("claim s --limit 0", "'--limit': '0' is not a whole number from 1"),
        ("claim s --override everything", "'everything' is not one of"),
        ("redrive s g", "unexpected extra argument"),
        ("redrive s --min-idle 5m", "No such option"),
        ("pending s --format yaml", "'yaml' is not one of"),
        ("log s", "unexpected extra argument"),
        ("undo a b", "unexpected extra argument"),
        ("--environment prod", "'prod' is not one of"),
        ("completion tcsh", "'tcsh' is not one of"),
        ("--port", "'--port' requires an argument"),
        (f"--url redis:{SECRET}@h", "--url: is not a URL such as redis://host:6379/0 (the // is missing)"),
        ("status --interval soon", "--interval: 'soon' is not a duration"),
        ("status --timeout 1h", "--timeout: 1h is not between 0.1s and 60s"),
        ("--theme [red] status", "--theme: is not a name"),
        ("--config no.toml", "no.toml: there is no such file"),
        ("--profile p", "--profile: there is no configuration file with profiles"),
        ("--topology no.toml status", "no.toml: there is no such file"),
        ("--password-file no", "the password file cannot be read"),
        ("--port 7 --host", "'--host' requires an argument"),
        ("\x1b[31m", "No such command '\\x1b[31m'"),
    ],
)
def test_bad_usage_and_settings_are_one_line_and_exit_code_2(
    wiring: Wiring, capsys: pytest.CaptureFixture[str], line: str, said: str
) -> None:
    """No traceback, nothing on stdout, no secret, and nothing is connected."""
    assert main(line.split()) == USAGE
    out, err = capsys.readouterr()
    first, *more = err.splitlines()
    assert first.startswith("maestro-tui: ")
    assert said in first
    assert not more or (len(more) == 1 and more[0].startswith("See `maestro-tui"))
    assert out == ""
    assert SECRET not in err
    assert "Traceback" not in err
    assert wiring.config is None


def test_bad_settings_of_the_environment(
    wiring: Wiring, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable is named; the demo does not care."""
    monkeypatch.setenv("REDIS_URL", f"redis://:{SECRET}@h:port")
    assert main([]) == USAGE
    expected = "maestro-tui: REDIS_URL: the port is not a number from 1 to 65535\n"
    assert capsys.readouterr() == ("", expected)
    assert main(["demo"]) == 5
    assert wiring.config is not None
    assert wiring.config.address == Address()


def test_a_working_directory_that_is_gone(wiring: Wiring, place: Workplace, capsys: pytest.CaptureFixture[str]) -> None:
    """Another shell may have removed it."""
    place.cwd.rmdir()
    assert main(["status"]) == USAGE
    assert capsys.readouterr().err == "maestro-tui: the working directory no longer exists\n"
    assert wiring.config is None


@pytest.mark.parametrize("term", ["", "dumb", "unknown"])
@pytest.mark.parametrize("line", ["", "demo"])
def test_the_dashboard_needs_a_capable_terminal(
    wiring: Wiring, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, term: str, line: str
) -> None:
    """What can be used instead is named."""
    monkeypatch.setenv("TERM", term)
    assert main(line.split()) == USAGE
    err = capsys.readouterr().err
    assert err.startswith("maestro-tui: the dashboard needs a terminal, and TERM is ")
    assert "`maestro-tui status`" in err
    assert wiring.config is None


@pytest.mark.parametrize("redirected", ["stdin", "stdout", "stderr"])
def test_the_dashboard_is_not_painted_into_a_file(
    wiring: Wiring, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, redirected: str
) -> None:
    """Escape sequences in a log help nobody."""
    wanted = getattr(sys, redirected)
    monkeypatch.setattr(terminal, "_is_terminal", lambda stream: stream is not wanted)
    assert main([]) == USAGE
    assert f"and {redirected} is not one; in scripts use `maestro-tui status`" in capsys.readouterr().err
    assert wiring.config is None


def test_a_closed_stream_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """`maestro-tui <&-` leaves no stdin at all."""
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(click.ClickException, match="stdin is not one"):
        terminal.require_terminal()


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), click.Abort()])
def test_an_interrupted_command_ends_with_130(wiring: Wiring, failure: BaseException) -> None:
    """As every shell expects."""
    wiring.failure = failure
    assert main(["status"]) == 130


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    """One line, as tools that compare versions expect."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"maestro-tui {maestro_tui.__version__}\n"


def test_help_separates_a_commands_own_options(capsys: pytest.CaptureFixture[str]) -> None:
    """Two dozen settings would bury the one option that is looked for."""
    assert main(["status", "--help"]) == 0
    out = capsys.readouterr().out
    own, settings = out.split("Settings (before or after the command name):")
    assert "--format" in own
    assert "--url" not in own
    assert "--url" in settings
    assert "--password " not in out


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """To be evaluated by the shell."""
    assert main(["completion", name]) == 0
    assert "_MAESTRO_TUI_COMPLETE" in capsys.readouterr().out
