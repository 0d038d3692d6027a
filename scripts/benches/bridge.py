"""scripts/bench bridge: tokens across chains, ours beside the usual library.

decode_vs_web3      how many times faster a Sent log becomes a value than with web3.py, from JSON
rebuild_1m_s        processor seconds to read and add up a million stored messages, from a tenth
follow_events_s     messages an attester follows in a second of processor time, two endpoints
crossing_blocks     blocks of the other chain from a message's block to its minting, p50 of
                    transfers one by one, both chains with a block every 2 s whatever comes
crossing_s          the same in seconds, waiting for blocks included; CCTP's published times stand
                    beside it
minted_over_locked  steps minted beyond what is locked, the most at any block of both chains
transfers_exact     of 1,000 both ways, while endpoints fail and lie: arrived once, and whole
rss_mb              memory of an attester as a process, with a year of a busy route in its ledgers
"""

import contextlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import psutil
from bridge_memory import MESSAGES, measure_ledgers
from rows import Row, report

sys.path.insert(0, str(Path(__file__).parents[2]))

from bridge_trail import HeightTrail, most_beyond

import pargrade.artifacts
from bridge.gate.carrier.service import open_carrier
from bridge.gate.ledger.ends import Followers, follow_both, witness_all
from bridge.gate.ledger.entry import GateEntry
from bridge.gate.ledger.follower import GateFollower
from bridge.gate.ledger.store import ENTRY, GateCursor, GateStore, open_store
from bridge.gate.route.terms import terms_of
from bridge.gate.witness.witnesses import Witnesses
from bridge.ledger.finality import Finality
from pargrade.bindings.bridge_gate import BridgeGate, RouteAdded, Sent
from pargrade.bindings.structs import Passage
from pargrade.chain.abi import join
from pargrade.chain.block import BlockStamp, Tag
from pargrade.chain.hashing import address_of
from pargrade.chain.log import Log
from pargrade.chain.wallet import Wallet
from pargrade.database import sqlite_file, transaction
from pargrade.devnet.anvil import DEVNET_KEYS
from pargrade.errors import PargradeError
from pargrade.gate.transfer import Route
from tests.support.attesters import attesting
from tests.support.proxy import body, error, result
from tests.support.two_chains import SENDER, STEP, TwoChains, two_chains

_ARTIFACT: Final = Path(pargrade.artifacts.__file__).with_name(f"{BridgeGate.NAME}.json")
LOGS: Final = 20_000
STORED: Final = 100_000
"""A tenth of a million; the time is multiplied by ten."""
FOLLOWED: Final = 1_000
CROSSINGS: Final = 10
ROUNDS: Final = 20
EACH_WAY: Final = 25
SEED: Final = 13
BLOCK_S: Final = 2
"""Between blocks while single transfers are measured."""
CCTP_FAST_S: Final = 8.0
CCTP_STANDARD_S: Final = 16 * 60.0
"""From message to attestation, as Circle's documentation of CCTP has them ("Required block
confirmations", read in November 2026): fast ones 8 s from most second layers and 20 s from
Ethereum, standard ones from Ethereum 13 to 19 minutes. Relaying and minting come on top."""


def sent_log(route: Route, number: int) -> Log:
    """Message number `number` of a route, a step each, one a block."""
    sender = int(SENDER.address, 16).to_bytes(32)
    return Log(
        address=route.home.gate,
        topics=(Sent.TOPIC, route.id, ((1 << 40) + number).to_bytes(32), sender),
        data=sender + (1 << 8 | route.decimals).to_bytes(32),
        block_number=10 + number,
        block_hash=number.to_bytes(32),
        tx_hash=number.to_bytes(32),
        index=0,
    )


def raw_of(log: Log) -> dict[str, Any]:
    """A log as JSON-RPC gives it."""
    return {
        "address": log.address,
        "topics": ["0x" + topic.hex() for topic in log.topics],
        "data": "0x" + log.data.hex(),
        "blockNumber": hex(log.block_number),
        "blockHash": "0x" + log.block_hash.hex(),
        "transactionHash": "0x" + log.tx_hash.hex(),
        "transactionIndex": "0x0",
        "logIndex": hex(log.index),
        "removed": False,
    }


def decode_row(route: Route) -> Row:
    """Both from JSON-RPC's dictionaries to named values."""
    from web3 import Web3
    from web3._utils.method_formatters import log_entry_formatter

    raws = [raw_of(sent_log(route, number)) for number in range(1, LOGS + 1)]
    began = time.process_time()
    for raw in raws:
        GateEntry.of(Log.of(raw), 0)
    ours = LOGS / (time.process_time() - began)
    contract = Web3().eth.contract(abi=json.loads(_ARTIFACT.read_text())["abi"])
    some = raws[: LOGS // 10]
    began = time.process_time()
    for raw in some:
        contract.events.Sent().process_log(log_entry_formatter(raw))
    theirs = len(some) / (time.process_time() - began)
    peers = {"web3.py, logs/s": theirs, "ours, logs/s": ours}
    return Row("decode_vs_web3", ours / theirs, 50, "times", "higher", peers)


def rebuild_row(route: Route, folder: Path) -> Row:
    """Messages in a SQLite file, read and added up."""
    engine = open_store(sqlite_file(folder / "rebuild.sqlite"))
    store = GateStore(engine, route.home.chain, route.home.gate, "stored")
    base = BlockStamp(1, bytes(32), bytes(32), 0)
    store.begin(base)
    store.append(GateCursor(1, base.hash), [_added(route)], replace(base, number=2))
    rows = [
        store._row(GateEntry(sent_log(route, n), _NOTHING, 10 + n)) for n in range(1, STORED + 1)
    ]
    with transaction(engine) as connection:
        connection.execute(ENTRY.insert(), rows)
    nowhere = Witnesses(("http://127.0.0.1:1",), route.home.chain, least=1)
    follower = GateFollower(nowhere, store, route, route.home, Finality(Tag.LATEST), 1)
    began = time.process_time()
    follower._load()
    took, ledger = time.process_time() - began, follower.ledger
    assert len(ledger.sent) == STORED
    return Row("rebuild_1m_s", took * 1_000_000 / STORED, 20, "s")


def follow_row(chains: TwoChains, folder: Path) -> Row:
    """From a chain, through two endpoints of it that have to agree."""
    # Two hosts of one chain: a proxy in this process would be measured, too.
    two = [chains.home.url, chains.home.url.replace("127.0.0.1", "localhost")]
    before_urls = chains.urls["home"]
    chains.write(home__rpc_urls=two)
    pair = chains.pair()
    chains.write(home__rpc_urls=list(before_urls))
    wallet = Wallet(chains.home.chain, SENDER)
    wallet.send(chains.token.approve(pair.home.gate.address, 2**255))
    call = pair.home.gate.send(pair.terms, STEP // 10, 0, SENDER.address, False)
    chains.home.chain.pause_mining()
    sent = [wallet.submit(call, gas=200_000) for _ in range(FOLLOWED)]
    chains.home.chain.resume_mining()
    chains.home.chain.mine(1)
    for pending in sent:
        wallet.wait(pending)
    before = pair.home.gate.last_nonce(pair.route.id, block=chains.home.chain.height()) - FOLLOWED
    home, _ = follow_both(pair, open_store(sqlite_file(folder / "follow.sqlite")), witness_all)
    began, began_cpu = time.perf_counter(), time.process_time()
    home.sync()
    took, busy = time.perf_counter() - began, time.process_time() - began_cpu
    assert home.ledger.last_nonce == before + FOLLOWED
    peers = {"by the clock, messages/s": FOLLOWED / took}
    return Row("follow_events_s", FOLLOWED / busy, 2_000, "messages/s", "higher", peers)


def crossing_rows(chains: TwoChains, folder: Path) -> list[Row]:
    """Five attesters and a carrier, one transfer after the other, both ways."""
    blocks, seconds = [], []
    trail = HeightTrail(chains.home.url, chains.remote.url)
    with trail.watching():
        with blocks_every(chains, BLOCK_S):
            cross_one_by_one(chains, folder, blocks, seconds)
        exact, ledger = many_row(chains, folder)
    beyond = most_beyond(trail, *ledger)
    quoted = {"CCTP fast, s": CCTP_FAST_S, "CCTP standard, s": CCTP_STANDARD_S}
    return [
        Row("crossing_blocks", statistics.median(blocks), 2, "blocks"),
        Row("crossing_s", statistics.median(seconds), CCTP_FAST_S, "s", quoted=quoted),
        exact,
        Row("minted_over_locked", beyond, 0, "steps", peers={"pairs of heights": len(trail.seen)}),
    ]


@contextlib.contextmanager
def blocks_every(chains: TwoChains, seconds: int) -> Iterator[None]:
    """Blocks come by the clock meanwhile, full or empty, and not with every transaction."""
    nets = (chains.home.chain, chains.remote.chain)
    for net in nets:
        net.pause_mining()
        net.request("evm_setIntervalMining", seconds)
    try:
        yield
    finally:
        for net in nets:
            net.request("evm_setIntervalMining", 0)
            net.resume_mining()


def cross_one_by_one(
    chains: TwoChains, folder: Path, blocks: list[int], seconds: list[float]
) -> None:
    """Adds what each took from its block on. A look of all and a pass follow each other."""
    with attesting(chains, folder / "attesters") as services:
        pair = chains.pair()
        carrier = open_carrier(pair, chains_carrier(), folder / "carrier").carrier
        for number in range(CROSSINGS):
            is_out = number % 2 == 0
            nonce = chains.lock(2) if is_out else chains.burn(1)
            there = chains.remote.chain if is_out else chains.home.chain
            height, began = there.height(), time.perf_counter()
            for service in services:
                service.attester.attest()
            carrier.carry()
            seconds.append(time.perf_counter() - began)
            blocks.append(there.height() - height)
            ledger = carrier.followers.sync()
            end = ledger.remote if is_out else ledger.home
            assert end.arrivals[nonce].passage is Passage.DONE


def many_row(chains: TwoChains, folder: Path) -> tuple[Row, Followers]:
    """A thousand transfers under a seeded schedule of faults; every message's amount is its own."""
    dice, pair = random.Random(SEED), chains.pair()  # noqa: S311  # a schedule, no secret
    wallets = [Wallet(net.chain, SENDER) for net in (chains.home, chains.remote)]
    started = len(follow_both(pair, open_store("sqlite://")).sync().home.sent)
    chains.lock(5)
    wallets[0].send(chains.token.approve(pair.home.gate.address, 2**255))
    sent: list[int] = []
    faults = (body(b"busy", 503), error(-32000, "header not found"), result([]))
    with attesting(chains, folder / "many") as services:
        carrier = open_carrier(chains.pair(), chains_carrier(), folder / "many-carrier").carrier
        for number in range(ROUNDS + 4):
            for proxy in chains.proxies.values():
                proxy.mend()
            is_sending = number < ROUNDS
            if is_sending:
                sent += send_some(chains, wallets, dice)
                if dice.random() < 0.5:
                    chains.proxies[dice.choice(("home", "remote"))].break_with(dice.choice(faults))
            for service in services if not is_sending else dice.sample(services, 4):
                service.look()
            with contextlib.suppress(PargradeError):
                carrier.carry()
        ledger = carrier.followers.sync()
    done = [
        message.crossing.amount.value
        for source, destination in ledger.ways()
        for nonce, message in source.sent.items()
        if destination.arrivals[nonce].passage is Passage.DONE
        and destination.arrivals[nonce].executed == message.crossing.amount.value
    ]
    assert list(ledger.unexplained()) == []
    assert len(ledger.home.sent) > started
    missing = Counter(sent) - Counter(done)
    exact = len(sent) - missing.total()
    row = Row("transfers_exact", exact, len(sent), "transfers", "higher")
    return row, carrier.followers


def send_some(chains: TwoChains, wallets: list[Wallet], dice: random.Random) -> list[int]:
    """25 transfers each way, in one block a chain: the steps of each."""
    pair, steps = chains.pair(), []
    for wallet, net, end in zip(
        wallets, (chains.home, chains.remote), (pair.home, pair.remote), strict=True
    ):
        net.chain.pause_mining()
        pending = []
        for _ in range(EACH_WAY):
            steps.append(dice.randint(1_000, STEP // 20))
            call = end.gate.send(pair.terms, steps[-1], 0, SENDER.address, False)
            pending.append(wallet.submit(call, gas=200_000))
        net.chain.resume_mining()
        net.chain.mine(1)
        for each in pending:
            wallet.wait(each)
    return steps


def memory_row(chains: TwoChains, folder: Path) -> Row:
    """An attester as a real process, after its first look, and what a year of messages adds."""
    from bridge.gate.attester.service import create_journal
    from tests.support.two_chains import ATTESTERS

    create_journal(chains.pair(), ATTESTERS[0], folder / "a", key_is_new=True)
    words = ["bridge", "attest", str(chains.path), "--data", str(folder / "a"), "--http-port", "0"]
    process = subprocess.Popen(
        [sys.executable, "-m", "pargrade.cli", *words],
        env={**os.environ, "PARGRADE_KEY": DEVNET_KEYS[10]},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        process.stderr.readline()
        time.sleep(5)
        bare = psutil.Process(process.pid).memory_info().rss / 1e6
    finally:
        process.terminate()
        process.wait()
    year = measure_ledgers(chains.pair().route, folder)
    peers = {"of its first look, MB": bare, f"of {MESSAGES:,} messages, MB": year}
    return Row("rss_mb", bare + year, 200, "MB", "lower", peers)


def chains_carrier() -> Any:
    """The key that carries."""
    from tests.support.two_chains import CARRIER

    return CARRIER


def _added(route: Route) -> GateEntry:
    added = (terms_of(route), 2**95)
    log = sent_log(route, 0)._replace(
        topics=(RouteAdded.TOPIC, route.id, int(SENDER.address, 16).to_bytes(32)),
        data=join(tuple(RouteAdded.PLAIN.values()), added),
        block_number=2,
    )
    return GateEntry.of(log, 0)


_NOTHING: Final = RouteAdded(b"", None, 0, address_of(bytes(20)))  # type: ignore[arg-type]
"""Stands for the event of an entry of which only the log is stored."""


def main() -> int:
    """All rows, on two chains of their own."""
    with tempfile.TemporaryDirectory() as name, two_chains(Path(name)) as chains:
        folder = Path(name)
        chains.provision()
        route = chains.pair().route
        rows = [decode_row(route), rebuild_row(route, folder), *crossing_rows(chains, folder)]
        rows += [follow_row(chains, folder), memory_row(chains, folder)]
    return report(rows, as_json="--json" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
