"""A running index of version 1 is led on to one of version 2, by the commands an operator has."""

import json
import signal

import pytest

from pargrade.bindings.governance import Governance
from pargrade.bindings.index_feed import IndexFeed
from pargrade.bindings.phased_index import PhasedIndex
from pargrade.bindings.spot_index_v2 import SpotIndexV2
from pargrade.chain.block import Tag
from pargrade.deployment.roles import Role
from pargrade.devnet.accounts import ADMIN, DESK
from pargrade.devnet.anvil import DEVNET_KEYS, Devnet
from tests.support import command
from tests.support.world import DAY, HOUR, MIDNIGHT, World

OLD, NEW = 200_000_000, 300_000_000


@pytest.fixture(scope="module")
def led(tmp_path_factory):
    """An index of version 1 behind a front, with one round."""
    with Devnet(genesis=MIDNIGHT) as devnet:
        world = World(devnet.chain, devnet.url, tmp_path_factory.mktemp("led"))
        assert world.run("deploy", "--index-version", "1", "--phased").code == 0
        world.record(MIDNIGHT + HOUR, OLD)
        yield world


@pytest.fixture
def today(led, tmp_path):
    found = World(led.chain, led.url, tmp_path)
    found.path.write_bytes(led.path.read_bytes())
    with led.chain.restored():
        yield found


@pytest.fixture
def delayed(today):
    """The admin acts two days later from now on."""
    governance = Governance(today.chain, today.deployment.address("Governance"))
    today.send(ADMIN, governance.grant_role(Role.ADMIN, ADMIN.address, 2 * DAY))
    return today


class Next(World):
    """The same chain as members of the next index read it."""

    def __init__(self, today):
        super().__init__(today.chain, today.url, today.folder)
        self.path = today.folder / "deployment.next.json"

    @property
    def address(self):
        return self.deployment.address("SpotIndex")


def feed_answer(world):
    feed = IndexFeed(world.chain, world.deployment.address("IndexFeed"))
    return feed.latest_answer(block=Tag.LATEST)


def differing(world):
    ran = world.run("deploy", "--verify", "--json")
    contracts = json.loads(ran.out)["contracts"]
    return {name: each["why"] for name, each in contracts.items() if not each["matches"]}


def test_follow__from_the_first_command_to_the_file__feed_and_file_change_at_the_midnight(today):
    created = today.run("index", "next", "--json").json
    follower = Next(today)
    assert (created["created"], created["seated"], created["waiting"]) == (True, True, {})
    assert created["spot_index"] == follower.address
    assert created["reporters"] == list(today.index.reporter_config(block=Tag.LATEST).reporters)
    timing = SpotIndexV2(today.chain, follower.address).timing(block=Tag.LATEST)
    had = today.index.timing(block=Tag.LATEST)
    assert (timing.grid, timing.heartbeat, timing.grace) == (had.grid, had.heartbeat, had.grace)
    assert differing(follower) == {}
    # Members of the new index are configured from the file.
    members = today.folder / "members"
    assert follower.run("oracle", "member", "init", str(members)).code == 0

    refused = today.run("index", "follow")
    assert "SCU / USD has had no round yet" in refused.error
    assert "oracle member run" in refused.hint
    follower.record(MIDNIGHT + 2 * HOUR, NEW)
    turn = MIDNIGHT + DAY
    with today.unchanged():
        rehearsed = today.run("index", "follow", "--dry-run", "--json").json
        assert (rehearsed["stage"], rehearsed["from"]) == ("possible", turn)
    pending = today.run("index", "follow", "--json").json
    assert (pending["stage"], pending["from"], pending["phase"]) == ("pending", turn, 2)
    assert differing(today) == {}
    assert feed_answer(today) == OLD
    with today.unchanged():
        assert today.run("index", "follow", "--json").json["stage"] == "pending"

    today.record(turn - HOUR, OLD)
    follower.record(turn, NEW)
    assert feed_answer(today) == NEW
    assert "`pargrade index follow` mends the file" in differing(today)["PhasedIndex"]
    old = today.deployment.address("SpotIndex")
    # The key of nobody: the file is written from what the chain says.
    done = today.run("index", "follow", "--json").json
    assert (done["stage"], done["steps"], done["old_may_stop"]) == ("in force", [], False)
    assert today.deployment.address("SpotIndex") == follower.address
    assert today.deployment.address("SpotIndex1") == old
    assert differing(today) == {}
    shown = today.run("index", "show", "--on-chain", "--json").json
    assert (shown["spot_index"], shown["indices"][0]["value8"]) == (follower.address, str(NEW))
    today.chain.advance(turn + HOUR)
    with today.unchanged():
        again = today.run("index", "follow", "--json").json
    assert (again["stage"], again["old_may_stop"]) == ("in force", True)


def test_next_and_follow__admin_with_a_delay__schedule_wait_and_make(delayed):
    today = delayed
    first = today.run("index", "next", "--json").json
    assert (first["created"], first["seated"]) == (True, False)
    [(_, due)] = first["waiting"].items()
    head = today.chain.head()
    assert abs(due - (head.timestamp + 2 * DAY)) < 60
    again = today.run("index", "next", "--json").json
    assert today.chain.head() == head
    assert (again["created"], again["seated"], again["steps"]) == (False, False, [])
    [(_, due)] = again["waiting"].items()
    today.chain.advance(due)
    seated = today.run("index", "next", "--json").json
    assert (seated["seated"], seated["waiting"]) == (True, {})

    follower, slot = Next(today), MIDNIGHT + 2 * DAY + 2 * HOUR
    follower.record(slot, NEW)
    scheduled = today.run("index", "follow", "--json").json
    # Due on the sixth at two o'clock; a day to make the call in.
    turn = MIDNIGHT + 6 * DAY
    assert (scheduled["stage"], scheduled["from"]) == ("scheduled", turn)
    head = today.chain.head()
    waiting = today.run("index", "follow", "--json").json
    assert today.chain.head() == head
    assert (waiting["stage"], waiting["from"], waiting["steps"]) == ("scheduled", turn, [])
    other = today.run("index", "follow", "--from", "2026-03-11")
    assert "is scheduled to follow from 2026-03-10" in other.error
    assert today.deployment.contracts.keys() & {"SpotIndex2"} == set()

    today.chain.advance(waiting["due_at"])
    assert "has had no round since" in today.run("index", "follow").error
    follower.record(MIDNIGHT + 4 * DAY + 3 * HOUR, NEW)
    made = today.run("index", "follow", "--json").json
    assert (made["stage"], made["from"]) == ("pending", turn)
    assert today.deployment.address("SpotIndex2") == follower.address
    # Scheduled now, a withdrawal is due three hours after that midnight.
    late = today.run("index", "follow", "--withdraw")
    assert "too late to withdraw" in late.error


def test_withdraw__scheduled__is_cancelled_at_once_and_nothing_is_left_of_it(delayed):
    today = delayed
    due = today.run("index", "next", "--json").json["waiting"]["SpotIndexV2.set_reporters"]
    today.chain.advance(due)
    assert today.run("index", "next", "--json").json["seated"]
    Next(today).record(MIDNIGHT + 2 * DAY + 2 * HOUR, NEW)
    nothing = today.run("index", "follow", "--withdraw")
    assert "no follow is pending" in nothing.error
    assert today.run("index", "follow", "--json").json["stage"] == "scheduled"
    assert today.run("index", "follow", "--withdraw", "--json").json["stage"] == "withdrawn"
    rehearsed = today.run("index", "follow", "--dry-run", "--json").json
    assert rehearsed["stage"] == "possible"


def test_withdraw__pending__goes_back_to_the_index_of_today(today):
    assert today.run("index", "next").code == 0
    follower, before = Next(today), today.path.read_bytes()
    follower.record(MIDNIGHT + 2 * HOUR, NEW)
    assert today.run("index", "follow", "--from", "2026-03-20", "--json").json["phase"] == 2
    assert "SpotIndex2" in today.deployment.contracts
    assert today.run("index", "follow", "--withdraw", "--json").json["stage"] == "withdrawn"
    assert today.path.read_bytes() == before
    front = PhasedIndex(today.chain, today.deployment.address("PhasedIndex"))
    assert len(front.phases(block=Tag.LATEST)) == 1
    assert differing(today) == {}


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("next", "--key", DEVNET_KEYS[DESK.number]), "may not call SpotIndexV2.set_reporters"),
        (("next", "--quorum", "5"), "a quorum of 5 among 5 reporters is not usable"),
        (("follow",), "there is no next index yet"),
        (("follow", "--from", "2026-03-05T01:00:00Z"), "is not a UTC midnight"),
    ],
)
def test_next_and_follow__what_cannot_be__is_refused_before_anything_is_sent(today, words, error):
    with today.unchanged():
        assert error in today.run("index", *words).error


def test_follow__midnight_that_cannot_be_or_key_without_the_role__is_refused(today):
    assert today.run("index", "next").code == 0
    Next(today).record(MIDNIGHT + 2 * HOUR, NEW)
    for day in ("2026-03-04", "2026-04-04"):
        refused = today.run("index", "follow", "--from", day)
        assert f"cannot follow from {day}" in refused.error
        assert "2026-03-05 00:00 UTC to 2026-04-03 00:00 UTC" in refused.hint
    stranger = today.run("index", "follow", "--key", DEVNET_KEYS[DESK.number])
    assert "may not call PhasedIndex.follow" in stranger.error


def test_next__killed_after_the_creation__is_finished_by_the_same_command(today):
    words = ("index", "next", "--rpc-url", today.url, "--deployment", today.path)
    address = today.run("index", "next", "--dry-run", "--json").json["spot_index"]
    killed = command.run(
        *words, env={"PARGRADE_KILL_AT": "deploy.sent"}, key=DEVNET_KEYS[ADMIN.number]
    )
    assert killed.returncode == -signal.SIGKILL
    assert today.chain.code(address, block=Tag.LATEST)
    assert not Next(today).path.exists()
    finished = today.run("index", "next", "--json").json
    assert (finished["spot_index"], finished["created"], finished["seated"]) == (
        address,
        False,
        True,
    )
    with today.unchanged():
        assert today.run("index", "next", "--json").json["steps"] == []


def test_follow__killed_before_the_file_was_written__the_next_run_writes_it(today):
    assert today.run("index", "next").code == 0
    Next(today).record(MIDNIGHT + 2 * HOUR, NEW)
    before = today.path.read_bytes()
    assert today.run("index", "follow").code == 0
    written = today.path.read_bytes()
    today.path.write_bytes(before)
    assert "which is not in the file" in differing(today)["PhasedIndex"]
    head = today.chain.head()
    assert today.run("index", "follow", "--json").json["stage"] == "pending"
    assert (today.chain.head(), today.path.read_bytes()) == (head, written)


def test_next_and_follow__file_that_is_not_todays__is_refused_and_says_which_is(today):
    assert today.run("index", "next").code == 0
    follower = Next(today)
    follower.record(MIDNIGHT + 2 * HOUR, NEW)
    for words in (("next",), ("follow", "--next", str(follower.path))):
        assert "the file says" in follower.run("index", *words).error
    its_own = today.run("index", "follow", "--next", str(today.path))
    assert "is of today" in its_own.error
    assert today.run("index", "follow").code == 0
    today.chain.advance(MIDNIGHT + DAY + HOUR)
    refused = today.run("index", "next", "--salt", "third")
    assert f"markets ask index {follower.address} now" in refused.error
    assert "`pargrade index follow` writes that file anew" in refused.hint


def test_next__after_one_that_was_led_on__makes_another_of_its_limits(today):
    assert today.run("index", "next", "--heartbeat", "1800").code == 0
    follower, turn = Next(today), MIDNIGHT + DAY
    second = follower.address
    follower.record(turn - 2 * HOUR, NEW)
    assert today.run("index", "follow").code == 0
    follower.record(turn, NEW)
    assert today.run("index", "follow").code == 0
    same = today.run("index", "next")
    assert f"the next index would be {second}" in same.error
    third = today.run("index", "next", "--salt", "third", "--json").json
    limits = SpotIndexV2(today.chain, third["spot_index"]).limits_of(0, block=Tag.LATEST)
    assert limits.heartbeat == 1_800
    placed = Next(today).deployment
    assert placed.address("SpotIndex2") == second
    other = today.run("index", "next", "--salt", "fourth")
    assert f"names another next index, {third['spot_index']}" in other.error


def test_series__open_over_the_midnight__settles_on_both_and_the_statement_says_of_which(today):
    terms = ("--grade", "A1GH", "--reference", "2.31", "--style", "net")
    days = ("--start", "2026-03-05", "--expiry", "2026-03-07")
    assert today.run("futures", "create", "SPAN", *terms, *days).code == 0
    assert today.run("bridge", "reconcile").code == 0
    assert today.run("index", "next").code == 0
    follower, old = Next(today), today.deployment.address("SpotIndex")
    turn = MIDNIGHT + 2 * DAY
    for slot in range(MIDNIGHT + 23 * HOUR, turn + DAY + 1, HOUR):
        if slot <= turn:
            today.record(slot, OLD)
        if slot == turn - 3 * HOUR:
            follower.record(slot + 60, NEW)
            assert today.run("index", "follow", "--from", "2026-03-06").code == 0
        elif slot > turn - 3 * HOUR:
            follower.record(slot + 60, NEW)
    today.chain.advance(turn + DAY + HOUR)
    # Markets are settled and books kept by a file of before as by one of after.
    assert today.run("bridge", "reconcile", "--replay").code == 0
    assert today.run("futures", "settle", "SPAN").code == 0
    settled = today.market.series(today.series("SPAN"), block=Tag.LATEST).price
    assert settled == (OLD + NEW) // 2
    before = today.run("futures", "statement", "SPAN", "--json").json["statement"]
    assert today.run("index", "follow", "--json").json["stage"] == "in force"
    assert today.deployment.address("SpotIndex") == follower.address
    assert today.run("bridge", "reconcile", "--replay").code == 0
    rows = today.run("index", "history", "--json").json["rounds"]
    slots = [row["slot"] for row in rows if row["slot"] >= turn - 3 * HOUR]
    assert slots[:5] == [*range(turn - 3 * HOUR, turn, HOUR), turn + 60, turn + HOUR + 60]

    path = today.folder / "SPAN.json"
    assert today.run("futures", "statement", "SPAN", "--out", str(today.folder)).code == 0
    after = json.loads(path.read_text())["statement"]
    assert after["figures"] == before["figures"]
    assert after["figures"]["settlement8"] == str(settled)
    assert (after["figures"]["covered_s"], after["figures"]["gaps"]) == (2 * DAY, [])
    assert after["schema"] == "pargrade-statement-2"
    phases = [(each["spot_index"], each["from"]) for each in after["series"]["phases"]]
    assert phases == [(old, MIDNIGHT + DAY), (follower.address, turn)]
    assert sum(each["rounds"] for each in after["series"]["phases"]) == len(after["rounds"])
    assert {each["value8"] for each in after["rounds"][:24]} == {str(OLD)}
    verified = today.run("futures", "verify-statement", str(path), "--json").json
    assert verified["on_chain"]
