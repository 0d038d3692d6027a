"""Wrapping again and unwrapping a part, by OpenZeppelin's ERC20Wrapper and ERC4626."""

from pathlib import Path
from typing import Final

from receipts.stage import EVERYTHING, Stage

from contracts.foreign.calls import call, creation
from contracts.foreign.sources import compiled

IN: Final = 123_456_789
OUT: Final = 12_345


def measured(stage: Stage) -> dict[str, dict[str, int]]:
    """Gas by row and peer; the token is that of our own unit."""
    code = compiled(Path(__file__).parent / "OpenZeppelin.sol", {})
    token, me = stage.token, stage.me
    wrapper, vault = (
        stage.place(creation(code[name], "(address)", token.address))
        for name in ("Wrapper", "Vault")
    )
    for venue in (wrapper, vault):
        stage.gas(token.approve(venue, EVERYTHING))
    wrap = call(wrapper, "depositFor(address,uint256)", me, IN)
    deposit = call(vault, "deposit(uint256,address)", IN, me)
    stage.gas(token.mint(me, 10**12))
    stage.gas(wrap)
    stage.gas(deposit)
    return {
        "wrap": {"ERC20Wrapper again": stage.gas(wrap), "ERC4626 again": stage.gas(deposit)},
        "unwrap": {
            "ERC20Wrapper part": stage.gas(call(wrapper, "withdrawTo(address,uint256)", me, OUT)),
            "ERC4626 part": stage.gas(call(vault, "redeem(uint256,address,address)", OUT, me, me)),
        },
    }
