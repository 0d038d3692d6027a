"""A ledger on disk is believed by those who would have read the same, and follows every re-org."""

import json

import pytest

from bridge.gate.carrier.service import open_carrier
from bridge.gate.ledger.ends import follow_both, witness_all
from bridge.gate.ledger.messages import Unexplained
from bridge.gate.ledger.reconciliation import compare_books
from bridge.gate.ledger.store import open_store
from bridge.ledger.finality import Finality
from pargrade.bindings.bridge_gate import Sent
from pargrade.chain.block import Tag
from pargrade.devnet.accounts import DESK
from tests.support.attesters import opened
from tests.support.proxy import send
from tests.support.two_chains import ATTESTERS, CARRIER, SENDER, STEP

pytestmark = pytest.mark.full


def word(address):
    return int(address, 16).to_bytes(32).hex()


def paying_the_carrier(proxy, asked, handler):
    """A lie about every message: whom it is for."""
    document = proxy.forward(asked)
    for log in document["result"]:
        if log["topics"][0] == "0x" + Sent.TOPIC.hex():
            log["data"] = log["data"].replace(word(DESK.address), word(CARRIER.address))
    send(handler, json.dumps(document).encode())


def test_attester__beside_a_carrier_that_was_lied_to__signs_what_its_endpoints_say(
    chains, tmp_path, fresh
):
    database, proxy = fresh(), chains.proxies["home"]
    nonce = chains.lock(5)
    proxy.break_with(paying_the_carrier, "eth_getLogs")
    chains.write(home__rpc_urls=[proxy.url, chains.home.url])
    carrying = open_carrier(chains.pair(), CARRIER, tmp_path / "carrier", database)
    carrying.carrier.carry()
    lied = carrying.carrier.followers.home.ledger.sent[nonce]
    assert lied.crossing.recipient == CARRIER.address
    carrying.close()
    proxy.mend()
    with opened(chains.pair(), tmp_path / "a", ATTESTERS[0], database=database) as service:
        [signed] = service.attester.attest().signed
        true = service.attester.home.ledger.sent[nonce].crossing
        assert true.recipient == DESK.address
        assert signed.digest == true.digest(chains.pair().route.remote, 1)


def test_attester__beside_a_watcher__waits_for_its_own_finality(chains, tmp_path, fresh):
    database = fresh()
    chains.write(home__finality="10", remote__finality="10")
    chains.home.chain.mine(10)
    chains.remote.chain.mine(10)
    chains.lock(5)
    watched = follow_both(chains.pair(), open_store(database), witness_all, Finality(Tag.LATEST))
    assert watched.sync().home.sent
    with opened(chains.pair(), tmp_path / "a", ATTESTERS[0], database=database) as service:
        assert service.attester.attest().signed == ()
        chains.home.chain.mine(10)
        chains.remote.chain.mine(10)
        assert len(service.attester.attest().signed) == 1


def test_follower__after_a_re_org_that_another_process_read_first__holds_what_is_on_the_chain(
    chains, fresh
):
    pair, chain = chains.pair(), chains.home.chain
    gate = pair.home.gate
    chains.send("home", chains.token.approve(gate.address, 2 * STEP))
    engine = open_store(fresh())
    first, second = (follow_both(pair, engine, witness_all) for _ in range(2))
    chains.home.chain.mine(1)
    first.home.sync()
    chains.send("home", gate.send(pair.terms, STEP, 0, DESK.address, False))
    first.home.sync()
    nonce = first.home.ledger.last_nonce
    call = gate.send(pair.terms, STEP, 0, CARRIER.address, False)
    sent = {"from": SENDER.address, "to": gate.address, "data": "0x" + call.data.hex()}
    chain.request("anvil_reorg", 1, [[{**sent, "gas": hex(300_000)}, 0]])
    chain.mine(3)
    for followers in (second, first):
        followers.home.sync()
        assert followers.home.ledger.sent[nonce].crossing.recipient == CARRIER.address
        assert compare_books(followers.home) == []
    assert first.home.ledger.sent == second.home.ledger.sent


def test_follower__of_a_log_at_a_place_that_no_block_has__refuses_it_by_name(chains):
    """A quantity may have 256 bits; what keeps it has fewer."""
    proxy = chains.proxies["home"]
    chains.lock(1)

    def far(proxy, asked, handler):
        document = proxy.forward(asked)
        for log in document["result"]:
            log["logIndex"] = hex(2**200 + int(log["logIndex"], 16))
        send(handler, json.dumps(document).encode())

    proxy.break_with(far, "eth_getLogs")
    chains.write(home__rpc_urls=[proxy.url, chains.home.url])
    followers = follow_both(chains.pair(), open_store("sqlite://"))
    with pytest.raises(Unexplained, match="absurd"):
        followers.sync()
    proxy.mend()
    assert followers.sync().home.sent
