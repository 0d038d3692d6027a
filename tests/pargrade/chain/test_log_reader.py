"""All logs come, once and in order, whatever an endpoint's limit and however it words it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pargrade.bindings.test_token import TestToken, Transfer
from pargrade.chain.endpoint.errors import LongAnswer, RateLimited
from pargrade.chain.endpoint.health import PoolPolicy
from pargrade.chain.endpoint.pool import EndpointPool
from pargrade.chain.errors import RpcRefused, UnknownBlock
from pargrade.chain.log_reader import LogReader, find_span
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.devnet.anvil import DevChain, Devnet
from tests.support.proxy import FaultProxy, error, fault_proxy, limited_logs

pytestmark = pytest.mark.full

Wording = Callable[[int, int, int], tuple[int, str]]
"""Code and message when blocks first to last are too many for a limit."""

WORDINGS: dict[str, Wording] = {
    "Infura": lambda low, high, most: (
        -32005,
        f"query returned more than 10000 results. Try with this block range "
        f"[{low:#x}, {low + most - 1:#x}].",
    ),
    "Alchemy": lambda low, high, most: (
        -32602,
        "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range "
        "and no limit on the response size, or you can request any block range with a cap of 10K "
        "logs in the response. Based on your parameters and the response size limit, this block "
        f"range should work: [{low:#x}, {low + most - 1:#x}]",
    ),
    "Alchemy, free": lambda low, high, most: (
        -32600,
        f"Under the Free tier plan, you can make eth_getLogs requests with up to a {most} block "
        "range.",
    ),
    "QuickNode": lambda low, high, most: (-32614, f"eth_getLogs is limited to a {most:,} range"),
    "geth, bsc": lambda low, high, most: (-32000, f"exceed maximum block range: {most}"),
    "reth": lambda low, high, most: (-32602, f"query exceeds max block range {most}"),
    "reth, results": lambda low, high, most: (
        -32602,
        f"query exceeds max results 20000, retry with the range {low}-{low + most - 1}",
    ),
    "besu": lambda low, high, most: (-32005, "Requested range exceeds maximum range limit"),
    "erigon": lambda low, high, most: (-32000, "query block range exceeds server limit"),
    "Ankr": lambda low, high, most: (-32600, "block range is too wide"),
    "Frontier": lambda low, high, most: (-32603, f"block range is too wide (maximum {most})"),
    "Cloudflare": lambda low, high, most: (
        -32047,
        f"Invalid eth_getLogs request. 'fromBlock'-'toBlock' range too large. Max range: {most}",
    ),
    "dRPC": lambda low, high, most: (
        35, f"ranges over {most} blocks are not supported on freetier"
    ),
    "Avalanche": lambda low, high, most: (
        -32000, f"requested too many blocks from {low} to {high}, maximum is set to {most}"
    ),
    "Chainstack": lambda low, high, most: (-32602, "Block range limit exceeded."),
    "a query that takes too long": lambda low, high, most: (
        -32000, "Query timeout exceeded. Consider reducing your block range."
    ),
    "words nobody has met": lambda low, high, most: (-32099, "no"),
}  # fmt: skip

TRANSFERS = 7
EMPTY_BETWEEN = 5


@pytest.fixture
def proxy(devnet: Devnet) -> Iterator[FaultProxy]:
    with fault_proxy(devnet.url) as proxy:
        yield proxy


@pytest.fixture
def token(chain: DevChain, wallet: Wallet) -> TestToken:
    """A token with a transfer in every few blocks."""
    made = TestToken(chain, wallet.send(TestToken.deploy("Token", "TOK", 6)).contract)
    for amount in range(1, TRANSFERS + 1):
        wallet.send(made.mint(wallet.address, amount))
        chain.mine(EMPTY_BETWEEN)
    return made


def amounts(chain: Chain, token: TestToken) -> list[int]:
    far = TestToken(chain, token.address)
    return [event.value for _, event in far.history(Transfer, first=0, last=chain.head().number)]


@pytest.mark.parametrize("provider", WORDINGS)
@pytest.mark.parametrize("most", [1, 10])
def test_logs__range_too_long_for_the_endpoint__all_logs_once_and_in_order(
    chain: DevChain, token: TestToken, proxy: FaultProxy, provider: str, most: int
) -> None:
    blocks = chain.head().number + 1
    proxy.break_with(limited_logs(most, WORDINGS[provider]), "eth_getLogs")
    far = Chain.connect(proxy.url)
    assert amounts(far, token) == list(range(1, TRANSFERS + 1))
    refused_at_most = blocks.bit_length() + blocks // most
    assert proxy.asked["eth_getLogs"] <= 2 * -(-blocks // most) + refused_at_most


def test_logs__no_limit__one_request(chain: DevChain, token: TestToken, proxy: FaultProxy) -> None:
    assert len(amounts(Chain.connect(proxy.url), token)) == TRANSFERS
    assert proxy.asked["eth_getLogs"] == 1
    assert proxy.asked["eth_getBlockByNumber"] == 1


def test_logs__endpoint_names_its_limit__one_refusal_and_none_later(
    chain: DevChain, token: TestToken, proxy: FaultProxy
) -> None:
    proxy.break_with(limited_logs(10, WORDINGS["QuickNode"]), "eth_getLogs")
    far = Chain.connect(proxy.url)
    first, last = 1, 10
    far.logs([token.address], first=0, last=chain.head().number)
    before = proxy.asked["eth_getLogs"]
    far.logs([token.address], first=first, last=last)
    assert proxy.asked["eth_getLogs"] == before + 1


def test_logs__refused_for_a_single_block__the_refusal(proxy: FaultProxy, chain: DevChain) -> None:
    chain.mine(100)
    far = Chain.connect(proxy.url)
    proxy.break_with(error(-32000, "logs are not kept here"), "eth_getLogs")
    with pytest.raises(RpcRefused, match="not kept"):
        far.logs([], first=0, last=100)
    assert proxy.asked["eth_getLogs"] <= 10


def test_logs__rate_limit__is_no_reason_to_ask_more_often(
    proxy: FaultProxy, chain: DevChain
) -> None:
    far = Chain.connect(proxy.url)
    proxy.break_with("rate limited", "eth_getLogs")
    with pytest.raises(RateLimited):
        far.logs([], first=0, last=100)
    assert proxy.asked["eth_getLogs"] == 1


def test_logs__method_that_is_not_served__is_no_reason_to_ask_more_often(
    proxy: FaultProxy, chain: DevChain
) -> None:
    far = Chain.connect(proxy.url)
    proxy.break_with(error(-32601, "the method does not exist"), "eth_getLogs")
    with pytest.raises(RpcRefused):
        far.logs([], first=0, last=100)
    assert proxy.asked["eth_getLogs"] == 1


def test_logs__answer_longer_than_is_read__in_pages(
    chain: DevChain, token: TestToken, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = Chain.connect(proxy.url)
    monkeypatch.setattr("pargrade.chain.endpoint.transport.MOST_BYTES", 2_500)
    assert amounts(far, token) == list(range(1, TRANSFERS + 1))
    with pytest.raises(LongAnswer):
        far.request("eth_getLogs", {"address": token.address, "fromBlock": "0x0"})


def test_logs__chain_is_reorganised_between_two_pages__unknown_block(
    chain: DevChain, token: TestToken, proxy: FaultProxy
) -> None:
    far = Chain.connect(proxy.url)
    last = chain.head().number
    pages = limited_logs(10, WORDINGS["QuickNode"])

    def reorganise(proxy: FaultProxy, asked: Any, handler: Any) -> None:
        if proxy.asked["eth_getLogs"] == 3:
            chain.request("anvil_reorg", EMPTY_BETWEEN + 1, [])
        pages(proxy, asked, handler)

    proxy.break_with(reorganise, "eth_getLogs")
    with pytest.raises(UnknownBlock):
        far.logs([token.address], first=0, last=last)
    assert amounts(far, token) == list(range(1, TRANSFERS))


def test_logs__several_endpoints_with_limits__pages_and_none_is_left(
    chain: DevChain, token: TestToken, devnet: Devnet, proxy: FaultProxy
) -> None:
    with fault_proxy(devnet.url) as other:
        for each in (proxy, other):
            each.break_with(limited_logs(10, WORDINGS["Frontier"]), "eth_getLogs")
        pool = EndpointPool((proxy.url, other.url), 31337, 5, PoolPolicy(probe_s=3_600))
        assert amounts(Chain(pool, 31337), token) == list(range(1, TRANSFERS + 1))
        assert other.asked["eth_getLogs"] == 0


@given(
    first=st.integers(0, 1_000),
    length=st.integers(1, 5_000),
    most=st.integers(1, 6_000),
    provider=st.sampled_from(sorted(WORDINGS)),
)
def test_read__any_range_and_limit__every_block_once_in_order(
    first: int, length: int, most: int, provider: str
) -> None:
    read: list[int] = []
    refused = 0

    def read_page(low: int, high: int) -> list[Any]:
        nonlocal refused
        if high - low + 1 > most:
            refused += 1
            code, message = WORDINGS[provider](low, high, most)
            raise RpcRefused("eth_getLogs", code, message, {"code": code, "message": message})
        read.extend(range(low, high + 1))
        return []

    LogReader().read(first, first + length - 1, read_page)
    assert read == list(range(first, first + length))
    assert refused <= length.bit_length() + -(-length // most)


@given(message=st.text(), first=st.integers(0, 2**40), length=st.integers(1, 2**30))
def test_find_span__any_text__fewer_blocks_and_at_least_one(
    message: str, first: int, length: int
) -> None:
    refused = RpcRefused("eth_getLogs", -32005, message, {"message": message})
    span = find_span(refused, first, first + length - 1)
    assert 1 <= span <= max(length - 1, 1)
