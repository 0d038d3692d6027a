"""`pargrade devnet`."""

import time
from typing import Annotated

import typer

from pargrade.chain.block import Tag
from pargrade.chain.keys import Key
from pargrade.cli.toolkit import parse
from pargrade.cli.toolkit.app import new_app
from pargrade.cli.toolkit.options import AsJson
from pargrade.cli.toolkit.output import Table, report
from pargrade.devnet.anvil import DEVNET_CHAIN_ID, DEVNET_KEYS, Devnet
from pargrade.devnet.errors import DevnetFailed
from pargrade.text import moment

app = new_app()


@app.command(epilog="Example: pargrade devnet --genesis 2026-03-01")
def devnet(
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port to listen on; 0 takes a free one.")
    ] = 8545,
    genesis: Annotated[
        str, typer.Option(metavar="TIME", help="Time of block 0, UTC.", show_default="now")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Start a development chain and keep it until Ctrl-C.

    Its time stands still between blocks and each block is one second later. The accounts are the
    ones every development chain funds: their keys are public, never use them elsewhere.
    """
    start = parse.instant(genesis) if genesis else int(time.time())
    with Devnet(genesis=start, port=port) as chain:
        accounts = [(Key.parse(text).address, f"0x{text}") for text in DEVNET_KEYS]
        coins = chain.chain.balance(accounts[0][0], block=Tag.LATEST) // 10**18
        report(
            {
                "rpc_url": chain.url,
                "chain_id": DEVNET_CHAIN_ID,
                "genesis": start,
                "accounts": [{"address": address, "key": key} for address, key in accounts],
            },
            f"Chain {DEVNET_CHAIN_ID} at {chain.url}, block 0 at {moment(start)}",
            Table(("account", "private key"), accounts, title=f"Each holds {coins:,} coins"),
            "Ctrl-C ends it.",
            as_json=as_json,
        )
        while chain.alive:
            time.sleep(0.2)
        raise DevnetFailed("anvil", "it ended by itself")
