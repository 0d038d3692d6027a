"""A small server of Sourcify's second interface: it compiles what it is sent and looks at a chain.

POST /v2/verify/{chainId}/{address} takes standard JSON input and returns a job; GET
/v2/verify/{job} says whether the code matches. Written from that interface and the compiler's
output, and sharing nothing with contracts.verification.
"""

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.request import Request, urlopen

SOLC: Final = Path(__file__).parents[2] / "contracts" / "solc"
PATIENCE_S: Final = 280


def runtime_of(request: dict[str, Any]) -> tuple[bytes, list[tuple[int, int]]]:
    """Runtime code of the contract that a request names, and where its immutables are."""
    done = subprocess.run(
        [SOLC, "--standard-json"],
        input=json.dumps(request["stdJsonInput"]),
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    source, contract = request["contractIdentifier"].rsplit(":", 1)
    deployed = json.loads(done.stdout)["contracts"][source][contract]["evm"]["deployedBytecode"]
    places = [place for found in deployed["immutableReferences"].values() for place in found]
    return bytes.fromhex(deployed["object"]), [(p["start"], p["length"]) for p in places]


def code_at(rpc_url: str, address: str) -> bytes:
    asked = {"jsonrpc": "2.0", "id": 1, "method": "eth_getCode", "params": [address, "latest"]}
    request = Request(rpc_url, json.dumps(asked).encode(), {"Content-Type": "application/json"})
    with urlopen(request, timeout=30) as response:
        return bytes.fromhex(json.load(response)["result"][2:])


def matches(rpc_url: str, request: dict[str, Any], address: str) -> bool:
    wanted, places = runtime_of(request)
    found = code_at(rpc_url, address)
    if len(found) != len(wanted):
        return False
    for start, length in places:
        wanted = wanted[:start] + found[start : start + length] + wanted[start + length :]
    return found == wanted


class _Handler(BaseHTTPRequestHandler):
    rpc_url = ""
    jobs: ClassVar[dict[str, dict[str, Any]]] = {}

    def do_POST(self) -> None:
        _, version, verb, chain_id, address = self.path.split("/")
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert (version, verb) == ("v2", "verify")
        assert request["compilerVersion"].startswith("0.8.")
        match = "match" if matches(self.rpc_url, request, address) else None
        job = str(len(self.jobs) + 1)
        contract = {"match": match, "chainId": chain_id, "address": address}
        self.jobs[job] = {"isJobCompleted": True, "contract": contract}
        self._reply(202, {"verificationId": job})

    def do_GET(self) -> None:
        self._reply(200, self.jobs[self.path.rsplit("/", 1)[1]])

    def log_message(self, format: str, *args: Any) -> None:
        return

    def _reply(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def sourcify_server(rpc_url: str) -> Iterator[str]:
    """The URL of a server that knows one chain."""
    handler = type("Handler", (_Handler,), {"rpc_url": rpc_url, "jobs": {}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    running = threading.Thread(target=server.serve_forever)
    running.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        running.join()


def verify(url: str, request: dict[str, Any]) -> dict[str, Any]:
    """What a server says of a request, as a `sourcify.json` holds it."""
    path = f"{url}/v2/verify/{request['chainId']}/{request['address']}"
    body = {name: value for name, value in request.items() if name not in ("chainId", "address")}
    post = Request(path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urlopen(post, timeout=PATIENCE_S) as response:
        job = json.load(response)["verificationId"]
    deadline = time.monotonic() + PATIENCE_S
    while True:
        with urlopen(f"{url}/v2/verify/{job}", timeout=30) as response:
            found: dict[str, Any] = json.load(response)
        if found["isJobCompleted"]:
            contract: dict[str, Any] = found["contract"]
            return contract
        assert time.monotonic() < deadline, "the job does not end"
        time.sleep(0.1)
