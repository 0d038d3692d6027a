"""`pargrade.gate` against the bytecode of BridgeGate.

One gate stands at home and one at the remote end of random routes, the other end of each being
elsewhere. Every send is a real transaction at a random time; every digest is the contract's own.
"""

from dataclasses import astuple
from random import Random

import pytest

from pargrade.bindings.bridge_gate import BridgeGate, InboundQueued, Sent
from pargrade.bindings.bridged_token import BridgedToken
from pargrade.bindings.errors import NothingToMove, OverLimit
from pargrade.bindings.governance import Governance
from pargrade.bindings.structs import Attestation, Direction, RouteTerms, Transfer
from pargrade.bindings.test_token import TestToken
from pargrade.chain.hashing import address_of
from pargrade.chain.keys import Key
from pargrade.deployment.council import STOPS
from pargrade.deployment.roles import Role
from pargrade.gate.rate_limit import Bucket, Way
from pargrade.gate.transfer import Amount, Crossing, End, Route
from tests.support.evm import ME, Evm

NOW = 1_772_582_400
ROUTES, SENDS = 12, 60
THERE = address_of(b"\x22" * 20)
COUNCIL = address_of(b"\x44" * 20)
RECIPIENT = address_of(b"\x33" * 20)
KEYS = tuple(Key(bytes([n]) * 32) for n in range(1, 6))


class Walk:
    """A route that ends here, and its bucket as the twin believes."""

    def __init__(self, random: Random, *, is_home: bool) -> None:
        self.random = random
        self.evm = Evm(NOW)
        governance = Governance(self.evm, self.evm.create(Governance.deploy(ME)))
        gate = self.evm.create(BridgeGate.deploy(governance.address))
        self.gate = BridgeGate(self.evm, gate)
        stops = tuple(self.gate.SELECTORS[name] for name in STOPS)
        self.evm.send(governance.set_target_function_role(gate, stops, Role.COUNCIL))
        self.evm.send(governance.grant_role(Role.COUNCIL, COUNCIL, 0))
        self.evm.send(self.gate.set_attesters(3, tuple(key.address for key in KEYS)))
        here, there = (random.choice((0, 2, 6, 18, 24)) for _ in range(2))
        token = self.evm.create(
            TestToken.deploy("token", "T", here)
            if is_home
            else BridgedToken.deploy(gate, "bridged", "B", here)
        )
        self.token = TestToken(self.evm, token)
        end, other = End(self.evm.chain_id, gate, token, here), End(77, THERE, THERE, there)
        self.end = end
        self.route = Route(end, other) if is_home else Route(other, end)
        fields = (field for e in (self.route.home, self.route.remote) for field in astuple(e))
        self.terms = RouteTerms(*fields)
        capacity = random.randrange(10**6, 10**24)
        assert self.evm.send(self.gate.add_route(self.terms, capacity, COUNCIL)) == self.route.id
        self.bucket = Bucket.rested(capacity, NOW)
        self.arrivals = 0
        if is_home:
            self.evm.send(self.token.mint(ME, 2**200))
            self.evm.send(self.token.approve(gate, 2**256 - 1))

    def wait(self) -> None:
        seconds = self.random.choice((0, 1, 59, 3_600, 50_000))
        self.evm.warp(self.evm.time + seconds)

    def amount(self, budget: int) -> int:
        """Base units of the token here: around what the budget allows, or anything."""
        step = 10 ** (self.end.decimals - self.route.decimals)
        steps = self.random.choice((0, 1, budget, budget + 1, self.random.randrange(budget + 1)))
        return steps * step + self.random.randrange(step)

    def send(self) -> bool:
        """One send; whether it left."""
        now = self.evm.time
        budget = self.bucket.budget(Way.OUT, now)
        assert self.gate.budget(self.route.id, Direction.OUT, block=now) == budget
        base = min(self.amount(budget), self.token.balance_of(ME, block=now))
        amount = Amount.from_base(base, self.end.decimals, self.route.decimals)
        call = self.gate.send(self.terms, base, 0, RECIPIENT, False)
        left = self.bucket.take(Way.OUT, amount.value, now)
        if amount.value == 0:
            with pytest.raises(NothingToMove):
                self.evm.send(call)
            return False
        if left is None:
            with pytest.raises(OverLimit) as over:
                self.evm.send(call)
            assert (over.value.amount, over.value.budget) == (amount.value, budget)
            return False
        held = self.token.balance_of(ME, block=now)
        assert self.evm.send(call).sent
        (sent,) = self.evm.events(Sent, self.gate.address)
        assert (sent.route, Amount.unpack(sent.amount)) == (self.route.id, amount)
        assert self.token.balance_of(ME, block=now) == held - amount.to_base(self.end.decimals)
        self.bucket = left
        return True

    def deliver(self, most: int) -> bool:
        """One arrival; whether it went through at once."""
        now = self.evm.time
        budget = self.bucket.budget(Way.IN, now)
        assert self.gate.budget(self.route.id, Direction.IN, block=now) == budget
        value = self.random.choice((1, budget, budget + 1, self.random.randrange(1, budget + 2)))
        amount = Amount(min(value, most) or 1, self.route.decimals)
        self.arrivals += 1
        crossing = Crossing(self.route.id, self.arrivals, ME, ME, amount)
        transfer = Transfer(self.route.id, self.arrivals, ME, ME, amount.pack())
        digest = crossing.digest(self.end, 1)
        assert self.gate.digest(transfer, 1, block=now) == digest
        signed = b"".join(KEYS[i].sign(digest).compact for i in (0, 2, 4))
        left = self.bucket.take(Way.IN, amount.value, now)
        queued = self.evm.send(
            self.gate.deliver(self.terms, transfer, Attestation(1, 0b10101, signed))
        )
        assert (queued == 0) == (left is not None)
        assert len(self.evm.events(InboundQueued, self.gate.address)) == (left is None)
        self.bucket = left or self.bucket
        limit = self.gate.limit(self.route.id, block=now)
        assert Bucket(limit.capacity, limit.level, limit.updated_at) == self.bucket
        return left is not None


def test_crossing__random_routes_sends_and_arrivals__python_equals_bytecode():
    random = Random(20_260_312)
    sent = refused = through = queued = 0
    for number in range(ROUTES):
        walk = Walk(random, is_home=number % 2 == 0)
        for _ in range(SENDS):
            walk.wait()
            # At home no more comes back than went out; at the remote end it has to arrive first.
            state = walk.gate.route_state(walk.route.id, block=walk.evm.time)
            step = 10 ** (walk.end.decimals - walk.route.decimals)
            most = state.locked // step if state.is_home else 2**90
            if most and random.random() < 0.5:
                at_once = walk.deliver(most)
                through, queued = through + at_once, queued + (not at_once)
            elif walk.send():
                sent += 1
            else:
                refused += 1
    assert min(sent, refused, through, queued) > 30
