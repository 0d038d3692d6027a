"""What services of a route say of themselves: figures, and whether they are well."""

import json
import time
import urllib.error
import urllib.request

import pytest

from bridge.gate.carrier.service import open_carrier
from bridge.gate.health.api import create_health_api, serving
from bridge.gate.health.looks import LATE_S, Looks, old_after
from bridge.gate.ledger.ends import follow_both, witness_all
from bridge.gate.ledger.store import open_store
from bridge.gate.watcher.service import WatcherService
from bridge.gate.watcher.watcher import Watcher
from bridge.gate.witness.lag import LAG_S
from bridge.gate.witness.witnesses import TooFewEndpoints, Witnesses
from bridge.ledger.finality import Finality
from pargrade.chain.block import Tag
from pargrade.process.ports import free_ports
from tests.support.attesters import attesting, opened, serving_all
from tests.support.cli import run
from tests.support.command import start
from tests.support.proxy import body, lost_logs
from tests.support.theft import steal
from tests.support.two_chains import ATTESTERS, CARRIER, STEP

pytestmark = pytest.mark.full


def figures(url):
    """Of a page for Prometheus, by name with labels."""
    with urllib.request.urlopen(f"{url}/metrics") as page:
        lines = page.read().decode().splitlines()
    return {
        name: float(value)
        for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")
    }


def health(url):
    try:
        with urllib.request.urlopen(f"{url}/health") as page:
            return page.status, json.load(page)
    except urllib.error.HTTPError as failed:
        return failed.code, json.load(failed)


def test_health__endpoints_that_are_cut__is_said_and_counted_until_they_are_back(chains, tmp_path):
    with opened(chains.pair(), tmp_path / "a", ATTESTERS[0], cap=4 * STEP) as service:
        chains.lock(3)
        chains.lock(5)
        assert service.look() == 1
        chains.home.chain.advance(chains.home.chain.head().timestamp + 500)
        service.look()
        with service.serving("127.0.0.1", 0) as port:
            url = f"http://127.0.0.1:{port}"
            found = figures(url)
            assert found["pargrade_gate_signed_total"] == 1
            assert found["pargrade_gate_refused_messages"] == 1
            assert found["pargrade_gate_open_messages"] == 2
            assert 500 <= found["pargrade_gate_oldest_message_seconds"] < 600
            assert 'pargrade_gate_failing{kind="TooFewEndpoints"}' not in found
            chains.proxies["home"].break_with(body(b"busy", 503))
            service.look()
            status, facts = health(url)
            assert (status, facts["problems"][0].split(":")[0]) == (503, "TooFewEndpoints")
            failed = figures(url)
            assert failed['pargrade_gate_failing{kind="TooFewEndpoints"}'] == 1
            assert failed['pargrade_gate_looks_total{outcome="failed"}'] == 1
            chains.proxies["home"].mend()
            service.look()
            assert figures(url)['pargrade_gate_failing{kind="TooFewEndpoints"}'] == 0


def test_health__of_a_service_that_looks_no_more__is_not_well():
    now = [0.0]
    looks = Looks(clock=lambda: now[0])
    with serving(create_health_api("watcher", looks), "127.0.0.1", 0) as port:
        url = f"http://127.0.0.1:{port}"
        assert health(url)[0] == 200
        now[0] = LATE_S + 1
        assert health(url) == (503, health(url)[1])
        assert figures(url)["pargrade_gate_look_age_seconds"] == LATE_S + 1


def test_carrier__a_pass__is_counted_by_how_its_acts_ended(chains, tmp_path):
    with opened(chains.pair(), tmp_path / "a", ATTESTERS[0]) as service:
        chains.lock(3)
        service.look()
        with serving_all(chains, [service]):
            carrying = open_carrier(chains.pair(), CARRIER, tmp_path / "carrier")
            carrying.run(0.1, lambda _: carrying.stop.set())
    with serving(create_health_api("carrier", carrying.looks), "127.0.0.1", 0) as port:
        found = figures(f"http://127.0.0.1:{port}")
    assert found['pargrade_gate_looks_total{outcome="done"}'] == 1
    assert found['pargrade_gate_acts_total{verdict="done"}'] == 0
    assert found["pargrade_gate_open_messages"] == 1
    assert found["pargrade_gate_attesters_silent"] == 0


def test_carrier__an_endpoint_that_leaves_something_out__is_tried_again_until_it_is_right(
    chains, tmp_path
):
    """An event that those before it do not allow is no reason to end: the next pass reads anew."""
    proxy = chains.proxies["home"]
    chains.write(home__rpc_urls=[proxy.url, chains.home.url])
    carrying = open_carrier(chains.pair(), CARRIER, tmp_path / "carrier")
    carrying.carrier.carry()
    first = chains.lock(1)
    block = hex(chains.home.chain.height())
    chains.lock(1)
    proxy.break_with(lost_logs(lambda log: log["blockNumber"] == block), "eth_getLogs")
    problems = []

    def waited(_):
        problems.extend(carrying.looks.problems())
        proxy.mend()

    carrying.stop.wait = waited
    carrying.run(0.1, lambda _: carrying.stop.set())
    assert problems[0].startswith("Unexplained: ")
    assert carrying.looks.failure is None
    assert first in carrying.carrier.followers.home.ledger.sent
    carrying.close()


def test_carrier__its_coins_and_what_a_day_costs__are_figures_of_each_end(chains, tmp_path):
    with attesting(chains, tmp_path / "attesters") as services:
        chains.lock(3)
        for service in services:
            service.look()
        carrying = open_carrier(chains.pair(), CARRIER, tmp_path / "carrier")
        carrying.run(0.1, lambda _: carrying.stop.set())
        for purse in carrying.purses.values():
            purse.watch.look()
        found = {
            sample.name + str(sample.labels.get("end", "")): sample.value
            for metric in carrying.looks.read()
            for sample in metric.samples
        }
        carrying.close()
    assert found["pargrade_fees_day_coinshome"] == 0
    assert 0 < found["pargrade_fees_day_coinsremote"] < 1
    for end, net in (("home", chains.home), ("remote", chains.remote)):
        coins = net.chain.balance(CARRIER.address, block=Tag.LATEST) / 10**18
        assert found[f"pargrade_key_balance_coins{end}"] == pytest.approx(coins)


def test_watcher__one_endpoint_alone__is_not_believed(chains):
    """Neither that all is well, nor that something is to be stopped."""
    chains.proxies["remote"].break_with(body(b"busy", 503))
    refused = run("bridge", "watch", str(chains.path), "--once", "--data", str(chains.folder / "w"))
    assert refused.code == 1
    assert "endpoints say" in refused.error
    assert run("bridge", "audit", str(chains.path)).code == 1
    followers = follow_both(chains.pair(), open_store("sqlite://"), witness_all)
    watching = WatcherService(Watcher(chains.pair(), followers))
    with pytest.raises(TooFewEndpoints):
        watching.watcher.look()
    chains.proxies["remote"].mend()
    watching.run(0.1, lambda _: watching.stop.set())
    found = {metric.name: metric.samples for metric in watching.looks.read()}
    assert found["pargrade_gate_alarms"][0].value == 0


def test_watcher__one_endpoint_stands_still_while_tokens_are_stolen__is_named(chains):
    """Its head is the lowest, and would hide the theft for as long as it likes."""
    now = [0.0]

    def witness(end, urls):
        return Witnesses(urls, end.chain.chain_id, clock=lambda: now[0])

    newest = Finality(Tag.LATEST)
    followers = follow_both(chains.pair(), open_store("sqlite://"), witness, newest)
    watching = WatcherService(Watcher(chains.pair(), followers))
    assert watching.watcher.look().faults == ()
    chains.proxies["remote"].break_with("frozen head")
    chains.remote.chain.mine(1)
    watching.watcher.look()
    steal(chains)
    assert watching.watcher.look().faults == ()
    now[0] = LAG_S + 1
    watching.stop.wait = lambda _: watching.stop.set()
    watching.run(0.1, lambda _: None)
    [problem, *_] = watching.looks.problems()
    assert problem.startswith("EndpointLags: ")
    assert chains.proxies["remote"].url.removeprefix("http://") in problem
    chains.proxies["remote"].mend()
    assert any("never left" in fault for fault in watching.watcher.look().faults)


def test_health__of_a_chain_that_stands_still__is_said_by_the_clock_of_the_machine(chains):
    now = [float(chains.home.chain.head().timestamp)]
    looks = Looks(now=lambda: now[0])
    followers = follow_both(chains.pair(), open_store("sqlite://"), witness_all)
    followers.sync()
    looks.note(followers)

    def ages():
        metrics = {metric.name: metric.samples for metric in looks.read()}
        return {s.labels["end"]: s.value for s in metrics["pargrade_gate_head_age_seconds"]}

    assert looks.problems() == []
    assert ages()["home"] < 60
    now[0] += old_after(Finality()) + 60
    assert [problem.split(":")[0] for problem in looks.problems()] == ["home", "remote"]
    assert ages()["home"] > old_after(Finality())
    chains.home.chain.mine_at(int(now[0]))
    chains.home.chain.mine(70)
    followers.sync()
    looks.note(followers)
    assert [problem.split(":")[0] for problem in looks.problems()] == ["remote"]
    assert ages()["home"] == 0


@pytest.mark.parametrize("confirmations", [0, 64, 10_000])
def test_old_after__of_blocks_on_top__leaves_them_time(confirmations):
    assert old_after(Finality(Tag.LATEST, confirmations)) >= 12 * confirmations + 600


def test_watch__with_a_port__serves_its_health_while_it_runs(chains, tmp_path):
    [port] = free_ports(1)
    words = ("bridge", "watch", chains.path, "--data", tmp_path / "w", "--http-port", port)
    process = start(*words)
    try:
        assert process.stderr is not None
        assert "/health and /metrics" in process.stderr.readline()
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 60
        while figures(url)['pargrade_gate_looks_total{outcome="done"}'] < 2:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        # Development chains began long ago by the clock of this machine.
        assert all("s old by this clock" in problem for problem in health(url)[1]["problems"])
        assert figures(url)["pargrade_gate_alarms"] == 0
    finally:
        process.terminate()
        process.communicate(timeout=60)
