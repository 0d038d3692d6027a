"""Closes the grades whose factor left its band: wrapping stops, unwrapping goes on."""

import logging
from dataclasses import dataclass
from typing import Final

from oracle.factor_guard.look import ClosedGrade, FactorLook, GuardReport, OpenGrade, look_at
from oracle.factor_guard.prices import ReadPrices
from pargrade.bindings.errors import AccessManagedUnauthorized
from pargrade.chain.errors import ChainError
from pargrade.chain.wallet import Wallet
from pargrade.clock import DAY_S
from pargrade.deployment.grade_closing import GradeClosing, grade_closings
from pargrade.deployment.session import Session
from pargrade.factor.drift import WINDOW_DAYS
from pargrade.factor.published import published_tables
from pargrade.factor.table import load_facts

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FactorGuard:
    """Looks at prices and a chain. Nothing is remembered: a look again does only what is left."""

    session: Session
    read_prices: ReadPrices
    wallet: Wallet | None
    """What closes; None to say what should be closed and close nothing."""
    days: int = WINDOW_DAYS

    def look(self) -> GuardReport:
        """Holds the newest table against the newest prices, and closes what left its band.

        Raises ChainError, and what prices raise.
        """
        head = self.session.chain.head()
        table = published_tables()[0]
        rows = self.read_prices(head.timestamp // DAY_S - 2 * self.days)
        found = look_at(rows, table, load_facts(table.method), head.timestamp, self.days)
        for hardware in found.unknown:
            _log.warning("%s: no window of %d days that ends now", hardware, self.days)
        closed: list[ClosedGrade] = []
        left_open: list[OpenGrade] = []
        for closing in self._due(found):
            reason = found.outside[closing.model]
            ended = self._close(closing, reason)
            if isinstance(ended, ClosedGrade):
                _log.warning("closed %s: %s", closing.symbol, reason)
                closed.append(ended)
            else:
                _log.error("%s is open (%s): %s", closing.symbol, ended.obstacle, reason)
                left_open.append(ended)
        return GuardReport(found, tuple(closed), tuple(left_open))

    def _due(self, found: FactorLook) -> list[GradeClosing]:
        if not found.outside:
            return []
        return grade_closings(self.session, self.session.chain.head(), found.outside)

    def _close(self, closing: GradeClosing, reason: str) -> ClosedGrade | OpenGrade:
        if self.wallet is None:
            return OpenGrade(closing, reason, "closing is off")
        try:
            receipt = self.wallet.send(closing.call)
        except AccessManagedUnauthorized:
            return OpenGrade(closing, reason, f"{self.wallet.address} may not close grades")
        except ChainError as failure:
            # Funds and fees, say; the other grades are tried all the same.
            return OpenGrade(closing, reason, str(failure))
        return ClosedGrade(closing, receipt.tx_hash, reason)
