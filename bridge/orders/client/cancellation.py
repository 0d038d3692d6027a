"""A maker's cancellation, signed for the exchange: whoever has it can end its orders there.

A file has no secret in it, and whoever brings it decides nothing else and pays the gas.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from bridge.orders.client.trader import Trader
from bridge.orders.signed.json_form import read_account, read_signature, read_uint
from bridge.orders.signed.refusals import OrderRefused
from pargrade.bindings.futures_exchange import FuturesExchange
from pargrade.chain.call import Call
from pargrade.chain.hashing import address_of
from pargrade.errors import PargradeError
from pargrade.futures.order import exchange_domain
from pargrade.futures.permission import Cancellation

_FIELDS: Final = frozenset({"maker", "lane", "nonce", "deadline", "signature"})
_MOST_BYTES: Final = 64 * 1024


class BadCancellation(PargradeError):
    """A file that is no signed cancellation."""

    hint = "Take the file that `pargrade market cancel HASH --signed FILE` wrote."

    def __init__(self, path: Path, why: str) -> None:
        self.path = path
        super().__init__(f"{path} is no signed cancellation: {why}")


@dataclass(frozen=True, slots=True)
class SignedCancellation:
    """Which orders of whom are over, and the maker's word for it."""

    cancellation: Cancellation
    signature: bytes

    def call(self, exchange: FuturesExchange) -> Call[Any]:
        """What anyone sends."""
        found = self.cancellation
        return exchange.cancel_signed(
            found.maker, found.lane, found.nonce, found.deadline, self.signature
        )

    def to_json(self) -> dict[str, Any]:
        """Numbers above 40 bits as decimal text."""
        found = self.cancellation
        return {
            "maker": found.maker,
            "lane": str(found.lane),
            "nonce": str(found.nonce),
            "deadline": found.deadline,
            "signature": "0x" + self.signature.hex(),
        }

    @classmethod
    def from_json(cls, raw: Any) -> Self:
        """From `to_json`. Raises BadForm, FieldOverflow, and ValueError for other fields."""
        if not isinstance(raw, dict) or raw.keys() != _FIELDS:
            raise ValueError(f"it has {', '.join(sorted(_FIELDS))}")
        maker = address_of(read_account(raw["maker"], "maker"))
        lane, nonce = (read_uint(raw[name], 64, name) for name in ("lane", "nonce"))
        deadline = read_uint(raw["deadline"], 256, "deadline")
        found = Cancellation(maker, lane, nonce, deadline)
        return cls(found, read_signature(raw["signature"]))


def sign_cancellation(trader: Trader, lane: int, nonce: int, deadline: int) -> SignedCancellation:
    """Ends the trader's orders of a lane up to a nonce, until `deadline` in Unix seconds."""
    found = Cancellation(trader.key.address, lane, nonce, deadline)
    domain = exchange_domain(trader.rules.chain_id, trader.exchange.address)
    return SignedCancellation(found, found.sign(domain, trader.key))


def read_cancellation(path: Path) -> SignedCancellation:
    """From a file. Raises BadCancellation."""
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES)
        return SignedCancellation.from_json(json.loads(raw))
    except OSError as failure:
        raise BadCancellation(path, failure.strerror or "unreadable") from None
    except (ValueError, RecursionError, OrderRefused) as bad:
        raise BadCancellation(path, str(bad)[:200]) from None
