"""Sends reports and proofs to the contract: simulates first, knows what gas they take."""

from pathlib import Path
from typing import Final

from oracle.consensus.fee_store import FeeStore
from oracle.consensus.replacing_sender import ReplacingSender
from pargrade.bindings.spot_index import SpotIndex
from pargrade.chain.endpoints import Endpoints
from pargrade.chain.errors import FailedTransaction
from pargrade.chain.fees import FeePolicy
from pargrade.chain.hashing import Address
from pargrade.chain.keys import Signer
from pargrade.chain.receipt import Receipt
from pargrade.chain.rpc import Chain
from pargrade.clock import DAY_S
from pargrade.spot_index.equivocation import Equivocation
from pargrade.spot_index.report import Report

_GAS_MARGIN_PERCENT: Final = 50
"""Gas limit above the estimate of an earlier report: unused gas is not paid."""


class Transmitter:
    """Sends from one key to one contract. For one thread at a time."""

    def __init__(
        self, endpoints: Endpoints, contract: Address, key: Signer, fees: FeePolicy, folder: Path
    ) -> None:
        """What was paid is kept in `folder`. Raises DatabaseDown."""
        self._endpoints = endpoints
        self._contract = contract
        self._key = key
        self._fees = fees
        self._sender: ReplacingSender | None = None
        self._limits: dict[tuple[int, int], int] = {}
        self._paid = FeeStore(folder)

    def offer(self, report: Report, last_slot: int) -> Receipt:
        """Simulate, send and wait until mined. `last_slot` is the slot of the last round.

        Raises the contract's own error, before anything is sent or when the mined transaction
        failed; RpcDown, UnfundedWallet, StuckTransaction, SupersededTransaction, FailedTransaction,
        FeesAboveCap, FeesAboveDailyCap, DatabaseDown.
        """
        # The gas of a submission depends on its signers and on the midnights it passes, so it is
        # estimated once for each combination: an estimate takes 15 times as long as a simulation.
        shape = len(report.parts), report.slot // DAY_S - last_slot // DAY_S
        with self._endpoints.use() as chain:
            sender = self._sender_for(chain)
            call = SpotIndex(chain, self._contract).submit(report.pack())
            if shape in self._limits:
                sender.simulate(call)
            else:
                gas = sender.estimate(call)
                self._limits[shape] = gas * (100 + _GAS_MARGIN_PERCENT) // 100
            try:
                return sender.send(call, self._limits[shape])
            except FailedTransaction:
                # The estimate may have become too low, so the next report estimates again.
                del self._limits[shape]
                raise

    def prove(self, proof: Equivocation) -> Receipt:
        """Send the proof of an equivocation and wait until mined. Simulates first.

        Raises the contract's own error, and what `offer` raises.
        """
        with self._endpoints.use() as chain:
            index = SpotIndex(chain, self._contract)
            call = index.prove_equivocation(
                proof.reporter, proof.epoch, proof.slot, proof.a, proof.b
            )
            sender = self._sender_for(chain)
            gas = sender.estimate(call) * (100 + _GAS_MARGIN_PERCENT) // 100
            return sender.send(call, gas)

    @property
    def fee_cap_per_day(self) -> int | None:
        """Most fees in 24 hours, wei; None without a cap."""
        return self._fees.max_cost_per_day

    def fees_of_the_day(self, now: int) -> int:
        """What transactions of the 24 hours before `now` (Unix seconds, chain time) cost, wei.

        One that is not mined yet, or was not when its process ended, counts with the most it may.
        """
        return sum(expense.wei for expense in self._paid.expenses(now - DAY_S))

    def close(self) -> None:
        """Closes the record of what was paid."""
        self._paid.close()

    def _sender_for(self, chain: Chain) -> ReplacingSender:
        if self._sender is None or self._sender.chain is not chain:
            self._sender = ReplacingSender(chain, self._key, self._fees, self._paid)
        return self._sender
