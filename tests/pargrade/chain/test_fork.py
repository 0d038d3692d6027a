"""One call says which instructions a chain knows."""

import time

import pytest

from pargrade.chain.create2 import FACTORY, FACTORY_CODE, FACTORY_SIGNER, FACTORY_TRANSACTION
from pargrade.chain.errors import RpcRefused
from pargrade.chain.fork import NEEDED, MissingFork, require_fork
from pargrade.chain.hashing import keccak
from pargrade.chain.rpc import Chain


class OldEndpoint:
    """An endpoint of a chain that knows some instructions; it counts the questions."""

    endpoint = "an old chain"

    def __init__(self, known: bytes) -> None:
        self.known = known
        self.asked: list[str] = []

    def ask(self, method, params, decode):
        self.asked.append(method)
        return decode("0x" + self.known.hex())

    def ask_all(self, method, many, decode):
        return [self.ask(method, params, decode) for params in many]

    def opinions(self):
        return (self,)

    def close(self) -> None:
        return


def test_require_fork__chain_of_today__passes(chain):
    before = chain.head()
    require_fork(chain)
    assert chain.head() == before


@pytest.mark.parametrize(
    ("known", "missing", "fork"),
    [
        (b"\x00\x00\x00\x00", ["PUSH0", "MCOPY", "TSTORE", "TLOAD"], "Cancun"),
        (b"\x01\x00\x00\x00", ["MCOPY", "TSTORE", "TLOAD"], "Cancun"),
        (b"\x00\x01\x01\x01", ["PUSH0"], "Shanghai"),
    ],
)
def test_require_fork__older_chain__names_what_is_missing_after_one_question(known, missing, fork):
    endpoint = OldEndpoint(known)
    with pytest.raises(MissingFork) as refused:
        require_fork(Chain(endpoint, 1))
    assert [instruction.name for instruction in refused.value.missing] == missing
    assert f"of {fork} or later" in refused.value.hint
    assert endpoint.asked == ["eth_call"]


@pytest.mark.parametrize(
    "returned", [b"", b"\x01" * 3, b"\x01" * 5, bytes(32), b"\x01\x01\x01\x02", b"\xff" * 4]
)
def test_require_fork__answer_that_is_none__is_a_missing_fork_that_shows_it(returned):
    with pytest.raises(MissingFork, match="does not run a probe") as refused:
        require_fork(Chain(OldEndpoint(returned), 1))
    assert f"0x{returned[:8].hex()}" in str(refused.value)
    assert "ARCHITECTURE" in refused.value.hint


def test_require_fork__chain_that_refuses_to_create_in_a_call__says_what_it_said():
    class Refusing(OldEndpoint):
        def ask(self, method, params, decode):
            raise RpcRefused(method, -32000, "toAddressIsNull")

    with pytest.raises(MissingFork, match="toAddressIsNull"):
        require_fork(Chain(Refusing(b""), 1))


def test_needed__codes__fit_the_probe():
    assert all(len(instruction.code) <= 20 for instruction in NEEDED)


def test_presigned_transaction__is_of_its_account_and_makes_the_proxy(chain):
    with chain.restored():
        chain.request("anvil_setCode", FACTORY, "0x")
        chain.request("anvil_setNonce", FACTORY, "0x0")
        chain.fund(FACTORY_SIGNER, 10**16)
        chain.push(FACTORY_TRANSACTION)
        while (mined := chain.receipt(keccak(FACTORY_TRANSACTION))) is None:
            time.sleep(0.01)
        assert mined.succeeded
        assert chain.code(FACTORY, block=chain.head()) == FACTORY_CODE
        assert chain.nonce(FACTORY_SIGNER, block=chain.head()) == 1
