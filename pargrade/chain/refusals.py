"""What a node means when it refuses, in the wordings of all clients."""

import re
from enum import Enum
from typing import Final

from pargrade.chain.errors import RpcRefused
from pargrade.chain.reverts import find_revert_data


class Refusal(Enum):
    """Why a node did not take a transaction."""

    KNOWN = "known"
    """It has this very transaction."""
    NONCE_GONE = "nonce gone"
    """A transaction with this nonce was mined."""
    REPLACEMENT_TOO_CHEAP = "replacement too cheap"
    """A dearer one with this nonce is waiting."""
    TOO_CHEAP = "too cheap"
    """It offers less than this node takes from anybody."""
    NO_FUNDS = "no funds"
    """The sender cannot pay value and most expensive gas."""
    IMPOSSIBLE = "impossible"
    """No block may hold it: its gas limit is out of bounds, or it is too long."""
    OTHER = "other"


# From go-ethereum (and bor, bsc), Erigon, Nethermind, Besu, Reth, Hardhat, anvil, py-evm and
# OpenEthereum, in lower case. The first row that fits decides.
_WORDINGS: Final = (
    (
        Refusal.KNOWN,
        ("already known", "alreadyknown", "already imported", "known transaction",
         "existing tx with same hash", "already_exists", "already in the system"),
    ),
    (
        Refusal.NONCE_GONE,
        ("nonce too low", "nonce is too low", "already been used", "oldnonce", "old nonce",
         "nonce has already been used", "ownnoncealreadyused"),
    ),
    (
        Refusal.REPLACEMENT_TOO_CHEAP,
        ("replacement transaction underpriced", "replacement underpriced", "replacementnotallowed",
         "another transaction with same nonce", "to replace the existing", "to replace pending"),
    ),
    (
        Refusal.TOO_CHEAP,
        ("underpriced", "below minimum", "below configured minimum", "fee too low", "feetoolow",
         "gas price is too low", "less than block base fee", "below current base fee",
         "is too low for the next block", "tip needed", "minimum needed"),
    ),
    (
        Refusal.NO_FUNDS,
        ("insufficient funds", "insufficientfunds", "out of funds", "lack of funds",
         "doesn't have enough funds", "does not have enough funds",
         "upfront cost exceeds account balance", "insufficient balance", "enough balance",
         "cannot afford"),
    ),
    (
        Refusal.IMPOSSIBLE,
        ("gas limit too high", "gas_limit_cap", "greater than the cap", "gaslimitexceeded",
         "intrinsic gas too low", "intrinsic gas too high", "exceeds block gas limit",
         "exceeds_block_gas_limit", "gas limit exceeds", "transaction gas limit",
         "oversized data", "transaction too large"),
    ),
)  # fmt: skip

_NEEDED: Final = re.compile(r"(?:minimum needed|tip needed)\s*(\d{1,30})", re.I)


def classify_refusal(refused: RpcRefused) -> Refusal:
    """Why a node did not take a transaction."""
    text = refused.reason.lower()
    for refusal, wordings in _WORDINGS:
        if any(wording in text for wording in wordings):
            return refusal
    return Refusal.OTHER


def find_needed_tip(refused: RpcRefused) -> int | None:
    """The least tip that a refusal names, wei per gas; None when it names none."""
    found = _NEEDED.search(refused.reason)
    return int(found[1]) if found else None


class Fault(Enum):
    """Whom a refusal is about."""

    REQUEST = "request"
    """Every endpoint would refuse it: the contract reverts, or the request makes no sense."""
    ENDPOINT = "endpoint"
    """Another endpoint may serve it, and this one is not well."""
    STATE = "state"
    """This endpoint lacks the block, its state, or the method; another may have it."""


_UNKNOWN_BLOCK: Final = (
    "blockoutofrange", "header not found", "unknown block", "block not found", "resource not found",
    "header for hash not found", "not currently canonical", "is not canonical",
    "could not be found", "cannot be found", "no state available", "missing trie node",
    "state is not available",
    "historical state", "state not available", "pruned", "unknown header", "block is not available",
)  # fmt: skip

_UNWELL: Final = (
    "internal error", "internal server error", "timeout", "timed out", "overloaded", "unavailable",
    "syncing", "try again", "bad gateway", "no healthy", "upstream",
)  # fmt: skip

_INTERNAL_ERROR: Final = -32603
_NO_SUCH_METHOD: Final = (-32601, -32004)


_RANGE_LIMIT: Final = (
    "block range", "blocks range", "max range", "maximum range", "range limit", "range too large",
    "range is too", "query returned more than", "response size", "max results", "too many blocks",
    "too many logs", "ranges over", "query timeout exceeded",
)  # fmt: skip


def is_range_limit(refused: RpcRefused) -> bool:
    """Whether the node wants to be asked for the logs of fewer blocks."""
    text = refused.reason.lower()
    return refused.method == "eth_getLogs" and any(words in text for words in _RANGE_LIMIT)


def is_unknown_block(refused: RpcRefused) -> bool:
    """Whether the node has not got the block that was asked for, or no longer its state."""
    text = refused.reason.lower()
    return any(words in text for words in _UNKNOWN_BLOCK)


def find_fault(refused: RpcRefused) -> Fault:
    """Whom a refusal is about. Raises Malformed for a revert whose bytes are none."""
    if find_revert_data(refused.error) is not None or is_range_limit(refused):
        return Fault.REQUEST
    if refused.code in _NO_SUCH_METHOD or is_unknown_block(refused):
        return Fault.STATE
    text = refused.reason.lower()
    if refused.code == _INTERNAL_ERROR or any(words in text for words in _UNWELL):
        return Fault.ENDPOINT
    return Fault.REQUEST
