"""Two contents for one slot: what is a proof, what is none, and what the chain makes of it."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pargrade.bindings.errors import JailedReporter
from pargrade.chain.block import Tag
from pargrade.chain.hashing import parse_address
from pargrade.chain.keys import Key
from pargrade.chain.wallet import Wallet
from pargrade.deployment.submission import read_submission
from pargrade.spot_index.equivocation import NoEquivocation, equivocation
from pargrade.spot_index.observation import Observation, index_domain, index_set_of, sign
from tests.support.cli import run
from tests.support.nodes import KEYS, REPORTERS, nodes
from tests.support.reporters import Reporters

DOMAIN = index_domain(31_337, parse_address("0x5FbDB2315678afecb367f032d93F642f64180aa3"))
OTHER = index_domain(31_338, DOMAIN.contract)
KEY, ANOTHER = (Key(bytes([number]) * 32) for number in (1, 2))
PLAIN = Observation(
    index_set=index_set_of(["SCU / USD"]),
    epoch=1,
    slot=1_772_409_600,
    flags=0,
    values=(282_662_668,),
    method_hash=b"\x01" * 32,
    evidence_root=b"\x02" * 32,
)
CONTENTS = st.builds(
    lambda flags, value, method, root: replace(
        PLAIN, flags=flags, values=(value,), method_hash=method, evidence_root=root
    ),
    st.integers(0, 255),
    st.integers(0, 2**64 - 1),
    *[st.binary(min_size=32, max_size=32)] * 2,
)


@given(CONTENTS, CONTENTS)
def test_equivocation__any_two_contents_of_one_slot__are_a_proof_that_holds_the_signatures(a, b):
    if a == b:
        return
    proof = equivocation(DOMAIN, sign(a, DOMAIN, KEY), sign(b, DOMAIN, KEY))
    assert (proof.reporter, proof.epoch, proof.slot) == (KEY.address, 1, PLAIN.slot)
    for text, output in ((a, proof.a), (b, proof.b)):
        assert (output.flags, output.values) == (text.flags, text.values)
        assert (output.method_hash, output.evidence_root) == (text.method_hash, text.evidence_root)
        assert output.r + output.y_parity_and_s == sign(text, DOMAIN, KEY).signature.compact


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (PLAIN, "both say the same"),
        (replace(PLAIN, slot=PLAIN.slot + 60), "slot differs"),
        (replace(PLAIN, epoch=2), "epoch differs"),
        (replace(PLAIN, index_set=b"\x07" * 32), "index_set differs"),
    ],
)
def test_equivocation__same_content_or_another_slot_epoch_or_set__is_none(other, reason):
    with pytest.raises(NoEquivocation, match=reason):
        equivocation(DOMAIN, sign(PLAIN, DOMAIN, KEY), sign(other, DOMAIN, KEY))


def test_equivocation__two_signers_or_another_chain__is_none():
    other = replace(PLAIN, values=(1,))
    for signed in (sign(other, DOMAIN, ANOTHER), sign(other, OTHER, KEY)):
        with pytest.raises(NoEquivocation, match="signed by"):
            equivocation(DOMAIN, sign(PLAIN, DOMAIN, KEY), signed)


@pytest.fixture(scope="module")
def five(tmp_path_factory):
    with nodes(tmp_path_factory.mktemp("five")) as found:
        yield found


def accuse(found, *words):
    deployment = str(found.folder / "deployment.json")
    options = ("--rpc-url", found.devnet.url, "--deployment", deployment)
    return run("oracle", "accuse", *words, *options)


def record(found, keys):
    """A round all of them agree on, in a block at its slot; the slot."""
    slot = found.chain.head().timestamp // 600 * 600 + 1_200
    found.chain.next_block_at(slot)
    report = Reporters(tuple(keys), quorum=3).report(found.index, slot, (282_662_668,))
    Wallet(found.chain, KEYS[0]).send(found.index.submit(report))
    return slot


def test_accuse__signed_two_contents__is_jailed_for_good_and_rounds_of_both_epochs_still_read(
    five, tmp_path
):
    index, liar = five.index, REPORTERS[1]
    first = record(five, REPORTERS)
    before = index.reporter_config(block=Tag.LATEST)
    domain = index_domain(five.chain.chain_id, index.address)
    text = replace(
        PLAIN,
        index_set=index.index_set(block=Tag.LATEST),
        slot=first,
        method_hash=before.method_hash,
    )
    a, b = tmp_path / "a.json", tmp_path / "b.json"
    a.write_text(json.dumps(sign(text, domain, liar).to_json()))
    b.write_text(json.dumps(sign(replace(text, values=(5,)), domain, liar).to_json()))

    rehearsed = accuse(five, str(a), str(b), "--dry-run", "--json").json
    assert rehearsed["reporters_left"] == 4
    assert index.reporter_config(block=Tag.LATEST) == before
    output = accuse(five, str(a), str(b), "--json").json
    assert (output["reporter"], output["slot"]) == (liar.address, first)
    assert output["digest_a"] == "0x" + text.digest(domain).hex()
    left = [key for key in REPORTERS if key is not liar]
    config = index.reporter_config(block=Tag.LATEST)
    assert (config.epoch, config.quorum) == (2, before.quorum)
    assert list(config.reporters) == [key.address for key in left]
    assert "AlreadyProven" in accuse(five, str(a), str(b)).error
    admin = Wallet(five.chain, KEYS[0])
    with pytest.raises(JailedReporter):
        admin.send(index.set_reporters(3, config.method_hash, before.reporters))

    second = record(five, left)
    on_chain = five.configs[0].chain.index
    for slot, keys in ((first, REPORTERS), (second, left)):
        read = read_submission(five.chain, on_chain, str(slot))
        assert [each.reporter for each in read.statements] == [key.address for key in keys]


def test_accuse__one_observation_twice_or_no_observation__is_one_error(five, tmp_path):
    text = replace(PLAIN, index_set=five.index.index_set(block=Tag.LATEST))
    path, junk = tmp_path / "a.json", tmp_path / "junk.json"
    domain = index_domain(five.chain.chain_id, five.index.address)
    path.write_text(json.dumps(sign(text, domain, REPORTERS[0]).to_json()))
    junk.write_text("not JSON")
    assert "both say the same" in accuse(five, str(path), str(path)).error
    assert "observation file" in accuse(five, str(path), str(junk)).error
    assert "observation file" in accuse(five, str(path), str(tmp_path / "none.json")).error
