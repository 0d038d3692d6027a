"""Sending, replacing, and taking up what an earlier run left open, on a real chain."""

import threading
from dataclasses import replace

import pytest

from bridge.keeper.actions import Act, Propose
from bridge.outbox.outbox import Outbox
from bridge.outbox.records import Attempt, Outcome, PlannedCall, Verdict
from bridge.outbox.transaction_log import Intents
from pargrade.bindings.futures_market import WrongPhase
from pargrade.bindings.structs import Phase, Style
from pargrade.chain.block import Tag
from pargrade.chain.errors import (
    FeesAboveCap,
    RpcDown,
    RpcRefused,
    StuckTransaction,
    UnfundedWallet,
)
from pargrade.chain.hashing import keccak
from pargrade.chain.keys import Key
from pargrade.chain.rpc import Chain
from pargrade.chain.transaction import Fees, Transaction
from pargrade.chain.wallet import FeePolicy
from tests.support.market import DAY, MIDNIGHT, Market
from tests.support.mining import mine_once_waiting
from tests.support.proxy import dropping
from tests.support.service import KEEPER, open_tables

QUICK = FeePolicy(patience=0.3, attempts=2)


@pytest.fixture
def series(market: Market) -> int:
    """A series that anyone may propose, without a price."""
    number = market.list_series("A1GH", style=Style.DELIVERY)
    market.chain.advance(MIDNIGHT + 3 * DAY)
    return number


def outbox(market: Market, intents: Intents, key: Key = KEEPER) -> Outbox:
    return Outbox(market.chain, key, intents, QUICK)


def send(market: Market, sender: Outbox, series: int) -> Outcome:
    act = Propose(series)
    call = act.call(market.market)
    return sender.send(call, str(act), sender.gas_limit(call))


def recorded(market: Market, intents: Intents, series: int, *, tip: int = 10**9) -> Attempt:
    """An intent as a run leaves it that dies right after writing it."""
    call = Propose(series).call(market.market)
    nonce = market.chain.nonce(KEEPER.address, block=Tag.LATEST)
    fees = Fees(10**10, tip)
    raw = Transaction(
        chain_id=market.chain.chain_id,
        nonce=nonce,
        fees=fees,
        gas=300_000,
        to=call.to,
        value=0,
        data=call.data,
    ).sign(KEEPER)
    attempt = Attempt(keccak(raw), raw, fees)
    intents.record("propose", market.market.address, call.data, nonce, 300_000, attempt)
    return attempt


def phase(market: Market, series: int) -> Phase:
    return market.market.series(series, block=Tag.LATEST).phase


def test_send__accepted__done_with_its_receipt_and_nothing_open(
    market: Market, intents: Intents, series: int
) -> None:
    ended = send(market, outbox(market, intents), series)
    assert ended.verdict is Verdict.DONE
    assert ended.block == market.chain.head().number
    assert intents.open() == []
    assert intents.outcomes() == [ended]


def submissions(market: Market, sender: Outbox, acts: list[Act]) -> list[PlannedCall]:
    calls = [(act, act.call(market.market)) for act in acts]
    return [PlannedCall(call, str(act), sender.gas_limit(call)) for act, call in calls]


def test_send_all__several_calls__are_mined_in_one_block(
    market: Market, intents: Intents, acts: list[Act]
) -> None:
    sender = Outbox(market.chain, KEEPER, intents, FeePolicy(patience=60))
    given = submissions(market, sender, acts)
    market.chain.pause_mining()
    mining = threading.Thread(target=mine_once_waiting, args=(market.chain, len(acts)))
    mining.start()
    try:
        ended = sender.send_all(given)
    finally:
        mining.join()
        market.chain.resume_mining()
    assert [each.act for each in ended] == [str(act) for act in acts]
    assert {each.verdict for each in ended} == {Verdict.DONE}
    assert len({each.block for each in ended}) == 1
    assert sender.send_all([]) == intents.open() == []


def test_send_all__ends_in_the_middle__what_was_recorded_is_taken_up(
    market: Market, intents: Intents, acts: list[Act]
) -> None:
    capped = FeePolicy(patience=0.3, attempts=2, max_cost=10**17)
    sender = Outbox(market.chain, KEEPER, intents, capped)
    first, second, third = submissions(market, sender, acts)
    with pytest.raises(FeesAboveCap):
        sender.send_all([first, second, replace(third, gas=10**10)])
    assert len(intents.open()) == 2
    assert [each.verdict for each in sender.recover()] == [Verdict.DONE, Verdict.DONE]


def test_send_each__one_that_no_block_may_hold__is_its_own_end_and_leaves_no_gap(
    market: Market, intents: Intents, acts: list[Act]
) -> None:
    sender = outbox(market, intents)
    first, second, third = submissions(market, sender, acts)
    ends = sender.send_each([first, replace(second, gas=10**10), third])
    kinds = [end.verdict if isinstance(end, Outcome) else type(end) for end in ends]
    assert kinds == [Verdict.DONE, RpcRefused, Verdict.DONE]
    assert intents.open() == []
    assert intents.count(Verdict.DROPPED) == 1


def test_send_each__the_first_is_stuck__nobody_waits_for_the_others_and_all_are_taken_up(
    market: Market, intents: Intents, acts: list[Act]
) -> None:
    sender = outbox(market, intents)
    given = submissions(market, sender, acts)
    market.chain.pause_mining()
    try:
        ends = sender.send_each(given)
        assert all(isinstance(end, StuckTransaction) for end in ends)
        # Only the first was waited for, and replaced.
        assert [len(intent.attempts) > 1 for intent in intents.open()] == [True, False, False]
    finally:
        market.chain.resume_mining()
    market.chain.mine()
    assert {each.verdict for each in sender.recover()} == {Verdict.DONE}


def test_recover__what_no_block_may_hold__is_closed_and_stops_nothing_after_it(
    market: Market, intents: Intents, acts: list[Act]
) -> None:
    sender = outbox(market, intents)
    dear, good, _ = submissions(market, sender, acts)
    with pytest.raises(RpcRefused):
        sender.send(dear.call, dear.act, 10**10)
    assert len(intents.open()) == 1
    assert [each.verdict for each in outbox(market, intents).recover()] == [Verdict.DROPPED]
    assert sender.send(good.call, good.act, good.gas).verdict is Verdict.DONE
    assert intents.open() == []


def test_gas_limit__contract_refuses__its_own_error(
    market: Market, intents: Intents, series: int
) -> None:
    sender = outbox(market, intents)
    send(market, sender, series)
    with pytest.raises(WrongPhase):
        sender.gas_limit(Propose(series).call(market.market))


def test_send__refused_once_mined__failed_and_closed(
    market: Market, intents: Intents, series: int
) -> None:
    sender = outbox(market, intents)
    act = Propose(series)
    send(market, sender, series)
    late = sender.send(act.call(market.market), str(act), 300_000)
    assert late.verdict is Verdict.FAILED
    assert intents.open() == []


def test_send__not_mined_in_time__replaced_by_a_dearer_one_with_the_same_nonce(
    market: Market, intents: Intents, series: int
) -> None:
    market.chain.pause_mining()
    with pytest.raises(StuckTransaction):
        send(market, outbox(market, intents), series)
    (left,) = intents.open()
    fees = [attempt.fees for attempt in left.attempts]
    assert len(fees) == 3
    assert fees == sorted(fees, key=lambda each: each.tip)
    assert fees[1].tip * 10 >= fees[0].tip * 11
    assert fees[1].max_fee * 10 >= fees[0].max_fee * 11

    market.chain.resume_mining()
    market.chain.mine()
    (ended,) = outbox(market, intents).recover()
    assert ended.verdict is Verdict.DONE
    assert market.chain.nonce(KEEPER.address, block=Tag.LATEST) == left.nonce + 1


def test_recover__recorded_and_never_sent__sent_byte_for_byte(
    market: Market, intents: Intents, series: int
) -> None:
    attempt = recorded(market, intents, series)
    (ended,) = outbox(market, intents).recover()
    assert (ended.verdict, ended.tx_hash) == (Verdict.DONE, attempt.tx_hash)
    assert phase(market, series) is Phase.DELIVERED


def test_send__answer_lost_after_the_node_took_it__found_mined_and_sent_once(
    market: Market, intents: Intents, series: int
) -> None:
    before = market.chain.nonce(KEEPER.address, block=Tag.LATEST)
    with dropping(market.net.url, "eth_sendRawTransaction", always=True) as url:
        deaf = Outbox(Chain.connect(url), KEEPER, intents, QUICK)
        with pytest.raises(RpcDown):
            send(market, deaf, series)
    (ended,) = outbox(market, intents).recover()
    assert ended.verdict is Verdict.DONE
    assert market.chain.nonce(KEEPER.address, block=Tag.LATEST) == before + 1


def test_recover__mined_while_we_were_gone__closed_without_sending(
    market: Market, intents: Intents, series: int
) -> None:
    attempt = recorded(market, intents, series)
    tx_hash = market.chain.request("eth_sendRawTransaction", "0x" + attempt.raw.hex())
    market.until_mined(tx_hash)
    before = market.chain.head()
    (ended,) = outbox(market, intents).recover()
    assert (ended.verdict, ended.tx_hash) == (Verdict.DONE, attempt.tx_hash)
    assert market.chain.head() == before


def test_recover__waiting_in_the_pool__watched_until_it_is_mined(
    market: Market, intents: Intents, series: int
) -> None:
    attempt = recorded(market, intents, series)
    market.chain.pause_mining()
    market.chain.request("eth_sendRawTransaction", "0x" + attempt.raw.hex())
    with pytest.raises(StuckTransaction):
        outbox(market, intents).recover()
    market.chain.resume_mining()
    market.chain.mine()
    (ended,) = outbox(market, intents).recover()
    assert ended.verdict is Verdict.DONE
    assert phase(market, series) is Phase.DELIVERED


def test_recover__never_sent_and_done_by_someone_else__dropped_and_its_nonce_free(
    market: Market, intents: Intents, series: int
) -> None:
    recorded(market, intents, series)
    market.do(market.market.propose(series))
    nonce = market.chain.nonce(KEEPER.address, block=Tag.PENDING)
    sender = outbox(market, intents)
    assert [end.verdict for end in sender.recover()] == [Verdict.DROPPED]
    assert market.chain.nonce(KEEPER.address, block=Tag.PENDING) == nonce
    market.record(MIDNIGHT + 3 * DAY + 3_600)
    another = market.list_series("A1GH", start=MIDNIGHT + 4 * DAY, style=Style.DELIVERY)
    market.chain.advance(MIDNIGHT + 5 * DAY)
    assert send(market, sender, another).verdict is Verdict.DONE


def test_recover__nonce_taken_by_another_transaction__superseded(
    market: Market, intents: Intents, series: int
) -> None:
    recorded(market, intents, series)
    elsewhere = Intents(open_tables(), KEEPER.address)
    send(market, outbox(market, elsewhere), series)
    market.chain.request("evm_mine")
    assert [end.verdict for end in outbox(market, intents).recover()] == [Verdict.SUPERSEDED]
    assert intents.open() == []


def test_conclude__another_process_with_the_key_did_already__its_word_stands(
    market: Market, intents: Intents, series: int
) -> None:
    recorded(market, intents, series)
    (left,) = intents.open()
    (ended,) = outbox(market, intents).recover()
    intents.conclude(left, Outcome(left.act, Verdict.SUPERSEDED))
    assert intents.outcomes() == [ended]


def test_recover__intents_of_another_key__left_alone(
    market: Market, intents: Intents, series: int
) -> None:
    recorded(market, intents, series)
    engine = open_tables()
    other = Key(b"\x01" * 32)
    assert Outbox(market.chain, other, Intents(engine, other.address), QUICK).recover() == []
    assert len(intents.open()) == 1


def test_send__no_coin_for_gas__unfunded_and_taken_up_once_funded(
    market: Market, intents: Intents, series: int
) -> None:
    sender = outbox(market, intents)
    act = Propose(series)
    call = act.call(market.market)
    market.chain.fund(KEEPER.address, 0)
    with pytest.raises(UnfundedWallet) as refused:
        sender.send(call, str(act), 300_000)
    assert refused.value.balance == 0
    market.chain.fund(KEEPER.address, 10**18)
    assert [end.verdict for end in outbox(market, intents).recover()] == [Verdict.DONE]
