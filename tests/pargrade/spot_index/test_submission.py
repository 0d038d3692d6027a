"""A common report as `submit` takes it, packed and read again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pargrade.spot_index.submission import BadSubmission, pack_submission, unpack_submission

U64 = st.integers(0, 2**64 - 1)
FIGURES = st.lists(st.tuples(U64, U64, st.integers(0, 255)), min_size=1, max_size=5)
SIGNATURES = st.dictionaries(st.integers(0, 31), st.binary(min_size=64, max_size=64), max_size=9)
ROOT = b"\7" * 32


@given(st.integers(0, 2**40 - 1), st.integers(0, 255), FIGURES, SIGNATURES)
def test_unpack_submission__of_what_was_packed__gives_it_back(slot, flags, figures, signatures):
    packed = pack_submission(slot, flags, figures, ROOT, signatures)
    found = unpack_submission(packed, len(figures))
    assert found == (slot, flags, tuple(figures), ROOT, dict(sorted(signatures.items())))


@given(st.binary(max_size=300), st.integers(1, 5))
def test_unpack_submission__of_any_bytes__is_refused_or_is_what_they_pack(packed, indices):
    try:
        found = unpack_submission(packed, indices)
    except BadSubmission:
        return
    assert pack_submission(*found) == packed


@pytest.mark.parametrize("change", [lambda raw: raw + b"\0", lambda raw: raw[:-1], lambda raw: b""])
def test_unpack_submission__of_another_length__is_refused(change):
    packed = pack_submission(60, 0, [(1, 2, 3)], ROOT, {4: b"s" * 64})
    with pytest.raises(BadSubmission):
        unpack_submission(change(packed), 1)
