"""Exit codes of the commands that move entries: what is refused, by whom, and that nothing was written then."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from maestro_tui.domain.actions import ACTIONS
from tests.e2e.backlog import Backlog, writes
from tests.e2e.running import at, run, told
from tests.gateway.peers import Proxy, peer
from tests.gateway.rig import USER, USER_PASSWORD, add_user, monitored
from tests.servers import HOST, Server
from tests.terminal import ROOT

MOVES = ("claim", "requeue", "dead-letter", "ack")

COMMANDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "requeue": (("requeue", "automation:jobs"),),
    "dead_letter": (("dead-letter", "automation:jobs"),),
    "claim": (("claim", "automation:jobs", "--to", "worker-2"),),
    "menu": (("ack", "automation:jobs"), ("redrive", "automation:jobs")),
    "undo": (("undo",),),
    "init": (("init", "--start", "0"),),
    "edit": (),
}
"""What does in a shell what an action that writes does in the dashboard; editing is done on a screen only."""


@pytest.fixture
def jobs(redis70: Server, tmp_path: Path) -> Backlog:
    """Three stuck entries on the jobs stream of a Redis 7.0, and a second consumer."""
    found = Backlog(redis70, tmp_path)
    found.stuck(3)
    redis70.run("XGROUP", "CREATECONSUMER", found.stream, found.group, "worker-2")
    return found


def test_every_action_that_writes_has_its_command() -> None:
    """Whoever adds an action decides whether a script may do it, and how it is refused."""
    assert set(COMMANDS) == {action.name for action in ACTIONS if action.danger == "writes"}


@pytest.mark.parametrize("name", [name for name, lines in COMMANDS.items() if lines])
def test_read_only_refuses_every_command_that_writes(jobs: Backlog, name: str) -> None:
    """4, one sentence, and the server hears no write; with something there that each could act on."""
    assert jobs.command("dead-letter", jobs.stream, "--limit", "1", "--yes").returncode == 0
    assert jobs.command("ack", jobs.stream, "--limit", "1", "--yes").returncode == 0
    before = jobs.log()
    for line in COMMANDS[name]:
        with monitored(jobs.server) as heard:
            done = jobs.command(*line, "--yes", "--read-only")
        assert (done.returncode, done.stdout) == (4, "")
        assert "read-only" in told(done)
        assert writes(heard) == []
    assert jobs.log() == before


@pytest.mark.parametrize("verb", [*MOVES, "redrive"])
def test_read_only_from_the_environment_counts_and_a_dry_run_tells_it(jobs: Backlog, verb: str) -> None:
    """A plan may be shown; that it would be refused is its exit code."""
    assert jobs.command("dead-letter", jobs.stream, "--limit", "1", "--yes").returncode == 0
    with monitored(jobs.server) as heard:
        done = run(
            *(verb, "automation:jobs", "--dry-run", *at(jobs.server)),
            environ={**jobs.environ, "MAESTRO_READ_ONLY": "1"},
        )
    assert done.returncode == 4
    assert "read-only" in done.stderr
    assert verb in done.stdout
    assert writes(heard) == []


@pytest.mark.parametrize("verb", MOVES)
def test_without_a_terminal_and_yes_nothing_is_sent(jobs: Backlog, verb: str) -> None:
    """The plan was shown, nobody could agree."""
    with monitored(jobs.server) as heard:
        done = jobs.command(verb, jobs.stream, *(("--to", "worker-2") if verb == "claim" else ()))
    assert (done.returncode, done.stdout) == (4, "")
    assert "There is no terminal to ask on: nothing was sent. Give --yes." in done.stderr
    assert writes(heard) == []


def test_a_refusal_as_json(jobs: Backlog) -> None:
    """The document has the plan and why it was not carried out."""
    document = jobs.document("ack", jobs.stream, code=4)
    assert "no terminal" in document["refused"]
    assert document["outcome"] is None
    assert document["plan"]["title"].startswith("ack 3 entries")


def test_a_replica_is_refused(jobs: Backlog) -> None:
    """Its writes would be lost."""
    jobs.server.run("REPLICAOF", HOST, "1")
    done = jobs.command("ack", jobs.stream, "--yes")
    assert done.returncode == 4
    assert "replica" in told(done)


def test_an_acl_that_denies_is_refused_and_named(jobs: Backlog) -> None:
    """Nothing of it happened, and the sentence names what would have to be allowed."""
    looks = "+xinfo|stream +xinfo|groups +xinfo|consumers +xpending +xrange +xrevrange +scan +type +info +time +ping"
    add_user(jobs.server, [*looks.split(), "+evalsha", "+eval", "+script|load"])
    secret = jobs.home / "secret"
    secret.write_text(USER_PASSWORD)
    here = ("--user", USER, "--password-file", str(secret), *at(jobs.server))
    before = (jobs.pending_ids, jobs.length())
    for verb in ("requeue", "ack"):
        done = run(verb, jobs.stream, "--yes", "--no-watch", *here, environ=jobs.environ)
        assert done.returncode == 4, done.stderr + done.stdout
        assert "xack" in (done.stderr + done.stdout).lower()
    add_user(jobs.server, [word for word in looks.split() if word != "+xpending"])
    done = run("pending", jobs.stream, *here, environ=jobs.environ)
    assert done.returncode == 4
    assert "xpending" in told(done).lower()
    assert (jobs.pending_ids, jobs.length()) == before


@pytest.mark.parametrize("line", [("pending", "automation:jobs"), ("ack", "automation:jobs", "--yes"), ("undo",)])
def test_a_server_that_is_gone_is_3(jobs: Backlog, line: tuple[str, ...]) -> None:
    """The sentence says where it should have been."""
    assert jobs.command("ack", jobs.stream, "--limit", "1", "--yes").returncode == 0
    jobs.server.kill()
    done = jobs.command(*line)
    assert done.returncode == 3
    assert "connection refused" in told(done)


async def test_a_lost_answer_is_5_and_never_sent_again(jobs: Backlog) -> None:
    """The document and the log say unknown; whoever looks finds it done once."""
    ids = jobs.pending_ids
    proxy = Proxy(jobs.server.port)
    proxy.lose = b"EVAL"
    async with peer(proxy.talk) as address:
        line = ("requeue", jobs.stream, "--id", ids[0], "--yes", "--no-watch", "--host", address.host)
        done = await asyncio.to_thread(run, *line, "--port", str(address.port), environ=jobs.environ)
    assert done.returncode == 5, done.stderr
    assert "requeue: unknown." in done.stdout
    assert jobs.length() == 4
    assert jobs.pending_ids == ids[1:]
    assert jobs.log()[-1]["outcome"] == "unknown"


def test_without_a_log_nothing_is_sent_unless_overridden(jobs: Backlog) -> None:
    """Then the record goes to stderr."""
    nowhere = {"XDG_STATE_HOME": "/proc/none"}
    done = jobs.command("ack", jobs.stream, "--yes", environ=nowhere)
    assert done.returncode == 4
    assert "audit log" in done.stdout + done.stderr
    assert len(jobs.pending) == 3
    done = jobs.command("ack", jobs.stream, "--yes", "--override", "no-log", environ=nowhere)
    assert done.returncode == 0
    assert '"record":"intent"' in done.stderr
    assert jobs.pending == []
    assert jobs.command("log", "--note", "x", environ=nowhere).returncode == 4


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (("pending", "nonsense"), "'nonsense' is no known stream"),
        (("pending", "automation:jobs", "nobody"), "has no group 'nobody'; it has maestro-automation-workers"),
        (("ack", "jobs", "--yes"), "fits several streams"),
        (("requeue", "\x1b[2Jx"), "is no known stream"),
        (("redrive", "nonsense"), "'nonsense' is no known stream"),
        (("pending", "results"), "GROUP: maestro:streams:automation:results has several groups, say which: a, b"),
    ],
)
def test_what_cannot_be_meant_is_2(jobs: Backlog, line: tuple[str, ...], said: str) -> None:
    """In one sentence, with the candidates."""
    jobs.server.run("XGROUP", "CREATE", "maestro:streams:k8s:jobs", "w", "0", "MKSTREAM")
    for group in "ab":
        jobs.server.run("XGROUP", "CREATE", "maestro:streams:automation:results", group, "0", "MKSTREAM")
    done = jobs.command(*line)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in told(done)


@pytest.mark.parametrize("verb", ["pending", *MOVES])
def test_what_is_declared_and_not_there_is_4(jobs: Backlog, verb: str) -> None:
    """The next step is named."""
    done = jobs.command(verb, "healing")
    assert done.returncode == 4
    assert "does not exist; `maestro-tui init`" in told(done)


def test_hostile_names_are_shown_and_obeyed_by_nobody(redis70: Server, tmp_path: Path) -> None:
    """Names of streams, groups and consumers, in every output."""
    name = "maestro:streams:[@click=app.quit]x[/]\x1b]52;c;aGk=\x07"
    jobs = Backlog(redis70, tmp_path, (name, "g\x1b[31m"))
    jobs.stuck(3, consumer="w\x1b[2J\x07")
    for line in (("pending", name), ("ack", name, "--dry-run"), ("dead-letter", name, "--yes"), ("log",)):
        done = jobs.command(*line)
        assert done.returncode == 0, done.stderr
        assert "\x1b" not in done.stdout + done.stderr
        assert "\x07" not in done.stdout + done.stderr
    assert jobs.length(jobs.dead) == 3
    back = jobs.command("redrive", name, "--yes", "--no-watch")
    assert back.returncode == 0, back.stderr
    assert "\x1b" not in back.stdout + back.stderr


def test_a_reader_that_stops_reading_is_no_error(jobs: Backlog) -> None:
    """`maestro-tui pending jobs | head -1`."""
    child = subprocess.Popen(
        [sys.executable, "-m", "maestro_tui", "pending", jobs.stream, *at(jobs.server)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, **jobs.environ},
    )
    assert child.stdout is not None
    child.stdout.close()
    assert child.stderr is not None
    with child.stderr as stderr:
        assert stderr.read() == b""
    assert child.wait() == 141
