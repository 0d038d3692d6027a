"""The attack of April 2026: one endpoint of two poisoned, the other flooded, 10,000 forgeries.

Attesters believed the endpoint that was left. Here none of it is signed, whichever way it is tried.
"""

import json

import pytest

from bridge.gate.attester.attester import BooksDiffer
from bridge.gate.attester.service import create_journal, open_attester
from bridge.gate.ledger.messages import Unexplained
from bridge.gate.witness.witnesses import EndpointsDiffer, TooFewEndpoints
from pargrade.bindings.bridge_gate import Sent
from tests.support.proxy import body, fault_proxy, send
from tests.support.two_chains import ATTESTERS, CARRIER, STEP

FORGERIES = 10_000


@pytest.fixture
def attacked(chains, tmp_path):
    """An attester at home behind two endpoints that can both be taken over."""
    with fault_proxy(chains.home.url) as first, fault_proxy(chains.home.url) as second:
        chains.write(home__rpc_urls=[first.url, second.url])
        create_journal(chains.pair(), ATTESTERS[0], tmp_path / "a", key_is_new=True)
        service = open_attester(chains.pair(), ATTESTERS[0], tmp_path / "a")
        service.attester.attest()
        chains.home.chain.mine(1)
        yield chains, service, first, second
        service.close()


def word(value):
    return "0x" + (value if isinstance(value, bytes) else int(value, 16).to_bytes(32)).hex()


def forgeries(chains, steps=1, first=1, count=FORGERIES):
    """Logs of transfers that never were, in the newest block, each the next nonce."""
    pair, head = chains.pair(), chains.home.chain.head()
    data = int(CARRIER.address, 16).to_bytes(32) + (steps << 8 | 6).to_bytes(32)
    return [
        {
            "address": pair.home.gate.address,
            "topics": [
                *(word(Sent.TOPIC), word(pair.route.id)),
                *(word(((1 << 40) + number).to_bytes(32)), word(CARRIER.address)),
            ],
            "data": "0x" + data.hex(),
            "blockNumber": hex(head.number),
            "blockHash": "0x" + head.hash.hex(),
            "transactionHash": "0x" + number.to_bytes(32).hex(),
            "logIndex": hex(number),
        }
        for number in range(first, first + count)
    ]


def poisoned(logs):
    """An endpoint that adds forged logs to every page that has the newest block."""

    def fault(proxy, asked, handler):
        found = proxy.forward(asked)
        last = int(asked["params"][0]["toBlock"], 16)
        found["result"] = [*found["result"], *(logs if last >= newest else [])]
        send(handler, json.dumps(found).encode())

    newest = int(logs[0]["blockNumber"], 16)
    return fault


def signatures(service):
    return service.attester.journal.mark().entries


def test_attack__one_endpoint_poisoned_the_other_flooded__gives_no_signature(attacked):
    chains, service, first, second = attacked
    first.break_with(poisoned(forgeries(chains)), "eth_getLogs")
    second.break_with(body(b"too many requests", 429))
    for _ in range(3):
        with pytest.raises(TooFewEndpoints):
            service.attester.attest()
    assert signatures(service) == 0
    second.mend()
    with pytest.raises(EndpointsDiffer):
        service.attester.attest()
    assert signatures(service) == 0
    first.mend()
    service.attester.attest()
    assert signatures(service) == 0


@pytest.mark.full
def test_attack__both_endpoints_repeat_the_forgeries__the_gates_books_give_them_away(attacked):
    chains, service, first, second = attacked
    logs = forgeries(chains)
    for endpoint in (first, second):
        endpoint.break_with(poisoned(logs), "eth_getLogs")
    with pytest.raises(BooksDiffer, match="last nonce"):
        service.attester.attest()
    assert signatures(service) == 0


def test_attack__forged_beyond_the_budget__is_unexplained(attacked):
    chains, service, first, second = attacked
    logs = forgeries(chains, steps=501 * STEP, count=1)
    for endpoint in (first, second):
        endpoint.break_with(poisoned(logs), "eth_getLogs")
    with pytest.raises(Unexplained, match="at most"):
        service.attester.attest()
    assert signatures(service) == 0


def test_attack__forged_out_of_turn__is_unexplained(attacked):
    chains, service, first, second = attacked
    logs = forgeries(chains, first=5, count=1)
    for endpoint in (first, second):
        endpoint.break_with(poisoned(logs), "eth_getLogs")
    with pytest.raises(Unexplained, match="follows message"):
        service.attester.attest()
    assert signatures(service) == 0
