"""What explorers are given of a deployment, and the check that they make of it."""

import json
import re
from dataclasses import replace

import pytest

from contracts.codegen.sources import BUILD, CONTRACTS, find_units
from contracts.verification.bundle import bundle, describe, find_creation
from contracts.verification.check import check
from contracts.verification.match import Compiled, find_difference
from pargrade.chain.artifact import load_artifact

COMPILED = Compiled(creation=b"\x60\x80\xff", runtime=b"\x00\x01\x02\x03", immutables=((1, 2),))


@pytest.fixture
def files(world):
    return dict(bundle(world.chain, world.deployment))


def test_bundle__every_contract_of_a_deployment__has_all_three_files(files, world):
    assert files.keys() == world.deployment.contracts.keys()
    for name, content in files.items():
        assert content.keys() == {"input.json", "sourcify.json", "etherscan.json"}
        sources = content["input.json"]["sources"]
        identifier = content["sourcify.json"]["contractIdentifier"]
        assert identifier.partition(":")[0] in sources
        assert content["etherscan.json"]["contractname"] == identifier
        assert json.loads(content["etherscan.json"]["sourceCode"]) == content["input.json"]
        assert content["sourcify.json"]["address"] == world.deployment.contracts[name].address


def test_bundle__constructor_arguments__create_the_contract_at_its_address(files, world):
    feed = files["IndexFeed"]["etherscan.json"]["constructorArguements"]
    assert bytes.fromhex(feed) == bytes(12) + bytes.fromhex(
        world.deployment.address("SpotIndex")[2:]
    ) + bytes(32)
    creation = find_creation(world.chain, world.deployment.contracts["IndexFeed"])
    assert creation.code == load_artifact("IndexFeed").creation_code + bytes.fromhex(feed)


def test_bundle__of_a_contract_that_another_created__has_no_creation(world):
    listed = world.deployment.contracts["IndexFeed"]
    created_inside = replace(listed, address=world.deployment.grade("A1GH").unit)
    assert find_creation(world.chain, created_inside) is None
    (unit,) = (unit for unit in find_units() if unit.contract == "WrappedUnit")
    described = describe(world.chain.chain_id, created_inside.address, unit, None)
    assert described.keys() == {"input.json", "sourcify.json"}
    assert "creationTransactionHash" not in described["sourcify.json"]


def test_bundle__of_other_sources__is_refused_by_name(world):
    contracts = dict(world.deployment.contracts)
    contracts["SpotIndex"] = replace(contracts["SpotIndex"], input_hash="00" * 32)
    with pytest.raises(SystemExit, match="SpotIndex is of other sources"):
        dict(bundle(world.chain, replace(world.deployment, contracts=contracts)))


def test_build__is_the_compiler_that_compiles():
    (release,) = re.findall(r'RELEASE = "(.*)"', (CONTRACTS / "solc").read_text())
    assert release == BUILD


def test_check__for_another_chain_or_compiler__says_so(files, world):
    request = files["IndexFeed"]["sourcify.json"]
    assert "for chain 5" in check(world.chain, {**request, "chainId": "5"})
    assert "0.8.20" in check(world.chain, {**request, "compilerVersion": "0.8.20+commit.a1b79de6"})


@pytest.mark.full
def test_check__small_contracts__match_and_a_changed_source_does_not(files, world):
    for name in ("IndexFeed", "tUSD"):
        assert check(world.chain, files[name]["sourcify.json"]) is None
    request = files["IndexFeed"]["sourcify.json"]
    source = request["stdJsonInput"]["sources"]["src/IndexFeed.sol"]
    assert "version = 2" in source["content"]
    source["content"] = source["content"].replace("version = 2", "version = 7")
    assert "differs at byte" in check(world.chain, request)


@pytest.mark.deep
def test_check__all_contracts__match(files, world):
    for content in files.values():
        assert check(world.chain, content["sourcify.json"]) is None


@pytest.mark.parametrize(
    ("runtime", "creation", "why"),
    [
        (b"\x00\xaa\xbb\x03", b"\x60\x80\xff\x07", None),
        (b"\x00\xaa\xbb\x03", None, None),
        (b"\x00\xaa\xbb\x04", None, "its code differs at byte 3"),
        (b"\x00\x01\x02", None, "it has 3 bytes of code in place of 4"),
        (b"", None, "there is no code at its address"),
        (b"\x00\x01\x02\x03", b"\x60\x80\xfe", "it was created by other code"),
    ],
)
def test_difference__of_code__is_named_unless_only_immutables_differ(runtime, creation, why):
    assert find_difference(COMPILED, runtime, creation) == why
