"""Why a node did not take a transaction, in the words of every client."""

import pytest

from pargrade.chain.errors import RpcRefused
from pargrade.chain.refusals import Refusal, classify_refusal, find_needed_tip

WORDINGS = [
    ("geth", "already known", Refusal.KNOWN),
    ("anvil", "transaction already imported", Refusal.KNOWN),
    ("nethermind", "AlreadyKnown", Refusal.KNOWN),
    ("besu", "Known transaction", Refusal.KNOWN),
    ("hardhat", "Known transaction: 0x12", Refusal.KNOWN),
    ("openethereum", "Transaction with the same hash was already imported.", Refusal.KNOWN),
    ("erigon", "existing tx with same hash", Refusal.KNOWN),
    ("geth", "nonce too low: next nonce 8, tx nonce 7", Refusal.NONCE_GONE),
    ("nethermind", "OldNonce, Current nonce: 1, nonce of rejected tx: 0.", Refusal.NONCE_GONE),
    ("besu", "Nonce too low", Refusal.NONCE_GONE),
    ("hardhat", "Nonce too low. Expected nonce to be 1 but got 0.", Refusal.NONCE_GONE),
    ("openethereum", "Transaction nonce is too low.", Refusal.NONCE_GONE),
    ("geth", "replacement transaction underpriced", Refusal.REPLACEMENT_TOO_CHEAP),
    ("nethermind", "ReplacementNotAllowed", Refusal.REPLACEMENT_TOO_CHEAP),
    (
        "hardhat",
        "Replacement transaction underpriced. A gas price of at least 12 is necessary",
        Refusal.REPLACEMENT_TOO_CHEAP,
    ),
    ("geth", "transaction underpriced", Refusal.TOO_CHEAP),
    ("bor", "transaction gas price below minimum: gas tip cap 1, minimum needed 25000000000",
     Refusal.TOO_CHEAP),
    ("bsc", "transaction underpriced: tip needed 3000000000, tip permitted 1000000000",
     Refusal.TOO_CHEAP),
    ("nethermind", "FeeTooLow, MaxFeePerGas too low. MaxFeePerGas: 1, BaseFee: 7",
     Refusal.TOO_CHEAP),
    ("erigon", "fee too low", Refusal.TOO_CHEAP),
    ("besu", "Gas price below configured minimum gas price", Refusal.TOO_CHEAP),
    ("anvil", "max fee per gas less than block base fee", Refusal.TOO_CHEAP),
    (
        "hardhat",
        "Transaction maxFeePerGas (1) is too low for the next block, which has a baseFeePerGas "
        "of 875000000",
        Refusal.TOO_CHEAP,
    ),
    ("geth", "insufficient funds for gas * price + value: balance 0", Refusal.NO_FUNDS),
    ("nethermind", "InsufficientFunds, Account balance: 0, cumulative cost: 1", Refusal.NO_FUNDS),
    ("besu", "Upfront cost exceeds account balance", Refusal.NO_FUNDS),
    ("hardhat", "Sender doesn't have enough funds to send tx.", Refusal.NO_FUNDS),
    ("anvil", "Insufficient funds for gas * price + value", Refusal.NO_FUNDS),
    ("py-evm", "Sender b'\\x3f' cannot afford txn gas 100000", Refusal.NO_FUNDS),
    ("geth", "exceeds block gas limit", Refusal.IMPOSSIBLE),
    ("geth", "transaction gas limit too high (cap: 16777216, tx: 27400000)", Refusal.IMPOSSIBLE),
    ("geth", "oversized data: transaction size 140000, limit 131072", Refusal.IMPOSSIBLE),
    ("besu", "Exceeds block gas limit", Refusal.IMPOSSIBLE),
    (
        "anvil",
        "intrinsic gas too high -- tx.gas_limit > env.cfg.tx_gas_limit_cap",
        Refusal.IMPOSSIBLE,
    ),
    ("geth", "txpool is full", Refusal.OTHER),
]  # fmt: skip


def refused(reason: str) -> RpcRefused:
    return RpcRefused("eth_sendRawTransaction", -32000, reason)


@pytest.mark.parametrize(("client", "reason", "expected"), WORDINGS)
def test_classify_refusal__wording_of_a_client__its_meaning(
    client: str, reason: str, expected: Refusal
) -> None:
    assert classify_refusal(refused(reason)) is expected, client


@pytest.mark.parametrize(
    ("reason", "needed"),
    [
        ("gas price below minimum: gas tip cap 1, minimum needed 25000000000", 25 * 10**9),
        ("transaction underpriced: tip needed 3000000000, tip permitted 1000000000", 3 * 10**9),
        ("FeeTooLow, MaxFeePerGas too low. MaxFeePerGas: 1, BaseFee: 7", None),
        ("transaction underpriced", None),
    ],
)  # fmt: skip
def test_find_needed_tip__refusal_that_names_one__that_tip(reason: str, needed: int | None) -> None:
    assert find_needed_tip(refused(reason)) == needed
