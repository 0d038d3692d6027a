"""What a sender's database lets go of, and that nothing that is needed goes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.keeper.actions import Act
from bridge.outbox.outbox import Outbox
from bridge.outbox.records import Inclusion, Intent, Outcome, Verdict
from bridge.outbox.review import KEPT_S
from bridge.outbox.transaction_log import Intents
from pargrade.chain.fees import Fees
from pargrade.chain.hashing import Address
from pargrade.chain.sending import SignedTransaction
from tests.support.market import DAY, Market
from tests.support.service import KEEPER, open_tables

NOW = 2_000 * DAY
CONTRACT = Address("0x" + "11" * 20)

ENDS = st.sampled_from(["open", "dropped", "provisional", "final", "unseen"])
PAST = st.lists(st.tuples(ENDS, st.integers(1, 200)), max_size=25).map(
    # Intents are numbered in the order in which they were made.
    lambda found: sorted(found, key=lambda item: -item[1])
)


def write(intents: Intents, nonce: int, end: str, days_ago: int) -> Intent:
    first = SignedTransaction(bytes([nonce]) * 32, b"\x02", Fees(2, 1))
    made = intents.record("redeem", CONTRACT, b"\x01", nonce, 21_000, first)
    seen = Inclusion(nonce, bytes(32), 0 if end == "unseen" else NOW - days_ago * DAY, 7)
    if end == "dropped":
        intents.conclude(made, Outcome("redeem", Verdict.DROPPED))
    elif end != "open":
        verdict = Verdict.SUPERSEDED if end == "unseen" else Verdict.DONE
        intents.conclude(made, Outcome("redeem", verdict, bytes(32), nonce, 21_000, seen))
    if end in ("final", "unseen"):
        intents.mark_final(made.id)
    return made


@settings(max_examples=30, deadline=None)
@given(past=PAST, other=PAST)
def test_discard_before__any_past__what_is_open_provisional_recent_or_anothers_stays(
    past: list[tuple[str, int]], other: list[tuple[str, int]]
) -> None:
    engine = open_tables()
    mine, others = Intents(engine, KEEPER.address), Intents(engine, CONTRACT)
    numbers = [write(mine, nonce, *item).id for nonce, item in enumerate(past)]
    for nonce, item in enumerate(other):
        write(others, nonce, *item)
    month = NOW - 30 * DAY
    before = (mine.open(), mine.provisional(), mine.expenses(month), len(others.outcomes()))
    gone = mine.discard_before(NOW - KEPT_S)
    after = (mine.open(), mine.provisional(), mine.expenses(month), len(others.outcomes()))
    assert after == before

    days = KEPT_S // DAY
    old = [number for number, item in zip(numbers, past, strict=True) if item[1] > days]
    final = [n for n, item in zip(numbers, past, strict=True) if item[0] == "final" and n in old]
    kept = {number for number in numbers if mine.find(number) is not None}
    assert gone == len(numbers) - len(kept)
    assert kept.isdisjoint(final)
    ended_in_no_block = {
        number
        for number, (end, _) in zip(numbers, past, strict=True)
        if end in ("dropped", "unseen") and final and number < final[-1]
    }
    assert set(numbers) - kept == {*final, *ended_in_no_block}
    engine.dispose()


def test_recover__ninety_days_after_an_outcome__a_newer_final_one_lets_it_go(
    market: Market, intents: Intents, acts: list[Act]
) -> None:
    def send(act: Act) -> None:
        sender = Outbox(market.chain, KEEPER, intents)
        call = act.call(market.market)
        sender.send(call, str(act), sender.gas_limit(call))

    def settle() -> list[str]:
        market.chain.mine(80)
        Outbox(market.chain, KEEPER, intents).recover()
        return [outcome.act for outcome in intents.outcomes()]

    send(acts[0])
    assert settle() == [str(acts[0])]
    market.chain.advance(market.now + KEPT_S - DAY)
    send(acts[1])
    assert settle() == [str(acts[0]), str(acts[1])]
    market.chain.advance(market.now + 2 * DAY)
    send(acts[2])
    assert settle() == [str(acts[1]), str(acts[2])]
