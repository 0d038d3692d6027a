"""What redemptions paid, read from what the market and the tokens announced."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pargrade.bindings.futures_market import Credited, Redeemed
from pargrade.bindings.ierc20_metadata import Transfer
from pargrade.chain.hashing import Address
from pargrade.chain.log import Log
from pargrade.deployment.series import ListedSeries
from pargrade.deployment.token import Token


@dataclass(slots=True)
class Payout:
    """One holder's lots of one position, and what they became."""

    side: int
    holder: Address
    to: Address
    lots: int
    paid: dict[Address, int] = field(default_factory=dict)
    """Base units that arrived, by token."""
    credited: dict[Address, int] = field(default_factory=dict)
    """Base units that could not be sent and wait to be claimed, by token."""

    def to_json(self, series: ListedSeries) -> dict[str, Any]:
        """The payout for machines."""
        return {
            "position": series.side_name(self.side),
            "holder": self.holder,
            "to": self.to,
            "lots": self.lots,
            "paid": {token: str(raw) for token, raw in self.paid.items()},
            "credited": {token: str(raw) for token, raw in self.credited.items()},
        }

    def row(self, series: ListedSeries, tokens: dict[Address, Token]) -> tuple[str, ...]:
        """The payout for people."""
        parts = [tokens[token].shown(raw) for token, raw in self.paid.items()]
        parts += [f"{tokens[t].shown(raw)} to claim" for t, raw in self.credited.items()]
        shown = " and ".join(parts) or "nothing"
        return (series.side_name(self.side), self.holder, f"{self.lots:,}", shown)


def read_payouts(market: Address, series: ListedSeries, logs: Iterable[Log]) -> list[Payout]:
    """The payouts in the logs of redemptions, in order.

    The market announces each redemption before it pays the legs, so the transfers that follow
    belong to it.
    """
    found: list[Payout] = []
    assets = {series.view.terms.quote_token, *series.view.terms.units}
    for log in logs:
        topic = log.topics[0] if log.topics else b""
        if log.address == market and topic == Redeemed.TOPIC:
            event = Redeemed.decode(log)
            side = event.position - series.number
            found.append(Payout(side, event.holder, event.to, event.lots))
        elif log.address == market and topic == Credited.TOPIC:
            credit = Credited.decode(log)
            found[-1].credited[credit.token] = credit.amount
        elif log.address in assets and topic == Transfer.TOPIC:
            moved = Transfer.decode(log)
            if moved.from_ == market:
                found[-1].paid[log.address] = moved.value
    return found
