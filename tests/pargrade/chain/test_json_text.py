"""JSON from strangers: what is valid comes out as json gives it, deep nesting is refused."""

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pargrade.chain.json_text import parse_json

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(values)
def test_parse_json__any_value__as_json_gives_it(value: object) -> None:
    assert parse_json(json.dumps(value).encode()) == value


def test_parse_json__many_brackets_side_by_side__parsed() -> None:
    value = [{"topics": [[]], "data": "["}] * 400
    assert parse_json(json.dumps(value).encode()) == value


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":', "[ \\n", '["]",', '{"}":'])
def test_parse_json__nested_too_deep_after_eth_account__refused_and_the_process_lives(
    opening: str,
) -> None:
    program = (
        "import sys, eth_account, py_ecc\n"
        "from pargrade.chain.json_text import parse_json\n"
        "assert sys.getrecursionlimit() >= 100_000\n"
        f"try: parse_json(b'{opening}' * 200_000)\n"
        "except ValueError as refused: print(refused)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, "nested too deep")
