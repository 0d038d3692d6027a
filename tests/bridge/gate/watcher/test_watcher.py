"""What is minted is held against what is locked; what is wrong twice is an alarm and is stopped."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from bridge.gate.carrier.service import open_carrier
from bridge.gate.route.end import RouteSide
from bridge.gate.watcher.market_debt import MarketDebt, SeriesDebt
from bridge.gate.watcher.service import WatcherService
from pargrade.bindings.structs import Phase
from pargrade.canonical import canonical_json
from pargrade.chain.block import Tag
from pargrade.chain.hashing import keccak
from pargrade.clock import HOUR_S
from pargrade.deployment.session import Session
from pargrade.devnet.accounts import COUNCIL, DESK, GUARDIAN
from pargrade.devnet.rounds import record_rounds
from pargrade.keys.remote_signer import SignerFailed
from pargrade.units import LOT, Price
from tests.support.attesters import attesting
from tests.support.cli import run
from tests.support.proxy import send
from tests.support.theft import steal
from tests.support.two_chains import ATTESTERS, CARRIER, GENESIS, STEP
from tests.support.world import World

pytestmark = pytest.mark.full

ENDS = ("home", "remote")


def watch(chains, *words):
    return run("bridge", "watch", str(chains.path), "--data", str(chains.folder / "w"), *words)


def key_of(actor):
    return ("--key", "0x" + actor.key.reveal().hex())


def watcher_of(chains, actor=None):
    from bridge.gate.ledger.ends import follow_both
    from bridge.gate.ledger.store import open_store
    from bridge.gate.watcher.service import open_senders
    from bridge.gate.watcher.watcher import Watcher
    from bridge.ledger.finality import Finality
    from pargrade.chain.fees import FeePolicy

    pair = chains.pair()
    followers = follow_both(pair, open_store("sqlite://"), finality=Finality(Tag.LATEST))
    if actor is None:
        return Watcher(pair, followers)
    senders = open_senders(pair, actor.key, chains.folder, FeePolicy(), dry_run=False)
    return Watcher(pair, followers, actor.address, senders)


def test_watch__an_honest_route__has_no_fault(chains, tmp_path):
    with attesting(chains, tmp_path / "attesters") as services:
        chains.lock(30)
        assert watch(chains, "--once").code == 0
        for service in services:
            service.attester.attest()
        open_carrier(chains.pair(), CARRIER, tmp_path / "c").carrier.carry()
        chains.burn(10)
        found = watch(chains, "--once", "--json").json
        assert found["faults"] == found["alarms"] == []


@pytest.mark.parametrize("actor", [COUNCIL, GUARDIAN], ids=["council", "guardian"])
def test_watch__minted_and_never_locked__is_an_alarm_and_stopped_at_both_ends(chains, actor):
    watcher = watcher_of(chains, actor)
    assert watcher.look().faults == ()
    steal(chains)
    first = watcher.look()
    assert (first.alarms, first.stopped) == ((), ())
    second = watcher.look()
    assert any("never left" in alarm for alarm in second.alarms)
    assert second.stopped
    pair = chains.pair()
    for end in ENDS:
        gate, now = chains.gate(end), chains.chain(end).head().timestamp
        state = gate.route_state(pair.route.id, block=Tag.LATEST)
        if actor is COUNCIL:
            assert state.stopped_until > now
        else:
            assert state.entry_stopped
            assert gate.delayed_until(pair.route.id, block=Tag.LATEST) > now
    assert watcher.look().stopped == ()


@pytest.mark.parametrize("end", RouteSide)
def test_watch__without_a_signer_for_one_end__stops_the_other_and_goes_on(chains, end):
    watcher = watcher_of(chains, COUNCIL)

    def gone(call, name):
        raise SignerFailed("http://127.0.0.1:1", "timed out")

    watcher.senders = {**watcher.senders, end: gone}
    watcher.look()
    steal(chains)
    service, reports = WatcherService(watcher), []

    def looked(report):
        reports.append(report)
        if len(reports) == 3:
            service.stop.set()

    service.run(0.01, looked)
    assert any(report.stopped for report in reports)
    route = chains.pair().route.id
    for side in RouteSide:
        stopped = chains.gate(side.value).route_state(route, block=Tag.LATEST).stopped_until
        assert (stopped > chains.chain(side.value).head().timestamp) == (side is not end)


def test_watch__without_a_role__raises_the_alarm_alone(chains):
    watcher = watcher_of(chains, DESK)
    steal(chains)
    watcher.look()
    report = watcher.look()
    assert report.alarms
    assert report.stopped == ()
    ended = watch(chains, "--once")
    assert ended.code == 1
    assert "never left" in ended.out


def test_attester__after_a_theft__signs_nothing_any_more(chains, tmp_path):
    from bridge.gate.attester.attester import Inexplicable
    from tests.support.attesters import opened

    with opened(chains.pair(), tmp_path / "a", ATTESTERS[0]) as service:
        chains.lock(5)
        steal(chains)
        with pytest.raises(Inexplicable, match="never left"):
            service.attester.attest()


def test_audit__of_a_route__balances_and_is_signed(chains, tmp_path):
    with attesting(chains, tmp_path / "attesters") as services:
        chains.lock(30)
        for service in services:
            service.attester.attest()
        open_carrier(chains.pair(), CARRIER, tmp_path / "c").carrier.carry()
        chains.lock(5)
        chains.burn(10)
    [proof] = run("bridge", "audit", str(chains.path), *key_of(DESK), "--json").json
    assert proof["is_covered"]
    figures = {name: int(proof[f"{name}_steps"]) for name in ("locked", "minted", "out", "back")}
    assert figures == {"locked": 35 * STEP, "minted": 20 * STEP, "out": 5 * STEP, "back": 10 * STEP}
    assert proof["signer"] == DESK.address
    signed = {name: proof[name] for name in proof if name not in ADDED}
    assert proof["document_hash"] == "0x" + keccak(canonical_json(signed)).hex()
    assert "covered" in run("bridge", "audit", str(chains.path)).out


def traded(chains):
    """Three series at home: two with pairs of A1GH, and one that does not take it."""
    world = World(chains.home.chain, chains.home.url, chains.folder)
    world.path = chains.folder / "home.json"
    session = Session(chains.home.chain, world.deployment, world.path)
    record_rounds(session, chains.home.chain, [GENESIS + HOUR_S], Price(2 * 10**8))
    day = datetime.fromtimestamp(chains.home.chain.head().timestamp, UTC).date()

    def create(name, days, *words):
        start, expiry = (str(day + timedelta(days=after)) for after in (days, days + 1))
        terms = ("--start", start, "--expiry", expiry, "--reference", "2.00")
        ended = world.run("futures", "create", name, *words, *terms)
        assert ended.code == 0, ended.error

    assert world.run("wrap", "A1GH", "5000").code == 0
    for name, days, lots in (("SPRING", 2, 10), ("LATER", 5, 25)):
        create(name, days, "--grade", "A1GH")
        ended = world.run("futures", "open", name, "--lots", str(lots))
        assert ended.code == 0, ended.error
    create("OTHER", 2, "--grade", "L70M")
    return {name: world.series(name) for name in ("SPRING", "LATER", "OTHER")}


ADDED = {"document_hash", "signer", "signature"}


def test_audit__after_a_theft__is_not_covered(chains):
    steal(chains)
    ended = run("bridge", "audit", str(chains.path), "--json")
    assert ended.code == 1
    assert '"is_covered": false' in ended.out


def test_audit__of_a_units_route__shows_the_grade_behind_it(bare):
    bare.write(home__token="A1GH")
    bare.provision()
    [proof] = run("bridge", "audit", str(bare.path), "--json").json
    assert (proof["grade"]["symbol"], proof["grade"]["state"]) == ("A1GH", "open")
    assert (proof["market"], proof["series"]) == (None, [])


def test_audit__of_a_unit_that_series_take__states_what_each_owes_and_no_other_series(bare):
    listed = traded(bare)
    bare.write(home__token="A1GH")
    bare.provision()
    [proof] = run("bridge", "audit", str(bare.path), "--json").json
    assert proof["is_covered"]
    owed = {each["series"]: int(each["owes"]) for each in proof["series"]}
    assert owed == {"SPRING": 10 * LOT, "LATER": 25 * LOT}
    assert {each["series_id"] for each in proof["series"]} == {str(listed[name]) for name in owed}
    assert proof["market"] == {"holds": str(35 * LOT), "owes": str(35 * LOT)}
    bare.write(home__token=bare.token.address)
    bare.provision()
    [other] = run("bridge", "audit", str(bare.path), "--json").json
    assert (other["market"], other["series"]) == (None, [])


def test_audit__of_a_market_that_holds_less_than_its_series_owe__is_not_covered():
    spring = SeriesDebt("SPRING", 1, Phase.OPEN, 10)
    later = SeriesDebt("LATER", 2, Phase.PROPOSED, 25)
    done = SeriesDebt("DONE", 3, Phase.SETTLED, 1_000)
    assert MarketDebt(35 * LOT, (spring, later, done)).is_covered
    assert not MarketDebt(35 * LOT - 1, (spring, later, done)).is_covered
    assert done.to_json()["owes_at_most"] == str(1_000 * LOT)


def test_audit__where_one_endpoint_lies_about_the_market__proves_nothing(bare):
    traded(bare)
    bare.write(home__token="A1GH")
    bare.provision()
    market = bare.deployment("home").address("FuturesMarket").lower()

    def half(proxy, asked, handler):
        document = proxy.forward(asked)
        if asked["params"][0]["to"].lower() == market:
            document["result"] = "0x" + "00" * ((len(document["result"]) - 2) // 2)
        send(handler, json.dumps(document).encode())

    bare.proxies["home"].break_with(half, "eth_call")
    refused = run("bridge", "audit", str(bare.path))
    assert refused.code == 1
    assert "covered" not in refused.out
