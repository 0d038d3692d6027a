"""What the maker of a world has to quote with: test tokens, minted once and wrapped."""

from typing import Final

from pargrade.bindings.test_token import TestToken
from pargrade.chain.wallet import Wallet
from pargrade.deployment.session import Session
from pargrade.deployment.token import Token
from pargrade.deployment.wrapping import WrappedGrade
from pargrade.devnet.accounts import MAKER
from pargrade.world.months import GRADE

_TOKENS: Final = 50_000
_QUOTE: Final = 1_000_000
"""Whole tokens: what it may hold in each series, several times over."""


def stock_maker(session: Session) -> None:
    """Mints for the maker and wraps what its grade takes. Raises ChainError."""
    wallet, head = Wallet(session.chain, MAKER.key), session.chain.head()
    quote = Token.read(session.chain, session.deployment.quote_token, head)
    grade = session.deployment.grade(GRADE)
    tokens = _TOKENS * 10**grade.decimals
    mint_quote = TestToken(session.chain, session.deployment.quote_token).mint
    wallet.send(mint_quote(MAKER.address, _QUOTE * 10**quote.decimals))
    wallet.send(TestToken(session.chain, grade.token).mint(MAKER.address, tokens))
    for call in WrappedGrade.read(session, GRADE).wrap_calls(MAKER.address, tokens):
        wallet.send(call)
