"""Sends to one peer in a thread of its own: a peer that hangs or is gone delays no other one."""

import logging
import threading
from dataclasses import dataclass
from typing import Final

from oracle.consensus.peer_client import NoAnswer, PeerClient
from oracle.protocol.committee.committee import Committee
from oracle.transport.bundle import pack_bundle
from oracle.transport.entry import CHALLENGE_PATH, MESSAGES_PATH, SESSION_PATH
from oracle.transport.outbox import PeerQueue
from oracle.transport.session import CHALLENGE, TOKEN, session_struct
from oracle.transport.struct_signer import StructSigner
from pargrade.errors import PargradeError

_log = logging.getLogger(__name__)

_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 2.0
"""Between two tries of a peer that does not answer."""


@dataclass(frozen=True, slots=True)
class Membership:
    """As whom a node sends."""

    committee: Committee
    position: int
    signer: StructSigner


class PeerRefused(NoAnswer):
    """A peer answered, and does not take messages from this node now."""

    hint = "Check that it is of the same committee and that its address is right."


@dataclass(slots=True)
class SendingReport:
    """What became of the messages for one peer. One thread counts, any may read."""

    sent: int = 0
    sent_bytes: int = 0
    lost: int = 0
    """Messages of requests that failed: the machine sends again what counts."""
    is_reached: bool = False
    """Whether the last request went well."""
    problem: str = ""
    """Why the last one did not."""


class PeerSender:
    """The queue of one peer and the thread that empties it."""

    def __init__(self, membership: Membership, peer: int, url: str, answer_s: float) -> None:
        """`peer` is its position. Raises NoAnswer for a URL that is none."""
        self.outbox = PeerQueue()
        self.report = SendingReport()
        self._membership = membership
        self._peer = peer
        self._client = PeerClient(url, answer_s)
        self._token = b""
        self._pause_s = _FIRST_PAUSE_S
        self._thread = threading.Thread(target=self._run, name=f"to-{peer}", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def close(self) -> None:
        """End the thread, also when it waits for an answer; what was not sent is let go."""
        self.outbox.close()
        self._client.abandon()

    def _run(self) -> None:
        while messages := self.outbox.take():
            try:
                self._deliver(pack_bundle(messages))
            except PargradeError as failure:
                self._note_failure(len(messages), failure)
                if self.outbox.wait_closed(self._pause_s):
                    return
                self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)
            except Exception:  # noqa: BLE001
                # A defect that one peer's answer shows: it is sent to as before, and so are others.
                _log.exception("sending to position %d broke", self._peer)
                self.report.lost += len(messages)
            else:
                self._pause_s = _FIRST_PAUSE_S
                self._note_success(messages)

    def _deliver(self, body: bytes) -> None:
        """Raises NoAnswer, also for what the peer refuses, and SignerFailed."""
        status = self._post(body) if self._token else 401
        if status == 401:
            self._open_session()
            status = self._post(body)
        if status != 204:
            raise PeerRefused(self._client.url, f"status {status}")

    def _post(self, body: bytes) -> int:
        headers = {"Authorization": f"Bearer {self._token.hex()}"}
        return self._client.post(MESSAGES_PATH, body, headers).status

    def _open_session(self) -> None:
        challenge = self._client.get(CHALLENGE_PATH)
        if challenge.status != 200 or len(challenge.body) != CHALLENGE:
            raise PeerRefused(self._client.url, f"no challenge, status {challenge.status}")
        who = self._membership
        struct = session_struct(who.committee, self._peer, challenge.body)
        proof = challenge.body + who.signer.sign(struct)
        opened = self._client.post(f"{SESSION_PATH}{who.position}", proof, {})
        if opened.status != 200 or len(opened.body) != TOKEN:
            raise PeerRefused(self._client.url, f"no session, status {opened.status}")
        self._token = opened.body

    def _note_success(self, messages: list[bytes]) -> None:
        self.report.sent += len(messages)
        self.report.sent_bytes += sum(map(len, messages))
        if not self.report.is_reached:
            _log.info("position %d takes messages", self._peer)
        self.report.is_reached, self.report.problem = True, ""

    def _note_failure(self, count: int, failure: PargradeError) -> None:
        self.report.lost += count
        if self.report.is_reached or not self.report.problem:
            _log.warning("position %d takes no messages: %s", self._peer, failure)
        self.report.is_reached, self.report.problem = False, str(failure)
