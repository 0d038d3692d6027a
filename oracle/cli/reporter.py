"""`pargrade oracle init`, `run` and `once`: nodes of version 1, which sign an observation each."""

from datetime import UTC
from pathlib import Path
from typing import Annotated

import typer

from oracle.cli.options import NodeFile, ReplayFrom, Wait
from pargrade.cli.toolkit.options import (
    DEFAULT_RPC,
    AsJson,
    DeploymentFile,
    DryRun,
    LogFormatOption,
    SampleFile,
    rpc_url_option,
)
from pargrade.cli.toolkit.output import complain, report
from pargrade.deployment.session import open_session


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write them to.")],
    reporters: Annotated[
        int | None,
        typer.Option(metavar="N", help="Refuse unless the set has so many.", show_default="any"),
    ] = None,
    quorum: Annotated[
        int | None,
        typer.Option(metavar="N", help="Refuse unless its quorum is this.", show_default="any"),
    ] = None,
    endpoints: Annotated[list[str] | None, rpc_url_option(DEFAULT_RPC)] = None,
    deployment: DeploymentFile = None,
    first_port: Annotated[
        int, typer.Option(min=0, max=65_000, help="Port of the first node; 0 takes free ones.")
    ] = 7601,
    sample: SampleFile = None,
    replay_from: ReplayFrom = None,
    wait: Wait = 0,
    as_json: AsJson = False,
) -> None:
    """Write a configuration and an empty journal for every reporter of an index of version 1.

    The set is read from the chain. The public keys of development accounts go into files; any other
    configuration names the environment variable in which its reporter's key is expected. With
    --rpc-url several times, the nodes fail over to the next one. A journal is made here and not by
    `oracle run`; its node signs after the slot that is in progress now.
    """
    from oracle.index.panel import load_panels
    from oracle.node.config import NodeConfig, await_files
    from oracle.node.provision import (
        DEVNET_PACE,
        Provision,
        provision,
        read_reporters,
        require_size,
        slot_in_progress,
        whole_days_since,
    )
    from oracle.node.settings import SHIPPED, Pace
    from pargrade.chain.development import is_development
    from pargrade.chain.keys import Key
    from pargrade.devnet.anvil import DEVNET_KEYS
    from pargrade.spot_index.quorum import liars_survived, silent_survived

    urls = tuple(endpoints or [DEFAULT_RPC])
    if deployment is not None:
        await_files([deployment], wait)
    session = open_session(urls[0], deployment)
    spot_index = session.deployment.address("SpotIndex")
    found = read_reporters(session.chain, spot_index)
    require_size(found, reporters, quorum)
    devnet = is_development(session.chain.chain_id)
    plan = Provision(
        rpc=urls,
        spot_index=spot_index,
        panels=tuple(load_panels().values()),
        known_keys={Key.parse(key).address: key for key in DEVNET_KEYS} if devnet else {},
        pace=DEVNET_PACE if devnet else Pace(),
        first_port=first_port,
        floor=slot_in_progress(session.chain, spot_index),
        sample=SHIPPED if sample is None else str(sample.resolve()),
        replay_offset_s=0
        if replay_from is None
        else whole_days_since(int(replay_from.replace(tzinfo=UTC).timestamp()), session.chain),
        first_block=session.deployment.block,
    )
    paths = provision(folder, session.chain, plan)
    liars = liars_survived(found.quorum)
    silent = silent_survived(len(paths), found.quorum)
    nodes = [NodeConfig.read_file(path) for path in paths]
    report(
        {
            "configs": [str(path) for path in paths],
            "nodes": [{"name": node.name, "url": node.url} for node in nodes],
            "quorum": found.quorum,
            "liars_survived": liars,
            "silent_survived": silent,
        },
        *map(str, paths),
        f"{found.quorum} of {len(paths)} make a round: a value survives {liars} liars, "
        f"the index {silent} silent reporters",
        as_json=as_json,
    )


def run(
    configs: Annotated[
        list[Path],
        typer.Argument(metavar="CONFIG…", help="Nodes to run, each in a process of its own."),
    ],
    replay_from: ReplayFrom = None,
    wait: Wait = 0,
    log_format: LogFormatOption = None,
) -> None:
    """Run nodes of version 1 until Ctrl-C: sign what is due, bring it, answer the others."""
    from oracle.node.config import NodeConfig, await_files
    from oracle.node.daemon import run_node
    from oracle.node.fleet import run_fleet
    from pargrade.logs.handler import set_up_logs

    def read() -> list[NodeConfig]:
        await_files(configs, wait)
        nodes = [NodeConfig.read(path).with_log_format(log_format) for path in configs]
        if replay_from is None:
            return nodes
        recorded = int(replay_from.replace(tzinfo=UTC).timestamp())
        return [node.replaying(recorded) for node in nodes]

    if len(configs) == 1:
        [node] = read()
        set_up_logs(node.name, node.log_format)
        run_node(node)
    else:
        run_fleet(read, run_node, lambda error: complain(str(error), error.hint))


def once(
    config: NodeFile,
    slot: Annotated[
        int | None,
        typer.Option(metavar="SECONDS", help="Unix time of the slot.", show_default="the newest"),
    ] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Act for one slot now, due or not: observe, sign, ask the others, bring the round.

    The node must not be running meanwhile: one journal serves one process. A dry run needs neither
    key nor journal, and neither signs nor asks.
    """
    from oracle.cli.output import show_outcome, show_rehearsal
    from oracle.node.config import NodeConfig

    node_config = NodeConfig.read(config)
    if dry_run:
        from oracle.node.dry_run import dry_run_slot

        show_rehearsal(dry_run_slot(node_config, slot), as_json=as_json)
        return

    from oracle.consensus.slot import slot_at
    from oracle.node.node import Node
    from oracle.node.tick import transmit_round

    node = Node.open(node_config)
    try:
        chain_state = node.chain_state_reader.read()
        chosen = slot_at(chain_state.head.timestamp, chain_state.timing) if slot is None else slot
        outcome = transmit_round(node, chain_state, chosen)
    finally:
        node.close()
    show_outcome(outcome, as_json=as_json)
