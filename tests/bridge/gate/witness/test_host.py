"""Two addresses of one host are one operator's, however they are written."""

import pytest

from bridge.gate.attester.watermark import measure_floor
from bridge.gate.witness.host import host_of
from bridge.gate.witness.witnesses import BadEndpoints, TooFewEndpoints, Witnesses

ONE_HOST = [
    ("https://rpc.example.com/a", "https://RPC.example.com/b"),
    ("https://rpc.example.com", "https://rpc.example.com:443"),
    ("https://rpc.example.com", "http://rpc.example.com"),
    ("https://rpc.example.com:8545", "https://rpc.example.com:8546"),
    ("https://rpc.example.com", "https://key:secret@rpc.example.com."),
    ("https://rpc.exämple.com", "https://rpc.xn--exmple-cua.com"),
    ("http://192.0.2.7", "http://[::ffff:192.0.2.7]:8545"),
    ("http://[2001:db8::1]", "http://[2001:DB8:0::1]"),
    ("http://localhost", "http://localhost:80"),
]
TWO_HOSTS = [
    ("https://a.example.com", "https://b.example.com"),
    ("http://127.0.0.1:8545", "http://127.0.0.1:8546"),
    ("http://localhost:8545", "http://localhost:8546"),
    ("http://[::1]:8545", "http://127.0.0.1:8545"),
    ("ipc:///run/a.ipc", "ipc:///run/b.ipc"),
]


@pytest.mark.parametrize("urls", ONE_HOST, ids=lambda urls: urls[1])
def test_witnesses__two_addresses_of_one_host__count_once(urls):
    assert host_of(urls[0]) == host_of(urls[1])
    with pytest.raises(BadEndpoints):
        Witnesses(urls, 1)


@pytest.mark.parametrize("urls", TWO_HOSTS, ids=lambda urls: urls[1])
def test_witnesses__two_hosts__count_twice(urls):
    assert Witnesses(urls, 1).urls == urls


@pytest.mark.parametrize("url", ["https://u:secret@rpc.example.com/secret", "http://[oops/secret"])
def test_host__of_an_address__shows_no_secret(url):
    assert "secret" not in host_of(url)


def test_rule__of_the_same_hosts_in_another_order__is_the_same():
    urls = ("https://a.example/1", "https://B.example/2")
    rule = Witnesses(urls, 1).rule
    assert rule == Witnesses(urls[::-1], 1).rule == "2 of a.example b.example"
    assert rule != Witnesses((*urls, "https://c.example"), 1).rule


def test_measure_floor__of_chains_of_which_nobody_answers__is_none_at_all():
    """A floor of 0 would sign what a lost journal may have signed otherwise."""
    dead = Witnesses(("http://127.0.0.1:1", "http://127.0.0.1:2"), 1)
    with pytest.raises(TooFewEndpoints):
        measure_floor(dead, dead)
