"""A second signature: other people's EIP-712 approval of one plan."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Self

from pargrade.chain.abi import Uint, join
from pargrade.chain.hashing import Address, BadAddress, keccak, parse_address
from pargrade.chain.keys import BadSignature, Signature, Signer, recover
from pargrade.chain.typed_data import WORD, Domain, TypedData
from pargrade.errors import PargradeError

_FIELDS: Final = (("plan", "bytes32"), ("until", "uint64"))
_TYPE: Final = keccak(b"HedgeApproval(bytes32 plan,uint64 until)")
_LAYOUT: Final = (WORD, WORD, Uint(64))
FORMAT: Final = "pargrade-hedge-approval-1"


class BadApproval(PargradeError):
    """A file that approves nothing."""

    hint = "Approve the plan again with `pargrade hedge approve`."

    def __init__(self, why: str) -> None:
        super().__init__(f"not an approval: {why}")


def approval_domain(chain_id: int, exchange: Address) -> Domain:
    """For whom approvals are signed: the hedger of one exchange."""
    return Domain("Pargrade Hedge", chain_id, exchange)


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's yes to one plan, until a time."""

    plan: str
    until: int
    """Unix seconds until which it counts."""
    approver: Address
    signature: Signature

    @classmethod
    def sign(cls, plan: str, until: int, domain: Domain, key: Signer) -> Self:
        """An approval by a key."""
        return cls(plan, until, key.address, key.sign_typed(_typed(plan, until, domain)))

    @classmethod
    def from_json(cls, raw: Any, domain: Domain) -> Self:
        """An approval whose signature is its approver's. Raises BadApproval."""
        names = {"format", "plan", "until", "approver", "signature"}
        if not isinstance(raw, dict) or raw.keys() != names or raw["format"] != FORMAT:
            raise BadApproval(f"a document of {', '.join(sorted(names))}")
        plan, until = raw["plan"], raw["until"]
        if type(until) is not int or not 0 <= until < 1 << 40:
            raise BadApproval("until is no time")
        try:
            is_hash = len(bytes.fromhex(plan.removeprefix("0x"))) == 32
            signature = Signature.of_compact(bytes.fromhex(raw["signature"].removeprefix("0x")))
            approver = parse_address(raw["approver"])
        except (AttributeError, TypeError, ValueError, BadSignature, BadAddress):
            raise BadApproval("plan, approver or signature has another form") from None
        if not is_hash:
            raise BadApproval("plan is no hash")
        try:
            signer = recover(_typed(plan, until, domain).digest, signature)
        except BadSignature:
            raise BadApproval("nobody signed it") from None
        if signer != approver:
            raise BadApproval(f"it is not signed by {approver}")
        return cls(plan, until, approver, signature)

    def to_json(self) -> dict[str, Any]:
        """The document of a file."""
        return {
            "format": FORMAT,
            "plan": self.plan,
            "until": self.until,
            "approver": self.approver,
            "signature": "0x" + self.signature.compact.hex(),
        }


def approvers_of(
    approvals: Iterable[Approval], plan: str, now: int, account: str
) -> frozenset[str]:
    """Who agrees to a plan now, each once. Who trades cannot approve his own plan."""
    return frozenset(
        each.approver
        for each in approvals
        if each.plan == plan and now < each.until and each.approver != account
    )


def _typed(plan: str, until: int, domain: Domain) -> TypedData:
    raw = bytes.fromhex(plan.removeprefix("0x"))
    struct_hash = keccak(join(_LAYOUT, (_TYPE, raw, until)))
    message = {"plan": plan, "until": str(until)}
    return TypedData(domain, "HedgeApproval", _FIELDS, message, domain.digest(struct_hash))
