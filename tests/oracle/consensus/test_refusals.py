"""What a node leaves out, the contract refuses too: each with its own word for it."""

import json
from dataclasses import replace

import pytest

from oracle.consensus.peers import Peers
from oracle.consensus.validation import Refusal, RefusalReason
from oracle.node.node import Node
from pargrade.bindings import errors as refused
from pargrade.chain.hashing import keccak
from pargrade.chain.wallet import Wallet
from pargrade.spot_index.observation import sign
from pargrade.spot_index.report import Part, Report
from tests.support.nodes import GENESIS, HOUR, KEYS, REPORTERS, nodes
from tests.support.peer import peer, says

SLOT = GENESIS + HOUR
STRANGER = KEYS[15]


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """A set of three, of which the first runs; its last round was at GENESIS, and SLOT is here."""
    with nodes(tmp_path_factory.mktemp("refusals"), reporters=3, quorum=3) as found:
        node = Node.open(found.configs[0])
        submit(found, node, [text(node, key, GENESIS) for key in REPORTERS[:3]], send=True)
        found.chain.advance(SLOT)
        yield found, node
        node.close()


def text(node, key, slot=SLOT, **changes):
    """What this node observes, said by another reporter with other words here and there."""
    own = node.reporter.observe(GENESIS, node.chain_state_reader.read()).signed.observation
    return sign(replace(own, slot=slot, **changes), node.chain_state_reader.domain, key)


def submit(found, node, signed, slot=None, positions=(0, 1, 2), send=False):
    parts = tuple(
        Part(position, each.signature.compact, each.observation.evidence_root,
             each.observation.values)
        for position, each in zip(positions, signed, strict=True)
    )  # fmt: skip
    report = Report.of(slot or signed[0].observation.slot, 0, parts)
    wallet = Wallet(found.chain, KEYS[1])
    call = found.index.submit(report.pack())
    return wallet.send(call) if send else wallet.simulate(call)


def test_contract__three_reporters_of_one_slot__is_taken(three):
    found, node = three
    assert submit(found, node, [text(node, key) for key in REPORTERS[:3]]) == 1


MIXED = [
    ("an earlier slot", {"slot": SLOT - 60}, RefusalReason.STALE),
    ("a later slot", {"slot": SLOT + 60}, RefusalReason.FUTURE),
    ("an earlier epoch", {"epoch": 0}, RefusalReason.OTHER_EPOCH),
    ("another method", {"method_hash": keccak(b"x")}, RefusalReason.OTHER_METHOD),
    ("other indices", {"index_set": keccak(b"x")}, RefusalReason.OTHER_INDEX_SET),
    ("replayed quotes", {"flags": 1}, RefusalReason.OTHER_FLAGS),
    ("a stranger", {"key": STRANGER}, RefusalReason.UNKNOWN_SIGNER),
]


@pytest.mark.parametrize(
    ("changes", "reason"), [case[1:] for case in MIXED], ids=[case[0] for case in MIXED]
)
def test_observation__not_of_this_round__is_left_out_by_the_node_and_refused_by_the_contract(
    three, changes, reason
):
    found, node = three
    bad = text(node, **{"key": REPORTERS[2], **changes})
    with peer(says(json.dumps(bad.to_json()).encode())) as url:
        asking = replace(node, peers=Peers((url,), 2.0, 0.5))
        question = asking.peers.ask(asking.expected(SLOT, asking.chain_state_reader.read()))
        gathered = question.gather(Refusal("this node", RefusalReason.DECLINED, "not asked here"))
        asking.peers.close()
    assert gathered.parts == ()
    assert [refusal.reason for refusal in gathered.refusals[1:]] == [reason]

    good = [text(node, key) for key in REPORTERS[:2]]
    with pytest.raises(refused.WrongSigner) as wrong:
        submit(found, node, [*good, bad], slot=SLOT)
    assert (wrong.value.position, wrong.value.expected) == (2, REPORTERS[2].address)


WHOLE = [
    ("stale", SLOT - 960, refused.SlotTooOld),
    ("future", SLOT + 300, refused.SlotInFuture),
    ("off the grid", SLOT - 30, refused.OffGrid),
]


@pytest.mark.parametrize(
    ("slot", "error"), [case[1:] for case in WHOLE], ids=[case[0] for case in WHOLE]
)
def test_round__of_a_slot_that_is_not_open__is_refused_by_the_contract(three, slot, error):
    found, node = three
    with pytest.raises(error) as wrong:
        submit(found, node, [text(node, key, slot) for key in REPORTERS[:3]])
    assert wrong.value.slot == slot


def test_round__the_same_again__is_too_soon(tmp_path):
    with nodes(tmp_path, reporters=3, quorum=3) as found:
        node = Node.open(found.configs[0])
        signed = [text(node, key, GENESIS) for key in REPORTERS[:3]]
        submit(found, node, signed, send=True)
        with pytest.raises(refused.SlotTooSoon) as soon:
            submit(found, node, signed)
        assert (soon.value.slot, soon.value.earliest) == (GENESIS, GENESIS + 300)
        node.close()


def test_round__with_a_position_nobody_has__is_refused_by_the_contract(three):
    found, node = three
    with pytest.raises(refused.UnknownPosition):
        submit(found, node, [text(node, key) for key in REPORTERS[:3]], positions=(0, 1, 3))


def test_round__with_one_signature_too_few__is_refused_by_the_contract(three):
    found, node = three
    with pytest.raises(refused.TooFewSignatures) as few:
        submit(found, node, [text(node, key) for key in REPORTERS[:2]], positions=(0, 1))
    assert (few.value.given, few.value.quorum) == (2, 3)
