"""Wrapping again, and unwrapping a part."""

from collections.abc import Iterator
from typing import Final

from rows import Row

from receipts.stage import EVERYTHING, Stage

PEERS: Final = {
    "wrap": {
        "ERC20Wrapper again": 52_700,
        "ERC4626 again": 56_800,
        "xERC20 lockbox in": 59_800,
    },
    "unwrap": {
        "ERC20Wrapper part": 50_100,
        "ERC4626 part": 55_500,
        "xERC20 lockbox out": 59_700,
    },
}
"""ERC20Wrapper and ERC4626 are OpenZeppelin's."""


def rows(stage: Stage) -> Iterator[Row]:
    """Of a holder who has wrapped before."""
    for call in (
        stage.token.mint(stage.me, 10**15),
        stage.token.approve(stage.unit.address, EVERYTHING),
        stage.unit.wrap(10**12, 0, stage.me),
    ):
        stage.gas(call)
    wrap = stage.gas(stage.unit.wrap(123_456_789, 0, stage.me))
    unwrap = stage.gas(stage.unit.unwrap(12_345 * 10**15, 0, stage.me))
    yield Row("wrap", wrap, 62_000, "gas", quoted=PEERS["wrap"])
    yield Row("unwrap", unwrap, 56_000, "gas", quoted=PEERS["unwrap"])
