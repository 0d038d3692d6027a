"""Sessions: a member signs a challenge once, and every later request of it carries a token.

So a request of a stranger costs a look-up and no signature, and what a member sends counts against
that member alone. A signature counts for one receiver, whose challenge it is over.
"""

import hmac
import secrets
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from oracle.protocol.committee.committee import Committee
from oracle.protocol.wire.signatory import SIGNATURE, SignatureVerifier
from pargrade.chain.hashing import keccak

CHALLENGE: Final = 40
"""Bytes: when it was given (8), then a keyed hash of that."""
TOKEN: Final = 32
"""Bytes."""
CHALLENGE_S: Final = 30.0
"""A challenge counts so long."""

SESSION_TYPE: Final = keccak(
    b"Session(bytes32 indexSet,uint32 epoch,uint8 receiver,bytes32 challenge)"
)


def session_struct(committee: Committee, receiver: int, challenge: bytes) -> bytes:
    """What a member signs to send to a receiver: the words of an EIP-712 struct."""
    words = (SESSION_TYPE, committee.words, receiver.to_bytes(32), keccak(challenge))
    return b"".join(words)


def session_digest(committee: Committee, receiver: int, challenge: bytes) -> bytes:
    """The EIP-712 digest of that, 32 bytes."""
    return committee.domain.digest(keccak(session_struct(committee, receiver, challenge)))


class Sessions:
    """Who may send to one node. Safe to share between threads."""

    def __init__(
        self,
        committee: Committee,
        position: int,
        members: SignatureVerifier,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`position` is this node's."""
        self._committee = committee
        self._position = position
        self._members = members
        self._clock = clock
        self._secret = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._sender_of: dict[bytes, int] = {}
        self._token_of: dict[int, bytes] = {}

    def challenge(self) -> bytes:
        """A new challenge. Nothing is kept of it, so askers cost no memory."""
        stated = int(self._clock() * 1_000).to_bytes(8)
        return stated + self._seal(stated)

    def open(self, position: int, challenge: bytes, signature: bytes) -> bytes | None:
        """The token of a member's new session, in place of its last one; None for anyone else."""
        if len(challenge) != CHALLENGE or len(signature) != SIGNATURE:
            return None
        if not 0 <= position < self._committee.bounds.nodes or position == self._position:
            return None
        stated = challenge[:8]
        age_s = self._clock() - int.from_bytes(stated) / 1_000
        if not hmac.compare_digest(challenge[8:], self._seal(stated)) or age_s > CHALLENGE_S:
            return None
        digest = session_digest(self._committee, self._position, challenge)
        if not self._members.verify(position, digest, signature):
            return None
        token = secrets.token_bytes(TOKEN)
        with self._lock:
            before = self._token_of.get(position)
            if before is not None:
                del self._sender_of[before]
            self._token_of[position] = token
            self._sender_of[token] = position
        return token

    def sender(self, token: bytes) -> int | None:
        """Whose session a token is; None for no session."""
        return self._sender_of.get(token)

    def _seal(self, stated: bytes) -> bytes:
        return hmac.digest(self._secret, stated, sha256)
