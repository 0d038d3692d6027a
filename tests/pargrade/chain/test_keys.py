"""Hashes, addresses, signatures and transactions against eth_account and eth_utils."""

import pytest
from eth_account import Account
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from pargrade.chain.fees import Fees
from pargrade.chain.hashing import BadAddress, address_of, keccak, parse_address
from pargrade.chain.keys import BadKey, BadSignature, Key, Signature, recover
from pargrade.chain.transaction import Transaction

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
SECRETS = st.integers(1, ORDER - 1).map(lambda number: number.to_bytes(32))
ADDRESSES = st.binary(min_size=20, max_size=20)


def test_keccak__empty__the_known_hash() -> None:
    assert keccak(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


@given(ADDRESSES)
def test_address__any_bytes__checksum_of_eip_55_and_parsed_from_each_case(raw: bytes) -> None:
    address = address_of(raw)
    assert address == to_checksum_address(raw)
    for text in (address, address.lower(), "0x" + address[2:].upper(), address[2:].lower()):
        assert parse_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0x",
        "0x1234",
        "0x" + "gg" * 20,
        "0x" + "11" * 21,
        "0xF39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
        "not an address",
    ],
)
def test_parse_address__malformed_or_wrong_checksum__bad_address(text: str) -> None:
    with pytest.raises(BadAddress) as refused:
        parse_address(text)
    assert refused.value.text == text


@given(SECRETS, st.binary(min_size=32, max_size=32))
def test_sign__any_key_and_digest__same_as_eth_account_and_recovered(
    secret: bytes, digest: bytes
) -> None:
    key = Key(secret)
    theirs = Account.from_key(secret)
    assert key.address == theirs.address
    signature = key.sign(digest)
    signed = Account.unsafe_sign_hash(digest, secret)
    assert (signature.r, signature.s, signature.y_parity + 27) == (signed.r, signed.s, signed.v)
    assert recover(digest, signature) == key.address
    assert Signature.of_compact(signature.compact) == signature


@given(SECRETS, st.binary(min_size=32, max_size=32))
def test_recover__mirrored_signature__bad_signature(secret: bytes, digest: bytes) -> None:
    good = Key(secret).sign(digest)
    with pytest.raises(BadSignature):
        recover(digest, Signature(good.r, ORDER - good.s, 1 - good.y_parity))


@pytest.mark.parametrize("signature", [Signature(0, 1, 0), Signature(1, 0, 0), Signature(5, 5, 0)])
def test_recover__numbers_that_are_no_signature__bad_signature(signature: Signature) -> None:
    with pytest.raises(BadSignature):
        recover(bytes(32), signature)


def test_compact__wrong_length__bad_signature() -> None:
    with pytest.raises(BadSignature):
        Signature.of_compact(bytes(65))


@pytest.mark.parametrize("text", ["", "0x", "0x12", "00" * 32, "ff" * 32, "zz" * 32, "11" * 33])
def test_parse_key__no_key__bad_key_that_does_not_repeat_it(text: str) -> None:
    with pytest.raises(BadKey) as refused:
        Key.parse(text)
    assert not text or text not in f"{refused.value}{refused.value.hint}"


def test_key__printed__shows_its_address_only() -> None:
    key = Key.parse("11" * 32)
    assert repr(key) == f"Key({key.address})"


@given(
    secret=SECRETS,
    nonce=st.integers(0, 2**64 - 2),
    chain_id=st.integers(1, 2**32),
    max_fee=st.integers(0, 2**64),
    gas=st.integers(21_000, 30_000_000),
    value=st.integers(0, 2**128),
    data=st.binary(max_size=300),
    to=st.none() | ADDRESSES,
)
def test_transaction__any__same_bytes_as_eth_account(
    secret: bytes,
    nonce: int,
    chain_id: int,
    max_fee: int,
    gas: int,
    value: int,
    data: bytes,
    to: bytes | None,
) -> None:
    fees = Fees(max_fee=max_fee, tip=max_fee // 2)
    address = None if to is None else address_of(to)
    ours = Transaction(chain_id, nonce, fees, gas, address, value, data).sign(Key(secret))
    theirs = Account.sign_transaction(
        {
            "type": 2,
            "chainId": chain_id,
            "nonce": nonce,
            "maxFeePerGas": fees.max_fee,
            "maxPriorityFeePerGas": fees.tip,
            "gas": gas,
            **({} if address is None else {"to": address}),
            "value": value,
            "data": data,
        },
        secret,
    )
    assert ours == bytes(theirs.raw_transaction)
    assert keccak(ours) == bytes(theirs.hash)
