"""The order relay: what an order costs, from the socket to the disk, beside a straightforward one.

orders_s          orders per second of the server's processor time: HTTP in batches of 100, JSON,
                  signature, funds, lanes, matching, log synced to disk, signed receipts; beside
                  it reading and verifying alone, ours and with pydantic and eth_account
match_us          placing an order with 100,000 resting, half of them crossing; beside it a sorted
                  list
cancel_us         cancelling one of them; beside it the same list
bytes_per_order   the log's file, for each order
batch_p99_ms      a batch of 100, sent at half of the pace that was measured first
fan_out_p99_ms    from a change to its arrival at 1,000 subscribers at 20 Hz: the 99th percentile
fan_out_us        processor time of a delivery; beside it FastAPI with a queue a subscriber

The server is `pargrade relay run` on a development chain. python scripts/benches/relay.py [--json]
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, Final

import psutil
from relay_book import LISTING, book_rows
from relay_fan_out import fan_out_rows
from relay_peer import PeerBatch, is_signed
from rows import Row, report

from bridge.orders.client.client import PlacedOrder, RelayClient, RelayRules, SignedOffer
from bridge.orders.signed.json_form import read_order
from bridge.orders.signed.listing import VenueRules
from bridge.orders.signed.verification import Verifier
from pargrade.bindings.structs import Side
from pargrade.devnet.anvil import Devnet
from tests.support import command
from tests.support.market import MIDNIGHT, PRICE, Market
from tests.support.relay_parties import Party, Venue

BATCH: Final = 100
BATCHES: Final = 40
CHECKED: Final = 300
CENT: Final = 10**6


def main() -> int:
    """All rows."""
    with tempfile.TemporaryDirectory() as folder, Devnet(genesis=MIDNIGHT) as net:
        venue = Venue(Market.ready(net), Path(folder))
        parties = [venue.party(number) for number in (10, 11, 12, 13)]
        rows = [*server_rows(venue, parties), *book_rows(), *fan_out_rows()]
    return report(rows, as_json="--json" in sys.argv[1:])


def server_rows(venue: Venue, parties: list[Party]) -> list[Row]:
    """A real relay under batches of signed orders, a tenth of them crossing."""
    words = ("--http-port", "0", "--stream-port", "0", "--deployment", venue.path, "--no-submit")
    paces = ("ORDERS_PER_SECOND", "BURST", "MAKER_ORDERS_PER_SECOND", "MAKER_BURST")
    settings = {f"PARGRADE_RELAY_{pace}": "1000000" for pace in paces}
    rpc = ("--rpc-url", venue.market.net.url)
    process = command.start("relay", "run", *rpc, *words, "--json", env=settings)
    try:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["api"]
        with RelayClient(url) as client:
            rules = client.rules()
            batches = [make_batch(venue, parties, number) for number in range(2 * BATCHES)]
            send(client, rules, batches[0])
            server = psutil.Process(process.pid)
            before, begun = cpu_s(server), time.perf_counter()
            for batch in batches[1:BATCHES]:
                send(client, rules, batch)
            used, took = cpu_s(server) - before, time.perf_counter() - begun
            pace = took / (BATCHES - 1)
            times = sorted(paced(client, rules, batches[BATCHES:], 2 * pace))
    finally:
        process.kill()
        process.communicate()
    orders = BATCH * (BATCHES - 1)
    log = venue.path.with_suffix(".relay.db")
    size = sum(path.stat().st_size for path in log.parent.glob(f"{log.name}*"))
    ours, peer = verification_us(batches[0], rules, venue)
    alone = {"read and verify": 1e6 / ours, "pydantic, eth_account": 1e6 / peer}
    return [
        Row("orders_s", orders / used, 3_000, "/s of CPU", "higher", alone),
        Row("verify_over_peer", peer / ours, 3, "x", "higher"),
        Row("bytes_per_order", size / (2 * BATCHES * BATCH), 1_000, "bytes"),
        Row("batch_p99_ms", 1e3 * times[int(len(times) * 0.99)], 80, "ms"),
    ]


def make_batch(venue: Venue, parties: list[Party], number: int) -> list[SignedOffer]:
    """A hundred orders around the price, a tenth of them crossing."""
    random = Random(number)  # noqa: S311  # a load, not a secret
    found = []
    for _ in range(BATCH):
        party = random.choice(parties)
        side = random.choice((Side.BUY, Side.SELL))
        away = random.randint(1, 60) if random.random() < 0.9 else -random.randint(0, 5)
        price = PRICE + CENT * (away if side is Side.SELL else -away)
        order = party.order(venue.series, side, price, random.randint(10, 100))
        found.append(party.offer(order, venue.exchange))
    return found


def send(client: RelayClient, rules: RelayRules, batch: list[SignedOffer]) -> None:
    """One batch, all of it accepted."""
    for result in client.place(batch, rules):
        if not isinstance(result, PlacedOrder):
            raise result


def paced(
    client: RelayClient, rules: RelayRules, batches: list[list[SignedOffer]], every_s: float
) -> list[float]:
    """Seconds that each batch takes when they come at a pace."""
    found = []
    due = time.perf_counter()
    for batch in batches:
        time.sleep(max(due - time.perf_counter(), 0))
        begun = time.perf_counter()
        send(client, rules, batch)
        found.append(time.perf_counter() - begun)
        due += every_s
    return found


def verification_us(
    batch: list[SignedOffer], rules: RelayRules, venue: Venue
) -> tuple[float, float]:
    """Microseconds of an order from JSON to its signer: ours, and the peer's."""
    domain = {
        "name": "Pargrade FuturesExchange",
        "version": "1",
        "chainId": rules.chain_id,
        "verifyingContract": rules.exchange,
    }
    offers = [offer.to_json() for offer in batch]
    body = json.dumps({"orders": [{k: o[k] for k in ("order", "signature")} for o in offers]})
    venue_rules = VenueRules(rules.chain_id, rules.exchange, rules.matcher)
    verifier = Verifier(venue_rules, {venue.series: LISTING})

    def verify_ours() -> None:
        for raw in json.loads(body)["orders"]:
            assert verifier.is_signed_by_key(read_order(raw["order"], raw["signature"]))

    def verify_peers() -> None:
        for each in PeerBatch.model_validate_json(body).orders:
            # eth_account takes 65 bytes.
            assert is_signed(each.model_copy(update={"signature": long(each.signature)}), domain)

    repeats = CHECKED // BATCH
    return (per_call(verify_ours, repeats) / BATCH, per_call(verify_peers, repeats) / BATCH)


def long(compact: str) -> str:
    """65 bytes of a signature that has 64 of EIP-2098."""
    raw = bytes.fromhex(compact[2:])
    word = int.from_bytes(raw[32:])
    s = (word & (1 << 255) - 1).to_bytes(32)
    return "0x" + (raw[:32] + s + bytes((27 + (word >> 255),))).hex()


def per_call(work: Callable[[], Any], repeats: int) -> float:
    """Microseconds of processor time of a call, after one that warms up."""
    work()
    begun = time.process_time()
    for _ in range(repeats):
        work()
    return (time.process_time() - begun) / repeats * 1e6


def cpu_s(process: psutil.Process) -> float:
    """Processor time of a process."""
    times = process.cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    sys.exit(main())
