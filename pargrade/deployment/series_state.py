"""What the chain says of a series at one block, and what may be done for it then."""

from pargrade.bindings.errors import NoCheckpoint
from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.structs import Phase, SeriesView, Style
from pargrade.chain.block import BlockStamp
from pargrade.deployment.front import front_of
from pargrade.deployment.session import Session
from pargrade.futures.next_action import IndexView, NextAction, next_action
from pargrade.spot_index.accumulator import Window


def spot_index_of(session: Session) -> SpotIndex:
    """The index that markets of a deployment ask: through its front, where it has one."""
    return SpotIndex(session.chain, front_of(session.deployment))


def read_next_action(series: SeriesView, index: SpotIndex, block: BlockStamp) -> NextAction:
    """What may be done for a series, by the state and the time of the block it was read at."""
    return next_action(series, read_index_view(series, index, block), block.timestamp)


def read_index_view(series: SeriesView, index: SpotIndex, block: BlockStamp) -> IndexView:
    """What the index says of a series' window at a block; only what its phase asks for is read."""
    terms = series.terms
    if terms.style is Style.DELIVERY or not _asks_index(series, block.timestamp):
        return IndexView(final=False, max_age=0, window=None, compromised=False)
    compromised = index.is_compromised(terms.start, terms.expiry, block=block)
    if series.phase is Phase.PROPOSED:
        return IndexView(final=True, max_age=0, window=None, compromised=compromised)
    max_age = index.timing(block=block).max_age
    if not index.is_final(terms.expiry, block=block):
        return IndexView(False, max_age, window=None, compromised=compromised)
    return IndexView(True, max_age, _read_window(series, index, block), compromised)


def _asks_index(series: SeriesView, now: int) -> bool:
    if series.phase is Phase.PROPOSED:
        return now >= series.challenge_ends
    return series.phase is Phase.OPEN and now >= series.terms.expiry


def _read_window(series: SeriesView, index: SpotIndex, block: BlockStamp) -> Window | None:
    terms = series.terms
    try:
        found = index.window(terms.index, terms.start, terms.expiry, block=block)
    except NoCheckpoint:
        return None
    span = terms.expiry - terms.start
    return Window(found.value_time, found.covered_time, span, found.long_gap)
