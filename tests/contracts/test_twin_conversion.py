"""`pargrade.conversion` against the bytecode of WrappedUnit, step by step.

Every step is a real transaction on a real clone; only a shrinking token needs a hand, since no
token of ours shrinks by itself: its balance is written where the token keeps it.
"""

from random import Random

import pytest

from pargrade.bindings.errors import DepositCapReached, NothingToMove
from pargrade.bindings.errors import ShortReserves as Refused
from pargrade.bindings.structs import Factor
from pargrade.bindings.test_token import TestToken
from pargrade.bindings.wrapped_unit import WrappedUnit
from pargrade.chain.hashing import keccak
from pargrade.grade.conversion import ShortReserves, is_short, units_for, unwrap, wrap
from pargrade.grade.terms import FACTOR_STEP
from tests.support.evm import ME, Evm
from tests.support.venue import Venue

pytestmark = pytest.mark.full

GRADES, STEPS = 100, 100
NOW = 1_772_582_400
PLENTY = 2**256 - 1


class Walk:
    """One unit, what it holds and what exists of it, as the twin believes."""

    def __init__(self, evm: Evm, token: TestToken, unit: WrappedUnit, random: Random) -> None:
        self.evm = evm
        self.token = token
        self.unit = unit
        self.random = random
        self.terms: Factor = unit.factor(block=NOW)
        self.held = 0
        self.supply = 0
        evm.send(token.approve(unit.address, PLENTY))

    def amount(self, most: int) -> int:
        """Any size up to `most`, small ones as often as large ones."""
        return self.random.randrange(1, 2 ** self.random.randint(1, max(most.bit_length(), 1)) + 1)

    def wrap(self) -> None:
        tokens = self.amount(10**32)
        assert self.unit.preview_wrap(tokens, block=NOW) == units_for(tokens, self.terms)
        self.evm.send(self.token.mint(ME, tokens))
        call = self.unit.wrap(tokens, 0, ME)
        if is_short(self.held, self.supply, self.terms):
            with pytest.raises(ShortReserves) as short:
                wrap(tokens, self.held, self.supply, self.terms)
            with pytest.raises(Refused) as refused:
                self.evm.send(call)
            assert (refused.value.backed, refused.value.supply) == (
                short.value.backed,
                short.value.supply,
            )
            return
        expected = wrap(tokens, self.held, self.supply, self.terms)
        if expected == 0:
            with pytest.raises(NothingToMove):
                self.evm.send(call)
        elif self.supply + expected > self.terms.deposit_cap:
            with pytest.raises(DepositCapReached):
                self.evm.send(call)
        else:
            assert self.evm.send(call) == expected
            self.held += tokens
            self.supply += expected

    def unwrap(self) -> None:
        units = min(self.amount(self.supply), self.supply)
        expected = unwrap(units, self.held, self.supply, self.terms)
        assert self.unit.preview_unwrap(units, block=NOW) == expected
        tokens, burned = expected
        call = self.unit.unwrap(units, 0, ME)
        if tokens == 0:
            with pytest.raises(NothingToMove):
                self.evm.send(call)
            return
        assert self.evm.send(call) == expected
        self.held -= tokens
        self.supply -= burned

    def donate(self) -> None:
        gift = self.amount(10**20)
        self.evm.send(self.token.mint(self.unit.address, gift))
        self.held += gift

    def shrink(self) -> None:
        self._set_held(self.held - min(self.amount(self.held), self.held) if self.held else 0)

    def graze(self) -> None:
        """The least that backs every unit, or one base unit less."""
        least = -(-self.supply * 10**self.terms.decimals // self.terms.scu_per_token)
        self._set_held(max(least - self.random.randint(0, 1), 0))

    def _set_held(self, held: int) -> None:
        self.held = held
        slot = keccak(bytes(12) + bytes.fromhex(self.unit.address[2:]) + bytes(32))
        self.evm.store(self.token.address, int.from_bytes(slot), self.held)

    def check(self) -> None:
        assert self.token.balance_of(self.unit.address, block=NOW) == self.held
        assert self.unit.total_supply(block=NOW) == self.supply
        assert self.unit.is_short(block=NOW) == is_short(self.held, self.supply, self.terms)


def test_conversion__ten_thousand_steps_on_a_hundred_grades__python_equals_bytecode():
    random = Random(20_260_304)
    venue = Venue(NOW)
    shorts = 0
    for _ in range(GRADES):
        decimals = random.choice((0, 2, 6, 8, 18, random.randint(0, 36)))
        token = venue.token(decimals)
        factor = random.randrange(1, 10 ** random.randint(1, 9)) * FACTOR_STEP
        unit = venue.grade(token, decimals, factor)
        walk = Walk(venue.evm, token, unit, random)
        acts = (walk.wrap, walk.unwrap, walk.donate, walk.shrink, walk.graze)
        for _ in range(STEPS):
            random.choices(acts, weights=(60, 30, 4, 3, 3))[0]()
            walk.check()
            shorts += is_short(walk.held, walk.supply, walk.terms)
    # The walk has to spend its time on both sides of solvency to mean anything.
    assert GRADES * STEPS // 10 < shorts < GRADES * STEPS * 9 // 10
