"""`pargrade deploy`."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Any, Final

import typer

from pargrade.bindings.futures_exchange import FuturesExchange
from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.governance import Governance
from pargrade.bindings.grade_registry import GradeRegistry
from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.structs import Timing
from pargrade.bindings.test_token import TestToken
from pargrade.chain.call import Call
from pargrade.chain.create2 import NO_SALT
from pargrade.chain.hashing import keccak
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.cli.deploy_site import curator_wallet, free_path, method_hash, people, token_at
from pargrade.cli.toolkit.app import new_app
from pargrade.cli.toolkit.options import (
    DEFAULT_RPC,
    AsJson,
    DeploymentFile,
    DryRun,
    KeyText,
    RpcUrl,
)
from pargrade.cli.toolkit.output import Table, progress, report
from pargrade.cli.toolkit.session import open_wallet
from pargrade.cli.toolkit.transactions import affordable
from pargrade.clock import DAY_S
from pargrade.deployment.deploy import ADMIN_DELAY, DEFAULT_TIMING, Plan, Reporters, creations
from pargrade.deployment.deploy import deploy as put_on_chain
from pargrade.deployment.file import Deployment
from pargrade.devnet.accounts import ADMIN, DESK
from pargrade.devnet.anvil import DEVNET_CHAIN_ID
from pargrade.devnet.grades import list_devnet_grades
from pargrade.spot_index.published_method import published_method_hash

app = new_app()

STOCK_TOKENS: Final = 10_000
STOCK_QUOTE: Final = 1_000_000
"""Whole tokens the desk of a development chain starts with: of each network, and to pay with."""

PURPOSES: Final = {
    "Governance": "says who may do what, and after which delay",
    "GradeRegistry": "lists grades and makes their wrapped units",
    "SpotIndex": "records the rounds that reporters sign",
    "IndexFeed": "shows an index to readers of price feeds",
    "FuturesMarket": "locks, settles and redeems pairs",
    "FuturesExchange": "fills signed orders; holds nothing",
    "FuturesLens": "answers views of the market in one call",
    "BridgeGate": "moves tokens to another chain, once it has routes and attesters",
    "tUSD": "is a test token to pay with",
}
"""What each contract of a deployment does, by its name in the deployment file."""

_WELL_KNOWN: Final = "the well-known accounts, on development chains only"


@app.command(epilog="Example: pargrade deploy --rpc-url http://127.0.0.1:8545")
def deploy(
    reporters: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS,…", help="Who signs observations.", show_default=_WELL_KNOWN),
    ] = None,
    quorum: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Reporters a value needs, odd.", show_default="just over half"
        ),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            "--method-hash",
            metavar="HASH",
            help="Method every observation must be of.",
            show_default="the shipped method",
        ),
    ] = None,
    curator: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS,…", help="Who lists grades and series.", show_default=_WELL_KNOWN
        ),
    ] = None,
    guardian: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS,…", help="Who may stop entry.", show_default=_WELL_KNOWN),
    ] = None,
    admin: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Who changes the reporters, seven days later.",
            show_default="the deployer, at once, on development chains only",
        ),
    ] = None,
    quote_token: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Token futures are paid in.",
            show_default="a new test token of six decimals",
        ),
    ] = None,
    heartbeat: Annotated[
        int, typer.Option(metavar="SECONDS", help="A round is due at least this often.")
    ] = DEFAULT_TIMING.heartbeat,
    grace: Annotated[
        int, typer.Option(metavar="SECONDS", help="How much longer a value holds.")
    ] = DEFAULT_TIMING.grace,
    max_age: Annotated[
        int, typer.Option(metavar="SECONDS", help="Oldest slot that may be submitted.")
    ] = DEFAULT_TIMING.max_age,
    min_interval: Annotated[
        int, typer.Option(metavar="SECONDS", help="Least time between two slots.")
    ] = DEFAULT_TIMING.min_interval,
    devnet_grades: Annotated[
        bool | None,
        typer.Option(
            "--devnet-grades/--no-devnet-grades",
            help="Create the three test tokens and list their grades.",
            show_default="on development chains only",
        ),
    ] = None,
    salt: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help="Another text is another instance of the same contracts.",
            show_default="none",
        ),
    ] = "",
    force: Annotated[
        bool, typer.Option("--force", help="Replace a deployment file that is in use.")
    ] = False,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Put the contracts on a chain, wire their roles, and write the deployment file.

    Every address follows from code, arguments and salt alone (CREATE2), and what is on the chain
    already is found instead of deployed again: an interrupted deployment is finished by the same
    command.

    On a development chain everything has a default: well-known accounts, test tokens, three grades,
    and tokens of each kind for the desk (account 4). Elsewhere the people have to be named.
    """
    chain = Chain.connect(rpc_url)
    path = free_path(chain, deployment, force=force)
    devnet = chain.chain_id == DEVNET_CHAIN_ID
    wallet = open_wallet(chain, key, ADMIN)
    named = people(chain, reporters or (), curator or (), guardian or (), admin)
    plan = Plan(
        reporters=Reporters(
            named.reporters,
            (len(named.reporters) // 2 + 1) | 1 if quorum is None else quorum,
            method_hash(method) if method else published_method_hash(),
        ),
        curators=named.curators,
        guardians=named.guardians,
        quote_token=token_at(chain, quote_token) if quote_token else None,
        admin=named.admin,
        admin_delay=0 if devnet else ADMIN_DELAY,
        timing=Timing(
            grid=DEFAULT_TIMING.grid,
            heartbeat=heartbeat,
            grace=grace,
            max_age=max_age,
            min_interval=min_interval,
            deviation_bps=DEFAULT_TIMING.deviation_bps,
            band_bps=DEFAULT_TIMING.band_bps,
        ),
        salt=keccak(salt.encode()) if salt else NO_SALT,
    )
    with_grades = devnet if devnet_grades is None else devnet_grades
    lister = curator_wallet(wallet, named) if with_grades else None
    gas = affordable(wallet, _creations(wallet, plan))
    if dry_run:
        where = {each.name: each.address for each in creations(wallet.address, plan)}
        report(
            {
                "dry_run": True,
                "deployment": str(path),
                "gas_at_least": gas,
                "addresses": where,
                **_roles(wallet, plan),
            },
            f"Dry run, nothing sent: would deploy to chain {chain.chain_id} with at least "
            f"{gas:,} gas and write {path}",
            Table(
                ("contract", "will be at", ""),
                [(name, address, _purpose(name)) for name, address in where.items()],
            ),
            _role_table(wallet, plan),
            as_json=as_json,
        )
        return

    placed = put_on_chain(wallet, plan, progress)
    placed.write(path)
    if lister is not None:
        placed = list_devnet_grades(wallet, lister, placed, plan.salt)
        placed.write(path)
        if devnet:
            _stock_desk(wallet, placed, with_quote=plan.quote_token is None)
    report(
        {"dry_run": False, "deployment": str(path), **asdict(placed), **_roles(wallet, plan)},
        Table(
            ("contract", "address", ""),
            [
                *((name, each.address, _purpose(name)) for name, each in placed.contracts.items()),
                *((f"grade {name}", each.unit, "") for name, each in placed.grades.items()),
            ],
            title=f"Chain {chain.chain_id}",
        ),
        _role_table(wallet, plan),
        f"Written to {path}",
        as_json=as_json,
    )


def _creations(wallet: Wallet, plan: Plan) -> Iterator[Call[Any]]:
    """The creations whose arguments are known before anything is on chain, for their refusals."""
    own = wallet.address
    yield Governance.deploy(own)
    yield GradeRegistry.deploy(own)
    yield SpotIndex.deploy(own, plan.timing, plan.indices)
    yield FuturesMarket.deploy(own, own, own)
    yield FuturesExchange.deploy(own, own)


def _purpose(name: str) -> str:
    """Further feeds are numbered: IndexFeed1."""
    return PURPOSES.get(name.rstrip("0123456789"), "")


def _stock_desk(wallet: Wallet, placed: Deployment, *, with_quote: bool) -> None:
    stock = {grade.token: STOCK_TOKENS * 10**grade.decimals for grade in placed.grades.values()}
    if with_quote:
        stock[placed.quote_token] = STOCK_QUOTE * 10**6
    for token, amount in stock.items():
        wallet.send(TestToken(wallet.chain, token).mint(DESK.address, amount))
    progress(f"the desk {DESK.address} holds tokens of each kind")


def _roles(wallet: Wallet, plan: Plan) -> dict[str, Any]:
    return {
        "admin": plan.admin or wallet.address,
        "admin_delay": plan.admin_delay,
        "curators": list(plan.curators),
        "guardians": list(plan.guardians),
        "reporters": list(plan.reporters.addresses),
        "quorum": plan.reporters.quorum,
        "liars_survived": plan.reporters.liars,
        "silent_survived": plan.reporters.silent,
        "method_hash": "0x" + plan.reporters.method_hash.hex(),
    }


def _role_table(wallet: Wallet, plan: Plan) -> Table:
    roles = _roles(wallet, plan)
    return Table(
        ("role", "who"),
        [
            ("admin", f"{roles['admin']}, {_delay(plan.admin_delay)}"),
            ("curator", ", ".join(plan.curators)),
            ("guardian", ", ".join(plan.guardians)),
            *(("reporter", address) for address in plan.reporters.addresses),
        ],
        title=f"Quorum {plan.reporters.quorum}: a value survives {plan.reporters.liars} liars, "
        f"the index {plan.reporters.silent} silent reporters",
    )


def _delay(seconds: int) -> str:
    return f"after {seconds // DAY_S} days" if seconds else "at once"
