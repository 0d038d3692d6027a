"""What every reference signer has: paths at which it signs, refusals, and transactions."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from oracle.journal.owner import JournalOwner
from pargrade.chain.hashing import BadAddress, parse_address
from pargrade.chain.keys import Key
from pargrade.errors import PargradeError

_NUMBERS: Final = ("chainId", "nonce", "gas", "value", "maxFeePerGas", "maxPriorityFeePerGas")

Signings = Mapping[str, Callable[[Any], dict[str, Any]]]
"""By path, what a signer makes of a request's JSON. Each raises SigningRefused."""


class SigningRefused(PargradeError):
    """Content that this signer does not sign."""

    hint = "Ask for a later slot, or for what was signed; --create makes a new file on purpose."


class SigningService(Protocol):
    """A signer behind its API."""

    signings: Signings

    def describe(self) -> dict[str, Any]:
        """Whose key it is and what it signs for."""
        ...


class TransactionSigner:
    """Signs transactions without value to one index."""

    def __init__(self, key: Key, owner: JournalOwner) -> None:
        self._key = key
        self._owner = owner

    def sign(self, stated: Any) -> dict[str, Any]:
        """A signed transaction to its index. Raises SigningRefused for any other."""
        try:
            fields = {name: int(stated[name]) for name in _NUMBERS if name in stated}
            target = parse_address(stated["to"])
            data = bytes.fromhex(stated["data"].removeprefix("0x"))
        except (KeyError, TypeError, ValueError, AttributeError, BadAddress):
            raise SigningRefused("this is no transaction") from None
        wanted = (self._owner.chain_id, self._owner.spot_index, 0)
        if (fields.get("chainId"), target, fields.get("value", 0)) != wanted:
            raise SigningRefused("only transactions without value to the index are signed")
        kind = {"type": stated["type"]} if "type" in stated else {}
        raw = self._key.sign_transaction({**fields, **kind, "to": target, "data": data})
        return {"raw": "0x" + raw.hex()}
