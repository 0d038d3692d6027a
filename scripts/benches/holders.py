"""scripts/bench holders: a keeper pays ten thousand holders of one series.

holders_10k_s   processor seconds of the keeper from expiry to the last of them redeemed, measured
                on 2,000 and multiplied by five; by the clock beside it
holders_left    holders that have a lot afterwards
"""

import logging
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from rows import Row, report

sys.path.insert(0, str(Path(__file__).parents[2]))

from pargrade.chain.block import Tag
from pargrade.devnet.anvil import Devnet
from tests.support.market import DAY, MIDNIGHT, Market, account
from tests.support.service import serve

HOLDERS: Final = 2_000
OF: Final = 10_000
PASSES: Final = 40


def holder_rows() -> list[Row]:
    """One series, settled and redeemed by passes of a keeper."""
    with Devnet(genesis=MIDNIGHT) as net, tempfile.TemporaryDirectory() as folder:
        market = Market.ready(net)
        series = market.list_series("A1GH")
        market.spread(series, HOLDERS)
        market.cover(MIDNIGHT + DAY, MIDNIGHT + 2 * DAY, 3 * 10**8)
        service = serve(market, f"sqlite:///{Path(folder) / 'ledger.sqlite'}")
        clock, busy = time.perf_counter(), time.process_time()
        for _ in range(PASSES):
            done = service.keep()
            market.chain.advance(market.now + DAY // 2)
            if not done.outcomes and left_of(market, series, HOLDERS) == 0:
                break
        took, used = time.perf_counter() - clock, time.process_time() - busy
        left = left_of(market, series, 1)
    peers = {"by the clock, s": took * OF / HOLDERS}
    return [
        Row("holders_10k_s", used * OF / HOLDERS, 120, "s", peers=peers),
        Row("holders_left", left, 0, "holders"),
    ]


def left_of(market: Market, series: int, step: int) -> int:
    """Holders with a lot, every `step`-th of them."""
    numbers = range(1, HOLDERS + 1, step)
    held = (market.market.balance_of(account(n), series, block=Tag.LATEST) for n in numbers)
    return sum(lots > 0 for lots in held)


def main() -> int:
    """All rows."""
    logging.getLogger().setLevel(logging.ERROR)
    return report(holder_rows(), as_json="--json" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
