"""Reading many blocks' stamps in few exchanges."""

from collections.abc import Sequence
from typing import Any, Final

from pargrade.chain.block import BlockStamp
from pargrade.chain.endpoint.errors import BadAnswer, describe_evidence
from pargrade.chain.errors import UnknownBlock
from pargrade.chain.rpc import Chain

_METHOD: Final = "eth_getBlockByNumber"


def read_blocks(chain: Chain, numbers: Sequence[int]) -> list[BlockStamp]:
    """The blocks at these heights, all from one endpoint. Raises UnknownBlock, BadAnswer."""
    found = []
    many = [(hex(number), False) for number in numbers]
    for number, block in zip(numbers, chain.ask_all(_METHOD, many, _read), strict=True):
        if block is None:
            raise UnknownBlock(str(number))
        if block.number != number:
            evidence = describe_evidence(block.number)
            raise BadAnswer(chain.endpoint, _METHOD, f"block {number}", evidence)
        found.append(block)
    return found


def _read(raw: Any) -> BlockStamp | None:
    return None if raw is None else BlockStamp.of(raw)
