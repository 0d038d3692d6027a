"""`pargrade unwrap`."""

from typing import Annotated

import typer

from pargrade.bindings.wrapped_unit import Unwrapped
from pargrade.cli.toolkit.app import new_app
from pargrade.cli.toolkit.options import (
    DEFAULT_RPC,
    AsJson,
    DeploymentFile,
    DryRun,
    GradeSymbol,
    KeyText,
    MaxFee,
    Recipient,
    RpcUrl,
    minimum_option,
)
from pargrade.cli.toolkit.output import report
from pargrade.cli.toolkit.parse import account, at_least, positive
from pargrade.cli.toolkit.session import open_wallet
from pargrade.deployment.session import open_session
from pargrade.deployment.transactions import carry_out, describe, to_json
from pargrade.deployment.wrapping import WrappedGrade
from pargrade.devnet.accounts import DESK

app = new_app()


@app.command(epilog="Example: pargrade unwrap A1GH 10")
def unwrap(
    symbol: GradeSymbol,
    units: Annotated[str, typer.Argument(metavar="UNITS", help="Units in SCU, such as 7.3.")],
    to: Recipient = None,
    least: Annotated[str | None, minimum_option("TOKENS", "what they are worth now")] = None,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    max_fee: MaxFee = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Turn units back into the network's tokens. No role can stop this.

    Only the units that pay for whole base units of the token are burned; the rest stays yours. If
    the token itself shrank, everyone gets the same share of what is left.
    """
    session = open_session(rpc_url, deployment)
    wallet = open_wallet(session.chain, key, DESK, max_fee)
    grade = WrappedGrade.read(session, symbol)
    offered = positive(units, grade.unit.decimals, "the amount of units")
    fewest = None if least is None else at_least(least, grade.token.decimals, 0)
    recipient = account(to, "the recipient") if to else wallet.address

    calls = grade.unwrap_calls(wallet.address, offered, minimum=fewest, to=recipient)
    steps = carry_out(wallet, calls, dry_run=dry_run)
    done = steps[-1].events(Unwrapped)[0]
    report(
        {
            "symbol": symbol,
            "units": str(done.units),
            "tokens": str(done.tokens),
            "to": done.to,
            "short": grade.is_short,
            **to_json(steps),
        },
        f"{grade.unit.shown(done.units)} burned for {grade.token.shown(done.tokens)} to {done.to}",
        describe(steps),
        as_json=as_json,
    )
