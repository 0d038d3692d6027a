"""A committee of four whose members all prefer an endpoint that is broken in a named way."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from oracle.member.config import MemberConfig
from oracle.member.daemon import open_ledger
from oracle.member.member import CommitteeNode
from tests.support.committee import TIMING, Committee, committee
from tests.support.members import serving
from tests.support.nodes import until
from tests.support.one_endpoint_broken import ALL_FAULTS, BROKEN_S, MOST_BEATS
from tests.support.proxy import FaultProxy, fault_proxy

_GRID_S: Final = 60
_HEARTBEAT_S: Final = 2 * _GRID_S
"""Short: with all faults one after the other the recorded quotes must not get too old."""
_TIMING: Final = replace(
    TIMING, grid=_GRID_S, heartbeat=_HEARTBEAT_S, min_interval=_GRID_S, max_age=3 * _GRID_S
)
_BEAT_S: Final = float(_GRID_S)
"""Wall time in which the round of a heartbeat has to land: its slot's."""
_BLOCK_S: Final = 1.0


@contextmanager
def four_members(folder: Path) -> Iterator[Committee]:
    """A chain whose time is moved, the index, and configurations of four members."""
    with committee(folder, 4, _TIMING, by_the_second=False) as found:
        yield found


def has_missed_heartbeat(four: Committee, fault: str) -> bool:
    """Whether members miss one with the preferred endpoint of two broken for all of them."""
    with _members_behind(four, beside_good=True) as broken:
        _beat(four)
        broken.break_with(ALL_FAULTS[fault])
        return not _beat(four)


def heartbeats_to_heal(four: Committee, fault: str) -> int:
    """Heartbeats from the end of a fault of the only endpoint to a round, without a restart."""
    with _members_behind(four, beside_good=False) as broken:
        _beat(four)
        broken.break_with(ALL_FAULTS[fault])
        four.chain.advance(four.chain.head().timestamp + _HEARTBEAT_S)
        _mine_until(four, four.last_slot + 1, BROKEN_S)
        broken.mend()
        return next((beat for beat in range(1, MOST_BEATS) if _beat(four)), MOST_BEATS)


@contextmanager
def _members_behind(four: Committee, *, beside_good: bool) -> Iterator[FaultProxy]:
    with fault_proxy(four.devnet.url) as broken, ExitStack() as stack:
        urls = (broken.url, four.devnet.url) if beside_good else (broken.url,)
        members = [stack.enter_context(_member(path, urls)) for path in four.paths]
        until(lambda: all(each.driver.seat for each in members), "seats", 60)
        yield broken


@contextmanager
def _member(path: Path, urls: tuple[str, ...]) -> Iterator[CommitteeNode]:
    config = MemberConfig.read_file(path)
    config = replace(config, chain=config.chain.model_copy(update={"rpc": urls}))
    with serving(config, open_ledger(config)) as member:
        yield member


def _beat(four: Committee) -> bool:
    """Lets a heartbeat come; whether its round lands before the next one."""
    slot = four.chain.head().timestamp // _HEARTBEAT_S * _HEARTBEAT_S + _HEARTBEAT_S
    four.chain.advance(slot)
    return _mine_until(four, slot, _BEAT_S)


def _mine_until(four: Committee, slot: int, seconds: float) -> bool:
    """Mines a block a second, as chains go on; whether the round of a slot lands in time."""
    began = mined = time.monotonic()
    while (now := time.monotonic()) < began + seconds:
        if four.last_slot >= slot:
            return True
        if now >= mined + _BLOCK_S:
            four.chain.mine()
            mined = now
        time.sleep(0.05)
    return False
