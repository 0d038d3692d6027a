"""docs/ASSURANCE.md agrees with the records; records of other contracts give a warning."""

import json
import re
import tomllib
import warnings

import pytest

from contracts.assurance import chapters, document, fuzz, mutate, prove, records, semgrep
from contracts.assurance.mutants import find_mutants
from contracts.codegen.compile import build
from contracts.codegen.sources import CONTRACTS, find_units

pytestmark = pytest.mark.full

SOURCE = "src/libraries/Settlement.sol"


def test_document__against_the_records__agrees():
    assert document.DOCUMENT.read_text() == document.render()


def test_document__of_runs_on_a_tree_that_was_not_committed__names_each(monkeypatch):
    assert "`+`\nbehind a commit" in document.HEAD
    rows = {
        "campaigns": [
            {"name": "gate", "commit": "ab", "seed": 1},
            {"name": "gate", "commit": "ab+", "seed": 2},
        ],
        "proofs": [{"name": "sums", "commit": "ab+"}],
    }
    monkeypatch.setattr(document, "read_record", lambda name: rows.get(name, []))
    text = " ".join(document.describe_uncommitted())
    assert "2 of all these runs" in text
    assert "campaigns gate with seed 2, proofs sums." in text
    rows.clear()
    assert list(document.describe_uncommitted()) == []


def test_records__of_other_contracts__warn():
    if stale := document.describe_stale():
        warnings.warn(f"{len(stale)} records are of other contracts: {stale[0]}", stacklevel=1)
    assert re.fullmatch(r"[0-9a-f]{16}", records.contracts_hash())


def test_static_analysis__is_of_these_contracts():
    """It takes a minute and a half, so nothing excuses an old one."""
    now = records.contracts_hash()
    rows = [*records.read_record("slither"), *records.read_record("semgrep")]
    assert [(row["name"], row["contracts"], row["new"]) for row in rows] == [
        ("slither", now, 0),
        ("semgrep", now, 0),
    ]


def hash_of(folder, **code):
    folder.mkdir()
    for name, bytecode in code.items():
        (folder / f"{name}.json").write_text(json.dumps({"bytecode": bytecode, "inputHash": name}))
    return records.contracts_hash(folder)


def test_contracts_hash__code_added_changed_or_moved__is_another(tmp_path):
    hashes = [
        hash_of(tmp_path / "first", A="0x6001", B="0x6002"),
        hash_of(tmp_path / "changed", A="0x6001", B="0x6003"),
        hash_of(tmp_path / "moved", A="0x6002", B="0x6001"),
        hash_of(tmp_path / "renamed", A="0x6001", C="0x6002"),
        hash_of(tmp_path / "added", A="0x6001", B="0x6002", C="0x"),
    ]
    assert len(set(hashes)) == len(hashes)


def test_contracts_hash__same_code_of_other_text__is_the_same(tmp_path):
    before = hash_of(tmp_path / "first", A="0x6001")
    path = tmp_path / "first" / "A.json"
    path.write_text(json.dumps({"bytecode": "0x6001", "inputHash": "of another comment"}))
    assert records.contracts_hash(tmp_path / "first") == before


def test_contracts_hash__a_comment_in_a_source__leaves_the_code_as_it_is(tmp_path):
    def compiled(text):
        source = tmp_path / "src" / "Commented.sol"
        source.parent.mkdir(exist_ok=True)
        source.write_text(text)
        return json.loads(build(find_units(tmp_path, {}), {}, trust=False)["Commented"])

    plain = "pragma solidity 0.8.37;\ncontract Commented { uint256 public count; }\n"
    documented = plain.replace("contract", "/// @notice Counts.\n\ncontract")
    before, after = compiled(plain), compiled(documented)
    assert before["inputHash"] != after["inputHash"]
    assert before["bytecode"] == after["bytecode"] != "0x"


def test_mutants__of_a_file__have_distinct_ids_and_change_it():
    mutants = find_mutants(SOURCE)
    text = (CONTRACTS / SOURCE).read_text()
    assert len({mutant.id for mutant in mutants}) == len(mutants) > 50
    assert all(mutant.plant_in(text) != text for mutant in mutants)


def test_plan__of_mutants__draws_at_most_350_for_tests_that_exist():
    groups = mutate.read_groups()
    assert sum(sum(group.files.values()) for group in groups) <= 350
    assert all((CONTRACTS / test).is_file() for group in groups for test in group.tests)


def test_plan__of_campaigns__asks_for_more_calls_than_are_wanted():
    plan = tomllib.loads((records.ASSURANCE / "campaigns.toml").read_text())
    calls = sum(each["slices"] * each["runs"] * each["depth"] for each in plan.values())
    assert calls > chapters.WANTED_CALLS


def test_reasons__of_anything_accepted__are_sentences():
    findings = json.loads((records.ASSURANCE / "slither-reasons.json").read_text())
    findings += semgrep.read_reasons()
    output = [each["reason"] for each in findings] + list(mutate.read_reasons().values())
    assert findings
    assert all(re.fullmatch(r"[A-Z`].{20,}\.", reason, re.DOTALL) for reason in output)


def test_survivors__of_the_mutants__have_their_reasons():
    known = mutate.read_outcomes()
    survived = {each.mutant for each in known.values() if each.fate is mutate.Fate.SURVIVED}
    assert survived == mutate.read_reasons().keys()


def test_seeds__of_slices__are_described_as_ranges():
    assert chapters.describe_ranges([3]) == "3"
    assert chapters.describe_ranges([9, 1, 2, 3, 5]) == "1 to 3, 5, 9"


def test_fuzz__report_of_forge__is_counted_by_suites_and_cases():
    tally = fuzz.Tally()
    for line in (
        "Ran 3 tests for test/Bucket.t.sol:BucketTest",
        "[PASS] test_pack(uint96,uint40) (runs: 10000, μ: 9250, ~: 9298)",
        "[FAIL: Short(0x78); counterexample: calldata=0xb8 args=[1793491201 [1.793e9]]] "
        "test_take(uint96) (runs: 7, μ: 5015172, ~: 5015172)",
        "[PASS] test_empty() (gas: 9250)",
        "Suite result: FAILED. 2 passed; 1 failed; 0 skipped; finished in 3.46s (3.43s CPU time)",
        "Ran 1 test suite in 3.46s (3.43s CPU time): 2 tests passed, 1 failed, 0 skipped (3 total)",
    ):
        tally.count_line(line)
    assert (tally.tests, tally.failed, tally.cases) == (3, ["test_take"], [10_000, 7])


def test_semgrep__finding_without_a_reason_or_reason_without_one__is_told_apart():
    guarded, gone = semgrep.Finding("check", "A.f"), semgrep.Finding("check", "A.g")
    reasons = [{"check": "check", "where": "A.g", "reason": "It was there once."}]
    assert semgrep.judge([guarded], reasons) == ([guarded], [gone])
    assert semgrep.judge([gone], reasons) == ([], [])


def test_semgrep__rules__have_a_specimen_each_and_a_dead_one_is_named():
    rules = semgrep.rule_names()
    text = (semgrep.SPECIMEN / "Specimen.sol").read_text()
    assert len(rules) == len(set(rules)) > 10
    assert all(f"function {rule.replace('-', '_')}(" in text for rule in rules)
    found = [semgrep.Finding(rule, f"Specimen.{rule.replace('-', '_')}") for rule in rules]
    assert semgrep.find_dead(found, rules) == []
    assert semgrep.find_dead(found[1:], rules) == rules[:1]


def slither_result(impact, line):
    market = {"type": "contract", "name": "FuturesMarket"}
    function = {
        "type": "function",
        "name": "settle",
        "type_specific_fields": {"parent": market},
    }
    return {
        "check": "reentrancy",
        "impact": impact,
        "elements": [function],
        "description": f"Reentrancy in\n\tsettle (line {line})",
    }


def test_slither__findings_of_a_function__are_described_once_and_without_low_impact():
    results = [slither_result("Low", 1), slither_result("High", 2), slither_result("High", 3)]
    (finding,) = prove.select_findings(results)
    assert prove.describe_finding(finding) == (
        "reentrancy in FuturesMarket.settle\n  Reentrancy in settle (line 2)"
    )
