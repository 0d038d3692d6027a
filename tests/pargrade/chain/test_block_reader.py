"""Many blocks are read in few exchanges, and each answer is held against its question."""

import json

import pytest

from pargrade.chain.block_reader import read_blocks
from pargrade.chain.endpoint.json_rpc import MOST_TOGETHER
from pargrade.chain.errors import RpcDown, UnknownBlock
from pargrade.chain.rpc import Chain
from tests.support.proxy import BATCH, body, error, fault_proxy, send


@pytest.fixture
def asked(devnet):
    """An endpoint in front of a chain of at least 250 blocks, and the chain read through it."""
    devnet.chain.mine(250)
    with fault_proxy(devnet.url) as proxy:
        yield proxy, Chain.connect(proxy.url)


def changed(change):
    """The chain's own answers to a batch, changed."""

    def fault(proxy, requests, handler):
        send(handler, json.dumps(change(proxy.forward(requests))).encode())

    return fault


def test_read_blocks__many__are_those_read_one_by_one_in_few_exchanges(asked):
    proxy, chain = asked
    numbers = [*range(1, 2 * MOST_TOGETHER + 2), 7]
    before = proxy.asked["eth_getBlockByNumber"]
    blocks = read_blocks(chain, numbers)
    assert proxy.asked["eth_getBlockByNumber"] - before == 3
    assert blocks[5:8] == [chain.block(number) for number in (6, 7, 8)]
    assert [block.number for block in blocks] == numbers


@pytest.mark.parametrize("refusal", [error(-32600, "no batches here"), body(b"what?", 400)])
def test_read_blocks__an_endpoint_without_batches__is_asked_one_by_one_from_then_on(asked, refusal):
    proxy, chain = asked

    def refuse(proxy, requests, handler):
        refusal(proxy, requests[0], handler)

    proxy.break_with(refuse, BATCH)
    assert [block.number for block in read_blocks(chain, [1, 2, 3])] == [1, 2, 3]
    before = proxy.asked[BATCH]
    assert [block.number for block in read_blocks(chain, [4, 5])] == [4, 5]
    assert proxy.asked[BATCH] == before == 1


def test_read_blocks__an_endpoint_that_is_busy_for_once__takes_the_next_batch(asked):
    proxy, chain = asked

    def busy(proxy, requests, handler):
        body(b"<html>later</html>", 503)(proxy, requests[0], handler)

    proxy.break_with(busy, BATCH)
    assert [block.number for block in read_blocks(chain, [1, 2, 3])] == [1, 2, 3]
    proxy.mend()
    single = proxy.asked["eth_getBlockByNumber"]
    assert [block.number for block in read_blocks(chain, [4, 5])] == [4, 5]
    assert proxy.asked["eth_getBlockByNumber"] - single <= 1


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found[:-1],
        lambda found: [found[0], *found[:-1]],
        lambda found: [{**each, "id": 7} for each in found],
        lambda found: [{**each, "id": [each["id"]]} for each in found],
        lambda found: [{**each, "id": str(each["id"])} for each in found],
        lambda found: [{"jsonrpc": "2.0", "result": each["result"]} for each in found],
        lambda found: [*found[:-1], None],
        lambda found: [{**each, "result": found[0]["result"]} for each in found],
        lambda found: [{"id": each["id"], "jsonrpc": "2.0"} for each in found],
        lambda found: [{**each, "result": {"number": "0x1"}} for each in found],
    ],
)
def test_read_blocks__answers_that_are_no_answers__are_the_endpoints_fault(asked, change):
    proxy, chain = asked
    proxy.break_with(changed(change), BATCH)
    with pytest.raises(RpcDown):
        read_blocks(chain, [1, 2, 3])


def test_read_blocks__in_another_order__each_goes_to_its_question(asked):
    proxy, chain = asked
    proxy.break_with(changed(lambda found: found[::-1]), BATCH)
    assert [block.number for block in read_blocks(chain, [3, 1, 2])] == [3, 1, 2]


def test_read_blocks__beyond_the_head__is_an_unknown_block(asked):
    _, chain = asked
    with pytest.raises(UnknownBlock):
        read_blocks(chain, [1, chain.height() + 10])
