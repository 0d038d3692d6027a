"""Transactions of one wallet, all rehearsed before the first is sent.

A command that approves and then wraps would leave an approval behind if the second step were
refused. So the whole sequence is simulated first (eth_simulateV1), each step in a block of its own
on top of the head; only when every step goes through is any of them sent. A dry run ends there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.errors import ChainError, NoContract, Reverted, RpcRefused, UnfundedWallet
from pargrade.chain.log import Event, Log
from pargrade.chain.receipt import Receipt
from pargrade.chain.reverts import decode_revert
from pargrade.chain.simulation import SimulatedCall, cannot_simulate, simulate_sequence
from pargrade.chain.wallet import Wallet
from pargrade.deployment.revert_hints import explained

E = TypeVar("E", bound=Event)


class CannotRehearse(ChainError):
    """A dry run on an endpoint that cannot simulate one call on top of another."""

    hint = "Use an endpoint that serves eth_simulateV1, or send the steps one by one."

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        super().__init__(f"{endpoint} cannot simulate a sequence of transactions")


@dataclass(frozen=True, slots=True)
class Step:
    """One call, and what it did or in a dry run would do."""

    call: Call[Any]
    gas: int
    """Gas units: used, or in a dry run simulated."""
    logs: tuple[Log, ...]
    receipt: Receipt | None
    """None in a dry run."""

    def events(self, kind: type[E]) -> list[E]:
        """All events of a kind that the called contract announced, in order."""
        return [
            kind.decode(log)
            for log in self.logs
            if log.address == self.call.to and log.topics and log.topics[0] == kind.TOPIC
        ]

    def to_json(self) -> dict[str, Any]:
        """The step for machines."""
        document: dict[str, Any] = {"call": self.call.label, "gas": self.gas}
        if self.receipt is not None:
            document["tx_hash"] = "0x" + self.receipt.tx_hash.hex()
            document["block"] = self.receipt.block.number
        return document


def carry_out(
    wallet: Wallet, calls: Sequence[Call[Any]], *, dry_run: bool = False
) -> tuple[Step, ...]:
    """Rehearses the calls in order and, unless this is a dry run, sends them in order.

    Raises, before anything is sent: NoContract for an address without code, the contract's own
    error with a hint, UnfundedWallet.
    """
    for call in calls:
        if call.to is not None and not wallet.chain.code(call.to, block=Tag.LATEST):
            raise NoContract(call.to, call.label)
    rehearsed = _rehearse(wallet, calls)
    if dry_run:
        if rehearsed is None:
            raise CannotRehearse(wallet.chain.endpoint)
        return rehearsed
    return tuple(_send(wallet, call) for call in calls)


def affordable(wallet: Wallet, calls: Iterable[Call[Any]]) -> int:
    """Gas of calls that do not depend on each other, together.

    Raises the refusal of the first that would fail, and UnfundedWallet when it is too dear.
    """
    try:
        gas = sum(wallet.estimate(call) for call in calls)
    except Reverted as refusal:
        raise explained(refusal) from None
    require_funds(wallet, gas)
    return gas


def to_json(steps: Sequence[Step]) -> dict[str, Any]:
    """The steps for machines."""
    return {"dry_run": steps[-1].receipt is None, "steps": [step.to_json() for step in steps]}


def describe(steps: Sequence[Step]) -> str:
    """The steps for people, in one line."""
    names = ", ".join(step.call.label for step in steps)
    gas = sum(step.gas for step in steps)
    if steps[-1].receipt is None:
        return f"Dry run, nothing sent: {names} would use {gas:,} gas."
    return f"Sent {names}: {gas:,} gas, last in block {steps[-1].receipt.block.number}."


def _send(wallet: Wallet, call: Call[Any]) -> Step:
    try:
        receipt = wallet.send(call)
    except Reverted as refusal:
        raise explained(refusal) from None
    return Step(call, receipt.gas_used, receipt.logs, receipt)


def _rehearse(wallet: Wallet, calls: Sequence[Call[Any]]) -> tuple[Step, ...] | None:
    """The steps as the next blocks would run them; None where the endpoint cannot."""
    first = wallet.chain.block(Tag.PENDING).timestamp
    try:
        simulated = simulate_sequence(wallet.chain, calls, wallet.address, first)
    except RpcRefused as refused:
        if cannot_simulate(refused):
            return None
        raise
    steps = tuple(_step(call, result) for call, result in zip(calls, simulated, strict=True))
    require_funds(wallet, sum(step.gas for step in steps))
    return steps


def _step(call: Call[Any], result: SimulatedCall) -> Step:
    if not result.succeeded:
        raise explained(decode_revert(result.returned, call.errors, call.label))
    return Step(call, result.gas_used, result.logs, None)


def require_funds(wallet: Wallet, gas: int, wei: int = 0) -> None:
    """Raises UnfundedWallet when the wallet cannot pay for so much gas, with the margin on top.

    `wei` are what it gives away beside.
    """
    # A node demands the whole gas limit at the highest fee up front.
    limit = gas * (100 + wallet.policy.gas_margin_percent) // 100
    balance = wallet.chain.balance(wallet.address, block=Tag.LATEST)
    if balance < limit * wallet.ask_fees(limit).max_fee + wei:
        raise UnfundedWallet(wallet.address, balance)
