"""The demo's books kept a second time: web3 over every receipt, and no code of the project's.

Only the ABIs are shared; they say what the events look like, not what they mean.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from statistics import median
from typing import Any

from web3 import HTTPProvider, Web3
from web3.logs import DISCARD


@dataclass
class ReceiptBooks:
    """Every receipt of the chain, and the events in them."""

    summary: dict[str, Any]
    rpc_url: str

    def __post_init__(self) -> None:
        self.web3 = Web3(HTTPProvider(self.rpc_url))
        head = self.summary["block"]
        self.receipts = [
            self.web3.eth.get_transaction_receipt(tx)
            for number in range(head + 1)
            for tx in self.web3.eth.get_block(number)["transactions"]
        ]
        contracts = self.summary["contracts"]
        self.market = self._contract("FuturesMarket", contracts["FuturesMarket"])
        self.exchange = self._contract("FuturesExchange", contracts["FuturesExchange"])
        self.index = self._contract("SpotIndexV2", contracts["SpotIndex"])
        self.token = self._contract("TestToken", contracts["tUSD"])
        self.unit = self._contract(
            "WrappedUnit", next(iter(self.summary["grades"].values()))["unit"]
        )

    def _contract(self, name: str, address: str) -> Any:
        artifact = json.loads((files("pargrade.artifacts") / f"{name}.json").read_text())
        return self.web3.eth.contract(address=address, abi=artifact["abi"])

    def events(self, contract: Any, name: str, *, anywhere: bool = False) -> Iterator[Any]:
        """Events of one name, of one contract or of any that announces the like."""
        event = contract.events[name]()
        for receipt in self.receipts:
            for found in event.process_receipt(receipt, errors=DISCARD):
                if anywhere or found["address"] == contract.address:
                    yield found

    def balance(self, token: str, holder: str) -> int:
        """What a holder has of a token by the transfers alone."""
        return sum(
            event["args"]["value"]
            * ((event["args"]["to"] == holder) - (event["args"]["from"] == holder))
            for event in self.transfers
            if event["address"] == token
        )

    @property
    def transfers(self) -> list[Any]:
        """ERC-20 transfers of every token, in order."""
        if not hasattr(self, "_transfers"):
            self._transfers = list(self.events(self.token, "Transfer", anywhere=True))
        return self._transfers

    def supply(self, token: str) -> int:
        """Minted less burned."""
        zero = "0x" + 40 * "0"
        return -self.balance(token, zero)

    def lots(self, series: int) -> dict[int, int]:
        """Open lots per grade: opened less merged."""
        lots: dict[int, int] = defaultdict(int)
        for name, sign in (("Opened", 1), ("Merged", -1)):
            for event in self.events(self.market, name):
                if event["args"]["series"] == series:
                    lots[event["args"]["grade"]] += sign * event["args"]["lots"]
        return dict(lots)

    def paid(self) -> dict[str, dict[str, int]]:
        """Transfers out of the market in transactions that redeem, by holder and token."""
        redeeming = {event["transactionHash"] for event in self.events(self.market, "Redeemed")}
        paid: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for event in self.transfers:
            args = event["args"]
            if args["from"] == self.market.address and event["transactionHash"] in redeeming:
                paid[args["to"]][event["address"]] += args["value"]
        return paid

    def gas(self, contract: Any, name: str, *, anywhere: bool = False) -> int:
        """Median gas of the transactions with such an event, divided by how many it has."""
        count: dict[bytes, int] = defaultdict(int)
        for event in self.events(contract, name, anywhere=anywhere):
            count[event["transactionHash"]] += 1
        used = {receipt["transactionHash"]: receipt["gasUsed"] for receipt in self.receipts}
        return round(median(used[tx] // times for tx, times in count.items()))
