"""Proof of reserves of a route: what is locked, for whom, and what exists for it, signed.

    held >= locked + set aside          at home, in base units of the token
    locked = minted + under way         in steps: to the remote end, and back
    market holds >= market owes         at home, where series take the unit that crosses

All figures of one end are of one final block, which the proof names by its hash, so that anybody
can read them again. No endpoint is believed alone about any of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from bridge.gate.ledger.ends import Followers
from bridge.gate.ledger.follower import GateFollower
from bridge.gate.ledger.reconciliation import compare_books, read_state
from bridge.gate.ledger.way_ledger import OpenMessage
from bridge.gate.route.pair import RoutePair
from bridge.gate.watcher.market_debt import MarketDebt, read_market_debt
from pargrade.bindings.structs import RouteState
from pargrade.canonical import canonical_json
from pargrade.chain.abi import join
from pargrade.chain.block import BlockStamp
from pargrade.chain.hashing import keccak
from pargrade.chain.keys import Signer
from pargrade.chain.rpc import Chain
from pargrade.chain.typed_data import WORD, Domain, TypedData
from pargrade.deployment.grade import ListedGrade
from pargrade.deployment.session import Session

_TYPE: Final = keccak(b"Reserves(bytes32 route,bytes32 document)")


@dataclass(frozen=True, slots=True)
class Reserves:
    """What one route has and owes."""

    route: bytes
    symbol: str
    home: BlockStamp
    remote: BlockStamp
    home_state: RouteState
    minted_steps: int
    locked_steps: int
    out_steps: int
    """Left home, not minted yet."""
    back_steps: int
    """Burned at the remote end or waiting there to leave, not released yet."""
    mismatches: tuple[str, ...]
    grade: dict[str, Any] | None
    """The grade behind it, where the token at home is a wrapped unit."""
    market: MarketDebt | None
    """What series of the home chain owe in this unit; None where none takes it."""

    @property
    def is_covered(self) -> bool:
        """Whether all that exists is locked, and all that is owed is held."""
        owed = self.home_state.locked + self.home_state.set_aside
        balances = self.locked_steps == self.minted_steps + self.out_steps + self.back_steps
        pays = self.market is None or self.market.is_covered
        return self.home_state.held >= owed and balances and pays and not self.mismatches

    def to_json(self) -> dict[str, Any]:
        """For machines; amounts are decimal text, base units or steps by name."""
        return {
            "route": "0x" + self.route.hex(),
            "token": self.symbol,
            "home": _block_json(self.home),
            "remote": _block_json(self.remote),
            "held": str(self.home_state.held),
            "locked": str(self.home_state.locked),
            "set_aside": str(self.home_state.set_aside),
            "locked_steps": str(self.locked_steps),
            "minted_steps": str(self.minted_steps),
            "out_steps": str(self.out_steps),
            "back_steps": str(self.back_steps),
            "is_covered": self.is_covered,
            "mismatches": list(self.mismatches),
            "grade": self.grade,
            "market": None if self.market is None else self.market.to_json(),
            "series": [each.to_json() for each in self.market.series] if self.market else [],
        }


def prove_reserves(pair: RoutePair, followers: Followers) -> Reserves:
    """Reads both ends up to finality and adds them up. Raises ChainError, Unexplained."""
    ledger = followers.sync()
    home, remote = followers.home.head, followers.remote.head
    assert home is not None
    assert remote is not None
    mismatches = [each.describe() for end in followers for each in compare_books(end)]
    out = _steps_under_way(ledger.open_messages(ledger.home))
    back = _steps_under_way(ledger.open_messages(ledger.remote))
    queued = ledger.remote.executed_steps - ledger.remote.sent_steps - ledger.remote.minted
    return Reserves(
        route=pair.route.id,
        symbol=pair.home_token.symbol,
        home=home,
        remote=remote,
        home_state=read_state(followers.home, home),
        minted_steps=ledger.remote.minted,
        locked_steps=ledger.home.locked,
        out_steps=out,
        back_steps=back + queued,
        mismatches=(*mismatches, *ledger.unexplained()),
        grade=_read_grade(pair, followers.home, home),
        market=read_market_debt(pair, followers.home, home),
    )


def sign_reserves(reserves: Reserves, pair: RoutePair, signer: Signer) -> dict[str, Any]:
    """The proof as a document with its hash, its signer and the EIP-712 signature over it."""
    document = reserves.to_json()
    digest = keccak(canonical_json(document))
    home = pair.route.home
    domain = Domain("Pargrade Reserves", home.chain, home.gate)
    struct = keccak(join((WORD, WORD, WORD), (_TYPE, reserves.route, digest)))
    message = {"route": "0x" + reserves.route.hex(), "document": "0x" + digest.hex()}
    fields = (("route", "bytes32"), ("document", "bytes32"))
    data = TypedData(domain, "Reserves", fields, message, domain.digest(struct))
    signature = signer.sign_typed(data)
    return {
        **document,
        "document_hash": "0x" + digest.hex(),
        "signer": signer.address,
        "signature": "0x" + signature.compact.hex(),
    }


def _steps_under_way(messages: Iterable[OpenMessage]) -> int:
    """Steps of open messages that did not go through yet."""
    return sum(
        each.message.crossing.amount.value - (each.arrival.executed if each.arrival else 0)
        for each in messages
    )


def _read_grade(
    pair: RoutePair, follower: GateFollower, block: BlockStamp
) -> dict[str, Any] | None:
    deployment, token = pair.home.deployment, pair.route.home.token
    symbols = [symbol for symbol, grade in deployment.grades.items() if grade.unit == token]
    if not symbols:
        return None

    def read(chain: Chain) -> dict[str, Any]:
        session = Session(chain, deployment, pair.home.path)
        return ListedGrade.read(session, symbols[0], token, block).to_json()

    return follower.witnesses.agree("the grade behind it", read)


def _block_json(block: BlockStamp) -> dict[str, Any]:
    return {"block": block.number, "hash": "0x" + block.hash.hex(), "time": block.timestamp}
