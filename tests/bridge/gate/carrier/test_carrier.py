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
from pargrade.devnet.anvil import DEVNET_KEYS
from pargrade.gate.transfer import Amount, Crossing, End
from pargrade.process.ports import free_ports
from tests.support.attesters import attesting
from tests.support.mining import mine_once_waiting
from tests.support.two_chains import ATTESTERS, CARRIER, SENDER, STEP, TwoChains

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


@pytest.fixture
def dusty(chains, services):
    """A message that is attested, and five crumbs behind it that wait to leave and would fit."""
    pair, home, wallet = chains.pair(), chains.home.chain, Wallet(chains.home.chain, SENDER)
    gate = pair.home.gate
    chains.send("home", chains.token.approve(gate.address, 501 * STEP))
    home.pause_mining()
    # In one block, or time makes room for them.
    amounts = (500 * STEP, *[STEP // 500] * 5)
    calls = [gate.send(pair.terms, each, 0, DESK.address, True) for each in amounts]
    sent = [wallet.submit(call, gas=300_000) for call in calls]
    home.resume_mining()
    home.mine(1)
    for pending in sent:
        wallet.wait(pending)
    assert gate.queue_lengths(block=Tag.LATEST).outbounds == 5
    nonce = gate.last_nonce(pair.route.id, block=Tag.LATEST)
    look(services)
    for net in (chains.home, chains.remote):
        net.chain.advance(net.chain.head().timestamp + 3_600)
    return nonce


def test_carry__dust_that_waits_to_leave__goes_in_one_block_and_holds_nothing_up(
    chains, dusty, tmp_path
):
    carrying, home = carrier(chains, tmp_path), chains.home.chain
    home.pause_mining()
    mining = threading.Thread(target=mine_once_waiting, args=(home, 5))
    mining.start()
    try:
        done = carrying.carry()
    finally:
        mining.join()
        home.resume_mining()
    first, *rest = [outcome for _, outcome in done.outcomes]
    assert first.act == f"remote: message {dusty} arrives"
    assert len({outcome.block for outcome in rest}) == 1
    assert [outcome.verdict for outcome in rest] == [Verdict.DONE] * 5


def test_carry__small_messages_without_room__wait_for_it_and_cost_nothing_until(
    chains, services, tmp_path
):
    for tokens in (500, 1, 2):
        chains.lock(tokens)
        for net in (chains.home, chains.remote):
            net.chain.advance(net.chain.head().timestamp + 600)
    look(services)
    carrying = carrier(chains, tmp_path)
    done = carrying.carry()
    assert len(done.outcomes) == 1
    assert list(done.waiting.values()) == ["more than may arrive now"] * 2
    for net in (chains.home, chains.remote):
        net.chain.advance(net.chain.head().timestamp + 3_600)
    assert [outcome.gas_used < 150_000 for _, outcome in carrying.carry().outcomes] == [True] * 2
    assert held(chains, "remote") == 503 * STEP


def test_carry__less_than_is_carried_here__is_left_to_others_and_said(chains, dusty, tmp_path):
    folder, pair = tmp_path / "choosy", chains.pair()
    choosy = open_carrier(pair, CARRIER, folder, least_steps=STEP).carrier
    done = choosy.carry()
    assert [outcome.act for _, outcome in done.outcomes] == [f"remote: message {dusty} arrives"]
    assert done.waiting["home: dust that waits"].startswith("5 are less")
    command = ("carry", "--once", "--least-tokens", "1", "--json", "--data", str(tmp_path / "cli"))
    shown = chains.run(*command, "--key", DEVNET_KEYS[15]).json
    assert (shown["outcomes"], len(shown["waiting"])) == ([], 1)


def test_carry__the_rest_of_a_great_transfer__is_no_dust(chains, services, tmp_path):
    pair = chains.pair()
    gate, least = pair.home.gate, 510 * STEP
    chains.send("home", chains.token.approve(gate.address, 510 * STEP))
    # Ten more than leave at once: what is left of it is less than this carrier takes of others.
    chains.send("home", gate.send(pair.terms, 510 * STEP, 0, DESK.address, True))
    carrying = open_carrier(pair, CARRIER, tmp_path / "choosy", least_steps=least).carrier
    for _ in range(4):
        carrying.carry()
        look(services)
        for net in (chains.home, chains.remote):
            net.chain.advance(net.chain.head().timestamp + DAY // 2)
    assert held(chains, "remote") == 510 * STEP


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
