"""The page's server: what it passes on, what it refuses, and what other sites cannot make it do."""

import gzip
import json
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import RedirectResponse, Response
from hypothesis import given
from hypothesis import strategies as st

from bridge.web.plans import NoPlan, list_plans, read_plan
from bridge.web.rpc import MOST_REQUESTS, NotARead, ReadGateway
from bridge.web.upstream import MOST_ANSWER_BYTES
from pargrade.chain.errors import RpcDown
from pargrade.data.files import PAGE
from tests.support.page import served
from tests.support.peer import nobody
from tests.support.proxy import FAULTS, fault_proxy
from tests.support.serving import serving
from tests.support.world import World

HEAD = {"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber", "params": []}
JSON = {"content-type": "application/json"}


@pytest.fixture
def site(world: World) -> Iterator[httpx.Client]:
    with served(world.url, world.path) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


def test_page__of_a_wheel__is_served_packed_with_a_policy_that_loads_nothing_from_elsewhere(
    site: httpx.Client,
) -> None:
    for path in ("/", "/page.js", "/page.css", "/icon.svg"):
        response = site.get(path)
        name = path.strip("/") or "index.html"
        assert response.content == (PAGE / name).read_bytes()
        assert response.headers["content-encoding"] == "gzip"
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "connect-src 'self';" in policy
        again = site.get(path, headers={"if-none-match": response.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    plain = site.get("/page.js", headers={"accept-encoding": "identity"})
    assert plain.content == (PAGE / "page.js").read_bytes()
    packed = sum(len(gzip.compress(p.read_bytes())) for p in PAGE.iterdir() if p.suffix != ".txt")
    assert packed <= 120_000


def test_config__names_the_deployment_as_its_file_is_now_or_was(
    world: World, site: httpx.Client
) -> None:
    (chain,) = site.get("/config.json").json()["chains"]
    assert (chain["chain_id"], chain["rpc"]) == (31337, "rpc/31337")
    known = json.loads(world.path.read_text())
    assert chain["deployment"]["series"] == known["series"]
    world.rewrite(series={})
    assert site.get("/config.json").json()["chains"][0]["deployment"]["series"] == {}
    world.path.write_text("half of a fi")
    assert site.get("/config.json").json()["chains"][0]["deployment"]["series"] == {}


def test_reads__one_and_a_batch__are_answered_by_the_chain(
    world: World, site: httpx.Client
) -> None:
    height = hex(world.chain.height())
    assert site.post("/rpc/31337", json=HEAD).json()["result"] == height
    batch = [HEAD | {"id": number} for number in range(3)]
    found = site.post("/rpc/31337", json=batch).json()
    assert [each["result"] for each in found] == [height] * 3
    assert site.post("/rpc/1", json=HEAD).status_code == 404


NO_READS: Final[tuple[Any, ...]] = (
    {"method": "eth_sendTransaction"},
    {"method": "eth_sendRawTransaction", "params": ["0x00"]},
    {"method": "anvil_setBalance"},
    {"method": "eth_sign"},
    {"method": ["eth_call"]},
    {},
    [],
    [HEAD, {"method": "evm_mine"}],
    [HEAD] * (MOST_REQUESTS + 1),
    "eth_call",
)


def test_anything_but_reads__is_not_passed_on(world: World, site: httpx.Client) -> None:
    with world.unchanged():
        for body in NO_READS:
            refused = site.post("/rpc/31337", json=body)
            assert refused.status_code == 422, body
            assert refused.json()["title"] == "NotARead"


@given(st.binary(max_size=200))
def test_any_bytes__to_the_gateway__are_a_refusal_and_never_sent(body: bytes) -> None:
    gateway = ReadGateway(["http://127.0.0.1:9"])
    with pytest.raises((NotARead, RpcDown)):
        gateway.forward(body)


@pytest.mark.full
@pytest.mark.parametrize("fault", ["hangs up", "no JSON", "HTTP 429", "empty body", "cut off"])
def test_first_endpoint__ill__second_answers_and_no_key_of_theirs_is_said(
    world: World, fault: str
) -> None:
    assert fault in FAULTS
    with fault_proxy(world.url) as ill:
        ill.break_with(fault)
        secret = ill.url.replace("http://", "http://reader:hunter2@") + "/v2/0123456789abcdef"
        found = json.loads(ReadGateway([secret, world.url]).forward(json.dumps(HEAD).encode()))
        assert found["result"] == hex(world.chain.height())
        with pytest.raises(RpcDown) as down:
            ReadGateway([secret]).forward(json.dumps(HEAD).encode())
        assert "hunter2" not in str(down.value)
        assert "0123456789abcdef" not in str(down.value)


def _ask(url: str, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_other_sites__by_a_name_of_theirs_a_form_or_a_script__get_nothing(
    site: httpx.Client,
) -> None:
    url, body = str(site.base_url), json.dumps(HEAD).encode()
    json_type = {"content_type": "application/json"}
    # A name that an attacker's DNS points to this machine.
    assert _ask(url, "GET", "/config.json", host="evil.example:80")[0] == 421
    assert _ask(url, "POST", "/rpc/31337", body, host="evil.example", **json_type)[0] == 421
    # A form posts without asking, as plain text; a script's origin is its own.
    assert _ask(url, "POST", "/rpc/31337", body, content_type="text/plain")[0] == 403
    foreign = {"origin": "https://evil.example", **json_type}
    assert _ask(url, "POST", "/rpc/31337", body, **foreign)[0] == 403
    assert _ask(url, "POST", "/rpc/31337", body, origin="null", **json_type)[0] == 403
    own = {"origin": url.rstrip("/"), **json_type}
    assert _ask(url, "POST", "/rpc/31337", body, **own)[0] == 200


def test_node__well_away_endless_or_redirecting__is_passed_on_in_bounds(world: World) -> None:
    node = FastAPI()

    @node.get("/health")
    def health() -> Response:
        return Response('{"ok": false}', 503, media_type="application/json")

    @node.get("/rounds")
    def rounds() -> Response:
        return Response(b"1" * (MOST_ANSWER_BYTES + 1))

    @node.get("/index")
    def index() -> Response:
        return RedirectResponse(world.url)

    @node.get("/family")
    def family() -> Response:
        return Response("<script>alert(1)</script>", media_type="text/html")

    with serving(node) as upstream:
        names = [str(upstream.base_url).rstrip("/"), nobody()]
        with served(world.url, world.path, nodes=names) as url, httpx.Client(base_url=url) as site:
            assert site.get("/node/0/health").status_code == 503
            assert site.get("/node/0/health").json() == {"ok": False}
            assert site.get("/node/0/rounds").json()["title"] == "UpstreamDown"
            assert site.get("/node/0/index").status_code == 307
            # A page of the node's own would be of the page's origin, with a reader's wallet.
            html = site.get("/node/0/family").headers
            assert html["content-type"] == "application/octet-stream"
            assert html["x-content-type-options"] == "nosniff"
            assert "sandbox" in html["content-security-policy"]
            assert site.get("/node/1/health").json()["title"] == "UpstreamDown"
            for path in ("metrics", "%2e%2e/health", "evidence/0x12", "openapi.json"):
                assert site.get(f"/node/0/{path}").status_code == 404
            for path in ("/node/2/health", "/node/-1/health", "/relay/rules", "/plans"):
                assert site.get(path).status_code in (404, 422)


def test_plans__of_a_folder__are_listed_newest_first_and_nothing_beside_it_is_read(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "plans"
    folder.mkdir()
    (tmp_path / "secret.json").write_text("{}")
    (folder / "a.json").write_text('{"a": 1}')
    (folder / "b.txt").write_text("no")
    (folder / ".hidden.json").write_text("no")
    (folder / "link.json").symlink_to(tmp_path / "secret.json")
    with (folder / "huge.json").open("wb") as huge:
        huge.truncate(100 << 20)
    names = [each["name"] for each in list_plans(folder)]
    assert "a.json" in names
    assert not {"b.txt", ".hidden.json", "huge.json"} & set(names)
    assert read_plan(folder, "a.json") == b'{"a": 1}'
    for name in (
        "../secret.json",
        "link.json",
        "huge.json",
        "none.json",
        "/etc/passwd",
        "a\0.json",
    ):
        with pytest.raises(NoPlan):
            read_plan(folder, name)


def test_published__of_a_grade_and_of_nonsense__is_the_factor_with_its_band_or_why_not(
    site: httpx.Client,
) -> None:
    terms = {
        "network": "aurora",
        "token": "0x" + "11" * 20,
        "decimals": 6,
        "kind": 1,
        "denomination": 1,
        "model": "A100-SXM-80",
        "precision": 0,
        "basis": 0,
        "input_tokens": 0,
        "output_tokens": 0,
        "quantity": "3600",
        "scu_per_token": "632400000000000000",
        "method_hash": "0xead5280d801581fa10de378e5debe87334f441c2c9840c16877eea10dda6fd17",
        "valid_until": 1_830_000_000,
        "deposit_cap": "10000000000000000000000000",
    }
    found = site.post("/published", json=terms).json()
    assert (found["factor4"], found["low4"], found["high4"]) == (6324, 5429, 7029)
    unknown = site.post("/published", json=terms | {"method_hash": "0x" + "ab" * 32}).json()
    assert unknown["factor4"] is None
    assert "0xabab" in unknown["reason"]
    under = site.post("/published", json=terms | {"model": ""}).json()
    assert under["factor4"] is None
    assert site.post("/published", json=terms | {"quantity": "1e9"}).status_code == 422


NO_ADDRESSES: Final = (
    ("--relay", "javascript:alert(1)"),
    ("--node", "ftp://127.0.0.1"),
    ("--stream", "wss://relay.example/ 'unsafe-inline'"),
    ("--stream", "wss://relay.example; script-src *"),
    ("--service", "http://[::1"),
)


def test_settings__with_an_address_that_is_none__are_one_error(world: World) -> None:
    for option, value in NO_ADDRESSES:
        assert "URL" in world.run("web", option, value, "--http-port", "0").error
