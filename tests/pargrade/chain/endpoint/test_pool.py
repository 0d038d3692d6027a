"""One good endpoint of two is enough, whatever the other does; it is taken back when well."""

import logging
import threading
from collections.abc import Iterator
from itertools import permutations
from random import Random
from typing import Any

import pytest

from pargrade.chain.endpoint.health import PoolPolicy
from pargrade.chain.endpoint.lookout import Lookout, Member
from pargrade.chain.endpoint.pool import EndpointPool
from pargrade.chain.endpoints import Endpoints
from pargrade.chain.errors import NoContract, RpcDown, RpcRefused, UnknownBlock, WrongChain
from pargrade.chain.hashing import ZERO_ADDRESS
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.devnet.anvil import DevChain, Devnet, devnet_keys
from tests.support.proxy import FAULTS, FaultProxy, error, fault_proxy

pytestmark = pytest.mark.full

ALWAYS = PoolPolicy(probe_s=0, probe_timeout_s=0.3, first_rest_s=0, longest_rest_s=0)
"""Every request looks at all endpoints first, and no rest is long: no test waits."""

NEVER = PoolPolicy(probe_s=3_600, probe_timeout_s=0.3, first_rest_s=3_600, longest_rest_s=3_600)


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def pair(devnet: Devnet) -> Iterator[tuple[FaultProxy, FaultProxy]]:
    with fault_proxy(devnet.url) as preferred, fault_proxy(devnet.url) as other:
        yield preferred, other


def pool_of(
    pair: tuple[FaultProxy, FaultProxy], policy: PoolPolicy = NEVER, timeout: float = 0.5
) -> EndpointPool:
    return EndpointPool(tuple(proxy.url for proxy in pair), 31337, timeout, policy)


def chain_of(pair: tuple[FaultProxy, FaultProxy], policy: PoolPolicy = NEVER) -> Chain:
    return Chain(pool_of(pair, policy), 31337)


UNPREPARED = [(fault, NEVER) for fault in FAULTS if fault != "other chain"]
"""That an endpoint serves another chain, only a look shows."""

LOOKING_FIRST = [(fault, ALWAYS) for fault in FAULTS]


@pytest.mark.parametrize(("fault", "policy"), UNPREPARED + LOOKING_FIRST)
def test_pool__any_fault_of_one_endpoint__every_read_and_transaction_goes_through(
    chain: DevChain,
    specimen: Any,
    pair: tuple[FaultProxy, FaultProxy],
    fault: str,
    policy: PoolPolicy,
) -> None:
    preferred, _ = pair
    far = chain_of(pair, policy)
    far.head()
    preferred.break_with(fault)
    wallet = Wallet(far, devnet_keys()[1])
    receipt = wallet.send(specimen.count(5))
    assert receipt.block == chain.head() == far.head()
    assert specimen.total(block=receipt.block) == 5
    assert far.nonce(wallet.address, block=receipt.block) == 1


def test_send__preferred_endpoint_drops_transactions__the_other_has_them(
    chain: DevChain, specimen: Any, pair: tuple[FaultProxy, FaultProxy]
) -> None:
    pair[0].break_with("drops transactions")
    wallet = Wallet(chain_of(pair), devnet_keys()[1])
    assert wallet.send(specimen.count(5)).block == chain.head()
    endpoints = Endpoints(tuple(proxy.url for proxy in pair), 31337, 0.5, NEVER)
    with endpoints.use() as far:
        assert Wallet(far, devnet_keys()[1]).send(specimen.count(5)).block == chain.head()
    assert specimen.total(block=chain.head()) == 10


def test_send__every_endpoint_refuses__the_first_refusal(
    specimen: Any, pair: tuple[FaultProxy, FaultProxy]
) -> None:
    for proxy, why in zip(pair, ("first", "second"), strict=True):
        proxy.break_with(error(-32000, f"transaction rejected, {why}"), "eth_sendRawTransaction")
    with pytest.raises(RpcRefused, match="first"):
        Wallet(chain_of(pair), devnet_keys()[1]).send(specimen.count(5))


def test_pool__preferred_endpoint_is_well_again__is_used_again(
    chain: DevChain, pair: tuple[FaultProxy, FaultProxy]
) -> None:
    preferred, _ = pair
    far = chain_of(pair, ALWAYS)
    preferred.break_with("internal error")
    far.head()
    assert far.endpoint == pair[1].url
    preferred.mend()
    for _ in range(20):
        far.head()
    assert far.endpoint == preferred.url


def test_pool__endpoint_rests__is_not_asked_until_its_rest_is_over(devnet: Devnet) -> None:
    clock = Clock()
    with fault_proxy(devnet.url) as proxy:
        lookout = Lookout((proxy.url,), 31337, 1, PoolPolicy(first_rest_s=4), clock)
        proxy.break_with("HTTP 500")
        for rest in (4, 8, 16):
            lookout.look()
            asked = proxy.asked.total()
            clock.now += rest - 1
            lookout.look_when_due() if rest < 10 else None
            assert proxy.asked.total() == asked
            clock.now += 1
        proxy.mend()
        lookout.look_when_due()
        assert lookout.fit() == list(lookout.members)


@pytest.mark.parametrize("behind", [1, 5])
def test_pool__frozen_head__left_once_too_far_or_too_long_behind(
    chain: DevChain, pair: tuple[FaultProxy, FaultProxy], behind: int
) -> None:
    clock = Clock()
    preferred, other = pair
    urls = preferred.url, other.url
    lookout = Lookout(urls, 31337, 1, PoolPolicy(most_lag=2, behind_s=30), clock)
    first, second = lookout.members
    preferred.break_with("frozen head")
    lookout.look()
    chain.mine(behind)
    lookout.look()
    assert lookout.fit() == ([first, second] if behind <= 2 else [second])
    clock.now = 31
    lookout.look()
    assert lookout.fit() == [second]
    frozen, moving = lookout.report()
    assert (frozen.head_age_s, moving.head_age_s) == (31, 31)
    assert frozen.head == moving.head - behind if moving.head else False
    preferred.mend()
    lookout.look()
    assert lookout.fit() == [first, second]


def test_pool__other_chain_appears_behind_an_address__left_at_the_next_look(
    pair: tuple[FaultProxy, FaultProxy],
) -> None:
    preferred, other = pair
    far = chain_of(pair, ALWAYS)
    far.head()
    preferred.break_with("other chain")
    before = preferred.asked["eth_getBalance"]
    for _ in range(5):
        far.balance(ZERO_ADDRESS, block=far.head())
    assert preferred.asked["eth_getBalance"] == before
    assert far.endpoint == other.url


def test_pool__both_of_another_chain__wrong_chain(pair: tuple[FaultProxy, FaultProxy]) -> None:
    for proxy in pair:
        proxy.break_with("other chain")
    with pytest.raises(WrongChain):
        chain_of(pair, ALWAYS).head()


def test_pool__an_endpoint_that_fails_every_other_request__left_for_the_steady_one(
    pair: tuple[FaultProxy, FaultProxy],
) -> None:
    lookout = Lookout(tuple(proxy.url for proxy in pair), 31337, 1, ALWAYS)
    lookout.look()
    shaky, steady = lookout.members
    for _ in range(20):
        lookout.blame(shaky, RpcDown(shaky.rpc.endpoint, "reset"))
        lookout.look()
    assert lookout.fit() == [steady]


def test_pool__contract_refuses__raised_at_once_and_no_endpoint_is_left(
    specimen: Any, binding: Any, pair: tuple[FaultProxy, FaultProxy]
) -> None:
    wallet = Wallet(chain_of(pair), devnet_keys()[1])
    with pytest.raises(binding.Unlucky):
        wallet.simulate(specimen.count(13))
    assert pair[1].asked["eth_call"] == 0
    assert wallet.chain.endpoint == pair[0].url


def test_pool__block_that_one_endpoint_lacks__read_from_the_other(
    chain: DevChain, specimen: Any, pair: tuple[FaultProxy, FaultProxy]
) -> None:
    far = chain_of(pair)
    pinned = far.head()
    pair[0].break_with(error(-32000, "header not found"), "eth_getBalance", "eth_getBlockByHash")
    assert far.balance(ZERO_ADDRESS, block=pinned) == chain.balance(ZERO_ADDRESS, block=pinned)
    assert far.block(pinned) == pinned
    assert far.head() == pinned
    assert far.endpoint == pair[0].url, "a block that is not there yet is no fault"


def test_pool__block_that_all_endpoints_lack__unknown_block(
    pair: tuple[FaultProxy, FaultProxy],
) -> None:
    far = chain_of(pair)
    with pytest.raises(UnknownBlock):
        far.block(far.head().number + 1_000)


def test_pool__no_contract_at_the_address__said_and_no_endpoint_is_left(
    specimen: Any, binding: Any, pair: tuple[FaultProxy, FaultProxy]
) -> None:
    far = chain_of(pair)
    with pytest.raises(NoContract):
        binding.Specimen(far, ZERO_ADDRESS).total(block=far.head())
    far.head()
    assert far.endpoint == pair[0].url


def test_pool__method_that_one_endpoint_lacks__asked_of_the_other(
    pair: tuple[FaultProxy, FaultProxy],
) -> None:
    far = chain_of(pair)
    pair[0].break_with(error(-32601, "no such method"), "eth_gasPrice")
    assert int(far.request("eth_gasPrice"), 16) > 0
    with pytest.raises(RpcRefused):
        far.request("eth_noSuchMethod")


def test_pool__all_endpoints_down__one_failure_and_recovers_when_one_is_back(
    pair: tuple[FaultProxy, FaultProxy],
) -> None:
    far = chain_of(pair)
    head = far.head()
    for proxy in pair:
        proxy.break_with("hangs up")
    with pytest.raises(RpcDown):
        far.head()
    pair[1].mend()
    assert far.head() == head


def test_pool__failures_without_end__retries_stop_when_the_budget_is_used_up(
    pair: tuple[FaultProxy, FaultProxy],
) -> None:
    far = chain_of(pair, PoolPolicy(probe_s=3_600, first_rest_s=3_600, retries=3))
    far.head()
    for proxy in pair:
        proxy.break_with("internal error")
    for _ in range(10):
        with pytest.raises(RpcRefused):
            far.head()
    latest = "eth_getBlockByNumber"
    looks = 2
    assert pair[0].asked[latest] + pair[1].asked[latest] == 1 + looks + 10 + 3


def test_pool__seeded_mixes_of_faults__never_both_at_once__every_read_right(
    chain: DevChain, pair: tuple[FaultProxy, FaultProxy]
) -> None:
    random = Random(11)
    quick = [name for name in FAULTS if name not in ("late", "drips", "continues for ever")]
    far = chain_of(pair, PoolPolicy(probe_s=0, first_rest_s=0, longest_rest_s=0, retries=1_000))
    for _ in range(60):
        broken, well = random.choice(list(permutations(pair)))
        well.mend()
        broken.break_with(random.choice(quick))
        chain.mine()
        head = far.head()
        assert head == chain.head()
        assert far.nonce(ZERO_ADDRESS, block=head) == 0
        assert far.logs([ZERO_ADDRESS], first=head.number, last=head.number) == []


def test_connect__several_urls__one_down_is_named_in_a_warning(
    devnet: Devnet, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        far = Chain.connect("http://127.0.0.1:1/v1/secret-key", devnet.url)
    assert far.chain_id == 31337
    assert "127.0.0.1:1" in caplog.text
    assert "secret-key" not in caplog.text


def test_connect__several_urls_of_different_chains__wrong_chain(
    pair: tuple[FaultProxy, FaultProxy],
) -> None:
    pair[1].break_with("other chain")
    with pytest.raises(WrongChain):
        Chain.connect(pair[0].url, pair[1].url)


def test_connect__none_answers__rpc_down() -> None:
    with pytest.raises(RpcDown):
        Chain.connect("http://127.0.0.1:1", "http://127.0.0.1:2")


def test_pick__many_threads_while_nothing_is_well__each_gets_an_endpoint_or_the_failure(
    pair: tuple[FaultProxy, FaultProxy],
) -> None:
    pool = pool_of(pair, ALWAYS)
    pool.check()
    ends: list[object] = []

    def pick() -> None:
        try:
            ends.append(pool.pick())
        except Exception as failure:  # noqa: BLE001  # whatever leaves the thread is compared
            ends.append(failure)

    for fault in ("HTTP 500", None):
        for proxy in pair:
            proxy.mend()
            if fault:
                proxy.break_with(fault)
        threads = [threading.Thread(target=pick) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    # While one thread looks, others may still get an endpoint that it has not reached.
    assert {RpcDown} <= {type(end) for end in ends[:8]} <= {RpcDown, Member}
    assert {type(end) for end in ends[8:]} == {Member}
