"""Two of five nodes answer with what no node sends: rounds land at every heartbeat all the same."""

from contextlib import ExitStack
from dataclasses import replace

import pytest

from oracle.node.node import Node
from pargrade.chain.wallet import Wallet
from tests.support.nodes import GENESIS, HOUR, KEYS, REPORTERS, nodes
from tests.support.peer import ENDLESS, breaks_off, peer, says
from tests.support.reporters import Reporters

pytestmark = pytest.mark.full

INFINITE = (
    b'{"observation": {"epoch": 1, "evidence_root": "0x", "flags": 0, "index_set": "0x",'
    b' "method_hash": "0x", "present": "1", "slot": 1e999, "values": ["1"]}, "signature": "0x"}'
)
HOSTILE = {
    "infinity for a slot": says(INFINITE),
    "nested beyond measure": says(b'{"observations":' + b"[" * 60_000),
    "forged log lines": says(b'{"detail": "no\\n2026 INFO node-1: slot 5 landed\\u001b[2J"}', 409),
    "ends early": breaks_off,
    "100 Continue for ever": ENDLESS["100 Continue for ever"],
    "one byte a second": ENDLESS["one byte a second"],
}


def record_first_round(five):
    """The first round needs the wide quorum, which three honest nodes are not."""
    node = Node.open(replace(five.configs[0], peers=()))
    report = Reporters(REPORTERS, quorum=3).report(
        five.index, GENESIS, node.reporter.values(GENESIS)
    )
    node.close()
    Wallet(five.chain, KEYS[0]).send(five.index.submit(report))


@pytest.mark.parametrize("name", HOSTILE)
def test_nodes__two_peers_are_hostile__land_every_round(tmp_path, name):
    with nodes(tmp_path) as five, ExitStack() as running:
        for config in five.configs[3:]:
            running.enter_context(peer(HOSTILE[name], config.port))
        record_first_round(five)
        five.start(0, 1, 2)
        for hour in (1, 2):
            assert five.round(GENESIS + hour * HOUR).signers == 0b111
        assert five.get(0, "/health")[1]["problems"] == []
        assert "Traceback" not in five.log
        assert "\x1b" not in five.log
        assert not any(line.startswith("2026 INFO") for line in five.log.splitlines())
