"""Which lists a member can attest: those of its sources, cut by what its file says it watches."""

from collections.abc import Iterable

from oracle.member.config import MemberConfig
from oracle.node.recording import history_of
from oracle.sources.venue import load_venues
from oracle.valuation.lists import list_name, lists_in, provider_of


def watched_lists(config: MemberConfig) -> frozenset[str]:
    """The lists of a member's live venues, or of its recording, by name.

    Of an aggregator that names its providers only when it is asked, those of all providers there
    are. Providers that the method does not know are left out: their lists count for nothing. Raises
    SourceDown, SourceMalformed for a recording that cannot be read.
    """
    watched = config.watch or frozenset(config.panel.providers)
    known = watched & frozenset(config.panel.providers)
    return frozenset(name for name in _lists_of(config) if provider_of(name) in known)


def _lists_of(config: MemberConfig) -> Iterable[str]:
    if not config.live.venues:
        return lists_in(history_of(config.sample))
    venues = load_venues()
    return (
        list_name(seller, slug) for slug in config.live.venues for seller in venues.sellers(slug)
    )
