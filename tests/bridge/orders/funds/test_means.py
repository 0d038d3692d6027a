"""A way that a maker can pay for is one the exchange fills, and the other way round."""

from random import Random

import pytest

from bridge.orders.funds.means import Means, TokenMeans, lacking
from bridge.orders.funds.series_terms import SeriesDetail
from bridge.orders.signed.order import SignedOrder
from bridge.orders.signed.way import way_of
from pargrade.bindings.structs import Leg, Order, Side, Take
from pargrade.chain.errors import Reverted
from pargrade.futures import order as twin
from pargrade.units import LOT
from tests.contracts.test_twin_order import MAKER, MIDNIGHT, PLENTY, STEP, Pit
from tests.support.evm import ME

CASES = 160


def read_means(pit: Pit) -> Means:
    """What the maker has, as the contracts say."""
    owner = MAKER.address

    def token(contract):
        return TokenMeans(
            contract.balance_of(owner, block=MIDNIGHT),
            contract.allowance(owner, pit.exchange.address, block=MIDNIGHT),
            contract.allowance(owner, pit.market.address, block=MIDNIGHT),
        )

    positions = (pit.series, pit.series + 1)
    return Means(
        token(pit.quote),
        (token(pit.unit),),
        tuple(pit.market.balance_of(owner, number, block=MIDNIGHT) for number in positions),
        pit.market.is_operator(owner, pit.exchange.address, block=MIDNIGHT),
    )


def limit_maker(pit: Pit, random: Random, amounts: list[int], lots: int) -> None:
    """Takes from the maker whatever chance says, down to just enough or one too few."""
    owner = MAKER.address

    def some(plenty: int, near: list[int]) -> int:
        if random.random() < 0.5:
            return plenty
        return max(random.choice([0, *(each + d for each in near for d in (-1, 0))]), 0)

    units = [lots * int(LOT)]
    for contract, near in ((pit.quote, amounts), (pit.unit, units)):
        for spender in (pit.exchange.address, pit.market.address):
            pit.evm.send(contract.approve(spender, some(PLENTY, near)), sender=owner)
        held = contract.balance_of(owner, block=MIDNIGHT)
        kept = min(some(held, near), held)
        pit.evm.send(contract.transfer(ME, held - kept), sender=owner)
    for position in (pit.series, pit.series + 1):
        held = pit.market.balance_of(owner, position, block=MIDNIGHT)
        given = held - min(some(held, [lots]), held)
        pit.evm.send(pit.market.transfer(ME, position, given), sender=owner)
    if random.random() < 0.15:
        pit.evm.send(pit.market.set_operator(pit.exchange.address, False), sender=owner)


def is_filled(pit: Pit, order: Order, take: Take) -> bool:
    limit = 0 if order.side is Side.BUY else 2**64 - 1
    signature = twin.sign(order, pit.domain, MAKER)
    try:
        pit.evm.send(pit.exchange.fill(order, signature, take, limit))
    except Reverted:
        return False
    return True


@pytest.mark.parametrize("leg", list(Leg), ids=lambda leg: leg.name)
def test_lacking__of_any_maker__is_what_the_exchange_decides(leg):
    random = Random(1_400 + leg)
    pit = Pit(6, 240 * 10**6)
    view = pit.market.series(pit.series, block=MIDNIGHT)
    terms = SeriesDetail.of_view(pit.series, view, 6)
    outcomes = []
    for number in range(CASES):
        lots = random.randrange(1, 10_000)
        order = Order(
            series=pit.series,
            side=random.choice(list(Side)),
            grade=0,
            legs=15,
            price=random.randrange(1, 800) * STEP,
            lots=lots,
            maker=MAKER.address,
            taker=twin.ANYONE,
            matcher=twin.ANYONE,
            epoch=0,
            lane=number,
            nonce=1,
            expiry=2**40 - 1,
        )
        due = abs(terms.due(leg, order.price)) * lots
        locked = terms.long_lock * lots
        amounts = [due, locked, abs(locked - due), locked + due]
        with pit.evm.undone():
            limit_maker(pit, random, amounts, lots)
            why = lacking(
                SignedOrder.of_struct(order), way_of(leg, 1), lots, terms, read_means(pit)
            )
            take = Take(lots, leg, 0 if leg is Leg.LONG else 1)
            filled = is_filled(pit, order, take)
        assert (why == "") == filled, (order, why)
        outcomes.append(filled)
    assert CASES // 10 < sum(outcomes) < CASES * 9 // 10
