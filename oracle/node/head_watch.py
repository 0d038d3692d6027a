"""Wakes a node's polls when an endpoint announces a block of a new slot."""

from collections.abc import Callable
from functools import partial

from oracle.consensus.chain_state import ChainStateReader
from oracle.consensus.slot import slot_at
from pargrade.chain.block import BlockStamp
from pargrade.chain.endpoint.head_feed import HeadFeed


class HeadWatch:
    """The feeds of all endpoints that announce blocks. Safe to share between threads."""

    def __init__(
        self, urls: tuple[str, ...], reader: ChainStateReader, wake: Callable[[], None]
    ) -> None:
        """`wake` is called once for every slot that a feed reaches, from the feeds' threads."""
        self._reader = reader
        self._wake = wake
        # By feed: an endpoint that announces times to come silences no other one.
        self._reached = [0] * len(urls)
        self._feeds = [HeadFeed(url, partial(self._look, place)) for place, url in enumerate(urls)]

    def start(self) -> None:
        """Begin to listen."""
        for feed in self._feeds:
            feed.start()

    def close(self) -> None:
        """Stop to listen."""
        for feed in self._feeds:
            feed.close()

    def is_ahead(self) -> bool:
        """Whether the head that was read last had been announced: the next one will be, too."""
        state = self._reader.kept()
        return state is not None and any(feed.knows(state.head.hash) for feed in self._feeds)

    def _look(self, place: int, head: BlockStamp) -> None:
        state = self._reader.kept()
        if state is None:
            return
        slot = slot_at(head.timestamp, state.timing)
        if slot > max(self._reached[place], slot_at(state.head.timestamp, state.timing)):
            self._reached[place] = slot
            self._wake()
