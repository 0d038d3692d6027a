"""A real HTTP server in front of a chain, which can be broken in named ways while it runs.

Whatever it is not told to break is answered by the chain itself. Connections are kept alive, as
real endpoints do.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.request import Request, urlopen

from eth_account.typed_transactions import TypedTransaction
from hexbytes import HexBytes

EVERY: Final = "every method"
BATCH: Final = "a batch"
"""Several requests at once: a method of its own for faults, which get the whole list then."""

Asked = dict[str, Any]


@dataclass
class FaultProxy:
    """An endpoint of the chain at `upstream`, well until it is broken."""

    upstream: str
    url: str = ""
    asked: "Counter[str]" = field(default_factory=Counter)
    """Requests that arrived, by method."""
    headers: list[dict[str, str]] = field(default_factory=list)
    """Of every request, in order."""
    targets: list[str] = field(default_factory=list)
    """The path, or behind a proxy the whole address, of every request."""
    faults: "dict[str, Fault]" = field(default_factory=dict)
    _frozen: dict[str, Any] = field(default_factory=dict)

    def break_with(self, fault: "str | Fault", *methods: str) -> None:
        """From now on these methods, by default all, are answered with a fault of FAULTS."""
        chosen = (FAULTS | FAULTS_IN_CONTENT)[fault] if isinstance(fault, str) else fault
        for method in methods or (EVERY,):
            self.faults[method] = chosen

    def mend(self) -> None:
        """All is well again."""
        self.faults.clear()
        self._frozen.clear()

    def forward(self, asked: Asked) -> Any:
        """The chain's own answer."""
        body = json.dumps(asked).encode()
        with urlopen(Request(self.upstream, body, {"Content-Type": "application/json"})) as found:
            return json.load(found)

    def fault_of(self, method: str) -> "Fault":
        return self.faults.get(method) or self.faults.get(EVERY) or _well

    def freeze(self, key: str, value: Any) -> Any:
        """The first value that was given under a key since all was well."""
        return self._frozen.setdefault(key, value)


Fault = Callable[[FaultProxy, Asked, BaseHTTPRequestHandler], None]
"""Answers a request, badly."""


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    """One whole HTTP answer."""
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def dumps(asked: Asked, **fields: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": asked["id"], **fields}).encode()


def result(value: Any) -> Fault:
    """Every result is this value."""
    return lambda _, asked, handler: send(handler, dumps(asked, result=value))


def error(code: Any, message: str, **more: Any) -> Fault:
    """Every answer is this error."""
    fields = {"code": code, "message": message, **more}
    return lambda _, asked, handler: send(handler, dumps(asked, error=fields))


def body(content: bytes, status: int = 200, **headers: str) -> Fault:
    """Every body is this, whatever was asked."""
    return lambda _, __, handler: send(handler, content, status, **headers)


def _break(proxy: FaultProxy, asked: Any, handler: BaseHTTPRequestHandler) -> None:
    """Answers as the faults say; a batch as its first request, or as a whole."""
    if not isinstance(asked, list):
        proxy.fault_of(asked["method"])(proxy, asked, handler)
    elif BATCH in proxy.faults:
        proxy.faults[BATCH](proxy, asked, handler)
    elif (fault := proxy.fault_of(asked[0]["method"])) is _well:
        _well(proxy, asked, handler)
    else:
        fault(proxy, asked[0], handler)


def _well(proxy: FaultProxy, asked: Asked, handler: BaseHTTPRequestHandler) -> None:
    send(handler, json.dumps(proxy.forward(asked)).encode())


def _changed(change: Callable[[dict[str, Any]], Any]) -> Fault:
    """The chain's own answer, changed."""

    def fault(proxy: FaultProxy, asked: Asked, handler: BaseHTTPRequestHandler) -> None:
        send(handler, json.dumps(change(proxy.forward(asked))).encode())

    return fault


def _twice(proxy: FaultProxy, asked: Asked, handler: BaseHTTPRequestHandler) -> None:
    _well(proxy, asked, handler)
    _well(proxy, asked, handler)


def _truncated(proxy: FaultProxy, asked: Asked, handler: BaseHTTPRequestHandler) -> None:
    whole = json.dumps(proxy.forward(asked)).encode()
    send(handler, whole[: len(whole) // 2])


def _cut_off(proxy: FaultProxy, asked: Asked, handler: BaseHTTPRequestHandler) -> None:
    whole = json.dumps(proxy.forward(asked)).encode()
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(whole)))
    handler.end_headers()
    handler.wfile.write(whole[: len(whole) // 2])
    handler.close_connection = True


def _hangs_up(_: FaultProxy, __: Asked, handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


def _late(_: FaultProxy, __: Asked, handler: BaseHTTPRequestHandler) -> None:
    time.sleep(30)
    handler.close_connection = True


def _drip(_: FaultProxy, __: Asked, handler: BaseHTTPRequestHandler) -> None:
    """A byte every tenth of a second: every single read is in time, the answer never is."""
    handler.send_response(200)
    handler.send_header("Content-Length", "10000")
    handler.end_headers()
    _trickle(handler, b" ")


def _continues(_: FaultProxy, __: Asked, handler: BaseHTTPRequestHandler) -> None:
    """The answer is announced for ever."""
    _trickle(handler, b"HTTP/1.1 100 Continue\r\n\r\n")


def _trickle(handler: BaseHTTPRequestHandler, piece: bytes) -> None:
    handler.close_connection = True
    try:
        for _ in range(300):
            handler.wfile.write(piece)
            time.sleep(0.1)
    except OSError:
        return


def _frozen_head(proxy: FaultProxy, asked: Asked, handler: BaseHTTPRequestHandler) -> None:
    document = proxy.forward(asked)
    newest = asked["method"] == "eth_blockNumber" or (
        asked["method"] == "eth_getBlockByNumber" and asked["params"][0] in ("latest", "pending")
    )
    if newest:
        document["result"] = proxy.freeze(
            json.dumps([asked["method"], asked["params"]]), document["result"]
        )
    send(handler, json.dumps(document).encode())


def _other_chain(proxy: FaultProxy, asked: Asked, handler: BaseHTTPRequestHandler) -> None:
    if asked["method"] == "eth_chainId":
        return send(handler, dumps(asked, result="0x1"))
    return _well(proxy, asked, handler)


def _drops_transactions(proxy: FaultProxy, asked: Asked, handler: BaseHTTPRequestHandler) -> None:
    if asked["method"] == "eth_sendRawTransaction":
        return send(handler, dumps(asked, result="0x" + "ab" * 32))
    return _well(proxy, asked, handler)


def tip_floor(wei: int, *, names_it: bool = True) -> Fault:
    """No transaction is taken that tips less, in the words of bor."""

    def fault(proxy: FaultProxy, asked: Asked, handler: BaseHTTPRequestHandler) -> None:
        fields = TypedTransaction.from_bytes(HexBytes(asked["params"][0])).as_dict()
        tip = fields["maxPriorityFeePerGas"]
        if tip >= wei:
            return _well(proxy, asked, handler)
        needed = f": gas tip cap {tip}, minimum needed {wei}" if names_it else ""
        return error(-32000, "transaction underpriced" + needed)(proxy, asked, handler)

    return fault


def limited_logs(most: int, wording: "Callable[[int, int, int], tuple[int, str]]") -> Fault:
    """Refuses logs of more than `most` blocks, with the code and the message of `wording`."""

    def fault(proxy: FaultProxy, asked: Asked, handler: BaseHTTPRequestHandler) -> None:
        wanted = asked["params"][0]
        if "blockHash" in wanted:
            return _well(proxy, asked, handler)
        low, high = int(wanted["fromBlock"], 16), int(wanted["toBlock"], 16)
        if high - low + 1 > most:
            return error(*wording(low, high, most))(proxy, asked, handler)
        return _well(proxy, asked, handler)

    return fault


def lost_logs(lost: Callable[[dict[str, Any]], bool], *, of_blocks: bool = False) -> Fault:
    """Leaves logs out of what is read by range, and with `of_blocks` by block hash, too."""

    def fault(proxy: FaultProxy, asked: Asked, handler: BaseHTTPRequestHandler) -> None:
        document = proxy.forward(asked)
        if of_blocks or "blockHash" not in asked["params"][0]:
            document["result"] = [log for log in document["result"] if not lost(log)]
        send(handler, json.dumps(document).encode())

    return fault


FAULTS: Final[dict[str, Fault]] = {
    "null": result(None),
    "empty object": result({}),
    "empty list": result([]),
    "bare 0x": result("0x"),
    "not hexadecimal": result("0xzz"),
    "a number": result(7),
    "a truth value": result(True),
    "a string": result("latest"),
    "a hash too short": result("0x1234"),
    "no result": lambda _, asked, handler: send(handler, dumps(asked)),
    "empty body": body(b""),
    "a list": body(b"[]"),
    "no JSON": body(b"<html>502</html>"),
    "nested too deep": body(b"[" * 100_000),
    "another id": _changed(lambda document: document | {"id": 999_999}),
    "no id": _changed(lambda document: {k: v for k, v in document.items() if k != "id"}),
    "another version": _changed(lambda document: document | {"jsonrpc": "1.0"}),
    "in a batch": _changed(lambda document: [document]),
    "truncated": _truncated,
    "cut off": _cut_off,
    "hangs up": _hangs_up,
    "late": _late,
    "drips": _drip,
    "continues for ever": _continues,
    "HTTP 429": body(b"slow down", 429, Retry_After="1"),
    "HTTP 401": body(b"who are you", 401),
    "HTTP 500": body(b"oops", 500),
    "HTTP 503 with a result": lambda _, asked, handler: send(
        handler, dumps(asked, result="0x1"), 503
    ),
    "redirected": body(b"", 302, Location="http://127.0.0.1:1/"),
    "rate limited": error(-32005, "daily request count exceeded, request rate limited"),
    "internal error": error(-32603, "Internal error"),
    "code in text": error("limit", "no"),
    "message is no text": error(-32000, {"a": 1}),  # type: ignore[arg-type]
    "error is text": lambda _, asked, handler: send(handler, dumps(asked, error="no")),
    "other chain": _other_chain,
}  # fmt: skip
"""Faults after which an endpoint has to be left, by name."""

FAULTS_IN_CONTENT: Final[dict[str, Fault]] = {
    "twice": _twice,
    "frozen head": _frozen_head,
    "drops transactions": _drops_transactions,
}
"""Faults that one answer alone does not show."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: Any) -> None:
        """Nothing: clients that hang up are what many tests are about."""


@contextmanager
def fault_proxy(upstream: str) -> Iterator[FaultProxy]:
    """A proxy in front of a chain, without faults."""
    proxy = FaultProxy(upstream)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body are two writes: the second would wait 40 ms for the first to be confirmed.
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            first = asked[0] if isinstance(asked, list) else asked
            proxy.asked[first["method"]] += 1
            if isinstance(asked, list):
                proxy.asked[BATCH] += 1
            proxy.headers.append(dict(self.headers))
            proxy.targets.append(self.path)
            try:
                _break(proxy, asked, self)
            except OSError:
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Nothing: the tests' output is not this server's log."""

    with _Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield proxy
        finally:
            server.shutdown()


@contextmanager
def without(url: str, *methods: str) -> Iterator[str]:
    """The address of an endpoint that is `url` without these methods."""
    with fault_proxy(url) as proxy:
        proxy.break_with(error(-32601, "Method not found"), *methods)
        yield proxy.url


@contextmanager
def dropping(url: str, method: str, *, always: bool = False) -> Iterator[str]:
    """The address of an endpoint that passes the first `method` on, or all, and hangs up then."""
    dropped = threading.Event()

    def fault(proxy: FaultProxy, asked: Asked, handler: BaseHTTPRequestHandler) -> None:
        if dropped.is_set() and not always:
            return _well(proxy, asked, handler)
        dropped.set()
        proxy.forward(asked)
        handler.close_connection = True
        return None

    with fault_proxy(url) as proxy:
        proxy.break_with(fault, method)
        yield proxy.url
