"""A client of one relay. What it answers is decoded against its type and bounded in size and time.

relay = RelayClient("http://127.0.0.1:8575")
rules = relay.rules()
signed = sign(order, exchange_domain(rules.chain_id, rules.exchange), key)
[result] = relay.place([SignedOffer(order, signed)])
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import httpx

from bridge.orders.event.receipt import BadReceipt, OrderReceipt
from bridge.orders.signed.order import SignedOrder, SignedRoll
from pargrade.bindings.structs import Order, Roll
from pargrade.chain.hashing import Address, BadAddress, parse_address
from pargrade.errors import PargradeError

_TIMEOUT_S: Final = 15.0
_MOST_BYTES: Final = 4 << 20
_PLACE: Final = ("sequence", "expiry")


class RelayDown(PargradeError):
    """A relay that does not respond, or not as a relay."""

    hint = "Check the relay's URL, and that `pargrade relay run` runs there."

    def __init__(self, url: str, why: str) -> None:
        self.url = url
        self.why = why
        super().__init__(f"relay {url}: {why}")


class RelayRefused(PargradeError):
    """A request that the relay refused, with its own words."""

    def __init__(self, title: str, detail: str, hint: str) -> None:
        self.title = title
        self.detail = detail
        self.hint = hint
        super().__init__(f"{title}: {detail}")


@dataclass(frozen=True, slots=True)
class RelayRules:
    """For whom to sign, and what the relay takes."""

    chain_id: int
    exchange: Address
    matcher: Address
    relay: Address
    least_lots: int
    fee_bps: int


@dataclass(frozen=True, slots=True)
class SignedOffer:
    """A signed order or roll to place."""

    order: Order | Roll
    signature: bytes
    rule: str = "GTC"
    """GTC, IOC or POST."""

    def to_json(self) -> dict[str, Any]:
        """As the relay takes it."""
        if isinstance(self.order, Order):
            found: dict[str, Any] = {"order": SignedOrder.of_struct(self.order).to_json()}
        else:
            near, far = map(SignedOrder.of_struct, (self.order.near, self.order.far))
            found = {"roll": SignedRoll(near, far).to_json()}
        return {**found, "signature": "0x" + self.signature.hex(), "rule": self.rule}


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An order the relay accepted: now, or when it was sent before."""

    receipt: OrderReceipt
    known: bool
    """Whether it had the order before; then nothing is said of lots here."""
    filled: int
    rests: int
    end: str


@dataclass(frozen=True, slots=True)
class BookDepth:
    """Prices, USD per SCU with 8 decimals, and lots, the best first."""

    sequence: int
    bids: tuple[tuple[int, int], ...]
    asks: tuple[tuple[int, int], ...]


class RelayClient:
    """One relay. Not shared between threads."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._http = httpx.Client(timeout=_TIMEOUT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def rules(self) -> RelayRules:
        """Raises RelayDown."""
        raw = self._ask("GET", "/rules")
        try:
            return RelayRules(
                chain_id=int(raw["chain_id"]),
                exchange=parse_address(raw["exchange"]),
                matcher=parse_address(raw["matcher"]),
                relay=parse_address(raw["relay"]),
                least_lots=int(raw["least_lots"]),
                fee_bps=int(raw["fee_bps"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError, BadAddress) as bad:
            raise self._strange("/rules", bad) from None

    def place(
        self, offers: Sequence[SignedOffer], rules: RelayRules
    ) -> list[PlacedOrder | RelayRefused]:
        """What became of each order, in their order. Raises RelayDown, RelayRefused."""
        body = {
            "chain_id": rules.chain_id,
            "exchange": rules.exchange,
            "orders": [offer.to_json() for offer in offers],
        }
        raw = self._ask("POST", "/orders", body)
        try:
            results = [_result(each) for each in raw["results"]]
        except (KeyError, TypeError, ValueError, BadReceipt) as bad:
            raise self._strange("/orders", bad) from None
        if len(results) != len(offers):
            raise RelayDown(self.url, f"{len(results)} results for {len(offers)} orders")
        return results

    def cancel(self, request: dict[str, Any]) -> list[bytes]:
        """Hashes of the orders that a signed request ended. Raises RelayDown, RelayRefused."""
        raw = self._ask("POST", "/cancel", request)
        try:
            return [bytes.fromhex(each.removeprefix("0x")) for each in raw["ended"]]
        except (KeyError, TypeError, ValueError, AttributeError) as bad:
            raise self._strange("/cancel", bad) from None

    def depth(self, series: int, levels: int = 50) -> BookDepth:
        """The best levels of a series. Raises RelayDown, RelayRefused."""
        path = f"/book/{series}?levels={levels}"
        raw = self._ask("GET", path)
        try:
            bids, asks = (
                tuple((int(price), int(lots)) for price, lots in raw[side])
                for side in ("bids", "asks")
            )
            return BookDepth(int(raw["sequence"]), bids, asks)
        except (KeyError, TypeError, ValueError) as bad:
            raise self._strange(path, bad) from None

    def order(self, order: bytes) -> dict[str, Any]:
        """Where an order stands. Raises RelayDown, RelayRefused."""
        return self._object(f"/orders/0x{order.hex()}")

    def resting(self, maker: Address) -> list[dict[str, Any]]:
        """A maker's resting orders, the oldest first. Raises RelayDown, RelayRefused."""
        path = f"/makers/{maker}"
        raw = self._ask("GET", path)
        names = {*_PLACE, "order", "state", "series", "side", "price", "rests", "lane", "nonce"}
        if not isinstance(raw, list) or any(
            not isinstance(each, dict) or each.keys() != names for each in raw
        ):
            raise RelayDown(self.url, f"{path} is no list of orders")
        return raw

    def calls(self, series: int, most: int = 24) -> list[dict[str, Any]]:
        """The newest hourly calls, the newest first. Raises RelayDown, RelayRefused."""
        return self._calls(f"/calls/{series}?most={most}")

    def marks(self, series: int, most: int = 31) -> list[dict[str, Any]]:
        """Daily settlement marks, the newest first. Raises RelayDown, RelayRefused."""
        return self._calls(f"/marks/{series}?most={most}")

    def _calls(self, path: str) -> list[dict[str, Any]]:
        raw = self._ask("GET", path)
        names = {"time", "price", "lots", "mark", "source"}
        if not isinstance(raw, list) or any(
            not isinstance(each, dict) or each.keys() != names for each in raw
        ):
            raise RelayDown(self.url, f"{path} is no list of calls")
        return raw

    def match(self, sequence: int) -> dict[str, Any]:
        """The transaction of a match: to, data, chain_id. Raises RelayDown, RelayRefused."""
        return self._object(f"/matches/{sequence}")

    def _object(self, path: str) -> dict[str, Any]:
        raw = self._ask("GET", path)
        if not isinstance(raw, dict):
            raise RelayDown(self.url, f"{path} is no object")
        return raw

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        try:
            with self._http.stream(method, self.url + path, json=body) as response:
                content = bytearray()
                for chunk in response.iter_bytes():
                    content += chunk
                    if len(content) > _MOST_BYTES:
                        raise RelayDown(self.url, f"{path} has more than {_MOST_BYTES} bytes")
            raw = json.loads(content)
        except httpx.HTTPError as failure:
            raise RelayDown(self.url, str(failure) or type(failure).__name__) from None
        except (ValueError, RecursionError):
            raise RelayDown(self.url, f"{path} is no JSON") from None
        if response.status_code == httpx.codes.OK:
            return raw
        if isinstance(raw, dict) and isinstance(raw.get("title"), str):
            raise _refusal(raw)
        raise RelayDown(self.url, f"{path}: status {response.status_code}")

    def _strange(self, path: str, bad: Exception) -> RelayDown:
        return RelayDown(self.url, f"{path} is not as a relay has it: {type(bad).__name__}")


def _result(raw: dict[str, Any]) -> PlacedOrder | RelayRefused:
    if raw["status"] == "refused":
        return _refusal(raw)
    receipt = OrderReceipt.from_json(raw["receipt"])
    known = raw["status"] == "known"
    filled, rests = (0, 0) if known else (int(raw["filled"]), int(raw["rests"]))
    return PlacedOrder(receipt, known, filled, rests, "" if known else str(raw["end"]))


def _refusal(raw: dict[str, Any]) -> RelayRefused:
    title, detail, hint = (str(raw.get(name, ""))[:500] for name in ("title", "detail", "hint"))
    return RelayRefused(title, detail, hint)
