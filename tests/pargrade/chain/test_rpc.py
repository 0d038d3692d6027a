import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from pargrade.bindings.test_token import TestToken, Transfer
from pargrade.chain.block import BlockStamp, Tag
from pargrade.chain.errors import (
    NoContract,
    Panicked,
    Reverted,
    RevertedWithReason,
    RpcDown,
    RpcRefused,
    UnknownBlock,
    WrongChain,
)
from pargrade.chain.hashing import ZERO_ADDRESS, address_of
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.devnet.anvil import DevChain, Devnet

NOBODY = address_of(bytes(19) + b"\x99")


@contextmanager
def http_server(response: bytes, status: int = 200) -> Iterator[str]:
    """A real server that gives every request the same answer, closing each connection.

    `ID` in it becomes the id of the request.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            output = response.replace(b"ID", str(asked["id"]).encode())
            self.send_response(status)
            self.send_header("Content-Length", str(len(output)))
            self.end_headers()
            self.wfile.write(output)

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/secret-key"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_connect__nothing_listens__rpc_down_with_a_hint() -> None:
    with pytest.raises(RpcDown) as refused:
        Chain.connect("http://127.0.0.1:1", timeout=1)
    assert "pargrade devnet" in refused.value.hint
    assert refused.value.endpoint == "http://127.0.0.1:1"


@pytest.mark.parametrize("url", ["", "127.0.0.1:8545", "ftp://127.0.0.1", "http://"])
def test_connect__not_an_http_address__rpc_down(url: str) -> None:
    with pytest.raises(RpcDown):
        Chain.connect(url)


@pytest.mark.parametrize("response", [b"", b"<html>", b"[]", b"{}", b'{"jsonrpc":"2.0","id":1}'])
def test_connect__server_that_is_no_chain__rpc_down(response: bytes) -> None:
    with http_server(response) as url, pytest.raises(RpcDown):
        Chain.connect(url)


def test_connect__address_with_a_key_in_it__error_does_not_show_the_key() -> None:
    answering = http_server(b"down for maintenance", status=503)
    with answering as url, pytest.raises(RpcDown) as refused:
        Chain.connect(url)
    assert "secret-key" not in str(refused.value)


def test_request__server_closes_every_connection__each_request_still_answered() -> None:
    with http_server(b'{"jsonrpc":"2.0","id":ID,"result":"0x7"}') as url:
        chain = Chain.connect(url, expected=7)
        assert [chain.request("eth_blockNumber") for _ in range(5)] == ["0x7"] * 5


def test_connect__another_chain_expected__wrong_chain(devnet: Devnet) -> None:
    with pytest.raises(WrongChain) as refused:
        Chain.connect(devnet.url, expected=1)
    assert (refused.value.expected, refused.value.actual) == (1, 31337)


def test_request__unknown_method__rpc_refused(chain: DevChain) -> None:
    with pytest.raises(RpcRefused) as refused:
        chain.request("eth_nonsense")
    assert refused.value.method == "eth_nonsense"


def test_block__each_way_of_naming_the_head__same_stamp(chain: DevChain) -> None:
    head = chain.mine(3)
    assert chain.head() == chain.block(head) == chain.block(head.number) == chain.block(Tag.LATEST)
    assert chain.block(head.number - 1).hash == head.parent_hash


def test_block__not_mined_yet__unknown_block(chain: DevChain) -> None:
    with pytest.raises(UnknownBlock):
        chain.block(chain.head().number + 1)


def test_call__pinned_to_a_stamp__reads_that_state_later(
    chain: DevChain, specimen: Any, wallet: Wallet
) -> None:
    before = chain.head()
    wallet.send(specimen.count(5))
    assert specimen.total(block=before) == 0
    assert specimen.total(block=before.number) == 0
    assert specimen.total(block=chain.head()) == 5


def test_call__stamp_of_a_block_that_was_reorganised_away__unknown_block(
    chain: DevChain, specimen: Any, wallet: Wallet
) -> None:
    wallet.send(specimen.count(5))
    gone = chain.head()
    chain.request("anvil_reorg", 1, [])
    assert chain.block(gone.number).hash != gone.hash
    with pytest.raises(UnknownBlock):
        specimen.total(block=gone)


def test_call__block_out_of_range__unknown_block(chain: DevChain, specimen: Any) -> None:
    with pytest.raises(UnknownBlock):
        specimen.total(block=10**6)
    never = BlockStamp(1, bytes(32), bytes(32), 0)
    with pytest.raises(UnknownBlock):
        specimen.total(block=never)


def test_call__address_without_code__no_contract_and_says_which(
    chain: DevChain, binding: Any
) -> None:
    with pytest.raises(NoContract) as refused:
        binding.Specimen(chain, NOBODY).total(block=chain.head())
    assert refused.value.address == NOBODY
    assert "Specimen.total" in str(refused.value)


def test_call__custom_error__raised_typed_with_its_evidence(
    specimen: Any, binding: Any, wallet: Wallet
) -> None:
    with pytest.raises(binding.Unlucky) as refused:
        wallet.simulate(specimen.count(13))
    error = refused.value
    assert (error.number, error.why) == (13, "thirteen")
    assert str(error) == (
        "Specimen.count: Unlucky(number=13, why=thirteen) — The number is unlucky."
    )
    assert error.data[:4] == binding.Unlucky.SELECTOR


def test_call__custom_error_with_enum_and_struct__decoded(
    specimen: Any, binding: Any, wallet: Wallet
) -> None:
    with pytest.raises(binding.WrongMood) as refused:
        wallet.simulate(specimen.count(15))
    assert refused.value.mood is binding.Mood.BUSY
    assert refused.value.leg == binding.Leg(wallet.address, 3, "hi")


def test_call__custom_error_without_arguments__raised(
    specimen: Any, binding: Any, wallet: Wallet
) -> None:
    with pytest.raises(binding.Empty, match=r"Specimen\.count: Empty\(\)"):
        wallet.simulate(specimen.count(16))


def test_call__reason_text__reverted_with_reason(specimen: Any, wallet: Wallet) -> None:
    with pytest.raises(RevertedWithReason) as refused:
        wallet.simulate(specimen.count(14))
    assert refused.value.reason == "fourteen"


def test_call__division_by_zero__panicked(specimen: Any, wallet: Wallet) -> None:
    with pytest.raises(Panicked) as refused:
        wallet.simulate(specimen.count(17))
    assert refused.value.code == 0x12


def test_call__error_of_no_known_contract__reverted_with_its_bytes(
    specimen: Any, wallet: Wallet
) -> None:
    with pytest.raises(Reverted, match="0xdeadbeef") as refused:
        wallet.simulate(specimen.count(18))
    assert refused.value.data == bytes.fromhex("deadbeef")


def test_contract_error__leaving_a_context_manager__keeps_its_type(binding: Any) -> None:
    @contextmanager
    def held() -> Iterator[None]:
        yield

    with pytest.raises(binding.Unlucky), held():
        raise binding.Unlucky(1, "held")


def test_logs__by_address_and_topic__decoded_in_chain_order(
    chain: DevChain, wallet: Wallet
) -> None:
    token = TestToken(chain, wallet.send(TestToken.deploy("Token", "TOK", 6)).contract)
    other = TestToken(chain, wallet.send(TestToken.deploy("Other", "OTH", 6)).contract)
    first = chain.head().number + 1
    for amount in (1, 2, 3):
        wallet.send(token.mint(wallet.address, amount))
        wallet.send(other.mint(wallet.address, 100))
    wallet.send(token.approve(NOBODY, 1))
    found = token.history(Transfer, first=first, last=chain.head().number)
    assert [event for _, event in found] == [
        Transfer(from_=ZERO_ADDRESS, to=wallet.address, value=amount) for amount in (1, 2, 3)
    ]
    assert [log.block_number for log, _ in found] == [first, first + 2, first + 4]
    every = chain.logs([token.address, other.address], first=first, last=chain.head().number)
    assert len(every) == 7
    assert token.decode(every[0]) == found[0][1]


def test_state__of_accounts__as_the_chain_has_it(
    chain: DevChain, wallet: Wallet, specimen: Any
) -> None:
    chain.fund(NOBODY, 77)
    head = chain.head()
    assert chain.balance(NOBODY, block=head) == 77
    assert chain.nonce(wallet.address, block=head) == 1
    assert chain.code(NOBODY, block=head) == b""
    assert chain.code(specimen.address, block=head)[:1] == b"\x60" or chain.code(
        specimen.address, block=head
    )
