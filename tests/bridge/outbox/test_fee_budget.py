"""The cap per day: kept over restarts, by chain time, with what is open in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.keeper.actions import Act
from bridge.outbox.outbox import Outbox
from bridge.outbox.records import Outcome, Verdict
from bridge.outbox.transaction_log import Intents
from pargrade.chain.errors import FeesAboveCap, StuckTransaction
from pargrade.chain.fee_budget import Expense, FeesAboveDailyCap, Spending
from pargrade.chain.fees import FeePolicy
from tests.support.market import DAY, Market
from tests.support.service import KEEPER

COIN = 10**18

expenses = st.lists(
    st.builds(Expense, st.integers(0, 86_399), st.integers(1, COIN)), max_size=8
).map(lambda found: tuple(sorted(found, key=lambda expense: expense.timestamp)))


def send(market: Market, intents: Intents, act: Act, **policy: int | float) -> Outcome:
    """As a process does that has just been started."""
    sender = Outbox(market.chain, KEEPER, intents, FeePolicy(**policy))  # type: ignore[arg-type]
    call = act.call(market.market)
    return sender.send(call, str(act), sender.gas_limit(call))


def paid(market: Market, ended: Outcome) -> int:
    mined = market.chain.receipt(ended.tx_hash or b"")
    assert mined is not None
    return mined.gas_used * mined.gas_price


def test_send__day_is_spent__refused_before_anything_is_recorded_until_a_day_later(
    market: Market, intents: Intents, acts: list[Act]
) -> None:
    first = send(market, intents, acts[0])
    cost = paid(market, first)
    mined_at = market.now
    with pytest.raises(FeesAboveDailyCap) as refused:
        send(market, intents, acts[1], max_cost_per_day=cost + 1)
    assert (refused.value.spending.spent, refused.value.cap) == (cost, cost + 1)
    assert refused.value.frees_at is None
    assert "--max-fee-per-day" in refused.value.hint
    assert intents.open() == []

    cap = cost * 2
    with pytest.raises(FeesAboveDailyCap) as refused:
        send(market, intents, acts[1], max_cost_per_day=cap)
    assert refused.value.frees_at == mined_at + DAY
    market.chain.advance(mined_at + DAY - 1)
    with pytest.raises(FeesAboveDailyCap):
        send(market, intents, acts[1], max_cost_per_day=cap)
    market.chain.advance(mined_at + DAY)
    assert send(market, intents, acts[1], max_cost_per_day=cap).verdict is Verdict.DONE


def test_send__cap_of_many_transactions__what_they_cost_stays_below_it(
    market: Market, intents: Intents, acts: list[Act]
) -> None:
    cap, costs = COIN // 100, []
    for act in acts:
        costs.append(paid(market, send(market, intents, act, max_cost_per_day=cap)))
    assert sum(costs) <= cap
    assert [expense.wei for expense in intents.expenses(0)] == costs


def test_replace__day_leaves_nothing__no_dearer_one_is_signed(
    market: Market, intents: Intents, acts: list[Act]
) -> None:
    gas = Outbox(market.chain, KEEPER, intents).gas_limit(acts[0].call(market.market))
    market.chain.pause_mining()
    asked = 10**9
    with pytest.raises(StuckTransaction):
        send(market, intents, acts[0], patience=0, attempts=3, tip=asked)
    (free,) = intents.open()
    assert len(free.attempts) > 1
    market.chain.resume_mining()
    market.chain.mine()
    Outbox(market.chain, KEEPER, intents).recover()

    market.chain.pause_mining()
    spent = sum(expense.wei for expense in intents.expenses(0))
    tight = spent + gas * market.wallet.ask_fees(gas).max_fee * 101 // 100
    with pytest.raises(StuckTransaction):
        send(market, intents, acts[1], patience=0, attempts=3, max_cost_per_day=tight)
    (capped,) = intents.open()
    assert len(capped.attempts) == 1
    assert spent + capped.most_cost <= tight
    with pytest.raises(FeesAboveDailyCap) as refused:
        send(market, intents, acts[2], patience=0, attempts=1, max_cost_per_day=tight)
    assert refused.value.spending.open == capped.most_cost
    market.chain.resume_mining()
    market.chain.mine()


def test_send__dearer_than_one_transaction_may_be__the_cap_per_transaction_is_named(
    market: Market, intents: Intents, acts: list[Act]
) -> None:
    with pytest.raises(FeesAboveCap):
        send(market, intents, acts[0], max_cost=1_000, max_cost_per_day=COIN)
    assert intents.open() == []


@given(
    found=expenses,
    waiting=st.integers(0, COIN),
    wanted=st.integers(1, COIN),
    cap=st.integers(0, 4 * COIN),
)
def test_frees_at__any_day__the_first_moment_at_which_it_fits(
    found: tuple[Expense, ...], waiting: int, wanted: int, cap: int
) -> None:
    spending = Spending(found, waiting)
    moment = spending.frees_at(cap, wanted)
    if spending.left(cap) >= wanted:
        return
    if moment is None:
        assert waiting + wanted > cap or not found
        return
    after = [expense for expense in found if expense.timestamp > moment - DAY]
    assert sum(expense.wei for expense in after) + waiting + wanted <= cap
    before = [expense for expense in found if expense.timestamp > moment - DAY - 1]
    assert sum(expense.wei for expense in before) + waiting + wanted > cap
