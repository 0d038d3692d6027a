"""A chain reached through its own socket answers as it does over HTTP, and fails as clearly."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import pytest

from pargrade.chain.endpoint.transport import Transport
from pargrade.chain.errors import RpcDown, RpcRefused, WrongChain
from pargrade.chain.rpc import Chain
from pargrade.devnet.anvil import DevChain, Devnet

GENESIS = 1_772_323_200
ANSWER = b'{"jsonrpc":"2.0","id":ID,"result":"0x7a69"}'


@pytest.fixture(scope="module")
def devnet() -> Iterator[Devnet]:
    # Short, as the path of a socket has to be.
    with (
        TemporaryDirectory(prefix="pargrade-") as folder,
        Devnet(genesis=GENESIS, ipc=Path(folder) / "chain.ipc") as devnet,
    ):
        yield devnet


@contextmanager
def server(*pieces: bytes) -> Iterator[str]:
    """A socket that gives every request these pieces, one by one, and then closes.

    `ID` in them becomes the id of the request.
    """
    with TemporaryDirectory(prefix="pargrade-") as folder:
        listening = socket.socket(socket.AF_UNIX)
        path = f"{folder}/chain.ipc"
        listening.bind(path)
        listening.listen()

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    asked = connection.recv(4096)
                    if not asked:
                        return
                    number = str(json.loads(asked)["id"]).encode()
                    for piece in pieces:
                        connection.sendall(piece.replace(b"ID", number))

        thread = Thread(target=serve)
        thread.start()
        try:
            yield f"ipc://{path}"
        finally:
            # Closing alone would leave `accept` waiting.
            with socket.socket(socket.AF_UNIX) as last:
                last.connect(path)
            thread.join()
            listening.close()


def test_chain__through_the_socket_and_over_http__the_same_blocks_and_refusals(
    devnet: Devnet,
) -> None:
    assert devnet.nearest.startswith("ipc://")
    near, far = devnet.chain, Chain.connect(devnet.url)
    head = near.advance(GENESIS + 3_600)
    assert far.head() == head
    for chain in (near, far):
        with pytest.raises(RpcRefused):
            chain.request("eth_nonsense")


def test_chain__an_answer_of_megabytes__comes_whole(devnet: Devnet) -> None:
    code = "0x" + "5b7d5d" * 1_000_000
    near = devnet.chain
    holder = "0x" + "11" * 20
    near.request("anvil_setCode", holder, code)
    assert near.request("eth_getCode", holder, "latest") == code


def test_chain__another_one_expected__wrong_chain(devnet: Devnet) -> None:
    with pytest.raises(WrongChain):
        Chain.connect(devnet.nearest, expected=1)


def test_connect__no_socket_there__rpc_down_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(RpcDown) as refused:
        Chain.connect(f"ipc://{tmp_path}/none.ipc")
    assert refused.value.endpoint == f"ipc://{tmp_path}/none.ipc"


def test_request__an_answer_in_pieces_that_look_like_ends__is_put_together() -> None:
    pieces = (b'{"id":1,"result":{"a":{}', b"}", b',"more":[1]', b"}")
    with server(*pieces) as url:
        _, response = Transport(url, timeout=1).exchange(b'{"id":1,"method":"any"}')
    assert json.loads(response) == {"id": 1, "result": {"a": {}}, "more": [1]}


def test_request__the_node_closes_every_connection__each_request_still_answered() -> None:
    with server(ANSWER) as url:
        chain = Chain.connect(url, expected=0x7A69)
        assert [chain.request("eth_chainId") for _ in range(5)] == ["0x7a69"] * 5


@pytest.mark.parametrize("beginning", [b"", ANSWER[:-1], b"[" + ANSWER])
def test_request__closed_before_the_answer_was_whole__rpc_down(beginning: bytes) -> None:
    with server(beginning) as url, pytest.raises(RpcDown, match="before it had answered"):
        Chain.connect(url)


def test_request__the_node_is_gone__rpc_down() -> None:
    with TemporaryDirectory(prefix="pargrade-") as folder:
        with Devnet(genesis=GENESIS, ipc=Path(folder) / "chain.ipc") as devnet:
            chain = DevChain.connect(devnet.nearest)
        with pytest.raises(RpcDown):
            chain.head()
