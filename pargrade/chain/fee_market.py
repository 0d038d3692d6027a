"""Asking a chain what gas costs now, with fallbacks for endpoints that lack a method."""

from dataclasses import dataclass
from statistics import median_low
from typing import Any, Final, Self

from pargrade.chain.answers import read_field, read_list, read_object, read_quantity
from pargrade.chain.block import Tag
from pargrade.chain.endpoint.errors import BadAnswer, Malformed
from pargrade.chain.errors import RpcRefused
from pargrade.chain.fees import FeeMarket
from pargrade.chain.rpc import Chain

_BLOCKS: Final = 20
_MEDIAN: Final = 50


@dataclass(frozen=True, slots=True)
class FeeHistory:
    """What recent blocks cost."""

    base_fee: int
    """Of the next block."""
    paid_tip: int | None
    """Median over the blocks that held transactions, each by its own median."""

    @classmethod
    def of(cls, raw: Any) -> Self:
        """The history as JSON-RPC gives it, for one percentile. Raises Malformed."""
        fields = read_object(raw)
        base_fees = read_field(fields, "baseFeePerGas", _read_quantities)
        if not base_fees:
            raise Malformed("a base fee", raw)
        filled = read_field(fields, "gasUsedRatio", _read_ratios)
        rewards = read_list(fields.get("reward") or [], _read_quantities)
        tips = [tips[0] for tips, used in zip(rewards, filled, strict=False) if tips and used > 0]
        return cls(base_fees[-1], median_low(tips) if tips else None)


def read_fee_market(chain: Chain) -> FeeMarket:
    """What gas costs in the next block. Raises RpcDown."""
    try:
        history = chain.ask("eth_feeHistory", (hex(_BLOCKS), "latest", [_MEDIAN]), FeeHistory.of)
    except (RpcRefused, BadAnswer):
        history = FeeHistory(_head_base_fee(chain), None)
    try:
        suggested: int | None = chain.ask("eth_maxPriorityFeePerGas", (), read_quantity)
    except (RpcRefused, BadAnswer):
        suggested = None
    return FeeMarket(history.base_fee, history.paid_tip, suggested)


def _head_base_fee(chain: Chain) -> int:
    def decode(raw: Any) -> int:
        # Chains from before EIP-1559 have none.
        return read_quantity(read_object(raw).get("baseFeePerGas", "0x0"))

    return chain.ask("eth_getBlockByNumber", (Tag.LATEST.value, False), decode)


def _read_quantities(raw: Any) -> list[int]:
    return read_list(raw, read_quantity)


def _read_ratios(raw: Any) -> list[float]:
    return read_list(raw, _read_ratio)


def _read_ratio(raw: Any) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise Malformed("a share", raw)
    return raw
