"""`pargrade bridge attest` and `new-journal`: one attester of a route."""

import json
import logging
from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.gate.options import (
    DataFolder,
    HttpPort,
    LedgerDatabase,
    PassInterval,
    RouteArgument,
    ServiceData,
    SettingsFile,
)
from pargrade.cli.toolkit.options import AsJson, KeyText, LogFormatOption, Verbose
from pargrade.cli.toolkit.output import progress, report
from pargrade.cli.toolkit.session import NoKey


def attest(
    route: RouteArgument,
    settings: SettingsFile = None,
    data: ServiceData = None,
    database: LedgerDatabase = None,
    cap: Annotated[
        str | None,
        typer.Option(
            "--most-tokens",
            metavar="TOKENS",
            help="Sign no message of more than this.",
            show_default="no cap",
        ),
    ] = None,
    interval: PassInterval = None,
    http_host: Annotated[
        str | None,
        typer.Option("--http-host", help="Where the API listens.", show_default="127.0.0.1"),
    ] = None,
    http_port: HttpPort = None,
    key: KeyText = "",
    as_json: AsJson = False,
    verbose: Verbose = False,
    log_format: LogFormatOption = None,
) -> None:
    """Attest messages of a route, both ways, until Ctrl-C, and hand signatures out over HTTP.

    A message is signed once it is final, at least two endpoints of its chain agree about all that
    is read, and what both gates have adds up. Where endpoints differ nothing is signed, and
    /health says why. The journal is created on purpose, by `bridge new-journal`. Carriers of
    others reach the API by a proxy of yours before it, or at --http-host.
    """
    from bridge.gate.attester.service import open_attester
    from bridge.gate.daemon.settings import AttesterSettings
    from bridge.gate.route.file import RouteFile
    from bridge.gate.route.pair import RoutePair
    from pargrade.cli.toolkit.parse import positive
    from pargrade.keys.source import load_signer
    from pargrade.logs.handler import set_up_logs

    found = AttesterSettings.read(
        settings,
        data=data,
        database=database,
        interval=interval,
        http_host=http_host,
        http_port=http_port,
        log_format=log_format,
        most_tokens=cap,
    )
    if not key:
        raise NoKey
    pair = RoutePair.open(RouteFile.read(route))
    signer = load_signer(key)
    set_up_logs(f"attester-{signer.address}", found.log_format, logging.WARNING, replaces=False)
    logging.getLogger("bridge").setLevel(logging.DEBUG if verbose else logging.INFO)
    cap, most = found.most_tokens, None
    if cap:
        most = positive(cap, pair.route.decimals, "--most-tokens")
    service = open_attester(pair, signer, found.data, found.database, most)
    try:
        with service.serving(found.http_host, found.http_port) as bound:
            host = found.http_host
            url = f"http://[{host}]:{bound}" if ":" in host else f"http://{host}:{bound}"
            if as_json:
                print(json.dumps({"api": url, "attester": signer.address}), flush=True)
            else:
                progress(f"attester {signer.address}: {url}; Ctrl-C ends it")
            service.run(found.interval)
    finally:
        service.stop.set()
        service.close()


def new_journal(
    route: RouteArgument,
    data: DataFolder = Path("attester"),
    key_is_new: Annotated[
        bool, typer.Option("--key-is-new", help="The key has never attested anything.")
    ] = False,
    key: KeyText = "",
    as_json: AsJson = False,
) -> None:
    """Create the journal of an attester, on purpose: for a new key, or one whose journal is lost.

    `bridge attest` never does so by itself, since a key without its journal could sign two contents
    for one message. Unless the key is new, what left before now is left to the other attesters.
    """
    from bridge.gate.attester.journal import FILE
    from bridge.gate.attester.service import create_journal
    from bridge.gate.route.file import RouteFile
    from bridge.gate.route.pair import RoutePair
    from pargrade.keys.source import load_signer
    from pargrade.text import moment

    if not key:
        raise NoKey
    pair = RoutePair.open(RouteFile.read(route))
    signer = load_signer(key)
    floor = create_journal(pair, signer, data, key_is_new=key_is_new)
    report(
        {
            "journal": str(data / FILE),
            "attester": signer.address,
            "route": "0x" + pair.route.id.hex(),
            "floor": floor,
        },
        f"created {data / FILE} for {signer.address}",
        f"signs what leaves after {moment(floor)}" if floor else "signs whatever is open",
        as_json=as_json,
    )
