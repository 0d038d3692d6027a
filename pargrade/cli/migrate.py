"""`pargrade migrate`: positions of one market into the like series of another one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from pargrade.chain.hashing import parse_address
from pargrade.chain.rpc import Chain
from pargrade.cli.migrate_output import (
    report_listings,
    report_outcomes,
    report_pages,
    report_plan,
    trust_table,
)
from pargrade.cli.toolkit.app import new_app
from pargrade.cli.toolkit.options import (
    DEFAULT_RPC,
    AsJson,
    DeploymentFile,
    DryRun,
    KeyText,
    MaxFee,
    RpcUrl,
)
from pargrade.cli.toolkit.output import progress, report
from pargrade.cli.toolkit.session import open_wallet
from pargrade.deployment.file import Deployment
from pargrade.deployment.migration.listing import list_missing, rehearse_listing
from pargrade.deployment.migration.move import migrate
from pargrade.deployment.migration.plan import Migration
from pargrade.deployment.migration.trust import Trust
from pargrade.deployment.series import market_of
from pargrade.deployment.session import Session, open_session
from pargrade.deployment.transactions import carry_out, describe, to_json
from pargrade.devnet.accounts import CURATOR, DESK
from pargrade.devnet.fork import forked
from pargrade.errors import PargradeError

app = new_app(help="Move the positions of a market into a newer one.", no_args_is_help=True)

NewDeployment = Annotated[
    Path,
    typer.Argument(
        metavar="NEW", help="Deployment file of the market to move into.", dir_okay=False
    ),
]

TrustNew = Annotated[
    bool,
    typer.Option(
        "--trust-new",
        help="Take the new market's index, admin and code though they are not the old one's.",
    ),
]


class OtherChain(PargradeError):
    """Two deployments that one transaction cannot reach."""

    hint = "Positions move between markets of one chain: name a deployment file of the same one."

    def __init__(self, old: int, new: int) -> None:
        super().__init__(f"the old market is on chain {old}, the new one on chain {new}")


class SameMarket(PargradeError):
    """The old market named as the new one."""

    hint = "NEW is the file of the newer deployment; --deployment names the old one."

    def __init__(self) -> None:
        super().__init__("both files name the same market")


@app.command(epilog="Example: pargrade migrate plan deployments/v2.json")
def plan(
    new: NewDeployment,
    sender: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Who will run it: whether it has what rounding may take of it.",
            show_default=False,
        ),
    ] = None,
    trust_new: TrustNew = False,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    as_json: AsJson = False,
) -> None:
    """Show what would move, what waits for its holders, and what stays, with the reason.

    The first page of each series and grade is tried on the chain as it stands. A holder agrees by
    `migrate agree`, or by a signature (FuturesMarket.permitOperator). What stays loses nothing: the
    old market settles and pays for as long as anyone holds a position. The two markets are shown
    beside each other; one of another index or admin is refused unless it is trusted.
    """
    migration = _read(open_session(rpc_url, deployment), new)
    trust = _trust(migration, accepted=trust_new)
    report_plan(migration, trust, None if sender is None else parse_address(sender), as_json)


@app.command("list", epilog="Example: pargrade migrate list deployments/v2.json --dry-run")
def list_series(
    new: NewDeployment,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    max_fee: MaxFee = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """List in the new market the like of every series whose window has not begun.

    The key has to be a curator's there. Names and caps are the old ones; a name that another series
    has there gets a number. A series that is refused holds up no other one, and the exit code is 1.
    What was listed stays so: an interrupted listing is finished by the same command, which also
    writes the names of series that are there and that NEW does not know.
    """
    source = open_session(rpc_url, deployment)
    wallet = open_wallet(source.chain, key, CURATOR, max_fee)
    migration = _read(source, new)
    if dry_run:
        gas, rehearsed = rehearse_listing(wallet, migration)
        report_listings(rehearsed, gas, as_json=as_json)
    else:
        report_listings(tuple(list_missing(wallet, migration, progress)), as_json=as_json)


@app.command(epilog="Example: pargrade migrate agree deployments/v2.json")
def agree(
    new: NewDeployment,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Take the agreement back instead.")
    ] = False,
    trust_new: TrustNew = False,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    max_fee: MaxFee = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Let all positions of one's own be moved, by whoever pays the gas, until it is withdrawn.

    The contract can move them into the like series of the new market, and do nothing else. Whoever
    agrees takes the new market's index and admin as his own: both markets are shown, and one of
    another index, admin or code is refused without --trust-new. Taking back is never refused.
    """
    source = open_session(rpc_url, deployment)
    wallet = open_wallet(source.chain, key, DESK, max_fee)
    migration = _read(source, new)
    trust = _trust(migration, accepted=trust_new or withdraw)
    call = market_of(migration.source).set_operator(migration.migrator, not withdraw)
    steps = carry_out(wallet, (call,), dry_run=dry_run)
    report(
        {
            "holder": wallet.address,
            "migrator": migration.migrator,
            "trust": trust.to_json(),
            **to_json(steps),
        },
        trust_table(trust),
        f"{wallet.address} {'no longer agrees' if withdraw else 'agrees'} to be moved",
        describe(steps),
        as_json=as_json,
    )


@app.command(epilog="Example: pargrade migrate run deployments/v2.json --rehearse")
def run(
    new: NewDeployment,
    rehearse: Annotated[
        bool,
        typer.Option(
            "--rehearse", help="Do it on a fork of the chain, which ends with the command."
        ),
    ] = False,
    trust_new: TrustNew = False,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    max_fee: MaxFee = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Move what can move and redeem what is final, a page a transaction. Anyone.

    What was done stays done: an interrupted run is finished by the same command, and a page that
    is refused holds up no other one. --dry-run says which transactions there are; --rehearse sends
    them all to a fork (anvil). Every run ends with a count of all lots; the exit code is 1 where a
    page was refused, or a lot is neither moved, redeemed, closed nor left.
    """
    source = open_session(rpc_url, deployment)
    wallet = open_wallet(source.chain, key, DESK, max_fee)
    with _site(source, rpc_url, new, rehearse=rehearse) as migration:
        trust = _trust(migration, accepted=trust_new)
        if rehearse:
            wallet = open_wallet(migration.source.chain, key, DESK, max_fee)
        if dry_run:
            report_pages(migration, trust, wallet.address, as_json=as_json)
            return
        outcomes = migrate(wallet, migration, progress)
        report_outcomes(outcomes, trust, rehearsed=rehearse, as_json=as_json)


def _read(source: Session, new: Path) -> Migration:
    target = Deployment.read(new)
    if target.chain_id != source.deployment.chain_id:
        raise OtherChain(source.deployment.chain_id, target.chain_id)
    if target.address("FuturesMarket") == source.deployment.address("FuturesMarket"):
        raise SameMarket
    return Migration.read(source, Session(source.chain, target, new))


@contextmanager
def _site(source: Session, rpc_url: str, new: Path, *, rehearse: bool) -> Iterator[Migration]:
    """The migration on the chain, or the same on a fork of it with copies of both files."""
    migration = _read(source, new)
    if not rehearse:
        yield migration
        return
    with (
        TemporaryDirectory() as folder,
        forked(migration.source.chain, rpc_url) as fork,
    ):
        yield Migration.read(
            _moved(migration.source, fork.chain, Path(folder) / "old.json"),
            _moved(migration.target, fork.chain, Path(folder) / "new.json"),
        )


def _moved(session: Session, chain: Chain, path: Path) -> Session:
    return replace(session, chain=chain, path=path)


def _trust(migration: Migration, *, accepted: bool) -> Trust:
    trust = Trust.read(migration.source, migration.target, migration.block)
    trust.require(accepted=accepted)
    return trust
