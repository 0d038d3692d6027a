"""A common report on a real chain: replayed, proven, verified, and its liars accused."""

import gzip
import json
from contextlib import closing

import pytest

from oracle.audit.common.contradiction import find_contradiction
from oracle.audit.common.landed_report import read_landed_report, read_rounds
from oracle.audit.common.line_proof import LineProof
from oracle.audit.inclusion_proof import BadProof
from oracle.evidence.part import FOLDER
from oracle.protocol.batch.manifest import Manifest
from oracle.protocol.machine.promises import Promise
from oracle.protocol.message.calls import DeviationCall
from oracle.protocol.message.envelope import Envelope, read_envelope
from oracle.protocol.proposal.input_proposal import InputProposal
from oracle.protocol.wire.content import sign_content
from oracle.protocol.wire.signatory import KeySignatory
from oracle.protocol_store.day_sets import day_root
from oracle.protocol_store.input_store import InputStore
from oracle.protocol_store.sealing import seal_day
from oracle.protocol_store.set_archive import SetArchive
from pargrade.bindings.spot_index_v2 import SpotIndexV2
from pargrade.chain.block import Tag
from pargrade.clock import midnight_of
from pargrade.data.files import SAMPLE
from pargrade.deployment.submission import NoSuchRound
from pargrade.spot_index.equivocation import NoEquivocation
from tests.support.cli import run
from tests.support.landed_round import ALONE, KEYS, LIAR, OF_ALL, SLOT, landed_round

pytestmark = pytest.mark.full

LINE = "#5"


@pytest.fixture(scope="module")
def landed(tmp_path_factory):
    with landed_round(tmp_path_factory.mktemp("landed")) as found:
        yield found


@pytest.fixture
def round_(landed):
    with landed.devnet.chain.restored():
        yield landed


def replayed(round_, *words):
    nodes = ("--nodes", str(round_.folder))
    return run("oracle", "replay", "newest", *nodes, *words, "--json")


def proof_of(round_, path):
    words = ("--nodes", str(round_.folder), "--out", str(path), "--json")
    return run("oracle", "prove", str(SLOT), LINE, *words)


def message(round_, position, promise):
    """The bytes of what a member promised."""
    return next(
        record.raw
        for who, record in round_.records
        if who == position and record.promise is promise
    )


def signed(round_, position, content):
    """Any content under a member's signature, as a message."""
    committee = round_.stored.committee
    signatory = KeySignatory(KEYS[position], round_.stored.members)
    contents = sign_content(content, committee, position, signatory)
    return Envelope(committee.epoch, contents).pack()


def second_of(round_, position, promise):
    """Another content of the same kind for the slot."""
    committee = round_.stored.committee
    content = read_envelope(message(round_, position, promise), committee).signed.content
    if isinstance(content, Manifest):
        return signed(round_, position, Manifest(SLOT, content.entries[1:]))
    if isinstance(content, InputProposal):
        return signed(round_, position, InputProposal(SLOT, content.inputs[1:]))
    figures = tuple(each._replace(value8=each.value8 + 1) for each in content.figures)
    return signed(round_, position, type(content)(SLOT, content.flags, figures, content.input_root))


def accuse(round_, folder, a, b, *words):
    paths = [folder / "a.hex", folder / "b.bin"]
    paths[0].write_text(f"0x{a.hex()}\n")
    paths[1].write_bytes(b)
    return run("oracle", "accuse", *map(str, paths), *round_.options, *words, "--json")


def test_replay__of_a_landed_report__matches_and_shows_whose_batch_differs(round_):
    found = replayed(round_).json
    assert found["match"] is True
    assert found["signed"] == found["computed"] == [found["recorded"]["0"]]
    differing = {each["position"]: each["differing"] for each in found["batches"]}
    assert differing[LIAR] > 50
    assert {count for position, count in differing.items() if position != LIAR} == {0}
    assert found["basis"]["list"] == found["lines"]
    shown = run("oracle", "replay", str(SLOT), "--nodes", str(round_.folder))
    assert "match" in shown.out


def test_round__whose_inputs_are_archived__replays_and_is_proven_from_parquet_alone(
    round_, tmp_path
):
    before = replayed(round_).json
    first = proof_of(round_, tmp_path / "before.json")
    data = round_.folder / "member-1"
    root = read_landed_report(round_.devnet.chain, round_.index, "newest").report.input_root
    with closing(InputStore(data)) as store:
        seal_day(store, SetArchive(data), midnight_of(SLOT), [(SLOT, root)])
        assert store.input_set(root, SLOT) is None
    shown = run("oracle", "member", "archive", str(round_.folder / "member-1.toml"), "--json")
    [day] = shown.json["days"]
    assert (day["sound"], day["rounds"], day["root"]) == (True, 1, day["chain_root"])
    assert day["root"] == "0x" + day_root([(SLOT, root)]).hex()
    assert replayed(round_).json == before
    assert first.code == proof_of(round_, tmp_path / "after.json").code == 0
    assert (tmp_path / "before.json").read_bytes() == (tmp_path / "after.json").read_bytes()


def test_archive__of_a_day_that_the_chain_has_not__is_named(round_, tmp_path):
    config, data = round_.folder / "member-1.toml", round_.folder / "member-1"
    root = read_landed_report(round_.devnet.chain, round_.index, "newest").report.input_root
    with closing(InputStore(data)) as store:
        name = seal_day(store, SetArchive(data), midnight_of(SLOT), [(SLOT, root)])
    rounds = data / FOLDER / name / "rounds.csv"
    whole = rounds.read_text()
    try:
        rounds.write_text(whole.replace(root.hex(), bytes(32).hex()))
        shown = run("oracle", "member", "archive", str(config))
        assert shown.code == 1
        assert f"no whole set of slots [{SLOT}]" in shown.err
        assert "DIFFERS" in shown.out
    finally:
        rounds.write_text(whole)


def test_replay__with_another_opening_history__names_both_values(round_, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("\n".join(doubled_recording()) + "\n")
    ended = replayed(round_, "--sample", str(other))
    assert ended.code == 1
    assert "does not replay: signed [" in ended.err
    assert json.loads(ended.out)["match"] is False


def doubled_recording():
    """The shipped recording, with the first weeks of a part of the providers doubled."""
    head, *rows = gzip.decompress(SAMPLE.read_bytes()).decode().splitlines()
    names = head.split(",")
    prices = [names.index("price_usd_per_gpu_hour"), names.index("price_min")]
    yield head
    for row in rows:
        cells = row.split(",")
        if cells[0] < "2026-04-10" and cells[1] < "h":
            for place in prices:
                cells[place] = str(2 * float(cells[place])) if cells[place] else ""
        yield ",".join(cells)


def test_replay__without_the_input_set__says_whom_to_ask(round_, tmp_path):
    lonely = tmp_path / "lonely"
    lonely.mkdir()
    text = (round_.folder / "member-2.toml").read_text()
    (lonely / "member-2.toml").write_text(text)
    ended = run("oracle", "replay", str(SLOT), "--nodes", str(lonely))
    assert "input set 0x" in ended.error
    assert "it fetches what it lacks" in ended.hint


@pytest.mark.parametrize("reference", ["60", "0x" + "11" * 32, "0x11", "nonsense"])
def test_landed_report__that_there_is_not__is_refused(round_, reference):
    with pytest.raises(NoSuchRound):
        read_landed_report(round_.devnet.chain, round_.index, reference)


def test_landed_report__by_slot_newest_and_hash__is_the_same(round_):
    chain, index = round_.devnet.chain, round_.index
    newest = read_landed_report(chain, index, "newest")
    by_hash = read_landed_report(chain, index, "0x" + newest.tx_hash.hex())
    assert newest == by_hash == read_landed_report(chain, index, str(SLOT))
    assert newest.signers == (0, 1, 2, 3, 4)
    [only] = read_rounds(chain, index, newest.block)
    assert (only.slot, only.root) == (SLOT, newest.report.input_root)


def test_proof__of_a_line__is_verified_with_the_chain_alone(round_, tmp_path):
    path = tmp_path / "line.json"
    assert proof_of(round_, path).code == 0
    found = run("oracle", "verify", str(path), *round_.options, "--json").json
    assert found["provider"] == "{provider}/{source}".format(**found["quote"])
    assert found["price8"] == found["quote"]["price8"]
    assert found["basis"] == "list"
    assert found["attesters"] == [each for each in range(5) if each != LIAR]
    shown = run("oracle", "verify", str(path), *round_.options).out
    assert f"Proven: {found['provider']}" in shown
    assert "Not proven" in shown


def prove(round_, quote, *words):
    nodes = ("--nodes", str(round_.folder))
    return run("oracle", "prove", str(SLOT), quote, *nodes, *words)


def proven(round_, path, quote, *words):
    """What `verify` says of a proof that `prove` wrote."""
    assert prove(round_, quote, "--out", str(path), *words).code == 0
    return run("oracle", "verify", str(path), *round_.options, "--json").json


def test_proof__of_a_line_that_one_member_states__says_who_and_that_it_has_no_price(
    round_, tmp_path
):
    path = tmp_path / "alone.json"
    found = proven(round_, path, "lambda/elsewhere/H100/alone")
    assert (found["provider"], found["price8"], found["attesters"]) == (ALONE, None, [])
    assert [each["position"] for each in found["stated"]] == [LIAR]
    shown = " ".join(run("oracle", "verify", str(path), *round_.options).out.split())
    assert "no 2 of 5 batches state one alike" in shown
    assert f"stated by position {LIAR} at" in shown
    # The words of a line that counts do not name the liar's as well.
    agreed = proven(round_, path, "lambda/H100")
    assert agreed["provider"] == OF_ALL
    assert agreed["price8"] is not None
    # The same line by its bytes.
    assert proven(round_, path, OF_ALL, "--line", agreed["line"]) == agreed


def test_proof__of_a_line_that_nobody_states__needs_no_list_to_have_it(round_, tmp_path):
    for number, name in enumerate((OF_ALL, "nobody/nowhere")):
        path = tmp_path / f"{number}.json"
        found = proven(round_, path, name, "--line", b'["B300"]'.hex())
        assert (found["provider"], found["price8"], found["stated"]) == (name, None, [])
        shown = run("oracle", "verify", str(path), *round_.options).out
        assert "Nobody states the line at all" in shown


@pytest.mark.parametrize(
    ("quote", "words", "reason"),
    [
        ("lambda/B300", (), "none of the"),
        ("lambda", ("--line", "00"), "no provider/source"),
        (OF_ALL, ("--line", "0xzz"), "no hexadecimal number"),
        (OF_ALL, ("--line", ""), "has 0 bytes"),
        (OF_ALL, ("--line", "00" * 513), "has 513 bytes"),
        ("#5", ("--position", "0"), "--position means nothing for a committee"),
        ("#5", ("--evidence", __file__), "--evidence means nothing for a committee"),
    ],
)
def test_proof__of_what_no_line_can_be__is_refused_with_what_to_do(round_, quote, words, reason):
    refused = prove(round_, quote, *words)
    assert refused.code == 1
    assert reason in refused.error
    assert refused.hint


def test_replay__of_an_archive_of_observations__is_refused_for_a_committee(round_):
    refused = replayed(round_, "--archive")
    assert "--archive means nothing for a committee" in refused.error
    assert "Leave it out" in refused.hint


def test_proof__with_any_change__proves_nothing(round_, tmp_path):
    path = tmp_path / "line.json"
    assert proof_of(round_, path).code == 0
    sound = json.loads(path.read_bytes())
    changes = {
        "slot": sound["slot"] + 60,
        "line": sound["line"][:-2] + "00",
        "sections": [],
        "batches": sound["batches"][1:],
        "spot_index": KEYS[0].address,
        "chain_id": 1,
        "schema": "pargrade-line-proof-2",
        "extra": 1,
    }
    assert proof_of(round_, path).json["price8"]
    for name, value in changes.items():
        path.write_text(json.dumps(sound | {name: value}, sort_keys=True, separators=(",", ":")))
        ended = run("oracle", "verify", str(path), *round_.options, "--json")
        if name == "line":  # another line, which nobody states: a proof that it has no price
            assert ended.json["price8"] is None
        else:
            assert ended.code == 1, name


@pytest.mark.parametrize(
    "packed", [b"", b"{}", b"[]", b'{"schema":"pargrade-line-proof-1"}', b"\xff" * 40]
)
def test_proof__that_is_none__is_refused(packed):
    with pytest.raises(BadProof):
        LineProof.unpack(packed)


@pytest.mark.parametrize("promise", [Promise.BATCH, Promise.REPORT])
def test_accuse__two_contents_that_the_chain_judges__jails_the_key(round_, tmp_path, promise):
    a, b = message(round_, LIAR, promise), second_of(round_, LIAR, promise)
    rehearsed = accuse(round_, tmp_path, a, b, "--dry-run").json
    assert rehearsed["sent"] is False
    done = accuse(round_, tmp_path, a, b).json
    assert (done["kind"], done["sent"]) == (promise.name, True)
    assert (done["reporter"], done["position"]) == (KEYS[LIAR].address, LIAR)
    contract = SpotIndexV2(round_.devnet.chain, round_.index.address)
    left = contract.reporter_config(block=Tag.LATEST)
    assert KEYS[LIAR].address not in left.reporters


def test_accuse__two_proposals__are_proven_to_people_and_not_sent(round_, tmp_path):
    leader = next(who for who, each in round_.records if each.promise is Promise.PROPOSAL)
    a = message(round_, leader, Promise.PROPOSAL)
    found = accuse(round_, tmp_path, a, second_of(round_, leader, Promise.PROPOSAL)).json
    assert (found["kind"], found["position"], found["sent"]) == ("PROPOSAL", leader, False)


def test_accuse__messages_that_prove_nothing__are_refused_with_the_reason(round_, tmp_path):
    batch = message(round_, LIAR, Promise.BATCH)
    other = message(round_, 0, Promise.BATCH)
    forged = second_of(round_, LIAR, Promise.BATCH)
    forged = forged[:20] + bytes([forged[20] ^ 1]) + forged[21:]
    call = signed(round_, LIAR, DeviationCall(SLOT))
    for a, b, reason in (
        (batch, batch, "both say the same"),
        (batch, other, f"position differs: {LIAR} and 0"),
        (batch, message(round_, LIAR, Promise.REPORT), "a BATCH and a REPORT"),
        (batch, forged, "not signed by"),
        (call, call, "more than one CALL"),
        (batch, b"\2", "no message"),
    ):
        assert reason in accuse(round_, tmp_path, a, b).error


def test_contradiction__that_a_member_kept__is_what_accuse_takes(round_):
    a, b = message(round_, LIAR, Promise.BATCH), second_of(round_, LIAR, Promise.BATCH)
    proof = find_contradiction(a, b, round_.stored)
    with closing(InputStore(round_.folder / "member-1")) as store:
        store.keep_contradiction(1, proof)
        [kept] = store.contradictions()
    assert find_contradiction(*kept, round_.stored).kind is proof.kind
    with pytest.raises(NoEquivocation):
        find_contradiction(a, a, round_.stored)
