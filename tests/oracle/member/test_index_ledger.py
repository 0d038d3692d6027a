"""SpotIndexV2 as a node uses it, on a chain: what lands, what is refused, and who was the set."""

from contextlib import closing, contextmanager
from dataclasses import replace

import pytest

from oracle.epochs.whole_log import LogsLeftOut
from oracle.member.index_ledger import IndexLedger
from oracle.member.lander import Lander
from oracle.member.ledger import LandingRefused
from oracle.protocol.prepare.votes import Certificate
from oracle.simulation.scenario import BEGIN
from pargrade.bindings.spot_index_v2 import ReportersChanged, ReportRecorded, RoundRecorded
from pargrade.chain.block import Tag
from pargrade.chain.endpoints import Endpoints
from pargrade.chain.errors import UnknownBlock
from pargrade.chain.fees import FeePolicy
from pargrade.chain.wallet import Wallet
from pargrade.clock import HOUR_S
from pargrade.deployment.index_on_chain import IndexOnChain
from pargrade.devnet.anvil import Devnet, devnet_keys
from tests.support.ledgers import KEYS, NAMES, VALUE8, deployed, landing_of, opened
from tests.support.nodes import until
from tests.support.proxy import fault_proxy, lost_logs


@pytest.fixture(scope="module")
def devnet():
    with Devnet(genesis=BEGIN - 120) as running:
        yield running


@pytest.fixture
def chain(devnet):
    with devnet.chain.restored() as restored:
        yield restored


@pytest.fixture
def index(chain):
    return deployed(chain, NAMES[:1])


@pytest.fixture
def ledger(devnet, index, tmp_path):
    with opened(devnet, index, NAMES[:1], tmp_path) as found:
        yield found


@pytest.fixture
def two(chain):
    return deployed(chain, NAMES)


@pytest.fixture
def ledger_of_two(devnet, two, tmp_path):
    with opened(devnet, two, NAMES, tmp_path) as found:
        yield found


def test_ledger__of_a_committee__lands_a_report_once_and_reads_its_root(chain, index, ledger):
    chain.advance(BEGIN)
    stored = ledger.read().stored
    landing = landing_of(stored, BEGIN)
    assert len(landing.certificate.votes) > stored.committee.bounds.signatures
    landed = ledger.land(landing, 0)
    assert (landed.slot, ledger.read().last_slot) == (BEGIN, BEGIN)
    found = index.latest(0, block=Tag.LATEST)
    assert (found.slot, found.value) == (BEGIN, VALUE8)
    [recorded] = ledger.rounds(ledger.read())
    assert recorded == (BEGIN, 1, landing.report.input_root)
    with pytest.raises(LandingRefused) as refused:
        ledger.land(landing, 0)
    assert not refused.value.is_early
    names = {each.name for each in ledger.figures(BEGIN + 60)}
    assert any("fee" in name for name in names)
    assert any("endpoint" in name for name in names)


def cut(landing, signatures):
    """A landing as it is when so many have signed."""
    votes = landing.certificate.votes[:signatures]
    return replace(landing, certificate=Certificate(landing.certificate.digest, votes))


def values_of(index):
    return [index.latest(each, block=Tag.LATEST).value for each in range(len(NAMES))]


@pytest.fixture
def fast(chain, ledger_of_two):
    """A report whose second index moves beyond its speed limit, an hour after a first round."""
    chain.advance(BEGIN)
    stored = ledger_of_two.read().stored
    ledger_of_two.land(landing_of(stored, BEGIN, VALUE8, VALUE8), 0)
    chain.advance(BEGIN + HOUR_S)
    return landing_of(ledger_of_two.read().stored, BEGIN + HOUR_S, VALUE8 + 1, 2 * VALUE8)


def test_ledger__of_which_one_index_moves_too_fast__goes_with_all_signatures_at_once(
    two, ledger_of_two, fast
):
    landed = ledger_of_two.land(fast, BEGIN)
    assert landed.too_fast == frozenset()
    assert values_of(two) == [VALUE8 + 1, 2 * VALUE8]


def test_ledger__whose_last_index_has_no_value__goes_with_s_signatures_as_more_gain_nothing(
    chain, two, ledger_of_two, fast
):
    stored = ledger_of_two.read().stored
    ledger_of_two.land(landing_of(stored, BEGIN + HOUR_S, VALUE8, 0), BEGIN)
    last = chain.head().number
    [(_, recorded)] = two.history(ReportRecorded, first=last, last=last)
    assert recorded.signers.bit_count() == stored.committee.bounds.signatures


def test_ledger__whose_first_index_is_absent_and_second_too_fast__goes_with_all(
    two, ledger_of_two, fast
):
    stored = ledger_of_two.read().stored
    landing = landing_of(stored, BEGIN + HOUR_S, 0, 2 * VALUE8)
    assert ledger_of_two.land(landing, BEGIN).too_fast == frozenset()
    assert values_of(two) == [VALUE8, 2 * VALUE8]


def test_lander__of_a_round_that_was_too_fast_for_one_index__brings_it_again_and_never_in_vain(
    chain, two, ledger_of_two, fast
):
    lander = Lander(ledger_of_two, lambda: ledger_of_two.read().last_slot)
    lander.start()
    try:
        lander.offer(cut(fast, 3))
        until(lambda: lander.landed == 1, "a landing with s signatures", 60)
        assert values_of(two) == [VALUE8 + 1, VALUE8]
        lander.offer(fast)
        until(lambda: lander.landed == 2, "a landing with all signatures", 60)
        assert values_of(two) == [VALUE8 + 1, 2 * VALUE8]
        sent = chain.nonce(KEYS[0].address, block=Tag.PENDING)
        lander.offer(fast)
        with pytest.raises(LandingRefused):
            ledger_of_two.land(fast, BEGIN + HOUR_S)
    finally:
        lander.close()
        assert lander.join(60)
    assert chain.nonce(KEYS[0].address, block=Tag.PENDING) == sent


def test_ledger__of_a_slot_that_no_block_has_reached__says_that_it_is_early(chain, ledger):
    chain.advance(BEGIN)
    landing = landing_of(ledger.read().stored, BEGIN + 60)
    with pytest.raises(LandingRefused) as refused:
        ledger.land(landing, 0)
    assert refused.value.is_early
    chain.advance(BEGIN + 60)
    assert ledger.land(landing, 0).slot == BEGIN + 60


def test_ledger__after_a_report_that_is_too_old__refuses_it(chain, ledger):
    chain.advance(BEGIN)
    landing = landing_of(ledger.read().stored, BEGIN)
    chain.advance(BEGIN + 600)
    with pytest.raises(LandingRefused):
        ledger.land(landing, 0)


def test_ledger__after_a_change_of_the_set__knows_both_committees_and_all_rounds(
    chain, index, ledger
):
    chain.advance(BEGIN)
    first = ledger.read()
    ledger.land(landing_of(first.stored, BEGIN), 0)
    later = tuple(key.address for key in devnet_keys()[3:7])
    wallet = Wallet(chain, devnet_keys()[0])
    wallet.send(index.set_reporters(2, first.stored.committee.method_hash, later))
    state = ledger.read()
    assert (state.epoch, state.stored.members) == (2, later)
    assert state.stored.committee.bounds.nodes == 4
    assert [each.epoch for each in ledger.rounds(state)] == [1]
    assert ledger.committee(1) == first.stored
    assert ledger.committee(2) == state.stored
    assert ledger.committee(3) is None


def test_ledger__when_a_re_org_seats_another_set_under_the_same_epoch__has_that_one(
    chain, index, ledger
):
    chain.advance(BEGIN)
    method_hash = ledger.read().stored.committee.method_hash
    wallet = Wallet(chain, devnet_keys()[0])
    before, after = (tuple(key.address for key in KEYS[:4]), tuple(key.address for key in KEYS[1:]))
    with chain.restored():
        wallet.send(index.set_reporters(2, method_hash, before))
        state = ledger.read()
        ledger.rounds(state)
        assert (state.epoch, state.stored.members, ledger.committee(2)) == (2, before, state.stored)
    wallet.send(index.set_reporters(3, method_hash, after))
    state = ledger.read()
    ledger.rounds(state)
    assert (state.epoch, state.stored.members, ledger.committee(2)) == (2, after, state.stored)
    assert state.stored.committee.bounds.signatures == 3


@contextmanager
def seen_through(urls, devnet, index, folder):
    """The ledger of a member whose endpoints these are, in this order."""
    endpoints = Endpoints(urls, devnet.chain.chain_id, 10.0)
    where = IndexOnChain(index.address, NAMES, 0)
    folder.mkdir()
    with closing(IndexLedger(endpoints, where, KEYS[0], FeePolicy(), folder)) as found:
        yield found


@pytest.fixture
def three_rounds(chain, two, ledger_of_two):
    """Landed reports; the chain goes on beyond the blocks that are read again."""
    found = []
    for number in range(3):
        slot = BEGIN + number * HOUR_S
        chain.advance(slot)
        landing = landing_of(ledger_of_two.read().stored, slot, VALUE8, VALUE8)
        ledger_of_two.land(landing, ledger_of_two.read().last_slot)
        found.append((slot, 1, landing.report.input_root))
        chain.mine(200)
    return found


KINDS = [RoundRecorded, ReportRecorded, ReportersChanged]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_ledger__whose_endpoint_leaves_out_a_log_once__has_all_rounds_and_committees(
    devnet, two, three_rounds, tmp_path, kind
):
    lost = []
    # Each index has the round: one log alone would not be missed.
    most = len(NAMES) if kind is RoundRecorded else 1

    def first_of_kind(log):
        if log["topics"][0] != "0x" + kind.TOPIC.hex() or len(lost) == most:
            return False
        lost.append(log)
        return True

    with (
        fault_proxy(devnet.url) as proxy,
        seen_through((proxy.url,), devnet, two, tmp_path / "m") as ledger,
    ):
        proxy.break_with(lost_logs(first_of_kind, of_blocks=True), "eth_getLogs")
        for _ in range(2):
            state = ledger.read()
            assert ledger.rounds(state) == three_rounds
            assert ledger.methods() == {1: state.stored.committee.method_hash}
        assert lost


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_ledger__whose_endpoint_always_leaves_out_a_log__believes_the_other_or_says_why(
    devnet, two, three_rounds, tmp_path, kind
):
    lossy = lost_logs(lambda log: log["topics"][0] == "0x" + kind.TOPIC.hex(), of_blocks=True)
    with fault_proxy(devnet.url) as proxy:
        proxy.break_with(lossy, "eth_getLogs")
        urls = (proxy.url, devnet.url)
        with seen_through(urls, devnet, two, tmp_path / "a") as ledger:
            assert ledger.rounds(ledger.read()) == three_rounds
        with seen_through(urls[:1], devnet, two, tmp_path / "b") as ledger:
            state = ledger.read()
            with pytest.raises(LogsLeftOut, match=r"0 of the 3 rounds of index 0|set of epoch 1"):
                ledger.rounds(state)
            proxy.mend()
            assert ledger.rounds(ledger.read()) == three_rounds


def test_ledger__over_a_re_org__holds_the_blocks_that_both_chains_have(chain, ledger):
    chain.mine(2)
    common = ledger.read().head
    with chain.restored():
        chain.mine(3)
        lost = ledger.read().head
        chain.mine(1)
        assert ledger.holds(lost, ledger.read().head)
        chain.mine(2)
        former = ledger.read().head
        assert ledger.holds(lost, former)
        assert ledger.holds(common, former)
    chain.advance(common.timestamp + 600)
    chain.mine(9)
    head = ledger.read().head
    assert ledger.holds(common, head)
    assert not ledger.holds(lost, head)
    assert not ledger.holds(former, common)
    with pytest.raises(UnknownBlock):
        ledger.holds(common, former)


def test_ledger__when_the_chain_takes_a_round_back__forgets_it(chain, ledger):
    chain.advance(BEGIN)
    with chain.restored():
        ledger.land(landing_of(ledger.read().stored, BEGIN), 0)
        assert len(ledger.rounds(ledger.read())) == 1
    chain.mine(3)
    assert ledger.rounds(ledger.read()) == []
