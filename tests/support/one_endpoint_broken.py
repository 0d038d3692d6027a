"""A node, a keeper and a command with an endpoint that is broken in a named way."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from oracle.node.node import Node
from oracle.node.tick import tick
from pargrade.chain.block import Tag
from pargrade.chain.errors import ChainError
from pargrade.devnet.anvil import DEVNET_KEYS
from tests.support.cli import run
from tests.support.market import DAY, MIDNIGHT, Market, account
from tests.support.nodes import HOUR, Nodes
from tests.support.proxy import FAULTS, FAULTS_IN_CONTENT, FaultProxy, fault_proxy
from tests.support.service import serve

ALL_FAULTS: Final = FAULTS | FAULTS_IN_CONTENT
"""By name."""

MOST_BEATS: Final = 5
"""Heartbeats that are waited for."""

_BEAT_S: Final = 20.0
"""Wall time of a heartbeat, an hour of chain time; the quickest chains have slower ones."""
BROKEN_S: Final = 1.5
"""How long an only endpoint is broken."""
_HOLDERS: Final = 4
_PAID_S: Final = 90.0


def has_missed_heartbeat(alone: Nodes, fault: str) -> bool:
    """Whether a node that is a quorum misses one with its preferred endpoint of two broken."""
    with _node_behind(alone, beside_good=True) as (node, broken):
        _beat(alone, node)
        broken.break_with(ALL_FAULTS[fault])
        return not _beat(alone, node)


def heartbeats_to_heal(alone: Nodes, fault: str) -> int:
    """Heartbeats from the end of a fault of the only endpoint to a round, without a restart."""
    with _node_behind(alone, beside_good=False) as (node, broken):
        _beat(alone, node)
        broken.break_with(ALL_FAULTS[fault])
        alone.chain.advance(alone.chain.head().timestamp + HOUR)
        _poll_until(alone, node, alone.last_slot + 1, BROKEN_S)
        broken.mend()
        return next((beat for beat in range(1, MOST_BEATS) if _beat(alone, node)), MOST_BEATS)


def holders_lost(market: Market, fault: str, folder: Path) -> int:
    """Holders that a keeper leaves unpaid with its preferred endpoint of two broken."""
    with market.chain.restored(), fault_proxy(market.net.url) as broken:
        series = market.list_series("A1GH")
        market.spread(series, _HOLDERS)
        market.cover(MIDNIGHT + DAY, MIDNIGHT + 2 * DAY, 3 * 10**8)
        url = f"sqlite:///{folder / fault.replace(' ', '-')}.db"
        service = serve(market, url, urls=(broken.url, market.net.url))
        with closing(service.chain):
            service.follow()
            broken.break_with(ALL_FAULTS[fault])
            deadline = time.monotonic() + _PAID_S
            while (left := _unpaid(market, series)) and time.monotonic() < deadline:
                with suppress(ChainError):
                    service.keep()
                market.chain.advance(market.now + DAY // 2)
                # An endpoint whose head stands still is left some time after it was seen to.
                time.sleep(0.5)
        return left


def _unpaid(market: Market, series: int) -> int:
    holders = [account(number) for number in range(1, _HOLDERS + 1)]
    held = (market.market.balance_of(each, series, block=Tag.LATEST) for each in holders)
    return sum(lots > 0 for lots in held)


def commands_failed(market: Market, fault: str, folder: Path) -> list[str]:
    """Commands that fail with the preferred endpoint of two broken: one reads, one sends.

    Where a person named an endpoint of another chain, a refusal that says so is right.
    """
    with market.chain.restored(), fault_proxy(market.net.url) as broken:
        broken.break_with(ALL_FAULTS[fault])
        where = (
            *("--rpc-url", f"{broken.url},{market.net.url}"),
            *("--deployment", str(market.write(folder / "deployment.json"))),
        )
        commands = (("futures", "list"), ("faucet", account(1), "--key", DEVNET_KEYS[0]))
        ended = {words[0]: run(*words, *where) for words in commands}
        mistake = f"{broken.url} is chain"
        return [name for name, ran in ended.items() if ran.code and mistake not in ran.err]


@contextmanager
def _node_behind(alone: Nodes, *, beside_good: bool) -> Iterator[tuple[Node, FaultProxy]]:
    [config] = alone.configs
    with fault_proxy(alone.devnet.url) as broken:
        urls = (broken.url, alone.devnet.url) if beside_good else (broken.url,)
        chain = config.chain.model_copy(update={"rpc": urls})
        node = Node.open(replace(config, chain=chain))
        try:
            yield node, broken
        finally:
            node.close()


def _beat(alone: Nodes, node: Node) -> bool:
    """Lets a heartbeat come; whether its round lands before the next one."""
    slot = alone.chain.head().timestamp // HOUR * HOUR + HOUR
    alone.chain.advance(slot)
    return _poll_until(alone, node, slot, _BEAT_S)


def _poll_until(alone: Nodes, node: Node, slot: int, seconds: float) -> bool:
    """Polls as the daemon does; whether the round of a slot lands in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(ChainError):
            tick(node, time.monotonic())
        if alone.last_slot >= slot:
            return True
        time.sleep(node.config.pace.poll_ms / 1000)
    return False
