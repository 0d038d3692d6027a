"""A node's API under more half requests than it has room for, and under askers all at once."""

import json
import selectors
import socket
import threading
import time
from contextlib import ExitStack
from dataclasses import replace

import pytest

from oracle.node.node import Node
from pargrade.process.http_guard import MOST_CONNECTIONS
from tests.support.nodes import nodes, until
from tests.support.proxy import fault_proxy, send

SURPLUS = 100


@pytest.fixture
def alone(tmp_path):
    with nodes(tmp_path, reporters=1, quorum=1) as first:
        yield first


def test_node__more_half_requests_than_it_takes__ends_the_oldest_and_serves_whole_ones(alone):
    alone.start(0)
    config = alone.configs[0]
    with ExitStack() as opened:
        halves = []
        for _ in range(MOST_CONNECTIONS + SURPLUS):
            half = opened.enter_context(socket.create_connection((config.host, config.port), 20))
            half.sendall(b"GET /health HTTP/1.1\r\nX: ")
            halves.append(half)
        assert alone.get(0, "/health")[0] == 200

        looking = opened.enter_context(selectors.DefaultSelector())
        for half in halves:
            looking.register(half, selectors.EVENT_READ)

        def ended():
            return [key.fileobj for key, _ in looking.select(0)]

        until(lambda: len(ended()) >= SURPLUS, "end of the surplus")
        assert halves[0] in ended()
        assert alone.get(0, "/health")[0] == 200


def test_chain_state__many_askers_at_once__share_what_is_read(alone):
    with fault_proxy(alone.devnet.url) as proxy:
        chain = alone.configs[0].chain.model_copy(update={"rpc": (proxy.url,)})
        node = Node.open(replace(alone.configs[0], chain=chain))

        def slow(proxy, asked, handler):
            time.sleep(1)
            send(handler, json.dumps(proxy.forward(asked)).encode())

        proxy.break_with(slow, "eth_getBlockByNumber")
        before = proxy.asked["eth_getBlockByNumber"]
        reading = [threading.Thread(target=node.chain_state_reader.read) for _ in range(16)]
        for thread in reading:
            thread.start()
        for thread in reading:
            thread.join()
        assert proxy.asked["eth_getBlockByNumber"] - before <= 4
        node.close()
