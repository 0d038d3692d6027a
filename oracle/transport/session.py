"""Sessions: a member signs a challenge once, and every later request of it carries a token.

So messages of a stranger cost a look-up and no signature, and what a member sends counts against
that member alone. A signature counts for one receiver, whose challenge it is over, and once: each
challenge is good for one proof, right or wrong, and who fails often is not looked at for a while.
"""

import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from itertools import count
from typing import Final

from oracle.protocol.committee.committee import Committee
from oracle.protocol.wire.signatory import SIGNATURE, SignatureVerifier
from oracle.transport.allowance import Allowance
from pargrade.chain.hashing import keccak
from pargrade.process.http_guard import LOOPBACK

CHALLENGE: Final = 40
"""Bytes: when it was given in ms (5) and a number (3), then a keyed hash of that."""
TOKEN: Final = 32
"""Bytes."""
CHALLENGE_S: Final = 30.0
"""A challenge counts so long."""
FAILURES_PER_S: Final = 2
"""Proofs of one network that are no member's."""
BURST_FAILURES: Final = 16
_MOST_NETWORKS: Final = 1_024
"""Whose failures are known."""
_MOST_USED: Final = 65_536
"""Challenges that are known to be used; more proofs come in CHALLENGE_S from nobody."""
_NUMBERS: Final = 1 << 24

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
        self._numbers = count()
        self._used: OrderedDict[bytes, None] = OrderedDict()
        """Challenges over which something was signed, or so it was said."""
        self._failures: OrderedDict[str, Allowance] = OrderedDict()
        """By network, the one that failed last at the end."""

    def challenge(self) -> bytes:
        """A new challenge, no other asker's. Nothing is kept of it, so askers cost no memory."""
        number = next(self._numbers) % _NUMBERS
        stated = int(self._clock() * 1_000).to_bytes(5) + number.to_bytes(3)
        return stated + self._seal(stated)

    def open(
        self, position: int, challenge: bytes, signature: bytes, network: str = ""
    ) -> bytes | None:
        """The token of a member's new session, in place of its last one; None for anyone else.

        `network` is whence it was asked for; the machine itself has no limit, as a proxy's clients
        are there, too.
        """
        if len(challenge) != CHALLENGE or len(signature) != SIGNATURE:
            return None
        if not 0 <= position < self._committee.bounds.nodes or position == self._position:
            return None
        stated = challenge[:8]
        age_s = self._clock() - int.from_bytes(stated[:5]) / 1_000
        if not hmac.compare_digest(challenge[8:], self._seal(stated)) or age_s > CHALLENGE_S:
            return None
        if not self._use(challenge, network):
            return None
        digest = session_digest(self._committee, self._position, challenge)
        if not self._members.verify(position, digest, signature):
            self._note_failure(network)
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

    def _use(self, challenge: bytes, network: str) -> bool:
        """Whether a proof over a challenge is worth checking; it is for once."""
        with self._lock:
            failures = self._failures.get(network)
            if challenge in self._used or (failures is not None and not failures.has()):
                return False
            self._used[challenge] = None
            if len(self._used) > _MOST_USED:
                self._used.popitem(last=False)
            return True

    def _note_failure(self, network: str) -> None:
        if network in LOOPBACK:
            return
        with self._lock:
            found = self._failures.pop(network, None)
            failures = found or Allowance(FAILURES_PER_S, BURST_FAILURES, self._clock)
            failures.spend()
            self._failures[network] = failures
            if len(self._failures) > _MOST_NETWORKS:
                self._failures.popitem(last=False)

    def _seal(self, stated: bytes) -> bytes:
        return hmac.digest(self._secret, stated, sha256)
