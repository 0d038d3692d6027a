"""`pargrade oracle`: every command does what it says, and refuses with one line and a hint."""

import json
import os
import socket
import stat
import time
from dataclasses import replace
from pathlib import Path

import pytest

from oracle.index.method import load_method
from oracle.node.config import NodeConfig
from oracle.node.provision import DEVNET_PACE
from pargrade.chain.block import Tag
from pargrade.chain.keys import Key
from pargrade.chain.wallet import Wallet
from pargrade.deployment.deployer import deploy
from pargrade.deployment.plan import Plan, Reporters
from pargrade.devnet.anvil import DEVNET_KEYS
from tests.support import command
from tests.support.cli import run
from tests.support.nodes import GENESIS, HOUR, KEYS, REPORTERS, nodes, until
from tests.support.peer import nobody

pytestmark = pytest.mark.full


@pytest.fixture
def alone(tmp_path):
    with nodes(tmp_path, reporters=1, quorum=1) as first:
        yield first


def init(found, folder, *words):
    deployment = str(found.folder / "deployment.json")
    options = ("--rpc-url", found.devnet.url, "--deployment", deployment)
    return run("oracle", "init", str(folder), *options, *words)


def test_init__for_a_set_of_five__writes_a_configuration_each_that_nodes_run_from(tmp_path):
    with nodes(tmp_path) as five:
        output = init(five, tmp_path / "mine", "--reporters", "5", "--quorum", "3", "--json").json
        configs = [NodeConfig.read(Path(path)) for path in output["configs"]]
    assert (output["quorum"], output["liars_survived"], output["silent_survived"]) == (3, 1, 2)
    assert [config.reporter for config in configs] == [key.address for key in REPORTERS]
    assert [config.load_key().address for config in configs] == [key.address for key in REPORTERS]
    assert [config.port for config in configs] == [7601, 7602, 7603, 7604, 7605]
    assert [config.panel.name for config in configs] == [f"panel-{n}" for n in range(1, 6)]
    for config in configs:
        assert set(config.peers) == {each.url for each in configs} - {config.url}
        assert config.pace == DEVNET_PACE
        assert stat.S_IMODE(os.stat(config.key.file).st_mode) == 0o600
        assert not any(key in config.path.read_text() for key in DEVNET_KEYS)


def test_init__for_a_person__prints_files_and_both_tolerances(alone, tmp_path):
    done = init(alone, tmp_path / "mine", "--first-port", "0")
    assert done.code == 0
    path, summary = done.out.splitlines()
    assert path == str(tmp_path / "mine" / "node-1.toml")
    assert summary == (
        "1 of 1 make a round: a value survives 0 liars, the index 0 silent reporters"
    )


def test_init__recorded_day_for_today__is_written_as_whole_days(alone, tmp_path):
    done = init(alone, tmp_path / "replaying", "--first-port", "0", "--replay-from", "2026-03-02")
    assert done.code == 0
    [path] = (tmp_path / "replaying").glob("node-*.toml")
    assert NodeConfig.read(path).replay_offset_s == 2 * 86_400
    assert "replay_offset_s = 172800" in path.read_text()


def test_init__reporter_without_a_well_known_key__names_the_variable(alone, tmp_path):
    own = Key(b"\x42" * 32)
    reporters = Reporters((own.address,), 1, load_method().method_hash)
    plan = Plan(reporters, (), (), salt=b"\x42" * 32)
    deploy(Wallet(alone.chain, KEYS[0]), plan).write(tmp_path / "own" / "deployment.json")
    assert init(replace(alone, folder=tmp_path / "own"), tmp_path / "mine").code == 0
    config = NodeConfig.read(tmp_path / "mine" / "node-1.toml")
    assert (config.key.env, config.key.file) == ("PARGRADE_REPORTER_KEY_1", None)
    started = run("oracle", "run", str(config.path))
    assert started.error.endswith("environment variable PARGRADE_REPORTER_KEY_1 is not set")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--reporters", "5"], "the set has 1 reporters and quorum 1, not 5 and 1"),
        (["--quorum", "3"], "the set has 1 reporters and quorum 1, not 1 and 3"),
    ],
)
def test_init__another_set_than_meant__writes_nothing(alone, tmp_path, words, text):
    assert text in init(alone, tmp_path / "mine", *words).error
    assert not (tmp_path / "mine").exists()


def test_init__a_folder_with_nodes_in_it__is_left_alone(alone):
    before = alone.paths[0].read_bytes()
    assert "exists" in init(alone, alone.folder / "nodes").error
    assert alone.paths[0].read_bytes() == before


def test_init__no_chain__says_so(alone, tmp_path):
    alone.devnet.stop()
    assert "no answer from" in init(alone, tmp_path / "mine").error


def test_once__dry__says_what_it_would_sign_and_signs_nothing(alone):
    alone.configs[0].key.file.unlink()
    (alone.configs[0].data / "journal.sqlite").unlink()
    output = run("oracle", "once", str(alone.paths[0]), "--dry-run", "--json").json
    assert (output["slot"], output["due"], output["places_before"]) == (GENESIS, "first", 0)
    assert output["state"] == "live"
    assert int(output["value8"]) > 10**8
    shown = run("oracle", "once", str(alone.paths[0]), "--dry-run").out
    assert f"slot {GENESIS}" in shown
    assert "due (first); this node's turn" in shown
    assert not (alone.configs[0].data / "journal.sqlite").exists()
    assert alone.last_slot == 0


def test_once__brings_the_round_and_says_it_is_there_when_asked_again(alone):
    output = run("oracle", "once", str(alone.paths[0]), "--json").json
    latest = alone.index.latest(0, block=Tag.LATEST)
    assert (output["slot"], output["values"]) == (latest.slot, [str(latest.value)])
    again = run("oracle", "once", str(alone.paths[0]))
    assert again.code == 0
    assert "has its round already" in again.out


def test_once__for_an_earlier_open_slot__brings_that_one(alone):
    alone.chain.advance(GENESIS + HOUR)
    slot = GENESIS + HOUR - 600
    output = run("oracle", "once", str(alone.paths[0]), "--slot", str(slot), "--json").json
    assert (output["slot"], alone.last_slot) == (slot, slot)
    refused = run("oracle", "once", str(alone.paths[0]), "--slot", str(slot - 600))
    assert "older than the oldest that counts" in refused.error


def test_once__too_few_others__says_who_was_missing(tmp_path):
    with nodes(tmp_path, reporters=3, quorum=3) as three:
        refused = run("oracle", "once", str(three.paths[0]))
        assert f"no round at slot {GENESIS}: 1 observations, 3 needed" in refused.error
        assert refused.error.count("DOWN: [Errno 111] Connection refused") == 2


def test_once__without_funds__says_whose_and_where_to_send_them(alone):
    alone.chain.fund(REPORTERS[0].address, 0)
    refused = run("oracle", "once", str(alone.paths[0]))
    assert f"{REPORTERS[0].address} holds 0 wei" in refused.error
    assert f"Send the chain's native coin to {REPORTERS[0].address}" in refused.hint


def wrong_chain(found):
    found.edit(0, "id = 31337", "id = 1")
    return "is chain 31337, expected chain 1"


def wrong_key(found):
    found.configs[0].key.file.write_text(DEVNET_KEYS[11])
    return f"the key is of {KEYS[11].address}, the reporter is {REPORTERS[0].address}"


def chain_down(found):
    found.edit(0, found.devnet.url, nobody())
    return "no answer from"


def no_contract(found):
    found.edit(0, found.index.address, KEYS[3].address)
    return f"no such contract at {KEYS[3].address}"


def misspelt(found):
    found.edit(0, "poll_ms", "pool_ms")
    return "pace.pool_ms is not a setting"


def no_sample(found):
    found.edit(0, 'sample = "shipped"', 'sample = "none.csv"')
    return "none.csv is down: No such file or directory"


def broken_sample(found):
    (found.folder / "nodes" / "broken.csv").write_text("observed_at,provider\nnow,someone\n")
    found.edit(0, 'sample = "shipped"', 'sample = "broken.csv"')
    return "broken.csv is malformed at line 1: no column"


def broken_journal(found):
    (found.configs[0].data / "journal.sqlite").write_text("no database" * 500)
    return "file is not a database"


MISTAKES = [
    wrong_chain,
    wrong_key,
    chain_down,
    no_contract,
    misspelt,
    no_sample,
    broken_sample,
    broken_journal,
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=[each.__name__ for each in MISTAKES])
@pytest.mark.parametrize("act", ["run", "once"])
def test_node__with_a_mistake__does_not_start_and_says_one_thing(alone, mistake, act):
    text = mistake(alone)
    assert text in run("oracle", act, str(alone.paths[0])).error


def test_run__port_taken__says_so(alone):
    with socket.create_server(("127.0.0.1", alone.configs[0].port)):
        assert "Address already in use" in run("oracle", "run", str(alone.paths[0])).error


def test_run__configuration_not_there__names_it_once_the_wait_is_over(tmp_path):
    missing = tmp_path / "node-1.toml"
    began = time.monotonic()
    assert str(missing) in run("oracle", "run", "--wait", "0.3", str(missing)).error
    assert time.monotonic() - began >= 0.3


def test_run__configurations_come_later__nodes_start_from_them(tmp_path):
    with nodes(tmp_path) as five:
        folder, drafts = five.paths[0].parent, tmp_path / "drafts"
        folder.rename(drafts)
        process = command.start("oracle", "run", "--wait", "60", *five.paths)
        try:
            time.sleep(0.2)
            assert process.poll() is None
            drafts.rename(folder)
            until(lambda: all(map(five.answers, range(5))), "answers", 60)
        finally:
            process.terminate()
            process.communicate(timeout=10)


def test_run__one_node__brings_rounds_until_it_is_told_to_end(alone):
    process = command.start("oracle", "run", alone.paths[0])
    try:
        alone.round(GENESIS)
        alone.round(GENESIS + HOUR)
        process.terminate()
        # Far less than the 30 s that a transaction is waited for, and long for a busy machine.
        out, err = process.communicate(timeout=15)
        assert process.returncode == 143
        assert out == ""
        assert err.count("landed") == 2
        assert "Traceback" not in err
    finally:
        process.kill()


def test_run__told_to_end_while_its_transaction_waits__ends_and_the_round_lands(alone, tmp_path):
    alone.chain.pause_mining()
    node = alone.start(0)
    until(lambda: alone.chain.request("txpool_status")["pending"] == "0x1", "transaction")
    began = time.monotonic()
    node.stop()
    # A transaction would be waited for 30 s.
    assert time.monotonic() - began < 15
    assert node.code == 143
    alone.chain.mine()
    alone.chain.resume_mining()
    assert alone.landed(GENESIS).slot == GENESIS
    alone.start(0)
    assert alone.round(GENESIS + HOUR).slot == GENESIS + HOUR


def test_run__chain_goes_away_and_comes_back__says_so_once_and_goes_on(alone, tmp_path):
    alone.start(0)
    alone.round(GENESIS)
    port = int(alone.devnet.url.rsplit(":", 1)[1])
    alone.devnet.stop()
    until(lambda: alone.raw(0, "/health")[0] == 503, "trouble")
    time.sleep(1)
    assert alone.log.count("ERROR") == 1
    assert "no answer from" in json.loads(alone.raw(0, "/health")[1])["chain"]
    with nodes(tmp_path / "again", 1, 1, genesis=GENESIS + 86_400, port=port) as again:
        # The same accounts deploy the same contracts to the same addresses.
        assert again.index.address == alone.index.address
        until(lambda: again.last_slot == GENESIS + 86_400, "round on the chain that came back")
    assert "Traceback" not in alone.log


def test_run__replaying__marks_what_it_observes(tmp_path):
    with nodes(tmp_path, reporters=1, quorum=1, genesis=GENESIS + 400 * 86_400) as later:
        later.start(0, options=("--replay-from", "2026-03-04"))
        later.landed(GENESIS + 400 * 86_400)
        assert later.index.latest(0, block=Tag.LATEST).flags == 1
        index = later.get(0, "/index")[1]
        assert (index["replayed"], index["as_of"]) == (True, GENESIS)
        assert index["slot"] == GENESIS + 400 * 86_400
        assert later.get(0, "/health")[1]["replayed"] is True
        replayed = run("oracle", "replay", str(index["slot"]), "--nodes", str(tmp_path / "nodes"))
        assert replayed.code == 0
        assert "match" in replayed.out
