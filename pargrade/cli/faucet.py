"""`pargrade faucet`."""

from typing import Annotated

import typer

from pargrade.chain.block import Tag
from pargrade.chain.fees import COIN_DECIMALS
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
from pargrade.cli.toolkit.output import Table, report
from pargrade.cli.toolkit.parse import account as parse_account
from pargrade.cli.toolkit.session import open_wallet
from pargrade.deployment.session import open_session
from pargrade.deployment.token import Token
from pargrade.deployment.transactions import carry_out, describe, to_json
from pargrade.devnet.accounts import ADMIN
from pargrade.devnet.faucet import mint_calls, missing_coins, transfer_coins
from pargrade.units import format_amount

app = new_app()


@app.command(epilog="Example: pargrade faucet 0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc")
def faucet(
    account: Annotated[str, typer.Argument(metavar="ADDRESS", help="Who gets it.")],
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    max_fee: MaxFee = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Give an account test tokens of each kind, and coins for gas where it has few.

    1,000 of each network's token and 100,000 of the quote token are minted, and the account's coins
    are filled up to 10 from the caller's. Only test tokens can be had: of others nothing is sent.
    """
    session = open_session(rpc_url, deployment)
    wallet = open_wallet(session.chain, key, ADMIN, max_fee)
    receiver = parse_account(account, "the account")
    steps = carry_out(wallet, mint_calls(session, receiver), dry_run=dry_run)
    wei = missing_coins(session, receiver)
    if wei and not dry_run:
        wallet.send(transfer_coins(receiver, wei))
    places = [*(grade.token for grade in session.deployment.grades.values())]
    tokens = [
        Token.read(session.chain, place, Tag.LATEST)
        for place in (*places, session.deployment.quote_token)
    ]
    held = [(token, token.held_by(receiver, Tag.LATEST)) for token in tokens]
    coins = session.chain.balance(receiver, block=Tag.LATEST)
    verb = "Would send" if dry_run else "Sent"
    report(
        {
            "account": receiver,
            "coins_sent": str(wei),
            "coins": str(coins),
            "tokens": {token.symbol: str(raw) for token, raw in held},
            **to_json(steps),
        },
        Table(
            ("token", "held now"),
            [
                ("coins", format_amount(coins, COIN_DECIMALS)),
                *((token.symbol, token.shown(raw)) for token, raw in held),
            ],
            title=receiver,
            numbers=frozenset({"held now"}),
        ),
        *([f"{verb} {format_amount(wei, COIN_DECIMALS)} coins for gas."] if wei else []),
        describe(steps),
        as_json=as_json,
    )
