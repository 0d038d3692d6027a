"""A contract's refusal keeps its name and its evidence in the dialect of every client."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pargrade.chain.endpoint.errors import BadAnswer, Malformed
from pargrade.chain.errors import Reverted, RevertedWithReason, RpcRefused
from pargrade.chain.reverts import decode_revert, find_revert_data
from pargrade.chain.rpc import Chain
from pargrade.chain.wallet import Wallet
from pargrade.devnet.anvil import Devnet, devnet_keys
from tests.support.proxy import FaultProxy, dumps, fault_proxy, send

Dialect = Callable[[str], dict[str, Any]]

DIALECTS: dict[str, Dialect] = {
    "geth": lambda data: {"code": 3, "message": "execution reverted", "data": data},
    "geth before 1.9.15": lambda data: {
        "code": -32000, "message": "execution reverted", "data": data
    },
    "anvil": lambda data: {
        "code": 3, "message": f"execution reverted: custom error {data[:10]}", "data": data
    },
    "erigon": lambda data: {"code": 3, "message": "execution reverted", "data": data},
    "nethermind": lambda data: {
        "code": -32015, "message": "VM execution error.", "data": f"Reverted {data}"
    },
    "nethermind since 1.35": lambda data: {
        "code": -32000, "message": "execution reverted: revert", "data": data
    },
    "besu": lambda data: {"code": -32000, "message": "Execution reverted", "data": data},
    "hardhat": lambda data: {
        "code": -32603,
        "message": "Error: VM Exception while processing transaction: reverted with custom error",
        "data": {"message": "Error: VM Exception", "data": data},
    },
    "hardhat, one deeper": lambda data: {
        "code": -32603,
        "message": "Internal JSON-RPC error.",
        "data": {"code": 3, "message": "Error: VM Exception", "data": {"data": data}},
    },
    "hardhat, in words only": lambda data: {
        "code": -32603,
        "message": "Error: VM Exception while processing transaction: reverted with an "
        f"unrecognized custom error (return data: {data})",
    },
    "ganache 7": lambda data: {
        "code": -32000,
        "message": "VM Exception while processing transaction: revert",
        "data": {"hash": None, "programCounter": 7, "result": data, "message": "revert"},
    },
    "ganache 2": lambda data: {
        "code": -32000,
        "message": "VM Exception while processing transaction: revert",
        "data": {"0x" + "12" * 32: {"error": "revert", "return": data}, "name": "RuntimeError"},
    },
    "openethereum": lambda data: {
        "code": -32015, "message": "VM execution error.", "data": f"Reverted {data}"
    },
    "a wallet around geth": lambda data: {
        "code": -32603,
        "message": "Internal JSON-RPC error.",
        "data": {"originalError": {"code": 3, "message": "execution reverted", "data": data}},
    },
    "a gateway with its code in text": lambda data: {
        "code": "3", "message": "execution reverted", "data": data
    },
}  # fmt: skip

REASONS: dict[str, dict[str, Any]] = {
    "geth before 1.9.15": {"code": -32000, "message": "execution reverted: fourteen"},
    "nethermind": {"code": -32015, "message": "VM execution error.", "data": "revert: fourteen"},
    "hardhat": {
        "code": -32603,
        "message": "Error: VM Exception while processing transaction: "
        "reverted with reason string 'fourteen'",
    },
    "ganache": {
        "code": -32000,
        "message": "VM Exception while processing transaction: revert: fourteen",
    },
}

WITHOUT_REASON: dict[str, dict[str, Any]] = {
    "geth": {"code": 3, "message": "execution reverted", "data": "0x"},
    "geth before 1.9.15": {"code": -32000, "message": "execution reverted"},
    "nethermind": {"code": -32015, "message": "VM execution error.", "data": "Reverted 0x"},
    "nethermind, in words": {"code": -32015, "message": "VM execution error.", "data": "revert"},
    "nethermind since 1.35": {"code": 3, "message": "execution reverted: revert", "data": "0x"},
    "besu": {"code": -32000, "message": "Execution reverted"},
}

NO_REVERTS: list[dict[str, Any]] = [
    {"code": -32000, "message": "header not found"},
    {"code": -32603, "message": "Internal error", "data": {"trace": "at line 7"}},
    {"code": -32000, "message": "insufficient funds for gas * price + value"},
    {"code": -32601, "message": "the method eth_x does not exist"},
]


@pytest.fixture
def proxy(devnet: Devnet) -> Iterator[FaultProxy]:
    with fault_proxy(devnet.url) as proxy:
        yield proxy


def speaking(proxy: FaultProxy, dialect: Dialect) -> Wallet:
    """A wallet on the chain, whose refusals are translated into a dialect."""

    def translate(proxy: FaultProxy, asked: Any, handler: Any) -> None:
        refusal = proxy.forward(asked)["error"]
        send(handler, dumps(asked, error=dialect(refusal["data"])))

    wallet = Wallet(Chain.connect(proxy.url), devnet_keys()[0])
    proxy.break_with(translate, "eth_call", "eth_estimateGas")
    return wallet


@pytest.mark.parametrize("client", DIALECTS)
def test_refusal__custom_error_in_a_clients_dialect__its_name_and_evidence(
    specimen: Any, binding: Any, proxy: FaultProxy, client: str
) -> None:
    wallet = speaking(proxy, DIALECTS[client])
    with pytest.raises(binding.Unlucky) as refused:
        wallet.simulate(specimen.count(13))
    assert (refused.value.number, refused.value.why) == (13, "thirteen")
    with pytest.raises(binding.WrongMood) as estimated:
        wallet.estimate(specimen.count(15))
    assert estimated.value.leg == binding.Leg(wallet.address, 3, "hi")
    with pytest.raises(RevertedWithReason, match="fourteen"):
        wallet.simulate(specimen.count(14))


@pytest.mark.parametrize("client", REASONS)
def test_refusal__reason_in_words_only__the_reason(client: str) -> None:
    data = find_revert_data(REASONS[client])
    assert data is not None
    error = decode_revert(data, {}, "")
    assert isinstance(error, RevertedWithReason)
    assert error.reason == "fourteen"


@pytest.mark.parametrize("client", WITHOUT_REASON)
def test_refusal__without_a_reason__reverted_without_one(client: str) -> None:
    data = find_revert_data(WITHOUT_REASON[client])
    assert data == b""
    assert type(decode_revert(data, {}, "")) is Reverted


@pytest.mark.parametrize("error", NO_REVERTS)
def test_refusal__not_a_contracts__no_revert(error: dict[str, Any]) -> None:
    assert find_revert_data(error) is None


def test_refusal__bytes_that_are_none__bad_answer(specimen: Any, proxy: FaultProxy) -> None:
    wallet = speaking(proxy, lambda _: {"code": 3, "message": "execution reverted", "data": "0xzz"})
    with pytest.raises(BadAnswer):
        wallet.simulate(specimen.count(13))


def test_refusal__not_a_contracts__stays_the_endpoints(specimen: Any, proxy: FaultProxy) -> None:
    wallet = speaking(proxy, lambda _: {"code": -32000, "message": "out of luck"})
    with pytest.raises(RpcRefused, match="out of luck"):
        wallet.simulate(specimen.count(13))


scalars = st.none() | st.integers() | st.text() | st.from_regex(r"(Reverted )?0x[0-9a-z]{0,9}")
errors = st.recursive(
    scalars,
    lambda inner: st.dictionaries(
        st.sampled_from(("message", "data", "error", "result", "0x12", "code")), inner
    ),
)


@given(st.dictionaries(st.sampled_from(("message", "data", "error", "code")), errors))
def test_find_revert_data__any_error_object__bytes_nothing_or_malformed(
    error: dict[str, Any],
) -> None:
    try:
        data = find_revert_data(error)
    except Malformed:
        return
    assert data is None or isinstance(decode_revert(data, {}, "x"), Reverted)
