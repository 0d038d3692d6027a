"""What a node's transactions of a day cost, and what still waits, on disk: both outlive a kill.

A file of its own beside the journal: losing it forgets what was paid, and no safety.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
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
from pargrade.chain.fees import Fees
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
_WAITING: Final = Table(
    "waiting",
    METADATA,
    Column("nonce", BigInteger, primary_key=True, autoincrement=False),
    Column("fee", Integer, ForeignKey("fee.id"), nullable=False),
    Column("max_fee", String(78), nullable=False),
    Column("tip", String(78), nullable=False),
)
FEES: Final = Schema(
    name="fees",
    tables=(METADATA,),
    scripts=Path(__file__).with_name("versions") / "fees",
    head="fees_2",
    unversioned={"fees_1": frozenset({"fee"}), "fees_2": frozenset(METADATA.tables)},
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A transaction that was written down before it was sent, and whose end was not seen."""

    nonce: int
    number: int
    """Of what it costs."""
    fees: Fees
    """The most that was offered for this nonce, of each kind."""


class FeeStore:
    """What one node's key paid and what it waits for. Safe to share between threads.

    A transaction is noted before it is sent, with the most it may cost, and ended with what it did
    cost. Where nobody sees its end, it counts with the most for a day.
    """

    def __init__(self, folder: Path) -> None:
        """Opens the file in a folder, made when missing. Raises DatabaseDown."""
        self._lock = threading.Lock()
        self._engine = open_database(sqlite_file(folder / FILE), FEES, busy_ms=_BUSY_MS)
        with transaction(self._engine) as connection:
            fees = connection.execute(select(_FEE).order_by(_FEE.c.id)).all()
            waits = connection.execute(select(_WAITING)).all()
        self._known = {row.id: Expense(row.timestamp, int(row.wei)) for row in fees}
        self._waiting = {
            row.nonce: Waiting(row.nonce, row.fee, Fees(int(row.max_fee), int(row.tip)))
            for row in waits
        }

    def expenses(self, since: int) -> list[Expense]:
        """What transactions after `since` (Unix seconds by chain time) cost, oldest first."""
        return self.expenses_besides(None, since)

    def besides(self, waiting: Waiting | None) -> FeeRecord:
        """The record without one that waits: for a transaction that takes its nonce."""
        return _Besides(self, None if waiting is None else waiting.number)

    def expenses_besides(self, number: int | None, since: int) -> list[Expense]:
        """The same as `expenses` without one transaction."""
        with self._lock:
            known = self._known.items()
            return [each for key, each in known if each.timestamp > since and key != number]

    def waiting(self, nonce: int) -> Waiting | None:
        """What was noted for a nonce and not seen mined."""
        with self._lock:
            return self._waiting.get(nonce)

    def waiting_above(self, nonce: int) -> list[int]:
        """Nonces above one under which something waits, by rising nonce."""
        with self._lock:
            return sorted(each for each in self._waiting if each > nonce)

    def note(self, timestamp: int, nonce: int, most: int, fees: Fees) -> Waiting:
        """Write down what a transaction may cost at most (wei) before it is sent, at chain time.

        Under a nonce that waits already, it is the greater of the two: one of them is mined.
        Forgets what is over a day old. Raises DatabaseDown.
        """
        with self._change() as connection:
            self._forget_before(connection, timestamp - DAY_S)
            old = self._waiting.get(nonce)
            if old is None:
                row = {"timestamp": timestamp, "wei": to_text(most)}
                made = connection.execute(insert(_FEE).values(row)).inserted_primary_key
                assert made is not None
                noted = Waiting(nonce, int(made[0]), fees)
                connection.execute(
                    insert(_WAITING).values(nonce=nonce, fee=noted.number, **_columns(fees))
                )
            else:
                most = max(most, self._known[old.number].wei)
                self._set_cost(connection, old.number, timestamp, most)
                noted = self._set_fees(connection, old, fees)
            self._known[noted.number] = Expense(timestamp, most)
            self._waiting[nonce] = noted
            return noted

    def offer(self, nonce: int, fees: Fees) -> None:
        """Write down what a replacement offers, before it is sent. Raises DatabaseDown."""
        with self._change() as connection:
            self._waiting[nonce] = self._set_fees(connection, self._waiting[nonce], fees)

    def end(self, nonce: int, timestamp: int, wei: int) -> None:
        """Write down what the transaction of a nonce cost. Raises DatabaseDown."""
        with self._change() as connection:
            number = self._waiting[nonce].number
            self._set_cost(connection, number, timestamp, wei)
            self._release(connection, [nonce])
            self._known[number] = Expense(timestamp, wei)

    def withdraw(self, nonce: int) -> None:
        """Forget a transaction that no node took. Raises DatabaseDown."""
        with self._change() as connection:
            number = self._waiting[nonce].number
            self._release(connection, [nonce])
            connection.execute(delete(_FEE).where(_FEE.c.id == number))
            del self._known[number]

    def release_below(self, nonce: int) -> None:
        """What waits below a nonce that the chain has reached has ended, unseen.

        It goes on to count with the most. Raises DatabaseDown.
        """
        with self._lock:
            over = [each for each in self._waiting if each < nonce]
        if over:
            with self._change() as connection:
                self._release(connection, over)

    def close(self) -> None:
        """Closes every connection."""
        self._engine.dispose()

    @contextmanager
    def _change(self) -> Iterator[Connection]:
        """A transaction of the database; what is in memory follows only where it is written."""
        with self._lock:
            before = dict(self._known), dict(self._waiting)
            try:
                with transaction(self._engine) as connection:
                    yield connection
            except BaseException:
                self._known, self._waiting = before
                raise

    def _forget_before(self, connection: Connection, over: int) -> None:
        # What still waits is kept: it is needed to outbid it.
        held = {each.number for each in self._waiting.values()}
        gone = [n for n, each in self._known.items() if each.timestamp <= over and n not in held]
        connection.execute(delete(_FEE).where(_FEE.c.id.in_(gone)))
        for number in gone:
            del self._known[number]

    def _release(self, connection: Connection, nonces: Iterable[int]) -> None:
        connection.execute(delete(_WAITING).where(_WAITING.c.nonce.in_(nonces)))
        for nonce in nonces:
            del self._waiting[nonce]

    @staticmethod
    def _set_cost(connection: Connection, number: int, timestamp: int, wei: int) -> None:
        row = {"timestamp": timestamp, "wei": to_text(wei)}
        connection.execute(update(_FEE).where(_FEE.c.id == number).values(row))

    @staticmethod
    def _set_fees(connection: Connection, old: Waiting, fees: Fees) -> Waiting:
        dearest = Fees(max(old.fees.max_fee, fees.max_fee), max(old.fees.tip, fees.tip))
        connection.execute(
            update(_WAITING).where(_WAITING.c.nonce == old.nonce).values(_columns(dearest))
        )
        return Waiting(old.nonce, old.number, dearest)


def _columns(fees: Fees) -> dict[str, Any]:
    return {"max_fee": to_text(fees.max_fee), "tip": to_text(fees.tip)}


@dataclass(frozen=True, slots=True)
class _Besides:
    store: FeeStore
    number: int | None

    def expenses(self, since: int) -> list[Expense]:
        return self.store.expenses_besides(self.number, since)

    def open_cost(self, own: Iterable[int] = ()) -> int:
        return 0
