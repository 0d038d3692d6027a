"""scripts/bench fees: what transactions offer where gas is strange. Also part of edges.

fee_over_needed   the most that a transaction offered or paid, as a multiple of what the chain
                  needed just then (base fee of the next block and the least tip that is taken); the
                  worst of all conditions
"""

import sys
from contextlib import closing
from pathlib import Path
from typing import Final

from rows import Row, report

sys.path.insert(0, str(Path(__file__).parents[2]))

from pargrade.bindings.test_token import TestToken
from pargrade.chain.fee_market import read_fee_market
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.devnet.anvil import DevChain, Devnet, devnet_keys
from tests.support.proxy import fault_proxy, tip_floor

GWEI: Final = 10**9
TRANSACTIONS: Final = 5
TIP_FLOOR: Final = 25 * GWEI
LOW_BASE_FEE: Final = GWEI // 200
"""0.005 gwei, as on a chain above another one."""


def with_tip_floor(net: Devnet, token: TestToken, *, names_it: bool) -> float:
    """At a node that takes no tip below 25 gwei, and says so or does not."""
    with fault_proxy(net.url) as proxy, closing(Chain.connect(proxy.url)) as far:
        proxy.break_with(tip_floor(TIP_FLOOR, names_it=names_it), "eth_sendRawTransaction")
        wallet = Wallet(far, devnet_keys()[1])
        return max(_over_needed(wallet, token, TIP_FLOOR) for _ in range(TRANSACTIONS))


def with_low_base_fee(net: Devnet, token: TestToken, *, others_tip: int) -> float:
    """At a base fee of 0.005 gwei, with blocks that are empty or in which others tip."""
    wallet = Wallet(net.chain, devnet_keys()[2])
    worst = 0.0
    for _ in range(TRANSACTIONS):
        net.chain.mine(20)
        net.chain.request("anvil_setNextBlockBaseFeePerGas", hex(LOW_BASE_FEE))
        net.chain.mine()
        if others_tip:
            _tip(net.chain, others_tip)
        worst = max(worst, _over_needed(wallet, token, others_tip))
    return worst


def fee_row() -> Row:
    """The worst of all conditions, on a chain of its own."""
    with Devnet(genesis=1_772_582_400) as net:
        near = Wallet(net.chain, devnet_keys()[3])
        token = TestToken(net.chain, near.send(TestToken.deploy("Token", "TOK", 6)).contract)
        found = {
            "tip floor of 25 gwei, named": with_tip_floor(net, token, names_it=True),
            "tip floor of 25 gwei, not named": with_tip_floor(net, token, names_it=False),
            "base fee of 0.005 gwei, empty blocks": with_low_base_fee(net, token, others_tip=0),
            "base fee of 0.005 gwei, others tip": with_low_base_fee(
                net, token, others_tip=GWEI // 1_000
            ),
        }
    return Row("fee_over_needed", max(found.values()), 2.0, "times", peers=found)


def _over_needed(wallet: Wallet, token: TestToken, least_tip: int) -> float:
    """The larger of offer and payment of one transaction, over what was needed."""
    needed = read_fee_market(wallet.chain).base_fee + least_tip
    sent = wallet.submit(token.mint(wallet.address, 1))
    offered = sent.newest.fees.max_fee
    paid = wallet.wait(sent).gas_price
    return max(offered, paid) / needed


def _tip(chain: DevChain, tip: int) -> None:
    sender = devnet_keys()[4].address
    transfer = {
        "from": sender,
        "to": sender,
        "gas": hex(21_000),
        "maxFeePerGas": hex(LOW_BASE_FEE * 2 + tip),
        "maxPriorityFeePerGas": hex(tip),
    }
    chain.request("eth_sendTransaction", transfer)


if __name__ == "__main__":
    sys.exit(report([fee_row()], as_json="--json" in sys.argv))
