"""What an account holds against what its transactions of the next 30 days will cost."""

from dataclasses import dataclass

from pargrade.chain.block import Tag
from pargrade.chain.fee_market import read_fee_market
from pargrade.chain.fees import COIN_DECIMALS, FeePolicy
from pargrade.chain.hashing import Address
from pargrade.chain.rpc import Chain
from pargrade.check.result import CheckResult
from pargrade.text import amount

DAYS = 30


@dataclass(frozen=True, slots=True)
class Need:
    """What 30 days cost."""

    wei: int
    because: str
    """What it was computed from, for people."""


def estimate_need(chain: Chain, transactions: int, gas: int) -> Need:
    """What so many transactions cost at what the chain asks now, with the reserve for a rise."""
    fees = FeePolicy().offer(read_fee_market(chain), gas)
    because = f"{transactions} transactions of {gas:,} gas at {fees.max_fee:,} wei"
    return Need(transactions * gas * fees.max_fee, because)


def check_balance(chain: Chain, account: Address, need: Need) -> CheckResult:
    """Raises the chain's errors."""
    held = chain.balance(account, block=Tag.LATEST)
    subject = f"balance of {account}"
    found = f"{_coins(held)}; {DAYS} days cost about {_coins(need.wei)} ({need.because})"
    if held == 0:
        return CheckResult.wrong(
            subject, found, "Send coins of the chain to it: it can send nothing."
        )
    if held < need.wei:
        return CheckResult.warning(subject, found, f"Send it {_coins(need.wei - held)} or more.")
    return CheckResult.ok(subject, found)


def _coins(wei: int) -> str:
    return amount(wei, COIN_DECIMALS, "coins")
