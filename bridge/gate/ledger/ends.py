"""Followers of both ends of a route, over one database."""

from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import Engine

from bridge.gate.ledger.follower import GateFollower
from bridge.gate.ledger.forgery import Forgery
from bridge.gate.ledger.route_ledger import RouteLedger
from bridge.gate.ledger.store import GateStore
from bridge.gate.route.end import GateEnd, RouteSide
from bridge.gate.route.pair import RoutePair
from bridge.gate.witness.witnesses import Witnesses
from bridge.ledger.finality import Finality


class Followers:
    """Home and remote."""

    def __init__(
        self, home: GateFollower, remote: GateFollower, forgeries: Iterable[Forgery] = ()
    ) -> None:
        self.home = home
        self.remote = remote
        self._forgeries = tuple(forgeries)
        self._ledger = RouteLedger(home.ledger, remote.ledger, self._forgeries)

    def __iter__(self) -> Iterator[GateFollower]:
        return iter((self.home, self.remote))

    @property
    def ledger(self) -> RouteLedger:
        """Both ends, as far as they were read. A follower that rolled back has a ledger anew."""
        home, remote = self.home.ledger, self.remote.ledger
        if self._ledger.home is not home or self._ledger.remote is not remote:
            self._ledger = RouteLedger(home, remote, self._forgeries)
        return self._ledger

    def sync(self) -> RouteLedger:
        """Reads both ends, the first once more: what arrived there has left by then."""
        for follower in (self.home, self.remote, self.home):
            follower.sync()
        return self.ledger


def witness_all(end: GateEnd, urls: tuple[str, ...]) -> Witnesses:
    """All endpoints of an end, two of which have to agree at least. Raises BadEndpoints."""
    return Witnesses(urls, end.chain.chain_id)


def trust_pool(end: GateEnd, urls: tuple[str, ...]) -> Witnesses:
    """The endpoint that is well, for who does not attest."""
    return Witnesses.trusting(end.chain, urls)


def follow_both(
    pair: RoutePair,
    engine: Engine,
    witness: Callable[[GateEnd, tuple[str, ...]], Witnesses] = trust_pool,
    finality: Finality | None = None,
) -> Followers:
    """Followers of both ends, each up to its own finality or another. Raises BadEndpoints.

    In one database they go on from what was read by the same rule, of the same hosts, up to the
    same finality; what others believed is not believed here.
    """

    def follow(side: RouteSide) -> GateFollower:
        end, table = pair.end(side), pair.file.home if side is RouteSide.HOME else pair.file.remote
        which = pair.route.home if side is RouteSide.HOME else pair.route.remote
        witnesses, final = witness(end, table.rpc_urls), finality or end.finality
        store = GateStore(engine, which.chain, which.gate, f"{witnesses.rule}, {final.to_text()}")
        return GateFollower(witnesses, store, pair.route, which, final, end.deployment.block)

    return Followers(follow(RouteSide.HOME), follow(RouteSide.REMOTE), pair.file.known_forgeries)
