"""Whatever an endpoint answers, only errors of a chain come out of it, and soon."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pargrade.bindings.test_token import TestToken
from pargrade.chain.block import BlockStamp, Tag
from pargrade.chain.endpoint.errors import BadAnswer, LateAnswer, LongAnswer, RateLimited
from pargrade.chain.errors import ChainError, RpcDown, RpcRefused, WrongChain
from pargrade.chain.fees import FeePolicy
from pargrade.chain.hashing import ZERO_ADDRESS
from pargrade.chain.rpc import Chain
from pargrade.chain.sending import TransactionSender
from pargrade.chain.simulation import simulate_sequence
from pargrade.devnet.anvil import Devnet, devnet_keys
from tests.support.proxy import FAULTS, FaultProxy, dumps, error, fault_proxy, send

pytestmark = pytest.mark.full

HASH = b"\x11" * 32
STAMP = BlockStamp(7, HASH, HASH, 0)

READS: dict[str, Callable[[Chain], object]] = {
    "eth_chainId": lambda chain: Chain.connect(chain.endpoint, expected=31337),
    "eth_getBlockByNumber": lambda chain: chain.head(),
    "eth_getBlockByNumber, pending": lambda chain: chain.block(Tag.PENDING),
    "eth_getBlockByHash": lambda chain: chain.block(STAMP),
    "eth_call": lambda chain: TestToken(chain, ZERO_ADDRESS).name(block=STAMP),
    "eth_estimateGas": lambda chain: chain.estimate(
        TestToken(chain, ZERO_ADDRESS).mint(ZERO_ADDRESS, 1), sender=ZERO_ADDRESS
    ),
    "eth_getLogs": lambda chain: chain.logs([ZERO_ADDRESS], first=7, last=7, topics=((HASH,),)),
    "eth_getBalance": lambda chain: chain.balance(ZERO_ADDRESS, block=STAMP),
    "eth_getTransactionCount": lambda chain: chain.nonce(ZERO_ADDRESS, block=7),
    "eth_getCode": lambda chain: chain.code(ZERO_ADDRESS, block=Tag.LATEST),
    "eth_getTransactionReceipt": lambda chain: chain.receipt(HASH),
    "eth_getTransactionByHash": lambda chain: chain.transaction(HASH),
    "eth_sendRawTransaction": lambda chain: chain.push(b"\x02"),
    "eth_simulateV1": lambda chain: simulate_sequence(
        chain, [TestToken(chain, ZERO_ADDRESS).mint(ZERO_ADDRESS, 1)], ZERO_ADDRESS, 0
    ),
    "fees": lambda chain: sender(chain).ask_fees(21_000),
}
"""Every method whose answer is used, by what uses it."""

FUZZ = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True)
    | st.text(max_size=20)
    | st.from_regex(r"0x[0-9a-f]{0,70}", fullmatch=True),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)
"""Anything that JSON can say."""

names = st.sampled_from(
    ("number", "hash", "parentHash", "timestamp", "baseFeePerGas", "reward", "status", "logs",
     "blockNumber", "blockHash", "transactionHash", "gasUsed", "gasUsedRatio", "effectiveGasPrice",
     "address", "topics", "data", "logIndex", "contractAddress", "input", "to",
     "calls", "returnData", "message", "code", "nonce")
)  # fmt: skip
plausible = st.sampled_from(
    ("0x", "0x0", "0x1", "0x7", "0x" + "11" * 32, "0x" + "00" * 20, "0x" + "ff" * 33, "0xzz",
     None, [], {})
)  # fmt: skip
objects = st.dictionaries(names, plausible | json_values, max_size=12)
results = json_values | objects | st.lists(objects, max_size=2)


def sender(chain: Chain) -> TransactionSender:
    return TransactionSender(chain, devnet_keys()[0], FeePolicy())


@pytest.fixture(scope="module")
def proxy(devnet: Devnet) -> Iterator[FaultProxy]:
    with fault_proxy(devnet.url) as proxy:
        yield proxy


@pytest.fixture
def broken(proxy: FaultProxy) -> Iterator[FaultProxy]:
    yield proxy
    proxy.mend()


def read(chain: Chain, name: str) -> None:
    """Reads, where nothing but the typed value or a ChainError may come out."""
    refused: ChainError | None = None
    try:
        READS[name](chain)
    except ChainError as error:
        refused = error
    assert refused is None or str(refused).isprintable()


@pytest.mark.parametrize("name", READS)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(result=results)
def test_chain__any_result__a_value_or_a_chain_error(
    proxy: FaultProxy, name: str, result: Any
) -> None:
    proxy.mend()
    chain = Chain.connect(proxy.url)
    proxy.break_with(lambda _, asked, handler: send(handler, dumps(asked, result=result)))
    read(chain, name)
    proxy.mend()


@pytest.mark.parametrize("name", READS)
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(fields=objects | json_values)
def test_chain__any_error_object__a_chain_error(proxy: FaultProxy, name: str, fields: Any) -> None:
    proxy.mend()
    chain = Chain.connect(proxy.url)
    proxy.break_with(lambda _, asked, handler: send(handler, dumps(asked, error=fields)))
    read(chain, name)
    proxy.mend()


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.binary(max_size=200), status=st.sampled_from((200, 200, 400, 404, 429, 500)))
def test_chain__any_bytes__a_chain_error(proxy: FaultProxy, content: bytes, status: int) -> None:
    proxy.mend()
    chain = Chain.connect(proxy.url)
    proxy.break_with(lambda _, __, handler: send(handler, content, status))
    with pytest.raises(RpcDown):
        chain.head()
    proxy.mend()


@pytest.mark.parametrize("fault", [name for name in FAULTS if name != "other chain"])
def test_head__each_fault_by_name__a_chain_error_within_the_time_allowed(
    broken: FaultProxy, fault: str
) -> None:
    chain = Chain.connect(broken.url, timeout=0.5)
    broken.break_with(fault)
    started = time.monotonic()
    with pytest.raises((RpcDown, RpcRefused)):
        chain.head()
    assert time.monotonic() - started < 10
    broken.mend()
    assert chain.head().number >= 0


def test_connect__other_chain_behind_the_address__wrong_chain(broken: FaultProxy) -> None:
    broken.break_with("other chain")
    with pytest.raises(WrongChain):
        Chain.connect(broken.url, expected=31337)


def test_request__every_answer_comes_twice__each_request_gets_its_own(broken: FaultProxy) -> None:
    chain = Chain.connect(broken.url)
    head = chain.head()
    broken.break_with("twice")
    for _ in range(5):
        assert chain.head() == head
        assert chain.nonce(ZERO_ADDRESS, block=head) == 0


@pytest.mark.parametrize("fault", ["late", "drips", "continues for ever"])
def test_head__bytes_come_too_slowly__late_answer(broken: FaultProxy, fault: str) -> None:
    chain = Chain.connect(broken.url, timeout=0.3)
    broken.break_with(fault)
    with pytest.raises(LateAnswer) as late:
        chain.head()
    assert late.value.seconds == 0.3


def test_head__longer_than_any_answer__long_answer(
    broken: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pargrade.chain.endpoint.transport.MOST_BYTES", 1_000)
    chain = Chain.connect(broken.url)
    broken.break_with(lambda _, __, handler: send(handler, b" " * 5_000_000))
    with pytest.raises(LongAnswer):
        chain.head()


def test_head__wrong_type__bad_answer_with_its_evidence(broken: FaultProxy) -> None:
    chain = Chain.connect(broken.url)
    broken.break_with("a number")
    with pytest.raises(BadAnswer) as bad:
        chain.head()
    assert (bad.value.method, bad.value.expected, bad.value.evidence) == (
        "eth_getBlockByNumber",
        "an object",
        "7",
    )


@pytest.mark.parametrize("fault", ["HTTP 429", "rate limited"])
def test_head__too_many_requests__rate_limited(broken: FaultProxy, fault: str) -> None:
    chain = Chain.connect(broken.url)
    broken.break_with(fault)
    with pytest.raises(RateLimited):
        chain.head()


def test_head__control_characters_in_a_refusal__are_escaped(broken: FaultProxy) -> None:
    chain = Chain.connect(broken.url)
    broken.break_with(error(-32000, "no\n2026-01-01 ERROR forged \x1b[31m" + "x" * 1_000))
    with pytest.raises(RpcRefused) as refused:
        chain.head()
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 400


def test_block__another_block_than_asked_for__bad_answer(
    broken: FaultProxy, devnet: Devnet
) -> None:
    chain = Chain.connect(broken.url)
    devnet.chain.mine(2)
    genesis = broken.forward(
        {"jsonrpc": "2.0", "id": 1, "method": "eth_getBlockByNumber", "params": ["0x0", False]}
    )["result"]
    broken.break_with(lambda _, asked, handler: send(handler, dumps(asked, result=genesis)))
    with pytest.raises(BadAnswer):
        chain.block(1)
    with pytest.raises(BadAnswer):
        chain.block(devnet.chain.head())


def test_logs__of_other_blocks_than_asked_for__bad_answer(broken: FaultProxy) -> None:
    chain = Chain.connect(broken.url)
    log = {
        "address": ZERO_ADDRESS, "topics": [], "data": "0x",
        "blockNumber": "0x9", "logIndex": "0x0",
        "blockHash": "0x" + "11" * 32, "transactionHash": "0x" + "11" * 32,
    }  # fmt: skip
    broken.break_with(lambda _, asked, handler: send(handler, dumps(asked, result=[log])))
    assert len(chain.logs([ZERO_ADDRESS], first=9, last=9)) == 1
    with pytest.raises(BadAnswer):
        chain.logs([ZERO_ADDRESS], first=1, last=8)
    with pytest.raises(BadAnswer):
        chain.logs([ZERO_ADDRESS], first=9, last=9, topics=((HASH,),))
