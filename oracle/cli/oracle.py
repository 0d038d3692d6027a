"""`pargrade oracle`: configure, run and check the nodes that report the index."""

from pathlib import Path
from typing import Annotated

import typer

from oracle.cli.check import check
from oracle.cli.committee import committee
from oracle.cli.journal import backup, new_journal, restore
from oracle.cli.member import app as member
from oracle.cli.options import NodeFile, NodeFolder, RoundName
from oracle.cli.prove import prove, verify
from oracle.cli.reporter import init, once, run
from oracle.cli.signer import signer
from oracle.cli.sources import record, sources
from pargrade.cli.toolkit.app import first_listed, new_app
from pargrade.cli.toolkit.options import (
    DEFAULT_RPC,
    AsJson,
    DeploymentFile,
    DryRun,
    KeyText,
    MaxFee,
    RpcUrl,
    rpc_url_option,
    sample_option,
)
from pargrade.cli.toolkit.output import report
from pargrade.cli.toolkit.session import open_wallet
from pargrade.deployment.session import open_session

# The oracle's own modules are imported by the command that needs them: some take a second.

_FIRST = ("member", "committee", "replay", "prove", "verify", "accuse", "signer")
"""What a committee needs, which is what deployments have unless they ask for version 1."""

app = new_app(no_args_is_help=True, cls=first_listed(*_FIRST))


@app.callback()
def oracle() -> None:
    """Run the nodes of the index, and replay its rounds: `member` has those of a committee.

    init, run, once, check, archive, new-journal, backup, restore and sources are of nodes of
    version 1, which sign an observation each.
    """


@app.command(epilog="Example: pargrade oracle replay 1772582400 --nodes nodes")
def replay(
    slot_or_hash: RoundName,
    nodes: NodeFolder = Path("nodes"),
    sample: Annotated[Path | None, sample_option("each node's own")] = None,
    archive: Annotated[
        bool,
        typer.Option(
            "--archive", help="Of version 1: redo them from the nodes' archived evidence instead."
        ),
    ] = False,
    chain_url: Annotated[str, rpc_url_option("the nodes'")] = "",
    as_json: AsJson = False,
) -> None:
    """Redo every observation of a round from the quotes, and say match or what differs.

    What was signed is read from the chain. Fails when anything differs, or nothing could be redone.
    With configurations of a committee, its one report is computed again from its input set, and
    --sample is the opening history; whose batches differ from what was agreed is shown.
    """
    from oracle.cli.common.members import is_committee, refuse_for_committee

    if is_committee(nodes):
        from oracle.cli.common.replay import replay_common

        refuse_for_committee(archive=archive)
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
    from pargrade.deployment.front import index_of_version
    from pargrade.deployment.index_on_chain import IndexOnChain
    from pargrade.devnet.accounts import KEEPER
    from pargrade.spot_index.quorum import IndexVersion

    session = open_session(rpc_url, deployment)
    of_committee, head = is_message(a), session.chain.head()
    # Reporters of an index that was followed answer for what was settled by it.
    version = IndexVersion.COMMON_REPORT if of_committee else IndexVersion.OBSERVATIONS
    address = index_of_version(session.chain, session.deployment, version, head)
    index = SpotIndex(session.chain, address)
    if of_committee:
        names = index.index_names(block=head)
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


app.command(epilog="Example: pargrade oracle init nodes --reporters 5 --quorum 3")(init)
app.command(epilog="Example: pargrade oracle run nodes/node-1.toml")(run)
app.command(epilog="Example: pargrade oracle once nodes/node-1.toml --dry-run")(once)
app.command(epilog="Example: pargrade oracle prove newest lambda/H100/SXM --out p.json")(prove)
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
