"""Which logs are wanted, as JSON-RPC takes it, and a check that just those came."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from pargrade.chain.answers import read_list
from pargrade.chain.endpoint.errors import Malformed
from pargrade.chain.hashing import Address
from pargrade.chain.log import Log

_place = attrgetter("block_number", "index")


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Contracts, none meaning all, and what each topic may be, an empty tuple meaning anything."""

    addresses: tuple[Address, ...]
    topics: tuple[tuple[bytes, ...], ...] = ()

    def parameter(self, first: int, last: int) -> dict[str, Any]:
        """The query for blocks first to last, both included."""
        topics = [["0x" + topic.hex() for topic in wanted] or None for wanted in self.topics]
        return {
            "address": list(self.addresses),
            "fromBlock": hex(first),
            "toBlock": hex(last),
            "topics": topics,
        }

    def decoder(self, first: int, last: int) -> Callable[[Any], list[Log]]:
        """Reads the logs of blocks first to last, in chain order. It raises Malformed."""

        def read_log(raw: Any) -> Log:
            log = Log.of(raw)
            if not self.wants(log) or not first <= log.block_number <= last:
                raise Malformed(f"a log that was asked for, of blocks {first} to {last}", raw)
            return log

        def decode(raw: Any) -> list[Log]:
            logs = read_list(raw, read_log)
            logs.sort(key=_place)
            if len(set(map(_place, logs))) != len(logs):
                raise Malformed("every log once", len(logs))
            return logs

        return decode

    def wants(self, log: Log) -> bool:
        """Whether a log is one of those that are asked for."""
        if self.addresses and log.address not in self.addresses:
            return False
        if len(log.topics) < len(self.topics):
            return not any(self.topics[len(log.topics) :])
        pairs = zip(self.topics, log.topics, strict=False)
        return all(not wanted or topic in wanted for wanted, topic in pairs)
