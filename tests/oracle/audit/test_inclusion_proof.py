"""Inclusion proofs: what they establish against a real chain; no byte of one can change."""

import json
import shutil
from dataclasses import fields, replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from oracle.audit.inclusion_proof import (
    MOST_BYTES,
    BadProof,
    Proof,
    Proven,
    Refuted,
    examine,
    prove,
)
from oracle.evidence import merkle
from oracle.evidence.find_quote import ManyQuotes, NoSuchQuote, select
from oracle.journal.journal import Journal
from pargrade.chain.typed_data import Domain
from pargrade.deployment.submission import read_submission
from pargrade.spot_index.observation import index_domain
from tests.support.cli import run
from tests.support.landed import BROKEN, SLOTS
from tests.support.nodes import REPORTERS

SLOT = SLOTS[1]


@pytest.fixture(scope="session")
def round_of(landed):
    """The round as the chain has it, the first reporter's evidence, and where the index is."""
    config = landed.configs[0]
    submission = read_submission(landed.chain, config.chain.index, str(SLOT))
    journal = Journal(config.data)
    evidence = journal.evidence(submission.statements[0].observation.evidence_root)
    journal.close()
    return submission, evidence, index_domain(landed.chain.chain_id, config.chain.spot_index)


@pytest.fixture(scope="session")
def proof(round_of):
    submission, evidence, domain = round_of
    return prove(evidence, submission.statements[0], domain, len(evidence.quotes) // 2)


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=40), st.data())
def test_merkle__any_leaf_of_any_tree__climbs_to_its_root(lines, data):
    leaves = [merkle.leaf(line) for line in lines]
    place = data.draw(st.integers(0, len(leaves) - 1))
    siblings = merkle.path(leaves, place)
    assert merkle.climb(leaves[place], place, len(leaves), siblings) == merkle.tree(leaves)


@given(st.integers(2, 40), st.data())
def test_merkle__another_place_count_or_path__never_climbs_to_the_root(count, data):
    leaves = [merkle.leaf(bytes([n])) for n in range(count)]
    place = data.draw(st.integers(0, count - 1))
    siblings = merkle.path(leaves, place)
    other = data.draw(st.integers(0, count - 1).filter(lambda n: n != place))
    attempts = [
        (leaves[place], other, siblings),
        (leaves[other], place, siblings),
        (leaves[place], place, siblings[:-1]),
        (leaves[place], place, (*siblings, bytes(32))),
        (leaves[place], place, (*siblings[:-1], bytes(32))),
        (leaves[place], count, siblings),
        (leaves[place], -1, siblings),
    ]
    for attempt in attempts:
        leaf, index, path = attempt
        try:
            assert merkle.climb(leaf, index, count, path) != merkle.tree(leaves)
        except ValueError:
            continue


def test_proof__a_quote_of_every_verdict__is_proven_with_it(round_of):
    submission, evidence, domain = round_of
    places = {json.loads(line)["verdict"]: index for index, line in enumerate(evidence.quotes)}
    assert {"ACCEPTED", "WRONG_TIER", "UNKNOWN_HARDWARE"} <= places.keys()
    for place in (0, *places.values()):
        made = prove(evidence, submission.statements[0], domain, place)
        assert Proof.unpack(made.pack()) == made
        found = examine(made, submission, domain)
        assert isinstance(found, Proven)
        stated = json.loads(evidence.quotes[place])
        assert (found.quote, found.verdict) == (stated["quote"], stated["verdict"])
        assert (found.place, found.count) == (place, len(evidence.quotes))


@given(st.data())
def test_proof__any_byte_changed__fails(round_of, proof, data):
    submission, _, domain = round_of
    packed = bytearray(proof.pack())
    index = data.draw(st.integers(0, len(packed) - 1))
    packed[index] = data.draw(st.integers(0, 255).filter(lambda byte: byte != packed[index]))
    try:
        assert isinstance(examine(Proof.unpack(bytes(packed)), submission, domain), Refuted)
    except BadProof:
        return


@given(st.data())
def test_proof__bytes_left_out_doubled_or_added__fails(round_of, proof, data):
    submission, _, domain = round_of
    packed = proof.pack()
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(packed))] * 2)))
    assume(start < end)
    changed = data.draw(
        st.sampled_from([packed[:start] + packed[end:], packed[:end] + packed[start:]])
    )
    assume(changed != packed)
    try:
        assert isinstance(examine(Proof.unpack(changed), submission, domain), Refuted)
    except BadProof:
        return


def other_value(name, value):
    match value:
        case int():
            return value + 1
        case Domain():
            return replace(value, chain_id=value.chain_id + 1)
        case tuple():
            return value[::-1]
        case bytes() if name in ("header", "line"):
            return value.replace(b"1", b"2", 1)
        case bytes():
            return bytes(32)
    return REPORTERS[4].address


@pytest.mark.parametrize("name", [field.name for field in fields(Proof)])
def test_proof__any_field_changed__is_refuted_in_words(round_of, proof, name):
    submission, _, domain = round_of
    changed = replace(proof, **{name: other_value(name, getattr(proof, name))})
    assert changed != proof
    try:
        found = examine(changed, submission, domain)
    except BadProof:
        return
    assert isinstance(found, Refuted)
    assert "the proof says" in found.sentence


def test_proof__of_another_reporters_evidence__is_refuted(round_of, proof):
    submission, evidence, domain = round_of
    other = submission.statements[1]
    assert examine(prove(evidence, other, domain, 0), submission, domain).what == "evidence root"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"method_hash": "0x" + "11" * 32}, "method"),
        ({"as_of": SLOT - 3_600}, "instant"),
        ({"value": {"value8": "1"}}, "reporter's value"),
    ],
)
def test_proof__a_header_that_disowns_the_observation__is_refuted(round_of, change, what):
    submission, evidence, domain = round_of
    header = json.dumps(evidence.facts | change, sort_keys=True, separators=(",", ":")).encode()
    forged = replace(evidence, header=header)
    first = submission.statements[0]
    signed = replace(first, observation=replace(first.observation, evidence_root=forged.root))
    lied = replace(submission, statements=(signed,))
    assert examine(prove(forged, signed, domain, 3), lied, domain).what == what


@pytest.mark.parametrize(
    "packed", [b"", b"{}", b"[]", b"null", b"\xff", b'{"schema":1.5}', b" " * (MOST_BYTES + 1)]
)
def test_proof__of_another_form__is_refused(packed):
    with pytest.raises(BadProof, match="not a proof"):
        Proof.unpack(packed)


def test_select__words_or_place__finds_the_one_quote(round_of):
    _, evidence, _ = round_of
    stated = [json.loads(line) for line in evidence.quotes]
    place = next(n for n, each in enumerate(stated) if each["verdict"] == "ACCEPTED")
    quote = stated[place]["quote"]
    words = f"{quote['provider'].upper()}/{quote['gpu_model']}/{quote['gpu_count']}/accepted"
    exact = f"{words}/{quote['region']}/{quote['observed_at']}"
    assert select(evidence, exact) == select(evidence, f"#{place}") == place


def test_select__several_or_none__says_which_there_are(round_of):
    _, evidence, _ = round_of
    provider = json.loads(evidence.quotes[0])["quote"]["provider"]
    with pytest.raises(ManyQuotes, match=r"quotes: #\d+ ") as many:
        select(evidence, provider)
    for candidate in many.value.candidates:
        place = candidate.split()[0]
        assert f"#{select(evidence, place)}" == place
    for text in ("nobody", f"{provider}/H999", f"#{len(evidence.quotes)}", "", "#"):
        with pytest.raises(NoSuchQuote, match="none of the"):
            select(evidence, text)


# The command line, from sealed archives and against the chain alone.


@pytest.fixture(scope="module")
def sealed(landed, tmp_path_factory):
    """The nodes' folder with everything in Parquet."""
    folder = tmp_path_factory.mktemp("sealed") / "nodes"
    shutil.copytree(landed.folder / "nodes", folder)
    days = ["2026-03-04", "2026-03-05"]
    for config in landed.configs[:4]:
        command = ("oracle", "archive", str(folder / config.path.name), "--json")
        assert run(*command, "--dry-run").json["days"] == days
        output = run(*command).json
        assert [part.split("/")[0] for part in output["parts"]] == [f"day={day}" for day in days]
        assert run(*command).json["parts"] == []
    return folder


def proved(landed, folder, quote, out, *words):
    command = ("oracle", "prove", SLOT, quote, "--nodes", folder, "--out", out)
    return run(*map(str, (*command, *words)))


def verified(landed, path, *words):
    where = ("--rpc-url", landed.devnet.url, "--deployment", landed.folder / "deployment.json")
    return run("oracle", "verify", str(path), *map(str, where), *words)


def test_prove_command__from_parquet__is_verified_against_the_chain_alone(landed, sealed, tmp_path):
    out = tmp_path / "proof.json"
    output = proved(landed, sealed, "#7", out, "--position", BROKEN, "--json").json
    assert output["position"] == BROKEN
    again = verified(landed, out, "--json").json
    assert again == {key: value for key, value in output.items() if key != "proof"}
    assert again["reporter"] == REPORTERS[BROKEN].address
    assert again["reported"] != again["recorded"]
    shown = verified(landed, out)
    assert shown.code == 0
    assert "Proven: " in shown.out
    assert "Not proven: " in shown.out


def test_verify_command__a_changed_proof__fails_with_what_differs(landed, sealed, tmp_path):
    out = tmp_path / "proof.json"
    assert proved(landed, sealed, "#7", out).code == 0
    stated = json.loads(out.read_text())
    stated["line"] = stated["line"].replace('"verdict":"', '"verdict":"X')
    out.write_text(json.dumps(stated, indent=2) + "\n")
    failed = verified(landed, out)
    assert failed.error.startswith("the proof does not hold: evidence root: ")
    out.write_text(json.dumps(stated))
    assert "not written in the form of a proof" in verified(landed, out).error


def test_prove_command__that_cannot__says_one_thing_and_what_to_do(landed, sealed, tmp_path):
    out = tmp_path / "proof.json"
    nobody = proved(landed, sealed, "nobody", out)
    assert nobody.error.startswith("none of the")
    silent = proved(landed, sealed, "#7", out, "--position", 4)
    assert silent.error.startswith(f"round {SLOT}: nothing here has evidence")
    assert not out.exists()


def test_replay_command__archive_all_in_parquet__matches(landed, sealed):
    done = run("oracle", "replay", str(SLOT), "--archive", "--json", "--nodes", str(sealed))
    assert [each["replay"] for each in done.json["observations"]] == ["match"] * 4
