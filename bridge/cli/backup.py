"""`pargrade bridge backup` and `restore`."""

from pathlib import Path
from typing import Annotated

import typer

from pargrade.cli.toolkit.options import AsJson, DeploymentFile, DryRun, rpc_url_option
from pargrade.cli.toolkit.output import report
from pargrade.deployment.session import open_session

BackupFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="The backup, one SQLite file.", dir_okay=False)
]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="CONFIG", help="TOML file of the bridge.", dir_okay=False),
]
DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        help="sqlite:///FILE",
        show_default="beside the deployment file",
    ),
]
ChainUrl = Annotated[str | None, rpc_url_option("as CONFIG says")]


def backup(
    file: BackupFile,
    config: ConfigOption = None,
    rpc_url: ChainUrl = None,
    deployment: DeploymentFile = None,
    database: DatabaseOption = None,
    as_json: AsJson = False,
) -> None:
    """Copy the bridge's database to a file, as it is at one moment, while the bridge runs or not.

    For a SQLite file; PostgreSQL has pg_dump. The keeper's key is not in it.
    """
    from bridge.service.database_backup import back_up, file_of
    from bridge.service.settings import Settings

    settings = Settings.read(config, rpc_url=rpc_url, deployment=deployment, database=database)
    source = settings.database
    if not source:
        path = open_session(settings.rpc_url, settings.deployment).path
        source = str(settings.database_beside(path))
    content = back_up(file_of(source), file)
    report(
        {"file": str(file), "block": content.block, "entries": content.entries},
        f"{file}: {content.entries} entries up to block {content.block}",
        as_json=as_json,
    )


def restore(
    file: BackupFile,
    config: ConfigOption = None,
    rpc_url: ChainUrl = None,
    deployment: DeploymentFile = None,
    database: DatabaseOption = None,
    replace: Annotated[bool, typer.Option("--replace", help="Move what is there aside.")] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Bring a backup back as the database of a bridge that is not running.

    What happened after the backup is followed from the chain again. A transaction that was sent
    since is seen by what it did: nothing is paid twice.
    """
    from bridge.service import database_backup
    from bridge.service.settings import Settings

    settings = Settings.read(config, rpc_url=rpc_url, deployment=deployment, database=database)
    session = open_session(settings.rpc_url, settings.deployment)
    target = database_backup.file_of(settings.database_beside(session.path))
    market = session.deployment.address("FuturesMarket")
    content = database_backup.check_restore(
        file, target, session.chain.chain_id, market, replace=replace
    )
    moved = None if dry_run else database_backup.restore(file, target)
    report(
        {
            "dry_run": dry_run,
            "database": str(target),
            "block": content.block,
            "entries": content.entries,
            "moved": None if moved is None else str(moved),
        },
        f"{'would restore' if dry_run else 'restored'} {target}: {content.entries} entries up to "
        f"block {content.block}",
        *([] if moved is None else [f"the database that was there is now {moved}"]),
        as_json=as_json,
    )
