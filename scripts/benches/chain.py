"""scripts/bench chain: what one round trip, one transaction and one signature cost us.

Peers are measured beside ours, on the same chain in the same run.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from eth_account import Account
from rows import Row, report
from web3 import HTTPProvider, IPCProvider, Web3

from pargrade.bindings.test_token import TestToken, Transfer
from pargrade.chain.block import Tag
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.devnet.anvil import DEVNET_KEYS, Devnet, devnet_keys

GENESIS: Final = 1_772_323_200


def milliseconds(act: Callable[[], Any], times: int) -> float:
    """Median time of one act, after one to warm up."""
    act()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        act()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken) * 1_000


def main() -> int:
    """Exit code 1 when a limit is missed."""
    with (
        TemporaryDirectory(prefix="pargrade-") as folder,
        Devnet(genesis=GENESIS, ipc=Path(folder) / "chain.ipc") as net,
    ):
        chain = Chain.connect(net.url)
        wallet = Wallet(chain, devnet_keys()[0])
        token = TestToken(chain, wallet.send(TestToken.deploy("Token", "TOK", 6)).contract)
        near = TestToken(net.chain, token.address)
        head, me = chain.head(), wallet.address
        receipt = wallet.send(token.mint(me, 1))
        (log,) = receipt.logs

        w3 = Web3(HTTPProvider(net.url))
        w3_near = Web3(IPCProvider(net.nearest.removeprefix("ipc://")))
        abi = [{"type": "function", "name": "balanceOf", "stateMutability": "view",
                "inputs": [{"name": "account", "type": "address"}],
                "outputs": [{"name": "", "type": "uint256"}]},
               {"type": "event", "name": "Transfer", "anonymous": False,
                "inputs": [{"name": "from", "type": "address", "indexed": True},
                           {"name": "to", "type": "address", "indexed": True},
                           {"name": "value", "type": "uint256", "indexed": False}]}]  # fmt: skip
        theirs = w3.eth.contract(token.address, abi=abi)
        theirs_near = w3_near.eth.contract(token.address, abi=abi)
        their_log = w3.eth.get_logs({"address": token.address, "fromBlock": 0})[0]
        account = Account.from_key(DEVNET_KEYS[0])

        def their_send() -> None:
            raw = account.sign_transaction(
                {
                    "to": me,
                    "value": 1,
                    "gas": 21_000,
                    "nonce": w3.eth.get_transaction_count(me, "pending"),
                    "chainId": 31337,
                    "maxFeePerGas": 2 * 10**9,
                    "maxPriorityFeePerGas": 10**9,
                }
            ).raw_transaction
            w3.eth.wait_for_transaction_receipt(
                w3.eth.send_raw_transaction(raw), poll_latency=0.001
            )

        rows = [
            Row(
                name="call",
                ours=milliseconds(lambda: token.balance_of(me, block=head), 300),
                limit=2.0,
                unit="ms",
                peers={"web3": milliseconds(lambda: theirs.functions.balanceOf(me).call(), 100)},
            ),
            Row(
                name="call through the socket",
                ours=milliseconds(lambda: near.balance_of(me, block=head), 300),
                limit=1.0,
                unit="ms",
                peers={
                    "ours over HTTP": milliseconds(lambda: token.balance_of(me, block=head), 300),
                    "web3": milliseconds(lambda: theirs_near.functions.balanceOf(me).call(), 100),
                },
            ),
            Row(
                name="send and receipt",
                ours=milliseconds(lambda: wallet.send(token.mint(me, 1)), 200),
                limit=10.0,
                unit="ms",
                # Without the estimate and the fees that ours also asks for.
                peers={"web3": milliseconds(their_send, 50)},
            ),
            Row(
                name="decode an event",
                ours=milliseconds(lambda: Transfer.decode(log), 2_000) * 1_000,
                limit=60.0,
                unit="µs",
                peers={
                    "web3": milliseconds(
                        lambda: theirs.events.Transfer().process_log(their_log), 300
                    )
                    * 1_000
                },
            ),
            Row(
                name="call in the next block",
                ours=milliseconds(lambda: token.name(block=Tag.PENDING), 100),
                limit=2.0,
                unit="ms",
            ),
        ]
    rows.append(
        Row(
            name="pargrade --help",
            ours=milliseconds(
                lambda: subprocess.run(
                    [sys.executable, "-m", "pargrade.cli", "--help"],
                    stdout=subprocess.DEVNULL,
                    check=True,
                ),
                5,
            ),
            limit=500.0,
            unit="ms",
        )
    )
    return report(rows, as_json="--json" in sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
