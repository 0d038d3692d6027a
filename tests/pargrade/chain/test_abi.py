"""Layouts spell their types as eth_abi does, and give back the very values they took."""

from collections.abc import Callable
from enum import IntEnum
from typing import Any, NamedTuple

import eth_abi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pargrade.chain.abi import (
    AddressWord,
    BadArgument,
    BadEncoding,
    Bool,
    Bytes,
    Choice,
    FixedBytes,
    Int,
    Layout,
    Record,
    Sequence,
    Text,
    Uint,
    join,
    split,
)
from pargrade.chain.hashing import address_of


class Typed(NamedTuple):
    """A type by its Solidity name and by our layout, and what values it has."""

    name: str
    layout: Layout[Any]
    values: st.SearchStrategy[Any]


class Colour(IntEnum):
    RED = 0
    BLUE = 1


def uint(bits: int) -> Typed:
    return Typed(f"uint{bits}", Uint(bits), st.integers(0, 2**bits - 1))


def sint(bits: int) -> Typed:
    half = 2 ** (bits - 1)
    return Typed(f"int{bits}", Int(bits), st.integers(-half, half - 1))


def fixed(length: int) -> Typed:
    return Typed(f"bytes{length}", FixedBytes(length), st.binary(min_size=length, max_size=length))


SCALARS = st.one_of(
    st.sampled_from(range(8, 257, 8)).map(uint),
    st.sampled_from(range(8, 257, 8)).map(sint),
    st.integers(1, 32).map(fixed),
    st.just(Typed("bool", Bool(), st.booleans())),
    st.just(Typed("address", AddressWord(), st.binary(min_size=20, max_size=20).map(address_of))),
    st.just(Typed("bytes", Bytes(), st.binary(max_size=80))),
    st.just(Typed("string", Text(), st.text(max_size=40))),
)


def array(item: Typed) -> Typed:
    lists = st.lists(item.values, max_size=3).map(tuple)
    return Typed(f"{item.name}[]", Sequence(item.layout), lists)


def fixed_array(item: Typed) -> Typed:
    triples = st.tuples(item.values, item.values, item.values)
    return Typed(f"{item.name}[3]", Sequence(item.layout, 3), triples)


def struct(items: list[Typed]) -> Typed:
    made = NamedTuple("made", [(f"f{i}", Any) for i in range(len(items))])  # type: ignore[misc]
    layout = Record(made, **{f"f{i}": item.layout for i, item in enumerate(items)})
    values = st.tuples(*(item.values for item in items)).map(lambda taken: made(*taken))
    return Typed(f"({','.join(item.name for item in items)})", layout, values)


TYPES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        inner.map(array),
        inner.map(fixed_array),
        st.lists(inner, min_size=1, max_size=3).map(struct),
    ),
    max_leaves=5,
)


@settings(max_examples=400, deadline=None)
@given(data=st.data(), types=st.lists(TYPES, max_size=3))
def test_codec__any_types__same_bytes_as_eth_abi_and_back(
    data: st.DataObject, types: list[Typed]
) -> None:
    values = [data.draw(kind.values) for kind in types]
    layouts = tuple(kind.layout for kind in types)
    encoded = join(layouts, tuple(values))
    assert encoded == eth_abi.encode([kind.name for kind in types], values)
    assert split(layouts, encoded) == values


@settings(max_examples=100, deadline=None)
@given(data=st.data(), kind=TYPES)
def test_codec__cut_anywhere__bad_encoding_and_never_a_value(
    data: st.DataObject, kind: Typed
) -> None:
    encoded = join((kind.layout,), (data.draw(kind.values),))
    for length in range(0, len(encoded), 32):
        with pytest.raises(BadEncoding):
            split((kind.layout,), encoded[:length])


@pytest.mark.parametrize(
    ("layout", "value"),
    [
        (Uint(8), 256),
        (Uint(8), -1),
        (Uint(256), 1.0),
        (Int(8), 128),
        (Int(8), -129),
        (Bool(), 1),
        (FixedBytes(4), b"123"),
        (Bytes(), "text"),
        (Text(), b"bytes"),
        (Choice(Colour), 2),
        (Sequence(Uint(8), 2), (1,)),
    ],
)
def test_encode__value_the_type_cannot_hold__bad_argument(layout: Layout[Any], value: Any) -> None:
    with pytest.raises(BadArgument):
        layout.encode(value)


@pytest.mark.parametrize(
    ("layout", "word"),
    [
        (Uint(8), 256),
        (Int(8), 128),
        (Bool(), 2),
        (Choice(Colour), 2),
        (AddressWord(), 1 << 160),
        (Sequence(Uint(256)), 2**255),
        (Bytes(), 2**255),
    ],
)
def test_decode__word_out_of_range__bad_encoding(layout: Layout[Any], word: int) -> None:
    with pytest.raises(BadEncoding):
        layout.decode(word.to_bytes(32))


def test_choice__round_trip__the_member() -> None:
    layout = Choice(Colour)
    assert layout.decode(layout.encode(Colour.BLUE)) is Colour.BLUE


@pytest.mark.parametrize("make", [Uint, Int])
def test_integers__bounds__are_held(make: Callable[[int], Layout[int]]) -> None:
    layout = make(64)
    low, high = (0, 2**64 - 1) if make is Uint else (-(2**63), 2**63 - 1)
    assert [layout.decode(layout.encode(edge)) for edge in (low, high)] == [low, high]
