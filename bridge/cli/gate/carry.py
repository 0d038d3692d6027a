"""`pargrade bridge carry`: brings messages of a route over, both ways."""

import json
import logging
from typing import Annotated, Any

import typer

from bridge.cli.gate.options import (
    LedgerDatabase,
    PassInterval,
    RouteArgument,
    ServiceData,
    SettingsFile,
)
from bridge.cli.options import HealthPort
from pargrade.cli.toolkit.options import (
    AsJson,
    DryRun,
    KeyText,
    LogFormatOption,
    MaxFee,
    MaxFeePerDay,
    Verbose,
)
from pargrade.cli.toolkit.output import Table, report
from pargrade.cli.toolkit.session import NoKey


def carry(
    route: RouteArgument,
    settings: SettingsFile = None,
    data: ServiceData = None,
    database: LedgerDatabase = None,
    once: Annotated[bool, typer.Option("--once", help="Make one pass, and end.")] = False,
    least: Annotated[
        str | None,
        typer.Option(
            "--least-tokens",
            metavar="TOKENS",
            help="Leave transfers of less to others.",
            show_default="carry all",
        ),
    ] = None,
    interval: PassInterval = None,
    http_port: HealthPort = None,
    max_fee: MaxFee = None,
    max_fee_per_day: MaxFeePerDay = None,
    key: KeyText = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
    verbose: Verbose = False,
    log_format: LogFormatOption = None,
) -> None:
    """Carry messages over until Ctrl-C: gather signatures, deliver, complete what waited.

    Anyone may, with a key that pays the gas on both chains; the gates believe no carrier. Who
    sends little makes it pay as much as who sends a lot: --least-tokens is its own bound. After a
    revocation it asks for signatures of the next attesters. With --json, one line per pass that
    did something.
    """
    from bridge.cli.health import serving_health
    from bridge.gate.carrier.service import open_carrier
    from bridge.gate.daemon.settings import CarrierSettings
    from bridge.gate.route.file import RouteFile
    from bridge.gate.route.pair import RoutePair
    from pargrade.cli.toolkit.parse import positive
    from pargrade.keys.source import load_signer
    from pargrade.logs.handler import set_up_logs

    found = CarrierSettings.read(
        settings,
        data=data,
        database=database,
        interval=interval,
        http_port=http_port,
        log_format=log_format,
        max_fee=max_fee,
        max_fee_per_day=max_fee_per_day,
        least_tokens=least,
    )
    if not key and not dry_run:
        raise NoKey
    pair = RoutePair.open(RouteFile.read(route))
    signer = None if dry_run else load_signer(key, lambda: pair.home.chain)
    set_up_logs("carrier", found.log_format, logging.WARNING, replaces=False)
    logging.getLogger("bridge").setLevel(logging.DEBUG if verbose else logging.INFO)
    smallest = 0
    if found.least_tokens:
        smallest = positive(found.least_tokens, pair.route.decimals, "--least-tokens")
    service = open_carrier(pair, signer, found.data, found.database, found.fees, smallest)
    if once or dry_run:
        done = service.carrier.carry()
        report(done.to_json(), *_tables(done), as_json=as_json)
        return

    def passed(done: Any) -> None:
        if as_json and done.outcomes:
            print(json.dumps(done.to_json()), flush=True)

    try:
        with serving_health("carrier", service.looks, found.served_port):
            service.run(found.interval, passed)
    finally:
        service.stop.set()
        service.close()


def _tables(done: Any) -> list[Table | str]:
    shown: list[Table | str] = []
    rows = [
        (outcome.act, outcome.verdict.value, outcome.block or "", outcome.gas_used or "")
        for _, outcome in done.outcomes
    ]
    if rows:
        numbers = frozenset({"block", "gas"})
        shown.append(Table(("act", "outcome", "block", "gas"), rows, numbers=numbers))
    waits = [f"{name}: {why}" for name, why in done.waiting.items()]
    return [*shown, *waits] or ["Nothing was due."]
