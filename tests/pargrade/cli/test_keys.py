"""Every command that sends takes its key by the same option and words, from each of the places."""

import json
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from pargrade.chain.block import Tag
from pargrade.chain.hashing import keccak
from pargrade.chain.keys import recover
from pargrade.chain.typed_data import Domain, TypedData
from pargrade.devnet.accounts import DESK
from pargrade.devnet.anvil import DEVNET_KEYS
from pargrade.grade.file import DEVNET_GRADES
from pargrade.keys.node_account import NodeAccount
from pargrade.keys.signed_fields import is_signed_by
from pargrade.keys.source import PASSWORD_FILE, KeyUnavailable, load_local_key
from tests.support.command_tree import command_tree
from tests.support.two_chains import OVER_A_ROUTE

SECRET = DEVNET_KEYS[DESK.number]
NOBODY = "0x" + "5e" * 20

READS_ONLY = {
    ("futures", "show"): "of whom it shows the positions",
    ("futures", "statement"): "what signs the statement",
    ("oracle", "signer"): "the key it guards",
    ("unit", "measure"): "signs a measurement",
    ("bridge", "check"): "whose funds it looks at",
    ("bridge", "route", "check"): "whose seat, coins and roles it looks at",
    ("market", "buy"): "what signs the order",
    ("market", "sell"): "what signs the order",
    ("market", "cancel"): "what signs the request",
    ("market", "positions"): "of whom it shows the positions",
    ("market", "roll"): "what signs the roll",
    ("market", "orders"): "of whom it shows the orders",
    ("maker", "plan"): "for whose inventory it quotes",
    ("hedge", "market"): "of whom it shows the hedges",
    ("hedge", "approve"): "what signs the approval",
    ("hedge", "apply"): "what signs the orders",
    ("hedge", "once"): "what signs the orders",
    ("hedge", "unwind"): "whose hedges it plans to sell",
    ("hedge", "roll"): "whose hedges it plans to move",
    ("bridge", "attest"): "what signs messages",
    ("bridge", "signer"): "what signs messages",
    ("bridge", "new-journal"): "whose journal it is",
    ("bridge", "audit"): "what signs the proof",
}
"""Commands with a key that send no transaction, and what it is for."""

ELSEWHERE = {
    ("bridge", "run"): "tests/bridge/service; its key is read like that of `bridge once`",
    ("relay", "run"): "tests/bridge/orders/relay; its key signs receipts and sends matches",
    ("maker", "run"): "tests/bridge/orders/maker; its key signs orders and ends them",
    ("bridge", "carry"): "tests/bridge/gate/carrier",
    ("bridge", "watch"): "tests/bridge/gate/watcher",
    ("unit", "guard"): "tests/oracle/factor_guard",
    ("index", "next"): "tests/oracle/cli/test_index_follow.py: of a deployment with a front",
    ("index", "follow"): "tests/oracle/cli/test_index_follow.py",
}
"""Commands whose keys are tried with them: they run until stopped, or ask the chain first."""

SENDING = {
    ("deploy",): (),
    ("faucet",): (DESK.address,),
    ("grade", "propose"): (
        *(str(DEVNET_GRADES / "a100-gpu-hour.toml"), "--token", NOBODY),
        *("--symbol", "NEWG", "--send"),
    ),
    ("grade", "look"): ("A1GH",),
    ("grade", "cure"): ("A1GH",),
    ("wrap",): ("A1GH", "1"),
    ("unwrap",): ("A1GH", "1"),
    ("futures", "create"): (
        *("NEW", "--grade", "A1GH", "--reference", "2.9"),
        *("--start", "2027-05-01", "--expiry", "2027-06-01"),
    ),
    ("futures", "open"): ("SPRING", "--lots", "1"),
    ("futures", "merge"): ("SPRING", "--lots", "1"),
    ("futures", "settle"): ("SPRING",),
    ("futures", "redeem"): ("SPRING",),
    ("futures", "claim"): ("SPRING",),
    ("bridge", "once"): (),
    ("market", "onboard"): ("SPRING",),
    ("market", "end"): ("a.json",),
    ("oracle", "accuse"): ("a.json", "b.json"),
    ("migrate", "list"): ("a.json",),
    ("migrate", "agree"): ("a.json",),
    ("migrate", "run"): ("a.json",),
}
"""Words that a sending command needs before it looks for its key."""

ABSENT = {
    "env:NOT_SET_ANYWHERE": "key env:NOT_SET_ANYWHERE: it is not set",
    "file:/nowhere/key": "key file:/nowhere/key: No such file",
    "keystore:/nowhere/key": "key keystore:/nowhere/key: No such file",
    "signer:http://127.0.0.1:9": "signer http://127.0.0.1:9: ",
    f"unlocked:{NOBODY}": "the node has no such account",
    "unlocked:nobody": "key unlocked:nobody: this is not an address",
}


def with_key():
    tree = command_tree()
    return {
        path: next(p for p in command.params if "--key" in p.opts)
        for path, command in tree.items()
        if any("--key" in parameter.opts for parameter in command.params)
    }


def test_commands__with_a_key__are_all_in_a_table_here():
    assert set(with_key()) == {*SENDING, *READS_ONLY, *ELSEWHERE, *OVER_A_ROUTE}


def test_commands__that_cap_fees_or_simulate_sending__all_take_a_key():
    sending = {p for p, c in command_tree().items() if any("--max-fee" in o.opts for o in c.params)}
    assert sending <= {*SENDING, *ELSEWHERE, *OVER_A_ROUTE}


def test_option__of_every_command__has_the_same_words():
    words = {(each.help, each.envvar, each.metavar) for each in with_key().values()}
    assert len(words) == 1
    (shown,) = words
    for kind in ("keystore:", "env:", "file:", "signer:", "unlocked:"):
        assert kind in shown[0]
    assert shown[1] == "PARGRADE_KEY"


@pytest.mark.parametrize("path", SENDING, ids=" ".join)
def test_key__that_is_not_where_it_is_said_to_be__is_one_error_in_every_command(path, world):
    named = {NOBODY: world.token("A1GH").address}
    required = [named.get(word, word) for word in SENDING[path]]
    with world.unchanged():
        for key, words in ABSENT.items():
            refused = world.run(*path, *required, "--key", key)
            assert refused.code == 1, key
            assert words in refused.error, key


@pytest.fixture
def signer():
    """An external signer with the desk's key, as docs/SIGNER.md has it; its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.respond({"address": DESK.address})

        def do_POST(self):
            fields = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            raw = Account.sign_transaction(fields, SECRET).raw_transaction
            self.respond({"raw": "0x" + raw.hex()})

        def respond(self, document):
            body = json.dumps(document).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def places(tmp_path, monkeypatch, signer):
    """The desk's key in each place where a key can be."""
    monkeypatch.setenv("KEY_OF_THE_DESK", SECRET)
    bare, keystore, password = (tmp_path / name for name in ("bare", "keystore", "password"))
    bare.write_text(SECRET)
    encrypted = Account.encrypt(SECRET, "correct horse", iterations=1_000, kdf="pbkdf2")
    keystore.write_text(json.dumps(encrypted))
    password.write_text("correct horse")
    monkeypatch.setenv(PASSWORD_FILE, str(password))
    return {
        "env": "env:KEY_OF_THE_DESK",
        "file": f"file:{bare}",
        "keystore": f"keystore:{keystore}",
        "unlocked": f"unlocked:{DESK.address}",
        "signer": f"signer:{signer}",
        "hex": SECRET,
    }


def test_key__in_each_place__sends_the_same_transaction(world, places):
    for key in places.values():
        before = world.chain.nonce(DESK.address, block=Tag.LATEST)
        sent = world.run("unwrap", "A1GH", "1", "--key", key, "--json")
        assert sent.code == 0, sent.err
        assert world.chain.nonce(DESK.address, block=Tag.LATEST) == before + 1


def test_unlocked__a_node_that_signs_another_transaction__is_refused(world):
    account = NodeAccount.find(world.chain, DESK.address)
    fields = {
        "type": 2, "chainId": 31337, "nonce": 9, "maxPriorityFeePerGas": 1, "maxFeePerGas": 10**9,
        "gas": 21_000, "value": 1, "data": b"", "to": DESK.address,
    }  # fmt: skip
    raw = account.sign_transaction(fields)
    assert is_signed_by(raw, fields, DESK.address)
    for other in ({"value": 2}, {"nonce": 10}, {"to": NOBODY}, {"data": b"x"}):
        assert not is_signed_by(raw, fields | other, DESK.address)
    assert not is_signed_by(raw, fields, NOBODY)
    assert not is_signed_by(raw[:-1], fields, DESK.address)
    assert not is_signed_by(b"", fields, DESK.address)


def test_unlocked__signs_typed_data_as_the_key_does(world):
    index = world.index
    domain = Domain("Pargrade", 31337, index.address)
    unhashed = TypedData(domain, "Mail", (("words", "string"),), {"words": "hello"}, b"")
    hashed = encode_typed_data(full_message=unhashed.to_json())
    data = replace(unhashed, digest=keccak(b"\x19" + hashed.version + hashed.header + hashed.body))
    account = NodeAccount.find(world.chain, DESK.address)
    assert recover(data.digest, account.sign_typed(data)) == DESK.address


def test_unlocked__where_the_key_itself_is_needed__says_who_keeps_it():
    with pytest.raises(KeyUnavailable, match="the node keeps it"):
        load_local_key(f"unlocked:{DESK.address}")
