import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from contracts.codegen import bindgen, layouts
from contracts.codegen import compile as compiler
from contracts.codegen.sources import ARTIFACTS, COMPILER, CONTRACTS, Unit, find_units
from tests.support.specimen import SPECIMEN, bind, compile_specimen

pytestmark = pytest.mark.full

SOLC = CONTRACTS / "solc"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the specimen's sources to change."""
    return Path(shutil.copytree(SPECIMEN, tmp_path / "specimen"))


@pytest.fixture(scope="module")
def artifact() -> dict[str, Any]:
    return compile_specimen()


def only(root: Path) -> Unit:
    (unit,) = find_units(root, packages={})
    return unit


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_units__of_a_tree__concrete_contracts_named_like_their_files(tree: Path) -> None:
    assert [unit.contract for unit in find_units(tree, packages={})] == ["Specimen"]
    assert set(only(tree).input["sources"]) == {"src/Base.sol", "src/Specimen.sol"}


def test_units__of_the_repository__have_their_packages_inlined() -> None:
    inputs = {unit.contract: unit.input["sources"] for unit in find_units()}
    assert {"FuturesMarket", "GradeRegistry", "SpotIndex", "WrappedUnit"} <= set(inputs)
    assert "@openzeppelin/contracts/token/ERC20/ERC20.sol" in inputs["TestToken"]


def test_input_hash__import_changes__changes(tree: Path) -> None:
    before = only(tree).input_hash
    edit(tree / "src" / "Base.sol", "13", "12")
    assert only(tree).input_hash != before


def test_input_hash__elsewhere_in_the_tree__stays(tree: Path) -> None:
    before = only(tree).input_hash
    (tree / "src" / "Other.sol").write_text("library Other {}")
    assert only(tree).input_hash == before


def test_build__hash_unchanged__compiles_nothing_unless_trust_is_off(
    tree: Path, artifact: dict[str, Any]
) -> None:
    unit = only(tree)
    tampered = json.dumps(artifact | {"bytecode": "0x00"})
    known = {"Specimen": tampered}
    assert compiler.build([unit], known, trust=True) == known
    rebuilt = json.loads(compiler.build([unit], known, trust=False)["Specimen"])
    assert rebuilt == artifact


def test_build__comment_changes__same_code_other_hash(tree: Path, artifact: dict[str, Any]) -> None:
    edit(tree / "src" / "Specimen.sol", "Adds `by` to the total", "Adds to the total")
    changed = compile_specimen(tree)
    assert changed["bytecode"] == artifact["bytecode"]
    assert changed["inputHash"] != artifact["inputHash"]


def test_build__source_does_not_compile__ends_naming_the_contract(tree: Path) -> None:
    edit(tree / "src" / "Specimen.sol", "total += by;", "total += undeclared;")
    with pytest.raises(SystemExit, match=r"(?s)Specimen does not compile.*undeclared"):
        compile_specimen(tree)


def test_artifact__says_how_it_was_made(artifact: dict[str, Any]) -> None:
    assert artifact["compiler"]["version"] == COMPILER
    assert artifact["compiler"]["settings"]["viaIR"] is True
    assert artifact["enums"] == {"Mood": ["CALM", "BUSY"]}
    assert artifact["inputHash"] == only(SPECIMEN).input_hash


def test_shipped_artifacts__every_contract__made_from_the_sources_here() -> None:
    hashes = {unit.contract: unit.input_hash for unit in find_units()}
    shipped = {
        path.stem: json.loads(path.read_text())["inputHash"] for path in ARTIFACTS.glob("*.json")
    }
    assert shipped == hashes


def test_shipped_bindings__generated_again__the_same() -> None:
    artifacts = [json.loads(path.read_text()) for path in sorted(ARTIFACTS.glob("*.json"))]
    shipped = {path.name: path.read_text() for path in bindgen.BINDINGS.glob("*.py")}
    assert bindgen.render(artifacts) == shipped


def test_shipped_layouts__rendered_again__the_same() -> None:
    artifacts = [json.loads(path.read_text()) for path in sorted(ARTIFACTS.glob("*.json"))]
    shipped = {path.name: path.read_text() for path in layouts.LAYOUTS.glob("*.json")}
    assert layouts.render(artifacts) == shipped
    assert {"FuturesMarket.json", "SpotIndex.json", "WrappedUnit.json"} <= set(shipped)


def test_layout__of_a_struct_in_a_mapping__names_its_members_and_no_node_numbers() -> None:
    text = (layouts.LAYOUTS / "SpotIndex.json").read_text()
    (offences,) = [each for each in json.loads(text) if each["label"] == "_offences"]
    assert [each["label"] for each in offences["members"]] == [
        *("reporter", "first", "last", "enough")
    ]
    assert {each["slot"] for each in offences["members"]} == {0}
    assert "_storage" not in text


def test_shipped_code__every_contract__leaves_a_kilobyte_below_the_size_limit() -> None:
    for path in ARTIFACTS.glob("*.json"):
        artifact = json.loads(path.read_text())
        runtime, creation = (len(artifact[k]) // 2 - 1 for k in ("deployedBytecode", "bytecode"))
        assert runtime <= 24_576 - 1_024, f"{path.stem}: EIP-170"
        assert creation <= 49_152, f"{path.stem}: EIP-3860"


def test_binding__of_the_specimen__passes_the_strict_type_checker(
    artifact: dict[str, Any], tmp_path: Path
) -> None:
    bind(artifact, tmp_path, "typed_specimen")
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "-p", "typed_specimen"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"MYPYPATH": f"{tmp_path}:{CONTRACTS.parent}", "PATH": ""},
    )
    assert checked.returncode == 0, checked.stdout


def test_bindgen__same_artifacts__same_text(artifact: dict[str, Any]) -> None:
    again = json.loads(json.dumps(artifact, sort_keys=True))
    assert bindgen.render([artifact]) == bindgen.render([again])


def test_bindgen__same_name_for_two_errors__gets_the_contract_as_prefix(
    artifact: dict[str, Any],
) -> None:
    other = artifact | {
        "contractName": "Other",
        "abi": [
            {"type": "error", "name": "Unlucky", "inputs": []},
            {"type": "error", "name": "Empty", "inputs": []},
        ],
    }
    errors = bindgen.render([artifact, other])["errors.py"]
    assert "class SpecimenUnlucky(ContractError)" in errors
    assert "class OtherUnlucky(ContractError)" in errors
    assert errors.count("class Empty(ContractError)") == 1


def test_solc__version__the_pinned_release() -> None:
    output = subprocess.run([SOLC, "--version"], capture_output=True, text=True, check=True).stdout
    assert f"Version: {COMPILER}+commit." in output


def test_solc__import_by_package_name__found_without_a_path() -> None:
    source = 'import "@openzeppelin/contracts/utils/Panic.sol"; contract A {}'
    given = {
        "language": "Solidity",
        "sources": {"A.sol": {"content": f"pragma solidity 0.8.37; {source}"}},
        "settings": {"outputSelection": {"*": {"A": ["abi"]}}},
    }
    done = subprocess.run(
        [SOLC, "--standard-json"],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )
    assert json.loads(done.stdout)["contracts"]["A.sol"]["A"] == {"abi": []}


def test_solc__anything_else__refused() -> None:
    refused = subprocess.run([SOLC, "--bin"], capture_output=True, text=True)
    assert refused.returncode == 1
    assert refused.stderr.startswith("solc: ")
