"""Digests of permissions are those that a wallet makes from the shipped types."""

import json

import pytest
from eth_account.messages import encode_typed_data
from hypothesis import given
from hypothesis import strategies as st

from pargrade.chain.hashing import address_of, keccak
from pargrade.chain.keys import Key, Signature, recover
from pargrade.data.files import EIP712
from pargrade.futures.order import exchange_domain
from pargrade.futures.permission import (
    Cancellation,
    OperatorPermit,
    TokenPermit,
    market_domain,
)

FILE = json.loads(EIP712.read_text())
KEY = Key(b"\x42" * 32)
PLACE = address_of(b"\x17" * 20)
DOMAINS = {"exchange": exchange_domain(31337, PLACE), "market": market_domain(31337, PLACE)}
addresses = st.binary(min_size=20, max_size=20).map(address_of)
words = st.integers(0, 2**256 - 1)
lanes = st.integers(0, 2**64 - 1)


def digest_by_wallet(kind, message, domain, fields):
    data = {
        "name": domain.name,
        "version": domain.version,
        "chainId": domain.chain_id,
        "verifyingContract": domain.contract,
    }
    signable = encode_typed_data(data, {kind: fields}, message)
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


def fields_of(permission):
    return {name: getattr(permission, name) for name in type(permission).__slots__}


@given(
    st.one_of(
        st.builds(Cancellation, addresses, lanes, lanes, words),
        st.builds(OperatorPermit, addresses, addresses, st.booleans(), words, words),
    )
)
def test_digest__any_permission__is_what_the_shipped_types_give(permission):
    kind = type(permission).__name__
    domain = DOMAINS[FILE["signed_for"][kind]]
    shipped = FILE["domains"][FILE["signed_for"][kind]]
    assert shipped == {"name": domain.name, "version": domain.version}
    wallets = digest_by_wallet(kind, fields_of(permission), domain, FILE["types"][kind])
    assert permission.digest(domain) == wallets


@given(st.builds(TokenPermit, addresses, addresses, words, words, words))
def test_digest__any_permit_of_a_token__is_that_of_erc_2612(permit):
    kinds = {"owner": "address", "spender": "address"}
    fields = [{"name": n, "type": kinds.get(n, "uint256")} for n in TokenPermit.__slots__]
    wallets = digest_by_wallet("Permit", fields_of(permit), DOMAINS["market"], fields)
    assert permit.digest(DOMAINS["market"]) == wallets


@pytest.mark.parametrize("other", [Key(b"\x43" * 32), KEY])
def test_sign__by_a_key__is_that_key_s(other):
    permission = Cancellation(KEY.address, 1, 2, 3)
    signature = permission.sign(DOMAINS["exchange"], other)
    digest = permission.digest(DOMAINS["exchange"])
    assert recover(digest, Signature.of_compact(signature)) == other.address
