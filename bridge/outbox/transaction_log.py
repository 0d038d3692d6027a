"""What was about to be sent: rows written before a transaction leaves, read again after a crash."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from bridge.outbox.tables import attempt, intent, outcome
from pargrade.chain.fees import Fees
from pargrade.chain.hashing import Address
from pargrade.chain.sending import SignedTransaction
from pargrade.database import RowRefused, to_text, transaction


class Verdict(Enum):
    """What became of an intent."""

    DONE = "done"
    FAILED = "failed"
    """Mined, and refused by the contract: someone else came first."""
    SUPERSEDED = "superseded"
    """Another transaction of the same sender took its nonce."""
    DROPPED = "dropped"
    """Never reached the chain and no longer needed."""
    PLANNED = "planned"
    """A dry run's: would be sent."""


Attempt = SignedTransaction
"""One signed transaction of an intent."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A call, the nonce it takes, and everything signed for it so far."""

    id: int
    act: str
    """For people."""
    contract: Address
    data: bytes
    nonce: int
    gas: int
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of an intent."""

    act: str
    verdict: Verdict
    tx_hash: bytes | None = None
    block: int | None = None
    gas_used: int | None = None


class Intents:
    """One sender's intents. Rows are only added: an intent with an outcome is closed."""

    def __init__(self, engine: Engine, sender: Address) -> None:
        self._engine = engine
        self.sender = sender

    def record(
        self, act: str, contract: Address, data: bytes, nonce: int, gas: int, first: Attempt
    ) -> Intent:
        """Writes an intent with its first attempt."""
        with transaction(self._engine) as connection:
            values = {"sender": self.sender, "nonce": nonce, "act": act, "gas": gas}
            made = connection.execute(
                insert(intent).values(contract=contract, data=data, **values)
            ).inserted_primary_key
            assert made is not None
            connection.execute(insert(attempt).values(_attempt_row(made[0], 0, first)))
        return Intent(made[0], act, contract, data, nonce, gas, (first,))

    def add(self, to: Intent, another: Attempt) -> Intent:
        """Writes a further attempt."""
        with transaction(self._engine) as connection:
            row = _attempt_row(to.id, len(to.attempts), another)
            connection.execute(insert(attempt).values(row))
        attempts = (*to.attempts, another)
        return Intent(to.id, to.act, to.contract, to.data, to.nonce, to.gas, attempts)

    def conclude(self, which: Intent, end: Outcome) -> None:
        """Closes an intent. Where another process with the same key did, its word stands."""
        row = {
            "intent": which.id,
            "verdict": end.verdict.value,
            "tx_hash": end.tx_hash,
            "block": end.block,
            "gas_used": end.gas_used,
        }
        try:
            with transaction(self._engine) as connection:
                connection.execute(insert(outcome).values(row))
        except RowRefused:
            return

    def open(self) -> list[Intent]:
        """Intents without an outcome, in order of nonce."""
        closed = select(outcome.c.intent)
        wanted = select(intent).where(intent.c.sender == self.sender, intent.c.id.not_in(closed))
        with transaction(self._engine) as connection:
            rows = connection.execute(wanted.order_by(intent.c.nonce, intent.c.id)).all()
            return [_intent(row, _attempts(connection, row.id)) for row in rows]

    def outcomes(self) -> list[Outcome]:
        """How every closed intent ended, in order."""
        joined = select(intent, outcome).join(outcome).order_by(intent.c.id)
        with transaction(self._engine) as connection:
            rows = connection.execute(joined.where(intent.c.sender == self.sender))
            return [
                Outcome(row.act, Verdict(row.verdict), row.tx_hash, row.block, row.gas_used)
                for row in rows
            ]


def _attempts(connection: Connection, number: int) -> tuple[Attempt, ...]:
    rows = connection.execute(
        select(attempt).where(attempt.c.intent == number).order_by(attempt.c.number)
    )
    return tuple(
        Attempt(row.tx_hash, row.raw, Fees(int(row.max_fee), int(row.tip))) for row in rows
    )


def _attempt_row(number: int, position: int, made: Attempt) -> dict[str, Any]:
    return {
        "intent": number,
        "number": position,
        "tx_hash": made.tx_hash,
        "raw": made.raw,
        "max_fee": to_text(made.fees.max_fee),
        "tip": to_text(made.fees.tip),
    }


def _intent(row: Any, attempts: tuple[Attempt, ...]) -> Intent:
    contract = Address(row.contract)
    return Intent(row.id, row.act, contract, row.data, row.nonce, row.gas, attempts)
