"""`market_by_hand` and `next_action` against the bytecode of FuturesMarket and SpotIndex.

In each world rounds really cover a window so far and no further. At each edge of the ladder every
act is tried on every series, without keeping what it changes; the keeper's reader reads the same
state. A world is tried three times: honest, with a proof about a slot outside the window, and with
one inside it. Time is set by hand, also backwards.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import pytest

from pargrade.bindings.futures_market import Proposed, SeriesCreated, Settled
from pargrade.bindings.structs import Phase, SeriesTerms, SeriesView, Style, Timing
from pargrade.chain.block import BlockStamp
from pargrade.chain.call import Call
from pargrade.chain.errors import Reverted
from pargrade.deployment.series_state import read_next_action
from tests.support import market_by_hand as twin
from tests.support.liars import lie
from tests.support.market_by_hand import (
    DAY,
    EXPIRY,
    MAX_AGE,
    NINE_TENTHS,
    PRICE,
    QUARTER,
    SPAN,
    START,
    State,
)
from tests.support.venue import ALONE, Venue

HOLD: Final = DAY // 4
"""Seconds a round covers, unless another one comes before."""
TIMING: Final = Timing(
    grid=1,
    heartbeat=HOLD // 2,
    grace=HOLD // 2,
    max_age=MAX_AGE,
    min_interval=1,
    deviation_bps=25,
    band_bps=10_000,
)
CENT: Final = 10**6


@dataclass(frozen=True)
class Rounds:
    """How the rounds of a world lie."""

    covered: int
    long_gap: bool = False
    history: bool = True
    after: bool = True
    """A round falls on the expiry, so that the window is final at once."""

    def slots(self) -> list[int]:
        """Slots of the window that cover just so many of its seconds, by HOLD each."""
        whole, part = divmod(self.covered, HOLD)
        uncovered, time, slots = SPAN - self.covered, START, []
        for _ in range(whole):
            slots.append(time)
            gap = 0 if self.long_gap else min(DAY, uncovered)
            uncovered -= gap
            time += HOLD + gap
        return [*slots, *([EXPIRY - part] if part else [])]


WORLDS: Final = tuple(
    replace(rounds, after=after)
    for after in (True, False)
    for rounds in (
        Rounds(0, long_gap=True),
        Rounds(QUARTER - 1, long_gap=True),
        Rounds(QUARTER, long_gap=True),
        Rounds(QUARTER - 1),
        Rounds(QUARTER),
        Rounds(NINE_TENTHS - 1),
        Rounds(NINE_TENTHS),
        Rounds(NINE_TENTHS, long_gap=True),
        Rounds(SPAN),
        Rounds(SPAN, history=False),
    )
)


class World(Venue):
    """A market whose window has these rounds, and its series in every phase they can reach."""

    def __init__(self, rounds: Rounds) -> None:
        super().__init__(START - 2 * DAY, TIMING)
        self.rounds = rounds
        self.honest = State(
            style=Style.NET,
            phase=Phase.OPEN,
            now=START,
            history=rounds.history,
            covered=rounds.covered,
            long_gap=rounds.long_gap,
        )
        self.quote = self.token(6).address
        self.unit = self.grade(self.token(6), 6, 10**18).address
        self.numbers: list[int] = []
        if rounds.history:
            self.record(START - HOLD, PRICE)
            self._list_all()
            self._record_window()
        else:
            # A series is only listed on a fresh index, so that this takes a clock that runs back.
            self._record_window()
            self._list_all()
        self._bring_forward()

    def _record_window(self) -> None:
        for slot in (*self.rounds.slots(), *([EXPIRY] if self.rounds.after else [])):
            self.record(slot, PRICE)

    def _list_all(self) -> None:
        """Four series of each style, told apart by K."""
        self.evm.warp(START - HOLD)
        for place, style in enumerate(twin.STYLES * 4):
            banded = style is Style.BANDED
            terms = SeriesTerms(
                index=0,
                start=START,
                expiry=EXPIRY,
                reference_price=PRICE + place * CENT,
                low=PRICE // 2 if banded else 0,
                high=PRICE * 2 if banded else 0,
                quote_token=self.quote,
                style=style,
                units=() if banded else (self.unit,),
                cap_lots=(10,),
            )
            self.evm.send(self.market.create(terms))
            self.numbers.append(self.evm.events(SeriesCreated, self.market.address)[0].series)

    def _bring_forward(self) -> None:
        """Of each style one series stays open; the others go on by what the rounds allow."""
        for number in self.numbers[3:]:
            self._settle_first(number)
        for number in self.numbers[6:9]:
            self._settle_again(number)
        self._exclude(self.numbers[9])

    def _settle_first(self, number: int) -> None:
        for now in (EXPIRY + MAX_AGE, EXPIRY + 7 * DAY):
            self.evm.warp(now)
            try:
                self.evm.send(self.market.propose(number))
            except Reverted:
                continue
            return

    def _settle_again(self, number: int) -> None:
        view = self.view(number)
        if view.phase is Phase.PROPOSED:
            self.evm.warp(view.challenge_ends)
            self.evm.send(self.market.finalise(number))

    def _exclude(self, number: int) -> None:
        view = self.view(number)
        if view.phase is Phase.PROPOSED and self.rounds.covered > QUARTER:
            self.evm.warp(view.challenge_ends - 1)
            self.evm.send(self.market.exclude(number, START, START + DAY))

    def view(self, number: int) -> SeriesView:
        return self.market.series(number, block=self.block)

    @property
    def block(self) -> BlockStamp:
        return BlockStamp(0, b"", b"", self.evm.time)

    def prove(self, slot: int) -> None:
        """The only reporter signed two contents for a slot."""
        self.evm.warp(EXPIRY + 15 * DAY)
        self.evm.send(lie(self.index, ALONE.keys[0], 1, slot))

    def states(self, *, compromised: bool) -> Iterator[tuple[int, State]]:
        """Every series at every moment that matters to its phase, as the twin sees it."""
        for number in self.numbers:
            view = self.view(number)
            for now in _moments(view):
                after = self.rounds.after or now >= EXPIRY + MAX_AGE
                yield (
                    number,
                    replace(
                        self.honest,
                        style=view.terms.style,
                        phase=view.phase,
                        now=now,
                        final=after,
                        compromised=compromised,
                        challenge_ends=view.challenge_ends,
                        guardian_acted=view.guardian_acted,
                    ),
                )

    def try_all(self, number: int, state: State) -> None:
        """Compares every act, and the next action, at one moment."""
        self.evm.warp(state.now)
        for call, outcome in (
            (self.market.propose(number), twin.propose(state)),
            (self.market.finalise(number), twin.finalise(state)),
            (self.market.settle(number), twin.settle(state)),
            (self.market.redeem_for(number, ()), twin.redeem_for(state)),
            (self.market.reject(number), twin.reject(state)),
        ):
            assert self._outcome(call, state.phase) == outcome, (call.label, self.rounds, state)
        found = read_next_action(self.view(number), self.index, self.block)
        assert twin.disagreement(found, state) is None, (self.rounds, state)

    def _outcome(self, call: Call[None], phase: Phase) -> twin.Outcome:
        try:
            with self.evm.undone():
                self.evm.send(call)
        except Reverted as refusal:
            return type(refusal).__name__
        if settled := self.evm.events(Settled, self.market.address):
            return settled[-1].phase
        return Phase.PROPOSED if self.evm.events(Proposed, self.market.address) else phase


def _moments(view: SeriesView) -> tuple[int, ...]:
    ends = view.challenge_ends
    if view.phase is Phase.OPEN:
        return twin.MOMENTS
    return (ends - 1, ends, ends + 1) if view.phase is Phase.PROPOSED else (EXPIRY + 15 * DAY,)


@pytest.mark.parametrize("rounds", WORLDS, ids=str)
def test_settlement__every_act_at_every_edge__contract_twin_and_next_action_agree(rounds):
    world = World(rounds)
    window = world.index.window(0, START, EXPIRY, block=world.block) if rounds.history else None
    if window is not None:
        assert (window.covered_time, window.long_gap) == (rounds.covered, rounds.long_gap)
    tried = _try_all(world, compromised=False)
    assert {state.style for state in tried} == set(twin.STYLES)
    world.prove(START - 1)
    _try_all(world, compromised=False)
    world.prove(START + DAY)
    _try_all(world, compromised=True)


def _try_all(world: World, *, compromised: bool) -> list[State]:
    tried = []
    for number, state in world.states(compromised=compromised):
        world.try_all(number, state)
        tried.append(state)
    return tried


def test_worlds__together__reach_every_phase_and_every_refusal():
    phases, outcomes = set(), set()
    for rounds in (Rounds(SPAN), Rounds(QUARTER - 1), Rounds(SPAN, history=False)):
        world = World(rounds)
        for _, state in world.states(compromised=False):
            phases.add((state.style, state.phase, state.guardian_acted))
            outcomes |= {twin.propose(state), twin.finalise(state), twin.reject(state)}
    assert phases >= {
        (Style.NET, Phase.OPEN, False),
        (Style.NET, Phase.PROPOSED, False),
        (Style.NET, Phase.PROPOSED, True),
        (Style.NET, Phase.SETTLED, False),
        (Style.BANDED, Phase.PROPOSED, False),
        (Style.BANDED, Phase.SETTLED, False),
        (Style.DELIVERY, Phase.DELIVERED, False),
    }
    assert outcomes >= {"NotReady", "NoCheckpoint", "CoverageTooLow", "BetweenRungs"}
    assert outcomes >= {"WrongPhase", "ChallengeOpen", "ChallengeOver", "GuardianActed"}
    assert outcomes >= {"NoDelivery", Phase.PROPOSED, Phase.SETTLED, Phase.DELIVERED}
