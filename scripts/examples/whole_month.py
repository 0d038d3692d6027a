"""A whole delivery month as a program: deploy, wrap, list, open, settle and redeem.

Run it from a checkout: python scripts/examples/whole_month.py [DAYS]. It starts a development chain
of its own, on which the desk takes both sides of one contract, and prints what each side is paid.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from pargrade import deployment as pg
from pargrade.bindings.structs import SeriesTerms, Style
from pargrade.bindings.wrapped_unit import Wrapped
from pargrade.chain import Wallet
from pargrade.clock import DAY_S
from pargrade.devnet import (
    CURATOR,
    DESK,
    KEEPER,
    Devnet,
    open_devnet_session,
    pass_finality,
    record_rounds,
)
from pargrade.futures import lot_value
from pargrade.units import CONTRACT_LOTS, Price

GENESIS = 1_774_915_200
"""2026-03-31T00:00:00Z."""
HOUR_S = 3_600


def main(days: int = 30) -> None:
    """Runs the month; DAYS shortens it."""
    start, expiry, reference = GENESIS + DAY_S, GENESIS + (1 + days) * DAY_S, Price.parse("2.31")
    with TemporaryDirectory() as folder, Devnet(genesis=GENESIS) as devnet:
        chain = devnet.chain
        desk, curator, keeper = (Wallet(chain, actor.key) for actor in (DESK, CURATOR, KEEPER))
        session = open_devnet_session(chain, Path(folder) / "deployment.json")
        record_rounds(session, chain, [GENESIS + HOUR_S], reference)

        grade = pg.WrappedGrade.read(session, "A1GH")
        tokens = 2_000 * 10**grade.token.decimals
        wrapped = pg.carry_out(desk, grade.wrap_calls(desk.address, tokens))[-1].events(Wrapped)[0]
        print(f"wrapped {grade.token.shown(tokens)} into {grade.unit.shown(wrapped.units)}")

        terms = SeriesTerms(
            index=0,
            start=start,
            expiry=expiry,
            reference_price=reference,
            low=0,
            high=0,
            quote_token=session.deployment.quote_token,
            style=Style.NET,
            units=(grade.contract.address,),
            cap_lots=(CONTRACT_LOTS,),
        )
        session = pg.list_series(session, curator, "APRIL", terms).session
        series = pg.ListedSeries.read(session, "APRIL", chain.head())
        pair = pg.Pair(session, series, 0, CONTRACT_LOTS, long=desk.address, short=desk.address)
        pg.carry_out(desk, pair.open_calls(desk.address))
        locked = CONTRACT_LOTS * lot_value(reference, series.quote.decimals)
        print(f"opened one contract; LONG locked {series.quote.shown(locked)}")

        record_rounds(session, chain, range(start, expiry + 1, HOUR_S), Price.parse("2.50"))
        pass_finality(session, chain, expiry)
        pg.carry_out(keeper, pg.settle_calls(session, series))
        chain.advance(chain.head().timestamp + DAY_S + 1)
        pg.carry_out(keeper, pg.settle_calls(session, series))

        series = pg.ListedSeries.read(session, "APRIL", chain.head())
        print(f"APRIL is {series.view.phase.name} at {Price(series.view.price).text()}")
        steps = pg.carry_out(desk, pg.redeem_calls(session, series, desk.address))
        tokens_by_address = {t.contract.address: t for t in (series.quote, grade.unit)}
        logs = (log for step in steps for log in step.logs)
        for payout in pg.read_payouts(pg.market_of(session).address, series, logs):
            print(*payout.row(series, tokens_by_address))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
