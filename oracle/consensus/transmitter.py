"""Sends reports to the contract: simulates first, replaces what is stuck, within a day's budget."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from oracle.consensus.fee_store import FeeStore
from pargrade.bindings.spot_index import SpotIndex
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.endpoints import Endpoints
from pargrade.chain.errors import FailedTransaction, FeesAboveCap
from pargrade.chain.fee_budget import FeeBudget
from pargrade.chain.fees import FeePolicy
from pargrade.chain.hashing import Address
from pargrade.chain.keys import Signer
from pargrade.chain.receipt import Receipt
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.clock import DAY_S
from pargrade.process.failpoint import reached
from pargrade.spot_index.equivocation import Equivocation
from pargrade.spot_index.report import Report

_GAS_MARGIN_PERCENT: Final = 50
"""Gas limit above the estimate of an earlier report: unused gas is not paid."""

_MOST_OVER_OFFERED: Final = 3
"""A transaction may come to cost so many times what it offers first. With a budget for a day, that
is what it counts with until it is mined, and what no replacement of it goes beyond."""


@dataclass(frozen=True, slots=True)
class _Noted:
    """A transaction that was noted and not seen mined."""

    nonce: int
    """What the key's next transaction had then."""
    number: int
    """Of the note."""
    most: int


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
        self._wallet: Wallet | None = None
        self._limits: dict[tuple[int, int], int] = {}
        self._paid = FeeStore(folder)
        self._unseen: _Noted | None = None

    def offer(self, report: Report, last_slot: int) -> Receipt:
        """Simulate, send and wait until mined. `last_slot` is the slot of the last round.

        Raises the contract's own error, before anything is sent or when the mined transaction
        failed; RpcDown, UnfundedWallet, StuckTransaction, FailedTransaction, FeesAboveCap,
        FeesAboveDailyCap, DatabaseDown.
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
                return self._send(wallet, call, self._limits[shape])
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
            wallet = self._wallet_for(chain)
            gas = wallet.estimate(call) * (100 + _GAS_MARGIN_PERCENT) // 100
            return self._send(wallet, call, gas)

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

    def _send(self, wallet: Wallet, call: Call[Any], gas: int) -> Receipt:
        if self._fees.max_cost_per_day is not None:
            return self._send_within_day(wallet, call, gas)
        receipt = wallet.send(call, gas=gas)
        self._paid.add(receipt.block.timestamp, receipt.fee)
        return receipt

    def _send_within_day(self, wallet: Wallet, call: Call[Any], gas: int) -> Receipt:
        nonce = wallet.chain.nonce(wallet.address, block=Tag.LATEST)
        # One of this nonce that was not seen mined never will be beside this one.
        again = self._unseen if self._unseen and self._unseen.nonce == nonce else None
        budget = FeeBudget(
            wallet.chain, self._paid.besides(None if again is None else again.number), self._fees
        )
        wallet.policy = policy = budget.policy_for()
        try:
            offered = wallet.ask_fees(gas)
        except FeesAboveCap as above:
            raise budget.explain(above, gas) from None
        most = gas * min(offered.max_fee * _MOST_OVER_OFFERED, policy.cap(gas))
        wallet.policy = replace(policy, max_cost=most)
        now = wallet.chain.head().timestamp
        if again is None:
            noted = _Noted(nonce, self._paid.add(now, most), most)
        else:
            noted = replace(again, most=max(again.most, most))
            self._paid.amend(noted.number, now, noted.most)
        self._unseen = noted
        reached("fee-recorded")
        receipt = wallet.send(call, gas=gas)
        self._paid.amend(noted.number, receipt.block.timestamp, receipt.fee)
        self._unseen = None
        return receipt

    def _wallet_for(self, chain: Chain) -> Wallet:
        # Another endpoint may not know our latest transactions, so its nonce is read again.
        if self._wallet is None or self._wallet.chain is not chain:
            self._wallet = Wallet(chain, self._key, self._fees)
        return self._wallet
