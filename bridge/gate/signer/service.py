"""Signs transfers of one route, each message with one content, whatever its attester believes."""

import logging
import threading
from typing import Any, Final

from bridge.gate.signer.store import NotSigned, SignedMessages
from pargrade.chain.hashing import BadAddress, parse_address
from pargrade.chain.keys import Key
from pargrade.gate.transfer import Amount, AmountTooLarge, Crossing, End, Route

NO_EPOCH: Final = 0
"""A digest for no epoch names the content alone."""

_NONCES: Final = 1 << 63
_EPOCHS: Final = 1 << 32

_log: Final = logging.getLogger("bridge.gate")


class MessageSigner:
    """One key and one route. One request after the other."""

    def __init__(self, key: Key, route: Route, signed: SignedMessages) -> None:
        self._key = key
        self._route = route
        self._signed = signed
        self._lock = threading.Lock()

    def describe(self) -> dict[str, Any]:
        """Whose key it is, and what it signs for."""
        return {
            "version": 1,
            "address": self._key.address,
            "route": "0x" + self._route.id.hex(),
            "chains": [str(self._route.home.chain), str(self._route.remote.chain)],
        }

    def sign_transfer(self, stated: Any) -> dict[str, Any]:
        """The signature over typed data. Raises NotSigned for anything but its route's."""
        destination, crossing, epoch = self._read(stated)
        expected = crossing.typed_data(destination, epoch)
        if stated != expected.to_json():
            raise NotSigned("this is no transfer over the route of this signer")
        with self._lock:
            try:
                content = crossing.digest(destination, NO_EPOCH)
                self._signed.admit(destination.chain, crossing.nonce, content)
            except NotSigned as refused:
                _log.warning("refused: %s", refused)
                raise
            _log.info("signed message %d to chain %d", crossing.nonce, destination.chain)
            return {"signature": "0x" + self._key.sign_typed(expected).compact.hex()}

    def _read(self, stated: Any) -> tuple[End, Crossing, int]:
        try:
            message = stated["message"]
            chain = int(stated["domain"]["chainId"])
            nonce, epoch = int(message["nonce"]), int(message["epoch"])
            crossing = Crossing(
                bytes.fromhex(message["route"][2:]),
                nonce,
                parse_address(message["sender"]),
                parse_address(message["recipient"]),
                Amount.unpack(int(message["amount"])),
            )
        except (KeyError, TypeError, ValueError, AttributeError, BadAddress, AmountTooLarge):
            raise NotSigned("this is no transfer") from None
        ends = {end.chain: end for end in (self._route.home, self._route.remote)}
        is_ours = chain in ends and crossing.route == self._route.id
        if not is_ours or not 0 < nonce < _NONCES or not 0 < epoch < _EPOCHS:
            raise NotSigned("this is no transfer over the route of this signer")
        return ends[chain], crossing, epoch
