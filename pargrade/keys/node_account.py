"""A key that the chain's own node keeps and has unlocked: asked for signatures by JSON-RPC.

The node signs and this process sends, so nonces, fees and replacements are looked after as with
every other key. What comes back is checked like an external signer's.
"""

from typing import Any, Self

from pargrade.chain.errors import RpcRefused
from pargrade.chain.hashing import Address, BadAddress, parse_address
from pargrade.chain.keys import BadSignature, Signature, recover
from pargrade.chain.rpc import Chain
from pargrade.chain.typed_data import TypedData
from pargrade.errors import PargradeError
from pargrade.keys.signed_fields import is_signed_by, stated


class NodeAccountFailed(PargradeError):
    """The node does not sign for an account, or signed something else. Nothing was sent."""

    hint = "Unlock it in the node, which must serve eth_signTransaction; or name a keystore."

    def __init__(self, account: str, reason: str) -> None:
        self.account = account
        self.reason = reason
        super().__init__(f"key unlocked:{account}: {reason}")


class NodeAccount:
    """Signs by asking the node of a chain."""

    def __init__(self, chain: Chain, address: Address) -> None:
        self.address = address
        self._chain = chain

    @classmethod
    def find(cls, chain: Chain, text: str) -> Self:
        """The account, if the node has it. Raises NodeAccountFailed, RpcDown."""
        try:
            address = parse_address(text)
        except BadAddress:
            raise NodeAccountFailed(text, "this is not an address") from None
        try:
            accounts = chain.request("eth_accounts")
        except RpcRefused as refused:
            raise NodeAccountFailed(address, f"the node names no accounts ({refused})") from None
        if not isinstance(accounts, list) or address.lower() not in map(
            str.lower, map(str, accounts)
        ):
            raise NodeAccountFailed(address, "the node has no such account")
        return cls(chain, address)

    def __repr__(self) -> str:
        return f"NodeAccount({self.address})"

    def sign_typed(self, data: TypedData) -> Signature:
        """The signature over EIP-712 data. Raises NodeAccountFailed, RpcDown."""
        found = self._ask("eth_signTypedData_v4", self.address, data.to_json())
        try:
            raw = bytes.fromhex(found.removeprefix("0x"))
            r, s, v = int.from_bytes(raw[:32]), int.from_bytes(raw[32:64]), raw[64]
            signature = Signature(r, s, v - 27 if v >= 27 else v)
            signer = recover(data.digest, signature)
        except (AttributeError, IndexError, ValueError, BadSignature):
            raise NodeAccountFailed(self.address, "the node sent no signature") from None
        if signer != self.address:
            raise NodeAccountFailed(self.address, "the node signed with another key")
        return signature

    def sign_transaction(self, fields: dict[str, Any]) -> bytes:
        """The signed bytes of a transaction. Raises NodeAccountFailed, RpcDown."""
        asked = {name: hex(v) if isinstance(v, int) else stated(v) for name, v in fields.items()}
        found = self._ask("eth_signTransaction", asked | {"from": self.address})
        # Geth and Besu send an object with the bytes in it, anvil the bytes.
        text = found.get("raw") if isinstance(found, dict) else found
        try:
            raw = bytes.fromhex(str(text).removeprefix("0x"))
        except ValueError:
            raw = b""
        if not is_signed_by(raw, fields, self.address):
            raise NodeAccountFailed(self.address, "the node signed another transaction")
        return raw

    def _ask(self, method: str, *parameters: Any) -> Any:
        try:
            return self._chain.request(method, *parameters)
        except RpcRefused as refused:
            raise NodeAccountFailed(self.address, f"{method} was refused: {refused}") from None
