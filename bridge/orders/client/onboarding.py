"""What an account has to let the exchange and the market take before its orders can be filled.

Either by transactions of its own, one for each approval, or by signatures that anyone brings to the
exchange in one: permits of the tokens (ERC-2612), and the exchange as operator at the market.
"""

from dataclasses import dataclass
from typing import Any, Final

from pargrade.bindings.futures_exchange import FuturesExchange
from pargrade.bindings.ierc20_metadata import IERC20Metadata
from pargrade.bindings.wrapped_unit import WrappedUnit
from pargrade.chain.abi import BadEncoding
from pargrade.chain.block import BlockStamp
from pargrade.chain.call import Call
from pargrade.chain.errors import Reverted, RpcRefused
from pargrade.chain.hashing import Address
from pargrade.chain.keys import Key
from pargrade.chain.typed_data import Domain
from pargrade.deployment.series import ListedSeries, market_of
from pargrade.deployment.session import Session
from pargrade.futures.permission import OperatorPermit, TokenPermit, market_domain

_WITHOUT_LIMIT: Final = 2**256 - 1
_PLENTY: Final = 2**128
"""An allowance above it needs no renewal."""
_EIP712_FIELDS: Final = b"\x0f"
"""Of EIP-5267: name, version, chain and contract, and no salt or extension."""
_V_OF_EVEN: Final = 27


@dataclass(frozen=True, slots=True)
class Missing:
    """What a series still needs of an account."""

    allowances: tuple[tuple[Address, Address], ...]
    """Token and spender."""
    operator: bool
    """Whether the exchange is not its operator yet."""

    def __bool__(self) -> bool:
        return bool(self.allowances) or self.operator


def read_missing(session: Session, series: ListedSeries, owner: Address) -> Missing:
    """What the chain has not at the block of `series`. Raises ChainError."""
    exchange = session.deployment.address("FuturesExchange")
    market = market_of(session)
    terms, allowances = series.view.terms, list[tuple[Address, Address]]()
    for address in (terms.quote_token, *terms.units):
        token = IERC20Metadata(session.chain, address)
        for spender in (exchange, market.address):
            if token.allowance(owner, spender, block=series.block) < _PLENTY:
                allowances.append((address, spender))
    operator = not market.is_operator(owner, exchange, block=series.block)
    return Missing(tuple(allowances), operator)


def missing_approvals(session: Session, series: ListedSeries, owner: Address) -> list[Call[Any]]:
    """Calls of the owner that a series still needs: approvals, and the exchange as operator.

    Quote and units are approved without limit, for the exchange and for the market; neither takes
    anything without a signed order. Raises ChainError.
    """
    missing, calls = read_missing(session, series, owner), list[Call[Any]]()
    for address, spender in missing.allowances:
        token = IERC20Metadata(session.chain, address)
        calls.append(token.approve(spender, _WITHOUT_LIMIT))
    if missing.operator:
        exchange = session.deployment.address("FuturesExchange")
        calls.append(market_of(session).set_operator(exchange, True))
    return calls


def signed_approvals(
    session: Session, series: ListedSeries, key: Key, deadline: int
) -> list[Call[Any]]:
    """As `missing_approvals`, signed: one call of the exchange that anyone may send.

    Before it stand approvals, which only the owner can send, of tokens that take no permits.
    `deadline` is Unix seconds, the last at which the signatures count. Each part is passed over on
    the chain if it was used already. Raises ChainError.
    """
    missing, calls = read_missing(session, series, key.address), list[Call[Any]]()
    exchange = FuturesExchange(session.chain, session.deployment.address("FuturesExchange"))
    parts, permits = list[Call[Any]](), dict[Address, _Permits | None]()
    for address, spender in missing.allowances:
        if address not in permits:
            permits[address] = _Permits.read(session, address, key.address, series.block)
        found = permits[address]
        if found is None:
            token = IERC20Metadata(session.chain, address)
            calls.append(token.approve(spender, _WITHOUT_LIMIT))
        else:
            parts.append(found.bring(exchange, spender, key, deadline))
    if missing.operator:
        parts.append(_operator(session, exchange, key, deadline, series.block))
    if parts:
        calls.append(exchange.multicall(tuple(part.data for part in parts)))
    return calls


@dataclass(slots=True)
class _Permits:
    """Permits of one owner's tokens, one after the other."""

    token: Address
    domain: Domain
    nonce: int

    @classmethod
    def read(
        cls, session: Session, token: Address, owner: Address, block: BlockStamp
    ) -> "_Permits | None":
        """For whom they are signed, as the token says by EIP-5267; None where it does not."""
        found = WrappedUnit(session.chain, token)
        try:
            stated = found.eip712_domain(block=block)
            nonce = found.nonces(owner, block=block)
        except (Reverted, RpcRefused, BadEncoding):
            return None
        domain = Domain(stated.name, stated.chain_id, stated.verifying_contract, stated.version)
        is_own = (domain.chain_id, domain.contract) == (session.chain.chain_id, token)
        is_plain = stated.fields == _EIP712_FIELDS and not stated.extensions
        return cls(token, domain, nonce) if is_own and is_plain else None

    def bring(
        self, exchange: FuturesExchange, spender: Address, key: Key, deadline: int
    ) -> Call[Any]:
        """The next permit, as the exchange hands it to the token."""
        permit = TokenPermit(key.address, spender, _WITHOUT_LIMIT, self.nonce, deadline)
        self.nonce += 1
        signed = key.sign(permit.digest(self.domain))
        r, s = signed.r.to_bytes(32), signed.s.to_bytes(32)
        return exchange.permit(
            self.token,
            permit.owner,
            spender,
            permit.value,
            deadline,
            _V_OF_EVEN + signed.y_parity,
            r,
            s,
        )


def _operator(
    session: Session, exchange: FuturesExchange, key: Key, deadline: int, block: BlockStamp
) -> Call[Any]:
    market = market_of(session)
    nonce = market.nonces(key.address, block=block)
    permit = OperatorPermit(key.address, exchange.address, True, nonce, deadline)
    domain = market_domain(session.chain.chain_id, market.address)
    return exchange.permit_operator(key.address, deadline, key.sign(permit.digest(domain)).compact)
