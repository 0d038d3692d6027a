"""Settings of an attester, a carrier and a watcher: file, environment, options, in that order."""

import json

import pytest

from bridge.gate.daemon.settings import AttesterSettings, CarrierSettings, WatcherSettings
from pargrade.chain.coin_setting import wei_of
from pargrade.devnet.anvil import DEVNET_KEYS
from pargrade.settings import BadConfig
from tests.support.command import start

ALL = {
    AttesterSettings: ("PARGRADE_ATTESTER_", 8590),
    CarrierSettings: ("PARGRADE_CARRIER_", None),
    WatcherSettings: ("PARGRADE_WATCHER_", None),
}


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_settings__an_option_comes_before_the_environment_and_that_before_the_file(
    kind, tmp_path, monkeypatch
):
    path = tmp_path / "service.toml"
    path.write_text('interval = 7\nhttp_port = 9000\nlog_format = "json"\n')
    prefix, port = ALL[kind]
    assert (kind.read(None).interval, kind.read(None).served_port) == (2, port)
    assert (kind.read(path).interval, kind.read(path).served_port) == (7, 9000)
    monkeypatch.setenv(f"{prefix}INTERVAL", "8")
    assert kind.read(path).interval == 8
    assert kind.read(path, interval=9.0, http_port=0).interval == 9
    assert kind.read(path, http_port=0).served_port == 0


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize(
    "line", ["interval = 0", "http_port = 70000", 'log_format = "xml"', "speed = 1"]
)
def test_settings__that_cannot_be__are_one_error_that_names_them(kind, line, tmp_path):
    path = tmp_path / "service.toml"
    path.write_text(line)
    with pytest.raises(BadConfig, match=line.split()[0]):
        kind.read(path)


def test_carrier__caps_of_its_file__are_those_of_its_transactions(tmp_path):
    path = tmp_path / "carrier.toml"
    path.write_text('max_fee = "0.05"\nmax_fee_per_day = "0.5"\n')
    policy = CarrierSettings.read(path).fees
    assert (policy.max_cost, policy.max_cost_per_day) == (wei_of("0.05"), wei_of("0.5"))


@pytest.mark.full
def test_attest__with_a_settings_file__runs_as_it_says(chains, tmp_path):
    settings, data = tmp_path / "attester.toml", tmp_path / "a"
    listening = 'http_host = "0.0.0.0"\nhttp_port = 0\n'
    settings.write_text(f'data = "{data}"\n{listening}most_tokens = "4"\n')
    key = DEVNET_KEYS[10]
    words = ("--key-is-new", "--data", str(data), "--key", key)
    assert chains.run("new-journal", *words).code == 0
    process = start("bridge", "attest", chains.path, "--settings", settings, "--json", key=key)
    try:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["api"].startswith("http://0.0.0.0:")
        assert (data / "ledger.sqlite").exists()
    finally:
        process.terminate()
        process.communicate(timeout=60)
