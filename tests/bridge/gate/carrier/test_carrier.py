"""A carrier brings over what a quorum attested, exactly once, whatever single attesters do."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.gate.carrier.arrivals import Ready, read_taken, split_by_budget
from bridge.gate.carrier.attester_client import AttesterClient, AttesterSilent
from bridge.gate.carrier.quorum import attestation_of, sort_signatures
from bridge.gate.carrier.service import open_carrier
from bridge.gate.route.end import RouteSide
from bridge.outbox.records import Verdict
from pargrade.bindings import errors as refused
from pargrade.bindings.bridged_token import BridgedToken
from pargrade.bindings.structs import Attestation
from pargrade.chain.block import Tag
from pargrade.chain.errors import Reverted
from pargrade.chain.wallet import Wallet
from pargrade.devnet.accounts import DESK
from pargrade.gate.transfer import Amount, Crossing, End
from pargrade.process.ports import free_ports
from tests.support.attesters import attesting
from tests.support.mining import mine_once_waiting
from tests.support.two_chains import ATTESTERS, CARRIER, STEP, TwoChains

pytestmark = pytest.mark.full

DAY = 86_400


@pytest.fixture
def services(chains, tmp_path):
    with attesting(chains, tmp_path / "attesters") as found:
        yield found


def carrier(chains: TwoChains, folder: Path):
    return open_carrier(chains.pair(), CARRIER, folder / "carrier").carrier


def held(chains: TwoChains, end: str, account: str = DESK.address) -> int:
    pair = chains.pair()
    token = pair.token_at(RouteSide(end))
    return BridgedToken(chains.chain(end), token).balance_of(account, block=Tag.LATEST)


def look(services) -> None:
    for service in services:
        service.attester.attest()


def test_carry__there_and_back__is_exact(chains, services, tmp_path):
    before = held(chains, "home")
    chains.lock(100)
    look(services)
    carrying = carrier(chains, tmp_path)
    assert [o.act.split(":")[0] for _, o in carrying.carry().outcomes] == ["remote"]
    assert (held(chains, "home"), held(chains, "remote")) == (before - 100 * STEP, 100 * STEP)
    chains.burn(60)
    look(services)
    carrying.carry()
    assert (held(chains, "home"), held(chains, "remote")) == (before - 40 * STEP, 40 * STEP)
    ledger = carrying.followers.sync()
    assert (ledger.home.locked, ledger.remote.minted) == (40 * STEP, 40 * STEP)
    assert carrying.carry().outcomes == []


def test_carry__below_the_quorum__waits_and_says_how_many_signed(chains, services, tmp_path):
    chains.lock(5)
    look(services[:2])
    carrying = carrier(chains, tmp_path)
    done = carrying.carry()
    assert done.outcomes == []
    assert list(done.waiting.values()) == ["2 of 3 signatures"]
    look(services[2:3])
    assert len(carrying.carry().outcomes) == 1


def test_carry__attesters_that_are_down_or_lie__are_passed_over(chains, services, tmp_path):
    chains.lock(5)
    look(services)
    urls = chains.pair().file.attesters.urls
    [nowhere] = free_ports(1)
    chains.write(attesters__urls=[*urls[:3], f"http://127.0.0.1:{nowhere}", chains.home.url])
    carrying = carrier(chains, tmp_path)
    assert len(carrying.carry().outcomes) == 1
    assert len(carrying.gathering.silent) == 2


def test_carry__more_than_fits__goes_in_parts_by_itself_and_is_exact(chains, services, tmp_path):
    pair = chains.pair()
    chains.send("home", chains.token.approve(pair.home.gate.address, 600 * STEP))
    queued = pair.home.gate.send(pair.terms, 600 * STEP, 0, DESK.address, True)
    chains.send("home", queued)
    carrying = carrier(chains, tmp_path)
    for _ in range(8):
        carrying.carry()
        look(services)
        for net in (chains.home, chains.remote):
            net.chain.advance(net.chain.head().timestamp + DAY // 2)
    assert held(chains, "remote") == 600 * STEP
    ledger = carrying.followers.sync()
    assert len(ledger.home.sent) > 1
    assert ledger.home.locked == ledger.remote.minted == 600 * STEP
    assert list(ledger.unexplained()) == []


def test_carry__queued_on_an_epoch_that_is_revoked__is_attested_again(chains, services, tmp_path):
    from pargrade.devnet.accounts import GUARDIAN

    carrying = carrier(chains, tmp_path)
    Wallet(chains.remote.chain, GUARDIAN.key).send(
        chains.gate("remote").delay_inbound((chains.pair().route.id,))
    )
    chains.lock(5)
    look(services)
    carrying.carry()
    assert chains.run("attesters", "revoke", "--end", "remote").code == 0
    assert chains.run("attesters", "set").code == 0
    look(services)
    assert [o.act.rpartition(" ")[2] for _, o in carrying.carry().outcomes] == ["arrives"]
    chains.remote.chain.advance(chains.remote.chain.head().timestamp + 3 * DAY)
    carrying.carry()
    assert held(chains, "remote") == 5 * STEP


def test_carry__two_carriers__deliver_once(chains, services, tmp_path):
    chains.lock(5)
    look(services)
    first, second = carrier(chains, tmp_path / "a"), carrier(chains, tmp_path / "b")
    assert len(first.carry().outcomes) == 1
    assert second.carry().outcomes == []
    assert held(chains, "remote") == 5 * STEP


def test_carry__many_messages__are_delivered_in_one_block_and_asked_for_once(
    chains, services, tmp_path
):
    nonces = [chains.lock(tokens) for tokens in (5, 6, 7, 8)]
    look(services)
    carrying = carrier(chains, tmp_path)
    remote = chains.remote.chain
    remote.pause_mining()
    mining = threading.Thread(target=mine_once_waiting, args=(remote, len(nonces)))
    mining.start()
    try:
        done = carrying.carry()
    finally:
        mining.join()
        remote.resume_mining()
    assert len(done.outcomes) == len(nonces)
    assert len({outcome.block for _, outcome in done.outcomes}) == 1
    assert {outcome.verdict for _, outcome in done.outcomes} == {Verdict.DONE}
    assert held(chains, "remote") == 26 * STEP


def test_split__what_does_not_fit_with_those_before__goes_alone():
    def ready(steps):
        crossing = replace(CROSSING, amount=Amount(steps, 6))
        return Ready(crossing, Attestation(1, 0, b""))

    five, nine, four, last = map(ready, (5, 9, 4, 1))
    assert split_by_budget([five, nine, four, last], 10) == ([five, four, last], [nine])
    assert split_by_budget([], 10) == ([], [])


def test_taken__newer_than_the_ledger__is_read_from_the_gates_events(chains, services, tmp_path):
    nonces = [chains.lock(tokens) for tokens in (5, 6)]
    look(services)
    carrying = carrier(chains, tmp_path)
    carrying.followers.sync()
    old = carrying._ledgered(RouteSide.REMOTE)
    end, head = carrying.pair.remote, chains.remote.chain.head
    assert read_taken(end, old, head(), nonces) == set()
    carrying.carry()
    assert old.ledger.arrivals == {}
    assert read_taken(end, old, head(), nonces) == set(nonces)
    assert read_taken(end, carrying._ledgered(RouteSide.REMOTE), head(), nonces) == set(nonces)


def test_carry__dry_run__sends_nothing(chains, services, tmp_path):
    chains.lock(5)
    look(services)
    before = chains.remote.chain.height()
    folder = str(tmp_path / "dry")
    done = chains.run("carry", "--dry-run", "--data", folder, "--json").json
    assert [each["verdict"] for each in done["outcomes"]] == ["planned"]
    assert chains.remote.chain.height() == before


CROSSING = Crossing(b"\7" * 32, (1 << 40) + 1, DESK.address, DESK.address, Amount(5 * STEP, 6))


def forgeries(chains: TwoChains) -> dict[str, Crossing]:
    """Transfers that never left, each wrong in one thing."""
    pair = chains.pair()
    real = Crossing(pair.route.id, chains.lock(5), DESK.address, DESK.address, Amount(5 * STEP, 6))
    return {
        "amount": replace(real, amount=Amount(500 * STEP, 6)),
        "recipient": replace(real, recipient=CARRIER.address),
        "nonce": replace(real, nonce=real.nonce + 1),
        "sender": replace(real, sender=CARRIER.address),
    }


def test_forged__by_a_minority__no_forgery_is_believed(chains, tmp_path):
    """Two of five sign whatever they are given; every forgery needs a third."""
    pair, gate = chains.pair(), chains.gate("remote")
    config = gate.attester_config(1, block=Tag.LATEST)
    wallet = Wallet(chains.remote.chain, CARRIER)
    from bridge.gate.carrier.arrivals import transfer_of

    for crossing in forgeries(chains).values():
        digest = crossing.digest(pair.route.remote, 1)
        given = [key.sign(digest) for key in ATTESTERS[:2]] * 3
        signed = sort_signatures(crossing, pair.route.remote, config, given)
        assert len(signed) == 2
        assert attestation_of(config, signed) is None
        lie = Attestation(1, 0b111, b"".join(each.compact for each in given[:3]))
        with pytest.raises(Reverted):
            wallet.simulate(gate.deliver(pair.terms, transfer_of(crossing), lie))


@pytest.mark.parametrize("what", ["chain", "gate", "epoch"])
def test_forged__signed_for_another_place__is_not_believed_here(chains, what):
    pair = chains.pair()
    remote = pair.route.remote
    crossing = forgeries(chains)["amount"]
    elsewhere: End = {
        "chain": replace(remote, chain=5),
        "gate": replace(remote, gate=CARRIER.address),
        "epoch": remote,
    }[what]
    epoch = 2 if what == "epoch" else 1
    config = chains.gate("remote").attester_config(1, block=Tag.LATEST)
    digest = crossing.digest(elsewhere, epoch)
    given = [key.sign(digest) for key in ATTESTERS]
    assert sort_signatures(crossing, remote, config, given) == {}


def test_delivery__with_the_signatures_of_an_old_epoch__is_refused(chains, services):
    pair, gate = chains.pair(), chains.gate("remote")
    from bridge.gate.carrier.arrivals import transfer_of

    nonce = chains.lock(5)
    crossing = Crossing(pair.route.id, nonce, DESK.address, DESK.address, Amount(5 * STEP, 6))
    config = gate.attester_config(1, block=Tag.LATEST)
    digest = crossing.digest(pair.route.remote, 1)
    signed = sort_signatures(
        crossing, pair.route.remote, config, [key.sign(digest) for key in ATTESTERS]
    )
    attestation = attestation_of(config, signed)
    assert chains.run("attesters", "revoke", "--end", "remote").code == 0
    with pytest.raises(refused.RevokedEpoch):
        Wallet(chains.remote.chain, CARRIER).simulate(
            gate.deliver(pair.terms, transfer_of(crossing), attestation)
        )


@pytest.mark.parametrize("url", ["ftp://x", "http://[::1", "http://127.0.0.1:99999", "not a url"])
def test_client__a_bad_address__is_one_error(url):
    with pytest.raises(AttesterSilent):
        AttesterClient(url)


def test_carry__a_message_nobody_attests__does_not_hold_up_those_behind_it(chains, tmp_path):
    with attesting(chains, tmp_path / "attesters", cap=4 * STEP) as services:
        chains.lock(5)
        chains.lock(3)
        look(services)
        done = carrier(chains, tmp_path).carry()
    assert len(done.outcomes) == 1
    assert list(done.waiting.values()) == ["0 of 3 signatures"]
    assert held(chains, "remote") == 3 * STEP
