"""`pargrade oracle`: configure, run and check the nodes that report the index."""

from datetime import UTC
from pathlib import Path
from typing import Annotated

import typer

from oracle.cli.check import check
from oracle.cli.committee import committee
from oracle.cli.journal import backup, new_journal, restore
from oracle.cli.member import app as member
from oracle.cli.options import NodeFile, NodeFolder, ReplayFrom, RoundName, Wait
from oracle.cli.prove import prove, verify
from oracle.cli.signer import signer
from oracle.cli.sources import record, sources
from pargrade.cli.toolkit.app import new_app
from pargrade.cli.toolkit.options import (
    DEFAULT_RPC,
    AsJson,
    DeploymentFile,
    DryRun,
    KeyText,
    LogFormatOption,
    MaxFee,
    RpcUrl,
    SampleFile,
    rpc_url_option,
    sample_option,
)
from pargrade.cli.toolkit.output import complain, report
from pargrade.cli.toolkit.session import open_wallet
from pargrade.deployment.session import open_session

# The oracle's own modules are imported by the command that needs them: some take a second.

app = new_app(no_args_is_help=True)


@app.callback()
def oracle() -> None:
    """Run reporters that sign the index, and replay their rounds."""


@app.command(epilog="Example: pargrade oracle init nodes --reporters 5 --quorum 3")
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
    """Write a configuration and an empty journal for every reporter, in the order of the set.

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


@app.command(epilog="Example: pargrade oracle run nodes/node-1.toml")
def run(
    configs: Annotated[
        list[Path],
        typer.Argument(metavar="CONFIG…", help="Nodes to run, each in a process of its own."),
    ],
    replay_from: ReplayFrom = None,
    wait: Wait = 0,
    log_format: LogFormatOption = None,
) -> None:
    """Run nodes until Ctrl-C: watch the chain, sign what is due, bring it, answer the others."""
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


@app.command(epilog="Example: pargrade oracle once nodes/node-1.toml --dry-run")
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


@app.command(epilog="Example: pargrade oracle replay 1772582400 --nodes nodes")
def replay(
    slot_or_hash: RoundName,
    nodes: NodeFolder = Path("nodes"),
    sample: Annotated[Path | None, sample_option("each node's own")] = None,
    archive: Annotated[
        bool, typer.Option("--archive", help="Redo them from the nodes' archived evidence instead.")
    ] = False,
    chain_url: Annotated[str, rpc_url_option("the nodes'")] = "",
    as_json: AsJson = False,
) -> None:
    """Redo every observation of a round from the quotes, and say match or what differs.

    What was signed is read from the chain. Fails when anything differs, or nothing could be redone.
    With configurations of a committee, its one report is computed again from its input set, and
    --sample is the opening history; whose batches differ from what was agreed is shown.
    """
    from oracle.cli.common.members import is_committee

    if is_committee(nodes):
        from oracle.cli.common.replay import replay_common

        replay_common(slot_or_hash, nodes, sample, chain_url, as_json=as_json)
        return
    from oracle.cli.output import show_findings
    from oracle.cli.replay import redo

    submission, findings = redo(slot_or_hash, nodes, sample, chain_url, from_archive=archive)
    show_findings(submission, findings, as_json=as_json)


@app.command(epilog="Example: pargrade oracle accuse one.json other.json --dry-run")
def accuse(
    a: Annotated[
        Path,
        typer.Argument(
            metavar="FILE-A",
            help="A signed observation, JSON, or a message, hex.",
            dir_okay=False,
        ),
    ],
    b: Annotated[
        Path, typer.Argument(metavar="FILE-B", help="Another one, for its slot.", dir_okay=False)
    ],
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    max_fee: MaxFee = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Prove that a reporter signed two contents for one slot, so that it signs no more.

    The files are signed observations as nodes serve them, or two messages of a committee, hex as
    members serve them. The chain recomputes both digests; anyone may send the proof, and nobody can
    be accused with anything but its own signatures.
    """
    from oracle.cli import accuse as oracle_accuse
    from oracle.cli.common.contradiction import accuse_common, is_message
    from pargrade.bindings.spot_index import SpotIndex
    from pargrade.deployment.index_on_chain import IndexOnChain
    from pargrade.devnet.accounts import KEEPER

    session = open_session(rpc_url, deployment)
    index = SpotIndex(session.chain, session.deployment.address("SpotIndex"))
    if is_message(a):
        names = index.index_names(block=session.chain.head())
        accuse_common(
            a,
            b,
            IndexOnChain(index.address, names, session.deployment.block),
            session.chain,
            lambda: open_wallet(session.chain, key, KEEPER, max_fee),
            dry_run=dry_run,
            as_json=as_json,
        )
        return
    wallet = open_wallet(session.chain, key, KEEPER, max_fee)
    proof = oracle_accuse.proof_of(index, a, b)
    oracle_accuse.accuse(wallet, index, proof, dry_run=dry_run, as_json=as_json)


@app.command(epilog="Example: pargrade oracle fetch lium --enable --append quotes.csv")
def fetch(
    venue: Annotated[str, typer.Argument(metavar="VENUE", help="Slug of a live venue.")] = "lium",
    enable: Annotated[
        bool,
        typer.Option("--enable", help="Allow it: live venues are off until someone says so."),
    ] = False,
    url: Annotated[
        str, typer.Option(metavar="URL", help="Endpoint.", show_default="the venue table's")
    ] = "",
    saved: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Read an answer saved earlier, instead of asking.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    append: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Recording to add to; a node's `source.sample`."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Fetch what a venue asks right now, and add it to a recording that nodes can run on.

    Read the venue's terms first: `pargrade oracle venues` names them. Those that forbid it are
    never asked, whatever is enabled. Rows that cannot be read and rows that are no offer are listed
    with the reason; where more than one row in ten cannot be read, nothing is used. A venue that
    wants a key finds it in the environment.
    """
    from oracle.cli.fetch import fetch_quotes, show_quotes

    fetched = fetch_quotes(venue, url, saved, enable=enable)
    if append is not None:
        from oracle.sources.recorded import append_recorded

        append_recorded(append, fetched.quotes)
    show_quotes(fetched, append, as_json=as_json)


@app.command(epilog="Example: pargrade oracle venues --live")
def venues(
    live: Annotated[bool, typer.Option("--live", help="Only those that can be asked.")] = False,
    as_json: AsJson = False,
) -> None:
    """List where prices come from: through which fetcher, how firm, and on whose terms."""
    from oracle.cli.fetch import show_venues

    show_venues(live=live, as_json=as_json)


@app.command(epilog="Example: pargrade oracle archive nodes/node-1.toml")
def archive(
    config: NodeFile,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Move all evidence of a node from its journal into its Parquet archive, today's too.

    A running node does so by itself for every day that is over.
    """
    from oracle.evidence.part import FOLDER
    from oracle.journal.journal import Journal
    from oracle.node.config import NodeConfig
    from pargrade.clock import day_name

    node = NodeConfig.read(config)
    journal = Journal.existing(node.data)
    days = [] if journal is None else [day_name(day) for day in journal.days_to_seal()]
    parts = [] if journal is None or dry_run else journal.seal()
    folder = node.data / FOLDER
    report(
        {"dry_run": dry_run, "folder": str(folder), "days": days, "parts": parts},
        *(f"would archive {day}" for day in days if dry_run),
        *(f"archived {folder / part}" for part in parts),
        *(["there is nothing to archive"] if not days else []),
        as_json=as_json,
    )


app.command(epilog="Example: pargrade oracle prove 1772582400 lambda/H100/ACCEPTED --out p.json")(
    prove
)
app.command(epilog="Example: pargrade oracle verify p.json --rpc-url http://127.0.0.1:8545")(verify)
app.command("new-journal", epilog="Example: pargrade oracle new-journal nodes/node-1.toml")(
    new_journal
)
app.command(epilog="Example: pargrade oracle check nodes/node-1.toml --json")(check)
app.command(epilog="Example: pargrade oracle committee --members 7 --watched lambda=6")(committee)
app.command(epilog="Example: pargrade oracle backup nodes/node-1.toml node-1.backup")(backup)
app.command(epilog="Example: pargrade oracle restore nodes/node-1.toml node-1.backup")(restore)
app.command(epilog="Example: pargrade oracle signer nodes/node-1.toml signer --key env:KEY")(signer)
app.command(epilog="Example: pargrade oracle sources nodes/node-1.toml --json")(sources)
app.command(epilog="Example: pargrade oracle record lium --enable --out answers")(record)
app.add_typer(member, name="member")
