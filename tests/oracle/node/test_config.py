"""A configuration is read strictly: what is wrong with it is said before the node starts."""

import pytest

from oracle.node.config import NodeConfig
from pargrade.clock import DAY_S
from pargrade.data.files import SAMPLE
from pargrade.devnet.anvil import DEVNET_KEYS, devnet_keys
from pargrade.settings import BadConfig

REPORTER = devnet_keys()[5].address
GOOD = f"""
name = "node-1"
reporter = "{REPORTER}"
data = "data"
peers = ["http://127.0.0.1:7602"]

[key]
env = "PARGRADE_REPORTER_KEY_1"

[chain]
id = 31337
rpc = ["http://127.0.0.1:8545", "http://127.0.0.1:8546"]
spot_index = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
indices = ["SCU / USD"]

[panel]
name = "panel-1"
lag_s = 60
providers = ["civo", "coreweave", "crusoe"]

[api]
port = 7601
"""


@pytest.fixture
def config(tmp_path):
    def write(text):
        path = tmp_path / "node.toml"
        path.write_text(text)
        return NodeConfig.read(path)

    return write


def test_config__the_least_of_it__has_the_usual_everything_else(config, tmp_path):
    read = config(GOOD)
    assert read.reporter == REPORTER
    assert read.data == tmp_path / "data"
    assert read.sample == SAMPLE
    assert (read.host, read.port, read.url) == ("127.0.0.1", 7601, "http://127.0.0.1:7601")
    assert (read.pace.poll_ms, read.replay_offset_s, read.replay_day) == (2_000, 0, None)
    assert read.panel.providers == ("civo", "coreweave", "crusoe")


def test_config__a_sample_of_its_own__is_relative_to_the_file(config, tmp_path):
    assert config(GOOD + '[source]\nsample = "q.csv"\n').sample == tmp_path / "q.csv"


def test_config__replaying_a_moment__moves_whole_days(config):
    assert config(GOOD).replaying(1_772_600_000).replay_day % DAY_S == 0


WRONG = [
    ("name = ", "nom = ", "name is missing"),
    ('data = "data"', 'data = "data"\npolls = 3', "polls is not a setting"),
    (
        "[api]\nport = 7601",
        "[api]\nport = 0",
        "api.port is 0, not a whole number between 1 and 65535",
    ),
    ("port = 7601", 'port = "7601"', "api.port is '7601', not a whole number"),
    ("port = 7601", "port = true", "api.port is true, not a whole number"),
    ("port = 7601", "port = 7601\nhots = 1", "api.hots is not a setting"),
    (REPORTER, "0x1234", "reporter is '0x1234', not an address"),
    ("env = ", "variable = ", "key.variable is not a setting"),
    (
        'env = "PARGRADE_REPORTER_KEY_1"',
        "",
        "key does not fit: env or file must be given, and not both",
    ),
    ("id = 31337", "id = 1.5", "chain.id is 1.5, not a whole number"),
    (
        '["http://127.0.0.1:8545", "http://127.0.0.1:8546"]',
        "[]",
        "chain.rpc is not a list of one endpoint or more",
    ),
    (
        '["SCU / USD"]',
        '["SCU / USD", "SCU / EUR"]',
        "chain.indices is ['SCU / USD', 'SCU / EUR'], not a list of one index",
    ),
    ('["http://127.0.0.1:7602"]', "[7602]", "peers[0] is 7602, not text"),
    ('"civo", ', "", "panel does not fit: panel panel-1 has 2 providers"),
    ("lag_s = 60", "lag_s = -1", "panel.lag_s is -1, not a whole number between 0 and"),
    ("[api]", "[pace]\npoll_ms = 0\n[api]", "pace.poll_ms is 0, not a whole number between 1 and"),
    ("[api]", "[pace]\npool_ms = 5\n[api]", "pace.pool_ms is not a setting"),
    ("[api]", "[api", "not TOML"),
]


@pytest.mark.parametrize(("old", "new", "text"), WRONG, ids=[text for _, _, text in WRONG])
def test_config__with_a_mistake__names_the_file_the_key_and_the_value(
    config, tmp_path, old, new, text
):
    assert old in GOOD
    with pytest.raises(BadConfig) as bad:
        config(GOOD.replace(old, new))
    assert str(bad.value).startswith(f"{tmp_path / 'node.toml'}: ")
    assert text in str(bad.value)
    assert bad.value.hint


def test_config__that_is_not_there__is_one_clear_error(tmp_path):
    with pytest.raises(BadConfig, match="No such file"):
        NodeConfig.read(tmp_path / "none.toml")


def test_key__in_the_environment__is_loaded_when_it_is_the_reporters(config, monkeypatch):
    monkeypatch.setenv("PARGRADE_REPORTER_KEY_1", "0x" + DEVNET_KEYS[5])
    assert config(GOOD).load_key().address == REPORTER


def test_key__in_a_file__is_found_beside_the_configuration(config, tmp_path):
    (tmp_path / "k").write_text(DEVNET_KEYS[5] + "\n")
    text = GOOD.replace('env = "PARGRADE_REPORTER_KEY_1"', 'file = "k"')
    assert config(text).load_key().address == REPORTER


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "environment variable PARGRADE_REPORTER_KEY_1 is not set"),
        (DEVNET_KEYS[6], f"the key is of {devnet_keys()[6].address}, the reporter is {REPORTER}"),
        ("a secret", "holds no private key"),
    ],
    ids=["missing", "of another", "none"],
)
def test_key__missing_or_wrong__is_said_without_showing_it(config, monkeypatch, value, text):
    monkeypatch.delenv("PARGRADE_REPORTER_KEY_1", raising=False)
    if value is not None:
        monkeypatch.setenv("PARGRADE_REPORTER_KEY_1", value)
    with pytest.raises(BadConfig) as bad:
        config(GOOD).load_key()
    assert text in str(bad.value)
    assert value is None or value not in str(bad.value)


def test_key__in_a_file_that_is_no_text__is_no_private_key(config, tmp_path):
    (tmp_path / "k").write_bytes(b"\xff" * 32)
    text = GOOD.replace('env = "PARGRADE_REPORTER_KEY_1"', 'file = "k"')
    with pytest.raises(BadConfig, match=r"file .*/k holds no private key"):
        config(text).load_key()


def test_config__with_a_variable__is_overridden_but_not_where_the_file_alone_is_asked(
    config, tmp_path, monkeypatch
):
    monkeypatch.setenv("PARGRADE_ORACLE_API__PORT", "7999")
    assert config(GOOD).port == 7999
    assert NodeConfig.read_file(tmp_path / "node.toml").port == 7601


@pytest.mark.parametrize("host", ["0.0.0.0", "::1", "::", "localhost", "node-1.example.org"])
def test_config__host__may_be_a_name_or_an_address(config, host):
    assert config(GOOD.replace("[api]", f'[api]\nhost = "{host}"')).host == host


@pytest.mark.parametrize("host", ["", "a..b", "a\\u0000b", "a b", "x" * 64])
def test_config__host__that_no_socket_takes__is_refused(config, host):
    with pytest.raises(BadConfig, match=r"api\.host is .*, not a host's name or address"):
        config(GOOD.replace("[api]", f'[api]\nhost = "{host}"'))


def test_key__in_a_file_that_is_missing__names_the_file(config):
    text = GOOD.replace('env = "PARGRADE_REPORTER_KEY_1"', 'file = "k"')
    with pytest.raises(BadConfig, match=r"key file .*/k: No such file"):
        config(text).load_key()
