"""What anyone may have on a test chain: coins for gas, and test tokens of each kind."""

from typing import Any, Final

from pargrade.bindings.test_token import TestToken
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.hashing import Address
from pargrade.deployment.session import Session
from pargrade.deployment.token import Token

TOKENS: Final = 1_000
QUOTE: Final = 100_000
"""Whole tokens a call of the faucet gives: of each network, and to pay with."""

COINS: Final = 10 * 10**18
"""Wei for gas, to an account that has less."""


def mint_calls(session: Session, account: Address) -> list[Call[Any]]:
    """Mints of each grade's token, and of the quote token. Only test tokens take them.

    Raises NoContract.
    """
    whole = {grade.token: TOKENS for grade in session.deployment.grades.values()}
    whole[session.deployment.quote_token] = QUOTE
    calls: list[Call[Any]] = []
    for address, tokens in whole.items():
        decimals = Token.read(session.chain, address, Tag.LATEST).decimals
        calls.append(TestToken(session.chain, address).mint(account, tokens * 10**decimals))
    return calls


def missing_coins(session: Session, account: Address) -> int:
    """Wei that an account lacks to have COINS; none for a contract, which pays no gas."""
    if session.chain.code(account, block=Tag.LATEST):
        return 0
    return max(0, COINS - session.chain.balance(account, block=Tag.LATEST))


def transfer_coins(account: Address, wei: int) -> Call[None]:
    """A transfer of the chain's coin."""
    return Call(account, b"", "transfer of coins", None, {}, wei)
