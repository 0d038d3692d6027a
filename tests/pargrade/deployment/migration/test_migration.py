"""A populated market goes into a newer one: every lot is moved, redeemed or left; none is lost."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from pargrade.chain.block import Tag
from pargrade.deployment.file import Deployment
from pargrade.devnet.anvil import DEVNET_KEYS, Devnet
from tests.support.cli import Ran
from tests.support.cli import run as run_here
from tests.support.command import run
from tests.support.market import DAY, MIDNIGHT, account
from tests.support.two_markets import LOTS, TwoMarkets, populate, positions

pytestmark = pytest.mark.full

OVER = MIDNIGHT + 2 * DAY
STARTS = MIDNIGHT + 5 * DAY
EXPIRES = STARTS + DAY
SIDES = {"NET": 2, "PHYSICAL": 2, "BAND": 2, "MIX": 3}


class Drill:
    """Two markets, their files, and the command between them."""

    def __init__(self, net: Devnet, holders: int, folder: Path) -> None:
        self.net = net
        self.two: TwoMarkets = populate(net, holders)
        self.two.agree()
        old = self.two.old
        old.chain.advance(OVER + 1)
        old.do(old.market.settle(self.id_of("DONE")))
        old.record(OVER + DAY // 2)
        self.paths = self.two.write(folder)

    def words(self, *words: str) -> tuple[str, ...]:
        name, *rest = words
        place = ("--rpc-url", self.net.url, "--deployment", str(self.paths[0]))
        return ("migrate", name, str(self.paths[1]), *rest, *place)

    def run(self, *words: str) -> Ran:
        key = () if words[0] == "plan" else ("--key", DEVNET_KEYS[0])
        return run_here(*self.words(*words), *key)

    def id_of(self, name: str) -> int:
        return int(self.two.old.deployment.series[name].series_id)

    def young_id_of(self, name: str) -> int:
        return int(Deployment.read(self.paths[1]).series[name].series_id)

    def held(self, name: str) -> dict[object, tuple[int, int]]:
        """Lots by side and holder, in the old market and in the new one."""
        old = positions(self.two.old.market, self.id_of(name), SIDES[name], self.two.holders)
        young = positions(self.two.there, self.young_id_of(name), SIDES[name], self.two.holders)
        return {place: (lots, young[place]) for place, lots in old.items()}

    def locked(self) -> dict[str, int]:
        """Quote and units in both markets together."""
        old = self.two.old
        found = old.holdings(old.market.address, self.two.there.address)
        sums: dict[str, int] = {}
        for name, amount in found.items():
            token = name.split(" ")[1]
            sums[token] = sums.get(token, 0) + amount
        return sums

    def settle(self) -> None:
        """Everything of the old market is final, at an S of K."""
        old = self.two.old
        old.cover(STARTS - DAY, EXPIRES)
        for later in (EXPIRES + 3_700, EXPIRES + DAY + 7_400):
            old.chain.advance(later)
            for name in SIDES:
                series = old.market.series(self.id_of(name), block=Tag.LATEST)
                if series.phase.name in ("OPEN", "PROPOSED"):
                    old.do(old.market.settle(self.id_of(name)))


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    with Devnet(genesis=MIDNIGHT) as net:
        yield Drill(net, 40, tmp_path_factory.mktemp("drill"))


@pytest.fixture
def undone(drill: Drill) -> Iterator[Drill]:
    """The drill, as it was again afterwards."""
    young = drill.paths[1].read_bytes()
    with drill.net.chain.restored():
        yield drill
    drill.paths[1].write_bytes(young)


def carry_through(drill: Drill) -> None:
    """From the plan to the last redemption: what each holder has is followed all the way."""
    holders, stubborn = drill.two.holders, drill.two.stubborn()
    plan = {each["series"]: each for each in drill.run("plan", "--json").json["series"]}
    assert {name for name, each in plan.items() if "not listed" in each["why_not"]} == set(SIDES)
    assert "final" in plan["DONE"]["why_not"]
    assert set(drill.run("list", "--json").json["listed"]) == set(SIDES)
    assert drill.run("list", "--json").json["listed"] == {}

    locked = drill.locked()
    movable = holders // 2 - len(stubborn)
    plan = {each["series"]: each for each in drill.run("plan", "--json").json["series"]}
    assert {plan[name]["movable"] for name in SIDES} == {2 * LOTS * movable}
    head = drill.net.chain.head()
    rehearsed = drill.run("run", "--rehearse", "--json").json
    assert drill.net.chain.head() == head
    ran = drill.run("run", "--json").json
    assert rehearsed["series"] == ran["series"]
    assert ran["lost"] == 0
    for outcome in ran["series"]:
        assert outcome["before"] == LOTS * holders
        if outcome["series"] == "DONE":
            assert (outcome["redeemed"], outcome["left"]) == (LOTS * holders, 0)
        else:
            assert outcome["moved"] == 2 * LOTS * movable
    require_moved(drill)
    after = drill.locked()
    # DONE was delivered and redeemed: half the holders had its quote, half its units.
    assert locked["quote"] - after["quote"] == LOTS * holders // 2 * 20_000
    assert locked["A1GH"] - after["A1GH"] == LOTS * holders // 2 * 10**16
    again = drill.run("run", "--json").json
    assert {each["moved"] + each["redeemed"] for each in again["series"]} == {0}

    drill.settle()
    final = drill.run("run", "--json").json
    assert final["lost"] == 0
    assert {each["left"] for each in final["series"]} == {0}
    assert drill.two.old.quote.balance_of(drill.two.old.market.address, block=Tag.LATEST) == 0


def require_moved(drill: Drill) -> None:
    """Whoever agreed has moved as far as there was a counterpart, and nobody has lots less."""
    stubborn = drill.two.stubborn()
    evens = {account(number) for number in range(2, drill.two.holders + 1, 2)}
    for name in SIDES:
        held = drill.held(name)
        for (side, holder), (old, young) in held.items():
            has_side = side == 0 if holder in evens else side > 0
            if not has_side:
                assert old + young == 0
            elif name != "MIX" or side == 0:
                assert old + young == LOTS
            if holder in stubborn:
                assert young == 0
        assert sum(old + young for old, young in held.values()) == LOTS * drill.two.holders


def test_migrate__forty_holders_of_five_series__each_lot_is_moved_redeemed_or_left(
    undone: Drill,
) -> None:
    carry_through(undone)


@pytest.mark.deep
@pytest.mark.timeout(3_600)
def test_migrate__a_thousand_holders_of_five_series__each_lot_is_moved_redeemed_or_left(
    tmp_path: Path,
) -> None:
    with Devnet(genesis=MIDNIGHT) as net:
        carry_through(Drill(net, 1_000, tmp_path))


def test_migrate__killed_between_pages__the_next_run_finishes_and_moves_nothing_twice(
    undone: Drill,
) -> None:
    assert undone.run("list").code == 0
    words = undone.words("run", "--json")
    killed = run(*words, env={"PARGRADE_KILL_AT": "migrate.moved:2"}, key=DEVNET_KEYS[0])
    assert killed.returncode == -signal.SIGKILL
    ran = undone.run("run", "--json").json
    assert ran["lost"] == 0
    moved = {each["series"]: each["moved"] for each in ran["series"]}
    assert (moved["NET"], moved["PHYSICAL"]) == (0, 0)
    assert moved["BAND"] > 0
    require_moved(undone)


def test_migrate__dry_runs__send_nothing_and_count_what_a_run_sends(undone: Drill) -> None:
    head = undone.net.chain.head()
    assert set(undone.run("list", "--dry-run", "--json").json["listed"]) == set(SIDES)
    assert undone.run("agree", "--dry-run", "--json").json["dry_run"]
    assert undone.run("run", "--dry-run", "--json").json["transactions"] == 2
    assert undone.net.chain.head() == head


def test_migrate_agree__withdrawn__is_no_longer_moved(undone: Drill) -> None:
    before = undone.run("plan", "--json").json["agreed"]
    assert undone.run("agree").code == 0
    assert undone.run("plan", "--json").json["agreed"] == before + 1
    assert undone.run("agree", "--withdraw").code == 0
    assert undone.run("plan", "--json").json["agreed"] == before


def test_migrate__window_of_a_series_runs__says_why_it_stays(undone: Drill) -> None:
    assert undone.run("list").code == 0
    undone.net.chain.advance(STARTS + 60)
    plan = {each["series"]: each for each in undone.run("plan", "--json").json["series"]}
    assert "several grades" in plan["MIX"]["why_not"]
    assert plan["NET"]["why_not"] == ""
    undone.two.old.record(STARTS + 3_600)
    ran = undone.run("run", "--json").json
    moved = {each["series"]: each["moved"] for each in ran["series"]}
    assert moved["MIX"] == 0
    assert moved["BAND"] == moved["NET"] > 0
    assert ran["lost"] == 0


def test_migrate__files_that_do_not_fit__one_error_says_so(undone: Drill, tmp_path: Path) -> None:
    old, young = undone.paths
    same = run_here(
        "migrate", "plan", str(old), "--rpc-url", undone.net.url, "--deployment", str(old)
    )
    assert "same market" in same.error
    other = tmp_path / "other.json"
    other.write_text(young.read_text().replace('"chain_id": 31337', '"chain_id": 1'))
    far = run_here(
        "migrate", "plan", str(other), "--rpc-url", undone.net.url, "--deployment", str(old)
    )
    assert "on chain 31337" in far.error
