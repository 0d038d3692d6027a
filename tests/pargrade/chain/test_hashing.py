"""Whichever library hashes, the hash is the same."""

import subprocess
import sys

from Crypto.Hash import keccak as pycryptodome
from hypothesis import given
from hypothesis import strategies as st

from pargrade.chain.hashing import keccak

WITHOUT = """
import sys
sys.modules["sha3"] = None
from pargrade.chain.hashing import keccak
print(keccak(b"word").hex())
"""


@given(st.binary(max_size=400))
def test_keccak__any_bytes__both_libraries_agree(data):
    assert keccak(data) == pycryptodome.new(data=data, digest_bits=256).digest()


def test_keccak__the_fast_library_is_not_installed__hashes_all_the_same():
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == keccak(b"word").hex()
