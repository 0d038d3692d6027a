"""Offers follow what the chain asks: never twice what is needed, never above the cap."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pargrade.chain.errors import FeesAboveCap, RpcRefused, StuckTransaction
from pargrade.chain.fee_market import read_fee_market
from pargrade.chain.fees import FeeMarket, FeePolicy, Fees
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.devnet.anvil import DevChain, Devnet, devnet_keys
from tests.support.proxy import FaultProxy, error, fault_proxy, tip_floor

GWEI = 10**9
GAS = 21_000

wei = st.integers(0, 10**12)
markets = st.builds(FeeMarket, wei, st.none() | wei, st.none() | wei)
policies = st.builds(FeePolicy, tip=wei, max_fee=st.integers(1, 10**13))


@pytest.fixture
def proxy(devnet: Devnet) -> Iterator[FaultProxy]:
    with fault_proxy(devnet.url) as proxy:
        yield proxy


def behind(proxy: FaultProxy, **policy: Any) -> Wallet:
    return Wallet(Chain.connect(proxy.url), devnet_keys()[1], FeePolicy(**policy))


@given(policy=policies, market=markets)
def test_offer__any_market__within_the_cap_and_enough_for_the_next_block(
    policy: FeePolicy, market: FeeMarket
) -> None:
    try:
        fees = policy.offer(market, GAS)
    except FeesAboveCap as above:
        cap = above.cap
        assert cap == policy.max_fee  # one of two ends
        return
    assert market.base_fee + fees.tip <= fees.max_fee <= policy.max_fee
    assert fees.tip >= 1


@given(policy=policies, market=markets, old=st.builds(Fees, wei, wei))
def test_replace_offer__any_market__a_node_would_take_it_and_it_is_within_the_cap(
    policy: FeePolicy, market: FeeMarket, old: Fees
) -> None:
    fees = policy.replace_offer(old, market, GAS)
    if fees is not None:
        assert fees.max_fee * 10 >= old.max_fee * 11
        assert fees.tip * 10 >= old.tip * 11
        assert fees.tip <= fees.max_fee <= policy.max_fee


@given(policy=policies, market=markets)
def test_replace_offer__again_and_again__ends_near_what_the_chain_asks(
    policy: FeePolicy, market: FeeMarket
) -> None:
    asked = replace(policy, max_fee=10**20).offer(market, GAS)
    fees: Fees | None = asked
    for _ in range(100):
        assert fees is not None
        assert fees.max_fee <= 2 * asked.max_fee
        fees = replace(policy, max_fee=10**20).replace_offer(fees, market, GAS)
        if fees is None:
            return
    raise AssertionError("it climbs for ever")


def test_offer__cap_per_transaction__divided_by_its_gas() -> None:
    policy = FeePolicy(max_cost=GAS * 10)
    assert policy.offer(FeeMarket(8, 1, 1), GAS).max_fee == 10
    with pytest.raises(FeesAboveCap) as above:
        policy.offer(FeeMarket(10, 1, 1), GAS)
    assert (above.value.asked, above.value.cap) == (11, 10)


def test_replace_offer__at_the_cap__never_above_it() -> None:
    policy = FeePolicy(max_fee=100)
    market = FeeMarket(60, 10, None)
    first = policy.offer(market, GAS)
    assert first == Fees(100, 10)
    assert policy.replace_offer(first, market, GAS) is None
    assert policy.replace_offer(Fees(80, 10), market, GAS) == Fees(100, 12)


def test_replace_offer__base_fee_rose__what_the_chain_asks_now() -> None:
    assert FeePolicy().replace_offer(Fees(20, 2), FeeMarket(1_000, 5, 5), GAS) == Fees(1_755, 5)


def test_market__blocks_with_transactions__their_median_tip(
    chain: DevChain, specimen: Any, wallet: Wallet
) -> None:
    wallet.send(specimen.count(1))
    market = read_fee_market(chain)
    assert market.paid_tip is not None
    assert market.base_fee > 0


@pytest.mark.parametrize("fault", ["null", "a number", "empty object"])
def test_market__endpoint_without_fee_methods__base_fee_of_the_head(
    proxy: FaultProxy, chain: DevChain, fault: str
) -> None:
    far = Chain.connect(proxy.url)
    proxy.break_with(
        error(-32601, "Method not found"), "eth_feeHistory", "eth_maxPriorityFeePerGas"
    )
    lacking = read_fee_market(far)
    assert (lacking.paid_tip, lacking.suggested_tip) == (None, None)
    assert lacking.base_fee > 0
    proxy.break_with(fault, "eth_feeHistory")
    assert read_fee_market(far).base_fee == lacking.base_fee


@pytest.mark.parametrize("names_it", [True, False])
def test_send__node_refuses_tips_under_25_gwei__lands_at_once_and_is_not_overpaid(
    chain: DevChain, specimen: Any, proxy: FaultProxy, names_it: bool
) -> None:
    floor = 25 * GWEI
    proxy.break_with(tip_floor(floor, names_it=names_it), "eth_sendRawTransaction")
    wallet = behind(proxy, patience=30)
    sent = wallet.submit(specimen.count(1))
    receipt = wallet.wait(sent)
    base_fee = receipt.gas_price - sent.newest.fees.tip
    assert sent.newest.fees.max_fee <= 2 * (base_fee + floor)
    assert receipt.gas_price <= 2 * (base_fee + floor)
    before = proxy.asked["eth_sendRawTransaction"]
    wallet.send(specimen.count(1))
    if names_it:
        assert proxy.asked["eth_sendRawTransaction"] == before + 1


def test_send__tip_floor_above_the_cap__refused_and_nothing_above_it_signed(
    specimen: Any, proxy: FaultProxy
) -> None:
    proxy.break_with(tip_floor(25 * GWEI), "eth_sendRawTransaction")
    wallet = behind(proxy, max_fee=20 * GWEI)
    with pytest.raises(RpcRefused, match="minimum needed 25000000000"):
        wallet.send(specimen.count(1))
    proxy.mend()
    assert wallet.send(specimen.count(1)).gas_price <= 20 * GWEI


@pytest.mark.parametrize("others_tip", [0, GWEI // 1_000])
def test_send__base_fee_of_an_l2__not_twice_what_is_needed(
    chain: DevChain, specimen: Any, others_tip: int
) -> None:
    base_fee = GWEI // 200
    chain.request("anvil_setNextBlockBaseFeePerGas", hex(base_fee))
    chain.mine(20)
    if others_tip:
        other = {
            "from": devnet_keys()[2].address,
            "to": devnet_keys()[2].address,
            "gas": hex(GAS),
            "maxFeePerGas": hex(base_fee * 2 + others_tip),
            "maxPriorityFeePerGas": hex(others_tip),
        }
        chain.request("eth_sendTransaction", other)
    wallet = Wallet(chain, devnet_keys()[1])
    needed = read_fee_market(chain).base_fee + others_tip
    sent = wallet.submit(specimen.count(1))
    receipt = wallet.wait(sent)
    assert sent.newest.fees.max_fee <= 2 * needed
    assert receipt.gas_price <= 2 * needed


def test_send__base_fee_above_the_cap__nothing_is_sent(chain: DevChain, specimen: Any) -> None:
    wallet = Wallet(chain, devnet_keys()[1], FeePolicy(max_fee=GWEI))
    chain.request("anvil_setNextBlockBaseFeePerGas", hex(50 * GWEI))
    chain.mine()
    before = chain.head()
    with pytest.raises(FeesAboveCap) as above:
        wallet.send(specimen.count(1))
    assert above.value.cap == GWEI
    assert chain.head() == before


def test_wait__never_mined_for_another_reason__fees_stay_near_what_is_asked(
    chain: DevChain, specimen: Any
) -> None:
    wallet = Wallet(chain, devnet_keys()[1], FeePolicy(patience=0, attempts=40))
    chain.pause_mining()
    asked = wallet.ask_fees(GAS).max_fee
    sent = wallet.submit(specimen.count(1))
    with pytest.raises(StuckTransaction) as stuck:
        wallet.wait(sent)
    chain.resume_mining()
    assert 2 < len(stuck.value.hashes) < 15
    assert sent.newest.fees.max_fee <= asked


def test_wait__node_dropped_the_transaction__sent_again_until_it_lands(
    chain: DevChain, specimen: Any, proxy: FaultProxy
) -> None:
    wallet = behind(proxy, patience=0, attempts=50)
    proxy.break_with("drops transactions")
    sent = wallet.submit(specimen.count(1))
    proxy.mend()
    assert wallet.wait(sent).block == chain.head()
    assert wallet.send(specimen.count(1)).block == chain.head()
