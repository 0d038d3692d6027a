"""What happened, read back from the chain at one block: nothing here is remembered from before."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import Any, Final

from pargrade.bindings.futures_exchange import Filled
from pargrade.bindings.futures_market import (
    FuturesMarket,
    Merged,
    Proposed,
    Redeemed,
    Settled,
)
from pargrade.bindings.grade_registry import GradeRegistry
from pargrade.bindings.ierc20_metadata import IERC20Metadata, Transfer
from pargrade.bindings.spot_index_v2 import RoundRecorded, SpotIndexV2
from pargrade.bindings.structs import Phase
from pargrade.bindings.wrapped_unit import Unwrapped, Wrapped, WrappedUnit
from pargrade.chain.block import BlockStamp
from pargrade.chain.hashing import Address
from pargrade.chain.log import Event, Log
from pargrade.chain.rpc import Chain
from pargrade.deployment.file import Deployment

_GAS_OF: Final[dict[str, type[Event]]] = {
    "index_update": RoundRecorded,
    "wrap": Wrapped,
    "unwrap": Unwrapped,
    "fill": Filled,
    "propose": Proposed,
    "settle": Settled,
    "redeem": Redeemed,
}


@dataclass(frozen=True)
class WorldState:
    """All there is to read at one block. Amounts are base units."""

    chain: Chain
    deployment: Deployment
    block: BlockStamp

    @cached_property
    def market(self) -> FuturesMarket:
        """The futures market."""
        return FuturesMarket(self.chain, self.deployment.address("FuturesMarket"))

    @property
    def exchange(self) -> Address:
        """The futures exchange."""
        return self.deployment.address("FuturesExchange")

    @cached_property
    def index(self) -> SpotIndexV2:
        """The spot index."""
        return SpotIndexV2(self.chain, self.deployment.address("SpotIndex"))

    @cached_property
    def units(self) -> dict[str, WrappedUnit]:
        """Wrapped units by the symbol of their grade."""
        grades = self.deployment.grades.items()
        return {symbol: WrappedUnit(self.chain, grade.unit) for symbol, grade in grades}

    @cached_property
    def assets(self) -> dict[Address, str]:
        """Symbols of everything the market can hold, as the tokens themselves state them."""
        tokens = [self.deployment.quote_token, *(unit.address for unit in self.units.values())]
        return {t: IERC20Metadata(self.chain, t).symbol(block=self.block) for t in tokens}

    @cached_property
    def logs(self) -> tuple[Log, ...]:
        """Every log of the deployment, from its first block on."""
        emitters = [
            self.market.address,
            self.index.address,
            self.exchange,
            *self.assets,
            self.deployment.address("GradeRegistry"),
        ]
        return tuple(self.chain.logs(emitters, first=self.deployment.block, last=self.block.number))

    def events(self, kind: type[Event], emitters: Iterable[Address]) -> list[tuple[Log, Any]]:
        """Every event of one kind these contracts announced, in order."""
        known = set(emitters)
        return [
            (log, kind.decode(log))
            for log in self.logs
            if log.topics[0] == kind.TOPIC and log.address in known
        ]


def summary(books: WorldState) -> dict[str, Any]:
    """The summary of a deployment at one block, as written to summary.json."""
    deployment = books.deployment
    return {
        "chain_id": books.chain.chain_id,
        "block": books.block.number,
        "time": books.block.timestamp,
        "contracts": {name: entry.address for name, entry in deployment.contracts.items()},
        "quote_token": deployment.quote_token,
        "index": _index(books),
        "grades": _grades(books),
        "series": {name: _series(books, name) for name in deployment.series},
        "payouts": _payouts(books),
        "conservation": _conservation(books),
        "gas": _gas(books),
    }


def _index(books: WorldState) -> dict[str, Any]:
    status = books.index.status(0, block=books.block)
    rounds = books.events(RoundRecorded, [books.index.address])
    return {
        "name": status.name,
        "value": str(status.latest.value),
        "slot": status.latest.slot,
        "state": status.state.name.lower(),
        "replayed": bool(status.latest.flags & 1),
        "quorum": status.quorum,
        "reporters": list(books.index.reporter_config(block=books.block).reporters),
        "rounds": len(rounds),
    }


def _grades(books: WorldState) -> dict[str, Any]:
    registry = GradeRegistry(books.chain, books.deployment.address("GradeRegistry"))
    found = {}
    for symbol, unit in books.units.items():
        factor = unit.factor(block=books.block)
        token = IERC20Metadata(books.chain, factor.token)
        found[symbol] = {
            "token": factor.token,
            "unit": unit.address,
            "grade_id": "0x" + registry.grade(unit.address, block=books.block).id.hex(),
            "decimals": factor.decimals,
            "factor": str(factor.scu_per_token),
            "locked": str(token.balance_of(unit.address, block=books.block)),
            "units": str(unit.total_supply(block=books.block)),
        }
    return found


def _series(books: WorldState, name: str) -> dict[str, Any]:
    series_id = int(books.deployment.series[name].series_id)
    view = books.market.series(series_id, block=books.block)
    covered = [
        event.coverage
        for _, event in books.events(Proposed, [books.market.address])
        if event.series == series_id
    ]
    final = view.phase >= Phase.SETTLED
    payoff = books.market.payoff(series_id, block=books.block) if final else None
    return {
        "id": str(series_id),
        "style": view.terms.style.name,
        "phase": view.phase.name,
        "A": view.terms.start,
        "B": view.terms.expiry,
        "K": str(view.terms.reference_price),
        "S": str(view.price) if view.price else None,
        "coverage": covered[-1] / (view.terms.expiry - view.terms.start) if covered else None,
        "covered_seconds": covered[-1] if covered else None,
        "lots": view.lots,
        "lots_of": dict(
            zip((_symbol(books, unit) for unit in view.terms.units), view.lots_of, strict=True)
        ),
        "quote_per_lot": str(view.quote_per_lot),
        "payoff": payoff
        and {
            "long_quote": str(payoff.long_quote),
            "short_quote": str(payoff.short_quote),
            "long_units": str(payoff.long_units),
            "short_units": str(payoff.short_units),
        },
    }


def _payouts(books: WorldState) -> dict[str, dict[str, str]]:
    """Per holder and asset, what redemption moved out of the market."""
    paid: dict[Address, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for event, asset in _moved_out(books, Redeemed):
        paid[event.to][asset] += event.value
    return {
        holder: {asset: str(amount) for asset, amount in sorted(assets.items())}
        for holder, assets in sorted(paid.items())
    }


def _conservation(books: WorldState) -> dict[str, dict[str, str]]:
    """Per asset: what pairs locked, what redemption paid, and what is left."""
    merged: dict[str, int] = defaultdict(int)
    paid: dict[str, int] = defaultdict(int)
    for event, asset in _moved_out(books, Merged):
        merged[asset] += event.value
    for event, asset in _moved_out(books, Redeemed):
        paid[asset] += event.value
    result = {}
    for token, asset in books.assets.items():
        taken = sum(
            event.value
            for _, event in books.events(Transfer, [token])
            if event.to == books.market.address
        )
        lock = taken - merged[asset]
        held = IERC20Metadata(books.chain, token).balance_of(
            books.market.address, block=books.block
        )
        result[asset] = {
            "lock": str(lock),
            "payouts": str(paid[asset]),
            "difference": str(lock - paid[asset]),
            "held": str(held),
        }
    return result


def _moved_out(books: WorldState, cause: type[Event]) -> list[tuple[Transfer, str]]:
    """Transfers out of the market in the transactions that announced `cause`."""
    market = books.market.address
    because = {log.tx_hash for log, _ in books.events(cause, [market])}
    return [
        (event, books.assets[log.address])
        for log, event in books.events(Transfer, books.assets)
        if event.from_ == market and log.tx_hash in because
    ]


def _gas(books: WorldState) -> dict[str, int]:
    """Median receipt gas of each act; of a page of redemptions, the share of one holder."""
    emitters = [books.market.address, books.index.address, books.exchange, *books.assets]
    found = {}
    for act, kind in _GAS_OF.items():
        announced: dict[bytes, int] = defaultdict(int)
        for log, event in books.events(kind, emitters):
            if not (isinstance(event, Settled) and event.phase is Phase.DELIVERED):
                announced[log.tx_hash] += 1
        shares = [_gas_used(books.chain, tx) // times for tx, times in announced.items()]
        if shares:
            found[act] = round(median(shares))
    return found


def _gas_used(chain: Chain, tx_hash: bytes) -> int:
    mined = chain.receipt(tx_hash)
    assert mined is not None, "a transaction whose log was read"
    return mined.gas_used


def _symbol(books: WorldState, unit: Address) -> str:
    grades = books.deployment.grades.items()
    return next(symbol for symbol, grade in grades if grade.unit == unit)
