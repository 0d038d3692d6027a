"""A log against the chain: no lane has filled more, or less, than the log says."""

from collections.abc import Sequence

from bridge.hedge.desk.market_reader import exchange_of
from bridge.hedge.log.audit import LogFault, lane_ends
from bridge.hedge.log.entry import LogEntry
from pargrade.chain.hashing import parse_address
from pargrade.deployment.session import Session
from pargrade.futures.order import CANCELLED


def audit_on_chain(entries: Sequence[LogEntry], session: Session) -> list[LogFault]:
    """What the chain has of the log's lanes and the log has not. Raises ChainError.

    Lots beyond the log were filled by an order that is not in it: its end was cut off, or another
    machine trades for the same team with a log of its own.
    """
    if not entries:
        return []
    exchange, block = exchange_of(session), session.chain.head()
    last = entries[-1].sequence
    found = []
    for (account, lane, nonce), logged in lane_ends(entries).items():
        read = exchange.lane_of(parse_address(account), lane, block=block)
        if read.nonce == nonce and read.filled != CANCELLED and read.filled != logged:
            why = f"lane {lane} of {account} has filled {read.filled} lots, the log says {logged}"
            found.append(LogFault(last, why))
    return found
