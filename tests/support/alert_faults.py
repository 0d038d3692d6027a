"""Faults of real nodes, each with the alert that a real Prometheus has to raise for it."""

import gzip
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from oracle.consensus.transmission_schedule import places_before
from pargrade.data.files import SAMPLE
from tests.support.forked import nothing
from tests.support.nodes import GENESIS, HOUR, REPORTERS, Nodes, nodes, until
from tests.support.prometheus import Prometheus, prometheus
from tests.support.proxy import FaultProxy, fault_proxy

CLOCK: Final = "PARGRADE_TEST_CLOCK"
"""Environment variable with the name of a file that, once it exists, sets a node's clock back."""


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong, and the alert for it."""

    alert: str
    instance: str
    """Host and port of the service that the alert is about; empty where any may raise it."""
    cause: Callable[[], object]


class Watched:
    """Running nodes, endpoints of theirs that can be broken, and a Prometheus."""

    def __init__(self, nodes: Nodes, proxies: list[FaultProxy], scraper: Prometheus) -> None:
        self.nodes = nodes
        self.proxies = proxies
        self.scraper = scraper

    def host(self, number: int) -> str:
        return self.nodes.configs[number].url.removeprefix("http://")

    def signal(self, number: int, which: signal.Signals) -> None:
        os.kill(self.pids[number], which)

    @property
    def pids(self) -> dict[int, int]:
        """Of the nodes by their place, also of those that answer nobody."""
        ports = {config.port: place for place, config in enumerate(self.nodes.configs)}
        found = psutil.net_connections("tcp4")
        listening = [each for each in found if each.status == psutil.CONN_LISTEN]
        return {ports[each.laddr.port]: each.pid for each in listening if each.laddr.port in ports}

    def raise_all(self, faults: list[Fault], seconds: float) -> dict[str, float]:
        """Causes the faults one after the other; seconds from each to its alert."""
        waiting: dict[tuple[str, str], float] = {}
        for fault in faults:
            assert (fault.alert, fault.instance) not in self.scraper.firing()
            fault.cause()
            waiting[fault.alert, fault.instance] = time.monotonic()
        took: dict[str, float] = {}
        deadline = time.monotonic() + seconds
        while waiting:
            firing = self.scraper.firing()
            firing |= {(name, "") for name, _ in firing}
            for key in firing & set(waiting):
                took[key[0]] = round(time.monotonic() - waiting.pop(key), 1)
            missing = f"{sorted(waiting)} do not fire; {self.scraper.firing()}\n{self.nodes.log}"
            assert time.monotonic() < deadline, missing
            time.sleep(0.2)
        return took


@contextmanager
def watched(
    folder: Path,
    prepare: Callable[[Nodes], object] = lambda _: None,
    start: Callable[[], None] = nothing,
) -> Iterator[Watched]:
    """Five nodes that have landed a round, each a process; scraped every second.

    The second endpoint of node 1 and the only one of node 2 can be broken. `prepare` edits the
    nodes' files, `start` is called in their process first.
    """
    with ExitStack() as open_:
        five = open_.enter_context(nodes(folder))
        proxies = [open_.enter_context(fault_proxy(five.devnet.url)) for _ in range(2)]
        plain = f'"{five.devnet.url}"'
        five.edit(1, plain, f'{plain}, "{proxies[0].url}"')
        five.edit(2, plain, f'"{proxies[1].url}"')
        prepare(five)
        five.start(prepare=start)
        five.round(GENESIS)
        targets = [config.url.removeprefix("http://") for config in five.configs]
        scraper = open_.enter_context(prometheus(folder / "scraper", {"pargrade-oracle": targets}))
        until(lambda: len(scraper.query("up == 1")) == len(targets), "scraped nodes", 60)
        yield Watched(five, proxies, scraper)


def quick_faults(net: Watched) -> list[Fault]:
    """Of a network of five that loses three of its nodes, and with them its quorum."""
    first, second, third = net.host(0), net.host(1), net.host(2)
    return [
        Fault("EndpointUnfit", second, lambda: net.proxies[0].break_with("hangs up")),
        Fault("TicksFail", third, lambda: net.proxies[1].break_with("hangs up")),
        Fault("TargetDown", net.host(3), lambda: net.signal(3, signal.SIGSTOP)),
        Fault("TargetDown", net.host(4), lambda: net.signal(4, signal.SIGSTOP)),
        Fault("NoRound", first, lambda: net.nodes.chain.advance(GENESIS + 3 * HOUR)),
        Fault("PeerDown", first, lambda: None),
        Fault("NoEndpointFit", third, lambda: None),
    ]


def slow_faults(net: Watched) -> list[Fault]:
    """Of keys, clocks, chains and machines."""
    first, second, third = net.host(0), net.host(1), net.host(2)
    chain = net.nodes.chain

    def lag() -> None:
        net.proxies[0].break_with("frozen head")
        # The frozen answer is the first that is asked for.
        time.sleep(12)
        chain.mine(6)

    def stand_still() -> None:
        net.signal(0, signal.SIGSTOP)
        time.sleep(3)
        net.signal(0, signal.SIGCONT)

    def lose_files() -> None:
        process = psutil.Process(net.pids[1])
        process.rlimit(resource.RLIMIT_NOFILE, (process.num_fds() * 115 // 100, 4096))

    def stop_mining() -> None:
        chain.request("evm_setAutomine", False)
        chain.mine_at(GENESIS + HOUR)

    return [
        Fault("KeyBalanceLow", first, lambda: chain.fund(REPORTERS[0].address, 10**15)),
        Fault("FilesRunOut", second, lose_files),
        Fault("ClockJumped", third, lambda: Path(os.environ[CLOCK]).touch()),
        Fault("EndpointLags", second, lag),
        Fault("PollsMissed", first, stand_still),
        Fault("TransactionStuck", net.host(leader(net)), stop_mining),
        Fault("HeadStuck", third, lambda: None),
    ]


def source_faults(net: Watched) -> list[Fault]:
    """Of the quotes of node 2, which end at GENESIS; see cut_quotes."""
    third = net.host(2)
    return [
        Fault("SourceStale", third, lambda: net.nodes.chain.advance(GENESIS + 26 * HOUR)),
        Fault("NoValue", third, lambda: net.nodes.chain.advance(GENESIS + 60 * HOUR)),
    ]


def cut_quotes(five: Nodes) -> None:
    """Give node 2 a recording that ends at GENESIS."""
    header, *lines = gzip.decompress(SAMPLE.read_bytes()).decode().splitlines()
    place = header.split(",").index("observed_at")
    kept = [line for line in lines if line.split(",")[place] < "2026-03-04T00:00:01"]
    path = five.folder / "cut.csv"
    path.write_text("\n".join([header, *kept]) + "\n")
    five.edit(2, 'sample = "shipped"', f'sample = "{path}"')


def leader(net: Watched, *without: int) -> int:
    """The place of the node that sends first after the round at GENESIS."""
    places = range(len(net.nodes.paths))
    others = [place for place in places if place not in without]
    return min(others, key=lambda place: places_before(GENESIS, place, len(places)))


def run_as_if_its_clock_can_be_set() -> None:
    """For `prepare`: this process's wall clock goes back by an hour once a file exists."""
    from pargrade.process.schedule import Schedule

    path, real = Path(os.environ[CLOCK]), time.time

    def wall() -> float:
        return real() - 3_600 * path.exists()

    Schedule.__init__.__defaults__ = (time.monotonic, wall)
