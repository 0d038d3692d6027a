"""What a peer says is checked word by word before it may be part of a report."""

from dataclasses import replace

import pytest

from oracle.consensus.chain_state import ChainState
from oracle.consensus.slot import LastRound
from oracle.consensus.validation import Expected, Refusal, RefusalReason, admit, join
from pargrade.bindings.structs import ReporterConfig
from pargrade.chain.block import BlockStamp
from pargrade.chain.hashing import address_of, keccak
from pargrade.deployment.plan import DEFAULT_TIMING
from pargrade.devnet.anvil import devnet_keys
from pargrade.spot_index.observation import REPLAYED, Observation, index_domain, index_set_of, sign
from pargrade.spot_index.report import Part

KEYS = devnet_keys()[5:10]
STRANGER = devnet_keys()[12]
SLOT = 1_772_582_400
EPOCH = 3
METHOD = keccak(b"a method")
DOMAIN = index_domain(31337, address_of(b"\x07" * 20))
INDEX_SET = index_set_of(["SCU / USD"])
GOOD = Observation(INDEX_SET, EPOCH, SLOT, 0, (231_000_000,), METHOD, keccak(b"evidence"))
EXPECTED = Expected(
    slot=SLOT,
    flags=0,
    index_set=INDEX_SET,
    domain=DOMAIN,
    chain_state=ChainState(
        head=BlockStamp(1, bytes(32), bytes(32), SLOT),
        timing=DEFAULT_TIMING,
        reporters=ReporterConfig(EPOCH, 3, 4, METHOD, tuple(key.address for key in KEYS)),
        last=(LastRound(SLOT - 3_600, 231_000_000),),
    ),
)
PEER = "http://127.0.0.1:7602"


def stated(observation=GOOD, key=KEYS[2], domain=DOMAIN):
    return sign(observation, domain, key).to_json()


def test_admission__a_reporters_observation__is_the_part_at_its_position():
    part = admit(PEER, stated(), EXPECTED)
    signature = sign(GOOD, DOMAIN, KEYS[2]).signature.compact
    assert part == Part(2, signature, GOOD.evidence_root, GOOD.values)


DIFFERENT = [
    ({"slot": SLOT - 60}, RefusalReason.STALE),
    ({"slot": SLOT + 60}, RefusalReason.FUTURE),
    ({"epoch": EPOCH - 1}, RefusalReason.OTHER_EPOCH),
    ({"index_set": index_set_of(["SCU / EUR"])}, RefusalReason.OTHER_INDEX_SET),
    ({"values": (1, 2)}, RefusalReason.OTHER_INDEX_SET),
    ({"method_hash": keccak(b"another")}, RefusalReason.OTHER_METHOD),
    ({"flags": REPLAYED}, RefusalReason.OTHER_FLAGS),
]


@pytest.mark.parametrize(
    ("changes", "reason"), DIFFERENT, ids=[f"{next(iter(c))}-{r}" for c, r in DIFFERENT]
)
def test_admission__well_signed_but_of_something_else__is_refused_with_its_reason(changes, reason):
    refusal = admit(PEER, stated(replace(GOOD, **changes)), EXPECTED)
    assert isinstance(refusal, Refusal)
    assert (refusal.peer, refusal.reason) == (PEER, reason)


@pytest.mark.parametrize(
    "statement",
    [
        stated(key=STRANGER),
        stated(domain=index_domain(1, DOMAIN.contract)),
        stated(domain=index_domain(31337, address_of(b"\x08" * 20))),
        {**stated(), "observation": replace(GOOD, values=(1,)).to_json()},
    ],
    ids=["a stranger", "for another chain", "for another contract", "of another value"],
)
def test_admission__signature_of_nobody_in_the_set__is_an_unknown_signer(statement):
    refusal = admit(PEER, statement, EXPECTED)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is RefusalReason.UNKNOWN_SIGNER


@pytest.mark.parametrize(
    "statement",
    [
        None,
        [],
        "observation",
        {},
        {**stated(), "signature": "0x00"},
        {**stated(), "signature": "0x" + "ff" * 64},
        {**stated(), "observation": {**GOOD.to_json(), "values": ["-1"]}},
        {**stated(), "observation": {**GOOD.to_json(), "present": "0"}},
        {**stated(), "observation": {**GOOD.to_json(), "values": [{"a": 1}]}},
    ],
)
def test_admission__rubbish__is_malformed_and_never_an_exception(statement):
    refusal = admit(PEER, statement, EXPECTED)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is RefusalReason.MALFORMED


def test_join__the_same_content_again__is_a_duplicate_and_other_content_an_equivocation():
    first = admit(PEER, stated(), EXPECTED)
    other = admit(PEER, stated(replace(GOOD, values=(1,))), EXPECTED)
    another = admit(PEER, stated(key=KEYS[4]), EXPECTED)
    parts = {}
    assert join(parts, PEER, first) is None
    assert join(parts, PEER, another) is None
    assert join(parts, PEER, replace(first)).reason is RefusalReason.DUPLICATE
    assert join(parts, PEER, other).reason is RefusalReason.EQUIVOCATION
    assert parts == {2: first, 4: another}
