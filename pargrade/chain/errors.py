"""The errors of a chain.

ChainError
├── RpcDown                  of several kinds: see endpoint/errors
├── RpcRefused, WrongChain, UnknownBlock, NoContract
├── UnfundedWallet, FeesAboveCap, StuckTransaction, SupersededTransaction,
│   FailedTransaction
└── Reverted
    ├── RevertedWithReason, Panicked
    └── ContractError        one generated subclass per Solidity custom error
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, ClassVar

from pargrade.errors import PargradeError

if TYPE_CHECKING:
    from pargrade.chain.abi import Layout


class ChainError(PargradeError):
    """Something between us and the state of a chain."""


class RpcDown(ChainError):
    """No usable answer came from the JSON-RPC endpoint."""

    hint = "Start a chain with `pargrade devnet`, or name one that is up with --rpc-url."

    def __init__(self, endpoint: str, reason: str) -> None:
        self.endpoint = endpoint
        self.reason = reason
        super().__init__(f"no answer from {endpoint}: {reason}")


class RpcRefused(ChainError):
    """The endpoint answered a request with an error of its own."""

    hint = "Check that the endpoint serves this method and keeps the block that was asked for."

    def __init__(
        self, method: str, code: int, reason: str, error: Mapping[str, Any] | None = None
    ) -> None:
        """`error` is the endpoint's whole error object, where there is one."""
        self.method = method
        self.code = code
        self.reason = reason
        self.error: Mapping[str, Any] = error or {}
        super().__init__(f"{method} was refused ({code}): {reason}")


class WrongChain(ChainError):
    """The endpoint serves another chain than the one meant."""

    def __init__(self, endpoint: str, expected: int, actual: int) -> None:
        self.endpoint = endpoint
        self.expected = expected
        self.actual = actual
        self.hint = f"Name an endpoint of chain {expected} with --rpc-url."
        super().__init__(f"{endpoint} is chain {actual}, expected chain {expected}")


class UnknownBlock(ChainError):
    """The chain has no such block: not mined yet, pruned, or gone in a re-org."""

    hint = "Read the head again; a block read earlier may have been re-organised away."

    def __init__(self, block: str) -> None:
        self.block = block
        super().__init__(f"the chain has no block {block}")


class NoContract(ChainError):
    """A call was answered with no data, as addresses without code do."""

    hint = "Check the address, and that the deployment file belongs to this chain."

    def __init__(self, address: str, function: str) -> None:
        self.address = address
        self.function = function
        super().__init__(f"{function}: no such contract at {address}")


class UnfundedWallet(ChainError):
    """The sender cannot pay the value of a transaction plus its most expensive gas."""

    def __init__(self, address: str, balance: int) -> None:
        self.address = address
        self.balance = balance
        self.hint = f"Send the chain's native coin to {address}."
        super().__init__(f"{address} holds {balance} wei, not enough to pay for the transaction")


class FeesAboveCap(ChainError):
    """The chain asks more for gas than this sender may pay."""

    hint = "Wait until gas is cheaper, or allow a higher fee."

    def __init__(self, asked: int, cap: int) -> None:
        self.asked = asked
        self.cap = cap
        super().__init__(f"the chain asks {asked} wei per gas, at most {cap} may be offered")


class StuckTransaction(ChainError):
    """No replacement of a transaction was mined in the time allowed."""

    hint = "Raise the fee ceiling, or wait: any of the sent transactions may still be mined."

    def __init__(self, hashes: tuple[str, ...], nonce: int, waited: float) -> None:
        self.hashes = hashes
        self.nonce = nonce
        self.waited = waited
        super().__init__(
            f"nonce {nonce} was not mined in {waited:.0f} s after {len(hashes)} attempts"
        )


class SupersededTransaction(ChainError):
    """Another transaction of the same key took the nonce of this one, which will not happen."""

    hint = "Another process sends with this key; give each process a key of its own."

    def __init__(self, nonce: int) -> None:
        self.nonce = nonce
        super().__init__(f"nonce {nonce} was taken by another transaction of this key")


class FailedTransaction(ChainError):
    """A transaction was mined and failed, and running it again does not say why."""

    hint = "Another transaction probably came first; read the state again and decide anew."

    def __init__(self, tx_hash: str, block: int) -> None:
        self.tx_hash = tx_hash
        self.block = block
        super().__init__(f"transaction {tx_hash} failed in block {block}")


class Reverted(ChainError):
    """A contract refused a call. `during` names the call, `data` is what the contract gave back."""

    hint = "Nothing was changed on chain."
    during: str = ""
    data: bytes = b""

    def __str__(self) -> str:
        message = self.explain()
        return f"{self.during}: {message}" if self.during else message

    def explain(self) -> str:
        """The refusal alone, without the call it came from."""
        return f"reverted with 0x{self.data.hex()}" if self.data else "reverted without a reason"


class RevertedWithReason(Reverted):
    """Solidity's `Error(string)`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)

    def explain(self) -> str:
        """The text the contract gave."""
        return f"reverted: {self.reason}"


class Panicked(Reverted):
    """Solidity's `Panic(uint256)`: arithmetic, bounds or assertion. A defect, not a refusal."""

    hint = "This is a defect in a contract; report the call that led to it."

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)

    def explain(self) -> str:
        """The panic code, in hexadecimal as Solidity documents it."""
        return f"panicked with code 0x{self.code:02x}"


class ContractError(Reverted):
    """A Solidity custom error, raised with its arguments as typed attributes.

    The generated subclasses are not frozen dataclasses: Python itself sets `__traceback__` on an
    exception that passes through a context manager, and a frozen one would hide the real error.
    """

    NOTICE: ClassVar[str] = ""
    SELECTOR: ClassVar[bytes]
    LAYOUT: ClassVar["tuple[Layout[Any], ...]"]

    def explain(self) -> str:
        """The error as Solidity would write it, with its explanation when it has one."""
        evidence = ", ".join(
            f"{field.name}={show(getattr(self, field.name))}" for field in _of(self)
        )
        notice = f" — {self.NOTICE}" if self.NOTICE else ""
        return f"{type(self).__name__}({evidence}){notice}"


def show(value: object) -> str:
    """A value for people: bytes as 0x text, everything else as it prints."""
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)


def _of(error: ContractError) -> tuple[Any, ...]:
    return fields(error)  # type: ignore[arg-type]  # every generated subclass is a dataclass
