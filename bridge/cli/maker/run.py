"""`pargrade maker run`."""

import json
import logging
import signal
from typing import Annotated

import typer

from bridge.cli.health import serving_health
from bridge.cli.maker.options import MakerRelay, SeriesList
from bridge.cli.options import ChainUrl, ConfigFile, HealthPort
from pargrade.cli.toolkit.options import (
    AsJson,
    DeploymentFile,
    KeyText,
    LogFormatOption,
    Verbose,
)
from pargrade.cli.toolkit.output import progress
from pargrade.cli.toolkit.session import NoKey
from pargrade.clock import DAY_S


def run(
    config: ConfigFile = None,
    rpc_url: ChainUrl = None,
    deployment: DeploymentFile = None,
    relay: MakerRelay = None,
    series: SeriesList = None,
    lifetime: Annotated[
        int | None,
        typer.Option(
            min=10, max=DAY_S, help="Seconds of the chain an order lives.", show_default="600"
        ),
    ] = None,
    http_port: HealthPort = None,
    key: KeyText = "",
    as_json: AsJson = False,
    verbose: Verbose = False,
    log_format: LogFormatOption = None,
) -> None:
    """Quote a ladder on both sides of series until Ctrl-C, then take it away.

    What is in the book is around the index, moved against what the key holds; what it holds and
    what could still be filled is never more than its limits. `call = true` is in the hourly call,
    too. At its start it ends on the chain what the key signed before. On a development chain what
    the exchange needs is approved first; elsewhere `pargrade market onboard` does that. A kill file
    ends every order on the chain. With --json, one line that names the maker.
    """
    from bridge.orders.maker.service import MakerService
    from bridge.orders.maker.settings import MakerSettings
    from pargrade.deployment.session import open_session
    from pargrade.keys.source import load_local_key
    from pargrade.logs.handler import set_up_logs

    settings = MakerSettings.read(
        config,
        rpc_url=rpc_url,
        deployment=deployment,
        relay=relay,
        series=series,
        lifetime=lifetime,
        log_format=log_format,
    )
    if not key:
        raise NoKey
    loaded = load_local_key(key)
    set_up_logs(f"maker-{loaded.address}", settings.log_format, logging.WARNING, replaces=False)
    logging.getLogger("bridge").setLevel(logging.DEBUG if verbose else logging.INFO)
    session = open_session(settings.rpc_url, settings.deployment)
    service = MakerService(session, settings, loaded)
    signal.signal(signal.SIGTERM, lambda *_: service.stop.set())
    if as_json:
        print(json.dumps({"maker": loaded.address, "relay": settings.relay}), flush=True)
    else:
        progress(f"maker {loaded.address} at {settings.relay}; Ctrl-C ends it")
    with serving_health("maker", service.metrics, http_port):
        service.run()
