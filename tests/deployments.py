"""Several servers that know each other: a watched primary with a replica, and a cluster."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from tests.servers import DEFAULT_KIND, HOST, Server, wait_until

SERVICE: Final = "maestro"
"""The name under which the sentinel knows its primary."""

_SLOTS: Final = 16_384


@dataclass(frozen=True, slots=True)
class Watched:
    """A primary, its replica, and the sentinel that watches them."""

    primary: Server
    replica: Server
    sentinel: Server

    def primary_port(self) -> int:
        """Where the sentinel says the primary is."""
        return int(self.sentinel.run("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)[1])


@contextmanager
def watched(kind: str = DEFAULT_KIND, *, password: str | None = None) -> Iterator[Watched]:
    """Start the three; without the replica found, the sentinel would have nobody to promote."""
    with ExitStack() as stack:
        primary = stack.enter_context(
            Server(kind, password=password, config=[f"masterauth {password}"] if password else [])
        )
        replica = stack.enter_context(Server(kind, password=password, replica_of=primary))
        config = [
            f"sentinel monitor {SERVICE} {HOST} {primary.port} 1",
            f"sentinel down-after-milliseconds {SERVICE} 500",
            f"sentinel failover-timeout {SERVICE} 3000",
        ]
        if password:
            config.append(f"sentinel auth-pass {SERVICE} {password}")
        sentinel = stack.enter_context(Server(kind, config=config, arguments=["--sentinel"]))
        wait_until(
            lambda: len(sentinel.run("SENTINEL", "REPLICAS", SERVICE)) == 1,
            "the sentinel to find the replica",
        )
        yield Watched(primary, replica, sentinel)


@contextmanager
def cluster(kind: str = DEFAULT_KIND, *, size: int = 3, password: str | None = None) -> Iterator[list[Server]]:
    """Start that many masters, share the slots among them evenly, and wait until all agree."""
    config = ["cluster-enabled yes", "cluster-node-timeout 1000", "cluster-require-full-coverage no"]
    with ExitStack() as stack:
        nodes = [stack.enter_context(Server(kind, password=password, config=config)) for _ in range(size)]
        for index, node in enumerate(nodes):
            slots = range(_SLOTS * index // size, _SLOTS * (index + 1) // size)
            node.run("CLUSTER", "ADDSLOTS", *slots)
            # Two nodes that start with the same epoch quarrel for a while before one gives way.
            node.run("CLUSTER", "SET-CONFIG-EPOCH", index + 1)
            node.run("CLUSTER", "MEET", HOST, nodes[0].port)
        wait_until(lambda: all(_agrees(node, size) for node in nodes), "the cluster to form")
        yield nodes


def _agrees(node: Server, size: int) -> bool:
    text = bytes(node.run("CLUSTER", "INFO")).decode()
    return "cluster_state:ok" in text and f"cluster_size:{size}" in text and f"cluster_slots_ok:{_SLOTS}" in text
