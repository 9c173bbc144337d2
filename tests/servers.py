"""Real servers for the tests: started in a moment, hurt on purpose, and never left behind."""

import atexit
import contextlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests import binaries, certificates
from tests.binaries import KINDS, TLS_KIND, Binary, Unavailable
from tests.patience import PATIENCE_S
from tests.server_config import HOST, Address, Setup, Tls

__all__ = [
    "DEFAULT_KIND",
    "HOST",
    "KINDS",
    "TLS_KIND",
    "Binary",
    "Server",
    "ServerFailed",
    "Tls",
    "Unavailable",
    "wait_until",
]

DEFAULT_KIND: Final = "redis-7.0"
"""What Maestro itself runs on, as near as the tests can have it."""

_STOP_WITHIN_S: Final = 5.0
_POLL_EVERY_S: Final = 0.01
# Below the ports that the kernel gives to outgoing connections, and low enough for a cluster bus at +10000.
_PORTS: Final = range(20_000, 32_000)
_PORT_ATTEMPTS: Final = 20


class ServerFailed(Exception):
    """A server did not do as told; the message ends with what it said last."""


def wait_until(true: Callable[[], bool], what: str, *, within_s: float = PATIENCE_S) -> None:
    """Ask again until it is true, so that no test guesses how long something takes."""
    deadline = time.monotonic() + within_s
    while not true():
        if time.monotonic() > deadline:
            raise ServerFailed(f"waited {within_s} s for {what}")
        time.sleep(_POLL_EVERY_S)


class Server:
    """One server process on a port of loopback and a unix socket, with a directory of its own."""

    def __init__(
        self,
        kind: str = DEFAULT_KIND,
        *,
        config: Sequence[str] = (),
        password: str | None = None,
        users: Sequence[str] = (),
        tls: Tls | None = None,
        max_memory: str | None = None,
        replica_of: "Server | None" = None,
        arguments: Sequence[str] = (),
    ) -> None:
        """Prepare, start nothing; what each option does is told in `server_config.Setup`."""
        self.kind = kind
        self.binary = binaries.find(kind)
        if tls and not self.binary.tls:
            raise Unavailable(f"{kind} is built without TLS")
        self.password = password
        self.tls = tls
        self.directory = Path(tempfile.mkdtemp(prefix="maestro-server-"))
        self.certificates = certificates.write(self.directory) if tls else None
        self.port = 0
        self._setup = Setup(
            config=tuple(config),
            password=password,
            users=tuple(users),
            tls=tls,
            max_memory=max_memory,
            primary=replica_of.address if replica_of else None,
            primary_password=replica_of.password if replica_of else None,
            arguments=tuple(arguments),
        )
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False
        self._clients: weakref.WeakSet[redis.Redis] = weakref.WeakSet()
        _alive.add(self)

    # -- what others need to reach it

    @property
    def address(self) -> Address:
        """Where it listens, once it has been started."""
        return Address(self.directory, self.port)

    @property
    def socket_path(self) -> Path:
        """The unix socket; it speaks plain text even where the port speaks TLS."""
        return self.address.socket

    @property
    def config_path(self) -> Path:
        """The file it was started from; a sentinel rewrites it."""
        return self.directory / "server.conf"

    @property
    def pid(self) -> int:
        """The process, while there is one."""
        if self._process is None:
            raise ServerFailed(f"{self.kind} is not running")
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process is there, stopped or not."""
        return self._process is not None and self._process.poll() is None

    def url(self, *, db: int | None = None, user: str = "", password: str | None = None, unix: bool = False) -> str:
        """The address as an operator would write it; the server's own password unless another is given."""
        secret = (self.password if password is None else password) or ""
        credentials = f"{quote(user, safe='')}:{quote(secret, safe='')}@" if secret or user else ""
        if unix:
            return f"unix://{credentials}{self.socket_path}" + ("" if db is None else f"?db={db}")
        host, scheme = ("localhost", "rediss") if self.tls else (HOST, "redis")
        return f"{scheme}://{credentials}{host}:{self.port}" + ("" if db is None else f"/{db}")

    def client(self, **options: Any) -> redis.Redis:  # noqa: ANN401 - passed on to redis-py as they are
        """A synchronous client that retries nothing and answers in bytes; closed with the server."""
        given: dict[str, Any] = {
            "host": HOST,
            "port": self.port,
            "password": self.password,
            "protocol": 2,
            "retry": Retry(NoBackoff(), 0),
            "socket_timeout": 10,
        }
        if self.certificates:
            files = self.certificates
            given |= {"host": "localhost", "ssl": True, "ssl_ca_certs": str(files.authority)}
            given |= {"ssl_certfile": str(files.client), "ssl_keyfile": str(files.client_key)}
        client = redis.Redis(**(given | options))
        self._clients.add(client)
        return client

    def run(self, *command: str | bytes | int) -> Any:  # noqa: ANN401 - what comes back depends on the command
        """Send one command, see the reply as it came: short where a client's types are in the way."""
        with self.client() as client:
            return client.execute_command(*command)

    def log(self) -> str:
        """All that the server has said."""
        path = self.directory / "server.log"
        return path.read_text(errors="replace") if path.exists() else ""

    # -- its life

    def start(self) -> Self:
        """Start it and wait until it answers; the first start picks the port, later ones keep it."""
        fixed = self.port != 0
        for _ in range(1 if fixed else _PORT_ATTEMPTS):
            self.port = self.port if fixed else _free_port()
            self._launch()
            if self._ready():
                return self
        raise ServerFailed(f"{self.kind} does not start:\n{self._last_words()}")

    def kill(self) -> None:
        """SIGKILL: the server has no time to say or to write anything."""
        self._end(signal.SIGKILL)

    def stop_process(self) -> None:
        """SIGSTOP: it hangs, its connections stay open and nothing is answered."""
        self._signal(signal.SIGSTOP)
        self._stopped = True

    def resume(self) -> None:
        """SIGCONT: it goes on as if nothing had happened."""
        self._signal(signal.SIGCONT)
        self._stopped = False

    def shut_down(self) -> None:
        """SIGTERM: it ends in good order and keeps its directory, so that it may be started again."""
        if self._stopped and self.running:
            self.resume()
        self._end(signal.SIGTERM)

    def restart(self) -> Self:
        """End it in good order and start it again on the same port, with the data its configuration keeps."""
        self.shut_down()
        return self.start()

    def terminate(self) -> None:
        """Clean up: clients, process and directory. Safe to call twice."""
        for client in list(self._clients):
            client.close()
        if self.running:
            self._end(signal.SIGKILL)
        shutil.rmtree(self.directory, ignore_errors=True)
        _alive.discard(self)

    def __enter__(self) -> Self:
        """Start on the way in."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Clean up on the way out, whatever happened."""
        self.terminate()

    # -- how

    def _launch(self) -> None:
        # A sentinel has written down what it learnt: starting it again must not take that away.
        if not (self._setup.sentinel and self.config_path.exists()):
            lines = self._setup.lines(self.address, self.certificates)
            self.config_path.write_text("\n".join(lines) + "\n")
        command = [*_die_with_parent(), str(self.binary.path), str(self.config_path)]
        with (self.directory / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *self._setup.arguments],
                cwd=self.directory,
                env=self.binary.environ(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._stopped = False

    def _ready(self) -> bool:
        """Whether it answers; False when it ended because somebody else took the port."""
        try:
            wait_until(lambda: not self.running or self._answers(), f"{self.kind} to answer")
        except ServerFailed as late:
            self._end(signal.SIGKILL)
            raise ServerFailed(f"{late}:\n{self._last_words()}") from late
        if self.running:
            return True
        if "Address already in use" in self._last_words():
            return False
        raise ServerFailed(f"{self.kind} ended at once:\n{self._last_words()}")

    def _answers(self) -> bool:
        with self.client(socket_timeout=1) as client:
            try:
                client.ping()
                if self._setup.primary is None:
                    return True
                return bool(client.info("replication")["master_link_status"] == "up")
            except (redis.AuthenticationError, redis.ResponseError):
                # It answers, if only "no"; "loading" is a connection error to redis-py.
                return True
            except (redis.BusyLoadingError, redis.ConnectionError, redis.TimeoutError):
                return False

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None:
            raise ServerFailed(f"{self.kind} is not running")
        self._process.send_signal(number)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(_STOP_WITHIN_S)
        self._process = None
        self._stopped = False

    def _last_words(self) -> str:
        return "\n".join(self.log().splitlines()[-20:])


_alive: weakref.WeakSet[Server] = weakref.WeakSet()


@atexit.register
def _terminate_all() -> None:
    """The net under the fixtures: an interrupted run leaves no server behind."""
    for server in list(_alive):
        with contextlib.suppress(OSError, subprocess.SubprocessError, redis.RedisError):
            server.terminate()


def _die_with_parent() -> list[str]:
    """A prefix that has the kernel kill the server when this process ends without cleaning up.

    `setpriv` rather than a function between fork and exec, which Python warns about once there are threads.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []


def _free_port() -> int:
    """A port nobody listens on now, nor on the cluster bus port that goes with it."""
    for port in random.sample(_PORTS, _PORT_ATTEMPTS):
        with contextlib.suppress(OSError), socket.socket() as plain, socket.socket() as bus:
            plain.bind((HOST, port))
            bus.bind((HOST, port + 10_000))
            return port
    raise ServerFailed("no free port on loopback")
