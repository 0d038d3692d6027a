"""Writes what explorers need to verify the contracts of a deployment, one folder for each of them.

python -m contracts.verification.bundle deployments/31337.json --rpc-url URL build/verification

    input.json       standard JSON input: every source and all settings
    sourcify.json    body of POST /v2/verify/{chainId}/{address} of a Sourcify server
    etherscan.json   fields of Etherscan's verifysourcecode; where constructor arguments are known

Contracts of the file, those that they created, the wrapped unit of every grade that the registry
lists, and with --migrate-to the contract that moves positions into another market.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from contracts.codegen.sources import BUILD, Unit, find_units
from pargrade.bindings.grade_registry import GradeRegistry
from pargrade.chain.artifact import load_artifact
from pargrade.chain.call import Call
from pargrade.chain.create2 import FACTORY, NO_SALT, address_by
from pargrade.chain.errors import NoContract, Reverted
from pargrade.chain.hashing import Address
from pargrade.chain.known_transaction import KnownTransaction
from pargrade.chain.rpc import Chain
from pargrade.deployment.file import DeployedContract, Deployment
from pargrade.deployment.migration.plan import creation_of
from pargrade.deployment.wired_creation import (
    inner_contracts,
    inner_creation,
    is_deployed,
    unit_creation,
    wired_creation,
)

OUTPUTS = ["evm.bytecode.object", "evm.deployedBytecode"]
ARGUED = "etherscan.json"
"""The file that constructor arguments are needed for."""

SALT_BYTES = 32
"""Of the proxy's calldata: the salt comes before the creation code."""


@dataclass(frozen=True, slots=True)
class Creation:
    """The transaction that created a contract."""

    tx_hash: bytes
    salt: bytes
    code: bytes
    """Code and constructor arguments."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One contract, and how it came to be."""

    name: str
    """Of its folder."""
    contract: str
    """Its Solidity name."""
    address: Address
    unit: Unit
    """What it was compiled with: of a contract that another one creates, the creator's."""
    arguments: bytes | None
    """Encoded constructor arguments; None where they are not known."""
    tx_hash: bytes | None = None
    """Of the transaction that created it; None where another contract did."""


def main() -> int:
    """Writes every folder, and says which files each got. Exit code 1 where arguments lack."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("deployment", type=Path, help="the file that `pargrade deploy` wrote")
    parser.add_argument("folder", type=Path, help="made when missing; files in it are overwritten")
    parser.add_argument("--rpc-url", required=True, help="an endpoint of the deployment's chain")
    parser.add_argument("--migrate-to", type=Path, help="the file of a newer market", metavar="NEW")
    given = parser.parse_args()
    deployment = Deployment.read(given.deployment)
    chain = Chain.connect(given.rpc_url, expected=deployment.chain_id)
    newer = None if given.migrate_to is None else Deployment.read(given.migrate_to)
    incomplete = 0
    for name, files in bundle(chain, deployment, newer):
        folder = given.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            (folder / file).write_text(json.dumps(content, indent=1) + "\n")
        print(f"{name}: {', '.join(files)}")
        if ARGUED not in files:
            incomplete += 1
            print(f"{name}: no {ARGUED}: its constructor arguments are not known", file=sys.stderr)
    if incomplete:
        why = "an endpoint with the block of each creation, and its number in the file, give them"
        print(f"{incomplete} contracts lack {ARGUED}: {why}", file=sys.stderr)
    return int(incomplete > 0)


def bundle(
    chain: Chain, deployment: Deployment, newer: Deployment | None = None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and files of every contract. Raises SystemExit for one of other sources than these.

    `newer` is of the market that positions move into, where they do.
    """
    for entry in find_entries(chain, deployment, newer):
        yield entry.name, describe(chain.chain_id, entry)


def find_entries(
    chain: Chain, deployment: Deployment, newer: Deployment | None = None
) -> Iterator[Entry]:
    """Every contract of a deployment, with those that others create. Raises as `bundle`."""
    units = {unit.input_hash: unit for unit in find_units()}
    by_name = {unit.contract: unit for unit in units.values()}
    found = {name: find_creation(chain, each) for name, each in deployment.contracts.items()}
    salts = frozenset({NO_SALT, *(made.salt for made in found.values() if made is not None)})
    for name, contract in sorted(deployment.contracts.items()):
        unit = units.get(contract.input_hash)
        if unit is None:
            raise SystemExit(f"{name} is of other sources: check out the version that deployed it")
        made = found[name]
        code = _wired_code(chain, deployment, name, unit, salts) if made is None else made.code
        arguments = None if code is None else _arguments(unit.contract, code)
        tx_hash = None if made is None else made.tx_hash
        yield Entry(name, unit.contract, contract.address, unit, arguments, tx_hash)
        for inner, address in inner_contracts(unit.contract, contract.address).items():
            creation = inner_creation(deployment, inner)
            yield Entry(inner, inner, address, unit, _arguments(inner, creation.data))
    yield from _grades(chain, deployment, by_name["WrappedUnit"])
    if newer is not None:
        creation = creation_of(deployment, newer)
        arguments = _arguments("MarketMigrator", creation.data)
        unit = by_name["MarketMigrator"]
        yield Entry("MarketMigrator", unit.contract, address_by(creation), unit, arguments)


def _wired_code(
    chain: Chain, deployment: Deployment, name: str, unit: Unit, salts: Iterable[bytes]
) -> bytes | None:
    """Code and arguments that the file's addresses give, where they lead to the contract's address.

    For a contract whose transaction is not in the block that the file has: a deployment that was
    interrupted knows that of its first contract alone.
    """
    if not is_deployed(unit.contract):
        return None
    try:
        creation = wired_creation(chain, deployment, name, unit.contract, chain.head())
    except (Reverted, NoContract):
        return None
    leads = any(address_by(creation, salt) == deployment.address(name) for salt in salts)
    return creation.data if leads else None


def _grades(chain: Chain, deployment: Deployment, unit: Unit) -> Iterator[Entry]:
    head = chain.head()
    names = {grade.unit: symbol for symbol, grade in deployment.grades.items()}
    listed = GradeRegistry(chain, deployment.address("GradeRegistry")).units(block=head)
    for address in dict.fromkeys((*names, *listed)):
        arguments = _arguments(unit.contract, unit_creation(chain, address, head).data)
        name = f"grade-{names.get(address, address)}"
        yield Entry(name, unit.contract, address, unit, arguments)


def _arguments(contract: str, creation: bytes) -> bytes:
    """What follows the code in a creation."""
    return creation[len(load_artifact(contract).creation_code) :]


def find_creation(chain: Chain, contract: DeployedContract) -> Creation | None:
    """The transaction by which the deterministic-deployment proxy created a contract."""
    block = chain.request("eth_getBlockByNumber", hex(contract.block), True)
    for raw in block["transactions"]:
        sent = KnownTransaction.of(raw)
        salt, code = sent.data[:SALT_BYTES], sent.data[SALT_BYTES:]
        if sent.to == FACTORY and address_by(_creation(code), salt) == contract.address:
            return Creation(sent.tx_hash, salt, code)
    return None


def _creation(code: bytes) -> Call[None]:
    return Call(None, code, "creation", None, {})


def describe(chain_id: int, entry: Entry) -> dict[str, Any]:
    """The files of one contract, JSON by name."""
    source = _source_of(entry)
    standard = {**entry.unit.input, "settings": {**entry.unit.input["settings"]}}
    standard["settings"]["outputSelection"] = {source: {entry.contract: OUTPUTS}}
    identifier = f"{source}:{entry.contract}"
    sourcify = {
        "chainId": str(chain_id),
        "address": entry.address,
        "stdJsonInput": standard,
        "compilerVersion": BUILD,
        "contractIdentifier": identifier,
    }
    if entry.tx_hash is not None:
        sourcify["creationTransactionHash"] = "0x" + entry.tx_hash.hex()
    files = {"input.json": standard, "sourcify.json": sourcify}
    if entry.arguments is not None:
        files[ARGUED] = {
            "chainid": str(chain_id),
            "module": "contract",
            "action": "verifysourcecode",
            "contractaddress": entry.address,
            "codeformat": "solidity-standard-json-input",
            "sourceCode": json.dumps(standard),
            "contractname": identifier,
            "compilerversion": f"v{BUILD}",
            # Spelled so by Etherscan.
            "constructorArguements": entry.arguments.hex(),
        }
    return files


def _source_of(entry: Entry) -> str:
    """The source unit of a contract among those of the unit it was compiled with."""
    if entry.contract == entry.unit.contract:
        return entry.unit.source
    return str(PurePosixPath(entry.unit.source).with_name(f"{entry.contract}.sol"))


if __name__ == "__main__":
    raise SystemExit(main())
