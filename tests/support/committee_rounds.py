"""Rounds of machines with real keys, all messages arriving at once."""

from typing import Any

from oracle.protocol.batch.section import LinePrice, pack_section
from oracle.protocol.batch.table import Fetched, Table
from oracle.protocol.committee.bounds import Bounds
from oracle.protocol.machine.machine import Machine, View
from oracle.protocol.machine.outputs import Send
from oracle.protocol.machine.promises import PromiseRecord, Promises
from oracle.protocol.wire.signatory import KeySignatory
from oracle.protocol_store.committee_text import StoredCommittee
from oracle.simulation.market import value_lines
from oracle.simulation.scenario import BEGIN, committee_of
from pargrade.chain.keys import Key

COMMITTEE = committee_of(Bounds(5, 1, 4))
KEYS = [Key(bytes(31) + bytes([number + 1])) for number in range(5)]
MEMBERS = tuple(key.address for key in KEYS)
STORED = StoredCommittee(COMMITTEE, MEMBERS)
TABLE = {
    name: Fetched(BEGIN - 5, pack_section([LinePrice(b"H100/1", price8), LinePrice(b"H200/8", 9)]))
    for name, price8 in (("alpha", 200), ("beta", 210), ("gamma", 220))
}


def machine(position: int, promises: Promises | None = None) -> Machine:
    signatory = KeySignatory(KEYS[position], MEMBERS)
    return Machine(COMMITTEE, position, signatory, value_lines, promises or Promises())


def run_round(
    machines: list[Machine], now: float = float(BEGIN), table: Table = TABLE
) -> list[tuple[int, Any]]:
    """Everything the machines put out, by position; all have fetched the same."""
    seen: list[tuple[int, Any]] = []
    waiting: list[tuple[int, int, bytes]] = []

    def work(position: int, outputs: list[Any]) -> None:
        for output in outputs:
            seen.append((position, output))
            if isinstance(output, Send):
                waiting.extend((to, position, output.raw) for to in output.to)

    for position, each in enumerate(machines):
        work(position, each.tick(now, View(table, 0)))
    while waiting:
        to, sender, raw = waiting.pop(0)
        work(to, machines[to].receive(sender, raw, now))
    return seen


def records_of(seen: list[tuple[int, Any]], position: int) -> list[PromiseRecord]:
    """The promises of a position, in order."""
    return [each for who, each in seen if who == position and isinstance(each, PromiseRecord)]
