"""The code that a constructor leaves at an address, by one call that changes nothing.

The creation code is put at the address itself for the length of the call (a state override of
eth_call), and run: what depends on that address, as domain separators do, comes out as it would
there, and so do the addresses of contracts that the constructor creates.
"""

from collections.abc import Sequence
from typing import Any, Final

from pargrade.chain.answers import read_data
from pargrade.chain.block import At, block_parameter
from pargrade.chain.call import Call
from pargrade.chain.errors import ChainError, RpcRefused
from pargrade.chain.hashing import Address, address_of, keccak
from pargrade.chain.rpc import Chain

_MOST_CREATED: Final = 0x7F
"""A nonce beyond takes more than one byte in RLP, and none of our constructors comes near."""

_NEW: Final[dict[str, Any]] = {"nonce": "0x1", "state": {}}
"""What a constructor finds (EIP-161): no storage, and a nonce of one."""


class NotConstructed(ChainError):
    """A creation that an endpoint would not run in a call."""

    hint = "Take an endpoint whose eth_call takes state overrides, and check the file's addresses."

    def __init__(self, endpoint: str, label: str, why: str) -> None:
        self.why = why
        super().__init__(f"{endpoint} does not run {label} in a call: {why}")


def created_by(creator: Address, nonce: int) -> Address:
    """Where a contract puts the `nonce`-th contract that it creates by CREATE, from 1 on."""
    if not 0 < nonce <= _MOST_CREATED:
        raise ValueError(f"nonce {nonce} is not of 1 to {_MOST_CREATED}")
    return address_of(keccak(b"\xd6\x94" + bytes.fromhex(creator[2:]) + bytes([nonce]))[12:])


def construct(
    chain: Chain,
    creation: Call[None],
    place: Address,
    *,
    sender: Address | None = None,
    created: Sequence[Address] = (),
    block: At,
) -> bytes:
    """The code that `creation`, sent by `sender`, would leave at an address.

    `created` are what the constructor creates in its turn: for the call they count as not there.
    Raises NotConstructed where the constructor reverts or the endpoint takes no overrides.
    """
    states = _emptied(created) | {place: {"code": _hex(creation.data), **_NEW}}
    return _run(chain, creation, place, states, block, sender)


def construct_inner(
    chain: Chain,
    creation: Call[None],
    place: Address,
    created: Sequence[Address],
    wanted: int,
    block: At,
) -> bytes:
    """The code of `created[wanted]` after `creation` made the contract at an address.

    A contract is compiled with the settings of the one that creates it, so the code need not be
    that of its own artifact. Raises NotConstructed as `construct`.
    """
    inner = bytes.fromhex(created[wanted][2:])
    holder = created_by(place, _MOST_CREATED)
    runner = (
        bytes.fromhex("5f5f5f5f73")  # DELEGATECALL of the creation code, as if it were here
        + bytes.fromhex(holder[2:])
        + bytes.fromhex("5af45073")
        + inner
        + bytes.fromhex("803b80915f5f913c5ff3")  # EXTCODECOPY of all of it, and RETURN
    )
    states = _emptied(created) | {
        place: {"code": _hex(runner), **_NEW},
        holder: {"code": _hex(creation.data)},
    }
    return _run(chain, creation, place, states, block, None)


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


def _emptied(created: Sequence[Address]) -> dict[str, Any]:
    return {address: {"code": "0x", "nonce": "0x0", "state": {}} for address in created}


def _run(
    chain: Chain,
    creation: Call[None],
    place: Address,
    states: dict[str, Any],
    block: At,
    sender: Address | None,
) -> bytes:
    message = {"to": place, "data": "0x"} | ({"from": sender} if sender else {})
    try:
        code = chain.ask("eth_call", (message, block_parameter(block), states), read_data)
    except RpcRefused as refused:
        raise NotConstructed(chain.endpoint, creation.label, str(refused)) from None
    # Without the override the call would be of whatever is there already.
    if not code:
        raise NotConstructed(chain.endpoint, creation.label, "it returned no code")
    return code
