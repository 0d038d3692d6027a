"""Compiles what explorers would be given, and compares it with the code on the chain as they do.

python -m contracts.verification.check build/verification --rpc-url URL
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import solcx

from contracts.codegen.sources import BUILD, CONTRACTS
from contracts.verification.bundle import SALT_BYTES
from contracts.verification.match import Compiled, find_difference
from pargrade.chain.block import Tag
from pargrade.chain.hashing import parse_address
from pargrade.chain.rpc import Chain


def main() -> int:
    """Says of each contract whether it matches. Exit code 1 when one does not."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="what contracts.verification.bundle wrote")
    parser.add_argument("--rpc-url", required=True, help="an endpoint of the deployment's chain")
    given = parser.parse_args()
    chain = Chain.connect(given.rpc_url)
    files = sorted(given.folder.glob("*/sourcify.json"))
    if not files:
        raise SystemExit(f"{given.folder} holds no sourcify.json: write it with the bundle first")
    differing = 0
    for path in files:
        difference = check(chain, json.loads(path.read_text()))
        differing += difference is not None
        print(f"{path.parent.name}: {difference or 'matches'}", flush=True)
    if differing:
        print(f"{differing} of {len(files)} contracts do not match", file=sys.stderr)
    return int(differing > 0)


def check(chain: Chain, request: dict[str, Any]) -> str | None:
    """Why a Sourcify server would not find a match for its request, or None where it would."""
    if int(request["chainId"]) != chain.chain_id:
        return f"it is for chain {request['chainId']}, this is chain {chain.chain_id}"
    if request["compilerVersion"] != BUILD:
        return f"it names compiler {request['compilerVersion']}, {BUILD} is installed"
    output = solcx.compile_standard(request["stdJsonInput"], solc_binary=CONTRACTS / "solc")
    source, _, contract = request["contractIdentifier"].rpartition(":")
    compiled = Compiled.of(output["contracts"][source][contract]["evm"])
    runtime = chain.code(parse_address(request["address"]), block=Tag.LATEST)
    return find_difference(compiled, runtime, _creation(chain, request))


def _creation(chain: Chain, request: dict[str, Any]) -> bytes | None:
    named = request.get("creationTransactionHash")
    sent = None if named is None else chain.transaction(bytes.fromhex(named[2:]))
    return None if sent is None else sent.data[SALT_BYTES:]


if __name__ == "__main__":
    raise SystemExit(main())
