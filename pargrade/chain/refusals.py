"""What a node means when it refuses a transaction, in the wordings of all clients."""

import re
from enum import Enum
from typing import Final

from pargrade.chain.errors import RpcRefused


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
    OTHER = "other"


# From go-ethereum (and bor, bsc), Erigon, Nethermind, Besu, Reth, Hardhat, anvil and OpenEthereum,
# in lower case. The first row that fits decides.
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
         "upfront cost exceeds account balance"),
    ),
)  # fmt: skip

_NEEDED: Final = re.compile(
    r"(?:minimum needed|tip needed|at least|basefee:|base ?fee(?: ?per ?gas)? of)\s*(\d{1,30})", re.I
)


def classify_refusal(refused: RpcRefused) -> Refusal:
    """Why a node did not take a transaction."""
    text = refused.reason.lower()
    for refusal, wordings in _WORDINGS:
        if any(wording in text for wording in wordings):
            return refusal
    return Refusal.OTHER


def price_needed(refused: RpcRefused) -> int | None:
    """The least price that a refusal names, wei per gas; None when it names none."""
    found = _NEEDED.search(refused.reason)
    return int(found[1]) if found else None
