"""What was about to be sent: rows written before a transaction leaves, read again after a crash."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    delete,
    func,
    insert,
    select,
    update,
)

from bridge.outbox.records import (
    Attempt,
    Inclusion,
    Intent,
    Outcome,
    ProvisionalOutcome,
    Verdict,
)
from bridge.outbox.tables import attempt, inclusion, intent, outcome
from pargrade.chain.fee_budget import Expense
from pargrade.chain.fees import Fees
from pargrade.chain.hashing import Address
from pargrade.database import RowRefused, to_text, transaction


class Intents:
    """One sender's intents. An intent with an outcome is closed, until a re-org opens it again."""

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

    def add(self, to: Intent, another: Attempt) -> None:
        """Writes a further attempt, after those that another process wrote meanwhile."""
        with transaction(self._engine) as connection:
            highest = select(func.max(attempt.c.number)).where(attempt.c.intent == to.id)
            number = connection.execute(highest).scalar_one()
            connection.execute(insert(attempt).values(_attempt_row(to.id, number + 1, another)))

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
                if end.inclusion is not None:
                    included = _inclusion_row(which.id, end.inclusion)
                    connection.execute(insert(inclusion).values(included))
        except RowRefused:
            return

    def reopen(self, number: int) -> None:
        """Takes an outcome back: the intent is open again. Nothing where it is open."""
        with transaction(self._engine) as connection:
            connection.execute(delete(inclusion).where(inclusion.c.intent == number))
            connection.execute(delete(outcome).where(outcome.c.intent == number))

    def mark_final(self, number: int) -> None:
        """Keeps an outcome for good."""
        with transaction(self._engine) as connection:
            which = inclusion.c.intent == number
            connection.execute(update(inclusion).where(which).values(is_final=True))

    def discard_before(self, timestamp: int) -> int:
        """Removes intents that ended finally in blocks before a time, Unix seconds.

        With them go older ones that ended in no block. Returns how many went.
        """
        newest = select(func.max(inclusion.c.intent)).join(intent)
        with transaction(self._engine) as connection:
            last = connection.execute(
                newest.where(intent.c.sender == self.sender, *_is_over(timestamp))
            ).scalar_one()
            if last is None:
                return 0
            over = self._over_up_to(last, timestamp)
            numbers = list(connection.execute(over).scalars())
            for column in (inclusion.c.intent, outcome.c.intent, attempt.c.intent, intent.c.id):
                connection.execute(delete(column.table).where(column.in_(numbers)))
        return len(numbers)

    def open(self) -> list[Intent]:
        """Intents without an outcome, in order of nonce."""
        closed = select(outcome.c.intent)
        unfinished = self._mine().where(intent.c.id.not_in(closed))
        return self._read(unfinished.order_by(intent.c.nonce, intent.c.id))

    def open_cost(self, own: Iterable[int] = ()) -> int:
        """What intents without an outcome may cost at most, wei; those of `own` are left out."""
        return sum(intent.most_cost for intent in self.open() if intent.id not in own)

    def newest_with_nonce(self, nonce: int) -> Intent | None:
        """The intent that was given a nonce last, open or closed."""
        newest_first = self._mine().where(intent.c.nonce == nonce).order_by(intent.c.id.desc())
        found = self._read(newest_first.limit(1))
        return found[0] if found else None

    def read(self, number: int) -> Intent:
        """An intent, with what other processes signed for it."""
        found = self.find(number)
        assert found is not None
        return found

    def find(self, number: int) -> Intent | None:
        """An intent, or None where it is gone."""
        found = self._read(self._mine().where(intent.c.id == number))
        return found[0] if found else None

    def find_by_hash(self, tx_hash: bytes) -> Intent | None:
        """The intent that a transaction was signed for; None for a stranger's."""
        signed_for = select(attempt.c.intent).where(attempt.c.tx_hash == tx_hash)
        found = self._read(self._mine().where(intent.c.id.in_(signed_for)))
        return found[0] if found else None

    def provisional(self) -> list[ProvisionalOutcome]:
        """Outcomes that are not final yet, in order of nonce."""
        joined = select(intent, inclusion).join(inclusion).where(intent.c.sender == self.sender)
        wanted = joined.where(inclusion.c.is_final.is_(False)).order_by(intent.c.nonce, intent.c.id)
        with transaction(self._engine) as connection:
            return [
                ProvisionalOutcome(row.id, row.act, row.block, row.block_hash)
                for row in connection.execute(wanted)
            ]

    def outcomes(self) -> list[Outcome]:
        """How every closed intent ended, in order."""
        joined = select(
            *(intent.c.act, outcome.c.verdict, outcome.c.tx_hash, outcome.c.gas_used),
            outcome.c.block.label("mined_in"),
            *(inclusion.c.block, inclusion.c.block_hash),
            *(inclusion.c.timestamp, inclusion.c.gas_price),
        ).select_from(intent.join(outcome).outerjoin(inclusion))
        with transaction(self._engine) as connection:
            mine = joined.where(intent.c.sender == self.sender).order_by(intent.c.id)
            return [_outcome(row) for row in connection.execute(mine)]

    def count(self, verdict: Verdict) -> int:
        """How many intents ended so."""
        ended = select(func.count()).select_from(intent.join(outcome))
        mine = ended.where(intent.c.sender == self.sender, outcome.c.verdict == verdict.value)
        with transaction(self._engine) as connection:
            return int(connection.execute(mine).scalar_one())

    def expenses(self, since: int) -> list[Expense]:
        """What transactions mined after `since` (Unix seconds) cost, oldest first."""
        joined = select(inclusion.c.timestamp, inclusion.c.gas_price, outcome.c.gas_used)
        recent = joined.select_from(intent.join(outcome).join(inclusion)).where(
            intent.c.sender == self.sender,
            inclusion.c.timestamp > since,
            outcome.c.gas_used.is_not(None),
        )
        with transaction(self._engine) as connection:
            return [
                Expense(row.timestamp, row.gas_used * int(row.gas_price))
                for row in connection.execute(recent.order_by(inclusion.c.timestamp))
            ]

    def close(self) -> None:
        """Closes every connection to the database."""
        self._engine.dispose()

    def _over_up_to(self, last: int, timestamp: int) -> Select[Any]:
        """Numbers of intents up to one that nothing needs any more."""
        joined = select(intent.c.id).select_from(intent.join(outcome).outerjoin(inclusion))
        no_time = inclusion.c.intent.is_(None) | (inclusion.c.timestamp == 0)
        is_final = inclusion.c.intent.is_(None) | inclusion.c.is_final.is_(True)
        return joined.where(
            intent.c.sender == self.sender,
            intent.c.id <= last,
            no_time | (inclusion.c.timestamp < timestamp),
            is_final,
        )

    def _mine(self) -> Select[Any]:
        return select(intent).where(intent.c.sender == self.sender)

    def _read(self, wanted: Select[Any]) -> list[Intent]:
        with transaction(self._engine) as connection:
            rows = connection.execute(wanted).all()
            return [_intent(row, _attempts(connection, row.id)) for row in rows]


def _is_over(timestamp: int) -> tuple[ColumnElement[bool], ...]:
    is_old = (inclusion.c.timestamp > 0) & (inclusion.c.timestamp < timestamp)
    return (is_old, inclusion.c.is_final.is_(True))


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


def _inclusion_row(number: int, seen: Inclusion) -> dict[str, Any]:
    return {
        "intent": number,
        "block": seen.number,
        "block_hash": seen.hash,
        "timestamp": seen.timestamp,
        "gas_price": to_text(seen.gas_price),
        "is_final": False,
    }


def _intent(row: Any, attempts: tuple[Attempt, ...]) -> Intent:
    contract = Address(row.contract)
    return Intent(row.id, row.act, contract, row.data, row.nonce, row.gas, attempts)


def _outcome(row: Any) -> Outcome:
    seen = None
    if row.block is not None:
        seen = Inclusion(row.block, row.block_hash, row.timestamp, int(row.gas_price))
    verdict = Verdict(row.verdict)
    return Outcome(row.act, verdict, row.tx_hash, row.mined_in, row.gas_used, seen)
