"""A key is named one way everywhere, and never shown."""

import json
import logging
import pickle

import pytest
from eth_account import Account

from pargrade.chain.keys import BadKey, Key
from pargrade.devnet.anvil import DEVNET_KEYS, devnet_keys
from pargrade.keys.source import (
    PASSWORD_FILE,
    KeyKind,
    KeySource,
    KeyUnavailable,
    load_local_key,
    load_signer,
    parse_source,
)
from tests.support.cli import run

SECRET = DEVNET_KEYS[7]
ADDRESS = devnet_keys()[7].address
PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def encrypted():
    return Account.encrypt(SECRET, PASSWORD, iterations=1_000, kdf="pbkdf2")


@pytest.fixture
def keystore(tmp_path, encrypted, monkeypatch):
    path, password = tmp_path / "keystore.json", tmp_path / "password"
    path.write_text(json.dumps(encrypted))
    password.write_text(PASSWORD + "\n")
    monkeypatch.setenv(PASSWORD_FILE, str(password))
    return path


def test_key__in_each_place__is_the_same_key(tmp_path, keystore, monkeypatch):
    monkeypatch.setenv("MY_KEY", "0x" + SECRET)
    (tmp_path / "bare").write_text(SECRET + "\n")
    for text in (SECRET, "env:MY_KEY", f"file:{tmp_path / 'bare'}", f"keystore:{keystore}"):
        assert load_local_key(text).address == ADDRESS
        assert load_signer(text).address == ADDRESS


def test_keystore__its_password_is_named_beside_it__needs_no_environment(keystore, monkeypatch):
    named = keystore.with_name("password")
    monkeypatch.delenv(PASSWORD_FILE)
    assert KeySource(KeyKind.KEYSTORE, str(keystore), named).load_local().address == ADDRESS


def bad_places(tmp_path, keystore, monkeypatch):
    (tmp_path / "no-key").write_text(SECRET[:-1])
    (tmp_path / "no-keystore").write_text('{"crypto": {"kdf": "none"}, "secret": "' + SECRET + '"}')
    (tmp_path / "wrong").write_text("wrong " + PASSWORD)
    yield "env:NOT_THERE", "it is not set"
    yield f"file:{tmp_path / 'nowhere'}", "No such file"
    yield f"file:{tmp_path / 'no-key'}", "it holds no private key"
    yield f"keystore:{tmp_path / 'no-keystore'}", "it is no V3 keystore"
    yield f"keystore:{tmp_path / 'no-key'}", "it is no V3 keystore"
    monkeypatch.setenv(PASSWORD_FILE, str(tmp_path / "wrong"))
    yield f"keystore:{keystore}", "the password is wrong"
    monkeypatch.delenv(PASSWORD_FILE)
    yield f"keystore:{keystore}", "its password is not known"


def test_key__that_is_not_there__is_one_error_that_shows_no_secret(tmp_path, keystore, monkeypatch):
    for text, reason in bad_places(tmp_path, keystore, monkeypatch):
        with pytest.raises(KeyUnavailable, match=reason) as refused:
            load_local_key(text)
        shown = f"{refused.value} {refused.value.hint} {refused.value!r} {refused.value.__dict__}"
        assert SECRET[:-1] not in shown
        assert PASSWORD not in shown
        assert refused.value.__cause__ is None


def test_source__of_text_that_names_no_place__is_none():
    for text in ("", SECRET, "env:", "vault:x", "0x" + SECRET):
        assert parse_source(text) is None
    with pytest.raises(BadKey):
        load_signer("vault:x")


def test_key__printed_logged_or_kept__is_its_address(caplog):
    key = Key.parse(SECRET)
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("test").info("%s %r %s", key, [key], {"key": key})
    assert SECRET not in caplog.text
    assert caplog.text.count(key.address) == 3
    assert SECRET not in f"{key} {key!r}"
    with pytest.raises(Exception, match=r"pickle|__getstate__|slots|reduce"):
        pickle.dumps(key)


def test_command__with_a_keystore__acts_as_its_address_and_prints_no_secret(world, keystore):
    ran = world.run("wrap", "A1GH", "1", "--key", f"keystore:{keystore}")
    assert ran.code == 1
    assert ADDRESS in ran.err or "Balance" in ran.err or "balance" in ran.err
    assert SECRET not in ran.out + ran.err
    assert PASSWORD not in ran.out + ran.err
    missing = run(
        "wrap",
        "A1GH",
        "1",
        "--key",
        "env:NOT_THERE",
        "--rpc-url",
        world.url,
        "--deployment",
        str(world.path),
    )
    assert missing.error == "key env:NOT_THERE: it is not set"
