"""py-evm by eth-tester as a chain that answers JSON-RPC over HTTP: `python FILE PORT`.

eth-tester is a library without a server. Web3's provider translates its methods; this serves them,
one request after another. Every transaction is mined at once.
"""

import json
import sys
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Final

from eth_tester import EthereumTester, PyEVMBackend
from web3 import Web3
from web3.providers.eth_tester import EthereumTesterProvider

MNEMONIC: Final = "test test test test test test test test test test test junk"
GAS_LIMIT: Final = 30_000_000
CHAIN_ID: Final = 1337
"""One of a development chain; its own is no other chain's."""


def encoded(value: Any) -> Any:
    """A result as JSON-RPC writes it."""
    if value is None or isinstance(value, (bool, str, float)):
        return value
    if isinstance(value, int):
        return hex(value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, Mapping):
        return {name: encoded(part) for name, part in value.items()}
    return [encoded(part) for part in value]


class Node:
    """The chain, and what it says to one request."""

    def __init__(self) -> None:
        parameters = PyEVMBackend.generate_genesis_params({"gas_limit": GAS_LIMIT})
        backend = PyEVMBackend.from_mnemonic(
            MNEMONIC, genesis_parameters=parameters, num_accounts=20, hd_path="m/44'/60'/0'/0"
        )
        backend.chain.chain_id = CHAIN_ID
        self.tester = EthereumTester(backend)
        self.tester.enable_auto_mine_transactions()
        self.web3 = Web3(EthereumTesterProvider(self.tester))

    def _make(self, method: str, parameters: list[Any]) -> Any:
        if method == "eth_chainId":
            return {"result": CHAIN_ID}
        placed = [self._numbered(each) for each in parameters]
        return self.web3.manager._make_request(method, placed)

    def _numbered(self, parameter: Any) -> Any:
        """A block named by its hash (EIP-1898) by its number: this chain has no forks."""
        if parameter == "pending":  # every transaction is mined at once
            return "latest"
        if not isinstance(parameter, Mapping) or "blockHash" not in parameter:
            return parameter
        number = hex(self.tester.get_block_by_hash(parameter["blockHash"])["number"])
        if set(parameter) <= {"blockHash", "requireCanonical"}:
            return number
        rest = {name: part for name, part in parameter.items() if name != "blockHash"}
        return rest | {"fromBlock": number, "toBlock": number}

    def result(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The response to one request."""
        head = {"jsonrpc": "2.0", "id": request.get("id")}
        try:
            found = self._make(request["method"], request["params"])
        except Exception as error:  # noqa: BLE001  # whatever it is, the client hears of it
            text = f"{type(error).__name__}: {error}"
            return head | {"error": {"code": -32000, "message": text}}
        if "error" in found:
            return head | {"error": found["error"]}
        return head | {"result": encoded(found["result"])}


def main() -> None:
    """Serves until it is ended."""
    node = Node()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            many = isinstance(request, list)
            found = [node.result(each) for each in request] if many else node.result(request)
            body = json.dumps(found).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: Any) -> None:
            pass

    HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()


if __name__ == "__main__":
    main()
