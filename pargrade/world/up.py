"""`pargrade up`."""

from pathlib import Path
from typing import Annotated

import typer

from pargrade.cli.toolkit.app import new_app
from pargrade.cli.toolkit.options import AsJson, Speed
from pargrade.cli.toolkit.output import progress, report
from pargrade.world.options import WorldFolder
from pargrade.world.place import DEFAULT_FOLDER, RELAY_PORT, Place

app = new_app()


@app.command(epilog="Example: pargrade up --speed 60")
def up(
    folder: WorldFolder = DEFAULT_FOLDER,
    speed: Speed = 1,
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port to listen on; 0 takes a free one.")
    ] = 8545,
    first_port: Annotated[
        int, typer.Option(min=0, max=65_000, help="Port of the first node; 0 takes free ones.")
    ] = 7701,
    relay_port: Annotated[
        int,
        typer.Option(
            min=0,
            max=65_534,
            help="Port of the relay, its stream on the next; 0 takes free ones.",
        ),
    ] = RELAY_PORT,
    deployment: Annotated[
        Path | None,
        typer.Option(
            "--deployment",
            metavar="FILE",
            help="Deployment file.",
            show_default="deployments/CHAINID.json",
            dir_okay=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Keep a living world until Ctrl-C: chain, contracts, committee, series, keeper, market.

    The chain's time passes as on the wall. Five committee nodes agree on the index from recorded
    quotes as if they were of now: all of it says REPLAYED. Slots are longer in a world that begins
    with a greater speed. Series of the next three months are listed as months come, an order relay
    takes orders and a maker quotes both sides. Everything is kept in DIR: started again, the same
    world goes on, its time never going back; ports and files are then
    as before. It ends when its starter ends, however that is.
    """
    from pargrade.chain.development import DEVNET_CHAIN_ID
    from pargrade.deployment.file import default_path
    from pargrade.extras import require_extra
    from pargrade.process.ports import free_ports
    from pargrade.world.life import live
    from pargrade.world.report import look_at

    require_extra("devnet")
    ports = (relay_port, relay_port + 1) if relay_port else free_ports(2)
    file = deployment or default_path(DEVNET_CHAIN_ID)
    wanted = Place(
        folder=folder.resolve(),
        rpc_url=f"http://127.0.0.1:{port}",
        deployment=file.resolve(),
        speed=speed,
        first_port=first_port,
        relay_port=ports[0],
        stream_port=ports[1],
    )
    with live(wanted, progress) as world:
        sight = look_at(world.place)
        last = "Ctrl-C ends it; the same command goes on with it."
        report(sight.to_json(), *sight.describe(), last, as_json=as_json)
        world.live()
