"""The newest call takes the nonce of one that waits, over kills, endpoints and other processes."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from oracle.consensus.fee_store import FeeStore
from oracle.consensus.replacing_sender import ReplacingSender
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.errors import StuckTransaction, UnfundedWallet
from pargrade.chain.fee_budget import FeesAboveDailyCap
from pargrade.chain.fees import FeePolicy, Fees
from pargrade.chain.hashing import Address, parse_address
from pargrade.chain.keys import Key
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.devnet.anvil import DevChain, devnet_keys
from tests.support.mining import mine_once_known

GAS = 21_000
KEY = devnet_keys()[3]
PATIENT = FeePolicy(patience=30, attempts=2)
HASTY = FeePolicy(patience=0.05, attempts=1)


@contextmanager
def process(
    chain: Chain, folder: Path, policy: FeePolicy = PATIENT, key: Key = KEY
) -> Iterator[ReplacingSender]:
    """A sender as a process that has just started has it."""
    record = FeeStore(folder)
    try:
        yield ReplacingSender(chain, key, policy, record)
    finally:
        record.close()


def pay(number: int) -> Call[Any]:
    """A call that leaves one wei with an address of its own."""
    return Call(recipient(number), b"", "pay", None, {}, value=1)


def recipient(number: int) -> Address:
    return parse_address(f"0x{0xABC000 + number:040x}")


def paid(chain: Chain, number: int) -> bool:
    return chain.balance(recipient(number), block=Tag.LATEST) == 1


def stick(chain: DevChain, folder: Path, number: int, policy: FeePolicy = HASTY) -> None:
    """Leaves a call in the node's pool, as a process does that gives up or is killed."""
    chain.pause_mining()
    with process(chain, folder, policy) as sender, pytest.raises(StuckTransaction):
        sender.send(pay(number), GAS)


def recorded(folder: Path) -> int:
    record = FeeStore(folder)
    try:
        return sum(expense.wei for expense in record.expenses(0))
    finally:
        record.close()


def test_send__an_older_one_waits_since_before_a_restart__takes_its_nonce_and_one_is_paid(
    chain: DevChain, tmp_path: Path
) -> None:
    nonce = chain.nonce(KEY.address, block=Tag.LATEST)
    stick(chain, tmp_path, 1)
    miner = threading.Thread(target=mine_once_known, args=(chain, recipient(2)))
    miner.start()
    with process(chain, tmp_path) as sender:
        receipt = sender.send(pay(2), GAS)
    miner.join()
    assert (paid(chain, 1), paid(chain, 2)) == (False, True)
    assert chain.nonce(KEY.address, block=Tag.LATEST) == nonce + 1
    assert recorded(tmp_path) == receipt.fee


def test_send__many_restarts_while_nothing_is_mined__last_one_alone_lands(
    chain: DevChain, tmp_path: Path
) -> None:
    for number in range(3):
        stick(chain, tmp_path, number)
    chain.resume_mining()
    chain.mine()
    assert sum(paid(chain, number) for number in range(3)) == 1
    with process(chain, tmp_path) as sender:
        sender.send(pay(9), GAS)
    assert paid(chain, 9)


def test_send__another_process_waits_under_its_nonce__takes_the_next_and_outbids_nobody(
    chain: DevChain, tmp_path: Path
) -> None:
    chain.pause_mining()
    other = Wallet(chain, KEY).submit(pay(1), gas=GAS)
    for number in (2, 3):
        with process(chain, tmp_path, HASTY) as sender, pytest.raises(StuckTransaction) as stuck:
            sender.send(pay(number), GAS)
        assert stuck.value.nonce == other.nonce + 1
    chain.resume_mining()
    chain.mine()
    assert chain.receipt(other.newest.tx_hash) is not None
    assert chain.nonce(KEY.address, block=Tag.LATEST) == other.nonce + 2
    assert sum(paid(chain, number) for number in (2, 3)) == 1


def test_send__what_waits_offers_far_more_than_is_asked__leaves_it_and_counts_both(
    chain: DevChain, tmp_path: Path
) -> None:
    dear = FeePolicy(patience=0.05, attempts=1, base_fee_percent=4_000)
    nonce = chain.nonce(KEY.address, block=Tag.LATEST)
    before = chain.balance(KEY.address, block=Tag.LATEST)
    stick(chain, tmp_path, 1, dear)
    stick(chain, tmp_path, 2)
    chain.resume_mining()
    chain.mine()
    assert chain.nonce(KEY.address, block=Tag.LATEST) == nonce + 2
    assert paid(chain, 1)
    assert paid(chain, 2)
    assert recorded(tmp_path) >= before - chain.balance(KEY.address, block=Tag.LATEST) - 2


def test_send__refused_for_want_of_funds__leaves_no_trace(chain: DevChain, tmp_path: Path) -> None:
    chain.fund(KEY.address, 1)
    with process(chain, tmp_path) as sender, pytest.raises(UnfundedWallet):
        sender.send(pay(1), GAS)
    assert recorded(tmp_path) == 0


def test_store__of_a_nonce_that_is_used__no_longer_waits_and_counts_on(tmp_path: Path) -> None:
    record = FeeStore(tmp_path)
    record.note(100, 7, 50, Fees(2, 1))
    record.offer(7, Fees(1, 3))
    waiting = record.waiting(7)
    assert waiting is not None
    assert waiting.fees == Fees(2, 3)
    assert record.waiting_above(6) == [7]
    record.release_below(8)
    record.close()
    again = FeeStore(tmp_path)
    assert again.waiting(7) is None
    assert [expense.wei for expense in again.expenses(0)] == [50]
    again.close()


@pytest.mark.full
@pytest.mark.parametrize("seed", range(12))
def test_send__whatever_happens_between__what_is_recorded_is_no_less_than_was_paid(
    chain: DevChain, tmp_path: Path, seed: int
) -> None:
    draw = random.Random(seed)
    before = chain.balance(KEY.address, block=Tag.LATEST)
    cap = 30 * GAS * 10**9
    capped = FeePolicy(patience=0.02, attempts=2, max_cost_per_day=cap)
    others: list[bytes] = []
    for number in range(40):
        event = draw.choice(("send", "send", "send", "pause", "resume", "drop", "other"))
        if event == "send":
            with (
                process(chain, tmp_path, capped) as sender,
                suppress(StuckTransaction, FeesAboveDailyCap),
            ):
                sender.send(pay(number), GAS)
        elif event == "pause":
            chain.pause_mining()
        elif event == "resume":
            chain.resume_mining()
            chain.mine()
        elif event == "drop":
            chain.drop_transactions()
        elif len(others) < 3:
            others.append(Wallet(chain, KEY).submit(pay(40 + number), gas=GAS).newest.tx_hash)
    chain.resume_mining()
    chain.mine(2)
    own = before - chain.balance(KEY.address, block=Tag.LATEST)
    own -= sum(paid(chain, number) for number in range(80))
    for receipt in map(chain.receipt, others):
        own -= 0 if receipt is None else receipt.gas_used * receipt.gas_price
    assert 0 < own <= recorded(tmp_path) <= cap
    with process(chain, tmp_path) as sender:
        assert sender.send(pay(99), GAS).block == chain.head()
