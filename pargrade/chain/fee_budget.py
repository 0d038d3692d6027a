"""The cap on what one key pays for gas in 24 hours of chain time, over restarts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from pargrade.chain.errors import ChainError, FeesAboveCap
from pargrade.chain.fees import COIN_DECIMALS, FeePolicy
from pargrade.chain.rpc import Chain
from pargrade.clock import DAY_S
from pargrade.text import amount, moment


@dataclass(frozen=True, slots=True)
class Expense:
    """What one mined transaction cost."""

    timestamp: int
    """Of its block, Unix seconds."""
    wei: int


class FeeRecord(Protocol):
    """What one key paid, kept over restarts."""

    def expenses(self, since: int) -> Sequence[Expense]:
        """What transactions mined after `since` (Unix seconds) cost, oldest first."""

    def open_cost(self, own: Iterable[int] = ()) -> int:
        """What transactions that have not ended may cost at most, wei; those of `own` are left out.

        A record that counts them as expenses from the start has none.
        """


class FeesAboveDailyCap(ChainError):
    """A transaction could take what was paid for gas in 24 hours above the cap."""

    def __init__(self, spending: "Spending", wanted: int, cap: int) -> None:
        """`wanted` is the least that the transaction may cost, wei."""
        self.spending = spending
        self.wanted = wanted
        self.cap = cap
        self.frees_at = spending.frees_at(cap, wanted)
        """Unix seconds by chain time; None when no waiting helps."""
        if self.frees_at is None:
            self.hint = (
                "Raise max_fee_per_day (--max-fee-per-day): what is open and this one alone are "
                "above it."
            )
        else:
            self.hint = f"Enough is free again at {moment(self.frees_at)}, or raise the cap."
        super().__init__(
            f"{_coins(spending.spent)} were paid for gas in 24 hours, open transactions may cost "
            f"{_coins(spending.open)} and this one {_coins(wanted)}: "
            f"the cap per day is {_coins(cap)}"
        )


@dataclass(frozen=True, slots=True)
class Spending:
    """What 24 hours cost so far, in wei."""

    expenses: tuple[Expense, ...]
    """Of mined transactions, oldest first."""
    open: int
    """What open transactions may cost at most."""

    @property
    def spent(self) -> int:
        """Of mined transactions."""
        return sum(expense.wei for expense in self.expenses)

    def left(self, cap: int) -> int:
        """What a further transaction may cost; at least 0."""
        return max(cap - self.spent - self.open, 0)

    def frees_at(self, cap: int, wanted: int) -> int | None:
        """When enough expenses are a day old for `wanted` to fit, Unix seconds."""
        missing = self.spent + self.open + wanted - cap
        for expense in self.expenses:
            missing -= expense.wei
            if missing <= 0:
                return expense.timestamp + DAY_S
        return None


class FeeBudget:
    """One key's budget: what the day leaves, as a cap on the next transaction."""

    def __init__(self, chain: Chain, record: FeeRecord, policy: FeePolicy) -> None:
        self._chain = chain
        self._record = record
        self.policy = policy

    def policy_for(self, *own: int) -> FeePolicy:
        """The policy with what the day leaves as a cap on the transaction's cost.

        `own` are ids of what does not count as open: the transaction that the policy is for.
        """
        cap = self.policy.max_cost_per_day
        if cap is None:
            return self.policy
        left = self.read_spending(own).left(cap)
        most = self.policy.max_cost
        return replace(self.policy, max_cost=left if most is None else min(most, left))

    def explain(self, above: FeesAboveCap, gas: int) -> ChainError:
        """The error to raise for a transaction of so much gas that a cap forbids."""
        cap = self.policy.max_cost_per_day
        if cap is None or above.asked > self.policy.cap(gas):
            return above
        return FeesAboveDailyCap(self.read_spending(()), above.asked * gas, cap)

    def read_spending(self, own: Iterable[int]) -> Spending:
        """What the 24 hours before the newest block cost."""
        expenses = self._record.expenses(self._chain.head().timestamp - DAY_S)
        return Spending(tuple(expenses), self._record.open_cost(own))


def _coins(wei: int) -> str:
    return amount(wei, COIN_DECIMALS, "coins")
