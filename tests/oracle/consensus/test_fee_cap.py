"""A node's cap on fees per day: over restarts and kills, with what may still be mined."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.consensus.fee_store import FeeStore
from oracle.node.node import Node
from oracle.node.tick import Landed, tick
from pargrade.chain.call import Call
from pargrade.chain.errors import FeesAboveCap, UnfundedWallet
from pargrade.chain.fee_budget import Expense, FeesAboveDailyCap
from pargrade.chain.fees import Fees
from pargrade.chain.wallet import Wallet
from pargrade.clock import DAY_S
from pargrade.database import DatabaseDown
from pargrade.process.failpoint import VARIABLE
from tests.support.command import run
from tests.support.nodes import GENESIS, HOUR, KEYS, nodes

COIN = 10**18
FEES = Fees(max_fee=10**30, tip=1)


@pytest.fixture
def alone(tmp_path):
    with nodes(tmp_path, reporters=1, quorum=1) as first:
        yield first


def look(alone):
    """What a node that has just been started does."""
    node = Node.open(alone.configs[0])
    try:
        return tick(node, 0.0)
    finally:
        node.close()


def record(alone):
    store = FeeStore(alone.configs[0].data)
    try:
        return store.expenses(0)
    finally:
        store.close()


def cap_at(alone, wei, was=None):
    line = 'max_fee_per_day = "{}"'
    if was is None:
        alone.edit(0, "\n[pace]", f"\n[fees]\n{line.format(coins(wei))}\n\n[pace]")
    else:
        alone.edit(0, line.format(coins(was)), line.format(coins(wei)))


def coins(wei):
    return f"{wei // COIN}.{wei % COIN:018d}"


def test_tick__day_is_spent__sends_nothing_until_a_day_later_whatever_is_restarted(alone):
    first = look(alone)
    assert isinstance(first, Landed)
    assert record(alone) == [Expense(first.receipt.block.timestamp, first.receipt.fee)]
    cap_at(alone, first.receipt.fee * 2)
    alone.chain.advance(GENESIS + HOUR)
    for _ in range(2):
        with pytest.raises(FeesAboveDailyCap) as refused:
            look(alone)
    assert refused.value.frees_at == first.receipt.block.timestamp + DAY_S
    assert alone.last_slot == GENESIS
    alone.chain.advance(GENESIS + DAY_S + HOUR)
    assert isinstance(look(alone), Landed)


def test_tick__one_transaction_beyond_its_own_cap__says_so_and_not_the_day(alone):
    fees = 'max_fee = "0.000000001"\nmax_fee_per_day = "1"'
    alone.edit(0, "\n[pace]", f"\n[fees]\n{fees}\n\n[pace]")
    with pytest.raises(FeesAboveCap):
        look(alone)
    assert record(alone) == []


@pytest.mark.full
@pytest.mark.parametrize("capped", [True, False])
def test_once__killed_between_its_note_and_its_transaction__counts_the_most_until_one_has_its_nonce(
    alone, capped
):
    if capped:
        cap_at(alone, COIN)
    killed = run("oracle", "once", alone.paths[0], env={VARIABLE: "fee-recorded"})
    assert killed.returncode == -9
    assert not alone.last_slot
    (noted,) = record(alone)
    landed = look(alone)
    assert isinstance(landed, Landed)
    assert record(alone) == [Expense(landed.receipt.block.timestamp, landed.receipt.fee)]
    assert landed.receipt.fee < noted.wei < 10 * landed.receipt.fee


def test_once__killed_and_another_has_its_nonce__goes_on_to_count_the_most(alone):
    cap_at(alone, COIN)
    killed = run("oracle", "once", alone.paths[0], env={VARIABLE: "fee-recorded"})
    assert killed.returncode == -9
    (noted,) = record(alone)
    key = KEYS[5]
    assert key.address == alone.configs[0].reporter
    Wallet(alone.chain, key).send(Call(key.address, b"", "nothing", None, {}))
    cap_at(alone, noted.wei, was=COIN)
    with pytest.raises(FeesAboveDailyCap):
        look(alone)
    assert record(alone) == [noted]


@pytest.mark.full
def test_tick__rounds_of_many_hours__never_cost_more_in_a_day_than_the_cap(alone):
    first = look(alone)
    cap = first.receipt.fee * 6
    cap_at(alone, cap)
    paid, refused = [(first.receipt.block.timestamp, first.receipt.fee)], 0
    for hour in range(1, 40):
        alone.chain.advance(GENESIS + hour * HOUR)
        try:
            landed = look(alone)
        except FeesAboveDailyCap:
            refused += 1
            continue
        paid.append((landed.receipt.block.timestamp, landed.receipt.fee))
    for end, _ in paid:
        assert sum(wei for mined, wei in paid if end - DAY_S < mined <= end) <= cap
    assert refused > 0
    assert len(paid) > 6


def test_tick__nothing_can_be_sent_for_many_polls__takes_nothing_of_the_day_and_lands_then(alone):
    first = look(alone)
    cap_at(alone, first.receipt.fee * 12)
    node = Node.open(alone.configs[0])
    # The shape is known, so that it is the sending that is refused.
    node.transmitter._limits = {(1, 0): 200_000}
    alone.chain.advance(GENESIS + HOUR)
    alone.chain.fund(node.reporter.address, 0)
    for _ in range(12):
        with pytest.raises(UnfundedWallet):
            tick(node, 0.0)
    assert len(node.transmitter._paid.expenses(0)) == 1
    alone.chain.fund(node.reporter.address, COIN)
    landed = tick(node, 0.0)
    assert isinstance(landed, Landed)
    now = landed.receipt.block.timestamp
    assert node.transmitter.fees_of_the_day(now) == first.receipt.fee + landed.receipt.fee
    node.close()


def test_metrics_page__after_a_restart__still_has_the_day(alone):
    landed = look(alone)
    node = Node.open(alone.configs[0])
    assert node.transmitter.fees_of_the_day(landed.receipt.block.timestamp) == landed.receipt.fee
    assert node.transmitter.fees_of_the_day(landed.receipt.block.timestamp + DAY_S) == 0
    node.close()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3 * DAY_S), st.integers(0, 10**30)), max_size=12))
def test_store__any_expenses_in_time__are_those_of_a_day_again_after_opening(
    tmp_path_factory, made
):
    folder = tmp_path_factory.mktemp("fees")
    made.sort()
    store = FeeStore(folder)
    for nonce, (mined, wei) in enumerate(made):
        store.note(mined, nonce, 10**30, FEES)
        store.end(nonce, mined, wei)
    now = made[-1][0] if made else 0
    recent = [Expense(mined, wei) for mined, wei in made if mined > now - DAY_S]
    assert store.expenses(now - DAY_S) == recent
    store.close()
    again = FeeStore(folder)
    assert again.expenses(now - DAY_S) == recent
    again.close()


def test_store__that_cannot_be_written__keeps_nothing_in_memory_either(tmp_path: Path):
    store = FeeStore(tmp_path)
    store.close()
    (tmp_path / "fees.sqlite").unlink()
    (tmp_path / "fees.sqlite").mkdir()
    with pytest.raises(DatabaseDown):
        store.note(GENESIS, 0, 1, FEES)
    assert store.expenses(0) == []
    assert store.waiting(0) is None
