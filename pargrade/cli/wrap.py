"""`pargrade wrap`."""

from typing import Annotated

import typer

from pargrade.bindings.wrapped_unit import Wrapped
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
from pargrade.units import Scu

app = new_app()


@app.command(epilog="Example: pargrade wrap A1GH 100")
def wrap(
    symbol: GradeSymbol,
    tokens: Annotated[str, typer.Argument(metavar="TOKENS", help="Whole tokens, such as 12.5.")],
    to: Recipient = None,
    least: Annotated[str | None, minimum_option("UNITS")] = None,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    max_fee: MaxFee = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Turn a network's tokens into units: 1 unit is 1 SCU of that grade.

    What arrives is credited at the grade's frozen factor, rounded down. The approval, where one is
    needed, is for exactly this amount.
    """
    session = open_session(rpc_url, deployment)
    wallet = open_wallet(session.chain, key, DESK, max_fee)
    grade = WrappedGrade.read(session, symbol)
    given = positive(tokens, grade.token.decimals, f"the amount of {grade.token.symbol}")
    fewest = at_least(least, Scu.DECIMALS, 0)
    recipient = account(to, "the recipient") if to else wallet.address

    calls = grade.wrap_calls(wallet.address, given, minimum=fewest, to=recipient)
    steps = carry_out(wallet, calls, dry_run=dry_run)
    done = steps[-1].events(Wrapped)[0]
    report(
        {
            "symbol": symbol,
            "tokens": str(done.tokens),
            "units": str(done.units),
            "to": done.to,
            **to_json(steps),
        },
        f"{grade.token.shown(done.tokens)} arrived and became {grade.unit.shown(done.units)} "
        f"for {done.to}",
        describe(steps),
        as_json=as_json,
    )
