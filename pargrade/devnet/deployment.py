"""A development chain's deployment: well-known people, test tokens, grades, a stocked desk."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from pargrade.bindings.test_token import TestToken
from pargrade.chain.block import Tag
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.deployment.batch import send_batch
from pargrade.deployment.deployer import deploy
from pargrade.deployment.file import Deployment
from pargrade.deployment.plan import Plan, Reporters
from pargrade.deployment.session import Session
from pargrade.devnet.accounts import ADMIN, COUNCIL, CURATOR, DESK, GUARDIAN, KEEPER, REPORTERS
from pargrade.devnet.faucet import COINS, transfer_coins
from pargrade.devnet.grades import list_devnet_grades
from pargrade.spot_index.published_method import published_method_hash
from pargrade.spot_index.quorum import IndexVersion

QUORUM: Final = 3
"""Of the five reporters of a development chain."""

STOCK_TOKENS: Final = 10_000
STOCK_QUOTE: Final = 1_000_000
"""Whole tokens the desk starts with: of each network, and to pay with."""

_QUOTE_DECIMALS: Final = 6
_LEAST_COINS: Final = 10**18


def devnet_plan(
    version: IndexVersion = IndexVersion.COMMON_REPORT, *, replayed: bool = True
) -> Plan:
    """What a development chain gets where nobody says otherwise.

    Its index is of recorded quotes unless `replayed` is False; the first version takes both.
    """
    reporters = tuple(reporter.address for reporter in REPORTERS)
    return Plan(
        reporters=Reporters(reporters, QUORUM, published_method_hash(), version),
        curators=(CURATOR.address,),
        guardians=(GUARDIAN.address,),
        council=(COUNCIL.address,),
        admin_delay=0,
        replayed=replayed and version is IndexVersion.COMMON_REPORT,
    )


def deploy_on_devnet(
    chain: Chain, progress: Callable[[str], None] = lambda _: None, plan: Plan | None = None
) -> Deployment:
    """Deploys by `devnet_plan` and lists the three grades. Raises what `deploy` raises."""
    admin = Wallet(chain, ADMIN.key)
    deployment = deploy(admin, plan or devnet_plan(), progress)
    return list_devnet_grades(admin, Wallet(chain, CURATOR.key), deployment)


def open_devnet_session(chain: Chain, path: Path, plan: Plan | None = None) -> Session:
    """Deploys, stocks the desk and writes the deployment file at `path`."""
    deployment = deploy_on_devnet(chain, plan=plan)
    deployment.write(path)
    stock_desk(Wallet(chain, ADMIN.key), deployment)
    return Session(chain, deployment, path)


def stock_desk(wallet: Wallet, deployment: Deployment, *, with_quote: bool = True) -> None:
    """Mints test tokens for the desk: of each network and, where it is one too, of the quote.

    Only of tokens that nobody has any of yet.
    """
    stock = {grade.token: STOCK_TOKENS * 10**grade.decimals for grade in deployment.grades.values()}
    if with_quote:
        stock[deployment.quote_token] = STOCK_QUOTE * 10**_QUOTE_DECIMALS
    tokens = {TestToken(wallet.chain, token): amount for token, amount in stock.items()}
    mints = [
        token.mint(DESK.address, amount)
        for token, amount in tokens.items()
        if not token.total_supply(block=Tag.LATEST)
    ]
    send_batch(wallet, mints)


def fund_people(wallet: Wallet) -> None:
    """Gives well-known people coins for gas, where they have fewer than one.

    Anvil and hardhat fund them all; ganache and `geth --dev` fund others.
    """
    chain = wallet.chain
    poor = [
        actor.address
        for actor in (CURATOR, GUARDIAN, COUNCIL, KEEPER, DESK, *REPORTERS)
        if chain.balance(actor.address, block=Tag.LATEST) < _LEAST_COINS
    ]
    send_batch(wallet, [transfer_coins(account, COINS) for account in poor])
