"""The npm package: what it exports is what ships, and its Solidity stands on its own."""

import json
import re
from pathlib import PurePosixPath

import pytest

from contracts.codegen.sources import ARTIFACTS, CONTRACTS
from contracts.package.build import abi_name, package_files
from contracts.package.interfaces import PRAGMA
from contracts.package.typescript import literal_type


@pytest.fixture(scope="module")
def files():
    return package_files()


def test_package__every_contract_that_ships__has_its_abi_in_it(files):
    abis = {name for name in files if name.startswith("abi/")}
    deployed = {path.name for path in ARTIFACTS.glob("*.json")} - {
        "IERC20Metadata.json",
        "TestToken.json",
    }
    assert abis == {f"abi/{name}" for name in deployed}
    for name in deployed:
        shipped = json.loads((ARTIFACTS / name).read_text())["abi"]
        assert json.loads(files[f"abi/{name}"]) == shipped
        constant = f"export const {abi_name(name.removesuffix('.json'))} = "
        _, _, rest = files["index.js"].partition(constant)
        assert json.JSONDecoder().raw_decode(rest)[0] == shipped


def test_package__every_interface__is_in_it_and_imports_only_what_is(files):
    interfaces = {path.name for path in (CONTRACTS / "src" / "interfaces").glob("*.sol")}
    assert {f"interfaces/{name}" for name in interfaces} <= set(files)
    for name, text in files.items():
        if not name.endswith(".sol"):
            continue
        assert text.count(PRAGMA) == text.count("pragma") == 1
        for target in re.findall(r'from "([^"]+)"', text):
            if target.startswith("."):
                folder = PurePosixPath(name).parent
                parts = [".." if part == ".." else part for part in (folder / target).parts]
                while ".." in parts:
                    back = parts.index("..")
                    del parts[back - 1 : back + 1]
                assert "/".join(parts) in files
            else:
                assert target.startswith("@openzeppelin/contracts/")


def test_package__eip712__has_every_type_and_domain_that_a_contract_checks_a_signature_by(files):
    signed = json.loads(files["eip712.json"])
    sources = "".join(path.read_text() for path in (CONTRACTS / "src").rglob("*.sol"))
    joined = re.sub(r'"\s*"', "", sources)

    def encode(name, fields):
        return (
            f"{name}(" + ",".join(" ".join((each["type"], each["name"])) for each in fields) + ")"
        )

    encoded = {encode(name, fields) for name, fields in signed["types"].items()}
    # Whatever is hashed as a type, however the file writes it.
    in_contracts = set(re.findall(r'"([A-Z]\w*\(\w[\w\[\]]* \w[^()"]*\))', joined))
    assert len(in_contracts) >= 8
    assert in_contracts <= encoded
    assert {"Observation", "Report", "Batch", "Transfer", "Permit"} <= signed["types"].keys()
    structs = {"Order"} - signed["signed_for"].keys()
    assert signed["signed_for"].keys() == signed["types"].keys() - structs
    named = {(each["name"], each["version"]) for each in signed["domains"].values()}
    for name, version in re.findall(r'EIP712\("([^"]+)", "(\d+)"\)', sources):
        assert (name, version) in named
    assert {("Pargrade SpotIndex", "1"), ("Pargrade SpotIndex", "2")} <= named
    assert 'ERC20Permit("Pargrade Unit")' in sources
    assert ("Pargrade Unit", "1") in named


def test_package__manifest__names_only_files_that_are_there(files):
    manifest = json.loads(files["package.json"])
    assert manifest["dependencies"].keys() == {"@openzeppelin/contracts"}
    for wanted in manifest["files"]:
        assert any(name == wanted or name.startswith(f"{wanted}/") for name in files)
    known = {f"export declare const {name}:" for name in ("spotIndexAbi", "eip712", "enums")}
    assert all(declared in files["index.d.ts"] for declared in known)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ({"a b": [1, True, None]}, '{ readonly "a b": readonly [1, true, null] }'),
        ([], "readonly []"),
        ('quo"te', '"quo\\"te"'),
    ],
)
def test_literal_type__of_a_value__has_that_value_alone(value, wanted):
    assert literal_type(value) == wanted
