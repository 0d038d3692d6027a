"""The second version of the index, put on a chain and reported to by the protocol's own reports."""

from dataclasses import replace

import pytest

from oracle.protocol.committee.bounds import Bounds, most_liars
from oracle.protocol.report.valuation import Figure
from pargrade.bindings.errors import AllRefused, OtherFlags
from pargrade.bindings.futures_market import FuturesMarket
from pargrade.bindings.index_feed import IndexFeed
from pargrade.bindings.phased_index import PhasedIndex
from pargrade.bindings.spot_index import SpotIndex
from pargrade.bindings.spot_index_v2 import IndexRefused, RoundRecorded
from pargrade.bindings.structs import Refusal, State
from pargrade.chain.block import Tag
from pargrade.chain.keys import Key
from pargrade.chain.wallet import Wallet
from pargrade.deployment.deployer import deploy
from pargrade.deployment.plan import Reporters, UnusedLimits, WeakQuorum, default_quorum
from pargrade.deployment.shipped_code import check_code
from pargrade.devnet.anvil import Devnet, devnet_keys
from pargrade.spot_index.observation import Observation, index_domain, sign
from pargrade.spot_index.quorum import IndexVersion
from pargrade.spot_index.report import Part, Report
from pargrade.spot_index.submission import BadSubmission, pack_submission
from tests.support.transmitter import KEYS, ROOT, USD, Transmitter, planned
from tests.support.world import HOUR, MIDNIGHT


@pytest.fixture(scope="module")
def transmitter():
    with Devnet(genesis=MIDNIGHT) as devnet:
        yield Transmitter(devnet, planned(3))


def test_submit__report_of_the_protocol__is_recorded_and_read_by_every_reader(transmitter):
    figures = Figure(3 * USD, USD // 100, 4), Figure(2 * USD, USD, 3)
    receipt = transmitter.submit(*figures, signers=tuple(range(7)))
    recorded = list(receipt.events(RoundRecorded))
    slot = transmitter.slot
    assert [(e.index, e.slot, e.value, e.confidence, e.providers) for e in recorded] == [
        (0, slot, 3 * USD, USD // 100, 4),
        (1, slot, 2 * USD, USD, 3),
    ]
    quality = transmitter.index.quality(0, 1, block=Tag.LATEST)
    # A cent of three dollars is 33.33 basis points: rounded up.
    assert (quality.confidence_bps, quality.providers) == (34, 4)

    feed = IndexFeed(transmitter.chain, transmitter.deployment.address("IndexFeed"))
    read_as_before = SpotIndex(transmitter.chain, transmitter.address)
    assert feed.latest_round_data(block=Tag.LATEST).answer == 3 * USD
    status = read_as_before.status(1, block=Tag.LATEST)
    assert (status.latest.value, status.state, status.reporters) == (2 * USD, State.LIVE, 7)
    market = FuturesMarket(transmitter.chain, transmitter.deployment.address("FuturesMarket"))
    assert market.spot_index(block=Tag.LATEST) == transmitter.address


def test_plan__of_an_index_with_limits_of_its_own__puts_them_on_the_chain_and_no_others():
    plan = planned(3)
    own = replace(plan.limits[1], heartbeat=900, min_interval=600)
    plan = replace(plan, own_limits={plan.indices[1]: own})
    with Devnet(genesis=MIDNIGHT) as devnet:
        index = Transmitter(devnet, plan).index
        found = [index.limits_of(number, block=Tag.LATEST) for number in range(2)]
    assert found == [planned(3).limits[0], own]
    with pytest.raises(UnusedLimits, match="H100 / EUR"):
        replace(plan, own_limits={"H100 / EUR": own})


def test_submit__one_index_too_fast__names_it_and_records_the_other(transmitter):
    transmitter.submit(Figure(3 * USD, 0, 4), Figure(2 * USD, 0, 4), signers=tuple(range(7)))
    receipt = transmitter.submit(
        Figure(9 * USD, 0, 4), Figure(2 * USD + 1, 0, 4), signers=(1, 4, 6)
    )
    refused = receipt.event(IndexRefused)
    assert (refused.index, refused.reason) == (0, Refusal.TOO_FAST)
    assert (refused.last, refused.value) == (3 * USD, 9 * USD)
    assert transmitter.index.latest(1, block=Tag.LATEST).value == 2 * USD + 1


def test_submit__every_index_refused__says_why_of_the_first(transmitter):
    packed = transmitter.submission(Figure(0, 0, 0), Figure(0, 0, 0), signers=(0, 1, 2))
    with pytest.raises(AllRefused) as refused:
        transmitter.wallet.send(transmitter.index.submit(packed))
    assert refused.value.reason is Refusal.ABSENT


def test_follow__second_version_beside_the_first__feed_and_market_read_it_from_midnight_on():
    with Devnet(genesis=MIDNIGHT) as devnet:
        chain, wallet = devnet.chain, Wallet(devnet.chain, devnet_keys()[0])
        first = planned(3)
        before = replace(first.reporters, index_version=IndexVersion.OBSERVATIONS, quorum=5)
        old = deploy(wallet, replace(first, reporters=before, phased=True))
        front = PhasedIndex(chain, old.address("PhasedIndex"))
        feed = IndexFeed(chain, old.address("IndexFeed"))
        market = FuturesMarket(chain, old.address("FuturesMarket"))
        assert market.spot_index(block=Tag.LATEST) == front.address
        assert differing(chain, old) == {}
        record_observations(chain, wallet, SpotIndex(chain, old.address("SpotIndex")), 2 * USD)
        assert feed.latest_answer(block=Tag.LATEST) == 2 * USD

        # The same plan with the second version is another index of the same governance.
        new = Transmitter(devnet, first)
        new.slot = MIDNIGHT + HOUR
        everyone = tuple(range(7))
        new.submit(Figure(3 * USD, 0, 4), Figure(3 * USD, 0, 4), signers=everyone)
        turn = MIDNIGHT + 24 * HOUR
        wallet.send(front.follow(new.address, turn))
        assert feed.latest_answer(block=Tag.LATEST) == 2 * USD
        new.slot = turn - HOUR
        new.submit(Figure(3 * USD, 0, 4), Figure(3 * USD, 0, 4), signers=everyone)
        chain.advance(turn + 1)
        assert front.phase_now(block=Tag.LATEST) == 2
        assert feed.latest_answer(block=Tag.LATEST) == 3 * USD
        assert feed.latest_round(block=Tag.LATEST) == (2 << 64) + 2
        # The old file does not name the index that series are settled by from now on.
        assert f"answers for index {new.address}" in differing(chain, old)["PhasedIndex"]


def differing(chain, deployment) -> dict[str, str | None]:
    """What differs from what ships, by name, and why."""
    return {c.name: c.difference for c in check_code(chain, deployment) if c.difference}


def record_observations(chain, wallet: Wallet, index: SpotIndex, value: int) -> None:
    """A round of the first version that all seven sign."""
    config = index.reporter_config(block=Tag.LATEST)
    slot = MIDNIGHT + HOUR
    observation = Observation(
        index_set=index.index_set(block=Tag.LATEST),
        epoch=config.epoch,
        slot=slot,
        flags=0,
        values=(value, value),
        method_hash=config.method_hash,
        evidence_root=ROOT,
    )
    domain = index_domain(chain.chain_id, index.address)
    parts = tuple(
        Part(number, sign(observation, domain, key).signature.compact, ROOT, observation.values)
        for number, key in enumerate(KEYS)
    )
    chain.next_block_at(slot)
    wallet.send(index.submit(Report.of(slot, 0, parts).pack()), gas=600_000)


def test_deploy__replayed__takes_replayed_reports_and_no_live_one():
    with Devnet(genesis=MIDNIGHT) as devnet:
        transmitter = Transmitter(devnet, planned(5, replayed=True))
        everyone = tuple(range(7))
        transmitter.submit(Figure(USD, 0, 4), Figure(USD, 0, 4), signers=everyone)
        assert transmitter.index.latest(0, block=Tag.LATEST).flags == 1
        live = transmitter.submission(
            Figure(USD, 0, 4), Figure(USD, 0, 4), signers=everyone, flags=0
        )
        with pytest.raises(OtherFlags):
            transmitter.wallet.send(transmitter.index.submit(live))
        assert differing(devnet.chain, transmitter.deployment) == {}


@pytest.mark.parametrize(("reporters", "least", "most"), [(4, 2, 3), (5, 2, 4), (7, 3, 5)])
def test_reporters__signatures_outside_f_plus_one_to_n_minus_f__are_refused(reporters, least, most):
    addresses = tuple(Key(bytes([n + 1]) * 32).address for n in range(reporters))
    for signatures in range(reporters + 2):
        if least <= signatures <= most:
            made = Reporters(addresses, signatures, ROOT, IndexVersion.COMMON_REPORT)
            assert made.liars == most_liars(reporters)
            assert made.silent == reporters - max(
                Bounds(reporters, made.liars, signatures).prepares, signatures
            )
        else:
            with pytest.raises(WeakQuorum, match="not usable") as refused:
                Reporters(addresses, signatures, ROOT, IndexVersion.COMMON_REPORT)
            assert f"Take {least} to {most} signatures" in refused.value.hint
    assert least <= default_quorum(reporters, IndexVersion.COMMON_REPORT) <= most


@pytest.mark.parametrize(
    "spoiled",
    [
        {"input_root": b""},
        {"flags": 256},
        {"figures": [(1 << 64, 0, 0)]},
        {"figures": [(1, 0, 256)]},
        {"slot": -1},
        {"signatures": {32: b"s" * 64}},
        {"signatures": {0: b"s" * 63}},
    ],
)
def test_pack_submission__what_does_not_fit__is_refused(spoiled):
    sound = {
        "slot": MIDNIGHT,
        "flags": 0,
        "figures": [(1, 2, 3)],
        "input_root": ROOT,
        "signatures": {5: b"s" * 64},
    }
    assert len(pack_submission(**sound)) == 42 + 17 + 64
    with pytest.raises(BadSubmission):
        pack_submission(**(sound | spoiled))
