"""Interfaces explain every item, parameter and return value; implementations refer to them."""

import re

import pytest

from contracts.codegen.sources import CONTRACTS
from contracts.codegen.syntax import source_trees, tree_of_text

pytestmark = pytest.mark.full

INTERFACES = sorted((CONTRACTS / "src/interfaces").glob("*.sol"))
ITEMS = {
    "ContractDefinition": "interface",
    "StructDefinition": "struct",
    "EnumDefinition": "enum",
    "EventDefinition": "event",
    "ErrorDefinition": "error",
    "FunctionDefinition": "function",
}
TAG = re.compile(r"@(\w+)((?:(?!\s@\w).)*)", re.DOTALL)


def tags_of(node):
    """Tags of an item's NatSpec: (tag, words after it) in order."""
    text = (node.get("documentation") or {}).get("text", "")
    return [(tag, rest.split()) for tag, rest in TAG.findall(text)]


def names_of(parameters):
    return [each["name"] for each in parameters["parameters"]]


def omissions(node, within=""):
    """What the items of an interface file fail to explain, in words."""
    for item in node["nodes"]:
        kind = ITEMS.get(item["nodeType"])
        if kind is None:
            continue
        name = f"{within}{item['name']}"
        yield from (f"{kind} {name}: {lack}" for lack in lacks(item, tags_of(item)))
        if "nodes" in item:
            yield from omissions(item, f"{name}.")


def lacks(item, tags):
    """Which tags one item lacks, and which it has for nothing."""
    if not any(tag == "notice" and words for tag, words in tags):
        yield "no @notice"
    wanted = [each["name"] for each in item.get("members", ())]
    if item["nodeType"] == "EnumDefinition":
        wanted = []
    if "parameters" in item:
        wanted = names_of(item["parameters"])
    explained = [words[0] for tag, words in tags if tag == "param" and len(words) > 1]
    yield from (f"no @param {name}" for name in wanted if name not in explained)
    yield from (f"@param {name} is none of its own" for name in explained if name not in wanted)
    if "returnParameters" in item:
        returned = [words for tag, words in tags if tag == "return"]
        yield from unexplained(names_of(item["returnParameters"]), returned)


def unexplained(names, returned):
    """Return values without a @return; a named one begins with its name."""
    for index, name in enumerate(names):
        words = returned[index] if index < len(returned) else []
        if len(words) < (2 if name else 1) or (name and words[0] != name):
            yield f"no @return {name or index}"


def unreferred(node):
    """Functions and variables that implement an interface's and do not refer to its text."""
    for contract in node["nodes"]:
        if contract["nodeType"] != "ContractDefinition" or contract["contractKind"] != "contract":
            continue
        for item in contract["nodes"]:
            implements = item.get("baseFunctions") and item.get("visibility") != "internal"
            if implements and "inheritdoc" not in dict(tags_of(item)):
                yield f"{contract['name']}.{item['name']}"


@pytest.mark.parametrize("path", INTERFACES, ids=lambda path: path.stem)
def test_interface__every_item__explains_itself_its_parameters_and_returns(path):
    assert list(omissions(source_trees()[path.relative_to(CONTRACTS).as_posix()])) == []


def test_implementations__of_an_interface__refer_to_its_text():
    trees = source_trees()
    assert trees
    assert [name for tree in trees.values() for name in unreferred(tree)] == []


OMITTED = {
    "    /// @notice Reads the latest.\n": "function ISample.read: no @notice",
    "    /// @param index Number of it.\n": "function ISample.read: no @param index",
    "    /// @return value 8 decimals.\n": "function ISample.read: no @return value",
    "    /// @param slot Unix time.\n": "event ISample.Recorded: no @param slot",
    "    /// @param oldest Unix time.\n": "error ISample.Stale: no @param oldest",
    "/// @param grid Seconds.\n": "struct Timing: no @param grid",
    "/// @notice How far it is.\n": "enum Phase: no @notice",
}
SAMPLE = """\
// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice How far it is.
enum Phase { NONE }

/// @notice When rounds are due.
/// @param grid Seconds.
struct Timing { uint32 grid; }

/// @title ISample
/// @notice A sample.
interface ISample {
    /// @notice A round.
    /// @param slot Unix time.
    event Recorded(uint40 slot);
    /// @notice It is too old.
    /// @param oldest Unix time.
    error Stale(uint40 oldest);

    /// @notice Reads the latest.
    /// @param index Number of it.
    /// @return value 8 decimals.
    function read(uint256 index) external view returns (uint64 value);
}
"""
PLACE = "src/interfaces/ISpotIndex.sol"


def test_sample__as_it_is__lacks_nothing():
    assert list(omissions(tree_of_text(PLACE, SAMPLE))) == []


@pytest.mark.parametrize(("line", "omission"), OMITTED.items(), ids=OMITTED.values())
def test_sample__one_line_left_out__is_found(line, omission):
    assert SAMPLE.count(line) == 1
    assert list(omissions(tree_of_text(PLACE, SAMPLE.replace(line, "")))) == [omission]


def test_implementation__without_inheritdoc__is_found():
    text = SAMPLE + "contract Sample is ISample { function read(uint256) external pure "
    text += "returns (uint64) { return 1; } }\n"
    assert list(unreferred(tree_of_text(PLACE, text))) == ["Sample.read"]
