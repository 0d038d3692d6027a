"""`pargrade unit guard`: closes the grades whose factor left its band, once or every day."""

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from pargrade.cli.toolkit.options import (
    DEFAULT_RPC,
    AsJson,
    DeploymentFile,
    KeyText,
    LogFormatOption,
    MaxFee,
    RpcUrl,
    SampleFile,
)
from pargrade.cli.toolkit.output import Table, report
from pargrade.clock import DAY_S
from pargrade.logs.log_format import LogFormat

if TYPE_CHECKING:
    from oracle.factor_guard.look import GuardReport

LEFT_OPEN: Final = 3
"""Exit code of --once: a grade should be closed and is open."""


def guard(
    sample: SampleFile = None,
    fetched: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Data folder of a node that asks venues, in place of --sample.",
            file_okay=False,
        ),
    ] = None,
    close: Annotated[
        bool, typer.Option("--close", help="Close the grades, with --key; else only say which.")
    ] = False,
    once: Annotated[bool, typer.Option("--once", help="Make one pass, and end.")] = False,
    every: Annotated[
        int, typer.Option(min=60, metavar="SECONDS", help="Between two looks.")
    ] = DAY_S,
    days: Annotated[
        int, typer.Option(min=7, max=366, metavar="N", help="Days of prices in a window.")
    ] = 60,
    rpc_url: RpcUrl = DEFAULT_RPC,
    deployment: DeploymentFile = None,
    key: KeyText = "",
    max_fee: MaxFee = None,
    api_port: Annotated[
        int,
        typer.Option(min=0, max=65_535, help="Port of /health and /metrics.", show_default="none"),
    ] = 0,
    log_format: LogFormatOption = None,
    as_json: AsJson = False,
) -> None:
    """Hold factors against the newest prices every day, and close the grades of those that left.

    The factors are those of the newest table, the prices those of the 60 days that end now: a
    window that ended more than a week before the chain's time closes nothing. With --close the key
    sends `GradeRegistry.close`, for which it needs the guardian's or the curator's role; wrapping
    and new locks stop, unwrapping goes on, and a curator can reopen. A grade that is closed is
    never closed again. What could not be closed is logged, is a problem at /health and an alert,
    and is tried again every quarter of an hour. With --once: exit code 0 where no grade is left to
    be closed, 3 where one is.
    """
    from oracle.factor_guard.daemon import GuardDaemon, serve_api
    from oracle.factor_guard.guard import FactorGuard
    from oracle.factor_guard.prices import fetched_prices, recorded_prices
    from pargrade.cli.toolkit.session import open_wallet
    from pargrade.data.files import SAMPLE
    from pargrade.deployment.session import open_session
    from pargrade.devnet.accounts import GUARDIAN
    from pargrade.logs.handler import set_up_logs

    if sample is not None and fetched is not None:
        both = "name a recording or a node's folder, not both"
        raise typer.BadParameter(both, param_hint="--fetched")
    set_up_logs("factor-guard", log_format or LogFormat.TEXT, logging.WARNING, replaces=False)
    session = open_session(rpc_url, deployment)
    wallet = open_wallet(session.chain, key, GUARDIAN, max_fee) if close else None
    read = recorded_prices(sample or SAMPLE) if fetched is None else fetched_prices(fetched)
    watching = FactorGuard(session, read, wallet, days)
    if once:
        found = watching.look()
        _report(found, as_json)
        if found.left_open:
            raise typer.Exit(LEFT_OPEN)
        return

    def looked(found: "GuardReport") -> None:
        if as_json:
            print(json.dumps(found.to_json()), flush=True)

    daemon = GuardDaemon(watching, every, looked)
    with serve_api(daemon, api_port):
        daemon.run()


def _report(found: "GuardReport", as_json: bool) -> None:
    from oracle.factor_guard.look import describe

    report(
        found.to_json(),
        Table(
            ("hardware", "stands"),
            [
                *((fit.hardware, describe(fit)) for fit in found.look.fits),
                *((name, "no window of fresh prices") for name in found.look.unknown),
            ],
        ),
        *(f"closed {each.closing.symbol} ({each.closing.model})" for each in found.closed),
        *(
            f"to be closed: {each.closing.symbol} ({each.closing.model}), open because "
            f"{each.obstacle}"
            for each in found.left_open
        ),
        as_json=as_json,
    )
