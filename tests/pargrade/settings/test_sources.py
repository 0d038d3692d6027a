"""Options override variables and variables the file; each fault is named as a person gave it."""

import math
from pathlib import Path
from typing import Final

import pytest

from bridge.service.settings import Settings
from oracle.node.settings import NodeSettings
from pargrade.settings import BadConfig, to_toml
from tests.support.settings_file import NODE, set_at, write


def test_read__variable_and_option__override_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, {"interval": 1, "page_size": 1, "patience": 1})
    monkeypatch.setenv("PARGRADE_BRIDGE_PAGE_SIZE", "2")
    monkeypatch.setenv("PARGRADE_BRIDGE_PATIENCE", "2")
    monkeypatch.setenv("PARGRADE_BRIDGE_MOST_GAS", "")
    read = Settings.read(path, patience=3, most_gas=None)
    assert (read.interval, read.page_size, read.patience) == (1, 2, 3)
    assert read.most_gas == Settings().most_gas
    assert Settings.read_file(path).page_size == 1


def test_read__variables_of_tables_and_lists__override_single_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(to_toml(NODE))
    monkeypatch.setenv("PARGRADE_ORACLE_PACE__RETRY_MS", "7")
    monkeypatch.setenv("PARGRADE_ORACLE_CHAIN__RPC", '["http://a", "http://b"]')
    read = NodeSettings.read(path)
    assert (read.pace.retry_ms, read.pace.poll_ms) == (7, 20)
    assert (read.chain.rpc, read.chain.id) == (("http://a", "http://b"), 31337)


@pytest.mark.parametrize(
    ("variable", "value", "text"),
    [
        ("PARGRADE_ORACLE_API__PORT", "http", "is 'http', not a whole number between 1 and 65535"),
        ("PARGRADE_ORACLE_API__PORT", "7.5", "is 7.5, not a whole number"),
        ("PARGRADE_ORACLE_API__PORT", "true", "is true, not a whole number"),
        ("PARGRADE_ORACLE_PEERS", "http://a", "is 'http://a', not a list of texts"),
        ("PARGRADE_ORACLE_PEERS", "[1]", "is 1, not text"),
        ("PARGRADE_ORACLE_PEERS", "[" * 100_000, "not a list of texts"),
        ("PARGRADE_ORACLE_REPORTER", "0x12", "is '0x12', not an address"),
        ("PARGRADE_ORACLE_API__PROT", "1", "is not a setting"),
        ("PARGRADE_ORACLE_NAM", "x", "is not a setting"),
        ("PARGRADE_ORACLE_NAME__X", "x", "is not a setting"),
        ("PARGRADE_ORACLE_API", '{"port": 1}', "is not a setting"),
    ],
)
def test_read__wrong_variable__is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, text: str
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(to_toml(NODE))
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadConfig) as bad:
        NodeSettings.read(path)
    assert str(bad.value).startswith(f"environment variable {variable} ")
    assert text in str(bad.value)


def test_read__variable_nearly_right__the_hint_names_the_right_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PARGRADE_BRIDGE_INTRVAL", "1")
    with pytest.raises(BadConfig) as bad:
        Settings.read(None)
    assert bad.value.hint == "Did you mean PARGRADE_BRIDGE_INTERVAL?"


def test_read__wrong_option__is_named_as_an_option() -> None:
    with pytest.raises(BadConfig, match=r"^--reconcile-interval is 0, not a whole number"):
        Settings.read(None, reconcile_interval=0)
    with pytest.raises(BadConfig, match=r"^--interval is nan, not a number above 0"):
        Settings.read(None, interval=math.nan)


SECRET: Final = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("key",), SECRET),
        (("key", "env"), SECRET),
        (("key", "env"), "0x" + SECRET),
        (("key", "file"), SECRET),
        (("key", "private"), SECRET),
        (("key", "file"), [SECRET]),
        (("chain", "rpc"), f"https://user:{SECRET}@host"),
    ],
)
def test_read__secret_in_the_wrong_place__is_refused_without_showing_it(
    tmp_path: Path, place: tuple[str, ...], value: object
) -> None:
    path = write(tmp_path, set_at({**NODE, "key": {}}, place, value))
    with pytest.raises(BadConfig) as bad:
        NodeSettings.read(path)
    assert place[0] in str(bad.value)
    assert SECRET not in str(bad.value) + bad.value.hint + repr(bad.value)


def test_repr__urls_with_passwords__are_left_out() -> None:
    read = Settings(database=f"postgresql://u:{SECRET}@h/d", rpc_url=f"http://u:{SECRET}@h")
    assert SECRET not in repr(read) + str(read)
