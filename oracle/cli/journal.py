"""`pargrade oracle new-journal`, `backup` and `restore`: what happens to journals on purpose."""

from pathlib import Path
from typing import Annotated

import typer

from oracle.cli.options import NodeFile
from pargrade.cli.toolkit.options import AsJson, DryRun
from pargrade.cli.toolkit.output import report

BackupFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="The backup, one SQLite file.", dir_okay=False)
]


def new_journal(config: NodeFile, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Create the journal of a node, on purpose: only for a key whose journal is lost, or new.

    `oracle run` never does so by itself, since a key without its journal could sign two contents
    for one slot. The node signs nothing up to the slot that is in progress now, on any endpoint of
    its configuration. Bring a backup back instead where there is one (`oracle restore`).
    """
    from oracle.journal.journal import FILE, create_journal
    from oracle.journal.watermark import measure_floor
    from oracle.node.config import NodeConfig
    from pargrade.journal.refusals import JournalExists

    node = NodeConfig.read(config)
    path = node.data / FILE
    if path.exists():
        raise JournalExists(path)
    floor = measure_floor(node.chain.index, node.outside())
    if not dry_run:
        create_journal(node.data, node.owner, floor)
    report(
        {"dry_run": dry_run, "journal": str(path), "floor": floor, **node.owner.to_settings()},
        f"{'would create' if dry_run else 'created'} {path}",
        f"for {node.owner.describe()}; signs after slot {floor}",
        as_json=as_json,
    )


def backup(config: NodeFile, file: BackupFile, as_json: AsJson = False) -> None:
    """Copy the journal of a node to a file, as it is at one moment, while the node runs or not.

    What the node signed and its evidence of unfinished days are in the file; archived days are
    files in its data folder that never change. The key is not in it.
    """
    from oracle.journal.backup import back_up
    from oracle.node.config import NodeConfig

    node = NodeConfig.read_file(config)
    content = back_up(node.data, file)
    report(
        {"file": str(file), "entries": content.entries, "newest_slot": content.newest_slot},
        f"{file}: {content.entries} signed observations, the newest at {content.newest_slot}",
        as_json=as_json,
    )


def restore(
    config: NodeFile,
    file: BackupFile,
    replace: Annotated[bool, typer.Option("--replace", help="Move what is there aside.")] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Bring a backup back as the journal of a node that is not running.

    What was signed after the backup is unknown to it. At its next start the node asks chain and
    peers, and signs nothing new up to the slot that is in progress then.
    """
    from oracle.journal.backup import check_restore
    from oracle.journal.backup import restore as bring_back
    from oracle.node.config import NodeConfig

    node = NodeConfig.read_file(config)
    content = check_restore(file, node.data, node.owner, replace=replace)
    moved = None if dry_run else bring_back(file, node.data, node.owner, replace=replace)
    report(
        {
            "dry_run": dry_run,
            "journal": str(node.data),
            "entries": content.entries,
            "newest_slot": content.newest_slot,
            "moved": None if moved is None else str(moved),
        },
        f"{'would restore' if dry_run else 'restored'} {content.entries} signed observations, "
        f"the newest at {content.newest_slot}",
        "at its next start the node signs nothing new up to the slot in progress then",
        *([] if moved is None else [f"the journal that was there is now {moved}"]),
        as_json=as_json,
    )
