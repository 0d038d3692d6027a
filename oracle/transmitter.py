"""Brings reports to the contract: simulated first, replaced when stuck, through any endpoint."""

from oracle.endpoints import Endpoints
from oracle.report import Report
from pargrade.bindings.spot_index import SpotIndex
from pargrade.chain.fees import FeePolicy
from pargrade.chain.hashing import Address
from pargrade.chain.keys import Key
from pargrade.chain.receipt import Receipt
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet


class Transmitter:
    """Sends from one key to one contract. For one thread at a time."""

    def __init__(
        self, endpoints: Endpoints, contract: Address, key: Key, fees: FeePolicy | None = None
    ) -> None:
        self._endpoints = endpoints
        self._contract = contract
        self._key = key
        self._fees = fees
        self._wallet: Wallet | None = None

    def simulate(self, report: Report) -> int:
        """Gas the report would need in the next block. Raises like `offer`; sends nothing."""
        with self._endpoints.use() as chain:
            call = SpotIndex(chain, self._contract).submit(report.pack())
            return self._on(chain).estimate(call)

    def offer(self, report: Report) -> Receipt:
        """Simulates, sends and waits until mined.

        Raises the contract's own error (before anything is sent, or when the transaction failed all
        the same), RpcDown, UnfundedWallet, StuckTransaction, FailedTransaction.
        """
        with self._endpoints.use() as chain:
            call = SpotIndex(chain, self._contract).submit(report.pack())
            return self._on(chain).send(call)

    def _on(self, chain: Chain) -> Wallet:
        # Another endpoint may know fewer of our transactions: its nonce is read afresh.
        if self._wallet is None or self._wallet.chain is not chain:
            self._wallet = Wallet(chain, self._key, self._fees)
        return self._wallet
