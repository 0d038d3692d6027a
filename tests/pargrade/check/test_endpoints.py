"""An endpoint is judged by its own head and by those of the others; the clock by the newest."""

import pytest

from pargrade.check.endpoints import check_endpoints
from pargrade.check.result import Severity
from pargrade.devnet.anvil import Devnet
from tests.support.market import MIDNIGHT
from tests.support.peer import nobody

PUBLIC = 31_337


@pytest.fixture(autouse=True)
def public(monkeypatch):
    """The chain counts as a public one."""
    monkeypatch.setattr("pargrade.check.endpoints.is_development", lambda _: False)


@pytest.fixture(scope="module")
def chains():
    with Devnet(genesis=MIDNIGHT) as first, Devnet(genesis=MIDNIGHT) as second:
        first.chain.mine(10)
        yield first, second


def by_subject(findings):
    return {each.subject.rsplit(" http", 1)[0]: each.state for each in findings}


def test_check_endpoints__one_lags__it_alone_is_wrong(chains):
    first, second = chains
    now = first.chain.head().timestamp
    second.chain.mine(1)
    found = by_subject(check_endpoints([first.url, second.url], PUBLIC, 5, now))
    assert (found["endpoint 1"], found["endpoint 2"]) == (Severity.OK, Severity.WRONG)


@pytest.mark.parametrize(
    ("later_s", "head", "clock"),
    [
        (0, Severity.OK, Severity.OK),
        (600, Severity.WRONG, Severity.OK),
        (-600, Severity.OK, Severity.WRONG),
    ],
)
def test_check_endpoints__clock_against_head__old_heads_and_slow_clocks_are_wrong(
    chains, later_s, head, clock
):
    first, _ = chains
    now = first.chain.head().timestamp + later_s
    found = by_subject(check_endpoints([first.url], PUBLIC, 5, now))
    assert (found["endpoint 1"], found["clock"]) == (head, clock)
    assert found["endpoints"] is Severity.WARNING


def test_check_endpoints__none_answers_or_another_chain__are_wrong(chains):
    found = check_endpoints([nobody()], PUBLIC, 5, 0)
    assert [each.state for each in found] == [Severity.WRONG]
    found = check_endpoints([chains[0].url], 1, 5, 0)
    assert [each.state for each in found] == [Severity.WRONG]
    assert all(each.mend for each in found)
