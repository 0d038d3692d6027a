"""Code on a chain against artifacts: immutables may differ, and nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from pargrade.deployment.shipped_code import find_difference

HOLE = b"\x7f" + bytes(32)
PLAIN = st.binary(max_size=40).map(lambda code: code.replace(b"\x7f", b"\x60"))


@given(PLAIN, PLAIN, st.binary(min_size=32, max_size=32), st.data())
def test_difference__of_what_a_constructor_filled_in__is_none_and_of_any_other_byte_is_its_place(
    before, after, word, data
):
    shipped = before + HOLE + after + b"\x00"
    deployed = before + b"\x7f" + word + after + b"\x00"
    assert find_difference(shipped, deployed) is None
    hole = range(len(before) + 1, len(before) + 33)
    place = data.draw(st.sampled_from([n for n in range(len(shipped)) if n not in hole]))
    changed = bytearray(deployed)
    changed[place] ^= 0x40
    assert find_difference(shipped, bytes(changed)) == f"its code differs at byte {place}"


def test_difference__of_length__says_both():
    assert find_difference(b"\x01\x02", b"\x01") == "it has 1 bytes of code in place of 2"
    assert find_difference(b"\x01", b"") == "there is no code at its address"
