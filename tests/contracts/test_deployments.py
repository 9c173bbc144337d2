"""The deployments of the tests work as such, before anything is tested on them."""

import pytest
import redis

from tests.deployments import cluster, watched
from tests.servers import wait_until


@pytest.mark.parametrize("password", [None, "s3cret"])
def test_a_sentinel_promotes_the_replica_of_a_killed_primary(password: str | None) -> None:
    """That is the moment the dashboard must survive."""
    with watched(password=password) as trio:
        assert trio.primary_port() == trio.primary.port
        trio.primary.kill()
        wait_until(lambda: trio.primary_port() == trio.replica.port, "the fail-over")
        wait_until(lambda: bool(trio.replica.client().info("replication")["role"] == "master"), "the promotion")


def test_a_cluster_serves_keys_of_every_node() -> None:
    """Three streams on three nodes are the smallest case in which routing can go wrong."""
    with cluster() as nodes:
        client = redis.RedisCluster(host="127.0.0.1", port=nodes[0].port)
        for number in range(30):
            client.xadd(f"stream:{number}", {"number": number})
        client.close()
        assert all(node.client().dbsize() > 0 for node in nodes)
