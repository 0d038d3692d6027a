"""What the package hands out is there, and costs nothing until it is used."""

import subprocess
import sys

import pytest

import pargrade.chain


@pytest.mark.parametrize("name", pargrade.chain.__all__)
def test_face__each_name__is_what_its_module_has(name: str) -> None:
    found = getattr(pargrade.chain, name)
    assert found is getattr(sys.modules[found.__module__], name)


def test_face__other_name__attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        _ = pargrade.chain.Nonsense


def test_face__address_imported__no_connection_comes_with_it() -> None:
    program = (
        "import sys; from pargrade.chain import Address, Event\n"
        "print(sorted({'pargrade.chain.rpc', 'ssl', 'eth_account'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
