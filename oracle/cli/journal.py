"""`pargrade oracle new-journal`, `backup` and `restore`, and what `oracle member` has of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from oracle.cli.options import BackupFile, NodeFile, ReplaceJournal
from pargrade.cli.toolkit.options import AsJson, DryRun
from pargrade.cli.toolkit.output import report

if TYPE_CHECKING:
    from oracle.journal.backup import BackupContent, JournalForm
    from oracle.journal.owner import JournalOwner


@dataclass(frozen=True, slots=True)
class JournalWords:
    """How the commands of one kind of journal say what they do."""

    entries: str
    newest: str
    verb: str
    at_start: str
    """What a node does after its journal was brought back."""


_OBSERVED: Final = JournalWords(
    entries="signed observations",
    newest="the newest at",
    verb="signs",
    at_start="at its next start the node signs nothing new up to the slot in progress then",
)


def show_created(
    words: JournalWords,
    path: Path,
    owner: "JournalOwner",
    floor: int,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Say what journal was created, or would be."""
    report(
        {"dry_run": dry_run, "journal": str(path), "floor": floor, **owner.to_settings()},
        f"{'would create' if dry_run else 'created'} {path}",
        f"for {owner.describe()}; {words.verb} after slot {floor}",
        as_json=as_json,
    )


def back_up_journal(
    words: JournalWords, folder: Path, file: Path, form: "JournalForm", *, as_json: bool
) -> None:
    """Copy the journal in a data folder to a file, and say what is in it."""
    from oracle.journal.backup import back_up

    content = back_up(folder, file, form)
    report(
        {"file": str(file), "entries": content.entries, "newest_slot": content.newest_slot},
        f"{file}: {_describe(words, content)}",
        as_json=as_json,
    )


def restore_journal(
    words: JournalWords,
    file: Path,
    folder: Path,
    owner: "JournalOwner",
    form: "JournalForm",
    *,
    replace: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Bring a backup back into a data folder, or say what would be."""
    from oracle.journal import backup

    content = backup.check_restore(file, folder, owner, replace=replace, form=form)
    moved = None if dry_run else backup.restore(file, folder, owner, replace=replace, form=form)
    report(
        {
            "dry_run": dry_run,
            "journal": str(folder),
            "entries": content.entries,
            "newest_slot": content.newest_slot,
            "moved": None if moved is None else str(moved),
        },
        f"{'would restore' if dry_run else 'restored'} {_describe(words, content)}",
        words.at_start,
        *([] if moved is None else [f"the journal that was there is now {moved}"]),
        as_json=as_json,
    )


def _describe(words: JournalWords, content: "BackupContent") -> str:
    return f"{content.entries} {words.entries}, {words.newest} {content.newest_slot}"


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
    show_created(_OBSERVED, path, node.owner, floor, dry_run=dry_run, as_json=as_json)


def backup(config: NodeFile, file: BackupFile, as_json: AsJson = False) -> None:
    """Copy the journal of a node to a file, as it is at one moment, while the node runs or not.

    What the node signed and its evidence of unfinished days are in the file; archived days are
    files in its data folder that never change. The key is not in it.
    """
    from oracle.journal.backup import OBSERVATIONS
    from oracle.node.config import NodeConfig

    node = NodeConfig.read_file(config)
    back_up_journal(_OBSERVED, node.data, file, OBSERVATIONS, as_json=as_json)


def restore(
    config: NodeFile,
    file: BackupFile,
    replace: ReplaceJournal = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Bring a backup back as the journal of a node that is not running.

    What was signed after the backup is unknown to it. At its next start the node asks chain and
    peers, and signs nothing new up to the slot that is in progress then.
    """
    from oracle.journal.backup import OBSERVATIONS
    from oracle.node.config import NodeConfig

    node = NodeConfig.read_file(config)
    restore_journal(
        _OBSERVED,
        file,
        node.data,
        node.owner,
        OBSERVATIONS,
        replace=replace,
        dry_run=dry_run,
        as_json=as_json,
    )
