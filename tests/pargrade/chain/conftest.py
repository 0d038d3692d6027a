"""A contract that does what real ones would not: returns everything and refuses in every way."""

from typing import Any

import pytest

from pargrade.chain.wallet import Wallet
from tests.support.specimen import bind, compile_specimen


@pytest.fixture(scope="session")
def binding(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The module that was generated for the specimen."""
    artifact = compile_specimen()
    module = bind(artifact, tmp_path_factory.mktemp("bindings"), "specimen_bindings")
    code = bytes.fromhex(artifact["bytecode"][2:])
    module.Specimen.creation_code = classmethod(lambda _: code)
    return module


@pytest.fixture
def specimen(binding: Any, wallet: Wallet) -> Any:
    """A deployed specimen whose total is zero."""
    receipt = wallet.send(binding.Specimen.deploy(0))
    return binding.Specimen(wallet.chain, receipt.contract)
