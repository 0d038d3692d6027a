"""Enough is what the contract records: gathering waits for it, and no longer."""

import json
import time
from contextlib import ExitStack
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.consensus.peers import Peers
from oracle.consensus.record_rule import find_shortfalls, quorum_medians
from oracle.consensus.slot import LastRound
from oracle.consensus.validation import RefusalReason
from pargrade.bindings.structs import ReporterConfig
from pargrade.devnet.anvil import devnet_keys
from pargrade.spot_index.report import Part
from tests.oracle.consensus.test_validation import (
    EPOCH,
    EXPECTED,
    GOOD,
    METHOD,
    SLOT,
    admit,
    stated,
)
from tests.support.peer import late, peer, says

SEVEN = devnet_keys()[3:10]
STATE = replace(
    EXPECTED.chain_state,
    reporters=ReporterConfig(EPOCH, 5, 6, METHOD, tuple(key.address for key in SEVEN)),
)
OF_SEVEN = replace(EXPECTED, chain_state=STATE)
VALUE = GOOD.values[0]


def says_value(number, value=VALUE):
    return says(json.dumps(stated(replace(GOOD, values=(value,)), SEVEN[number])).encode())


@pytest.fixture
def gather():
    """Gathers at the first of seven from peers that answer in these ways."""
    with ExitStack() as running:

        def gather(*answers, expected=OF_SEVEN, answer_s=8.0, linger_s=0.2):
            urls = [running.enter_context(peer(each)) for each in answers]
            peers = Peers(urls, answer_s, linger_s)
            running.callback(peers.close)
            own = admit("", stated(key=SEVEN[0]), expected)
            return peers.ask(expected).gather(own)

        yield gather


def test_gather__two_liars_sign_zero_at_once__waits_for_the_honest_that_are_later(gather):
    gathered = gather(
        says_value(1, 0),
        says_value(2, 0),
        says_value(3),
        says_value(4),
        late(0.8, says_value(5)),
        late(0.8, says_value(6)),
    )
    assert sorted(part.position for part in gathered.parts) == [0, 3, 4, 5, 6]
    assert [refusal.reason for refusal in gathered.refusals] == [RefusalReason.EMPTY] * 2
    assert find_shortfalls(gathered.parts, SLOT, STATE) == ()


def test_gather__a_first_round__waits_for_the_wide_quorum(gather):
    first = replace(STATE, last=(LastRound(0, 0),))
    gathered = gather(
        *(says_value(number) for number in (1, 2, 3, 4)),
        late(0.8, says_value(5)),
        expected=replace(OF_SEVEN, chain_state=first),
    )
    assert len(gathered.parts) == 6


def test_gather__a_move_beyond_the_speed_limit__waits_for_the_wide_quorum(gather):
    slow = replace(STATE, last=(LastRound(SLOT - 3_600, VALUE // 2),))
    gathered = gather(
        *(says_value(number) for number in (1, 2, 3, 4)),
        late(0.8, says_value(5)),
        expected=replace(OF_SEVEN, chain_state=slow),
    )
    assert len(gathered.parts) == 6


def test_gather__enough_for_the_contract__sends_after_the_linger(gather):
    began = time.monotonic()
    gathered = gather(*(says_value(number) for number in (1, 2, 3, 4)), late(7, says_value(5)))
    assert len(gathered.parts) == 5
    assert time.monotonic() - began < 5


def part(position, *values):
    return Part(position, bytes(64), bytes(32), values)


def test_shortfalls__of_two_indices__are_named_for_the_one_without_its_quorum():
    two = replace(STATE, last=(LastRound(SLOT - 3_600, 100), LastRound(SLOT - 3_600, 100)))
    parts = [part(position, 100, 100 if position < 4 else 0) for position in range(5)]
    assert find_shortfalls(parts, SLOT, two) == ("4 observations, 5 needed",)
    assert quorum_medians(parts, two) == (100, 0)


@given(st.lists(st.integers(0, 300), min_size=1, max_size=7), st.integers(0, 200))
def test_shortfalls__of_any_values__are_those_of_the_contracts_rule(values, last):
    state = replace(STATE, last=(LastRound(SLOT - 1_800, last),))
    parts = [part(position, value) for position, value in enumerate(values)]
    present = sorted(filter(None, values))
    recorded = len(present) >= 6
    if len(present) == 5:
        # 20 % an hour, so 10 % in half an hour.
        recorded = last != 0 and abs(present[2] - last) * 10 <= last
    assert (find_shortfalls(parts, SLOT, state) == ()) is recorded
