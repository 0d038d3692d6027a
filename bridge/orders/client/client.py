"""A client of one relay. What it answers is decoded against its type and bounded in size and time.

relay = RelayClient("http://127.0.0.1:8575")
rules = relay.rules()
signed = sign(order, exchange_domain(rules.chain_id, rules.exchange), key)
[result] = relay.place([SignedOffer(order, signed)])
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from bridge.orders.client.answers import (
    MOST_ROWS,
    HeldCall,
    MatchCall,
    OrderState,
    RestingOrder,
    read_hash,
    read_rows,
)
from bridge.orders.client.answers import BookDepth as BookDepth
from bridge.orders.client.answers import PlacedOrder as PlacedOrder
from bridge.orders.client.answers import RelayRules as RelayRules
from bridge.orders.client.connection import EXCHANGE_S, RelayConnection
from bridge.orders.client.connection import RelayDown as RelayDown
from bridge.orders.event.entry import BadEntry, Entry
from bridge.orders.event.receipt import BadReceipt, domain_prefix
from bridge.orders.signed.cancel_request import relay_domain
from bridge.orders.signed.order import Signed, SignedOrder, SignedRoll
from bridge.orders.signed.refusals import BadForm, OrderRefused
from pargrade.bindings.structs import Order, Roll, Side
from pargrade.chain.hashing import Address
from pargrade.chain.json_text import parse_json
from pargrade.errors import PargradeError
from pargrade.text import printable

_Decoded = TypeVar("_Decoded")
_OK = 200
_MOST_LOG_BYTES = 64 << 20
"""Of a thousand entries: most have less than a kilobyte, a whole call half a million."""
_PAGE = 1_000
"""Orders of a maker that a relay gives at once."""
_MOST_SHOWN = 500


class RelayRefused(PargradeError):
    """A request that the relay refused, with its own words."""

    def __init__(self, title: str, detail: str, hint: str) -> None:
        self.title = title
        self.detail = detail
        self.hint = hint
        super().__init__(f"{title}: {detail}")


@dataclass(frozen=True, slots=True)
class SignedOffer:
    """A signed order or roll to place."""

    order: Order | Roll
    signature: bytes
    rule: str = "GTC"
    """GTC, IOC or POST."""

    @property
    def signed(self) -> Signed:
        """As it is hashed."""
        if isinstance(self.order, Order):
            return SignedOrder.of_struct(self.order)
        near, far = map(SignedOrder.of_struct, (self.order.near, self.order.far))
        return SignedRoll(near, far)

    def to_json(self) -> dict[str, Any]:
        """As the relay takes it."""
        name = "order" if isinstance(self.order, Order) else "roll"
        found: dict[str, Any] = {name: self.signed.to_json()}
        return {**found, "signature": "0x" + self.signature.hex(), "rule": self.rule}


class RelayClient:
    """One relay. Not shared between threads."""

    def __init__(
        self,
        url: str,
        timeout_s: float = EXCHANGE_S,
        permit: Callable[[], None] = lambda: None,
    ) -> None:
        """`timeout_s` is for a whole exchange; `permit` is called before each, and may raise.

        Raises RelayDown for what is no address.
        """
        self.url = url.rstrip("/")
        self._connection = RelayConnection(self.url, timeout_s, permit)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def rules(self) -> RelayRules:
        """Raises RelayDown."""
        return self._read("/rules", RelayRules.from_json)

    def place(
        self, offers: Sequence[SignedOffer], rules: RelayRules
    ) -> list[PlacedOrder | RelayRefused]:
        """What became of each order, in their order. Raises RelayDown, RelayRefused.

        A receipt that is not of the order sent, or not signed by the key that `rules` name, is no
        receipt.
        """
        body = {
            "chain_id": rules.chain_id,
            "exchange": rules.exchange,
            "orders": [offer.to_json() for offer in offers],
        }
        results = self._read("/orders", _results, body)
        if len(results) != len(offers):
            raise self._strange("/orders", f"{len(results)} results for {len(offers)} orders")
        prefix = domain_prefix(relay_domain(rules.chain_id, rules.exchange))
        relay = bytes.fromhex(rules.relay[2:])
        for offer, result in zip(offers, results, strict=True):
            if isinstance(result, RelayRefused):
                continue
            if result.receipt.order != offer.signed.hash:
                raise self._strange("/orders", "a receipt of another order")
            if result.receipt.signer(prefix) != relay:
                raise self._strange("/orders", "a receipt that its key did not sign")
        return results

    def cancel(self, request: dict[str, Any]) -> list[bytes]:
        """Hashes of the orders that a signed request ended. Raises RelayDown, RelayRefused."""
        return self._read("/cancel", _ended, request)

    def depth(self, series: int, levels: int = 50) -> BookDepth:
        """The best levels of a series. Raises RelayDown, RelayRefused."""
        return self._read(f"/book/{series}?levels={levels}", BookDepth.from_json)

    def order(self, order: bytes) -> OrderState:
        """Where an order stands, with what was signed. Raises RelayDown, RelayRefused."""
        path = f"/orders/0x{order.hex()}"
        found = self._read(path, OrderState.from_json)
        if not found.order == found.signed.hash == found.receipt.order == order:
            raise self._strange(path, "another order than was asked for")
        return found

    def resting(self, maker: Address) -> list[RestingOrder]:
        """A maker's orders that rest or wait, the oldest first. Raises RelayDown, RelayRefused.

        In pages: one that takes another place between two of them is there once, at its last.
        """
        found: dict[tuple[bytes, Side], RestingOrder] = {}
        first = rows = 0
        while True:
            path = f"/makers/{maker}?first={first}&most={_PAGE}"
            page = self._read(path, _list_of(RestingOrder.from_json))
            rows += len(page)
            if rows > MOST_ROWS or any(each.sequence < first for each in page):
                raise self._strange(path, "more orders than were asked for")
            for each in page:
                found.pop((each.order, each.side), None)
                found[each.order, each.side] = each
            if len({each.order for each in page}) < _PAGE:
                return list(found.values())
            first = page[-1].sequence + 1

    def calls(self, series: int, most: int = 24) -> list[HeldCall]:
        """The newest hourly calls, the newest first. Raises RelayDown, RelayRefused."""
        return self._read(f"/calls/{series}?most={most}", _list_of(HeldCall.from_json))

    def marks(self, series: int, most: int = 31) -> list[HeldCall]:
        """Daily settlement marks, the newest first. Raises RelayDown, RelayRefused."""
        return self._read(f"/marks/{series}?most={most}", _list_of(HeldCall.from_json))

    def entries(self, first: int, most: int = 1_000) -> list[Entry]:
        """Entries of the log from a sequence number on. Raises RelayDown, RelayRefused.

        They are as the relay has them: whether each follows the last is the reader's to see.
        """
        path = f"/log?first={first}&most={most}"
        status, content = self._connection.fetch(path, _MOST_LOG_BYTES)
        if status != _OK:
            raise self._refused(path, status, content)
        try:
            found = [Entry.from_json(parse_json(line)) for line in content.splitlines()]
        except (BadEntry, ValueError) as bad:
            raise self._strange(path, str(bad)) from None
        if len(found) > most:
            raise self._strange(path, "more entries than were asked for")
        return found

    def match(self, sequence: int) -> MatchCall:
        """The transaction of a match. Raises RelayDown, RelayRefused."""
        return self._read(f"/matches/{sequence}", MatchCall.from_json)

    def _read(
        self, path: str, decode: Callable[[Any], _Decoded], body: dict[str, Any] | None = None
    ) -> _Decoded:
        status, raw = self._connection.ask("GET" if body is None else "POST", path, body)
        if status != _OK:
            if isinstance(raw, dict) and isinstance(raw.get("title"), str):
                raise _refusal(raw)
            raise RelayDown(self._connection.shown, f"{path}: status {status}")
        try:
            return decode(raw)
        except (OrderRefused, BadReceipt) as bad:
            raise self._strange(path, str(bad)) from None

    def _refused(self, path: str, status: int, content: bytes) -> PargradeError:
        try:
            raw = parse_json(content)
        except ValueError:
            raw = None
        if isinstance(raw, dict) and isinstance(raw.get("title"), str):
            return _refusal(raw)
        return RelayDown(self._connection.shown, f"{path}: status {status}")

    def _strange(self, path: str, why: str) -> RelayDown:
        shown = printable(why, _MOST_SHOWN)
        return RelayDown(self._connection.shown, f"{path} is not as a relay has it: {shown}")


def _list_of(decode: Callable[[Any], _Decoded]) -> Callable[[Any], list[_Decoded]]:
    return lambda raw: [decode(each) for each in read_rows(raw, "the answer")]


def _results(raw: Any) -> list[PlacedOrder | RelayRefused]:
    if not isinstance(raw, dict):
        raise BadForm("the answer", "an object of results")
    return [_result(each) for each in read_rows(raw.get("results"), "results")]


def _result(raw: Any) -> PlacedOrder | RelayRefused:
    if isinstance(raw, dict) and raw.get("status") == "refused":
        return _refusal(raw)
    return PlacedOrder.from_json(raw)


def _ended(raw: Any) -> list[bytes]:
    if not isinstance(raw, dict):
        raise BadForm("the answer", "an object of orders that ended")
    return [read_hash(each, "ended") for each in read_rows(raw.get("ended"), "ended")]


def _refusal(raw: dict[str, Any]) -> RelayRefused:
    title, detail, hint = (
        printable(str(raw.get(name, "")), _MOST_SHOWN) for name in ("title", "detail", "hint")
    )
    return RelayRefused(title, detail, hint)
