"""A world from its start to its end: chain, contracts, committee, clock, series, keeper."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.structs import State, Timing
from pargrade.chain.block import Tag
from pargrade.chain.errors import RpcDown
from pargrade.deployment.file import Deployment
from pargrade.deployment.session import Session
from pargrade.devnet.anvil import DevChain, Devnet, Memory
from pargrade.devnet.deployment import devnet_plan, open_devnet_session
from pargrade.devnet.errors import DevnetFailed
from pargrade.devnet.wall_clock import STATES, WallClock
from pargrade.process.child import Child
from pargrade.spot_index.quorum import IndexVersion
from pargrade.world.book_status import has_two_sides
from pargrade.world.errors import BadWorld, TooQuiet
from pargrade.world.months import list_months, missing_months
from pargrade.world.nodes import draft_nodes
from pargrade.world.pace import head_start_s, timing_at, warn_of_speed
from pargrade.world.place import Place, own
from pargrade.world.services import AT_ONCE, MEMBERS, SERVICES, start
from pargrade.world.stock import stock_maker
from pargrade.world.waiting import Watch

RECORDED_FROM: Final = "2026-03-03"
"""The recorded UTC day that stands for a world's first day."""

_MONTHS_PAUSE_S: Final = 10.0
_CHECK_PAUSE_S: Final = 0.2

Progress = Callable[[str], None]


@dataclass(slots=True)
class World:
    """A world that is up."""

    place: Place
    devnet: Devnet
    clock: WallClock
    watch: Watch
    session: Session

    @property
    def chain(self) -> DevChain:
        """Its chain."""
        return self.devnet.chain

    def live(self) -> None:
        """Lists months as they come, for ever. Raises ServiceEnded, DevnetFailed."""
        while True:
            deadline = time.monotonic() + _MONTHS_PAUSE_S
            while time.monotonic() < deadline:
                self._check()
                time.sleep(_CHECK_PAUSE_S)
            try:
                self.list_months()
            except RpcDown:
                # A chain that ended is noticed above; one that is busy is asked again.
                continue

    def list_months(self) -> None:
        """Lists the coming months that are not listed yet, when the index has a value."""
        # Whoever else lists series writes the same file.
        known = replace(self.session, deployment=Deployment.read(self.session.path))
        now = self.clock.now()
        self.session = list_months(known, now) if missing_months(known, now) else known

    def await_value(self) -> None:
        """Returns when the index has a fresh value. Raises TooQuiet, ServiceEnded."""
        index = SpotIndex(self.chain, self.session.deployment.address("SpotIndex"))

        def has_value() -> bool:
            return index.status(0, block=Tag.LATEST).state is not State.HALTED

        self.watch.until(has_value, "round", pause_s=_CHECK_PAUSE_S)

    def _check(self) -> None:
        if not self.devnet.alive:
            raise DevnetFailed("anvil", "it ended by itself")
        self.watch.check()


@contextmanager
def live(wanted: Place, progress: Progress) -> Iterator[World]:
    """A world in the folder wanted, begun or gone on with; all ends at the end, last the chain.

    Where the folder has a world already, that one's chain and deployment file are taken, and only
    the speed is as wanted. Raises AlreadyUp, BadWorld, MissingAnvil, DevnetFailed, ServiceEnded,
    TooQuiet, and what the chain raises.
    """
    with ExitStack() as running:
        running.enter_context(own(wanted.folder))
        known = Place.read(wanted.folder)
        place = wanted if known is None else replace(known, speed=wanted.speed)
        now = int(time.time())
        timing = timing_at(place.speed)
        devnet = running.enter_context(_start_chain(place, now - head_start_s(timing)))
        place = replace(place, rpc_url=devnet.url)
        clock = WallClock(devnet.chain, place.speed, start=now)
        if known is not None:
            progress("Going on with the world as it was")
            running.enter_context(clock)
        services: list[Child] = []
        watch = Watch(services, str(place.folder))
        services += [running.enter_context(start(service, place)) for service in AT_ONCE]
        session = _furnish(devnet.chain, place, timing, progress)
        if known is None:
            running.enter_context(clock)
        place.write()
        world = World(place, devnet, clock, watch, session)
        _list_first_months(world, progress, must=known is None)
        services += [running.enter_context(start(service, place)) for service in SERVICES]
        _await_market(world, progress)
        yield world


def _start_chain(place: Place, genesis: int) -> Devnet:
    return Devnet(genesis=genesis, port=place.port, memory=Memory(STATES, place.chain_file))


def _furnish(chain: DevChain, place: Place, timing: Timing, progress: Progress) -> Session:
    """Contracts and configurations, as far as they are not there yet. Raises BadWorld."""
    session = _find_session(chain, place.deployment)
    if session is None:
        progress("Deploying contracts, test tokens and grades; the desk gets tokens of each kind")
        plan = replace(devnet_plan(), timing=timing)
        session = open_devnet_session(chain, place.deployment, plan)
        stock_maker(session)
    else:
        _require_committee(session, place)
    warn_of_speed(session, place.speed, progress)
    if not (place.folder / MEMBERS).exists():
        progress(f"Five members, on quotes recorded from {RECORDED_FROM} on: REPLAYED as now")
        shutil.rmtree(place.folder / f"{MEMBERS}.draft", ignore_errors=True)
        ports = ("--first-port", str(place.first_port))
        draft_nodes(place, *ports, "--replay-from", RECORDED_FROM)().publish()
    return session


def _require_committee(session: Session, place: Place) -> None:
    index = SpotIndex(session.chain, session.deployment.address("SpotIndex"))
    version = index.eip712_domain(block=Tag.LATEST).version
    if version != str(IndexVersion.COMMON_REPORT.value):
        reason = f"its index is of version {version}, and a committee takes the other one"
        raise BadWorld(place.folder, reason)


def _find_session(chain: DevChain, path: Path) -> Session | None:
    """The deployment of a file, when it is on this chain."""
    if not path.exists():
        return None
    found = Deployment.read(path)
    places = [contract.address for contract in found.contracts.values()]
    is_here = found.chain_id == chain.chain_id and found.grades
    if not is_here or not all(chain.code(place, block=Tag.LATEST) for place in places):
        return None
    return Session(chain, found, path)


def _await_market(world: World, progress: Progress) -> None:
    """Waits until the series listed first has two sides; without a value nobody quotes."""
    progress("Waiting for the maker's quotes")
    listed = next(iter(world.session.deployment.series.values()), None)
    if listed is None:
        return
    series = int(listed.series_id)
    try:
        world.watch.until(lambda: has_two_sides(world.place, series), "quotes", _CHECK_PAUSE_S)
    except TooQuiet as quiet:
        progress(f"{quiet}: `pargrade market book` may show none")


def _list_first_months(world: World, progress: Progress, *, must: bool) -> None:
    """Waits for the first value; without one, a world that had one before goes on all the same."""
    progress("Waiting for a round")
    try:
        world.await_value()
    except TooQuiet as quiet:
        if must:
            raise
        progress(f"{quiet}: the recorded quotes may have ended")
    world.list_months()
