"""Committee nodes in one process: real sockets and disks, one shared list of landings."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from threading import Event

import pytest
import yaml

from oracle.evidence.part import FOLDER
from oracle.member.archiving import SETTLED_S
from oracle.node.needs import check_peer
from oracle.protocol.machine.promises import Promise
from oracle.protocol.report.input_set import require_whole
from oracle.protocol_store.day_sets import day_root, part_name
from oracle.transport.set_fetch import fetch_input_set
from oracle.transport.set_peers import SetPeers
from pargrade.clock import DAY_S
from pargrade.data.files import ALERTS
from tests.support.member_liars import COALITION, STRATEGY, lie
from tests.support.members import BEGIN, SharedLedger, running, stored_committee, write_configs
from tests.support.nats_server import nats_server
from tests.support.nodes import until

pytestmark = pytest.mark.full


@pytest.fixture(autouse=True)
def _own_tips(tmp_path, monkeypatch):
    monkeypatch.setenv("PARGRADE_RUNTIME_DIR", str(tmp_path / "tips"))


@pytest.fixture
def four(tmp_path):
    return write_configs(tmp_path, 4), SharedLedger(stored_committee(4))


def landed(ledger, slot):
    """Lets a slot come and waits for its report, or one of the next: its leader may be gone."""
    for late in range(5):
        ledger.now = max(ledger.now, slot + late * 60)
        with suppress(AssertionError):
            until(lambda: ledger.last_slot >= slot, "landing", 20)
            return next(each for each in ledger.landings if each.report.slot >= slot)
    raise AssertionError(f"no landing of {slot}")


def get(member, path):
    with closing(HTTPConnection(member.config.host, member.config.port, timeout=30)) as connection:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()


def test_members__of_one_committee__land_the_value_that_the_method_gives_and_keep_its_inputs(four):
    paths, ledger = four
    with ExitStack() as stack:
        members = [stack.enter_context(running(path, ledger)) for path in paths]
        until(lambda: all(each.driver.seat for each in members), "seats", 60)
        first = landed(ledger, BEGIN)
        [figure] = first.report.figures
        second = landed(ledger, BEGIN + 60)
        assert figure.value8 > 0
        assert figure.providers > 10
        assert second.report.figures == first.report.figures
        until(lambda: members[0].store.agreement(BEGIN + 60), "an agreement", 60)
        for member in members:
            agreed = member.store.agreement(BEGIN)
            assert agreed.report == first.report
            found = member.store.input_set(agreed.report.input_root, BEGIN)
            stored = member.store.committee(1)
            require_whole(found, stored.committee, stored.verifier)
            value = member.values.value(found.lines(stored.committee), BEGIN)
            assert value.value8 == figure.value8
            assert member.journal.digest(Promise.REPORT, BEGIN) == agreed.digest
        status, body = get(members[1], f"/rounds/{BEGIN}")
        stated = json.loads(body)
        assert status == 200
        assert stated["figures"][0]["value8"] == str(figure.value8)
        assert len(stated["reports"]) >= 3
        status, _ = get(members[1], f"/protocol/input-sets/{BEGIN}/{stated['input_root']}")
        assert status == 200
        name = next(iter(found.sections))
        assert get(members[2], f"/protocol/sections/{name.hex()}") == (200, found.sections[name])
        assert get(members[2], f"/protocol/sections/{bytes(32).hex()}")[0] == 404
        assert get(members[2], "/protocol/sections/x")[0] == 422
        assert get(members[2], "/rounds/60")[0] == 404
        status, body = get(members[3], "/health")
        facts = json.loads(body)
        assert (status, facts["problems"]) == (200, [])
        assert facts["position"] == 3
        assert b"committee_seated 1.0" in get(members[3], "/metrics")[1]
        assert json.loads(get(members[3], "/protocol/contradictions")[1]) == []


@pytest.mark.deep
def test_members__one_of_whom_is_gone__land_and_it_comes_back_on_its_journal(four):
    paths, ledger = four
    with ExitStack() as stack:
        members = [stack.enter_context(running(path, ledger)) for path in paths[:3]]
        until(lambda: all(each.driver.seat for each in members), "seats", 60)
        landed(ledger, BEGIN)
        with running(paths[3], ledger) as late:
            until(lambda: late.driver.seat, "a seat", 60)
            second = landed(ledger, BEGIN + 180).report.slot
            until(lambda: late.store.agreement(second), "an agreement", 60)
        with running(paths[3], ledger) as again:
            until(lambda: again.driver.seat, "a seat", 60)
            third = landed(ledger, BEGIN + 360).report.slot
            until(lambda: again.store.agreement(third), "an agreement", 60)
            assert again.store.agreement(second) is not None
            assert again.store.agreement(BEGIN) is None


def test_metrics__of_members__have_every_figure_that_the_rules_for_them_ask_for(tmp_path):
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    [rules] = [group["rules"] for group in groups if group["name"] == "pargrade-member"]
    asked = set(re.findall(r"pargrade_\w+", " ".join(rule["expr"] for rule in rules)))
    ledger = SharedLedger(stored_committee(4))
    with ExitStack() as stack:
        server = stack.enter_context(nats_server(tmp_path))
        paths = write_configs(tmp_path, 4, transport={"nats": [server.url]})
        members = [stack.enter_context(running(path, ledger)) for path in paths]
        until(lambda: all(each.driver.seat for each in members), "seats", 60)
        landed(ledger, BEGIN)

        def figures():
            lines = get(members[0], "/metrics")[1].decode().splitlines()
            found = [line.split() for line in lines if line.startswith("pargrade_committee_")]
            return {line[0]: float(line[1]) for line in found}

        until(lambda: figures()["pargrade_committee_members_reached"] == 4, "three peers", 60)
        found = figures()
        assert asked <= set(found)
        assert found["pargrade_committee_members_needed"] == 3
        assert found["pargrade_committee_heartbeat_seconds"] == 60
        assert found["pargrade_committee_input_set_missing"] == 0
        assert found["pargrade_committee_seated"] == 1
        assert found["pargrade_committee_archive_failing"] == 0
        assert found["pargrade_committee_days_archived_total"] == 0
        assert found["pargrade_committee_nats_connected"] == 1
        [seen] = check_peer(members[0].config.chain, members[1].config.url, 10.0)
        assert seen.found == "reachable, well, same chain and index"


def test_members__after_a_midnight__value_by_what_was_agreed_and_a_newcomer_fetches_it(four):
    paths, ledger = four
    midnight = BEGIN - BEGIN % DAY_S + DAY_S
    ledger.now = midnight - 1_200
    with ExitStack() as stack:
        members = [stack.enter_context(running(path, ledger)) for path in paths[:3]]
        until(lambda: all(each.driver.seat for each in members), "seats", 60)
        landed(ledger, midnight - 1_080)
        landed(ledger, midnight - 480)
        ledger.now = midnight - 20
        landed(ledger, midnight + 60)
        assert all(each.values.knows(midnight) for each in members)
        with running(paths[3], ledger) as newcomer:
            until(lambda: newcomer.driver.seat, "a seat", 60)
            last = max(e.report.slot for e in ledger.landings if e.report.slot <= midnight - 240)
            fetched = next(each.report for each in ledger.landings if each.report.slot == last)
            assert newcomer.store.input_set(fetched.input_root, fetched.slot) is not None
            slot = landed(ledger, midnight + 240).report.slot
            until(lambda: newcomer.store.agreement(slot), "an agreement", 60)
            require_archived(members, newcomer, ledger, midnight, last)


def require_archived(members, newcomer, ledger, midnight, held):
    """Whoever took part moves the day to Parquet, with the root that the chain gives, and serves
    it from there."""
    ledger.now = midnight + SETTLED_S
    of_day = [each.report for each in ledger.landings if each.report.slot < midnight]
    rounds = [(each.slot, each.input_root) for each in of_day]
    name = part_name(midnight - DAY_S, day_root(rounds))
    parts = [member.config.data / FOLDER / name for member in members]
    until(lambda: all(map(Path.is_dir, parts)), "archives", 120)
    for path in parts[0].iterdir():
        assert {(part / path.name).read_bytes() for part in parts} == {path.read_bytes()}
    assert not (newcomer.config.data / FOLDER).exists()
    until(lambda: members[0].store.kept_slots(0, midnight) == {held}, "the release", 60)
    assert held != rounds[0][0]
    slot, root = rounds[0]
    stored = members[0].store.committee(1)
    found = fetch_from(members[0], slot, root, stored)
    assert (found.slot, found.root) == (slot, root)
    assert (members[0].archiving.problem, members[0].archiving.sealed) == ("", 1)
    assert get(members[0], f"/protocol/input-sets/{slot}/{bytes(32).hex()}")[0] == 404


def fetch_from(member, slot, root, stored):
    """As a peer without anything fetches a set."""
    peers, nothing = SetPeers([member.config.url]), lambda _: None
    return fetch_input_set(peers, slot, root, stored.committee, stored.verifier, nothing, 60)


def test_member__that_lacks_what_was_agreed_on__takes_no_part_and_says_why(four):
    paths, ledger = four
    midnight = BEGIN - BEGIN % DAY_S + DAY_S
    ledger.now = midnight - 600
    with ExitStack() as stack:
        members = [stack.enter_context(running(path, ledger)) for path in paths[:3]]
        until(lambda: all(each.driver.seat for each in members), "seats", 60)
        slot = landed(ledger, midnight - 480).report.slot
    assert slot <= midnight - 240
    ledger.now = midnight + 60
    with running(paths[3], ledger) as alone:
        until(lambda: "input set" in alone.driver.problem, "a reason", 60)
        assert alone.driver.seat is None
        status, body = get(alone, "/health")
        assert status == 503
        assert any("input set" in each for each in json.loads(body)["problems"])
        page = get(alone, "/metrics")[1]
        assert b"committee_input_set_missing 1.0" in page
        assert b"committee_seated 0.0" in page
        assert ledger.last_slot == slot


def test_member__that_has_no_seat_any_more__serves_the_evidence_it_has(four):
    paths, ledger = four
    with ExitStack() as stack:
        members = [stack.enter_context(running(path, ledger)) for path in paths]
        until(lambda: all(each.driver.seat for each in members), "seats", 60)
        landed(ledger, BEGIN)
        until(lambda: members[3].store.agreement(BEGIN), "an agreement", 60)
        root = members[3].store.agreement(BEGIN).report.input_root
    stored = ledger.stored
    rekeyed = (*stored.members[:3], "0x" + "12" * 20)
    ledger.stored = replace(stored_committee(4, epoch=2), members=rekeyed)
    with running(paths[3], ledger) as retired:
        until(lambda: "not in the committee" in retired.driver.problem, "a reason", 60)
        found = fetch_from(retired, BEGIN, root, stored)
        assert (found.slot, found.root) == (BEGIN, root)
        assert get(retired, "/protocol/contradictions") == (200, b"[]")
        assert get(retired, "/protocol/sections/x")[0] == 422
        assert get(retired, "/protocol/challenge")[0] == 503


def test_member__when_the_committee_changes__goes_on_in_the_new_epoch(four):
    paths, ledger = four
    with ExitStack() as stack:
        members = [stack.enter_context(running(path, ledger)) for path in paths]
        until(lambda: all(each.driver.seat for each in members), "seats", 60)
        landed(ledger, BEGIN)
        ledger.stored = stored_committee(4, epoch=2)
        ledger.now += 1
        until(
            lambda: all(
                each.driver.seat and each.driver.seat.stored == ledger.stored for each in members
            ),
            "seats of the new epoch",
            60,
        )
        landed(ledger, BEGIN + 60)
        assert members[0].store.committee(2) == ledger.stored


def test_explanation__asked_for_by_many__is_made_for_one_while_the_others_are_refused_at_once(
    four, monkeypatch
):
    """Otherwise whoever waits holds the threads that serve input sets, sections and figures."""
    paths, ledger = four
    begun, ended = Event(), Event()

    def wait(slot):
        begun.set()
        assert ended.wait(60)

    with running(paths[0], ledger) as member, ThreadPoolExecutor(1) as first:
        monkeypatch.setattr(member.store, "agreement", wait)
        asked = first.submit(get, member, f"/rounds/{BEGIN}/why")
        assert begun.wait(60)
        for _ in range(50):
            status, body = get(member, f"/rounds/{BEGIN}/why")
            assert status == 503
        assert "Ask again" in body.decode()
        assert get(member, "/metrics")[0] == 200
        ended.set()
        assert asked.result(60)[0] == 404
        assert get(member, f"/rounds/{BEGIN}/why")[0] == 404


@pytest.mark.parametrize("strategy", ["batch in pieces", "splits as leader"])
def test_members__one_of_whom_lies__land_what_the_honest_saw(four, monkeypatch, strategy):
    """All strategies between processes are in test_committee."""
    paths, ledger = four
    monkeypatch.setenv(COALITION, "[0]")
    monkeypatch.setenv(STRATEGY, strategy)
    lie(monkeypatch.setattr)
    with ExitStack() as stack:
        honest = [stack.enter_context(running(path, ledger)) for path in paths][1:]
        until(lambda: all(each.driver.seat for each in honest), "seats", 60)
        first = landed(ledger, BEGIN)
        second = landed(ledger, first.report.slot + 60)
        for landing in (first, second):
            report = landing.report
            kept = [each.store.input_set(report.input_root, report.slot) for each in honest]
            assert any(kept)
        assert [each.value8 for each in first.report.figures] == [
            each.value8 for each in second.report.figures
        ]
        assert not any(each.driver.defects for each in honest)
