"""`pargrade relay run`."""

import json
import logging
from typing import Annotated

import typer

from bridge.cli.options import ChainUrl, ConfigFile, Database
from pargrade.cli.toolkit.options import (
    AsJson,
    DeploymentFile,
    KeyText,
    LogFormatOption,
    MaxFeePerDay,
    Verbose,
)
from pargrade.cli.toolkit.output import progress
from pargrade.cli.toolkit.session import NoKey


def run(
    config: ConfigFile = None,
    rpc_url: ChainUrl = None,
    deployment: DeploymentFile = None,
    database: Database = None,
    http_port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65_535, help="Port of the API; 0 for a free one.", show_default="8575"
        ),
    ] = None,
    stream_port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65_535, help="Port of the WebSocket, likewise.", show_default="8576"
        ),
    ] = None,
    submit: Annotated[
        bool | None,
        typer.Option(
            "--submit/--no-submit",
            help="Send matches, or leave that to takers.",
            show_default="send",
        ),
    ] = None,
    max_fee_per_day: MaxFeePerDay = None,
    key: KeyText = "",
    as_json: AsJson = False,
    verbose: Verbose = False,
    log_format: LogFormatOption = None,
) -> None:
    """Take signed orders, match and settle them until Ctrl-C.

    The key signs receipts and sends matches; makers may name its address as their matcher. What
    was accepted is in the log before anyone hears of it, and a restart goes on from there. With
    --json, one line that names the ports.
    """
    from bridge.orders.relay.service import assemble_relay
    from bridge.orders.relay.settings import RelaySettings
    from pargrade.deployment.session import open_session
    from pargrade.keys.source import load_local_key
    from pargrade.logs.handler import set_up_logs

    settings = RelaySettings.read(
        config,
        rpc_url=rpc_url,
        deployment=deployment,
        database=database,
        api_port=http_port,
        stream_port=stream_port,
        submit=submit,
        max_fee_per_day=max_fee_per_day,
        log_format=log_format,
    )
    if not key:
        raise NoKey
    loaded = load_local_key(key)
    set_up_logs(f"relay-{loaded.address}", settings.log_format, logging.WARNING, replaces=False)
    logging.getLogger("bridge").setLevel(logging.DEBUG if verbose else logging.INFO)
    session = open_session(settings.rpc_url, settings.deployment)
    service = assemble_relay(session.chain, session.deployment, session.path, settings, loaded)
    with service.serving() as (api, stream):
        host = settings.api_host
        where = {"api": f"http://{host}:{api}", "stream": f"ws://{host}:{stream}"}
        if as_json:
            print(json.dumps({**where, "relay": loaded.address}), flush=True)
        else:
            progress(f"relay {loaded.address}: {where['api']}, {where['stream']}; Ctrl-C ends it")
        try:
            service.run()
        finally:
            service.stop.set()
