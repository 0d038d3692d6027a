from typing import Any

from bridge.keeper.batches import Paging
from bridge.keeper.keeper import Keeper, Pass
from bridge.outbox.outbox import Outbox
from bridge.outbox.records import Verdict
from bridge.outbox.transaction_log import Intents
from pargrade.bindings.futures_market import Phase
from pargrade.bindings.structs import Style
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.futures.ladder import Rung
from pargrade.futures.next_action import Action
from pargrade.futures.payoff import Band, banded_payoff
from pargrade.units import Price
from tests.support.market import DAY, MIDNIGHT, PRICE, Market, account
from tests.support.service import KEEPER, open_tables, serve

HIGHER = PRICE * 21 // 20
EXPIRY = MIDNIGHT + 2 * DAY


def expired(market: Market, holders: int = 3, **terms: object) -> int:
    """A series with LONG holders and one SHORT holder, whose window is covered and over."""
    series = market.list_series("A1GH", **terms)
    market.spread(series, holders)
    market.cover(MIDNIGHT + DAY, EXPIRY, HIGHER)
    return series


def acts(done: Pass) -> list[str]:
    return [outcome.act.split()[0] for outcome in done.outcomes]


def challenge_over(market: Market) -> None:
    market.chain.advance(market.now + DAY)


def test_keep__banded_series__settled_and_paid_in_quote_alone(market: Market) -> None:
    series = market.list_banded(PRICE // 2, PRICE * 2)
    market.spread(series, 2)
    market.cover(MIDNIGHT + DAY, EXPIRY, HIGHER)
    service = serve(market)
    assert acts(service.keep()) == ["propose"]
    challenge_over(market)
    assert acts(service.keep()) == ["finalise", "redeem", "redeem"]
    split = banded_payoff(Band(Price(PRICE // 2), Price(PRICE), Price(PRICE * 2)), Price(HIGHER), 6)
    paid = market.holdings(account(1), account(3))
    assert paid[f"{account(1)} quote"] == 10 * split.long_quote
    assert paid[f"{account(3)} quote"] == 20 * split.short_quote
    assert service.follower.ledger.unfinished() == ()


def test_keep__banded_series_of_a_silent_index__concluded_on_the_last_rung(market: Market) -> None:
    series = market.list_banded(PRICE // 2, PRICE * 2)
    market.spread(series, 1)
    market.chain.advance(EXPIRY + 14 * DAY)
    assert acts(serve(market).keep()) == ["propose", "redeem", "redeem"]
    view = market.market.series(series, block=Tag.LATEST)
    assert (view.phase, view.price) == (Phase.SETTLED, PRICE)


def test_keep__series_still_trading__nothing_is_sent(market: Market) -> None:
    market.list_series("A1GH")
    done = serve(market).keep()
    assert done.outcomes == ()
    assert done.series[0].next_action.next_at == EXPIRY


def test_keep__series_expired__proposed_then_finalised_then_everyone_paid(market: Market) -> None:
    series = expired(market)
    service = serve(market)
    assert acts(service.keep()) == ["propose"]
    assert market.market.series(series, block=Tag.LATEST).phase is Phase.PROPOSED

    challenge_over(market)
    assert acts(service.keep()) == ["finalise", "redeem", "redeem"]
    view = market.market.series(series, block=Tag.LATEST)
    assert (view.phase, view.price) == (Phase.SETTLED, HIGHER)
    long_units = 10**16 - 10**16 * PRICE // HIGHER
    paid = market.holdings(account(1), account(4))
    assert paid[f"{account(1)} quote"] == 10 * view.quote_per_lot
    assert paid[f"{account(1)} A1GH"] == 10 * long_units
    assert paid[f"{account(4)} quote"] == 0
    assert paid[f"{account(4)} A1GH"] == 30 * (10**16 - long_units)
    assert service.follower.ledger.unfinished() == ()


def test_keep__nothing_left_to_do__a_second_pass_sends_nothing(market: Market) -> None:
    expired(market)
    service = serve(market)
    service.keep()
    challenge_over(market)
    service.keep()
    assert service.keep().outcomes == ()


def test_keep__delivery_style__settled_and_paid_in_one_pass(market: Market) -> None:
    series = expired(market, style=Style.DELIVERY)
    assert acts(serve(market).keep()) == ["propose", "redeem", "redeem"]
    assert market.market.series(series, block=Tag.LATEST).phase is Phase.DELIVERED
    assert market.holdings(account(1))[f"{account(1)} A1GH"] == 10 * 10**16


def test_keep__more_holders_than_a_page__pages_of_at_most_that_size(market: Market) -> None:
    expired(market, holders=7, style=Style.DELIVERY)
    done = serve(market, page_size=3).keep()
    output = [outcome.act.rsplit(" for ")[-1] for outcome in done.outcomes if "LONG" in outcome.act]
    assert output == ["3 holders", "3 holders", "1 holder"]


def test_keep__page_needs_more_gas_than_allowed__halved_until_it_fits(market: Market) -> None:
    expired(market, holders=8, style=Style.DELIVERY)
    done = serve(market, most_gas=300_000).keep()
    pages = [outcome for outcome in done.outcomes if "LONG" in outcome.act]
    assert len(pages) > 1
    assert all(outcome.gas_used is not None and outcome.gas_used < 300_000 for outcome in pages)
    assert market.market.balance_of(account(8), _series(market), block=Tag.LATEST) == 0


def test_keep__not_even_one_holder_fits__skipped_with_a_reason_and_kept_for_later(
    market: Market,
) -> None:
    expired(market, holders=2, style=Style.DELIVERY)
    service = serve(market)
    service.keep()
    series = market.list_series("A1GH", start=MIDNIGHT + 3 * DAY, style=Style.DELIVERY)
    market.spread(series, 1)
    market.chain.advance(MIDNIGHT + 4 * DAY)
    # Proposing fits into 80,000 gas and paying a new account does not.
    done = serve(market, most_gas=80_000).keep()
    assert acts(done)[0] == "propose"
    assert {skip.why for each in done.series for skip in each.skipped} == {
        "does not fit into a transaction, or is refused"
    }
    assert acts(serve(market).keep()) == ["redeem", "redeem"]


def test_keep__holder_is_a_contract_without_payout_address__left_to_redeem_itself(
    market: Market,
) -> None:
    series = market.list_series("A1GH", style=Style.DELIVERY)
    market.spread(series, 2)
    contract = market.index.address
    market.open(series, 5)
    market.give(series, contract, 5)
    market.give(series + 1, account(9), 5)
    market.chain.advance(EXPIRY)
    done = serve(market).keep()
    assert [(skip.holder, skip.position) for skip in done.series[0].skipped] == [(contract, series)]
    assert market.market.balance_of(contract, series, block=Tag.LATEST) == 5
    assert market.market.balance_of(account(1), series, block=Tag.LATEST) == 0


def test_keep__holder_delegates_to_code__paid_like_any_other(market: Market) -> None:
    series = market.list_series("A1GH", style=Style.DELIVERY)
    market.spread(series, 1)
    delegation = "0xef0100" + market.index.address[2:]
    market.chain.request("anvil_setCode", account(1), delegation)
    market.chain.advance(EXPIRY)
    assert serve(market).keep().series[0].skipped == ()
    assert market.market.balance_of(account(1), series, block=Tag.LATEST) == 0


def test_keep__holder_named_a_payout_address__paid_there(market: Market) -> None:
    series = market.list_series("A1GH", style=Style.DELIVERY)
    market.open(series, 5)
    market.do(market.market.set_payout_address(account(7)))
    before = market.unit("A1GH").balance_of(market.me, block=Tag.LATEST)
    market.chain.advance(EXPIRY)
    serve(market).keep()
    assert market.unit("A1GH").balance_of(account(7), block=Tag.LATEST) == 5 * 10**16
    assert market.unit("A1GH").balance_of(market.me, block=Tag.LATEST) == before


def test_keep__someone_else_came_first_at_every_step__no_error_and_no_transaction(
    market: Market,
) -> None:
    series = expired(market)
    service = serve(market)
    service.follow()
    market.do(market.market.propose(series))
    assert service.keep().outcomes == ()
    challenge_over(market)
    market.do(market.market.finalise(series))
    holders = tuple(account(number) for number in (1, 2, 3))
    market.do(market.market.redeem_for(series, holders))
    assert acts(service.keep()) == ["redeem"]
    assert service.follower.ledger.unfinished() == ()


def test_keep__someone_else_comes_first_after_we_looked__no_error_and_no_transaction(
    market: Market,
) -> None:
    series = expired(market)

    class Outrun(Outbox):
        """Someone proposes between our look at the series and our estimate."""

        def gas_limit(self, call: Call[Any]) -> int:
            if market.market.series(series, block=Tag.LATEST).phase is Phase.OPEN:
                market.do(market.market.propose(series))
            return super().gas_limit(call)

    service = serve(market)
    intents = Intents(open_tables(), KEEPER.address)
    sender = Outrun(market.chain, KEEPER, intents)
    keeper = Keeper(service.contracts, service.follower, sender, Paging())
    assert keeper.keep().outcomes == ()
    assert keeper.keep().series[0].next_action.reason == "in challenge"


def test_keep__coverage_too_low_for_the_first_rung__waits_for_the_second_and_proposes(
    market: Market,
) -> None:
    series = market.list_series("A1GH")
    market.spread(series, 1)
    market.record(MIDNIGHT + DAY)
    market.record(EXPIRY)
    service = serve(market)
    (each,) = service.keep().series
    assert (each.next_action.action, each.next_action.rung) == (Action.NOTHING, Rung.FULL)
    assert each.next_action.next_at == EXPIRY + 7 * DAY
    assert each.next_action.reason == "54.1 % covered"

    market.chain.advance(EXPIRY + 7 * DAY)
    assert acts(service.keep()) == ["propose"]
    assert market.market.series(series, block=Tag.LATEST).phase is Phase.PROPOSED


def test_keep__index_silent_for_fourteen_days__delivered_without_a_price(market: Market) -> None:
    series = market.list_series("A1GH")
    market.spread(series, 1)
    service = serve(market)
    market.chain.advance(EXPIRY + 1)
    (each,) = service.keep().series
    assert (each.next_action.rung, each.next_action.next_at) == (Rung.WAITING, EXPIRY + 900)
    market.chain.advance(EXPIRY + 12 * DAY)
    (each,) = service.keep().series
    assert (each.next_action.rung, each.next_action.next_at) == (Rung.CLOSED, EXPIRY + 14 * DAY)
    market.chain.advance(EXPIRY + 14 * DAY)
    assert acts(service.keep()) == ["propose", "redeem", "redeem"]
    assert market.market.series(series, block=Tag.LATEST).phase is Phase.DELIVERED


def test_keep__guardian_rejects_the_price__delivered_and_paid(market: Market) -> None:
    series = expired(market)
    service = serve(market)
    service.keep()
    market.do(market.market.reject(series))
    assert acts(service.keep()) == ["redeem", "redeem"]
    assert market.holdings(account(1))[f"{account(1)} A1GH"] == 10 * 10**16


def test_keep__dry_run__plans_the_next_act_and_changes_nothing(market: Market) -> None:
    series = expired(market)
    before = market.chain.head()
    done = serve(market, key=None).keep()
    assert [(o.act.split()[0], o.verdict) for o in done.outcomes] == [("propose", Verdict.PLANNED)]
    assert market.chain.head() == before
    market.do(market.market.propose(series))
    challenge_over(market)
    market.do(market.market.finalise(series))
    planned = serve(market, key=None).keep()
    assert acts(planned) == ["redeem", "redeem"]
    assert market.market.balance_of(account(1), series, block=Tag.LATEST) == 10


def test_keep__two_series__each_brought_as_far_as_it_gets(market: Market) -> None:
    net = expired(market)
    delivery = market.list_series("A1GH", start=MIDNIGHT + 3 * DAY, style=Style.DELIVERY)
    done = serve(market).keep()
    assert [(each.series, each.next_action.reason) for each in done.series] == [
        (net, "in challenge"),
        (delivery, "trading"),
    ]


def _series(market: Market) -> int:
    return market.market.series_ids(block=Tag.LATEST)[0]
