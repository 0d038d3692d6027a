"""`pargrade oracle init`, `run` and `once`: nodes of version 1, which sign an observation each."""

from datetime import UTC
from pathlib import Path
from typing import Annotated

import typer

from oracle.cli.options import FirstPort, NewFolder, NodeFile, NodeFiles, ReplayFrom, Wait
from pargrade.cli.toolkit.options import (
    DEFAULT_RPC,
    AsJson,
    DeploymentFile,
    DryRun,
    LogFormatOption,
    SampleFile,
    rpc_url_option,
)


def init(
    folder: NewFolder,
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
    first_port: FirstPort = 7601,
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
    from oracle.cli.nodes import Outset, report_configured
    from oracle.index.panel import load_panels
    from oracle.node.config import NodeConfig
    from oracle.node.provision import (
        DEVNET_PACE,
        Provision,
        provision,
        read_reporters,
        require_size,
        slot_in_progress,
    )
    from oracle.node.settings import Pace
    from pargrade.spot_index.quorum import liars_survived, silent_survived

    outset = Outset.open(endpoints, deployment, wait, sample, replay_from)
    chain, spot_index = outset.session.chain, outset.spot_index
    found = read_reporters(chain, spot_index)
    require_size(found, reporters, quorum)
    plan = Provision(
        rpc=outset.urls,
        spot_index=spot_index,
        panels=tuple(load_panels().values()),
        known_keys=outset.known_keys,
        pace=DEVNET_PACE if outset.is_development else Pace(),
        first_port=first_port,
        floor=slot_in_progress(chain, spot_index),
        sample=outset.sample,
        replay_offset_s=outset.replay_offset_s,
        first_block=outset.session.deployment.block,
    )
    paths = provision(folder, chain, plan)
    liars = liars_survived(found.quorum)
    silent = silent_survived(len(paths), found.quorum)
    report_configured(
        paths,
        [NodeConfig.read_file(path) for path in paths],
        {"quorum": found.quorum, "liars_survived": liars, "silent_survived": silent},
        f"{found.quorum} of {len(paths)} make a round: a value survives {liars} liars, "
        f"the index {silent} silent reporters",
        as_json=as_json,
    )


def run(
    configs: NodeFiles,
    replay_from: ReplayFrom = None,
    wait: Wait = 0,
    log_format: LogFormatOption = None,
) -> None:
    """Run nodes of version 1 until Ctrl-C: sign what is due, bring it, answer the others."""
    from oracle.cli.nodes import run_nodes
    from oracle.node.config import NodeConfig
    from oracle.node.daemon import run_node

    def read(path: Path) -> NodeConfig:
        node = NodeConfig.read(path).with_log_format(log_format)
        if replay_from is None:
            return node
        return node.replaying(int(replay_from.replace(tzinfo=UTC).timestamp()))

    run_nodes(configs, wait, read, run_node)


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
