"""`pargrade bridge watch` and `audit`: whether everything minted is locked."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

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
    Verbose,
)
from pargrade.cli.toolkit.output import Table, report


def watch(
    route: RouteArgument,
    settings: SettingsFile = None,
    data: ServiceData = None,
    database: LedgerDatabase = None,
    once: Annotated[bool, typer.Option("--once", help="Make one pass, and end.")] = False,
    interval: PassInterval = None,
    http_port: HealthPort = None,
    max_fee: MaxFee = None,
    key: KeyText = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
    verbose: Verbose = False,
    log_format: LogFormatOption = None,
) -> None:
    """Watch both ends of a route at every block, and raise the alarm when they do not add up.

    At least two endpoints of each chain have to agree, else nothing is known or stopped. A fault
    that a second look finds, too, is an alarm. With a key that has the role, the route is
    stopped at both ends: by a council all of it, by a guardian entry and arrivals. Exit code 1
    with --once when there is a fault. With --json, one line per look that found something.
    """
    from bridge.cli.health import serving_health
    from bridge.gate.daemon.settings import WatcherSettings
    from bridge.gate.ledger.ends import follow_both, witness_all
    from bridge.gate.ledger.store import open_store
    from bridge.gate.route.end import RouteSide
    from bridge.gate.route.file import RouteFile
    from bridge.gate.route.pair import RoutePair
    from bridge.gate.watcher.service import WatcherService, open_senders
    from bridge.gate.watcher.watcher import Send, Watcher, WatchReport
    from bridge.ledger.finality import Finality
    from pargrade.chain.block import Tag
    from pargrade.database import sqlite_file
    from pargrade.keys.source import load_signer
    from pargrade.logs.handler import set_up_logs

    stated = WatcherSettings.read(
        settings,
        data=data,
        database=database,
        interval=interval,
        http_port=http_port,
        log_format=log_format,
        max_fee=max_fee,
    )
    pair = RoutePair.open(RouteFile.read(route))
    signer = load_signer(key, lambda: pair.home.chain) if key else None
    set_up_logs("watcher", stated.log_format, logging.WARNING, replaces=False)
    logging.getLogger("bridge").setLevel(logging.DEBUG if verbose else logging.INFO)
    stated.data.mkdir(parents=True, exist_ok=True)
    engine = open_store(stated.database or sqlite_file((stated.data / "ledger.sqlite").resolve()))
    followers = follow_both(pair, engine, witness_all, Finality(Tag.LATEST))
    senders: Mapping[RouteSide, Send] = {}
    if signer is not None:
        senders = open_senders(pair, signer, stated.data, stated.fees, dry_run=dry_run)
    watcher = Watcher(pair, followers, None if signer is None else signer.address, senders)
    if once:
        found = watcher.look()
        names = ", ".join(f"{end.value} at block {found.blocks[end]}" for end in RouteSide)
        summary = f"{names}: {len(found.faults) or 'no'} faults"
        report(found.to_json(), *found.faults, summary, as_json=as_json)
        if found.faults:
            raise typer.Exit(1)
        return

    def looked(found: WatchReport) -> None:
        if as_json and found.faults:
            print(json.dumps(found.to_json()), flush=True)

    service = WatcherService(watcher)
    try:
        with serving_health("watcher", service.looks, stated.served_port):
            service.run(stated.interval, looked)
    finally:
        service.stop.set()


def audit(
    routes: Annotated[
        list[Path],
        typer.Argument(metavar="ROUTE...", help="TOML files of routes.", dir_okay=False),
    ],
    key: KeyText = "",
    as_json: AsJson = False,
) -> None:
    """Print proof of reserves of routes: what is locked, owed and minted, and what backs it.

    Signed where a key is given. Exit code 1 when something minted is not locked.
    """
    from bridge.gate.ledger.ends import follow_both, witness_all
    from bridge.gate.ledger.store import open_store
    from bridge.gate.route.file import RouteFile
    from bridge.gate.route.pair import RoutePair
    from bridge.gate.watcher.reserves import prove_reserves, sign_reserves
    from pargrade.keys.source import load_signer
    from pargrade.text import amount

    signer = load_signer(key) if key else None
    documents, rows = [], []
    for file in routes:
        pair = RoutePair.open(RouteFile.read(file))
        found = prove_reserves(pair, follow_both(pair, open_store("sqlite://"), witness_all))
        documents.append(found.to_json() if signer is None else sign_reserves(found, pair, signer))
        decimals = pair.route.decimals
        figures = (found.locked_steps, found.minted_steps, found.out_steps + found.back_steps)
        shown = (amount(steps, decimals, found.symbol) for steps in figures)
        verdict = "covered" if found.is_covered else "NOT COVERED"
        rows.append((f"0x{found.route.hex()[:8]}", *shown, verdict))
    columns = ("route", "locked", "minted", "under way", "reserves")
    numbers = frozenset({"locked", "minted", "under way"})
    report(documents, Table(columns, rows, numbers=numbers), as_json=as_json)
    if not all(document["is_covered"] for document in documents):
        raise typer.Exit(1)
