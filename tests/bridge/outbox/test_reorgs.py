"""Transactions that were dropped, or whose blocks went away: landed again, and nothing twice."""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.keeper.actions import Act, Propose
from bridge.outbox.outbox import Outbox
from bridge.outbox.records import Outcome, Verdict
from bridge.outbox.transaction_log import Intents
from pargrade.bindings.structs import Phase, Style
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.errors import StuckTransaction
from pargrade.chain.fees import FeePolicy
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.devnet.anvil import DevChain
from tests.support.market import DAY, MIDNIGHT, PRICE, Market, account
from tests.support.proxy import fault_proxy
from tests.support.proxy import send as reply
from tests.support.service import KEEPER, open_tables, serve

pytestmark = pytest.mark.full

DEPTHS = (1, 2, 8, 32, 64)
CONFIRMATIONS = 100
"""Deeper than every re-org here: none of them reaches a final block."""
EXPIRY = MIDNIGHT + 2 * DAY
QUICK = FeePolicy(patience=0.3, attempts=2)
SELF_CALL: Call[None] = Call(KEEPER.address, b"", "nothing", None, {})


class Confirmed:
    """So many blocks have to be on top."""

    def __init__(self, blocks: int) -> None:
        self.blocks = blocks

    def head(self, chain: Chain) -> Any:
        return chain.block(max(chain.head().number - self.blocks, 0))


@pytest.fixture
def two_series(market: Market) -> tuple[Act, Act]:
    """Proposals of two series that anyone may make, without a price."""
    numbers = [
        market.list_series("A1GH", start=MIDNIGHT + days * DAY, style=Style.DELIVERY)
        for days in (1, 2)
    ]
    market.chain.advance(MIDNIGHT + 4 * DAY)
    return Propose(numbers[0]), Propose(numbers[1])


def outbox(market: Market, intents: Intents, confirmations: int = CONFIRMATIONS) -> Outbox:
    return Outbox(market.chain, KEEPER, intents, FeePolicy(), Confirmed(confirmations))


def send(market: Market, sender: Outbox, act: Act) -> Outcome:
    call = act.call(market.market)
    return sender.send(call, str(act), sender.gas_limit(call))


def leave_waiting(market: Market, intents: Intents, act: Act) -> None:
    """The act's transaction is in the node's pool, and its intent open."""
    market.chain.pause_mining()
    with pytest.raises(StuckTransaction):
        send(market, Outbox(market.chain, KEEPER, intents, QUICK), act)


def verdicts(ended: list[Outcome]) -> list[tuple[str, Verdict]]:
    return [(end.act.split()[0], end.verdict) for end in ended]


def nonce(chain: DevChain) -> int:
    return chain.nonce(KEEPER.address, block=Tag.LATEST)


def expired(market: Market) -> int:
    """A covered series, deep in the chain, that has expired and has three LONG holders."""
    series = market.list_series("A1GH")
    market.spread(series, 3)
    market.cover(MIDNIGHT + DAY, EXPIRY, PRICE * 21 // 20)
    market.chain.mine(CONFIRMATIONS)
    return series


def settled(market: Market, database: str, interrupt: Callable[[str], None]) -> Any:
    """Keeps until everyone is paid; `interrupt` is called after every stage."""
    service = serve(market, database, finality=str(CONFIRMATIONS))
    service.keep()
    interrupt("propose")
    service.keep()
    market.chain.advance(market.now + DAY)
    service.keep()
    interrupt("redeem")
    market.chain.advance(market.now + DAY)
    for _ in range(2):
        service.keep()
    return {
        "holdings": market.holdings(*map(account, range(1, 5)), market.market.address),
        "transactions": nonce(market.chain),
        "done": [end.act for end in recorded(database) if end.verdict is Verdict.DONE],
    }


def recorded(database: str) -> list[Outcome]:
    return Intents(open_tables(database), KEEPER.address).outcomes()


@pytest.mark.parametrize("stage", ["propose", "redeem"])
@pytest.mark.parametrize("depth", DEPTHS)
def test_keep__reorg_after_an_act__everyone_paid_within_two_passes_and_nothing_twice(
    market: Market, depth: int, stage: str, tmp_path: Path
) -> None:
    series = expired(market)

    def reorganise(reached: str) -> None:
        if reached == stage:
            # The last act lies exactly `depth` blocks deep.
            market.chain.mine(depth - 1)
            market.reorg(depth)

    with market.chain.restored():
        undisturbed = settled(market, f"sqlite:///{tmp_path / 'undisturbed.db'}", lambda _: None)
    ended = settled(market, f"sqlite:///{tmp_path / 'reorganised.db'}", reorganise)
    assert market.market.series(series, block=Tag.LATEST).phase is Phase.SETTLED
    assert ended == undisturbed


@pytest.mark.parametrize("depth", DEPTHS[2:])
def test_keep__reorg_over_proposal_and_payment__all_of_it_done_again_within_two_passes(
    market: Market, depth: int, tmp_path: Path
) -> None:
    database = f"sqlite:///{tmp_path / 'bridge.db'}"
    series = expired(market)
    service = serve(market, database, finality=str(CONFIRMATIONS))
    service.keep()
    proposed = recorded(database)[0].tx_hash
    market.chain.advance(market.now + DAY)
    service.keep()
    assert market.market.balance_of(account(1), series, block=Tag.LATEST) == 0
    # Propose, a day, finalise and two payments are the last five blocks.
    market.chain.mine(depth - 5)
    market.reorg(depth)
    assert market.market.series(series, block=Tag.LATEST).phase is Phase.OPEN
    service.keep()
    assert market.market.series(series, block=Tag.LATEST).phase is Phase.PROPOSED
    market.chain.advance(market.now + DAY)
    service.keep()
    assert market.market.series(series, block=Tag.LATEST).phase is Phase.SETTLED
    assert market.market.balance_of(account(3), series, block=Tag.LATEST) == 0
    assert market.market.balance_of(account(4), series + 1, block=Tag.LATEST) == 0
    done = [end for end in recorded(database) if end.verdict is Verdict.DONE]
    assert done[0].tx_hash == proposed
    assert [end.act.split()[0] for end in done] == ["propose", "finalise", "redeem", "redeem"]
    assert nonce(market.chain) == len(done)


@pytest.mark.parametrize("depth", DEPTHS)
def test_recover__block_of_an_outcome_is_gone__the_same_bytes_land_again(
    market: Market, intents: Intents, two_series: tuple[Act, Act], depth: int
) -> None:
    sender = outbox(market, intents)
    first = send(market, sender, two_series[0])
    market.chain.mine(depth)
    market.reorg(depth + 1)
    assert market.chain.receipt(first.tx_hash or b"") is None
    (again,) = sender.recover()
    assert (again.verdict, again.tx_hash) == (Verdict.DONE, first.tx_hash)
    assert again.inclusion != first.inclusion
    assert nonce(market.chain) == 1
    assert sender.recover() == []


def test_recover__block_of_an_outcome_is_final__never_looked_at_again(
    market: Market, intents: Intents, two_series: tuple[Act, Act]
) -> None:
    sender = outbox(market, intents, confirmations=3)
    send(market, sender, two_series[0])
    market.chain.mine(2)
    assert sender.recover() == []
    assert len(intents.provisional()) == 1
    market.chain.mine()
    assert sender.recover() == []
    assert intents.provisional() == []


def test_recover__done_by_another_after_the_reorg__dropped_without_a_transaction(
    market: Market, intents: Intents, two_series: tuple[Act, Act]
) -> None:
    sender = outbox(market, intents)
    send(market, sender, two_series[0])
    market.reorg(1)
    market.do(two_series[0].call(market.market))
    assert verdicts(sender.recover()) == [("propose", Verdict.DROPPED)]
    assert nonce(market.chain) == 0
    assert send(market, sender, two_series[1]).verdict is Verdict.DONE


def test_recover__final_act_reorganised_away_under_a_waiting_one__both_land_as_they_were_signed(
    market: Market, intents: Intents, two_series: tuple[Act, Act]
) -> None:
    sender = outbox(market, intents, confirmations=0)
    first = send(market, sender, two_series[0])
    sender.recover()
    assert intents.provisional() == []
    leave_waiting(market, intents, two_series[1])
    (waiting,) = intents.open()
    market.reorg(1)
    market.chain.resume_mining()
    ended = sender.recover()
    assert verdicts(ended) == [("propose", Verdict.DONE), ("propose", Verdict.DONE)]
    assert ended[0].tx_hash == first.tx_hash
    assert ended[1].tx_hash in [attempt.tx_hash for attempt in waiting.attempts]
    assert nonce(market.chain) == 2


def test_recover__act_below_a_waiting_one_no_longer_wanted__its_nonce_cancelled(
    market: Market, intents: Intents, two_series: tuple[Act, Act]
) -> None:
    sender = outbox(market, intents)
    send(market, sender, two_series[0])
    leave_waiting(market, intents, two_series[1])
    market.reorg(1)
    market.chain.resume_mining()
    market.do(two_series[0].call(market.market))
    ended = sender.recover()
    assert verdicts(ended) == [
        ("propose", Verdict.DROPPED),
        ("cancel", Verdict.DONE),
        ("propose", Verdict.DONE),
    ]
    cancellation = market.chain.transaction(ended[1].tx_hash or b"")
    assert cancellation is not None
    assert (cancellation.to, cancellation.data) == (KEEPER.address, b"")
    assert ended[1].gas_used == 21_000
    assert nonce(market.chain) == 2


def test_recover__strangers_transaction_below_a_waiting_one_is_gone__its_nonce_cancelled(
    market: Market, intents: Intents, two_series: tuple[Act, Act]
) -> None:
    sender = outbox(market, intents)
    Wallet(market.chain, KEEPER).send(SELF_CALL, gas=21_000)
    leave_waiting(market, intents, two_series[1])
    market.reorg(1)
    market.chain.resume_mining()
    assert verdicts(sender.recover()) == [("cancel", Verdict.DONE), ("propose", Verdict.DONE)]
    assert nonce(market.chain) == 2


def test_recover__cancellation_reorganised_away_with_nothing_above__not_sent_again(
    market: Market, intents: Intents, two_series: tuple[Act, Act]
) -> None:
    sender = outbox(market, intents)
    Wallet(market.chain, KEEPER).send(SELF_CALL, gas=21_000)
    leave_waiting(market, intents, two_series[1])
    market.reorg(1)
    market.chain.resume_mining()
    sender.recover()
    market.reorg(2)
    market.do(two_series[1].call(market.market))
    assert verdicts(sender.recover()) == [("cancel", Verdict.DROPPED), ("propose", Verdict.DROPPED)]
    assert nonce(market.chain) == 0


def test_keep__endpoint_drops_transactions__done_in_the_first_pass_after_it_is_mended(
    market: Market, two_series: tuple[Act, Act], monkeypatch: pytest.MonkeyPatch
) -> None:
    with fault_proxy(market.net.url) as proxy:
        monkeypatch.setattr(market, "chain", DevChain.connect(proxy.url))
        service = serve(market, patience=1)
        proxy.break_with("drops transactions")
        for _ in range(2):
            with pytest.raises(StuckTransaction):
                service.keep()
        proxy.mend()
        done = service.keep()
        assert [end.verdict for end in (*done.recovered, *done.outcomes)] == [Verdict.DONE] * 2
        assert nonce(market.chain) == 2
        market.chain.close()


def count_the_waiting_one(proxy: Any, asked: Any, handler: Any) -> None:
    """A node that counts a transaction as pending although the one before it is gone."""
    own = proxy.forward(asked)
    if asked["params"][1] == "pending":
        own = {**own, "result": "0x2"}
    reply(handler, json.dumps(own).encode())


def test_recover__node_counts_on_behind_a_gap__the_gap_is_filled_in_the_same_pass(
    market: Market, intents: Intents, two_series: tuple[Act, Act]
) -> None:
    first = send(market, outbox(market, intents, confirmations=0), two_series[0])
    outbox(market, intents, confirmations=0).recover()
    leave_waiting(market, intents, two_series[1])
    market.reorg(1)
    market.chain.resume_mining()
    with fault_proxy(market.net.url) as proxy:
        chain = DevChain.connect(proxy.url)
        proxy.break_with(count_the_waiting_one, "eth_getTransactionCount")
        ended = Outbox(chain, KEEPER, intents, QUICK, Confirmed(0)).recover()
        chain.close()
    assert verdicts(ended) == [("propose", Verdict.DONE), ("propose", Verdict.DONE)]
    assert ended[0].tx_hash == first.tx_hash


@pytest.fixture
def outrun(market: Market, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """Another process with the key takes the nonce of the first transaction; its hash."""
    direct, other = market.chain, Wallet(market.chain, KEEPER)
    taken: list[bytes] = []

    def overtake(proxy: Any, asked: Any, handler: Any) -> None:
        proxy.mend()
        taken.append(other.send(SELF_CALL, gas=21_000).tx_hash)
        direct.mine(2)
        proxy.fault_of("eth_sendRawTransaction")(proxy, asked, handler)

    with fault_proxy(market.net.url) as proxy:
        monkeypatch.setattr(market, "chain", DevChain.connect(proxy.url))
        proxy.break_with(overtake, "eth_sendRawTransaction")
        yield taken
        market.chain.close()


def test_keep__another_process_takes_the_nonce__noticed_and_planned_again_in_the_same_pass(
    market: Market,
    two_series: tuple[Act, Act],
    outrun: list[bytes],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        done = serve(market).keep()
    assert verdicts(list(done.outcomes)) == [
        ("propose", Verdict.SUPERSEDED),
        ("propose", Verdict.DONE),
        ("propose", Verdict.DONE),
    ]
    assert f"nonce 0 of {KEEPER.address} was taken by 0x{outrun[0].hex()}" in caplog.text
    assert "number 1 so far" in caplog.text


def test_keep__another_process_takes_the_nonce_of_a_payment__holders_paid_in_the_same_pass(
    market: Market, request: pytest.FixtureRequest
) -> None:
    series = market.list_series("A1GH", style=Style.DELIVERY)
    market.spread(series, 3)
    market.chain.advance(EXPIRY)
    market.do(market.market.propose(series))
    request.getfixturevalue("outrun")
    done = serve(market, page_size=2).keep()
    assert done.outcomes[0].verdict is Verdict.SUPERSEDED
    assert {end.verdict for end in done.outcomes[1:]} == {Verdict.DONE}
    left = [market.market.balance_of(account(n), series, block=Tag.LATEST) for n in (1, 2, 3)]
    assert left == [0, 0, 0]


def test_recover__nonce_taken_by_an_earlier_transaction_of_ours__that_one_is_concluded(
    market: Market, intents: Intents, two_series: tuple[Act, Act], caplog: pytest.LogCaptureFixture
) -> None:
    sender = outbox(market, intents)
    first = send(market, sender, two_series[0])
    market.reorg(1)
    market.do(two_series[0].call(market.market))
    assert verdicts(sender.recover()) == [("propose", Verdict.DROPPED)]
    leave_waiting(market, intents, two_series[1])
    # Another node still had the dropped one, and its block won.
    market.chain.drop_transactions()
    market.chain.resume_mining()
    dropped = intents.find_by_hash(first.tx_hash or b"")
    assert dropped is not None
    market.until_mined(
        market.chain.request("eth_sendRawTransaction", "0x" + dropped.attempts[0].raw.hex())
    )
    market.chain.mine()
    with caplog.at_level(logging.INFO, "bridge.outbox"):
        ended = sender.recover()
    assert [end.verdict for end in ended] == [Verdict.SUPERSEDED, Verdict.FAILED]
    assert "nonce 0 was taken by an earlier propose" in caplog.text
    assert intents.open() == []
