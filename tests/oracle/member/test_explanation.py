"""Why a report has its values: of every index of the set, from every member alone."""

import pytest

from oracle.member.explanation import explain
from oracle.protocol.report.valuation import Figure
from oracle.simulation.scenario import BEGIN
from tests.support.committee_rounds import COMMITTEE, machine, run_round

NAMES = ("SCU / USD", "H100 / USD", "H200 / USD")


def values(lines, slot):
    """Three indices: the sum, the least and the number of agreed prices."""
    prices = [each.price8 for each in lines.values()]
    figures = (sum(prices), min(prices, default=0), len(prices))
    return tuple(Figure(value8, 0, len(prices)) for value8 in figures)


@pytest.fixture(scope="module")
def found():
    machines = [machine(position) for position in range(5)]
    run_round(machines)
    [agreed] = machines[1].agreements()
    return machines[1].input_set(BEGIN, agreed.digest)


def test_explanation__of_a_set_of_three_indices__has_a_value_of_each_from_everyone(found):
    stated = explain(found, COMMITTEE, values, NAMES, without=[4])
    wanted = ["657", "9", "6"]
    assert stated["indices"] == list(NAMES)
    assert stated["values8"] == stated["values8_without"] == wanted
    assert stated["value8"] == stated["value8_without"] == wanted[0]
    assert len(stated["members"]) == 5
    assert {tuple(each["values8_alone"]) for each in stated["members"]} == {tuple(wanted)}
    assert {each["value8_alone"] for each in stated["members"]} == {wanted[0]}


def test_explanation__without_all_members__has_no_value_of_any_index(found):
    stated = explain(found, COMMITTEE, values, NAMES, without=range(5))
    assert stated["values8_without"] == ["0", "0", "0"]
    assert stated["values8"] == ["657", "9", "6"]
