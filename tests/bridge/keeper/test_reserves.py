"""A keeper looks at reserves: two looks impair, one is taken back, and no token holds up a pass."""

from bridge.service.metrics import KeeperMetrics
from pargrade.chain.block import Tag
from pargrade.deployment.grade_shortage import LOOK_LASTS_S, LOOKS_APART_S, TOLERANCE_BPS
from pargrade.process.schedule import ScheduleReport
from tests.bridge.keeper.test_keeper import acts, expired
from tests.support.market import DAY, Market, account
from tests.support.service import serve


def take(market: Market, amount: int) -> None:
    """Base units leave a unit that still needs them."""
    unit, token = market.unit("A1GH"), market.token("A1GH")
    market.do_as(unit.address, token.transfer(account(9), amount))


def lack(market: Market, bps: int, more: int = 0) -> None:
    """Takes so many basis points of what all units need, and so many base units more."""
    unit = market.unit("A1GH")
    needed = market.token("A1GH").balance_of(unit.address, block=Tag.LATEST)
    take(market, needed * bps // 10_000 + more)


def short_grades(metrics: KeeperMetrics) -> float:
    """The figure that the alert is on."""
    report = ScheduleReport(on_time=True, runs=1, late=0, missed=0, clock_jumps=0)
    (found,) = (m for m in metrics.read(report) if m.name.endswith("bridge_grades_short"))
    return float(found.samples[0].value)


def test_keep__reserves_short_for_a_day__two_looks_impair_the_grade(market: Market) -> None:
    service = serve(market)
    unit = market.unit("A1GH").address
    assert service.keep().outcomes == ()
    lack(market, TOLERANCE_BPS, 1)
    looked = service.keep()
    assert acts(looked) == ["first"]
    assert [each.is_open for each in looked.shortages] == [True]
    metrics = KeeperMetrics(service)
    metrics.note(looked)
    assert short_grades(metrics) == 1
    assert market.registry.grade(unit, block=Tag.LATEST).closed
    since = market.registry.short_since(unit, block=Tag.LATEST)
    assert service.follower.ledger.grades[unit].short_since == since
    # The tokens that are gone differ, and nothing else does: the first look is in the books.
    assert [each.figure for each in service.reconcile().mismatches] == [f"grade.{unit}.tokens"]
    # Once is enough until the day is over, however many passes there are.
    assert service.keep().outcomes == ()
    market.chain.advance(since + LOOKS_APART_S - 1)
    assert service.keep().outcomes == ()
    market.chain.advance(since + LOOKS_APART_S)
    assert acts(service.keep()) == ["second"]
    assert 0 < market.registry.grade(unit, block=Tag.LATEST).impaired_at <= market.now
    settled = service.keep()
    assert settled.outcomes == ()
    # Nobody can mend it now, so nobody is called.
    metrics.note(settled)
    assert short_grades(metrics) == 0


def test_keep__reserves_whole_again_between_the_looks__takes_the_first_one_back(
    market: Market,
) -> None:
    service = serve(market)
    unit = market.unit("A1GH").address
    lack(market, 100)
    assert acts(service.keep()) == ["first"]
    market.do(market.token("A1GH").mint(unit, 10**12))
    assert acts(service.keep()) == ["cure"]
    assert market.registry.short_since(unit, block=Tag.LATEST) == 0
    assert service.follower.ledger.grades[unit].short_since == 0
    market.chain.advance(market.now + 2 * DAY)
    assert service.keep().outcomes == ()
    assert market.registry.grade(unit, block=Tag.LATEST).impaired_at == 0


def test_keep__first_look_lapsed__looks_again_for_the_first_time(market: Market) -> None:
    lack(market, 100)
    service = serve(market)
    assert acts(service.keep()) == ["first"]
    unit = market.unit("A1GH").address
    since = market.registry.short_since(unit, block=Tag.LATEST)
    market.chain.advance(since + LOOK_LASTS_S + 1)
    assert acts(service.keep()) == ["first"]
    assert market.registry.short_since(unit, block=Tag.LATEST) > since + LOOK_LASTS_S


def test_keep__shortage_within_the_tolerance__is_not_looked_at(market: Market) -> None:
    lack(market, TOLERANCE_BPS)
    assert serve(market).keep().outcomes == ()


def test_keep__token_that_cannot_be_read__series_are_settled_all_the_same(market: Market) -> None:
    expired(market)
    # INVALID: it takes all gas of whoever calls it.
    market.chain.request("anvil_setCode", market.token("A1GH").address, "0xfe")
    done = serve(market).keep()
    assert acts(done)[0] == "propose"
    assert done.shortages == ()


def test_constants__of_the_looks__are_the_contract_s(market: Market) -> None:
    registry = market.registry
    assert registry.tolerance_bps(block=Tag.LATEST) == TOLERANCE_BPS
    assert registry.looks_apart(block=Tag.LATEST) == LOOKS_APART_S
    assert registry.look_lasts(block=Tag.LATEST) == LOOK_LASTS_S
