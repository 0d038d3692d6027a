"""What `pargrade oracle replay` works with."""

from pathlib import Path

from oracle.audit.audit import Auditor, Finding
from oracle.index.method import load_method
from oracle.node.config import NodeConfig
from oracle.node.quote_source import known_quotes
from oracle.node.recording import history_of
from pargrade.chain.rpc import Chain
from pargrade.deployment.submission import Submission, read_submission
from pargrade.errors import PargradeError


class NoConfigs(PargradeError):
    """A folder without configurations of nodes."""

    hint = "Name the folder that `pargrade oracle member init` wrote, or `oracle init`."

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(f"there is no configuration in {folder}")


def read_configs(folder: Path) -> list[NodeConfig]:
    """Every configuration in a folder. Raises NoConfigs, BadConfig."""
    nodes = [NodeConfig.read_file(path) for path in sorted(folder.glob("*.toml"))]
    if not nodes:
        raise NoConfigs(folder)
    return nodes


def redo(
    slot_or_hash: str, folder: Path, sample: Path | None, rpc_url: str, *, from_archive: bool
) -> tuple[Submission, tuple[Finding, ...]]:
    """The round, and what became of every statement in it.

    Raises NoConfigs, NoSuchRound, ForgedRound, and the errors of configurations and sources.
    """
    nodes = read_configs(folder)
    first = nodes[0].chain
    chain = Chain.connect(rpc_url or first.rpc[0], expected=first.id)
    submission = read_submission(chain, first.index, slot_or_hash)

    auditor = Auditor(
        method=load_method(),
        nodes={node.reporter: node for node in nodes},
        history_of=None
        if from_archive
        else lambda node: history_of(sample) if sample else known_quotes(node),
    )
    return submission, auditor.audit(submission)
