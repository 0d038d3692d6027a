"""`next_action` against the contract's decisions read by hand, in every state of a table.

That those decisions are the contract's is for tests/contracts/test_twin_next_action.py.
"""

from collections import Counter
from dataclasses import replace

import pytest

from pargrade.bindings.structs import Phase, Style
from pargrade.futures.next_action import Action, describe, next_action
from tests.support import market_by_hand as twin

STATES = twin.table()


def find(state: twin.State):
    return next_action(state.view(), state.index(), state.now)


def test_next_action__every_state_of_the_table__is_what_the_contract_takes():
    differing = {state: twin.disagreement(find(state), state) for state in STATES}
    assert {state: why for state, why in differing.items() if why} == {}


def test_table__every_kind_of_state__occurs():
    actions = Counter(find(state).action for state in STATES)
    outcomes = {twin.propose(state) for state in STATES}
    assert len(STATES) == len(set(STATES)) > 2_000
    assert set(actions) == set(Action)
    assert outcomes >= {"NotReady", "NoCheckpoint", "CoverageTooLow", "BetweenRungs"}
    assert outcomes >= {Phase.PROPOSED, Phase.SETTLED, Phase.DELIVERED}
    assert sum(state.compromised for state in STATES) > 1_000


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("compromised", False),
        ("long_gap", False),
        ("history", True),
        ("final", True),
        ("style", Style.NET),
        ("guardian_acted", False),
        ("now", twin.EXPIRY),
    ],
)
def test_next_action__one_fact_overlooked__differs_from_the_contract_somewhere(fact, value):
    blind = ((find(replace(state, **{fact: value})), state) for state in STATES)
    assert any(twin.disagreement(found, state) for found, state in blind)


def test_next_action__nothing_is_due__stays_so_until_next_at_unless_a_round_falls():
    for state in STATES:
        found = find(state)
        if not found.is_waiting:
            continue
        assert found.next_at is not None
        assert found.next_at > state.now
        before = replace(state, now=found.next_at - 1)
        assert isinstance(twin.settle(before), str)
        assert isinstance(twin.redeem_for(before), str)


def test_describe__every_state__names_the_time_or_says_now():
    for state in STATES:
        found = find(state)
        text = describe(found, state.style)
        if found.is_waiting:
            assert " UTC" in text
        elif found.action is not Action.REDEEM:
            assert text.endswith(" now")
