"""A slot that was agreed on, as a store lists it, and an epoch that a store does not know."""

from typing import NamedTuple

from pargrade.errors import PargradeError


class AgreedSlot(NamedTuple):
    """A slot that was agreed on, without its contents."""

    slot: int
    """Unix seconds."""
    epoch: int
    root: bytes
    """Input root, 32 bytes."""
    digest: bytes
    """Of the report, 32 bytes."""


class UnknownCommittee(PargradeError):
    """Input sets of an epoch whose committee was never stored."""

    hint = "The file is damaged or of another program: restore it, or fetch the sets from peers."

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch
        super().__init__(f"no committee of epoch {epoch} is stored")
