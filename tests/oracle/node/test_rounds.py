"""Rounds taken apart again: every observation redone from quotes, or the quote named that differs.

Two nodes of five are silent, one of the other three reads corrupted quotes.
"""

import json
import shutil
import sqlite3
from dataclasses import replace

import pytest

from oracle.audit.audit import Auditor, Unchecked
from oracle.audit.replay import DifferenceKind, FirstDifference, Match
from oracle.index.method import load_method
from oracle.journal.journal import FILE
from oracle.node.recording import history_of
from pargrade.bindings.spot_index import RoundRecorded
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.data.files import SAMPLE
from pargrade.deployment.submission import ForgedRound, NoSuchRound, read_submission
from pargrade.spot_index.report import BadReport, Report
from tests.support.command import document, run
from tests.support.landed import BROKEN, SLOTS
from tests.support.nodes import GENESIS, KEYS, REPORTERS

pytestmark = pytest.mark.full


def submission_of(landed, reference):
    return read_submission(landed.chain, landed.configs[0].chain.index, str(reference))


def audit(landed, slot, history_of_node):
    auditor = Auditor(
        load_method(), {config.reporter: config for config in landed.configs}, history_of_node
    )
    return auditor.audit(submission_of(landed, slot))


def verdicts(findings):
    return [type(finding.verdict) for finding in findings]


@pytest.mark.parametrize("slot", SLOTS)
def test_audit__each_from_its_own_quotes__all_match(landed, slot):
    findings = audit(landed, slot, lambda config: history_of(config.sample))
    assert verdicts(findings) == [Match] * 4
    assert [finding.node for finding in findings] == ["node-1", "node-2", "node-3", "node-4"]


@pytest.mark.parametrize("slot", SLOTS)
def test_audit__all_from_the_public_quotes__names_the_first_quote_of_the_corrupted(landed, slot):
    findings = audit(landed, slot, lambda _: history_of(SAMPLE))
    assert verdicts(findings) == [Match, Match, Match, FirstDifference]
    verdict = findings[BROKEN].verdict
    assert verdict.kind is DifferenceKind.QUOTE_DIFFERS
    used, published = (json.loads(line) for line in (verdict.archived, verdict.recomputed))
    assert int(used["price8"]) * 2 == int(published["price8"]) * 3
    assert {**used, "price8": 0} == {**published, "price8": 0}
    assert used["provider"] in verdict.sentence


def test_audit__from_the_archives__needs_no_quotes(landed):
    assert verdicts(audit(landed, SLOTS[1], None)) == [Match] * 4


def test_audit__without_the_archive__says_that_it_differs_if_not_where(landed, tmp_path):
    nodes_by = {c.reporter: replace(c, data=tmp_path / c.name) for c in landed.configs}
    auditor = Auditor(load_method(), nodes_by, lambda _: history_of(SAMPLE))
    findings = auditor.audit(submission_of(landed, SLOTS[0]))
    assert verdicts(findings) == [Match, Match, Match, FirstDifference]
    assert findings[BROKEN].verdict.kind is DifferenceKind.HEADER
    assert list(tmp_path.iterdir()) == []
    none = Auditor(load_method(), nodes_by, None).audit(submission_of(landed, SLOTS[0]))
    assert verdicts(none) == [Unchecked] * 4


def test_audit__a_reporter_nobody_knows__is_left_unchecked(landed):
    nodes_by = {c.reporter: c for c in landed.configs[1:]}
    auditor = Auditor(load_method(), nodes_by, lambda config: history_of(config.sample))
    findings = auditor.audit(submission_of(landed, SLOTS[0]))
    assert verdicts(findings) == [Unchecked, Match, Match, Match]
    assert REPORTERS[0].address in findings[0].verdict.reason


TAMPERINGS = [
    "UPDATE unsealed SET header = CAST(replace(header, 'panel-1', 'panel-9') AS BLOB)",
    "UPDATE unsealed SET header = 'text'",
    "UPDATE section SET lines = x'00'",
    "DELETE FROM section",
    "DELETE FROM unsealed",
]


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_audit__an_archive_that_was_tampered_with__is_not_believed(landed, tmp_path, tampering):
    config = landed.configs[0]
    shutil.copytree(config.data, tmp_path / "copy")
    with sqlite3.connect(tmp_path / "copy" / FILE) as raw:
        raw.execute(tampering)
    nodes_by = {config.reporter: replace(config, data=tmp_path / "copy")}
    findings = Auditor(load_method(), nodes_by, None).audit(submission_of(landed, SLOTS[0]))
    assert verdicts(findings) == [Unchecked] * 4
    # Quotes do not need it.
    auditor = Auditor(load_method(), nodes_by, lambda _: history_of(SAMPLE))
    assert verdicts(auditor.audit(submission_of(landed, SLOTS[0])))[0] is Match


def test_submission__by_slot_and_by_hash__is_the_same_round(landed):
    by_slot = submission_of(landed, SLOTS[1])
    assert submission_of(landed, "0x" + by_slot.tx_hash.hex()) == by_slot
    values = sorted(s.observation.values[0] for s in by_slot.statements)
    assert by_slot.values == (values[1],)


@pytest.mark.parametrize("reference", [GENESIS + 60, "0x" + "11" * 32, "yesterday", 2**41])
def test_submission__of_no_round__says_so(landed, reference):
    with pytest.raises(NoSuchRound, match="no round") as none:
        submission_of(landed, reference)
    assert none.value.hint


def test_submission__the_newest__is_that_of_the_last_slot(landed):
    assert submission_of(landed, "newest") == submission_of(landed, max(SLOTS))


def test_submission__read_as_of_other_indices__does_not_verify(landed):
    other = replace(landed.configs[0].chain.index, names=("SCU / EUR",))
    with pytest.raises(ForgedRound, match="position 0 was signed by"):
        read_submission(landed.chain, other, str(SLOTS[0]))


class Lying(Chain):
    """A real chain whose endpoint tells a higher price than was recorded."""

    def logs(self, *arguments, **options):
        output = super().logs(*arguments, **options)
        if output[0].topics[0] != RoundRecorded.TOPIC:
            return output
        raised = (int.from_bytes(output[0].data[:32]) + 1).to_bytes(32)
        return [output[0]._replace(data=raised + output[0].data[32:]), *output[1:]]


def test_submission__recorded_value_is_not_the_median__is_forged(landed):
    lying = Lying.connect(landed.devnet.url)
    with pytest.raises(ForgedRound, match="the median is"):
        read_submission(lying, landed.configs[0].chain.index, str(SLOTS[0]))


def test_submission__in_a_transaction_of_something_else__is_no_round(landed):
    payment = replace(landed.index.submit(b""), to=KEYS[2].address, data=b"")
    receipt = Wallet(landed.chain, KEYS[1]).send(payment)
    with pytest.raises(NoSuchRound):
        submission_of(landed, "0x" + receipt.tx_hash.hex())


def test_report__of_calldata_cut_short__is_not_one(landed):
    with pytest.raises(BadReport, match="bytes with"):
        Report.unpack(bytes(9) + b"\x07" + bytes(50))


# The command line over the same rounds.


def replayed(landed, *words):
    return run("oracle", "replay", *words, "--nodes", landed.folder / "nodes")


def test_replay_command__own_quotes__matches_and_succeeds(landed):
    output = document(replayed(landed, SLOTS[1], "--json"))
    assert [each["replay"] for each in output["observations"]] == ["match"] * 4
    assert output["slot"] == SLOTS[1]
    shown = replayed(landed, output["tx_hash"])
    assert shown.returncode == 0
    assert shown.stdout.count("match") == 4


def test_replay_command__public_quotes__names_the_quote_and_fails(landed):
    done = replayed(landed, SLOTS[0], "--sample", SAMPLE)
    assert done.returncode == 1
    assert done.stdout.count("match") == 3
    assert "position 3: quote differs at" in done.stdout
    assert done.stderr.splitlines() == [
        f"error: round {SLOTS[0]} does not replay: 1 of 4 observations differ",
        "hint: Compare the quotes named above with the node's source.",
    ]


def test_replay_command__archive__matches(landed):
    output = document(replayed(landed, SLOTS[0], "--archive", "--json"))
    assert [each["replay"] for each in output["observations"]] == ["match"] * 4


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([GENESIS + 60], f"error: no round {GENESIS + 60}"),
        (["soon"], "error: no round soon"),
        ([SLOTS[0], "--rpc-url", "http://127.0.0.1:9"], "error: no answer from"),
    ],
    ids=["no round", "no slot", "no chain"],
)
def test_replay_command__that_cannot__says_one_thing_and_what_to_do(landed, words, text):
    done = replayed(landed, *words)
    assert (done.returncode, done.stdout) == (1, "")
    error, hint = done.stderr.splitlines()
    assert error.startswith(text)
    assert hint.startswith("hint: ")


def test_replay_command__a_folder_without_nodes__says_so(tmp_path):
    done = run("oracle", "replay", SLOTS[0], "--nodes", tmp_path)
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        1,
        f"error: there is no configuration in {tmp_path}",
    )
