"""A certificate authority of the tests' own, for servers that speak TLS."""

import functools
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files of one server: its own certificate, a client's, and the authority that signed both."""

    authority: Path
    server: Path
    server_key: Path
    client: Path
    client_key: Path


@functools.cache
def _authority() -> trustme.CA:
    return trustme.CA()


def write(folder: Path) -> Certificates:
    """Issue certificates for `localhost` and `127.0.0.1` and put them into `folder`."""
    files = Certificates(
        folder / "ca.pem",
        folder / "server.pem",
        folder / "server.key",
        folder / "client.pem",
        folder / "client.key",
    )
    _authority().cert_pem.write_to_path(files.authority)
    server = _authority().issue_cert("localhost", "127.0.0.1")
    server.cert_chain_pems[0].write_to_path(files.server)
    server.private_key_pem.write_to_path(files.server_key)
    client = _authority().issue_cert("operator@maestro.test", common_name="operator")
    client.cert_chain_pems[0].write_to_path(files.client)
    client.private_key_pem.write_to_path(files.client_key)
    return files
