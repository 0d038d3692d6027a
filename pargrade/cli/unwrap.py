"""`pargrade unwrap`."""

from typing import Annotated

import typer

from pargrade.bindings.wrapped_unit import Unwrapped, WrappedUnit
from pargrade.cli.toolkit.app import new_app
from pargrade.cli.toolkit.options import (
    DEFAULT_RPC,
    AsJson,
    DeploymentFile,
    DryRun,
    KeyText,
    Recipient,
    RpcUrl,
)
from pargrade.cli.toolkit.output import report
from pargrade.cli.toolkit.parse import account, at_least, positive
from pargrade.cli.toolkit.session import open_wallet
from pargrade.cli.toolkit.transactions import carry_out, describe, to_json
from pargrade.deployment.session import open_session
from pargrade.deployment.token import Token
from pargrade.devnet.accounts import DESK

app = new_app()


@app.command(epilog="Example: pargrade unwrap A1GH 10")
def unwrap(
    symbol: Annotated[str, typer.Argument(help="Symbol of the grade, as `grade list` shows it.")],
    units: Annotated[str, typer.Argument(metavar="UNITS", help="Units in SCU, such as 7.3.")],
    to: Recipient = None,
    minimum: Annotated[
        str | None,
        typer.Option(
            "--min",
            metavar="TOKENS",
            help="Refuse to get fewer whole tokens than this.",
            show_default="what they are worth now",
        ),
    ] = None,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Turn units back into the network's tokens. No role can stop this.

    Only the units that pay for whole base units of the token are burned; the rest stays yours. If
    the token itself shrank, everyone gets the same share of what is left.
    """
    session = open_session(rpc_url, deployment)
    grade = session.deployment.grade(symbol)
    wallet = open_wallet(session.chain, key, DESK)
    head = session.chain.head()
    unit = WrappedUnit(session.chain, grade.unit)
    token = Token.read(session.chain, unit.factor(block=head).token, head)
    wrapped = Token.read(session.chain, unit.address, head)
    offered = positive(units, wrapped.decimals, "the amount of units")
    wrapped.require(wallet.address, offered, head)
    worth = unit.preview_unwrap(offered, block=head).tokens
    least = at_least(minimum, token.decimals, worth)
    recipient = account(to, "the recipient") if to else wallet.address

    steps = carry_out(wallet, [unit.unwrap(offered, least, recipient)], dry_run=dry_run)
    done = steps[-1].events(Unwrapped)[0]
    report(
        {
            "symbol": symbol,
            "units": str(done.units),
            "tokens": str(done.tokens),
            "to": done.to,
            "short": unit.is_short(block=head),
            **to_json(steps),
        },
        f"{wrapped.shown(done.units)} burned for {token.shown(done.tokens)} to {done.to}",
        describe(steps),
        as_json=as_json,
    )
