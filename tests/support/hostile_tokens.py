"""The hostile tokens of the Solidity tests, built by forge once and put on a chain."""

import json
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from pargrade.bindings.test_token import TestToken
from pargrade.chain.call import Call
from pargrade.chain.keys import Key
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet

ROOT = Path(__file__).parents[2]
SOURCES = ("test/support/GateTokens.sol", "test/support/Tokens.sol")
FORGE = ROOT / "node_modules" / ".bin" / "forge"


@cache
def creation_codes() -> dict[str, bytes]:
    """By the name of the contract."""
    with TemporaryDirectory() as folder:
        places = ("--out", f"{folder}/out", "--cache-path", f"{folder}/cache")
        command = [str(FORGE), "build", *SOURCES, *places]
        subprocess.run(command, cwd=ROOT / "contracts", check=True, capture_output=True)
        built = {}
        for source in SOURCES:
            for path in (Path(folder) / "out" / Path(source).name).glob("*.json"):
                built[path.stem] = json.loads(path.read_text())["bytecode"]["object"]
    return {name: bytes.fromhex(code[2:]) for name, code in built.items()}


def deploy_token(chain: Chain, key: Key, name: str, *arguments: int) -> TestToken:
    """A token of that name, which anyone may mint. Its arguments are a word each."""
    words = b"".join(int(argument).to_bytes(32) for argument in arguments)
    call: Call[None] = Call(None, creation_codes()[name] + words, f"{name}.deploy", None, {})
    return TestToken(chain, Wallet(chain, key).send(call).contract)
