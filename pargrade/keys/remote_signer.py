"""A key in another process: what is signed goes there as JSON, and a signature comes back.

docs/SIGNER.md has the protocol. What comes back is checked: a signer can refuse, and can not make
this process use a signature of another key or over another content.
"""

import json
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final, Self
from urllib.parse import urlsplit

from pargrade.chain.hashing import Address, BadAddress, keccak, parse_address
from pargrade.chain.json_text import parse_json
from pargrade.chain.keys import BadSignature, Signature, recover
from pargrade.chain.typed_data import Domain, TypedData
from pargrade.errors import PargradeError
from pargrade.keys.signed_fields import is_signed_by, stated

TIMEOUT_S: Final = 5.0
_LONGEST: Final = 256 * 1024


class SignerFailed(PargradeError):
    """The external signer cannot be used, or sent what it should not. Nothing was signed."""

    hint = "Check that `pargrade oracle signer` runs there, and with this key."

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        self.reason = reason
        super().__init__(f"signer {url}: {reason}")


class SignerRefused(SignerFailed):
    """The external signer works, and refuses to sign this."""

    hint = "It has signed another content for this slot, or is not for this chain and contract."


class RemoteSigner:
    """Signs by asking. Safe to share between threads: every request has its own connection."""

    def __init__(self, url: str, address: Address) -> None:
        self.address = address
        self._url = url

    @classmethod
    def connect(cls, url: str) -> Self:
        """Asks a signer whose key it has. Raises SignerFailed."""
        stated = _exchange(url, "GET", "/", None)
        try:
            return cls(url, parse_address(stated["address"]))
        except (KeyError, TypeError, AttributeError, BadAddress):
            raise SignerFailed(url, "it does not say its address") from None

    def __repr__(self) -> str:
        return f"RemoteSigner({self.address})"

    def sign_typed(self, data: TypedData) -> Signature:
        """The signature over EIP-712 data. Raises SignerRefused, SignerFailed."""
        found = _exchange(self._url, "POST", "/typed-data", data.to_json())
        return self._signature(found, data.digest)

    def sign_struct(self, domain: Domain, struct: bytes) -> Signature:
        """The signature over the words of an EIP-712 struct, its type's hash before them.

        Raises SignerRefused, SignerFailed.
        """
        found = _exchange(self._url, "POST", "/struct", {"struct": "0x" + struct.hex()})
        return self._signature(found, domain.digest(keccak(struct)))

    def sign_transaction(self, fields: dict[str, Any]) -> bytes:
        """The signed bytes of a transaction. Raises SignerRefused, SignerFailed."""
        body = {name: stated(value) for name, value in fields.items()}
        found = _exchange(self._url, "POST", "/transaction", body)
        try:
            raw = bytes.fromhex(found["raw"][2:])
        except (KeyError, TypeError, ValueError):
            raise SignerFailed(self._url, "it sent no transaction") from None
        if not is_signed_by(raw, fields, self.address):
            raise SignerFailed(self._url, "it signed another transaction")
        return raw

    def _signature(self, found: dict[str, Any], digest: bytes) -> Signature:
        try:
            signature = Signature.of_compact(bytes.fromhex(found["signature"][2:]))
            signer = recover(digest, signature)
        except (KeyError, TypeError, ValueError, BadSignature):
            raise SignerFailed(self._url, "it sent no signature") from None
        if signer != self.address:
            raise SignerFailed(self._url, f"its signature is not of {self.address}")
        return signature


def _exchange(url: str, method: str, path: str, body: Any) -> dict[str, Any]:
    """One request and its JSON object. Raises SignerRefused for 409, SignerFailed."""
    try:
        parts = urlsplit(url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SignerFailed(url, "not an http:// or https:// address")
        connection = kind(parts.hostname, parts.port, timeout=TIMEOUT_S)
    except ValueError:
        raise SignerFailed(url, "not an http:// or https:// address") from None
    try:
        text = None if body is None else json.dumps(body)
        headers = {"Content-Type": "application/json"}
        connection.request(method, parts.path.rstrip("/") + path, text, headers)
        response = connection.getresponse()
        stated = parse_json(response.read(_LONGEST))
    except (OSError, HTTPException) as failure:
        raise SignerFailed(url, str(failure) or type(failure).__name__) from None
    except (ValueError, RecursionError):
        raise SignerFailed(url, "it sent no JSON") from None
    finally:
        connection.close()
    if not isinstance(stated, dict):
        raise SignerFailed(url, "it sent no JSON object")
    if response.status != 200:
        reason = ascii(stated.get("detail", ""))[1:201]
        refused = SignerRefused if response.status == 409 else SignerFailed
        raise refused(url, f"{response.status} {reason}")
    return stated
