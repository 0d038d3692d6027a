"""Sends reports to the contract: simulates first, replaces what is stuck."""

import time
from collections import deque
from typing import Final

from pargrade.bindings.spot_index import SpotIndex
from pargrade.chain.endpoints import Endpoints
from pargrade.chain.errors import FailedTransaction
from pargrade.chain.fees import FeePolicy
from pargrade.chain.hashing import Address
from pargrade.chain.keys import Signer
from pargrade.chain.receipt import Receipt
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.clock import DAY_S
from pargrade.spot_index.equivocation import Equivocation
from pargrade.spot_index.report import Report

_GAS_MARGIN_PERCENT: Final = 50
"""Gas limit above the estimate of an earlier report: unused gas is not paid."""


class Transmitter:
    """Sends from one key to one contract. For one thread at a time."""

    def __init__(
        self, endpoints: Endpoints, contract: Address, key: Signer, fees: FeePolicy | None = None
    ) -> None:
        self._endpoints = endpoints
        self._contract = contract
        self._key = key
        self._fees = fees
        self._wallet: Wallet | None = None
        self._limits: dict[tuple[int, int], int] = {}
        self._paid: deque[tuple[float, int]] = deque()
        """When a transaction was seen mined (monotonic seconds), and its fee in wei."""

    def offer(self, report: Report, last_slot: int) -> Receipt:
        """Simulate, send and wait until mined. `last_slot` is the slot of the last round.

        Raises the contract's own error, before anything is sent or when the mined transaction
        failed; RpcDown, UnfundedWallet, StuckTransaction, FailedTransaction.
        """
        # The gas of a submission depends on its signers and on the midnights it passes, so it is
        # estimated once for each combination: an estimate takes 15 times as long as a simulation.
        shape = len(report.parts), report.slot // DAY_S - last_slot // DAY_S
        with self._endpoints.use() as chain:
            wallet = self._wallet_for(chain)
            call = SpotIndex(chain, self._contract).submit(report.pack())
            if shape in self._limits:
                wallet.simulate(call)
            else:
                gas = wallet.estimate(call)
                self._limits[shape] = gas * (100 + _GAS_MARGIN_PERCENT) // 100
            try:
                return self._note_fee(wallet.send(call, gas=self._limits[shape]))
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
            return self._note_fee(self._wallet_for(chain).send(call))

    @property
    def fee_cap_per_day(self) -> int | None:
        """Most fees in 24 hours, wei; None without a cap."""
        return None if self._fees is None else self._fees.max_cost_per_day

    def fees_of_the_day(self) -> int:
        """What its transactions of the last 24 hours cost, wei, since this process started."""
        since = time.monotonic() - DAY_S
        return sum(fee for paid_at, fee in tuple(self._paid) if paid_at > since)

    def _note_fee(self, receipt: Receipt) -> Receipt:
        now = time.monotonic()
        self._paid.append((now, receipt.gas_used * receipt.gas_price))
        while self._paid[0][0] <= now - DAY_S:
            self._paid.popleft()
        return receipt

    def _wallet_for(self, chain: Chain) -> Wallet:
        # Another endpoint may not know our latest transactions, so its nonce is read again.
        if self._wallet is None or self._wallet.chain is not chain:
            self._wallet = Wallet(chain, self._key, self._fees)
        return self._wallet
