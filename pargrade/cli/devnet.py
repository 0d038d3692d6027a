"""`pargrade devnet`."""

import time
from contextlib import ExitStack
from typing import Annotated

import typer

from pargrade.chain.block import Tag
from pargrade.chain.development import DEVNET_CHAIN_ID
from pargrade.chain.keys import Key
from pargrade.cli.toolkit import parse
from pargrade.cli.toolkit.app import new_app
from pargrade.cli.toolkit.options import AsJson, Speed
from pargrade.cli.toolkit.output import Table, report
from pargrade.devnet.anvil import DEVNET_KEYS, Devnet, Memory
from pargrade.devnet.errors import DevnetFailed
from pargrade.devnet.wall_clock import STATES, WallClock
from pargrade.text import moment

app = new_app()


@app.command(epilog="Example: pargrade devnet --genesis 2026-03-01 --speed 60")
def devnet(
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port to listen on; 0 takes a free one.")
    ] = 8545,
    genesis: Annotated[
        str, typer.Option(metavar="TIME", help="Time of block 0, UTC.", show_default="now")
    ] = "",
    speed: Speed = 1,
    still: Annotated[
        bool,
        typer.Option("--still", help="Time stands still; each block is one second later."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Start a development chain and keep it until Ctrl-C.

    Its time passes as it does on the wall, from its genesis on: a transaction is mined at once, and
    an empty block every two seconds. The accounts are the ones every development chain funds: their
    keys are public, never use them elsewhere.
    """
    start = parse.instant(genesis) if genesis else int(time.time())
    memory = Memory() if still else Memory(STATES)
    with ExitStack() as running:
        chain = running.enter_context(Devnet(genesis=start, port=port, memory=memory))
        if not still:
            running.enter_context(WallClock(chain.chain, speed))
        accounts = [(Key.parse(text).address, f"0x{text}") for text in DEVNET_KEYS]
        coins = chain.chain.balance(accounts[0][0], block=Tag.LATEST) // 10**18
        report(
            {
                "rpc_url": chain.url,
                "chain_id": DEVNET_CHAIN_ID,
                "genesis": start,
                "speed": 0 if still else speed,
                "accounts": [{"address": address, "key": key} for address, key in accounts],
            },
            f"Chain {DEVNET_CHAIN_ID} at {chain.url}, block 0 at {moment(start)}",
            _describe_pace(0 if still else speed),
            Table(("account", "private key"), accounts, title=f"Each holds {coins:,} coins"),
            "Ctrl-C ends it.",
            as_json=as_json,
        )
        while chain.alive:
            time.sleep(0.2)
        raise DevnetFailed("anvil", "it ended by itself")


def _describe_pace(speed: int) -> str:
    """How time passes, for people; 0 for not at all."""
    if speed == 0:
        return "Time stands still between blocks."
    if speed == 1:
        return "Time passes as on the wall."
    return f"Time passes {speed} times as fast as on the wall."
