"""New blocks as an endpoint announces them, so that who waits for one need not keep asking.

An announcement is a reason to look and nothing more: what a block holds is read as ever. So an
endpoint that invents blocks, repeats itself or falls silent costs some questions or some time.
"""

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing
from typing import Any, Final, Self

from pargrade.chain.block import BlockStamp
from pargrade.chain.endpoint.errors import Malformed
from pargrade.chain.endpoint.head_channel import FeedBroken, HeadChannel, open_channel
from pargrade.chain.endpoint.url import EndpointUrl
from pargrade.chain.json_text import parse_json

_log = logging.getLogger(__name__)

ANNOUNCING: Final = ("ipc", "ws", "wss")
"""Kinds of addresses that can announce."""

_SUBSCRIBE: Final = json.dumps(
    {"jsonrpc": "2.0", "id": 1, "method": "eth_subscribe", "params": ["newHeads"]}
)

_MOST_A_SECOND: Final = 200
"""Announcements. A development chain that runs through a month announces 40."""
_SHORTEST_REST_S: Final = 1.0
_LONGEST_REST_S: Final = 60.0

_REMEMBERED: Final = 64
"""Announced blocks whose hashes are kept."""


class HeadFeed:
    """One endpoint's announcements, read by a thread of its own. Safe to share between threads.

    The endpoint is asked again, after longer and longer rests, for as long as it announces nothing.
    """

    def __init__(self, url: str, on_head: Callable[[BlockStamp], None] = lambda _: None) -> None:
        """`url` is ipc://, ws:// or wss://. `on_head` is called for every block, in that thread.

        Raises RpcDown for an address of another kind.
        """
        self._url = EndpointUrl.parse(url, ANNOUNCING)
        self._whole = url
        self._on_head = on_head
        self._changed = threading.Condition()
        self._hashes: deque[bytes] = deque(maxlen=_REMEMBERED)
        self._height = -1
        self._ended = False
        self._channel: HeadChannel | None = None
        self._thread = threading.Thread(target=self._follow, name="heads", daemon=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Begin to listen. Returns at once."""
        self._thread.start()

    def close(self) -> None:
        """Stop to listen."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
            if self._channel is not None:
                self._channel.close()

    @property
    def endpoint(self) -> str:
        """The endpoint for people, without secrets."""
        return self._url.shown

    def knows(self, block_hash: bytes) -> bool:
        """Whether this block was announced lately."""
        with self._changed:
            return block_hash in self._hashes

    def wait_above(self, height: int, seconds: float) -> int:
        """The height announced last, as soon as it is above `height`, or after so many seconds.

        -1 before the first announcement.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._height > height or self._ended, seconds)
            return self._height

    def _follow(self) -> None:
        rest_s, reason = _SHORTEST_REST_S, ""
        while not self._ended:
            height = self._height
            try:
                self._listen()
            except (FeedBroken, Malformed, OSError, ValueError) as failure:
                now = self._url.scrub(str(failure)) or type(failure).__name__
            if self._ended:
                return
            rest_s = _SHORTEST_REST_S if self._height != height else rest_s
            if now != reason:
                _log.warning("%s announces no blocks (%s): polls go on", self.endpoint, now)
            reason = now
            with self._changed:
                self._changed.wait_for(lambda: self._ended, rest_s)
            rest_s = min(rest_s * 2, _LONGEST_REST_S)

    def _listen(self) -> None:
        """Take announcements until the connection ends. Raises what ends it."""
        with closing(open_channel(self._url, self._whole)) as channel:
            with self._changed:
                if self._ended:
                    return
                self._channel = channel
            channel.send(_SUBSCRIBE)
            subscription, times = "", deque[float](maxlen=_MOST_A_SECOND)
            for text in channel.documents():
                document = _read_object(text)
                if not subscription:
                    subscription = _read_subscription(document)
                elif (head := _read_head(document, subscription)) is not None:
                    now = time.monotonic()
                    if len(times) == _MOST_A_SECOND and times[0] > now - 1:
                        raise FeedBroken(f"more than {_MOST_A_SECOND} announcements in a second")
                    times.append(now)
                    self._announce(head)
        raise FeedBroken("it ended the connection")

    def _announce(self, head: BlockStamp) -> None:
        with self._changed:
            self._hashes.append(head.hash)
            self._height = head.number
            self._changed.notify_all()
        self._on_head(head)


def try_feed(url: str, seconds: float) -> str:
    """The endpoint for people, after it has taken a subscription to new blocks.

    Raises RpcDown for an address of another kind, FeedBroken where it takes none in the time.
    """
    parsed = EndpointUrl.parse(url, ANNOUNCING)
    try:
        with closing(open_channel(parsed, url)) as channel:
            late = threading.Timer(seconds, channel.close)
            late.start()
            try:
                channel.send(_SUBSCRIBE)
                _read_subscription(_read_object(next(iter(channel.documents()), b"null")))
            finally:
                late.cancel()
    except (FeedBroken, OSError, ValueError) as failure:
        reason = parsed.scrub(str(failure)) or type(failure).__name__
        raise FeedBroken(f"{parsed.shown}: {reason}") from None
    return parsed.shown


def _read_object(text: str | bytes) -> dict[str, Any]:
    document = parse_json(text.encode() if isinstance(text, str) else text)
    if not isinstance(document, dict):
        raise FeedBroken("what it sends is no JSON-RPC")
    return document


def _read_subscription(document: dict[str, Any]) -> str:
    found = document.get("result")
    if document.get("id") != 1 or not isinstance(found, str) or not found:
        raise FeedBroken("it takes no subscription to new blocks")
    return found


def _read_head(document: dict[str, Any], subscription: str) -> BlockStamp | None:
    """The announced block; None for a document of another kind. Raises Malformed."""
    notice = document.get("params")
    if document.get("method") != "eth_subscription" or not isinstance(notice, dict):
        return None
    if notice.get("subscription") != subscription:
        return None
    return BlockStamp.of(notice.get("result"))
