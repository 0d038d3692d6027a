"""Random transfers both ways while services restart and endpoints lie: every transfer is exact."""

import random
from contextlib import ExitStack

import pytest

from bridge.gate.carrier.service import open_carrier
from pargrade.bindings.bridged_token import BridgedToken
from pargrade.bindings.structs import Passage
from pargrade.chain.block import Tag
from pargrade.chain.errors import ChainError, Reverted
from pargrade.devnet.accounts import DESK
from pargrade.errors import PargradeError
from tests.support.attesters import opened, serving_all
from tests.support.proxy import body, error
from tests.support.two_chains import ATTESTERS, CARRIER, STEP

pytestmark = pytest.mark.full

FAULTS = (body(b"busy", 503), error(-32000, "header not found"), body(b"{}"), body(b"", 200))


class Schedule:
    """Two chains, three attesters and two carriers under a seed."""

    def __init__(self, chains, folder, seed):
        self.chains, self.folder, self.random = chains, folder, random.Random(seed)
        self.attesters, self.stacks = {}, {}
        self.keys = dict(enumerate(ATTESTERS[:4]))
        for number in self.keys:
            self.restart(number)
        self.carrier = None
        self.sent = 0

    def restart(self, number):
        if number in self.attesters:
            self.close(number)
        pair, key = self.chains.pair(), self.keys[number]
        stack = ExitStack()
        service = stack.enter_context(opened(pair, self.folder / f"attester-{number}", key))
        self.stacks[number] = stack
        self.attesters[number] = service

    def close(self, number):
        del self.attesters[number]
        self.stacks.pop(number).close()

    def step(self):
        often = [self.attest] * 3 + [self.lock, self.carry, self.mend] * 2
        act = self.random.choice([*often, self.burn, self.kill, self.break_, self.pass_time])
        act()

    def lock(self):
        self.tried(lambda: self.chains.lock(self.random.randint(1, 60)))

    def burn(self):
        self.tried(lambda: self.chains.burn(self.random.randint(1, 40)))

    def tried(self, send):
        try:
            send()
            self.sent += 1
        except Reverted:
            pass  # Nothing there to send, or beyond the budget.

    def attest(self):
        self.random.choice(list(self.attesters.values())).look()

    def carry(self):
        with serving_all(self.chains, list(self.attesters.values())):
            carrier = open_carrier(self.chains.pair(), CARRIER, self.folder / "carrier").carrier
            try:
                carrier.carry()
            except (ChainError, PargradeError):
                return None
            return carrier

    def kill(self):
        self.restart(self.random.choice(list(self.keys)))

    def break_(self):
        proxy = self.chains.proxies[self.random.choice(("home", "remote"))]
        proxy.break_with(self.random.choice(FAULTS))

    def mend(self):
        for proxy in self.chains.proxies.values():
            proxy.mend()

    def pass_time(self):
        for net in (self.chains.home, self.chains.remote):
            net.chain.advance(net.chain.head().timestamp + self.random.randint(60, 20_000))

    def settle(self):
        """All is well again, for long enough."""
        self.mend()
        for _ in range(6):
            for service in self.attesters.values():
                service.attester.attest()
            carrier = self.carry()
            self.pass_time()
        return carrier.followers.sync()


def require_exact(chains, ledger):
    """Everything that left arrived once, and every token is where the books say."""
    assert list(ledger.unexplained()) == []
    for source, destination in ledger.ways():
        assert set(source.sent) == set(destination.arrivals)
        for nonce, message in source.sent.items():
            arrival = destination.arrivals[nonce]
            assert arrival.passage is Passage.DONE
            assert arrival.executed == message.crossing.amount.value
    pair = chains.pair()
    token = BridgedToken(chains.remote.chain, pair.route.remote.token)
    supply = token.total_supply(block=Tag.LATEST)
    assert supply == token.balance_of(DESK.address, block=Tag.LATEST) == ledger.home.locked
    held = chains.token.balance_of(pair.home.gate.address, block=Tag.LATEST)
    assert held == ledger.home.locked == ledger.remote.minted
    assert supply % STEP == 0


def run_schedule(chains, folder, seed, steps):
    schedule = Schedule(chains, folder, seed)
    try:
        for _ in range(steps):
            schedule.step()
        require_exact(chains, schedule.settle())
        assert schedule.sent
    finally:
        for number in list(schedule.attesters):
            schedule.close(number)


@pytest.mark.parametrize("seed", range(2))
def test_schedule__of_a_seed__leaves_every_transfer_exact(chains, tmp_path, seed):
    run_schedule(chains, tmp_path, seed, 40)


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(100, 110))
def test_schedule__long__leaves_every_transfer_exact(chains, tmp_path, seed):
    run_schedule(chains, tmp_path, seed, 2_000)
