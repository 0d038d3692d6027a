"""Finality: which block of the chain is read as unchangeable."""

from dataclasses import dataclass
from typing import Final

from pargrade.chain.block import BlockStamp, Tag
from pargrade.chain.rpc import Chain
from pargrade.errors import PargradeError

_TAGS: Final = {tag.value: tag for tag in (Tag.FINALIZED, Tag.SAFE, Tag.LATEST)}


class BadFinality(PargradeError):
    """A text that is neither a tag nor a number of blocks."""

    hint = "Say finalized, safe, latest, or how many blocks must be on top."

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"{text!r} is no finality")


@dataclass(frozen=True, slots=True)
class Finality:
    """The rule for the newest block that counts. A deeper re-org is rolled back all the same."""

    tag: Tag = Tag.FINALIZED
    confirmations: int = 0
    """Blocks between that block and the block of `tag`."""

    @classmethod
    def parse(cls, text: str) -> "Finality":
        """A tag, or a number of confirmations. Raises BadFinality."""
        if text in _TAGS:
            return cls(_TAGS[text])
        if text.isascii() and text.isdigit():
            return cls(Tag.LATEST, int(text))
        raise BadFinality(text)

    def to_text(self) -> str:
        """What `parse` reads."""
        return str(self.confirmations) if self.confirmations else self.tag.value

    def head(self, chain: Chain) -> BlockStamp:
        """The newest block that counts; block 0 while the chain is too short."""
        head = chain.block(self.tag)
        if self.confirmations == 0:
            return head
        return chain.block(max(head.number - self.confirmations, 0))
