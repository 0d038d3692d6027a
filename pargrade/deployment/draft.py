"""Where a deployment began, kept beside its file until that is written.

A killed deployment has no file yet. Without this, whoever goes on with it asks for the logs of all
blocks that the chain has; public endpoints give those of some thousand at a time.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pargrade.chain.block import Tag
from pargrade.chain.errors import UnknownBlock
from pargrade.chain.hashing import Address
from pargrade.chain.rpc import Chain
from pargrade.process.shared_file import replace_file


@dataclass(frozen=True, slots=True)
class Draft:
    """The draft of one deployment file."""

    path: Path

    @classmethod
    def beside(cls, file: Path) -> "Draft":
        """That of a deployment file."""
        return cls(file.with_name(f"{file.name}.draft"))

    def begin(self, chain: Chain, governance: Address) -> int:
        """A block that no contract under a governance is older than; called before any is sent.

        It is the head where the governance is still to be created, which is kept for the next run;
        the head of an earlier run that was killed; and 0 where neither is known.
        """
        kept = self._read(chain, governance)
        if kept is not None:
            return kept
        if chain.code(governance, block=Tag.LATEST):
            return 0
        head = chain.head()
        stated = {
            "chain_id": chain.chain_id,
            "governance": governance,
            "block": head.number,
            "block_hash": "0x" + head.hash.hex(),
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(self.path, json.dumps(stated, indent=2) + "\n")
        return head.number

    def end(self) -> None:
        """Forgets it: the file says all of it."""
        self.path.unlink(missing_ok=True)

    def _read(self, chain: Chain, governance: Address) -> int | None:
        """Its block; None for that of another chain, deployment or branch, and for no draft."""
        try:
            stated: Any = json.loads(self.path.read_text(encoding="utf-8"))
            number, block_hash = int(stated["block"]), str(stated["block_hash"])
            is_ours = (stated["chain_id"], stated["governance"]) == (chain.chain_id, governance)
            if is_ours and number >= 0 and "0x" + chain.block(number).hash.hex() == block_hash:
                return number
        except (OSError, ValueError, KeyError, TypeError, UnknownBlock):
            return None
        return None


@dataclass(frozen=True, slots=True)
class EarlierRuns:
    """What is known of when contracts were created before."""

    blocks: Mapping[str, int] = field(default_factory=dict)
    """By name in the deployment file."""
    draft: Draft | None = None
    """None where nothing is kept."""
