"""Whatever an endpoint leaves out of its logs is noticed, and comes all the same."""

import json
import logging
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pargrade.bindings.test_token import TestToken, Transfer
from pargrade.chain.block import BlockStamp
from pargrade.chain.endpoint.errors import BadAnswer, Malformed
from pargrade.chain.hashing import address_of
from pargrade.chain.header import Header, bloom_of
from pargrade.chain.log import Log
from pargrade.chain.log_query import LogQuery
from pargrade.chain.proven_logs import (
    MOST_HEADERS,
    ProvenLogs,
    UnprovenLogs,
    query_fits,
    read_whole_block,
)
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.devnet.anvil import DevChain, Devnet, devnet_keys
from tests.support.proxy import Asked, FaultProxy, fault_proxy, lost_logs, send

pytestmark = pytest.mark.full

TRANSFERS = 24


@pytest.fixture
def proxy(devnet: Devnet) -> Iterator[FaultProxy]:
    with fault_proxy(devnet.url) as proxy:
        yield proxy


@pytest.fixture
def token(chain: DevChain, wallet: Wallet) -> TestToken:
    """A token with transfers in some blocks, several in one."""
    made = TestToken(chain, wallet.send(TestToken.deploy("Token", "TOK", 6)).contract)
    for block in range(TRANSFERS // 3):
        chain.pause_mining()
        worth = range(3 * block, 3 * block + 3)
        sent = [wallet.submit(made.mint(wallet.address, n), gas=99_000) for n in worth]
        chain.mine(2)
        chain.resume_mining()
        for pending in sent:
            wallet.wait(pending)
    return made


def amounts(far: Chain, token: TestToken, *, by_headers: bool = False) -> list[int]:
    logs = ProvenLogs(far).read(
        [token.address],
        first=0,
        last=token.chain.head().number,
        topics=((Transfer.TOPIC,),),
        by_headers=by_headers,
    )
    return [Transfer.decode(log).value for log in logs]


def some(share: float) -> Any:
    drawn = Random(7)
    return lambda _: drawn.random() < share


def the_second(log: dict[str, Any]) -> bool:
    return int(log["logIndex"], 16) == 1


@pytest.mark.parametrize("share", [0.1, 0.5, 1])
def test_read__logs_left_out_of_ranges__all_come_and_it_is_said(
    token: TestToken, proxy: FaultProxy, share: float, caplog: pytest.LogCaptureFixture
) -> None:
    proxy.break_with(lost_logs(some(share)), "eth_getLogs")
    assert amounts(Chain.connect(proxy.url), token) == list(range(TRANSFERS))
    assert f"{proxy.url} left out" in caplog.text


def test_read__left_out_of_blocks_too__one_endpoint_is_not_believed(
    token: TestToken, proxy: FaultProxy
) -> None:
    proxy.break_with(lost_logs(the_second, of_blocks=True), "eth_getLogs")
    with pytest.raises(BadAnswer, match="all logs of block"):
        amounts(Chain.connect(proxy.url), token)


@pytest.mark.parametrize("blocks", [0, MOST_HEADERS])
@pytest.mark.parametrize("lossy", [0, 1])
def test_read__left_out_of_blocks_too__the_other_endpoint_has_them(
    chain: DevChain, token: TestToken, proxy: FaultProxy, devnet: Devnet, blocks: int, lossy: int
) -> None:
    chain.mine(max(blocks, 1))
    proxy.break_with(lost_logs(the_second, of_blocks=True), "eth_getLogs")
    with fault_proxy(devnet.url) as good:
        urls = (proxy.url, good.url) if lossy == 0 else (good.url, proxy.url)
        far = Chain.connect(*urls)
        assert amounts(far, token) == list(range(TRANSFERS))
        if blocks:
            # Two pages were compared: only blocks in doubt needed their header.
            assert good.asked["eth_getBlockByNumber"] <= TRANSFERS // 3 + 4


def test_read__long_range_and_one_endpoint_of_two_down__held_to_headers(
    chain: DevChain, token: TestToken, proxy: FaultProxy, devnet: Devnet
) -> None:
    chain.mine(MOST_HEADERS)
    proxy.break_with(lost_logs(some(0.5)), "eth_getLogs")
    with fault_proxy(devnet.url) as other:
        far = Chain.connect(proxy.url, other.url)
        other.break_with("HTTP 500")
        assert amounts(far, token) == list(range(TRANSFERS))


def test_read__by_headers__second_endpoint_is_not_compared(
    chain: DevChain, token: TestToken, proxy: FaultProxy, devnet: Devnet
) -> None:
    chain.mine(MOST_HEADERS)
    far = Chain.connect(proxy.url, devnet.url)
    assert amounts(far, token, by_headers=True) == list(range(TRANSFERS))
    assert proxy.asked["eth_getBlockByNumber"] > MOST_HEADERS


def test_read__chain_without_blooms__logs_come_and_doubt_is_said_once(
    token: TestToken, proxy: FaultProxy, caplog: pytest.LogCaptureFixture
) -> None:
    def without_bloom(proxy: FaultProxy, asked: Asked, handler: Any) -> None:
        document = proxy.forward(asked)
        document["result"]["logsBloom"] = "0x" + bytes(256).hex()
        send(handler, json.dumps(document).encode())

    proxy.break_with(without_bloom, "eth_getBlockByNumber")
    caplog.set_level(logging.WARNING)
    assert amounts(Chain.connect(proxy.url), token) == list(range(TRANSFERS))
    assert caplog.text.count("keeps no blooms") == 1


def test_blooms__of_a_real_chain__are_those_of_its_logs(chain: DevChain, token: TestToken) -> None:
    for number in range(chain.head().number + 1):
        raw = chain.request("eth_getBlockByNumber", hex(number), False)
        header = Header.of(raw)
        logs = chain.logs([], first=number, last=number)
        assert bloom_of(logs) == header.logs_bloom
        wanted = LogQuery((token.address,), ((Transfer.TOPIC,),))
        assert query_fits(wanted, header.logs_bloom) == bool(logs)


WORDS = st.binary(min_size=32, max_size=32)


@st.composite
def blocks(draw: st.DrawFn) -> tuple[Header, list[dict[str, Any]]]:
    """A header and its logs, no two with the same bits."""
    items = draw(st.lists(WORDS, min_size=1, max_size=8, unique=True))
    logs = [
        {
            "address": "0x" + word[:20].hex(), "topics": ["0x" + word.hex()], "data": "0x",
            "blockNumber": "0x1", "blockHash": "0x" + bytes(32).hex(),
            "transactionHash": "0x" + bytes(32).hex(), "logIndex": hex(place),
        }
        for place, word in enumerate(items)
    ]  # fmt: skip
    return Header(BlockStamp(1, bytes(32), bytes(32), 0), bloom_of(map(Log.of, logs))), logs


@given(blocks(), st.data())
def test_whole_block__any_log_but_none_left_out__is_what_is_read(
    block: tuple[Header, list[dict[str, Any]]], data: st.DataObject
) -> None:
    header, logs = block
    shuffled = data.draw(st.permutations(logs))
    assert [log.index for log in read_whole_block(shuffled, header)] == list(range(len(logs)))
    lost = data.draw(st.sampled_from(logs))
    rest = [log for log in shuffled if log is not lost]
    # The last log may share all its bits with others, by a chance of far less than one in a million
    # for a few logs; any other leaves a gap.
    if lost is not logs[-1] or bloom_of(map(Log.of, rest)) != header.logs_bloom:
        with pytest.raises(Malformed):
            read_whole_block(rest, header)


@given(blocks())
def test_query__a_log_of_the_block__fits_its_bloom(
    block: tuple[Header, list[dict[str, Any]]],
) -> None:
    header, logs = block
    for log in map(Log.of, logs):
        for topics in ((), ((),), ((log.topics[0], bytes(32)),)):
            query = LogQuery((address_of(bytes(20)), log.address), topics)
            assert query_fits(query, header.logs_bloom)
    assert query_fits(LogQuery(()), header.logs_bloom)


def synced(proxy: FaultProxy, asked: Asked, handler: Any) -> None:
    """As bor answers: with a log of a state sync that is in no header."""
    document = proxy.forward(asked)
    if document["result"]:
        last = document["result"][-1]
        topic = "0x" + "5a" * 32
        more = {"address": "0x" + "00" * 18 + "1001", "topics": [topic], "data": "0x"}
        document["result"].append({**last, **more, "logIndex": hex(99)})
    wanted = [each.lower() for each in asked["params"][0].get("address", ())]
    if wanted:
        document["result"] = [each for each in document["result"] if each["address"] in wanted]
    send(handler, json.dumps(document).encode())


def test_read__where_state_syncs_are_in_no_header__two_endpoints_decide() -> None:
    with (
        Devnet(genesis=1_772_323_200, chain_id=137) as net,
        fault_proxy(net.url) as first,
        fault_proxy(net.url) as second,
    ):
        minter = Wallet(net.chain, devnet_keys()[0])
        token = TestToken(net.chain, minter.send(TestToken.deploy("Token", "TOK", 6)).contract)
        for worth in range(3):
            minter.send(token.mint(minter.address, worth))
        for proxy in (first, second):
            proxy.break_with(synced, "eth_getLogs")
        both = Chain.connect(first.url, second.url)
        assert amounts(both, token) == amounts(both, token, by_headers=True) == [0, 1, 2]
        second.break_with(lost_logs(lambda log: int(log["data"], 16) == 1), "eth_getLogs")
        with pytest.raises(UnprovenLogs, match="two endpoints differ from block"):
            amounts(both, token)
        with pytest.raises(UnprovenLogs, match="one endpoint alone"):
            amounts(Chain.connect(first.url), token)
