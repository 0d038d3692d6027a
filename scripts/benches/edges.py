"""What Pargrade does not control, at its worst.

peer_answers_fuzzed   HTTP answers of a peer, damaged at every level, read over a real connection;
                      counted are those that cost nobody anything but that peer's own part
hostile_peer_cpu      processor time of a node with one peer whose answers never end, percent of a
                      core, the worst of all kinds; the node asks at the default pace of a round
                      that is held again and again

Rows that end in _committee are a committee member's: it fetches an input set from such a peer, and
sends it messages. See edges_members.py.

restores_equivocated  see restores.py
alert_s               see alerts.py
rpc_faults_survived   see faults.py
logs_lost             see faults.py
fee_over_needed       see fees.py
missed_heartbeats, heal_heartbeats, holders_lost, commands_failed    see heartbeats.py

python scripts/benches/edges.py [--deep] [--json]
"""

import json
import multiprocessing
import random
import re
import socket
import sys
import time
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Final

from alerts import alerts_row
from edges_members import ANSWERS_A_SET, fuzzed_sets_row, member_cpu_percent
from faults import fault_rows
from fees import fee_row
from heartbeats import heartbeat_rows
from hostile_peer import CPU_S, ENDLESS, damaged_answer, endless_peer, serving
from restores import DEEP as RESTORES_DEEP
from restores import QUICK as RESTORES_QUICK
from restores import restores_rows
from rows import Row, report

from oracle.consensus.chain_state import ChainState
from oracle.consensus.exchange import Exchange
from oracle.consensus.peer_client import NoAnswer, PeerClient, PeerResponse
from oracle.consensus.peers import Gathered, ObservationRequest, Peers
from oracle.consensus.slot import LastRound
from oracle.consensus.validation import Expected, admit
from oracle.node.settings import Pace
from pargrade.bindings.structs import ReporterConfig
from pargrade.chain.block import BlockStamp
from pargrade.chain.hashing import address_of, keccak
from pargrade.deployment.plan import DEFAULT_TIMING
from pargrade.devnet.anvil import devnet_keys
from pargrade.spot_index.observation import Observation, index_domain, index_set_of, sign

QUICK: Final = 20_000
DEEP: Final = 1_000_000

KEYS: Final = devnet_keys()[5:12]
SLOT: Final = 1_772_582_400
METHOD: Final = keccak(b"a method")
DOMAIN: Final = index_domain(31_337, address_of(b"\x07" * 20))
CONTENT: Final = Observation(
    index_set_of(["SCU / USD"]), 1, SLOT, 0, (231_000_000,), METHOD, keccak(b"evidence")
)
EXPECTED: Final = Expected(
    slot=SLOT,
    flags=0,
    index_set=CONTENT.index_set,
    domain=DOMAIN,
    chain_state=ChainState(
        head=BlockStamp(1, bytes(32), bytes(32), SLOT),
        timing=DEFAULT_TIMING,
        reporters=ReporterConfig(1, 5, 6, METHOD, tuple(key.address for key in KEYS)),
        last=(LastRound(SLOT - 3_600, 231_000_000),),
    ),
)
OWN: Final = admit("", sign(CONTENT, DOMAIN, KEYS[0]).to_json(), EXPECTED)
BODY: Final = json.dumps(sign(CONTENT, DOMAIN, KEYS[1]).to_json()).encode()

STRANGE: Final = [
    b"1e999", b"-1e999", b"NaN", b"-Infinity", b"1.5", b"true", b"null", b"[]", b"{}", b"-1",
    b"18446744073709551616", b"9" * 5_000, b'"1e3"', b'"-1"', b'"0x"', b'"\\ud800"', b'"\xff"',
    b'"\\u001b[2J\\r\\n"', b"[" * 50_000, b'{"a":' * 20_000, b'["1"]', b'[""]', b'"' + b"f" * 9_000,
]  # fmt: skip


def damage(text: bytes, chance: random.Random) -> bytes:
    """The text with one thing wrong."""
    begin, end = sorted(chance.randrange(len(text) + 1) for _ in range(2))
    match chance.randrange(6):
        case 0:
            return text[:begin]
        case 1:
            return text[:begin] + chance.randbytes(chance.randrange(1, 9)) + text[begin:]
        case 2:
            return text[:begin] + text[end:]
        case 3:
            return text[:end] + text[begin:]
        case 4:
            position = min(begin, len(text) - 1)
            return text[:position] + bytes([chance.randrange(256)]) + text[position + 1 :]
    # One value of the document is another one.
    values = list(re.finditer(rb'(?<=: )("[^"]*"|\[[^]]*\]|\d+)', text))
    value = chance.choice(values)
    return text[: value.start()] + chance.choice(STRANGE) + text[value.end() :]


def answer_of(chance: random.Random) -> bytes:
    """A whole HTTP answer, damaged once or more in head or body."""
    body = BODY
    for _ in range(chance.randrange(3)):
        body = damage(body, chance) or b" "
        if not re.search(rb'(?<=: )("[^"]*"|\[[^]]*\]|\d+)', body):
            break
    return damaged_answer(body, chance)


def gather(client: PeerClient) -> Gathered:
    """What a node makes of one answer. Raises whatever escapes a peer's client by mistake."""
    future: Future[PeerResponse] = Future()
    try:
        future.set_result(client.get(f"/observation?slot={SLOT}"))
    except NoAnswer as failure:
        future.set_exception(failure)
    return ObservationRequest(EXPECTED, 0, 0, waiting={future: client}).gather(OWN)


def is_contained(gathered: Gathered) -> bool:
    """Whether the answer cost nothing but that peer's part, and its text is one line."""
    if len(gathered.parts) == 2:
        return not gathered.refusals
    (refusal,) = gathered.refusals
    return gathered.parts == (OWN,) and str(refusal).isprintable() and len(str(refusal)) < 500


def count_contained(answers: int, seed: int = 1) -> int:
    """How many of so many damaged answers are contained; prints the first that is not."""
    chance, contained, shown = random.Random(seed), 0, False  # noqa: S311
    current = b""

    def respond(connection: socket.socket, _: bytes) -> None:
        connection.sendall(current)
        connection.shutdown(socket.SHUT_WR)

    with serving(respond) as url:
        client = PeerClient(url, 5.0)
        for _ in range(answers):
            current = answer_of(chance)
            try:
                fine = is_contained(gather(client))
            except Exception as escaped:  # noqa: BLE001
                fine = False
                print(f"{escaped!r} escaped", file=sys.stderr)
            contained += fine
            if not fine and not shown:
                shown = True
                print(f"not contained: {current[:300]!r}", file=sys.stderr)
    return contained


def cpu_percent(kind: str) -> float:
    """Percent of a core that this process spends on one peer of a kind."""
    pace = Pace()
    with endless_peer(kind) as url:
        peers = Peers([url], pace.answer_ms / 1000, pace.linger_ms / 1000)
        exchange = Exchange([url], pace.answer_ms / 1000, 0)
        began, cpu = time.monotonic(), time.process_time()
        while time.monotonic() < began + CPU_S:
            exchange.note(SLOT, 0)
            exchange.start(lambda _: EXPECTED, time.monotonic())
            peers.ask(EXPECTED).gather(OWN)
            time.sleep(pace.retry_ms / 1000)
            exchange.collect(lambda _: [])
        spent = 100 * (time.process_time() - cpu) / (time.monotonic() - began)
        peers.close()
        exchange.close()
    return spent


def main(words: list[str]) -> int:
    """Exit code 1 when a limit is missed."""
    with ProcessPoolExecutor(3, multiprocessing.get_context("spawn")) as processes:
        kinds = dict(zip(ENDLESS, processes.map(cpu_percent, ENDLESS), strict=True))
        members = dict(zip(ENDLESS, processes.map(member_cpu_percent, ENDLESS), strict=True))
    is_deep = "--deep" in words
    answers = DEEP if is_deep else QUICK
    rows = [
        Row("peer_answers_fuzzed", count_contained(answers), answers, "answers", "higher"),
        fuzzed_sets_row(answers // ANSWERS_A_SET),
        Row("hostile_peer_cpu", max(kinds.values()), 5, "% of a core", peers=kinds),
        Row("hostile_peer_cpu_committee", max(members.values()), 5, "% of a core", peers=members),
        *restores_rows(RESTORES_DEEP if is_deep else RESTORES_QUICK),
        *fault_rows(),
        fee_row(),
        *heartbeat_rows(),
        alerts_row(deep=is_deep),
    ]
    return report(rows, as_json="--json" in words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
