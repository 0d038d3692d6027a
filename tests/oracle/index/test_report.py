"""The packed report: read back byte by byte, and taken by the contract itself."""

from dataclasses import astuple

import pyrevm
import pytest
from eth_abi import decode, encode
from eth_utils import keccak
from hypothesis import given
from hypothesis import strategies as st

from pargrade.chain.artifact import load_artifact
from pargrade.chain.hashing import parse_address
from pargrade.chain.keys import Key
from pargrade.spot_index.observation import Observation, index_domain, index_set_of, sign
from pargrade.spot_index.report import BadReport, Part, Report

NAMES = ("SCU / USD", "EFLOP / USD")
METHOD_HASH = keccak(b"a method")
SLOT = 1_772_409_600
CHAIN_ID = 1
"""What the EVM in this process says it is."""
WRONG_SIGNER = "WrongSigner(uint256,address,address)"
KEYS = [Key(bytes(31) + bytes([number])) for number in range(1, 6)]
DOMAIN = index_domain(CHAIN_ID, parse_address("0x" + "22" * 20))


def observation(values, root=b"\x01" * 32):
    return Observation(index_set_of(NAMES), 1, SLOT, 1, values, METHOD_HASH, root)


def parts_of(values_by_position, domain=DOMAIN):
    """What each of the positions says and signs, in any order."""
    parts = []
    for position, values in values_by_position.items():
        stated = observation(values, bytes([position]) * 32)
        compact = sign(stated, domain, KEYS[position]).signature.compact
        parts.append(Part(position, compact, stated.evidence_root, values))
    return tuple(reversed(parts))


def read(report, indices):
    """The layout in the contract's documentation, read by hand."""
    slot, flags = int.from_bytes(report[:5]), report[5]
    mask = int.from_bytes(report[6:10])
    ranks = list(report[10 : 10 + indices])
    rest = report[10 + indices :]
    size = 96 + 8 * indices
    observations = []
    for start in range(0, len(rest), size):
        first = rest[start : start + size]
        values = tuple(int.from_bytes(first[96 + 8 * i : 104 + 8 * i]) for i in range(indices))
        observations.append((first[:64], first[64:96], values))
    return slot, flags, mask, ranks, observations


VALUES = st.tuples(st.integers(0, 2**64 - 1), st.sampled_from((0, 0, 7, 8)))


ROUNDS = st.dictionaries(st.integers(0, 4), VALUES, min_size=1)


@given(ROUNDS)
def test_report__read_back_by_hand__is_what_went_in(values):
    parts = {part.position: part for part in parts_of(values)}
    slot, flags, mask, ranks, observations = read(Report.of(SLOT, 1, parts_of(values)).pack(), 2)
    assert (slot, flags) == (SLOT, 1)
    assert [p for p in range(32) if mask >> p & 1] == sorted(parts)
    for read_back, position in zip(observations, sorted(parts), strict=True):
        part = parts[position]
        assert read_back == (part.signature, part.evidence_root, part.values)
    for index in (0, 1):
        present = sorted(v for _, _, vs in observations if (v := vs[index]))
        if present:
            assert observations[ranks[index]][2][index] == present[(len(present) - 1) // 2]


@given(ROUNDS)
def test_report__unpacked__is_the_same(values):
    report = Report.of(SLOT, 1, parts_of(values))
    assert Report.unpack(report.pack()) == report


@given(ROUNDS, st.data())
def test_report__cut_or_lengthened__is_refused(values, data):
    packed = Report.of(SLOT, 1, parts_of(values)).pack()
    cut = data.draw(st.integers(1, len(packed) - 1))
    # One rank and one value of each reporter less is the length of a report of one index less.
    if cut != 1 + 8 * len(values):
        with pytest.raises(BadReport):
            Report.unpack(packed[: len(packed) - cut])
    with pytest.raises(BadReport):
        Report.unpack(packed + bytes(1))


class IndexOnEvm:
    """SpotIndex as compiled, on an EVM in this process: five reporters, a quorum of three."""

    def __init__(self):
        self.evm = pyrevm.EVM()
        self.start(SLOT)
        self.admin = "0x" + "aa" * 20
        authority = self.create("Governance", encode(["address"], [self.admin]))
        timing = (60, 3_600, 300, 900, 300, 25, 2_000)
        types = ["address", "(uint32,uint32,uint32,uint32,uint32,uint16,uint16)", "string[]"]
        self.address = self.create("SpotIndex", encode(types, [authority, timing, list(NAMES)]))
        reporters = [key.address for key in KEYS]
        self.call("setReporters(uint8,bytes32,address[])", 3, METHOD_HASH, reporters)
        self.domain = index_domain(CHAIN_ID, parse_address(self.address))

    def start(self, timestamp):
        self.evm.set_block_env(pyrevm.BlockEnv(number=1, timestamp=timestamp))

    def create(self, contract, arguments):
        return self.evm.deploy(self.admin, load_artifact(contract).creation_code + arguments)

    def call(self, signature, *arguments):
        types = signature[signature.index("(") + 1 : -1]
        data = encode(types.split(",") if types else [], arguments)
        return self.evm.message_call(self.admin, self.address, keccak(text=signature)[:4] + data)

    def submit(self, values_by_position):
        report = Report.of(SLOT, 1, parts_of(values_by_position, self.domain))
        updated = int.from_bytes(self.call("submit(bytes)", report.pack()))
        return updated, report.medians

    def latest(self, index):
        words = ["uint64", "uint40", "uint96", "uint32", "uint8", "uint8"]
        value, slot, _, _, signers, flags = decode(words, self.call("latest(uint256)", index))
        return value, slot, signers, flags


def test_report__domain_and_index_set__are_the_contract_s():
    chain = IndexOnEvm()
    assert chain.call("domainSeparator()") == chain.domain.separator()
    assert chain.call("indexSet()") == index_set_of(NAMES)


def test_report__five_reporters_submitted__records_the_lower_medians():
    chain = IndexOnEvm()
    text = {0: (300, 0), 1: (100, 7), 2: (200, 9), 3: (400, 8), 4: (150, 6)}
    assert chain.submit(text) == (0b11, (200, 7))
    assert chain.latest(0) == (200, SLOT, 5, 1)
    assert chain.latest(1) == (7, SLOT, 4, 1)


def test_report__one_value_not_the_signed_one__is_refused_by_the_contract():
    chain = IndexOnEvm()
    parts = parts_of({p: (100 + p, 7) for p in range(5)}, chain.domain)
    forged = (*parts[1:], Part(parts[0].position, *astuple(parts[0])[1:3], (999, 7)))
    with pytest.raises(RuntimeError, match=keccak(text=WRONG_SIGNER)[:4].hex()):
        chain.call("submit(bytes)", Report.of(SLOT, 1, forged).pack())
