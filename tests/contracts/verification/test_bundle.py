"""What explorers are given of a deployment, and the check that they make of it."""

import json
import re
from dataclasses import replace

import pytest

from contracts.codegen.sources import BUILD, CONTRACTS
from contracts.verification.bundle import bundle, find_creation, main
from contracts.verification.check import check
from contracts.verification.match import Compiled, find_difference
from pargrade.chain.artifact import load_artifact
from pargrade.chain.block import Tag
from pargrade.chain.create2 import address_by
from pargrade.chain.wallet import Wallet
from pargrade.deployment.migration.plan import creation_of
from pargrade.devnet.accounts import ADMIN
from tests.support.sourcify_server import sourcify_server, verify
from tests.support.two_markets import place_young

COMPILED = Compiled(creation=b"\x60\x80\xff", runtime=b"\x00\x01\x02\x03", immutables=((1, 2),))


@pytest.fixture
def files(world):
    return dict(bundle(world.chain, world.deployment))


def test_bundle__every_contract_of_a_deployment__has_all_three_files(files, world):
    """Those that others created too: what holds users' tokens is a grade's unit."""
    deployment = world.deployment
    inner = {"ListingRules", "LastRung", "RouteRules"}
    grades = {f"grade-{symbol}": grade.unit for symbol, grade in deployment.grades.items()}
    assert files.keys() == {*deployment.contracts, *inner, *grades}
    where = {name: each.address for name, each in deployment.contracts.items()} | grades
    for name, content in files.items():
        assert content.keys() == {"input.json", "sourcify.json", "etherscan.json"}
        sources = content["input.json"]["sources"]
        identifier = content["sourcify.json"]["contractIdentifier"]
        assert identifier.partition(":")[0] in sources
        assert content["etherscan.json"]["contractname"] == identifier
        assert json.loads(content["etherscan.json"]["sourceCode"]) == content["input.json"]
        address = content["sourcify.json"]["address"]
        assert address == where.get(name, address)
        assert world.chain.code(address, block=Tag.LATEST)


def test_bundle__constructor_arguments__create_the_contract_at_its_address(files, world):
    feed = files["IndexFeed"]["etherscan.json"]["constructorArguements"]
    assert bytes.fromhex(feed) == bytes(12) + bytes.fromhex(
        world.deployment.address("SpotIndex")[2:]
    ) + bytes(32)
    creation = find_creation(world.chain, world.deployment.contracts["IndexFeed"])
    assert creation.code == load_artifact("IndexFeed").creation_code + bytes.fromhex(feed)


def test_bundle__contracts_that_another_created__have_arguments_and_the_creator_s_settings(
    files, world
):
    def words(name):
        text = files[name]["etherscan.json"]["constructorArguements"]
        return [text[n : n + 64] for n in range(0, len(text), 64)]

    def word(address):
        return address[2:].lower().rjust(64, "0")

    deployment = world.deployment
    index = word(deployment.address("SpotIndex"))
    assert words("ListingRules") == [word(deployment.address("GradeRegistry")), index]
    assert words("LastRung") == [index]
    assert words("RouteRules") == []
    grade = deployment.grade("A1GH")
    assert words("grade-A1GH")[:2] == [grade.grade_id[2:], word(grade.token)]
    for inner, outer in (("LastRung", "FuturesMarket"), ("RouteRules", "BridgeGate")):
        settings = files[inner]["input.json"]["settings"]["optimizer"]
        assert settings == files[outer]["input.json"]["settings"]["optimizer"]
        assert "creationTransactionHash" not in files[inner]["sourcify.json"]


def test_bundle__deployment_that_was_found_again__has_the_arguments_it_had(files, world):
    """With the file lost all blocks are that of the first contract."""
    known = world.deployment
    world.path.unlink()
    assert world.run("deploy").code == 0
    again = world.deployment
    assert len({each.block for each in again.contracts.values()}) == 1
    assert len({each.block for each in known.contracts.values()}) > 1

    def arguments(bundled):
        return {
            name: content["etherscan.json"]["constructorArguements"]
            for name, content in bundled.items()
        }

    assert arguments(dict(bundle(world.chain, again))) == arguments(files)


def test_bundle__arguments_that_lead_to_another_address__are_left_out_and_it_says_so(
    world, tmp_path, monkeypatch, capsys
):
    known = world.deployment
    feed = replace(known.contracts["IndexFeed"], block=known.block - 1)
    moved = replace(known.contracts["SpotIndex"], address=known.contracts["tUSD"].address)
    file = tmp_path / "file.json"
    wrong = {**known.contracts, "IndexFeed": feed, "SpotIndex": moved}
    replace(known, contracts=wrong, grades={}).write(file)
    words = [str(file), str(tmp_path / "out"), "--rpc-url", world.url]
    monkeypatch.setattr("sys.argv", ["bundle", *words])
    assert main() == 1
    assert "IndexFeed: no etherscan.json" in capsys.readouterr().err
    assert (tmp_path / "out" / "FuturesMarket" / "etherscan.json").exists()
    assert not (tmp_path / "out" / "IndexFeed" / "etherscan.json").exists()


def test_bundle__grade_that_the_file_does_not_name__is_in_it_by_its_unit(world):
    known = world.deployment
    names = {name for name, _ in bundle(world.chain, replace(known, grades={}))}
    assert {f"grade-{grade.unit}" for grade in known.grades.values()} <= names


def test_bundle__newer_market__brings_the_contract_that_moves_positions(world):
    known = world.deployment
    newer = place_young(Wallet(world.chain, ADMIN.key), known)
    described = dict(bundle(world.chain, known, newer))["MarketMigrator"]
    markets = [known.address("FuturesMarket"), newer.address("FuturesMarket")]
    expected = "".join(address[2:].lower().rjust(64, "0") for address in markets)
    assert described["etherscan.json"]["constructorArguements"] == expected
    assert described["sourcify.json"]["address"] == address_by(creation_of(known, newer))


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
def test_bundle__posted_to_a_server_of_sourcify_s_interface__matches_and_another_address_does_not(
    files, world
):
    """The server goes by the compiler's immutable references and shares no code of ours."""
    with sourcify_server(world.url) as url:
        # One of the file, one that a constructor made, with the settings of its creator.
        for name in ("IndexFeed", "LastRung"):
            assert verify(url, files[name]["sourcify.json"])["match"] == "match"
        request = files["LastRung"]["sourcify.json"]
        other = request | {"address": files["RouteRules"]["sourcify.json"]["address"]}
        assert verify(url, other)["match"] is None


@pytest.mark.deep
def test_bundle__all_of_it_posted__matches(files, world):
    with sourcify_server(world.url) as url:
        for name, content in files.items():
            assert verify(url, content["sourcify.json"])["match"] == "match", name


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
