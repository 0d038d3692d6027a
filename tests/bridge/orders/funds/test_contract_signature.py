"""A contract's word about a signature counts as the exchange would take it: within its gas."""

import pytest

from bridge.orders.funds.contract_signature import is_contract_signature
from pargrade.bindings.futures_exchange import FuturesExchange
from pargrade.chain.block import Tag
from pargrade.chain.hashing import Address
from tests.support.market import Market, account

YES = "631626ba7e60e01b60005260206000f3"
"""Returns the magic value in a word."""
LOOP_GAS = 26
SIGNATURE = bytes(range(65))


def says(market: Market, maker: Address, code: str) -> bool:
    market.chain.request("anvil_setCode", maker, f"0x{code}")
    raw = bytes.fromhex(maker[2:])
    return is_contract_signature(market.chain, raw, b"\1" * 32, SIGNATURE, Tag.LATEST)


def after(gas: int) -> str:
    """Code that agrees after so much gas: a loop that counts down."""
    return f"62{gas // LOOP_GAS:06x}5b600190038060045700"[:-2] + YES


@pytest.mark.parametrize(
    ("code", "agrees"),
    [
        (YES, True),
        (after(140_000), True),
        (after(155_000), False),
        (after(3_000_000), False),
        ("", False),
        ("60006000fd", False),
        ("60206000f3", False),
        ("631626ba7e60e01b60005260016000f3", False),
        ("631626ba7e60e01b60010160005260206000f3", False),
    ],
    ids=["yes", "in its gas", "beyond it", "far beyond", "no code", "reverts", "a zero word",
         "a byte", "more than the magic value"],
)  # fmt: skip
def test_contract__that_answers_so__agrees_as_it_would_on_the_chain(
    market: Market, code: str, agrees: bool
) -> None:
    assert says(market, account(70), code) is agrees


def test_gas__is_the_exchanges_own(market: Market) -> None:
    exchange = FuturesExchange(market.chain, market.deployment.address("FuturesExchange"))
    limit = exchange.signature_gas(block=Tag.LATEST)
    assert says(market, account(71), after(limit - 2_000))
    assert not says(market, account(71), after(limit + 2_000))
