"""Opening, settling and redeeming, of two series that differ in nothing but open interest."""

from collections.abc import Iterator
from typing import Final

from rows import Row

from pargrade.bindings.futures_market import SeriesCreated
from pargrade.bindings.structs import SeriesTerms, Style
from pargrade.chain.block import Tag
from receipts.stage import DAY, Stage

REFERENCE: Final = 240_000_000
"""Above any price here, so that LONG is paid in one token: quote."""
EVERYTHING: Final = 2**256 - 1
LIMITS: Final = {
    "open": 110_000,
    "propose": 60_000,
    "settle": 60_000,
    "propose_settle": 170_000,
    "redeem_1": 70_000,
}
"""Opening and the two halves of settling have no bar of their own; theirs only notice a change."""
PEERS: Final = {
    "open": {"UMA LSP create again": 95_600},
    "propose": {"UMA LSP propose": 150_700},
    "settle": {"UMA LSP first settle": 239_600},
    "propose_settle": {"UMA LSP propose and first settle": 390_300},
    "redeem_1": {"UMA LSP later settle": 82_000, "UMA LSP redeem": 92_500},
}


def rows(stage: Stage) -> Iterator[Row]:
    """Of a wallet that holds units already."""
    for call in (
        stage.quote.mint(stage.me, 10**15),
        stage.quote.approve(stage.market.address, EVERYTHING),
        stage.unit.approve(stage.market.address, EVERYTHING),
    ):
        stage.gas(call)
    small, large = _list(stage, 1), _list(stage, 2)
    for series in (small, large):
        _open(stage, series, 1)
    figures = {"open": _open(stage, large, 10**7)}

    proposed = []
    for series in (small, large):
        expiry = stage.market.series(series, at=Tag.LATEST).terms.expiry
        while stage.rounds.slot < expiry:
            stage.rounds.record()
        proposed.append(stage.gas(stage.market.propose(series)))
    stage.chain.advance(stage.rounds.slot + 2 * DAY)
    settled = [stage.gas(stage.market.finalise(series)) for series in (small, large)]
    stage.gas(stage.market.redeem(large, 1, stage.me))
    figures |= {
        "propose": max(proposed),
        "settle": max(settled),
        "propose_settle": max(p + s for p, s in zip(proposed, settled, strict=True)),
        "redeem_1": stage.gas(stage.market.redeem(large, 12_345, stage.me)),
    }
    for name, figure in figures.items():
        yield Row(name, figure, LIMITS[name], "gas", peers=PEERS[name])


def _list(stage: Stage, days_ahead: int) -> int:
    """A series of one day on one grade; its id."""
    start = (stage.rounds.slot // DAY + days_ahead) * DAY
    terms = SeriesTerms(
        index=0,
        start=start,
        expiry=start + DAY,
        reference_price=REFERENCE,
        quote_token=stage.quote.address,
        style=Style.NET,
        units=(stage.unit.address,),
        cap_lots=(10**9,),
    )
    return int(stage.wallet.send(stage.market.create(terms)).event(SeriesCreated).series)


def _open(stage: Stage, series: int, lots: int) -> int:
    """Opens pairs with both sides in one hand; gas."""
    return stage.gas(stage.market.open(series, 0, lots, stage.me, stage.me))
