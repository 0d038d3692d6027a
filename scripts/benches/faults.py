"""scripts/bench faults: one endpoint of two is broken in every named way. Also part of edges.

rpc_faults_survived   faults of the preferred endpoint, each alone, under which three transactions
                      are mined once and every read is right, with one good endpoint beside it
logs_lost             of 10 %, 50 % and all logs left out by the only endpoint, by ranges; the
                      ledger's reader has to come by all of them
"""

import logging
import sys
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any, Final

from rows import Row, report

sys.path.insert(0, str(Path(__file__).parents[2]))

from pargrade.bindings.test_token import TestToken, Transfer
from pargrade.chain.block import Tag
from pargrade.chain.development import DEVNET_CHAIN_ID
from pargrade.chain.endpoint.health import PoolPolicy
from pargrade.chain.endpoint.pool import EndpointPool
from pargrade.chain.proven_logs import ProvenLogs
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.devnet.anvil import Devnet, devnet_keys
from tests.support.proxy import FAULTS, FAULTS_IN_CONTENT, fault_proxy, lost_logs

ALL: Final = FAULTS | FAULTS_IN_CONTENT
QUICK_LOOKS: Final = PoolPolicy(probe_s=0.2, probe_timeout_s=0.5, behind_s=1, first_rest_s=0.2)
TRANSACTIONS: Final = 3
SHARES: Final = (0.1, 0.5, 1.0)
MINTED: Final = 40


def survives(net: Devnet, fault: str) -> bool:
    """Whether transactions and reads go on while the preferred endpoint has a fault."""
    with fault_proxy(net.url) as broken, fault_proxy(net.url) as good:
        pool = EndpointPool((broken.url, good.url), DEVNET_CHAIN_ID, 1.0, QUICK_LOOKS)
        with closing(Chain(pool, DEVNET_CHAIN_ID)) as far:
            wallet = Wallet(far, devnet_keys()[1])
            near = Wallet(net.chain, devnet_keys()[2])
            token = TestToken(far, near.send(TestToken.deploy("Token", "TOK", 6)).contract)
            far.head()
            before = net.chain.nonce(wallet.address, block=Tag.LATEST)
            broken.break_with(ALL[fault])
            for amount in range(1, TRANSACTIONS + 1):
                wallet.send(token.mint(wallet.address, amount))
            sent = net.chain.nonce(wallet.address, block=Tag.LATEST) - before
            held = token.balance_of(wallet.address, block=Tag.LATEST)
            return sent == TRANSACTIONS and held == sum(range(1, TRANSACTIONS + 1))


def logs_lost(net: Devnet) -> int:
    """Logs that the ledger's reader lacks although the chain has them."""
    near = Wallet(net.chain, devnet_keys()[3])
    token = TestToken(net.chain, near.send(TestToken.deploy("Token", "TOK", 6)).contract)
    for amount in range(MINTED):
        near.send(token.mint(near.address, amount))
    missing = 0
    for share in SHARES:
        with fault_proxy(net.url) as proxy, closing(Chain.connect(proxy.url)) as far:
            proxy.break_with(lost_logs(_drawn(share)), "eth_getLogs")
            found = ProvenLogs(far).read(
                [token.address], first=0, last=net.chain.height(), topics=((Transfer.TOPIC,),)
            )
            missing += MINTED - len(found)
    return missing


def fault_rows() -> list[Row]:
    """Both rows, on a chain of their own."""
    logging.getLogger("pargrade").setLevel(logging.ERROR)
    with Devnet(genesis=1_772_582_400) as net:
        survived = sum(survives(net, fault) for fault in ALL)
        lost = logs_lost(net)
    return [
        Row("rpc_faults_survived", survived, len(ALL), f"of {len(ALL)} faults", "higher"),
        Row("logs_lost", lost, 0, f"of {MINTED * len(SHARES)} logs"),
    ]


def _drawn(share: float) -> Any:
    chance = Random(1)  # noqa: S311  # drawn the same in every run
    return lambda _: chance.random() < share


if __name__ == "__main__":
    sys.exit(report(fault_rows(), as_json="--json" in sys.argv))
