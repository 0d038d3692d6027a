"""Random transfers both ways while services restart, chains re-organise and endpoints lie: exact.

A seed gives the schedule. What is final takes two blocks more here, and re-orgs are no deeper.
"""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import pytest

from bridge.gate.carrier.service import open_carrier
from bridge.gate.ledger.ends import follow_both
from bridge.gate.ledger.store import open_store
from pargrade.bindings.bridged_token import BridgedToken
from pargrade.bindings.structs import Passage
from pargrade.chain.block import Tag
from pargrade.chain.errors import Reverted, WrongChain
from pargrade.clock import DAY_S
from pargrade.devnet.accounts import DESK
from pargrade.devnet.anvil import devnet_keys
from pargrade.errors import PargradeError
from tests.support.attesters import opened
from tests.support.proxy import body, error, result
from tests.support.resumed import passed_before, record_pass
from tests.support.two_chains import ATTESTERS, CARRIER, STEP

pytestmark = pytest.mark.full

FINAL = 2
"""Blocks on top of one that is final."""
ROUNDS = 60
"""Half days after which nothing waits any more."""
CUT = (body(b"busy", 503), error(-32000, "header not found"), body(b"{}"), body(b"", 200))
POISON = (result("0x1"), result([]), result(None))
"""Answers in the right form, with the wrong content."""
CARRIERS = (CARRIER, devnet_keys()[16])


class Schedule:
    """Two chains, four attesters and two carriers under a seed.

    On PostgreSQL the attesters have one ledger in common, and the carriers another.
    """

    def __init__(self, chains, folder, seed, fresh):
        self.chains, self.folder, self.random = chains, folder, random.Random(seed)
        chains.write(home__finality=str(FINAL), remote__finality=str(FINAL))
        shared = [fresh(), fresh()]
        self.is_shared = shared[0].startswith("postgres")
        self.databases = shared if self.is_shared else ["", ""]
        self.keys = dict(enumerate(ATTESTERS[:4]))
        self.attesters, self.stacks, self.urls = {}, {}, {}
        self.acts = Counter()
        for number in self.keys:
            self.start(number)
        # Of one who sends: what he does is no part of what is tried here, and is quick.
        self.pair = chains.pair()
        chains.send("home", chains.token.approve(self.pair.home.gate.address, 2**255))
        # What is set up is final, or the first re-org may take away that anybody attests.
        self.mine()

    def start(self, number):
        """Starts an attester, unless an endpoint that says it is of another chain is in its way."""
        try:
            pair, key = self.chains.pair(), self.keys[number]
        except WrongChain:
            self.acts["refused to start"] += 1
            return
        stack, folder = ExitStack(), self.folder / f"attester-{number}"
        opening = opened(pair, folder, key, database=self.databases[0])
        self.attesters[number] = service = stack.enter_context(opening)
        port = stack.enter_context(service.serving("127.0.0.1", 0))
        self.stacks[number], self.urls[number] = stack, f"http://127.0.0.1:{port}"

    def stop(self, number):
        del self.attesters[number], self.urls[number]
        self.stacks.pop(number).close()

    def step(self):
        acts = {
            self.attest: 6,
            self.carry: 5,
            self.mend: 4,
            self.lock: 4,
            self.burn: 2,
            self.end: 1,
            self.start_again: 2,
            self.cut: 1,
            self.poison: 1,
            self.carry_twice: 1,
            self.reorganise: 1,
            self.mine: 2,
            self.pass_time: 1,
        }
        [act] = self.random.choices(list(acts), list(acts.values()))
        act()
        self.acts[act.__name__] += 1

    def lock(self):
        self.send("home", self.random.randint(1, 60))

    def burn(self):
        self.send("remote", self.random.randint(1, 40))

    def send(self, end, tokens):
        gate = self.chains.gate(end)
        call = gate.send(self.pair.terms, tokens * STEP, 0, DESK.address, False)
        try:
            self.chains.send(end, call)
            self.acts["sent"] += 1
        except Reverted:
            pass  # Nothing there to send, or beyond the budget.

    def attest(self):
        """All that are up look at once."""
        if self.attesters:
            with ThreadPoolExecutor(len(self.attesters)) as pool:
                list(pool.map(lambda service: service.look(), self.attesters.values()))

    def carry(self):
        self.carry_with(self.random.choice(CARRIERS))

    def carry_twice(self):
        """Both carriers from the same state: they submit the same messages."""
        self.carry_with(*CARRIERS)

    def carry_with(self, *keys):
        """A pass of each carrier at once; they are started for it."""
        self.chains.write(attesters__urls=list(self.urls.values()))

        def carry(key):
            folder = self.folder / f"carrier-{CARRIERS.index(key)}"
            try:
                pair = self.chains.pair()
                with closing(open_carrier(pair, key, folder, self.databases[1])) as carrying:
                    carrying.carrier.carry()
            except PargradeError as failure:
                self.acts[type(failure).__name__] += 1

        with ThreadPoolExecutor(len(keys)) as pool:
            list(pool.map(carry, keys))

    def end(self):
        if self.attesters:
            self.stop(self.random.choice(list(self.attesters)))

    def start_again(self):
        """One that is down, or another one anew."""
        number = self.random.choice(list(self.keys.keys() - self.attesters.keys() or self.keys))
        if number in self.attesters:
            self.stop(number)
        self.start(number)

    def cut(self):
        self.break_with(CUT)

    def poison(self):
        self.break_with(POISON)

    def break_with(self, faults):
        proxy = self.chains.proxies[self.random.choice(("home", "remote"))]
        proxy.break_with(self.random.choice(faults))

    def mend(self):
        for proxy in self.chains.proxies.values():
            proxy.mend()

    def reorganise(self):
        """The newest blocks are others now, without their transactions."""
        net = self.random.choice((self.chains.home, self.chains.remote))
        net.chain.request("anvil_reorg", self.random.randint(1, FINAL), [])

    def mine(self):
        for net in (self.chains.home, self.chains.remote):
            net.chain.mine(FINAL)

    def pass_time(self):
        for net in (self.chains.home, self.chains.remote):
            net.chain.advance(net.chain.head().timestamp + self.random.randint(60, 20_000))

    def settle(self):
        """All is well again, until nothing waits: what is beyond a limit takes days of chain time.

        One that is stuck is still open after a month, and is found then.
        """
        self.mend()
        for number in self.keys.keys() - self.attesters.keys():
            self.start(number)
        followers = follow_both(self.chains.pair(), open_store("sqlite://"))
        for _ in range(ROUNDS):
            self.mine()
            self.attest()
            self.carry_with(*CARRIERS)
            for net in (self.chains.home, self.chains.remote):
                net.chain.advance(net.chain.head().timestamp + DAY_S // 2)
            self.mine()
            ledger = followers.sync()
            if not any(waits_at(ledger, end) for end in (ledger.home, ledger.remote)):
                break
        return ledger


def waits_at(ledger, end):
    """Whether something is to leave an end, is on its way from it, or waits there to go through."""
    return end.leaving or end.held or any(ledger.open_messages(end))


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


def run_schedule(chains, folder, seed, fresh, steps):
    schedule = Schedule(chains, folder, seed, fresh)
    try:
        for _ in range(steps):
            schedule.step()
        require_exact(chains, schedule.settle())
    finally:
        for number in list(schedule.attesters):
            schedule.stop(number)
    return schedule.acts


@pytest.mark.parametrize("seed", range(3))
def test_schedule__of_a_seed__leaves_every_transfer_exact(chains, tmp_path, seed, fresh):
    acts = run_schedule(chains, tmp_path, seed, fresh, 200)
    assert acts["sent"] > 5
    assert acts["reorganise"] + acts["cut"] + acts["poison"] > 2


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(100, 150))
def test_schedule__long__leaves_every_transfer_exact(chains, tmp_path, seed, fresh, request):
    """50 seeds of 2,000 acts. Seeds that passed with these sources are not run again."""
    name = request.node.name
    if passed_before(name, "bridge/gate", "bridge/outbox"):
        pytest.skip("passed before with these sources")
    run_schedule(chains, tmp_path, seed, fresh, 2_000)
    record_pass(name, "bridge/gate", "bridge/outbox")
