"""Writes what explorers need to verify the contracts of a deployment, one folder for each of them.

python -m contracts.verification.bundle deployments/31337.json --rpc-url URL build/verification

    input.json       standard JSON input: every source and all settings
    sourcify.json    body of POST /v2/verify/{chainId}/{address} of a Sourcify server
    etherscan.json   fields of Etherscan's verifysourcecode; where the creation was found
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.codegen.sources import BUILD, Unit, find_units
from pargrade.chain.artifact import load_artifact
from pargrade.chain.call import Call
from pargrade.chain.create2 import FACTORY, address_by
from pargrade.chain.hashing import Address
from pargrade.chain.known_transaction import KnownTransaction
from pargrade.chain.rpc import Chain
from pargrade.deployment.file import DeployedContract, Deployment

OUTPUTS = ["evm.bytecode.object", "evm.deployedBytecode"]
SALT_BYTES = 32
"""Of the proxy's calldata: the salt comes before the creation code."""


@dataclass(frozen=True, slots=True)
class Creation:
    """The transaction that created a contract."""

    tx_hash: bytes
    code: bytes
    """Code and constructor arguments."""


def main() -> int:
    """Writes every folder, and says which contracts another contract created."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("deployment", type=Path, help="the file that `pargrade deploy` wrote")
    parser.add_argument("folder", type=Path, help="made when missing; files in it are overwritten")
    parser.add_argument("--rpc-url", required=True, help="an endpoint of the deployment's chain")
    given = parser.parse_args()
    deployment = Deployment.read(given.deployment)
    chain = Chain.connect(given.rpc_url, expected=deployment.chain_id)
    for name, files in bundle(chain, deployment):
        folder = given.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            (folder / file).write_text(json.dumps(content, indent=1) + "\n")
        print(f"{name}: {', '.join(files)}")
    return 0


def bundle(chain: Chain, deployment: Deployment) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and files of every contract. Raises SystemExit for one of other sources than these."""
    units = {unit.input_hash: unit for unit in find_units()}
    for name, contract in sorted(deployment.contracts.items()):
        unit = units.get(contract.input_hash)
        if unit is None:
            raise SystemExit(f"{name} is of other sources: check out the version that deployed it")
        yield name, describe(chain.chain_id, contract.address, unit, find_creation(chain, contract))


def find_creation(chain: Chain, contract: DeployedContract) -> Creation | None:
    """The transaction by which the deterministic-deployment proxy created a contract."""
    block = chain.request("eth_getBlockByNumber", hex(contract.block), True)
    for raw in block["transactions"]:
        sent = KnownTransaction.of(raw)
        salt, code = sent.data[:SALT_BYTES], sent.data[SALT_BYTES:]
        if sent.to == FACTORY and address_by(_creation(code), salt) == contract.address:
            return Creation(sent.tx_hash, code)
    return None


def _creation(code: bytes) -> Call[None]:
    return Call(None, code, "creation", None, {})


def describe(
    chain_id: int, address: Address, unit: Unit, creation: Creation | None
) -> dict[str, Any]:
    """The files of one contract, JSON by name."""
    standard = {**unit.input, "settings": {**unit.input["settings"]}}
    standard["settings"]["outputSelection"] = {unit.source: {unit.contract: OUTPUTS}}
    identifier = f"{unit.source}:{unit.contract}"
    sourcify = {
        "chainId": str(chain_id),
        "address": address,
        "stdJsonInput": standard,
        "compilerVersion": BUILD,
        "contractIdentifier": identifier,
    }
    files = {"input.json": standard, "sourcify.json": sourcify}
    if creation is not None:
        arguments = creation.code[len(load_artifact(unit.contract).creation_code) :]
        sourcify["creationTransactionHash"] = "0x" + creation.tx_hash.hex()
        files["etherscan.json"] = {
            "chainid": str(chain_id),
            "module": "contract",
            "action": "verifysourcecode",
            "contractaddress": address,
            "codeformat": "solidity-standard-json-input",
            "sourceCode": json.dumps(standard),
            "contractname": identifier,
            "compilerversion": f"v{BUILD}",
            # Spelled so by Etherscan.
            "constructorArguements": arguments.hex(),
        }
    return files


if __name__ == "__main__":
    raise SystemExit(main())
