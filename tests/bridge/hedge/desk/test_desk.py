"""Plans carried out over a real relay on a real chain: once, within the policy, or not at all."""

import json

import pytest

from bridge.hedge.desk.desk import DeskWithoutKey, HedgeDesk
from bridge.hedge.intake.plan_files import write_approval
from bridge.hedge.log.audit import audit_entries
from bridge.hedge.log.entry import Kind
from bridge.hedge.log.file import HedgeLog, LogInUse
from bridge.hedge.log.record import filled_lots
from bridge.hedge.trade.approval import BadApproval
from bridge.hedge.trade.objection import Ground, PlanRefused
from pargrade.bindings.structs import Side
from pargrade.chain.keys import Key
from pargrade.devnet.anvil import DEVNET_KEYS
from tests.support.hedging import WANTED, TeamDesk, flat_need, policy_of
from tests.support.market import PRICE
from tests.support.relay_parties import place

pytestmark = pytest.mark.full


def grounds(desk: HedgeDesk, plan: str, need=None) -> set[Ground]:
    with pytest.raises(PlanRefused) as refused:
        desk.apply(plan, flat_need() if need is None else need)
    return {each.ground for each in refused.value.objections}


def kinds(team: TeamDesk) -> list[Kind]:
    return [entry.kind for entry in HedgeLog.read(team.desk().log_path).entries]


def test_apply__a_plan__buys_what_it_says_and_again_changes_nothing(team):
    team.ask(WANTED + 5_000)
    desk, plan = team.desk(), team.plan()
    outcome = desk.apply(plan, flat_need())
    assert outcome.is_whole
    assert team.held() == WANTED
    entries = HedgeLog.read(desk.log_path).entries
    assert [entry.kind for entry in entries] == [Kind.INTENDED, Kind.PLACED, Kind.FILLED]
    assert filled_lots(entries, plan) == {"APR": WANTED}
    again = desk.apply(plan, flat_need())
    assert again == outcome
    assert team.held() == WANTED
    # Without its log, too: another machine's orders are in the same lane.
    (desk.folder / "audit.ndjson").unlink()
    assert desk.judge(plan, flat_need()) == []
    assert desk.apply(plan, flat_need()).is_whole
    assert team.held() == WANTED


def test_apply__by_a_desk_without_a_key__is_one_error_and_writes_nothing(team):
    desk = team.desk(key=None)
    with pytest.raises(DeskWithoutKey, match=desk.account):
        desk.apply(team.plan(), flat_need())
    assert not desk.log_path.exists()


def test_apply__a_plan_of_which_a_part_is_offered__buys_that_and_a_new_plan_the_rest(team):
    team.ask(10_000)
    desk = team.desk()
    first = desk.apply(team.plan(), flat_need())
    assert (first.is_whole, team.held()) == (False, 10_000)
    assert first.orders[0].why == "nobody offered more at the limit"
    team.ask(50_000)
    assert desk.apply(first.plan, flat_need()).orders[0].filled == 10_000
    second = desk.apply(team.plan(), flat_need())
    assert second.is_whole
    assert team.held() == WANTED
    # What its lane has filled since is the second plan's.
    assert desk.apply(first.plan, flat_need()).orders[0].filled == 10_000
    assert audit_entries(HedgeLog.read(desk.log_path).entries) == []


def test_two_pipelines__with_plans_of_their_own__buy_what_either_would(team):
    team.ask(3 * WANTED)
    first, second = team.desk(), team.desk(folder=team.folder / "other")
    plans = [desk.plan(flat_need(), desk.market()).plan.hash for desk in (first, second)]
    assert first.apply(plans[0], flat_need()).is_whole
    outcome = second.apply(plans[1], flat_need())
    assert outcome.is_whole
    assert team.held() == WANTED


def test_apply__while_another_process_has_the_log__is_refused(team):
    team.ask(WANTED)
    plan = team.plan()
    with HedgeLog.writing(team.desk().log_path), pytest.raises(LogInUse):
        team.desk().apply(plan, flat_need())


def test_apply__what_moved_since_the_plan__is_refused_by_name_and_nothing_is_sent(team):
    team.ask(WANTED)
    plan = team.plan()
    assert Ground.POLICY in grounds(team.desk(policy_of(share="0.7")), plan)
    assert Ground.DATA in grounds(team.desk(), plan, flat_need(a_day=15))
    team.venue.market.open(team.series["APR"], 100)
    team.venue.market.give(team.series["APR"], team.buyer.key.address, 100)
    assert Ground.POSITION in grounds(team.desk(), plan)
    assert team.held() == 100
    assert set(kinds(team)) == {Kind.DECLINED}


def test_apply__a_price_that_rose_beyond_the_tolerance__is_refused(team):
    team.ask(100)
    plan = team.plan()
    bid = team.rival.order(team.series["APR"], Side.BUY, PRICE, 100)
    place(team.relay, team.rival.offer(bid, team.venue.exchange))
    team.ask(WANTED, PRICE * 11 // 10)
    assert Ground.DATA in grounds(team.desk(), plan)
    assert team.held() == 0


def test_apply__kill_switch_hours_and_age__stop_it_before_and_in_the_middle(team):
    team.ask(WANTED)
    plan = team.plan()
    desk = team.desk()
    stop = desk.folder / "STOP"
    stop.touch()
    assert grounds(desk, plan) == {Ground.STOPPED}
    stop.unlink()
    stop.symlink_to(desk.folder / "nowhere")
    assert grounds(desk, plan) == {Ground.STOPPED}
    stop.unlink()
    off = policy_of(enabled=False)
    assert grounds(team.desk(off), team.plan(off)) == {Ground.STOPPED}
    night = policy_of(hours="22:00-06:00")
    assert grounds(team.desk(night), team.plan(night)) == {Ground.HOURS}
    team.venue.market.chain.advance(team.venue.market.now + 25 * 3_600)
    assert Ground.OVER in grounds(desk, plan)
    assert team.held() == 0


def test_apply__a_second_plan_within_the_cooldown__waits(team):
    team.ask(10_000)
    calm = policy_of(cooldown_hours=6)
    desk = team.desk(calm)
    desk.apply(team.plan(calm), flat_need())
    team.ask(WANTED)
    assert grounds(desk, team.plan(calm)) == {Ground.COOLDOWN}
    team.venue.market.chain.advance(team.venue.market.now + 7 * 3_600)
    assert desk.apply(team.plan(calm), flat_need()).is_whole


def test_apply__above_the_threshold__needs_another_persons_signature(team):
    team.ask(WANTED)
    other, stranger = (Key.parse(DEVNET_KEYS[number]) for number in (7, 8))
    rules = policy_of(approve_above_usd="100", approvers=[other.address, team.buyer.key.address])
    desk = team.desk(rules)
    plan = team.plan(rules)
    until = team.venue.market.now + 3_600
    assert grounds(desk, plan) == {Ground.APPROVAL}
    for signer in (stranger, team.buyer.key):
        write_approval(desk.approve(plan, until, signer), desk.folder)
        assert grounds(desk, plan) == {Ground.APPROVAL}
    path = write_approval(desk.approve(plan, until, other), desk.folder)
    forged = json.loads(path.read_text())
    assert desk.apply(plan, flat_need()).is_whole
    path.write_text(json.dumps(forged | {"until": until + 1}))
    with pytest.raises(BadApproval, match="not signed by"):
        desk.apply(plan, flat_need())


def test_unwind_and_roll__give_up_what_is_held_once(team):
    team.ask(WANTED)
    desk = team.desk()
    desk.apply(team.plan(), flat_need())
    team.bid(5_000, PRICE - 10**6)
    sale = desk.plan_exit("APR", 4_000).hash
    assert desk.apply(sale).is_whole
    assert desk.apply(sale).is_whole
    assert team.held() == WANTED - 4_000
    team.bid(50_000, PRICE - 10**6)
    team.ask(50_000, PRICE + 10**6, "MAY")
    roll = desk.plan_exit("APR", 6_000, far="MAY").hash
    assert desk.apply(roll).is_whole
    assert desk.apply(roll).is_whole
    assert (team.held(), team.held("MAY")) == (WANTED - 10_000, 6_000)
