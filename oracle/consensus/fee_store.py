"""What a node's transactions of a day cost, on disk: a cap has to hold over kills.

A file of its own beside the journal: losing it forgets what was paid, and no safety.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    MetaData,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)

from pargrade.chain.fee_budget import Expense, FeeRecord
from pargrade.clock import DAY_S
from pargrade.database import Schema, open_database, sqlite_file, to_text, transaction

FILE: Final = "fees.sqlite"

_BUSY_MS: Final = 1_000

METADATA: Final = MetaData()
_FEE: Final = Table(
    "fee",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("timestamp", BigInteger, nullable=False),
    Column("wei", String(78), nullable=False),
)
FEES: Final = Schema(
    name="fees",
    tables=(METADATA,),
    scripts=Path(__file__).with_name("versions") / "fees",
    head="fees_1",
    unversioned={"fees_1": frozenset(METADATA.tables)},
)


class FeeStore:
    """What one node's key paid. Safe to share between threads.

    Under a cap a transaction is added before it is sent, with the most it may cost, and amended
    when its receipt is seen. Where the process ends before, it counts so for a day. So none is ever
    open.
    """

    def __init__(self, folder: Path) -> None:
        """Opens the file in a folder, made when missing. Raises DatabaseDown."""
        self._lock = threading.Lock()
        self._engine = open_database(sqlite_file(folder / FILE), FEES, busy_ms=_BUSY_MS)
        with transaction(self._engine) as connection:
            rows = connection.execute(select(_FEE).order_by(_FEE.c.id)).all()
        self._known = {row.id: Expense(row.timestamp, int(row.wei)) for row in rows}

    def expenses(self, since: int) -> list[Expense]:
        """What transactions after `since` (Unix seconds by chain time) cost, oldest first."""
        return self.expenses_besides(None, since)

    def besides(self, number: int | None) -> FeeRecord:
        """The record without one of its transactions: that of the nonce that is used again."""
        return _Besides(self, number)

    def expenses_besides(self, number: int | None, since: int) -> list[Expense]:
        """The same as `expenses` without one transaction."""
        with self._lock:
            known = self._known.items()
            return [each for key, each in known if each.timestamp > since and key != number]

    def add(self, timestamp: int, wei: int) -> int:
        """Write down what a transaction cost, or before it is sent the most it may; returns its id.

        Lets go of what is older than a day. Raises DatabaseDown.
        """
        over = timestamp - DAY_S
        row = {"timestamp": timestamp, "wei": to_text(wei)}
        with self._lock:
            with transaction(self._engine) as connection:
                connection.execute(delete(_FEE).where(_FEE.c.timestamp <= over))
                made = connection.execute(insert(_FEE).values(row)).inserted_primary_key
            assert made is not None
            kept = {number: each for number, each in self._known.items() if each.timestamp > over}
            self._known = kept | {made[0]: Expense(timestamp, wei)}
            return int(made[0])

    def amend(self, number: int, timestamp: int, wei: int) -> None:
        """Write down what one that was added before it was sent cost. Raises DatabaseDown."""
        row = {"timestamp": timestamp, "wei": to_text(wei)}
        with self._lock:
            with transaction(self._engine) as connection:
                connection.execute(update(_FEE).where(_FEE.c.id == number).values(row))
            self._known[number] = Expense(timestamp, wei)

    def close(self) -> None:
        """Closes every connection."""
        self._engine.dispose()


@dataclass(frozen=True, slots=True)
class _Besides:
    store: FeeStore
    number: int | None

    def expenses(self, since: int) -> list[Expense]:
        return self.store.expenses_besides(self.number, since)

    def open_cost(self, own: Iterable[int] = ()) -> int:
        return 0
