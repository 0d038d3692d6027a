"""Lanes as the chain has them at one block, read many at a time and kept until the next."""

from collections.abc import Iterable, Mapping
from typing import Final

from bridge.orders.book.entry import LaneKey
from pargrade.bindings.futures_exchange import FuturesExchange
from pargrade.chain.block import BlockStamp
from pargrade.chain.rpc import Chain

_LANE_OF: Final = FuturesExchange.SELECTORS["lane_of"]
_LANES_A_CALL: Final = 500
"""Some three million gas, of what nodes let a read use."""

ChainLane = tuple[int, int]
"""Nonce and filled lots."""


class ChainLanes:
    """What was read at one block. Not safe to share between threads."""

    def __init__(self) -> None:
        self._known: dict[LaneKey, ChainLane] = {}

    def missing(self, keys: Iterable[LaneKey]) -> list[LaneKey]:
        """Those that were not read, once each."""
        return [key for key in dict.fromkeys(keys) if key not in self._known]

    def known(self, keys: Iterable[LaneKey]) -> dict[LaneKey, ChainLane]:
        """Those that were read."""
        return {key: self._known[key] for key in keys if key in self._known}

    def keep(self, found: Mapping[LaneKey, ChainLane]) -> None:
        """What was read at the block of all the rest."""
        self._known.update(found)

    def forget(self) -> None:
        """Another block came."""
        self._known.clear()


def read_chain_lanes(
    chain: Chain, exchange: FuturesExchange, keys: Iterable[LaneKey], block: BlockStamp
) -> dict[LaneKey, ChainLane]:
    """Nonce and filled lots of lanes, in one call for each five hundred. Raises ChainError."""
    wanted = list(dict.fromkeys(keys))
    found: dict[LaneKey, ChainLane] = {}
    for start in range(0, len(wanted), _LANES_A_CALL):
        asked = wanted[start : start + _LANES_A_CALL]
        data = tuple(_LANE_OF + maker.rjust(32, b"\0") + lane.to_bytes(32) for maker, lane in asked)
        read = chain.call(exchange.multicall(data), block=block)
        for key, words in zip(asked, read, strict=True):
            found[key] = (int.from_bytes(words[:32]), int.from_bytes(words[32:64]))
    return found
