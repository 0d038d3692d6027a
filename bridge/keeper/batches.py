"""Holders in pages that fit into a transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from pargrade.chain.errors import Reverted, RpcRefused
from pargrade.chain.transaction import MOST_GAS
from pargrade.errors import PargradeError

H = TypeVar("H")

PAGE: Final = 20
"""Holders per page, unless gas asks for fewer."""


class BadPage(PargradeError):
    """A page size or gas limit that can hold nobody."""

    def __init__(self, size: int, most_gas: int) -> None:
        self.size = size
        self.most_gas = most_gas
        self.hint = f"Take at least one holder per page and at most {MOST_GAS} gas."
        super().__init__(f"no page can have {size} holders within {most_gas} gas")


@dataclass(frozen=True, slots=True)
class Paging:
    """How big a page may be."""

    size: int = PAGE
    most_gas: int = MOST_GAS
    """Gas limit, margin included."""

    def __post_init__(self) -> None:
        if self.size < 1 or not 21_000 <= self.most_gas <= MOST_GAS:
            raise BadPage(self.size, self.most_gas)


def next_page(
    holders: Sequence[H], paging: Paging, gas_limit: Callable[[tuple[H, ...]], int]
) -> tuple[tuple[H, ...], int] | None:
    """The first holders that fit, and their gas limit; None when not even the first one does.

    `gas_limit` estimates a page, or raises Reverted or RpcRefused when it cannot go through. The
    page is halved until it fits, so one holder who cannot be paid costs the others nothing: alone
    in a page at last, it is the caller's to skip.
    """
    size = min(paging.size, len(holders))
    while size:
        page = tuple(holders[:size])
        try:
            gas = gas_limit(page)
        except (Reverted, RpcRefused):
            gas = None
        if gas is not None and gas <= paging.most_gas:
            return page, gas
        size //= 2
    return None
