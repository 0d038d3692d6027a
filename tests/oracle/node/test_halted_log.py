"""What a network writes that lands nothing for a day: computed with a driven clock."""

import io
import logging
import random

import pytest
from structlog.contextvars import bound_contextvars

from oracle.consensus.validation import Refusal, RefusalReason
from oracle.node.tick import Held, Overtaken, Waiting
from oracle.node.tick_log import TickLog
from pargrade.chain.errors import RpcDown
from pargrade.logs.form import make_formatter
from pargrade.logs.handler import CountingHandler
from pargrade.logs.log_format import LogFormat

pytestmark = pytest.mark.full

DAY_S = 86_400
NODES = 5
MOST_BYTES = 1_000_000
RETRY_S = 3
"""As Pace's."""
SELDOM_S = 30
SLOT_S = 60


class Halted:
    """One node's log, with a clock that is driven."""

    def __init__(self, monkeypatch, form):
        self.now = 0.0
        self.stream = io.StringIO()
        handler = CountingHandler(self.stream, lambda: self.now)
        handler.setFormatter(make_formatter(form, "node-1"))
        monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
        self.ticks = TickLog()
        self.pool = logging.getLogger("pargrade.chain.endpoint.pool")

    def day(self, poll, every_s=RETRY_S):
        for number in range(DAY_S // every_s):
            self.now = number * every_s
            with bound_contextvars(slot=int(self.now) // SLOT_S * SLOT_S, block=number):
                poll(number)
        return len(self.stream.getvalue().encode())


@pytest.fixture
def halted(monkeypatch):
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.INFO)
    # Of the two forms the longer one.
    yield Halted(monkeypatch, LogFormat.JSON)
    root.setLevel(level)


def refusals(chance):
    """Four peers' refusals as they come in: in any order, with any peer's text."""
    found = [
        Refusal(f"http://127.0.0.1:760{peer}", chance.choice(list(RefusalReason)), "x" * 150)
        for peer in range(4)
    ]
    chance.shuffle(found)
    return tuple(found)


def test_network__without_a_quorum_for_a_day__writes_less_than_a_megabyte(halted):
    chance = random.Random(7)

    def poll(number):
        reason = f"index 0: {number % 3} of 3 signers"
        halted.ticks.log_outcome(Held(number, reason, refusals(chance)))
        if number % 7 == 0:
            halted.ticks.log_outcome(Waiting(number, 1.0))

    written = halted.day(poll)
    assert written * NODES < MOST_BYTES
    assert halted.stream.getvalue().count("repeated") > 20


def test_bound__where_nothing_is_counted__is_broken(halted, monkeypatch):
    monkeypatch.setattr("pargrade.logs.handler._is_counted", lambda _: False)
    written = halted.day(lambda number: halted.ticks.log_outcome(Held(number, "index 0")), SELDOM_S)
    assert written * NODES > MOST_BYTES


def test_network__without_a_chain_for_a_day__writes_less_than_a_megabyte(halted):
    chance = random.Random(7)

    def poll(_):
        for port in (8545, 8546):
            why = chance.choice(["Connection refused", "Connection reset", f"{chance.random()} s"])
            halted.pool.warning("%s", RpcDown(f"http://127.0.0.1:{port}", why))
        halted.pool.warning("using %s instead of %s", "http://a", "http://b")
        halted.pool.warning("using %s instead of %s", "http://b", "http://a")
        halted.ticks.log_failure(RpcDown("http://127.0.0.1:8545", chance.choice("abcdef") * 300))

    assert halted.day(poll, SELDOM_S) * NODES < MOST_BYTES


def test_network__whose_rounds_wait_for_a_block_for_a_day__writes_less_than_a_megabyte(halted):
    written = halted.day(lambda _: halted.ticks.log_outcome(Overtaken(SLOT_S)), SELDOM_S)
    assert written * NODES < MOST_BYTES
    assert halted.stream.getvalue().count("another node came first") == 1


def test_network__whose_peers_say_something_new_at_every_poll__writes_less_than_a_megabyte(halted):
    chance = random.Random(7)

    def poll(_):
        words = chance.randbytes(20).hex() * 100
        halted.ticks.log_outcome(Held(0, words, refusals(chance)))

    assert halted.day(poll, SELDOM_S) * NODES < MOST_BYTES
