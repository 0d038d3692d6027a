"""The forge tests are of the code that ships, and would fail where it differs."""

import json
import re
import shutil

import pytest

from contracts.assurance.forge import run_forge
from contracts.assurance.sandbox import SETTINGS, copy_contracts
from contracts.codegen.sources import ARTIFACTS, CONTRACTS, ROOT

TESTS = CONTRACTS / "test"
HELPERS = {"TestToken"}
"""Of development chains alone; tests make and subclass it as they make other tokens."""


def shipped():
    """Names of what is deployed."""
    artifacts = [json.loads(path.read_text()) for path in ARTIFACTS.glob("*.json")]
    return {each["contractName"] for each in artifacts if each["bytecode"] != "0x"} - HELPERS


def test_forge_tests__make_what_ships__from_its_artifact_alone():
    makes = re.compile(rf"\bnew ({'|'.join(sorted(shipped()))})\b")
    texts = {path.name: path.read_text() for path in TESTS.rglob("*.sol")}
    # Proofs are of what one call does to a state, and have no use for a deployment.
    proofs = {path.name for path in (TESTS / "proofs").iterdir()}
    assert not [name for name in texts.keys() - proofs if makes.search(texts[name])]
    named = re.findall(r'\b_(?:deploy|create)\(\s*"(\w+)"', "".join(texts.values()))
    # A unit is made by the registry, rules by the market and by the gate that follow them.
    assert set(named) == shipped() - {"LastRung", "ListingRules", "RouteRules", "WrappedUnit"}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    """A copy with one test, beside artifacts of which one is another contract's code."""
    folder = tmp_path_factory.mktemp("shipped")
    copy = copy_contracts(ROOT, folder, ["test/Governance.t.sol"])
    artifacts = shutil.copytree(ARTIFACTS, folder / "pargrade" / "artifacts")
    code = json.loads((ARTIFACTS / "TestToken.json").read_text())["bytecode"]
    damaged = json.loads((artifacts / "Governance.json").read_text())
    (artifacts / "Governance.json").write_text(json.dumps({**damaged, "bytecode": code}))
    return copy


@pytest.mark.full
@pytest.mark.parametrize(("built", "passes"), [("false", False), ("true", True)])
def test_forge_tests__an_artifact_of_other_code__fail_unless_they_are_of_forges_build(
    sandbox, built, passes
):
    ended = run_forge(["test"], sandbox, {**SETTINGS, "PARGRADE_TEST_BUILT": built})
    assert (ended.returncode == 0) == passes, ended.stdout[-2_000:] + ended.stderr[-2_000:]
    assert "Suite result" in ended.stdout
