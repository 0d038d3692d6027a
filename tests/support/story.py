"""A market's life in one stretch: every kind of event the ledger knows happens at least once."""

from typing import Final

from pargrade.bindings.structs import Style
from pargrade.chain.block import Tag
from tests.support.market import DAY, MIDNIGHT, PRICE, Market, account

EXPIRY: Final = MIDNIGHT + 11 * DAY
NOBODY: Final = "0x" + "00" * 20


def run_story(market: Market) -> None:
    """Plays it on a market that is ready: four series, one of them settled with an exclusion,
    one rejected, one delivered, one banded; an impaired grade, first seen short and cured; a
    payout that fails and is claimed.
    """
    contracts, me = market.market, market.me
    market.list_grade("EFLP", decimals=8, scu_per_token=7019 * 10**14)
    market.list_grade("L70M", decimals=18, scu_per_token=712 * 10**14)
    market.do(market.unit("EFLP").unwrap(10**18, 0, me))
    market.do(market.unit("A1GH").transfer(account(50), 3 * 10**18))

    excluded = market.list_series("A1GH", days=10)
    rejected = market.list_series("EFLP", days=10)
    mixed = market.list_series("A1GH", "L70M", days=10, style=Style.DELIVERY)
    market.spread(excluded, 3)
    market.spread(rejected, 2)
    market.open(mixed, 40, 0)
    market.open(mixed, 60, 1)
    banded = market.list_banded(PRICE // 2, PRICE * 2, days=10)
    market.open(banded, 90)
    market.do(contracts.merge(banded, 0, 20, me, me))
    market.do(contracts.merge(mixed, 1, 10, me, me))
    market.do(contracts.stop_entry())
    market.do(contracts.allow_entry())
    market.do(contracts.set_payout_address(account(60)))
    market.do(contracts.set_payout_address(NOBODY))

    unit, token = market.unit("L70M").address, market.token("L70M")
    gone = token.balance_of(unit, block=Tag.LATEST) // 2
    market.do_as(unit, token.transfer(account(70), gone))
    market.do(market.registry.impair(unit))
    market.do(token.mint(unit, gone))
    market.do(market.registry.cure(unit))

    market.do(market.registry.announce_impairment(market.unit("EFLP").address))
    market.do(market.registry.withdraw_impairment(market.unit("EFLP").address))
    market.do(market.registry.announce_impairment(market.unit("L70M").address))
    market.do(market.registry.close(market.unit("EFLP").address))

    market.cover(MIDNIGHT + DAY, EXPIRY, PRICE * 11 // 10)
    market.do(contracts.propose(excluded))
    market.do(contracts.propose(rejected))
    market.do(contracts.propose(mixed))
    market.do(contracts.propose(banded))
    market.do(contracts.exclude(excluded, MIDNIGHT + DAY, MIDNIGHT + 2 * DAY))
    market.do(contracts.reject(rejected))
    market.do(contracts.set_payout_address(account(61)))
    # Nobody can be paid: both legs are credited to the holder instead, and claimed.
    market.do(contracts.redeem(mixed, 7, NOBODY))
    market.do(contracts.claim(market.quote.address, me))
    market.do(contracts.redeem_for(mixed + 1, (me,)))
    market.chain.advance(market.now + DAY)
    market.do(contracts.finalise(excluded))
    market.do(contracts.finalise(banded))
    market.do(contracts.redeem(banded, 30, account(62)))
    market.do(contracts.redeem_for(banded + 1, (me,)))
    market.do(contracts.redeem_for(excluded, (account(1), account(2))))
    market.do(contracts.set_payout_address(NOBODY))
