import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.keeper.batches import BadPage, Paging, next_page
from pargrade.chain.errors import RevertedWithReason, RpcRefused
from pargrade.chain.transaction import MOST_GAS

BASE, EACH = 50_000, 40_000


def all_pages(holders: list[int], paging: Paging, poison: frozenset[int]) -> tuple[list[int], ...]:
    """Pays everyone the way the keeper does: pages while they fit, else skips the first one."""

    def gas_limit(page: tuple[int, ...]) -> int:
        if poison & set(page):
            raise RevertedWithReason("refused")
        return BASE + EACH * len(page)

    paid: list[int] = []
    skipped: list[int] = []
    sizes: list[int] = []
    while holders:
        found = next_page(holders, paging, gas_limit)
        if found is None:
            skipped.append(holders.pop(0))
            continue
        page, gas = found
        assert gas == gas_limit(page) <= paging.most_gas
        paid += page
        sizes.append(len(page))
        holders = holders[len(page) :]
    return paid, skipped, sizes


@given(
    count=st.integers(0, 60),
    size=st.integers(1, 30),
    most_gas=st.integers(BASE + EACH, 2_000_000),
    poison=st.frozensets(st.integers(0, 59), max_size=8),
)
def test_pages__any_holders_and_limits__each_paid_or_skipped_once_and_only_the_unpayable_skipped(
    count: int, size: int, most_gas: int, poison: frozenset[int]
) -> None:
    everyone = list(range(count))
    paid, skipped, sizes = all_pages(list(everyone), Paging(size, most_gas), poison)
    assert sorted(paid + skipped) == everyone
    assert set(skipped) == poison & set(everyone)
    assert all(length <= size for length in sizes)


def test_next_page__nobody_left__none() -> None:
    assert next_page([], Paging(), lambda _: 1) is None


def test_next_page__endpoint_refuses_the_estimate__halved_like_a_revert() -> None:
    def gas_limit(page: tuple[str, ...]) -> int:
        if len(page) > 2:
            raise RpcRefused("eth_estimateGas", -32000, "gas required exceeds allowance")
        return 100_000

    assert next_page(list("abcdefgh"), Paging(), gas_limit) == (("a", "b"), 100_000)


@pytest.mark.parametrize(("size", "gas"), [(0, MOST_GAS), (1, MOST_GAS + 1), (1, 20_999)])
def test_paging__nobody_could_fit__refused(size: int, gas: int) -> None:
    with pytest.raises(BadPage):
        Paging(size, gas)
