"""Runs a scenario: real state machines, virtual time, every property looked at as it happens."""

import random
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

from oracle.protocol.batch.table import Fetched
from oracle.protocol.machine.machine import STEP_S, Machine, View
from oracle.protocol.machine.outputs import Output, Send, Transmit
from oracle.protocol.machine.promises import PromiseRecord, Promises
from oracle.protocol.message.envelope import Envelope
from oracle.protocol.transmission.landing import Landing
from oracle.simulation.chain import Reorg, SimulatedChain
from oracle.simulation.checks import Checks
from oracle.simulation.mac import MacSignatory
from oracle.simulation.market import Market, value_lines
from oracle.simulation.network import Network
from oracle.simulation.node import Node
from oracle.simulation.outcome import RunOutcome
from oracle.simulation.scenario import BEGIN, BLOCK_S, Crash, Scenario, committee_of
from oracle.simulation.shared_reader import SharedReader
from oracle.simulation.strategies import STRATEGIES

_FETCH_S = 60.0
_SLOW_FETCH_S = 600.0
_CHAIN_LATENCY_S = 0.2


class SimulatedWorld:
    """A committee, a market, a network and a chain."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._committee = committee_of(scenario.bounds)
        self._draw = random.Random(f"world {scenario.seed}")  # noqa: S311 - a simulated world
        begin, end = BEGIN, int(scenario.end) + 1
        self._market = Market(scenario.seed, begin, end, two_faced=scenario.two_faced)
        self._network = Network(scenario)
        self._checks = Checks(scenario, self._committee, self._market)
        self._mac = MacSignatory(0)
        committee = self._committee
        self._reader = SharedReader(committee)
        self._witnessed: set[bytes] = set()
        self._events: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._count = self.messages = self.size = self.proofs = self.rounds = self.reorged = 0
        self._now = float(begin)
        self._chain = SimulatedChain(committee, self._mac)
        self._nodes = [self._make_node(position) for position in range(scenario.bounds.nodes)]

    def run(self) -> RunOutcome:
        """Work through all events until the end."""
        for node in self._nodes:
            if node.position not in self._scenario.dead:
                self._start(node)
        for crash in self._scenario.crashes:
            self._plan(crash.crashed_at, self._arm, crash)
        for reorg in self._scenario.reorgs:
            self._plan(reorg.instant, self._reorganise, reorg)
        self._plan(self._now + BLOCK_S, self._block)
        steps = 0
        while self._events and self._events[0][0] <= self._scenario.end:
            self._now, _, act, args = heappop(self._events)
            act(*args)
            steps += 1
        self._checks.require_timely(self._scenario.end)
        return RunOutcome(
            scenario=self._scenario,
            broken=self._checks.broken,
            seconds=self._checks.seconds,
            rounds=self.rounds,
            reorged=self.reorged,
            messages=self.messages,
            size=self.size,
            proofs=self.proofs,
            steps=steps,
        )

    def _make_node(self, position: int) -> Node:
        scenario = self._scenario
        liar = None
        for liar_position, name in scenario.liars:
            if liar_position == position:
                coalition = frozenset(each for each, _ in scenario.liars)
                kind = STRATEGIES[name]
                liar = kind(self._committee, position, coalition, scenario.seed)
        skew_s = self._draw.uniform(-scenario.skew_s, scenario.skew_s)
        return Node(position, skew_s, self._make_machine(position, Promises()), liar)

    def _make_machine(self, position: int, promises: Promises) -> Machine:
        signatory = MacSignatory(position)
        return Machine(
            self._committee, position, signatory, value_lines, promises, read=self._reader.read
        )

    def _start(self, node: Node) -> None:
        for provider in self._market.providers:
            self._fetch(node, provider, self._draw.uniform(0, _FETCH_S))
        self._tick_by(node, self._now)
        if node.liar is not None:
            self._plan(self._now, self._lie, node)

    def _plan(self, time: float, act: Callable[..., None], *args: Any) -> None:
        self._count += 1
        heappush(self._events, (time, self._count, act, args))

    def _tick_by(self, node: Node, time: float) -> None:
        if node.tick_at <= self._now or time < node.tick_at:
            node.tick_at = time
            self._plan(time, self._tick, node, time)

    def _tick(self, node: Node, planned: float) -> None:
        if not node.is_up or node.tick_at != planned:
            return
        local = self._now + node.skew_s
        table = node.table
        if node.liar is not None:
            node.liar.last_slot = self._chain.last_slot
            table = dict(node.liar.table(table, local))
        self._carry_out(node, node.machine.tick(local, View(table, self._chain.last_slot)))
        self._tick_by(node, max(node.machine.wake_at(local) - node.skew_s, self._now + 0.01))

    def _lie(self, node: Node) -> None:
        assert node.liar is not None
        for to, raw, delay_s in node.liar.tick(self._now + node.skew_s):
            self._post(node.position, to, raw, delay_s)
        self._plan(self._now + 4 * STEP_S, self._lie, node)

    def _fetch(self, node: Node, provider: str, pause_s: float) -> None:
        local = int(self._now + node.skew_s)
        section = self._market.section_at(provider, node.position, local)
        before = node.table.get(provider)
        node.table = {**node.table, provider: Fetched(local, section)}
        if node.is_up and before is not None and before.section != section:
            self._tick_by(node, self._now)
        self._plan(self._now + pause_s, self._fetch, node, provider, self._pause_of(node))

    def _pause_of(self, node: Node) -> float:
        slow = node.position in self._scenario.slow_fetchers
        return _SLOW_FETCH_S if slow else _FETCH_S

    def _carry_out(self, node: Node, outputs: list[Output]) -> None:
        crash = node.crash
        if crash is not None and outputs:
            outputs = outputs[: self._draw.randrange(len(outputs) + 1)]
        for output in outputs:
            if isinstance(output, PromiseRecord):
                node.journal.append(output)
            elif isinstance(output, Send):
                self._send(node, output)
            elif isinstance(output, Transmit):
                self._transmit(node, output.landing)
            else:
                self.proofs += 1
        if crash is not None:
            node.crash, node.is_up = None, False
            self._plan(self._now + crash.down_s, self._restart, node, crash)

    def _send(self, node: Node, output: Send) -> None:
        if node.liar is None:
            for to in output.to:
                self._post(node.position, to, output.raw, 0.0)
            return
        envelope = self._reader.read(output.raw)
        for to in output.to:
            for parcel in node.liar.send(to, envelope, self._now + node.skew_s):
                self._post(node.position, *parcel)

    def _post(self, sender: int, to: int, raw: bytes, delay_s: float) -> None:
        if delay_s:
            self._plan(self._now + delay_s, self._post, sender, to, raw, 0.0)
            return
        self._witness(raw)
        self.messages += 1
        self.size += len(raw)
        leader = self._leader() if self._scenario.hunts_leader else None
        arrival = self._network.arrival(sender, to, self._now, leader)
        if arrival is not None:
            self._plan(arrival, self._deliver, self._nodes[to], sender, raw)

    def _leader(self) -> int:
        return self._committee.leader(self._committee.slot_at(self._now), self._chain.last_slot)

    def _witness(self, raw: bytes) -> None:
        """Show a message to the checks, once however often it is sent."""
        if raw in self._witnessed:
            return
        self._witnessed.add(raw)
        envelope = self._reader.find(raw)
        if envelope is not None and self._is_genuine(envelope):
            self._checks.see(envelope)

    def _is_genuine(self, envelope: Envelope) -> bool:
        signed = envelope.signed
        return self._mac.verify(signed.position, signed.digest, signed.signature)

    def _deliver(self, node: Node, sender: int, raw: bytes) -> None:
        if not node.is_up or node.position in self._scenario.dead:
            return
        local = self._now + node.skew_s
        if node.liar is not None:
            node.liar.hear(raw, local)
        outputs = node.machine.receive(sender, raw, local)
        if outputs or node.crash is not None:
            self._carry_out(node, outputs)
        self._tick_by(node, max(node.machine.wake_at(local) - node.skew_s, self._now + 0.01))

    def _transmit(self, node: Node, landing: Landing) -> None:
        delay_s: float | None = 0.0
        if node.liar is not None:
            delay_s = node.liar.transmits_after(self._now - landing.report.slot)
        if delay_s is not None:
            arrives_at = self._now + _CHAIN_LATENCY_S + delay_s
            self._plan(arrives_at, self._chain.pending.append, landing)

    def _block(self) -> None:
        for report in self._chain.mine(int(self._now)):
            self.rounds += 1
            self._checks.see_landing(report, self._now)
            self._wake_all()
        self._plan(self._now + BLOCK_S, self._block)

    def _reorganise(self, reorg: Reorg) -> None:
        dropped = self._chain.reorganise(reorg)
        self.reorged += dropped
        self.rounds -= dropped
        self._checks.see_reorg(self._chain.last_slot, self._now)
        self._wake_all()

    def _wake_all(self) -> None:
        for node in self._nodes:
            self._tick_by(node, self._now + _CHAIN_LATENCY_S)

    def _arm(self, crash: Crash) -> None:
        node = self._nodes[crash.position]
        node.crash = crash if node.is_up else None

    def _restart(self, node: Node, crash: Crash) -> None:
        local = self._now + node.skew_s
        floor = 0
        if crash.is_restored:
            node.journal = node.journal[: self._draw.randrange(len(node.journal) + 1)]
            floor = self._committee.slot_at(local)
        node.machine = self._make_machine(node.position, Promises(node.journal, floor))
        node.is_up = True
        self._tick_by(node, self._now)


def run_scenario(scenario: Scenario) -> RunOutcome:
    """The outcome of a scenario: always the same."""
    return SimulatedWorld(scenario).run()
