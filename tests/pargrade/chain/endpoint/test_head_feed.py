"""Blocks are announced as they come; an endpoint that misbehaves costs nothing but its own feed."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve

from pargrade.chain.endpoint.head_channel import FeedBroken
from pargrade.chain.endpoint.head_feed import HeadFeed, try_feed
from pargrade.chain.errors import RpcDown
from pargrade.devnet.anvil import Devnet

GENESIS = 1_772_323_200
HASH = "0x" + "11" * 32
SUBSCRIBED = {"jsonrpc": "2.0", "id": 1, "result": "0xabc"}
EMPTY = {"method": "eth_subscription", "params": {"subscription": "0xabc"}}
ENDLESS = 400
"""Announcements in one go, twice as many as are taken in a second."""


def announcement(height, subscription="0xabc", **changes):
    block = {"number": hex(height), "hash": HASH, "parentHash": HASH, "timestamp": hex(GENESIS)}
    params = {"subscription": subscription, "result": block | changes}
    return {"jsonrpc": "2.0", "method": "eth_subscription", "params": params}


@pytest.fixture(scope="module")
def devnet() -> Iterator[Devnet]:
    with (
        TemporaryDirectory(prefix="pargrade-") as folder,
        Devnet(genesis=GENESIS, ipc=Path(folder) / "chain.ipc") as devnet,
    ):
        yield devnet


@contextmanager
def endpoint(*documents, keep=True) -> Iterator[tuple[str, list[int]]]:
    """A WebSocket that sends these to everyone who subscribes, and then waits or ends."""
    visits: list[int] = []
    over = Event()

    def respond(connection):
        visits.append(connection.id)
        connection.recv()
        with suppress(ConnectionClosed):
            for document in documents:
                connection.send(document if isinstance(document, str) else json.dumps(document))
        if keep:
            over.wait(10)

    with serve(respond, "127.0.0.1", 0) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}", visits
        finally:
            over.set()
            server.shutdown()
            thread.join()


def wait_for(done, seconds=8):
    deadline = time.monotonic() + seconds
    while not done() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert done()


@pytest.mark.parametrize("kind", ["ipc", "ws"])
def test_feed__every_block_of_a_chain__is_announced_in_order(devnet, kind):
    url = devnet.nearest if kind == "ipc" else devnet.url.replace("http", "ws")
    heads = []
    with HeadFeed(url, heads.append) as feed:
        before = devnet.chain.head()
        # The first ones may be mined before the subscription stands.
        wait_for(lambda: devnet.chain.mine() and heads)
        mined = [devnet.chain.mine() for _ in range(3)]
        assert feed.wait_above(mined[-1].number - 1, 5) == mined[-1].number
        wait_for(lambda: heads[-3:] == mined)
        assert all(feed.knows(head.hash) for head in mined)
        assert not feed.knows(before.hash)


def test_wait_above__nothing_new__comes_back_after_the_time():
    with endpoint(SUBSCRIBED) as (url, _), HeadFeed(url) as feed:
        assert feed.wait_above(-1, 0.05) == -1


def test_feed__ended_while_it_waits__lets_go_at_once():
    with endpoint(SUBSCRIBED, announcement(7)) as (url, _):
        with HeadFeed(url) as feed:
            feed.wait_above(6, 5)
            waiting = Thread(target=feed.wait_above, args=(7, 60))
            waiting.start()
        waiting.join(5)
        assert not waiting.is_alive()


@pytest.mark.parametrize(
    ("documents", "reason"),
    [
        ([{"id": 1, "error": {"code": -32601, "message": "no"}}], "takes no subscription"),
        ([{"id": 2, "result": "0xabc"}], "takes no subscription"),
        ([{"id": 1, "result": 7}], "takes no subscription"),
        (["[1]"], "no JSON-RPC"),
        (["no JSON"], "Expecting value"),
        (["[" * 100_000], "nested too deep"),
        ([SUBSCRIBED, announcement(1, number=1)], "a quantity"),
        ([SUBSCRIBED, announcement(1, hash="0x12")], "a hash"),
        (
            [SUBSCRIBED, {"method": "eth_subscription", "params": {"subscription": "0xabc"}}],
            "an ob",
        ),
        ([SUBSCRIBED, "x" * (1 << 21)], "1048576"),
        ([SUBSCRIBED, *map(announcement, range(ENDLESS))], "more than 200 announcements"),
    ],
)
def test_feed__an_endpoint_that_misbehaves__is_left_and_said_once(documents, reason, caplog):
    caplog.set_level("WARNING", "pargrade")
    with endpoint(*documents) as (url, visits), HeadFeed(url):
        wait_for(lambda: len(visits) > 1)
    ours = [record for record in caplog.records if record.name.startswith("pargrade")]
    assert [reason in record.message for record in ours] == [True]


def test_feed__others_subscriptions_and_other_documents__are_no_announcements():
    strange = announcement(9, subscription="0xdef"), {"id": 1, "result": "0xfff"}, {"method": "x"}
    heads = []
    sent = (SUBSCRIBED, *strange, announcement(3))
    with endpoint(*sent) as (url, _), HeadFeed(url, heads.append) as feed:
        assert feed.wait_above(2, 5) == 3
    assert [head.number for head in heads] == [3]


def test_feed__a_connection_that_ends__is_opened_again():
    with endpoint(SUBSCRIBED, announcement(5), keep=False) as (url, visits), HeadFeed(url) as feed:
        assert feed.wait_above(4, 5) == 5
        wait_for(lambda: len(visits) > 1)


def test_feed__nobody_there__says_so_without_the_secret(caplog):
    caplog.set_level("WARNING", "pargrade")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with HeadFeed(f"ws://127.0.0.1:{port}/v3/0123456789abcdef"):
        wait_for(lambda: caplog.records)
    assert f"ws://127.0.0.1:{port} announces no blocks" in caplog.text
    assert "0123456789abcdef" not in caplog.text


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "ipc://", "ws://", "127.0.0.1:8545"])
def test_feed__an_address_that_cannot_announce__is_refused(url):
    with pytest.raises(RpcDown, match="not an ipc://, ws:// or wss:// address"):
        HeadFeed(url)


def test_try__an_endpoint_that_takes_the_subscription__is_named():
    with endpoint(SUBSCRIBED) as (url, _):
        assert try_feed(url + "/v3/0123456789abcdef", 5) == url


@pytest.mark.parametrize("documents", [(), ({"id": 1, "result": 7},), ("no JSON",)])
def test_try__silence_or_nonsense__is_refused_in_time(documents):
    with endpoint(*documents) as (url, _), pytest.raises(FeedBroken, match=url):
        try_feed(url, 0.2)
