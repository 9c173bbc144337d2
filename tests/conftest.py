"""What every test shares: a clean environment, and real servers of five kinds."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import redis

from tests import environment

_HOME: Final = environment.new_home()
# At import, before the plugin named below imports Textual, which reads its variables only once.
environment.clean(Path(_HOME.name))

from tests import binaries  # noqa: E402 - after the environment is clean
from tests.servers import DEFAULT_KIND, KINDS, Server, Unavailable, wait_until  # noqa: E402

pytest_plugins = ["pytest_textual_snapshot"]

FreshServer = Callable[..., Server]
"""`fresh_server(kind, **options)`: the options are those of `Server`."""


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to overwrite the pictures from a Python that draws them differently."""
    if config.getoption("update_snapshots", default=False) and not environment.snapshots_supported():
        wanted = ".".join(map(str, environment.SNAPSHOT_PYTHON))
        raise pytest.UsageError(f"pictures are made on Python {wanted} only")
    if not environment.is_worker():
        # What is missing is downloaded once, before the workers that share it begin.
        for kind in KINDS:
            with contextlib.suppress(Unavailable):
                binaries.find(kind)


def pytest_report_header() -> list[str]:
    """Say which servers the run is about, since that decides what it proves."""
    lines = []
    for kind in KINDS:
        try:
            lines.append(f"{kind}: {binaries.find(kind).version}")
        except Unavailable as reason:
            lines.append(f"{kind}: none ({reason})")
    return lines


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the pictures, and skip them on Pythons other than the one they were made with."""
    skip = pytest.mark.skip(reason="pictures are compared on Python 3.11 only")
    for item in items:
        if "test_snapshots" in item.path.name:
            item.add_marker("snapshot")
        if item.get_closest_marker("snapshot") and not environment.snapshots_supported():
            item.add_marker(skip)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where every server is wanted, a run that left something out has failed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if environment.all_servers_wanted() and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _unavailable(reason: Unavailable) -> None:
    if environment.all_servers_wanted():
        pytest.fail(str(reason), pytrace=False)
    pytest.skip(str(reason))


class SharedServers:
    """One running server of each kind for the whole run, empty whenever it is handed out."""

    def __init__(self) -> None:
        """Start nothing: a run that needs one kind starts one."""
        self._servers: dict[str, Server] = {}

    def empty(self, kind: str) -> Server:
        """The server of that kind, as if it had just been started."""
        if kind not in self._servers:
            self._servers[kind] = Server(kind).start()
        server = self._servers[kind]
        if server.running:
            server.resume()
        else:
            server.start()
        with server.client() as client:
            _forget_everything(client)
        return server

    def terminate(self) -> None:
        """End them all."""
        for server in self._servers.values():
            server.terminate()


def _forget_everything(client: redis.Redis) -> None:
    """Undo what a test may have done to a shared server: data, scripts, users, limits, connections."""
    run: Any = client.execute_command
    run("CLIENT", "UNPAUSE")
    run("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    run("REPLICAOF", "NO", "ONE")
    for user in client.acl_users():
        if user != "default":
            run("ACL", "DELUSER", user)
    run("ACL", "SETUSER", "default", "reset", "on", "nopass", "~*", "&*", "+@all")
    run("ACL", "LOG", "RESET")
    for name, value in (
        ("maxmemory", "0"),
        ("maxmemory-policy", "noeviction"),
        ("min-replicas-to-write", "0"),
    ):
        run("CONFIG", "SET", name, value)
    run("FLUSHALL")
    run("SCRIPT", "FLUSH")
    run("CONFIG", "RESETSTAT")
    # Killed connections are counted until the server has noticed.
    wait_until(lambda: len(client.client_list(_type="normal")) == 1, "the server to be alone")


@pytest.fixture(scope="session")
def shared_servers() -> Iterator[SharedServers]:
    """The servers that tests take turns on."""
    servers = SharedServers()
    yield servers
    servers.terminate()


@pytest.fixture(params=KINDS)
def server(request: pytest.FixtureRequest, shared_servers: SharedServers) -> Server:
    """An empty server; the test runs once for each kind."""
    try:
        return shared_servers.empty(request.param)
    except Unavailable as reason:
        _unavailable(reason)
        raise


@pytest.fixture
def redis70(shared_servers: SharedServers) -> Server:
    """An empty Redis 7.0, where the kind of server makes no difference."""
    try:
        return shared_servers.empty(DEFAULT_KIND)
    except Unavailable as reason:
        _unavailable(reason)
        raise


@pytest.fixture
def fresh_server() -> Iterator[FreshServer]:
    """Starts servers that belong to this test alone: of any kind, with any options, to be hurt at will."""
    started: list[Server] = []

    def start(kind: str = DEFAULT_KIND, **options: Any) -> Server:  # noqa: ANN401 - those of Server
        try:
            server = Server(kind, **options)
        except Unavailable as reason:
            _unavailable(reason)
            raise
        started.append(server)
        return server.start()

    yield start
    for server in reversed(started):
        server.terminate()
