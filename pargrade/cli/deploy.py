"""`pargrade deploy`."""

from dataclasses import replace
from typing import Annotated, Final

import typer

from pargrade.chain.create2 import NO_SALT
from pargrade.chain.development import is_development
from pargrade.chain.endpoint.url import split_urls
from pargrade.chain.fork import require_fork
from pargrade.chain.hashing import keccak
from pargrade.chain.rpc import Chain
from pargrade.cli.deploy_caution import cautions, confirm
from pargrade.cli.deploy_output import Cost, report_code, report_deployment, report_plan
from pargrade.cli.deploy_people import curator_wallet, people, token_at
from pargrade.cli.toolkit.app import new_app
from pargrade.cli.toolkit.options import (
    DEFAULT_RPC,
    GRACE,
    HEARTBEAT,
    MIN_INTERVAL,
    AsJson,
    DeploymentFile,
    DryRun,
    KeyText,
    MaxFee,
    MethodHash,
    RpcUrl,
    Salt,
    quorum_option,
    reporters_option,
    seconds_option,
)
from pargrade.cli.toolkit.output import progress
from pargrade.cli.toolkit.parse import method_hash
from pargrade.cli.toolkit.session import open_wallet
from pargrade.deployment.deployer import creations, least_gas
from pargrade.deployment.deployer import deploy as put_on_chain
from pargrade.deployment.factory import factory_cost
from pargrade.deployment.plan import ADMIN_DELAY, DEFAULT_TIMING, Plan, Reporters, default_quorum
from pargrade.deployment.rehearsal import deployment_messages, rehearse
from pargrade.deployment.session import open_session
from pargrade.deployment.shipped_code import check_code
from pargrade.deployment.site import add_grades, find_site
from pargrade.deployment.verification import check_entries
from pargrade.devnet.accounts import ADMIN, DESK
from pargrade.devnet.deployment import fund_people, stock_desk
from pargrade.devnet.grades import grade_messages, list_devnet_grades
from pargrade.spot_index.published_method import published_method_hash
from pargrade.spot_index.quorum import IndexVersion

app = new_app()

_WELL_KNOWN: Final = "the well-known accounts, on development chains only"


@app.command(epilog="Example: pargrade deploy --rpc-url http://127.0.0.1:8545")
def deploy(
    reporters: Annotated[list[str] | None, reporters_option(_WELL_KNOWN)] = None,
    quorum: Annotated[int | None, quorum_option()] = None,
    index_version: Annotated[
        int,
        typer.Option(
            min=1,
            max=2,
            help="2 takes one report that all agree on, 1 an observation of each reporter.",
        ),
    ] = 2,
    replayed: Annotated[
        bool,
        typer.Option(
            "--replayed", help="An index of replayed history only; with version 1 both are taken."
        ),
    ] = False,
    method: MethodHash = None,
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
    council: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS,…",
            help="Who may stop what crosses between chains, and nothing else.",
            show_default=_WELL_KNOWN,
        ),
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
    heartbeat: Annotated[int, seconds_option("heartbeat", HEARTBEAT)] = DEFAULT_TIMING.heartbeat,
    grace: Annotated[int, seconds_option("grace", GRACE)] = DEFAULT_TIMING.grace,
    max_age: Annotated[
        int,
        typer.Option(metavar="SECONDS", help="With version 1: oldest slot that may be submitted."),
    ] = DEFAULT_TIMING.max_age,
    min_interval: Annotated[
        int, seconds_option("min-interval", MIN_INTERVAL)
    ] = DEFAULT_TIMING.min_interval,
    devnet_grades: Annotated[
        bool | None,
        typer.Option(
            "--devnet-grades/--no-devnet-grades",
            help="Create the three test tokens and list their grades.",
            show_default="on development chains only",
        ),
    ] = None,
    salt: Salt = "",
    force: Annotated[
        bool, typer.Option("--force", help="Replace a deployment file that is in use.")
    ] = False,
    yes: Annotated[
        bool,
        typer.Option("--yes", help="Deploy in spite of public keys or mintable money."),
    ] = False,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Send nothing: compare what is on the chain with ours."),
    ] = False,
    phased: Annotated[
        bool,
        typer.Option(
            "--phased", help="Put a front before the index, so that another may follow it."
        ),
    ] = False,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    max_fee: MaxFee = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Put the contracts on a chain, wire their roles, and write the deployment file.

    Every address follows from code, arguments and salt alone (CREATE2), and what is on the chain
    already is found instead of deployed again: an interrupted deployment is finished by the same
    command, and a finished one is left as it is. A chain without the CREATE2 proxy gets it.

    With --verify nothing is deployed and no key needed: every contract of a deployment that is
    there is held against the code that ships, wired to the addresses of the file; its series and
    its money against what the market lists; and its roles against what deploying gives. The exit
    code is 1 where one differs.

    On a development chain everything has a default: well-known accounts, test tokens, three grades,
    and tokens of each kind for the desk (account 4). Elsewhere the people have to be named.
    """
    if verify:
        there = open_session(rpc_url, deployment)
        code = tuple(check_code(there.chain, there.deployment))
        entries = tuple(check_entries(there.chain, there.deployment, code))
        report_code(there.deployment, code, entries, as_json=as_json)
        return
    chain = Chain.connect(*split_urls(rpc_url))
    site = find_site(chain, deployment, force=force)
    require_fork(chain)
    devnet = is_development(chain.chain_id)
    wallet = open_wallet(chain, key, ADMIN, max_fee)
    version = IndexVersion(index_version)
    named = people(chain, reporters or (), curator or (), guardian or (), council or (), admin)
    plan = Plan(
        reporters=Reporters(
            named.reporters,
            default_quorum(len(named.reporters), version) if quorum is None else quorum,
            method_hash(method) if method else published_method_hash(),
            version,
        ),
        curators=named.curators,
        guardians=named.guardians,
        council=named.council,
        quote_token=token_at(chain, quote_token) if quote_token else None,
        admin=named.admin,
        admin_delay=0 if devnet else ADMIN_DELAY,
        timing=replace(
            DEFAULT_TIMING,
            heartbeat=heartbeat,
            grace=grace,
            max_age=max_age,
            min_interval=min_interval,
        ),
        salt=keccak(salt.encode()) if salt else NO_SALT,
        replayed=replayed,
        phased=phased,
    )
    with_grades = devnet if devnet_grades is None else devnet_grades
    lister = curator_wallet(wallet, named) if with_grades else None
    site.require_same({each.name: each.address for each in creations(wallet.address, plan)})
    proxy = factory_cost(chain)
    gas = least_gas(wallet, plan)
    if dry_run:
        grades = grade_messages(wallet, lister, plan)
        simulated = rehearse(wallet, [*deployment_messages(wallet, plan), *grades])
        report_plan(wallet, plan, site.path, Cost(gas, simulated, proxy), as_json=as_json)
        return
    confirm(tuple(cautions(wallet, plan, with_grades=with_grades)), yes=yes)
    placed = site.record(put_on_chain(wallet, plan, progress, site.earlier))
    if lister is not None:
        if devnet:
            fund_people(wallet)
        listed = list_devnet_grades(wallet, lister, placed, plan.salt).grades
        placed = add_grades(site.path, listed)
        if devnet:
            stock_desk(wallet, placed, with_quote=plan.quote_token is None)
            progress(f"the desk {DESK.address} holds tokens of each kind")
    report_deployment(wallet, plan, placed, site.path, as_json=as_json)
