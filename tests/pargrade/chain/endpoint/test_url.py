"""Credentials in an address and proxies of the environment are honoured, and never shown."""

import logging
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from select import select
from socket import create_connection
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pargrade.chain.endpoint.url import EndpointUrl
from pargrade.chain.errors import ChainError, RpcDown
from pargrade.chain.rpc import Chain
from pargrade.devnet.anvil import Devnet
from tests.support.proxy import FaultProxy, body, error, fault_proxy

SECRETS = ("s3cret:pass", "hunter22", "v1-secret-key", "s3cret%3Apass", "czNjcmV0", "proxy-secret")


@pytest.fixture
def proxy(devnet: Devnet) -> Iterator[FaultProxy]:
    with fault_proxy(devnet.url) as proxy:
        yield proxy


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def with_credentials(url: str) -> str:
    return url.replace("://", "://alice:s3cret%3Apass@") + "/v3/v1-secret-key?apikey=hunter22"


def test_connect__user_and_password_in_the_address__sent_as_basic_authorization(
    proxy: FaultProxy,
) -> None:
    chain = Chain.connect(with_credentials(proxy.url))
    assert chain.head().number >= 0
    assert {sent["Authorization"] for sent in proxy.headers} == {"Basic YWxpY2U6czNjcmV0OnBhc3M="}
    assert set(proxy.targets) == {"/v3/v1-secret-key?apikey=hunter22"}
    assert chain.endpoint == proxy.url


def test_connect__address_without_credentials__no_authorization(proxy: FaultProxy) -> None:
    Chain.connect(proxy.url)
    assert "Authorization" not in proxy.headers[0]


@pytest.mark.parametrize(
    "fault",
    [
        body(b"unknown key v1-secret-key of alice s3cret:pass", 401),
        body(b"<html>v1-secret-key hunter22</html>"),
        error(-32000, "project v1-secret-key (hunter22, s3cret:pass) has no access"),
        error(-32005, "rate limit of v1-secret-key"),
        "hangs up",
        "truncated",
    ],
)
def test_connect__endpoint_repeats_the_secrets__no_error_and_no_log_shows_them(
    proxy: FaultProxy, caplog: pytest.LogCaptureFixture, fault: Any
) -> None:
    proxy.break_with(fault)
    url = with_credentials(proxy.url)
    for urls in ((url,), (url, url)):
        with caplog.at_level(logging.DEBUG), pytest.raises(ChainError) as refused:
            Chain.connect(*urls)
        shown = f"{refused.value} {refused.value!r} {vars(refused.value)} {caplog.text}"
        assert not [secret for secret in SECRETS if secret in shown]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://alice:hunter22@127.0.0.1/v1-secret-key",
        "http://alice:hunter22@127.0.0.1:99999999/v1-secret-key",
        "http://alice:hunter22@[::1/v1-secret-key",
        "http://alice:hunter22@/v1-secret-key",
        "http://127.0.0.1/v1-secret-key\r\nX: 1",
        "alice:hunter22@127.0.0.1:8545",
    ],
)
def test_connect__bad_address__rpc_down_that_shows_no_secret(url: str) -> None:
    with pytest.raises(RpcDown) as refused:
        Chain.connect(url)
    assert not [secret for secret in SECRETS if secret in str(refused.value)]


@given(st.text())
def test_parse__any_text__an_address_or_rpc_down(text: str) -> None:
    for url in (text, f"http://{text}", f"https://{text}", f"http://127.0.0.1{text}"):
        try:
            EndpointUrl.parse(url)
        except RpcDown as refused:
            message = str(refused)
            assert message.isprintable()  # both ends are right


def test_connect__http_proxy_in_the_environment__asked_for_the_whole_address(
    proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy.url.replace("://", "://bob:proxy-secret@"))
    chain = Chain.connect("http://alice:s3cret@chain.example:8545/v1")
    assert chain.head().number >= 0
    assert set(proxy.targets) == {"http://chain.example:8545/v1"}
    sent = proxy.headers[0]
    assert (sent["Host"], sent["Authorization"], sent["Proxy-Authorization"]) == (
        "chain.example:8545",
        "Basic YWxpY2U6czNjcmV0",
        "Basic Ym9iOnByb3h5LXNlY3JldA==",
    )


def test_connect__this_machine_or_no_proxy__asked_directly(
    proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    Chain.connect(proxy.url)
    monkeypatch.setenv("NO_PROXY", "chain.example")
    assert EndpointUrl.parse("http://chain.example").proxy is None
    assert EndpointUrl.parse("http://other.example").proxy is not None


def test_connect__https_proxy_in_the_environment__tunnels_through_it(
    devnet: Devnet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = self_signed(tmp_path, "chain.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with (
        fault_proxy(devnet.url) as behind,
        tls(behind.url, certificate, key) as port,
        tunnel(port) as (address, connects),
    ):
        monkeypatch.setenv("HTTPS_PROXY", address.replace("://", "://bob:proxy-secret@"))
        chain = Chain.connect("https://alice:s3cret@chain.example/v1")
        assert chain.head().number >= 0
        chain.close()
    assert connects == [("chain.example:443", "Basic Ym9iOnByb3h5LXNlY3JldA==")]
    assert behind.headers[0]["Authorization"] == "Basic YWxpY2U6czNjcmV0"
    assert "Proxy-Authorization" not in behind.headers[0]


def self_signed(folder: Path, name: str) -> tuple[Path, Path]:
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
         "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return certificate, key


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


@contextmanager
def tls(url: str, certificate: Path, key: Path) -> Iterator[int]:
    """The port of a TLS server that passes every request on."""
    target = url.removeprefix("http://").split(":")

    class Handler(BaseHTTPRequestHandler):
        def setup(self) -> None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            self.request = context.wrap_socket(self.request, server_side=True)
            super().setup()

        def handle(self) -> None:
            with create_connection((target[0], int(target[1]))) as far:
                relay(self.request, far)

    with serving(Handler) as server:
        yield server.server_port


@contextmanager
def tunnel(port: int) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """A proxy that connects everybody to one port, and what it was asked for."""
    connects: list[tuple[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            connects.append((self.path, self.headers["Proxy-Authorization"]))
            self.send_response(200)
            self.end_headers()
            with create_connection(("127.0.0.1", port)) as far:
                relay(self.connection, far)
            self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Nothing: the tests' output is not this server's log."""

    with serving(Handler) as server:
        yield f"http://127.0.0.1:{server.server_port}", connects


def relay(near: Any, far: Any) -> None:
    """Passes bytes both ways until one side closes."""
    other = {near: far, far: near}
    while True:
        waiting = [near] if getattr(near, "pending", int)() else select([near, far], [], [])[0]
        for side in waiting:
            try:
                data = side.recv(65_536)
            except OSError:
                return
            if not data:
                return
            other[side].sendall(data)
