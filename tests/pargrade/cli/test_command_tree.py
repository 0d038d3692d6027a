"""What holds for every installed command: found by walking the tree, not by a list kept by hand."""

import json
import re
from collections import defaultdict
from urllib.request import urlopen

import pytest

from bridge.orders.client.cancellation import SignedCancellation
from bridge.orders.relay.service import assemble_relay
from bridge.orders.relay.settings import RelaySettings
from pargrade.chain.keys import Key
from pargrade.chain.wallet import Wallet
from pargrade.devnet.accounts import ADMIN, DESK
from pargrade.devnet.anvil import DEVNET_KEYS, Devnet
from pargrade.devnet.deployment import deploy_on_devnet
from pargrade.futures.order import exchange_domain
from pargrade.futures.permission import Cancellation
from pargrade.grade.file import DEVNET_GRADES
from pargrade.process.ports import free_ports
from tests.support.cli import Terminal, run
from tests.support.command_tree import command_tree, options_of
from tests.support.members import write_configs
from tests.support.peer import nobody
from tests.support.two_chains import OVER_A_ROUTE, REMOTE_CHAIN, write_route
from tests.support.two_markets import place_young
from tests.support.workloads import write_team
from tests.support.world import DAY, HOUR, MIDNIGHT, World

UNTIL_STOPPED = {
    ("devnet",): "a chain that runs until Ctrl-C; tests/pargrade/cli/test_shell.py",
    ("demo",): "a month in a minute; tests/demo",
    ("bridge", "run"): "a daemon; tests/bridge/service",
    ("relay", "run"): "a daemon; tests/bridge/orders/relay/test_commands.py",
    ("maker", "run"): "a daemon; tests/bridge/orders/maker/test_commands.py",
    ("bridge", "attest"): "a service; tests/bridge/gate/test_processes.py",
    ("bridge", "signer"): "a service; tests/bridge/gate/signer",
    ("bridge", "carry"): "a daemon; tests/bridge/gate/test_processes.py",
    ("bridge", "watch"): "a daemon; tests/bridge/gate/watcher",
    ("unit", "guard"): "a daemon; tests/oracle/factor_guard",
    ("web",): "a server that runs until Ctrl-C; tests/bridge/web/test_command.py",
    ("up",): "a world that runs until Ctrl-C; tests/pargrade/world/test_world.py",
    ("oracle", "run"): "a daemon; tests/oracle/node",
    ("oracle", "member", "run"): "a daemon; tests/oracle/member",
    ("oracle", "signer"): "a service; tests/oracle/node/test_signer.py",
}
"""Commands that no test here runs to their end, and where they are run."""

WITHOUT_JSON = {
    ("oracle", "run"),
    ("oracle", "member", "run"),
    ("oracle", "signer"),
    ("bridge", "signer"),
}
"""Prints no result: it logs until it is stopped."""

OVER_RELAY = {("hedge", "market"), ("hedge", "once"), ("hedge", "unwind"), ("hedge", "roll")}
"""Commands of other groups that ask a relay."""

SLOW = {("index", "study"): pytest.mark.deep, ("index", "backtest"): pytest.mark.full}

MEANINGS = {
    "--database": "any database, or one in a file",
    "--grade": "a grade and its cap, or the grade of a SHORT",
    "--http-port": "where an API is served, or a service's health, or the page",
    "--index": "an index's number on chain, or its name",
    "--min": "units, or tokens",
    "--out": "a folder, or a file",
    "--port": "a port, or with 0 a free one",
    "--position": "a position of a series, or a place in the reporter set",
    "--quorum": "a quorum to set, or to expect",
    "--reporters": "reporters to name, or to count",
    "--to": "a recipient, or a day, or a chain",
    "--withdraw": "an agreement, or a follow",
}
"""Options whose name means something else in another command."""

BARS = """timestamp,open,high,low,close
1775001600000,0.8,0.9,0.7,0.8
1775088000000,0.5,0.6,0.4,0.5
"""
ANSI = re.compile(r"\x1b\[[0-9;]*m")
LEAVES = sorted(command_tree())


@pytest.fixture(scope="module")
def settled(tmp_path_factory):
    """SPRING is over and has pairs, its price not proposed; LATER is traded and has pairs."""
    with Devnet(genesis=MIDNIGHT) as devnet:
        world = World(devnet.chain, devnet.url, tmp_path_factory.mktemp("tree"))
        # Of version 1, so that the commands of its nodes have an index to go by.
        assert world.run("deploy", "--index-version", "1").code == 0
        world.record(MIDNIGHT + HOUR)
        assert world.run("wrap", "A1GH", "5000").code == 0
        for name, start, end in (("SPRING", 5, 6), ("LATER", 7, 8)):
            terms = ("--start", f"2026-03-0{start}", "--expiry", f"2026-03-0{end}")
            words = ("futures", "create", name, "--grade", "A1GH", "--reference", "2.31", *terms)
            assert world.run(*words).code == 0
            assert world.run("futures", "open", name, "--lots", "10").code == 0
        world.cover(MIDNIGHT + DAY, MIDNIGHT + 2 * DAY)
        yield world


@pytest.fixture
def world(settled, tmp_path, monkeypatch):
    found = World(settled.chain, settled.url, tmp_path)
    found.path.write_bytes(settled.path.read_bytes())
    monkeypatch.chdir(tmp_path)
    with settled.chain.restored():
        yield found


@pytest.fixture
def relay(world):
    """The URL of a relay of this world, with one order of the desk's."""
    settings = RelaySettings.read(None, api_port=0, stream_port=0, deployment=world.path)
    key = Key.parse(DEVNET_KEYS[3])
    assert world.run("market", "onboard", "LATER").code == 0
    service = assemble_relay(world.chain, world.deployment, world.path, settings, key)
    with service.serving() as (port, _):
        url = f"http://127.0.0.1:{port}"
        words = ("market", "sell", "LATER", "--lots", "20", "--limit", "2.40", "--relay", url)
        assert world.run(*words).code == 0
        yield url


@pytest.fixture(scope="module")
def abroad(tmp_path_factory):
    """The other chain of a route, with everything deployed; its deployment file."""
    file = tmp_path_factory.mktemp("abroad") / "remote.json"
    with Devnet(genesis=MIDNIGHT, chain_id=REMOTE_CHAIN) as devnet:
        deploy_on_devnet(devnet.chain).write(file)
        yield devnet, file


def write_cancellation(world):
    """A lane that the desk ends, signed for this exchange."""
    over = Cancellation(DESK.address, 1, 1, 2**40)
    exchange = world.deployment.address("FuturesExchange")
    signature = over.sign(exchange_domain(world.chain.chain_id, exchange), DESK.key)
    path = world.folder / "over.json"
    path.write_text(json.dumps(SignedCancellation(over, signature).to_json()))
    return path


@pytest.fixture
def route(world, abroad):
    """The file of a route for the token of A1GH, added and attested at both ends."""
    devnet, file = abroad
    # Two hosts of each chain, as an audit asks for: one machine has two names.
    urls = {
        end: (url, url.replace("127.0.0.1", "localhost"))
        for end, url in (("home", world.url), ("remote", devnet.url))
    }
    files = {"home": world.path, "remote": file}
    path = write_route(world.folder / "route.toml", urls, files, world.token("A1GH").address)
    with devnet.chain.restored():
        assert run("bridge", "route", "add", str(path)).code == 0
        assert run("bridge", "attesters", "set", str(path)).code == 0
        yield path


@pytest.fixture
def required(world, request):
    """The required arguments of every command, made for this world where they are files."""
    node = world.folder / "nodes" / "node-1.toml"
    # At ports where nobody listens: nodes of another world may be up at the usual ones.
    ports = ("--first-port", str(free_ports(1)[0]))
    assert world.run("oracle", "init", str(node.parent), *ports).code == 0
    (world.folder / "members").mkdir()
    [member] = write_configs(world.folder / "members", 1)
    statements = world.folder / "statements"
    assert world.run("futures", "statement", "SPRING", "--out", str(statements)).code == 0
    bars = world.folder / "bybit_kline_AKTUSDT_1d.csv"
    bars.write_text(BARS)
    nothing = world.folder / "nothing.json"
    nothing.write_text("{}")
    write_team(world.folder)
    lists = world.folder / "lists.csv"
    lists.write_text("month,provider,price_usd\n2026-01,a,2.0\n2026-02,a,2.1\n")
    history = (world.folder / "days.csv", "--by", "gpu-hours")
    policy, market = world.folder / "hedge.yaml", world.folder / "market.yaml"
    offers, desk = ("--policy", policy, "--market", market), ("--policy", policy)
    terms, token = DEVNET_GRADES / "a100-gpu-hour.toml", world.token("A1GH").address
    days = ("--start", "2026-03-08", "--expiry", "2026-03-09", "--reference", "2.31")
    key = ("--key", DEVNET_KEYS[3])
    # Two seconds that only these commands need.
    callspec = getattr(request.node, "callspec", None)
    chosen = callspec and callspec.params["path"]
    over_relay = chosen and (chosen[0] in ("market", "relay", "maker") or chosen in OVER_RELAY)
    relay = request.getfixturevalue("relay") if over_relay else nobody()
    trade = ("LATER", "--lots", "10", "--limit", "2.35", "--relay", relay)
    over_route = callspec and is_over_a_route(callspec.params["path"])
    route = request.getfixturevalue("route") if over_route else nothing
    order, log = "0x" + "00" * 32, world.folder / "log.ndjson"
    if over_relay:
        [resting] = run("market", "orders", "--relay", relay, "--json").json["orders"]
        order = resting["order"]
        log.write_bytes(urlopen(f"{relay}/log").read())
    young = nothing
    if chosen and chosen[0] == "migrate":
        young = world.folder / "young.json"
        place_young(Wallet(world.chain, ADMIN.key), world.deployment).write(young)
    over_routes = {path: (route, *words) for path, words in OVER_A_ROUTE.items()}
    return {
        **over_routes,
        **{("migrate", word): (young,) for word in ("agree", "list", "plan", "run")},
        ("bridge", "route", "show"): (route,),
        ("bridge", "new-journal"): (route, "--data", world.folder / "a", "--key-is-new", *key),
        ("bridge", "route", "check"): (route,),
        ("bridge", "transfers"): (route,),
        ("bridge", "forgeries"): (route,),
        ("bridge", "audit"): (route,),
        ("deploy",): ("--force",),
        ("status",): (world.folder,),
        ("down",): (world.folder,),
        ("faucet",): (token,),
        ("grade", "list"): (),
        ("grade", "show"): ("A1GH",),
        ("grade", "propose"): (terms, "--token", token),
        ("grade", "look"): ("A1GH",),
        ("grade", "cure"): ("A1GH",),
        ("wrap",): ("A1GH", "1"),
        ("unwrap",): ("A1GH", "1"),
        ("futures", "create"): ("MAY", *days, "--grade", "A1GH"),
        ("futures", "list"): (),
        ("futures", "show"): ("SPRING",),
        ("futures", "open"): ("LATER", "--lots", "1"),
        ("futures", "merge"): ("LATER", "--lots", "1"),
        ("futures", "settle"): ("SPRING",),
        ("futures", "redeem"): ("SPRING",),
        ("futures", "claim"): ("SPRING",),
        ("futures", "statement"): ("SPRING",),
        ("futures", "verify-statement"): (statements / "SPRING.json",),
        ("ops", "alerts"): (),
        ("ops", "files"): (world.folder / "ops",),
        ("bridge", "once"): key,
        ("bridge", "status"): (),
        ("bridge", "reconcile"): (),
        ("bridge", "rebuild"): (),
        ("bridge", "check"): key,
        ("bridge", "backup"): (world.folder / "bridge.backup",),
        ("bridge", "restore"): (nothing,),
        ("market", "book"): ("LATER", "--relay", relay),
        ("market", "quote"): ("buy", *trade),
        ("market", "onboard"): ("SPRING", *key),
        ("market", "buy"): trade,
        ("market", "sell"): trade,
        ("market", "orders"): ("--relay", relay),
        ("market", "cancel"): (order, "--relay", relay),
        ("market", "end"): (write_cancellation(world),),
        ("market", "positions"): ("--relay", relay),
        ("market", "roll"): ("LATER", "SPRING", "--lots", "10", "--relay", relay),
        ("market", "calls"): ("LATER", "--relay", relay),
        ("market", "curve"): ("--relay", relay),
        ("relay", "audit"): (log,),
        ("relay", "fills"): (world.folder / "fills.ndjson",),
        ("relay", "log"): (world.folder / "log.ndjson", "--relay", relay),
        ("maker", "plan"): ("LATER", "--relay", relay),
        ("oracle", "init"): (world.folder / "fresh",),
        ("oracle", "once"): (node, "--dry-run"),
        ("oracle", "replay"): (str(MIDNIGHT + HOUR),),
        ("oracle", "accuse"): (nothing, nothing),
        ("oracle", "fetch"): (),
        ("oracle", "record"): ("lium",),
        ("oracle", "sources"): (node,),
        ("oracle", "venues"): (),
        ("oracle", "archive"): (node,),
        ("oracle", "check"): (node,),
        ("oracle", "committee"): (),
        ("oracle", "new-journal"): (node,),
        ("oracle", "backup"): (node, world.folder / "node-1.backup"),
        ("oracle", "restore"): (node, nothing),
        ("oracle", "member", "init"): (world.folder / "seats",),
        ("oracle", "member", "check"): (member,),
        ("oracle", "member", "archive"): (member,),
        ("oracle", "member", "new-journal"): (member,),
        ("oracle", "member", "backup"): (member, world.folder / "member-1.backup"),
        ("oracle", "member", "restore"): (member, nothing),
        ("oracle", "prove"): (str(MIDNIGHT + HOUR), "lambda"),
        ("oracle", "verify"): (nothing,),
        ("hedge", "fetch"): (nobody(), "--since", "2026-03-01", "--until", "2026-03-02"),
        ("hedge", "read"): history[:1],
        ("hedge", "exposure"): history,
        ("hedge", "forecast"): history,
        ("hedge", "plan"): (*history, *offers),
        ("hedge", "drift"): (*history, *offers),
        ("hedge", "market"): (*desk, "--relay", relay),
        ("hedge", "approve"): (order, *key),
        ("hedge", "apply"): (order, *desk, "--relay", relay),
        ("hedge", "unwind"): ("LATER", *desk, "--limit", "2.20", "--relay", relay),
        ("hedge", "roll"): ("LATER", "SPRING", *desk, "--relay", relay),
        ("hedge", "once"): (*history, *desk, "--relay", relay),
        ("hedge", "audit"): (),
        ("hedge", "bill"): (),
        ("hedge", "backtest"): (lists,),
        ("index", "show"): (),
        ("index", "history"): (),
        ("index", "methods"): (),
        ("index", "shadow"): ("1", "2", "--from", "2026-03-02", "--to", "2026-03-03"),
        ("index", "backtest"): (),
        ("index", "study"): (),
        ("index", "tokens"): (bars,),
        ("index", "next"): (),
        ("index", "follow"): (),
        ("unit", "basis"): (),
        ("unit", "drift"): (),
        ("unit", "measure"): (),
        ("unit", "explain"): ("A1GH",),
    }


def is_over_a_route(path):
    """Whether a command takes the file of a route."""
    return any(each.name in ("route", "routes") for each in command_tree()[path].params)


REFUSED = {
    ("bridge", "cancel"): "",
    ("bridge", "claim"): "",
    ("status",): "no world is up",
    ("down",): "no world is up",
    ("futures", "redeem"): "",
    ("futures", "claim"): "",
    ("grade", "look"): "GradeRegistry.impair: NotShort",
    ("grade", "cure"): "GradeRegistry.cure: NoShortageSeen",
    ("bridge", "backup"): "",
    ("bridge", "restore"): "",
    ("oracle", "new-journal"): "journal",
    ("oracle", "restore"): "",
    ("oracle", "member", "init"): "cannot configure nodes",
    ("oracle", "member", "new-journal"): "journal",
    ("oracle", "member", "archive"): "SpotIndexV2.index_names: no such contract",
    ("oracle", "member", "restore"): "",
    ("oracle", "replay"): "round 1772586000 does not replay",
    ("oracle", "accuse"): "observation form",
    ("index", "next"): "this deployment has no PhasedIndex",
    ("index", "follow"): "this deployment has no PhasedIndex",
    ("oracle", "fetch"): "lium",
    ("oracle", "record"): "lium",
    ("oracle", "sources"): "",
    ("unit", "measure"): "there is no GPU to measure",
    ("oracle", "prove"): "round 1772586000: nothing here has evidence",
    ("oracle", "verify"): "",
    ("hedge", "fetch"): "",
    ("hedge", "approve"): "not a plan",
    ("hedge", "apply"): "not a plan",
    ("hedge", "once"): "the history is unfit: it goes on after 2026-03-06",
    ("hedge", "roll"): "SPRING is not traded",
    ("market", "roll"): "nobody offers LATER now",
}
"""Commands that have nothing to work on in this world, and how their one error begins."""

CODES = {("hedge", "drift"): 3, ("oracle", "check"): 1, ("oracle", "member", "check"): 1}
"""Of commands whose result is a finding, as `diff` has it."""


def leaves_to_run():
    return [
        pytest.param(path, id=" ".join(path), marks=SLOW.get(path, ()))
        for path in LEAVES
        if path not in UNTIL_STOPPED
    ]


@pytest.mark.parametrize("path", leaves_to_run())
def test_json__without_options__is_one_document_or_one_error(path, world, required):
    command = command_tree()[path]
    words = [*path, *map(str, required[path]), "--json"]
    if "--rpc-url" in options_of(command):
        words += ["--rpc-url", world.url]
    if "--deployment" in options_of(command):
        words += ["--deployment", str(world.path)]
    # Anything but an error of ours comes out of `run` as it is, and fails the test.
    ended = run(*words)
    if path in REFUSED:
        assert ended.code == 1
        assert ended.err.splitlines()[-2].startswith(f"error: {REFUSED[path]}")
        if ended.out:
            json.loads(ended.out)
    else:
        assert ended.code == CODES.get(path, 0), ended.err
        json.loads(ended.out)
        assert "error:" not in ended.err


NARROW = 60
"""Columns of the narrowest terminal; wider ones are of the property in toolkit/test_output.py."""


@pytest.mark.full
@pytest.mark.parametrize(
    "path",
    [leaf for leaf in leaves_to_run() if leaf.values[0] not in REFUSED],
)
def test_screen__of_every_command__fits_a_narrow_terminal_with_every_word_whole(
    path, world, required, monkeypatch
):
    monkeypatch.setenv("COLUMNS", str(NARROW))
    words = [*path, *map(str, required[path])]
    words += ["--rpc-url", world.url] if "--rpc-url" in options_of(command_tree()[path]) else []
    if "--deployment" in options_of(command_tree()[path]):
        words += ["--deployment", str(world.path)]
    ended = run(*words, out=Terminal())
    assert ended.code == CODES.get(path, 0), ended.err
    assert "…" not in ended.out
    for line in ANSI.sub("", ended.out).splitlines():
        # Too long is a line whose last word does not fit behind what is before it.
        assert len(line.rstrip()) <= NARROW or len(line.split()) <= 4, line


NOTHING_TO_SEND = {
    ("grade", "propose"),
    *(("bridge", *words) for words in (("route", "add"), ("route", "limit"), ("route", "start"))),
    ("bridge", "attesters", "set"),
}
"""Sends with a further option alone, or only what is left to do."""


def sends(path):
    """Whether a command has a key and sends with it: unless, or only when it is told to."""
    options = set(options_of(command_tree()[path]))
    return "--key" in options and not options.isdisjoint({"--dry-run", "--close"})


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_max_fee__every_command_that_sends__has_it(path):
    assert ("--max-fee" in options_of(command_tree()[path])) == sends(path)


@pytest.mark.parametrize(
    "path", [path for path in LEAVES if sends(path) and path not in REFUSED], ids=" ".join
)
def test_max_fee__below_what_the_chain_asks__is_refused_and_nothing_is_sent(path, world, required):
    if path in UNTIL_STOPPED:
        return
    words = [*path, *map(str, required[path]), "--max-fee", "0.000000000000000001"]
    if not is_over_a_route(path):
        words += ["--rpc-url", world.url, "--deployment", str(world.path)]
    head = world.chain.head()
    ended = run(*words)
    assert world.chain.head() == head
    if path in NOTHING_TO_SEND:
        assert ended.code == 0
    else:
        assert "wei per gas, at most 0 may be offered" in ended.error


def test_table__of_required_arguments__has_every_command(required):
    assert set(required) | set(UNTIL_STOPPED) == set(LEAVES)
    assert not set(required) & set(UNTIL_STOPPED)


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_help__every_command__has_an_example_of_itself_and_json(path):
    text = run(*path, "--help").out
    assert f"Example: pargrade {' '.join(path)}" in " ".join(text.split())
    assert ("--json" in text) == (path not in WITHOUT_JSON)


def test_options__of_one_name__read_the_same_in_every_command():
    meanings = defaultdict(lambda: defaultdict(list))
    for path, command in command_tree().items():
        for parameter in command.params:
            for name in parameter.opts:
                if name.startswith("--"):
                    meanings[name][parameter.help, parameter.metavar].append(" ".join(path))
    assert {name for name, found in meanings.items() if len(found) > 1} == set(MEANINGS)
    expected = {name: text.count(", or ") + 1 for name, text in MEANINGS.items()}
    assert {name: len(meanings[name]) for name in MEANINGS} == expected
