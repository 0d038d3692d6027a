"""Several endpoints of one chain, and the wrong ones among them."""

import pytest

from pargrade.chain.endpoints import Endpoints
from pargrade.chain.errors import RpcDown, RpcRefused, WrongChain
from pargrade.devnet.anvil import Devnet
from pargrade.process.ports import free_ports
from tests.support.nodes import GENESIS
from tests.support.peer import nobody, peer, says


def test_endpoints__the_first_is_down__the_second_is_used(devnet):
    endpoints = Endpoints((nobody(), devnet.url), 31337, 2)
    endpoints.check()
    with endpoints.use() as chain:
        assert chain.head().number >= 0
        assert chain.endpoint == devnet.url


def test_endpoints__the_one_in_use_goes_down__fails_once_and_goes_on_with_the_next():
    # Two of one age: one that is blocks behind would not be in use.
    with Devnet(genesis=GENESIS) as second:
        with Devnet(genesis=GENESIS) as first:
            endpoints = Endpoints((first.url, second.url), 31337, 2)
            with endpoints.use() as chain:
                assert chain.endpoint == first.url
                assert chain.head().timestamp == GENESIS
        with pytest.raises(RpcDown), endpoints.use() as chain:
            chain.head()
        with endpoints.use() as chain:
            assert chain.endpoint == second.url


def test_endpoints__all_are_down__say_so_and_recover_when_one_is_back():
    [port] = free_ports(1)
    endpoints = Endpoints((f"http://127.0.0.1:{port}", nobody()), 31337, 2)
    with pytest.raises(RpcDown, match=str(port)):
        endpoints.check()
    with pytest.raises(RpcDown), endpoints.use():
        raise AssertionError("there is no chain to use")
    with Devnet(genesis=GENESIS, port=port), endpoints.use() as chain:
        assert chain.head().timestamp == GENESIS


def test_endpoints__one_of_another_chain__is_refused_at_the_check(devnet):
    with pytest.raises(WrongChain) as wrong:
        Endpoints((devnet.url,), 1, 2).check()
    assert (wrong.value.expected, wrong.value.actual) == (1, 31337)


def test_endpoints__another_chain_behind_the_fail_over__is_never_used(devnet):
    with peer(says(b'{"jsonrpc": "2.0", "id": 1, "result": "0x1"}')) as mainnet:
        with pytest.raises(WrongChain):
            Endpoints((devnet.url, mainnet), 31337, 2).check()
        endpoints = Endpoints((mainnet, devnet.url), 31337, 2)
        for _ in range(3):
            with endpoints.use() as chain:
                assert chain.endpoint == devnet.url


def test_endpoints__only_another_chain_is_left__is_said(devnet):
    with peer(says(b'{"jsonrpc": "2.0", "id": 1, "result": "0x1"}')) as mainnet:
        endpoints = Endpoints((mainnet,), 31337, 2)
        with pytest.raises(WrongChain), endpoints.use():
            raise AssertionError("another chain is in use")


def test_endpoints__a_call_that_is_refused__is_no_reason_to_change(devnet):
    endpoints = Endpoints((devnet.url, nobody()), 31337, 2)
    for _ in range(3):
        with pytest.raises(RpcRefused), endpoints.use() as chain:
            chain.request("eth_noSuchMethod")
    with endpoints.use() as chain:
        assert chain.endpoint == devnet.url
