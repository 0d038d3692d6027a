"""`pargrade bridge`: the daemon that settles and redeems, and looking into its ledger."""

import json
import logging
from pathlib import Path
from typing import Annotated, Any

import typer

from bridge.cli.backup import backup, restore
from bridge.cli.check import check
from bridge.cli.gate.commands import add_commands
from bridge.cli.options import ChainUrl, ConfigFile, Database
from bridge.cli.output import ends, pass_document, status_document, status_row
from bridge.keeper.keeper import Pass, describe_pass
from bridge.ledger.snapshot import LedgerMismatch, Mismatch, digest
from bridge.service.service import Service, assemble
from bridge.service.settings import Settings
from bridge.service.status import status
from pargrade.chain.endpoint.url import split_urls
from pargrade.chain.keys import Signer
from pargrade.chain.rpc import Chain
from pargrade.cli.toolkit.app import new_app
from pargrade.cli.toolkit.options import (
    AsJson,
    DeploymentFile,
    DryRun,
    KeyText,
    LogFormatOption,
    MaxFee,
    MaxFeePerDay,
    Verbose,
)
from pargrade.cli.toolkit.output import Table, report
from pargrade.cli.toolkit.session import NoKey
from pargrade.deployment.session import open_session
from pargrade.keys.source import load_signer
from pargrade.logs.handler import set_up_logs

app = new_app(no_args_is_help=True, help="Settle and redeem, and keep a ledger of everything.")

FinalityText = Annotated[
    str | None,
    typer.Option(
        "--finality",
        metavar="TAG|N",
        help="finalized, safe, latest, or confirmations.",
        show_default="finalized; latest on a development chain",
    ),
]
Interval = Annotated[float | None, typer.Option(min=0.1, help="Seconds between passes.")]
PageSize = Annotated[int | None, typer.Option(min=1, help="Most holders paid at once.")]
ApiPort = Annotated[
    int | None,
    typer.Option(
        min=0, max=65_535, help="Port of /health and /metrics.", show_default="as CONFIG, or none"
    ),
]
MostGas = Annotated[int | None, typer.Option(min=21_000, help="Most gas of a transaction.")]


@app.command(epilog="Example: pargrade bridge run bridge.toml --interval 2")
def run(
    config: ConfigFile = None,
    rpc_url: ChainUrl = None,
    deployment: DeploymentFile = None,
    database: Database = None,
    finality: FinalityText = None,
    interval: Interval = None,
    page_size: PageSize = None,
    most_gas: MostGas = None,
    max_fee: MaxFee = None,
    max_fee_per_day: MaxFeePerDay = None,
    key: KeyText = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
    verbose: Verbose = False,
    log_format: LogFormatOption = None,
    api_port: ApiPort = None,
) -> None:
    """Follow, settle and redeem until Ctrl-C. With --json, one line per pass that did something."""
    from bridge.service.api import create_api, serve_api
    from bridge.service.daemon import Daemon
    from bridge.service.metrics import KeeperMetrics

    settings = _settings(
        config,
        rpc_url=rpc_url,
        deployment=deployment,
        database=database,
        finality=finality,
        interval=interval,
        page_size=page_size,
        most_gas=most_gas,
        max_fee=max_fee,
        max_fee_per_day=max_fee_per_day,
        log_format=log_format,
        api_port=api_port,
    )
    service = _service(settings, _signer(key, settings, signs=not dry_run), _level(verbose))

    def passed(done: Pass) -> None:
        if as_json and (done.outcomes or done.recovered):
            print(json.dumps(pass_document(done)), flush=True)

    metrics = KeeperMetrics(service)
    daemon = Daemon(service, settings, passed, metrics)
    api = create_api(metrics, daemon.polls, settings.interval)
    with serve_api(settings, api), metrics.watching():
        daemon.run()


@app.command(epilog="Example: pargrade bridge once --dry-run")
def once(
    config: ConfigFile = None,
    rpc_url: ChainUrl = None,
    deployment: DeploymentFile = None,
    database: Database = None,
    finality: FinalityText = None,
    page_size: PageSize = None,
    most_gas: MostGas = None,
    max_fee: MaxFee = None,
    max_fee_per_day: MaxFeePerDay = None,
    key: KeyText = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Do everything that is due now, and end."""
    settings = _settings(
        config,
        rpc_url=rpc_url,
        deployment=deployment,
        database=database,
        finality=finality,
        page_size=page_size,
        most_gas=most_gas,
        max_fee=max_fee,
        max_fee_per_day=max_fee_per_day,
    )
    service = _service(settings, _signer(key, settings, signs=not dry_run), _level(verbose))
    done = service.keep()
    rows = [(o.act, o.verdict.value, o.block or "", o.gas_used or "") for o in ends(done)]
    report(
        {**pass_document(done), "ledger": digest(service.follower.ledger)},
        Table(("act", "outcome", "block", "gas"), rows, numbers=frozenset({"block", "gas"}))
        if rows
        else "Nothing was due.",
        describe_pass(done),
        *(f"not paid: {s.holder}: {s.why}" for each in done.series for s in each.skipped),
        as_json=as_json,
    )


@app.command("status", epilog="Example: pargrade bridge status --json")
def show_status(
    config: ConfigFile = None,
    rpc_url: ChainUrl = None,
    deployment: DeploymentFile = None,
    database: Database = None,
    finality: FinalityText = None,
    as_json: AsJson = False,
) -> None:
    """Show every series: its phase, what is due, and the next deadline."""
    service = _reader(config, rpc_url, deployment, database, finality)
    found = status(service)
    columns = ("series", "phase", "lots", "S", "due", "why", "next", "holders")
    report(
        [status_document(each) for each in found],
        Table(columns, map(status_row, found), numbers=frozenset({"lots", "S", "holders"})),
        as_json=as_json,
    )


@app.command("reconcile", epilog="Example: pargrade bridge reconcile --replay")
def show_reconciliation(
    config: ConfigFile = None,
    rpc_url: ChainUrl = None,
    deployment: DeploymentFile = None,
    database: Database = None,
    finality: FinalityText = None,
    replay: Annotated[
        bool, typer.Option("--replay", help="Also against a replay from the first block.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare the ledger with the contracts, figure by figure. Exit code 1 when any differs.

    Where figures differ, the chain is read again from the last agreement first, block by block.
    """
    service = _reader(config, rpc_url, deployment, database, finality)
    found = service.reconcile()
    mismatches: tuple[Mismatch, ...] = found.mismatches
    if replay:
        mismatches += service.replay()[1]
    if mismatches:
        raise LedgerMismatch(found.block.number, mismatches)
    report(
        {
            "block": found.block.number,
            "figures": found.figures,
            "ledger": found.digest,
            "reread_from": found.reread_from,
        },
        *_reread_line(found.reread_from),
        f"Block {found.block.number}: all {found.figures} figures agree.",
        f"Ledger {found.digest}",
        as_json=as_json,
    )


@app.command(epilog="Example: pargrade bridge rebuild")
def rebuild(
    config: ConfigFile = None,
    rpc_url: ChainUrl = None,
    deployment: DeploymentFile = None,
    database: Database = None,
    finality: FinalityText = None,
    as_json: AsJson = False,
) -> None:
    """Forget the journal and follow again from the deployment's first block."""
    service = _reader(config, rpc_url, deployment, database, finality)
    service.follower.load()
    before = digest(service.follower.ledger)
    cursor = service.follower.rebuild()
    after = digest(service.follower.ledger)
    report(
        {"block": cursor.number, "before": before, "ledger": after},
        f"Followed up to block {cursor.number}.",
        f"Ledger {after}" + ("" if before == after else f", was {before}"),
        as_json=as_json,
    )


app.command(epilog="Example: pargrade bridge check bridge.toml --json")(check)
app.command(epilog="Example: pargrade bridge backup bridge.backup")(backup)
app.command(epilog="Example: pargrade bridge restore bridge.backup --replace")(restore)


add_commands(app)


def _reread_line(number: int | None) -> tuple[str, ...]:
    if number is None:
        return ()
    return (f"Figures differed, so the chain was read again after block {number}.",)


def _settings(config: Path | None, **given: Any) -> Settings:
    return Settings.read(config, **given)


def _signer(key: str, settings: Settings, *, signs: bool) -> Signer | None:
    if signs and not key:
        raise NoKey
    return load_signer(key, lambda: _chain(settings)) if signs else None


def _chain(settings: Settings) -> Chain:
    return Chain.connect(*split_urls(settings.rpc_url))


def _service(
    settings: Settings, signer: Signer | None = None, level: int = logging.WARNING
) -> Service:
    # The address says which keeper a line is from; of the key nothing else is known here.
    name = "bridge" if signer is None else f"keeper-{signer.address}"
    set_up_logs(name, settings.log_format, logging.WARNING, replaces=False)
    logging.getLogger("bridge").setLevel(level)
    session = open_session(settings.rpc_url, settings.deployment)
    return assemble(session.chain, session.deployment, session.path, settings, signer)


def _reader(
    config: Path | None,
    rpc_url: str | None,
    deployment: Path | None,
    database: str | None,
    finality: str | None,
) -> Service:
    return _service(
        _settings(
            config, rpc_url=rpc_url, deployment=deployment, database=database, finality=finality
        )
    )


def _level(verbose: bool) -> int:
    return logging.DEBUG if verbose else logging.INFO
