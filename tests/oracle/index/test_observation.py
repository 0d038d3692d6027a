"""What a reporter signs, and the report made of it, against other code: eth_account and the EVM."""

from dataclasses import replace

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.index.daily_chain import DailyChain
from oracle.index.determination import determine, observe
from oracle.index.level import State
from oracle.quotes.history import History
from oracle.sources.recorded import instant
from pargrade.chain.hashing import parse_address
from pargrade.chain.keys import BadSignature, Key
from pargrade.spot_index.observation import (
    REPLAYED,
    BadObservation,
    Observation,
    SignedObservation,
    index_domain,
    index_set_of,
    sign,
)
from tests.support.quote_builders import DAY, HOUR, METHOD_1, NOON, PANEL, USD, listing

# The first of the development chain's well-known keys.
SECRET = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
KEY = Key.parse(SECRET)
DOMAIN = index_domain(31_337, parse_address("0x5FbDB2315678afecb367f032d93F642f64180aa3"))

WORDS = st.binary(min_size=32, max_size=32)
OBSERVATIONS = st.builds(
    Observation,
    index_set=WORDS,
    epoch=st.integers(0, 2**32 - 1),
    slot=st.integers(0, 2**40 - 1),
    flags=st.integers(0, 2**8 - 1),
    values=st.lists(st.one_of(st.just(0), st.integers(0, 2**64 - 1)), max_size=16).map(tuple),
    method_hash=WORDS,
    evidence_root=WORDS,
)
PLAIN = Observation(
    index_set=index_set_of(["SCU / USD"]),
    epoch=1,
    slot=1_772_409_600,
    flags=REPLAYED,
    values=(282_662_668,),
    method_hash=b"\x01" * 32,
    evidence_root=b"\x02" * 32,
)

TYPES = {
    "Observation": [
        {"name": "indexSet", "type": "bytes32"},
        {"name": "epoch", "type": "uint32"},
        {"name": "slot", "type": "uint40"},
        {"name": "flags", "type": "uint16"},
        {"name": "values", "type": "uint64[]"},
        {"name": "present", "type": "uint256"},
        {"name": "methodHash", "type": "bytes32"},
        {"name": "evidenceRoot", "type": "bytes32"},
    ]
}


def typed_data(observation, domain):
    """The same statement as eth_account takes it."""
    return encode_typed_data(
        domain_data={
            "name": "Pargrade SpotIndex",
            "version": "1",
            "chainId": domain.chain_id,
            "verifyingContract": domain.contract,
        },
        message_types=TYPES,
        message_data={
            "indexSet": observation.index_set,
            "epoch": observation.epoch,
            "slot": observation.slot,
            "flags": observation.flags,
            "values": list(observation.values),
            "present": sum(2**i for i, value in enumerate(observation.values) if value != 0),
            "methodHash": observation.method_hash,
            "evidenceRoot": observation.evidence_root,
        },
    )


@settings(max_examples=50)
@given(OBSERVATIONS, st.integers(1, 2**64))
def test_observation__signed__is_what_eth_account_signs(observation, chain_id):
    domain = replace(DOMAIN, chain_id=chain_id)
    theirs = Account.sign_message(typed_data(observation, domain), SECRET)
    ours = sign(observation, domain, KEY).signature
    assert observation.digest(domain) == theirs.message_hash
    assert (ours.r, ours.s, ours.y_parity) == (theirs.r, theirs.s, theirs.v - 27)


@given(OBSERVATIONS)
def test_observation__recovered__names_the_reporter(observation):
    assert sign(observation, DOMAIN, KEY).reporter(DOMAIN) == KEY.address


@given(OBSERVATIONS)
def test_observation__through_json__is_the_same(observation):
    signed = sign(observation, DOMAIN, KEY)
    assert SignedObservation.from_json(signed.to_json()) == signed


CHANGES = {
    "index_set": b"\x09" * 32,
    "epoch": 2,
    "slot": 1_772_409_660,
    "flags": 0,
    "values": (282_662_669,),
    "method_hash": b"\x09" * 32,
    "evidence_root": b"\x09" * 32,
}


@pytest.mark.parametrize("field", CHANGES)
def test_observation__one_field_changed__recovers_somebody_else(field):
    signed = sign(PLAIN, DOMAIN, KEY)
    forged = replace(signed, observation=replace(PLAIN, **{field: CHANGES[field]}))
    assert forged.reporter(DOMAIN) != KEY.address


@pytest.mark.parametrize(
    "other",
    [index_domain(1, DOMAIN.contract), index_domain(31_337, parse_address("0x" + "11" * 20))],
)
def test_observation__other_chain_or_contract__recovers_somebody_else(other):
    assert sign(PLAIN, DOMAIN, KEY).reporter(other) != KEY.address


def test_observation__signed_twice__has_one_signature():
    assert sign(PLAIN, DOMAIN, KEY) == sign(PLAIN, DOMAIN, KEY)


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("index_set", b"short"),
        ("method_hash", bytes(33)),
        ("evidence_root", b""),
        ("epoch", 2**32),
        ("slot", 2**40),
        ("slot", -1),
        ("flags", 256),
        ("values", (2**64,)),
        ("values", (-1,)),
    ],
)
def test_observation__field_that_does_not_fit__is_refused(field, bad):
    with pytest.raises(BadObservation) as refusal:
        replace(PLAIN, **{field: bad})
    assert refusal.value.field == field


@pytest.mark.parametrize(
    "change",
    [
        {"present": "2"},
        {"present": None},
        {"values": "282662668x"},
        {"values": 7},
        {"slot": "soon"},
        {"method_hash": "0x12"},
        {"method_hash": 12},
        {"index_set": "zz"},
    ],
)
def test_observation__json_of_another_shape__is_refused(change):
    stated = sign(PLAIN, DOMAIN, KEY).to_json()
    stated["observation"] |= change
    with pytest.raises(BadObservation):
        SignedObservation.from_json(stated)


@pytest.mark.parametrize("stated", [{}, {"observation": {}}, {"observation": [], "signature": 1}])
def test_observation__json_without_its_parts__is_refused(stated):
    with pytest.raises(BadObservation):
        SignedObservation.from_json(stated)


def test_observation__signature_too_short__is_refused():
    stated = sign(PLAIN, DOMAIN, KEY).to_json() | {"signature": "0x1234"}
    with pytest.raises(BadSignature):
        SignedObservation.from_json(stated)


def test_observation__of_a_determination__carries_its_value_root_and_method(sample, method, panels):
    as_of = instant("2026-03-10T12:00:00Z")
    found = determine(DailyChain(sample, method, panels["panel-1"]), as_of)
    observation = observe(found, PLAIN.index_set, epoch=3, flags=REPLAYED)
    assert observation.values == (found.value.value8,)
    assert observation.present == 1
    assert (observation.slot, observation.epoch) == (as_of, 3)
    assert observation.method_hash == method.method_hash
    assert observation.evidence_root == found.evidence().root


def test_observation__of_a_halted_index__is_absent():
    evening = NOON - 15 * HOUR
    old = listing(dict.fromkeys("abcde", 2 * USD), evening)
    new = listing(dict.fromkeys("fghij", 3 * USD), evening + 2 * DAY)
    chain = DailyChain(History.of(old + new), METHOD_1, PANEL)
    halted = determine(chain, evening + 2 * DAY + HOUR)
    assert halted.value.state is State.HALTED
    assert observe(halted, PLAIN.index_set, epoch=1, flags=0).values == (0,)


def test_observation__of_no_value__is_absent_and_never_zero(sample, method, panels):
    early = determine(
        DailyChain(sample, method, panels["panel-1"]), instant("2026-03-01T22:00:00Z")
    )
    observation = observe(early, PLAIN.index_set, epoch=1, flags=0)
    assert (observation.values, observation.present) == ((0,), 0)
