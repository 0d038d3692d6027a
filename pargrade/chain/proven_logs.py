"""Logs that prove themselves: what an endpoint leaves out is noticed and read again.

An endpoint behind a load balancer answers with an empty list for blocks that it has not got, and
some leave out single logs. So a page of logs is held to the headers of its blocks: a block whose
bloom has room for what was asked is read whole, and its logs have to be numbered without a gap and
to make up the very bloom. Over long ranges the pages of two endpoints are compared instead, and
only the blocks in which they differ are read whole. Where headers prove no logs, two endpoints
decide.
"""

import logging
from collections.abc import Iterable
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Any, Final

from pargrade.chain.answers import read_list
from pargrade.chain.endpoint.errors import Malformed
from pargrade.chain.errors import ChainError, RpcDown, RpcRefused, UnknownBlock
from pargrade.chain.hashing import Address
from pargrade.chain.header import Header, bloom_bits, bloom_of
from pargrade.chain.log import Log
from pargrade.chain.log_query import LogQuery
from pargrade.chain.rpc import Chain

_log = logging.getLogger(__name__)

MOST_HEADERS: Final = 256
"""Blocks whose headers are read although a second endpoint could be asked instead."""

UNPROVEN_CHAINS: Final = frozenset({137, 80_002})
"""Polygon and its test chain Amoy. Bor adds what a state sync logs to a block after its header is
made: the logs of the block are then more than its bloom and its receipts' root have."""

_block_number = attrgetter("block_number")
_index = attrgetter("index")


class UnprovenLogs(ChainError):
    """Logs of a chain whose headers prove none, about which two endpoints do not agree."""

    hint = "Name two endpoints of independent operators, and find out which one is wrong."

    def __init__(self, chain_id: int, first: int, last: int, reason: str) -> None:
        self.chain_id = chain_id
        super().__init__(f"chain {chain_id}, logs of blocks {first} to {last}: {reason}")


class ProvenLogs:
    """Reads proven logs of one chain. For one thread at a time."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._warned = False

    def read(
        self,
        addresses: Iterable[Address],
        *,
        first: int,
        last: int,
        topics: tuple[tuple[bytes, ...], ...] = (),
        by_headers: bool = False,
    ) -> list[Log]:
        """Logs of these contracts in blocks first to last, both included, in chain order.

        As `Chain.logs`, which it raises like; UnknownBlock also when headers of two forks came.
        `by_headers` holds every block to its header, however long the range is.
        """
        query = LogQuery(tuple(addresses), topics)
        if self._chain.chain_id in UNPROVEN_CHAINS:
            return self._agree(query, first, last)
        if not by_headers and last - first >= MOST_HEADERS:
            agreed = self._compare(query, first, last)
            if agreed is not None:
                return agreed
        return self._hold_to_headers(query, first, last)

    def _compare(self, query: LogQuery, first: int, last: int) -> list[Log] | None:
        """None where fewer than two endpoints answer."""
        opinions = self._read_opinions(query, first, last)
        if len(opinions) < 2:
            return None
        doubtful = {log.block_number for log in set(opinions[0]) ^ set(opinions[1])}
        agreed = [log for log in opinions[0] if log.block_number not in doubtful]
        for number in sorted(doubtful):
            _log.warning("two endpoints differ about the logs of block %d", number)
            agreed += self._read_whole(query, self._read_header(number))
        return sorted(agreed, key=_place)

    def _read_opinions(self, query: LogQuery, first: int, last: int) -> list[list[Log]]:
        """The page of each of two endpoints that answers."""
        opinions = []
        for chain in self._chain.opinions()[:2]:
            try:
                opinions.append(_read_page(chain, query, first, last))
            except (RpcDown, RpcRefused) as failure:
                _log.warning("%s", failure)
        return opinions

    def _agree(self, query: LogQuery, first: int, last: int) -> list[Log]:
        """What two endpoints say alike, where no header can decide between them."""
        self._warn_once("logs of state syncs are in no header of this chain: two endpoints decide")
        pages = self._read_opinions(query, first, last)
        if len(pages) < 2:
            raise UnprovenLogs(self._chain.chain_id, first, last, "one endpoint alone has them")
        if pages[0] != pages[1]:
            differing = min(log.block_number for log in set(pages[0]) ^ set(pages[1]))
            reason = f"two endpoints differ from block {differing} on"
            raise UnprovenLogs(self._chain.chain_id, first, last, reason)
        return pages[0]

    def _hold_to_headers(self, query: LogQuery, first: int, last: int) -> list[Log]:
        found: list[Log] = []
        for start in range(first, last + 1, MOST_HEADERS):
            end = min(start + MOST_HEADERS - 1, last)
            page = _read_page(self._chain, query, start, end)
            received = {n: list(logs) for n, logs in groupby(page, _block_number)}
            for header in self._read_headers(start, end):
                found += self._prove(query, header, received.get(header.stamp.number, []))
        return found

    def _prove(self, query: LogQuery, header: Header, received: list[Log]) -> list[Log]:
        if not query_fits(query, header.logs_bloom):
            if received:
                self._warn_of_missing_blooms(header)
            return received
        proven = self._read_whole(query, header)
        if proven != received:
            missing = len(set(proven) - set(received))
            _log.warning(
                "%s left out %d logs of block %d, which were read again",
                self._chain.endpoint, missing, header.stamp.number,
            )  # fmt: skip
        return proven

    def _read_whole(self, query: LogQuery, header: Header) -> list[Log]:
        def decode(raw: Any) -> list[Log]:
            return read_whole_block(raw, header)

        block = {"blockHash": "0x" + header.stamp.hash.hex()}
        return [log for log in self._chain.ask("eth_getLogs", (block,), decode) if query.wants(log)]

    def _read_headers(self, first: int, last: int) -> list[Header]:
        headers = [self._read_header(number) for number in range(first, last + 1)]
        for parent, child in pairwise(headers):
            if child.stamp.parent_hash != parent.stamp.hash:
                raise UnknownBlock(str(parent.stamp.number))
        return headers

    def _read_header(self, number: int) -> Header:
        def decode(raw: Any) -> Header:
            if raw is None:
                raise UnknownBlock(str(number))
            header = Header.of(raw)
            if header.stamp.number != number:
                raise Malformed(f"block {number}", header.stamp.number)
            return header

        return self._chain.ask("eth_getBlockByNumber", (hex(number), False), decode)

    def _warn_of_missing_blooms(self, header: Header) -> None:
        self._warn_once(
            f"the bloom of block {header.stamp.number} lacks logs that came: this chain keeps no "
            "blooms, and one endpoint alone is believed about its logs; name a second one"
        )

    def _warn_once(self, words: str) -> None:
        if not self._warned:
            _log.warning("%s", words)
            self._warned = True


def query_fits(query: LogQuery, bloom: int) -> bool:
    """Whether a block with this bloom may hold a log that is asked for."""
    addresses = [bloom_bits(bytes.fromhex(address[2:])) for address in query.addresses]
    wanted = [addresses, *([bloom_bits(topic) for topic in topics] for topics in query.topics)]
    return all(not bits or any(bloom & mask == mask for mask in bits) for bits in wanted)


def read_whole_block(raw: Any, header: Header) -> list[Log]:
    """All logs of a block, in order. Raises Malformed when they are not all of them."""
    logs = sorted(read_list(raw, Log.of), key=_index)
    if any(log.block_hash != header.stamp.hash for log in logs):
        raise Malformed(f"logs of block {header.stamp.number}", raw)
    if [log.index for log in logs] != list(range(len(logs))) or bloom_of(logs) != header.logs_bloom:
        raise Malformed(f"all logs of block {header.stamp.number}", f"{len(logs)} logs")
    return logs


def _read_page(chain: Chain, query: LogQuery, first: int, last: int) -> list[Log]:
    return chain.logs(query.addresses, first=first, last=last, topics=query.topics)


def _place(log: Log) -> tuple[int, int]:
    return log.block_number, log.index
