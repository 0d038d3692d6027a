"""`pargrade oracle member check` names each thing that is wrong, and says how to mend it."""

import json
from dataclasses import replace

import pytest

from oracle.member.check import check_member
from oracle.member.config import MemberConfig
from oracle.protocol_store.promise_journal import FILE
from pargrade.chain.block import Tag
from pargrade.chain.wallet import Wallet
from pargrade.check.result import Severity
from pargrade.devnet.anvil import devnet_keys
from tests.support.cli import run
from tests.support.committee import committee
from tests.support.peer import nobody

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def four(tmp_path_factory):
    with committee(tmp_path_factory.mktemp("four"), 4) as found:
        yield found


@pytest.fixture
def config(four):
    return MemberConfig.read_file(four.paths[0])


def about(config):
    """The gravest finding of each subject's first word."""
    order = [Severity.OK, Severity.WARNING, Severity.WRONG]
    ordered = sorted(check_member(config), key=lambda each: order.index(each.state))
    return {each.subject.split(" ")[0]: each for each in ordered}


def test_check__of_a_member_whose_peers_do_not_run__finds_these_wrong_and_nothing_else(four):
    ended = run("oracle", "member", "check", str(four.paths[0]), "--json")
    document = json.loads(ended.out)
    assert (ended.code, document["ok"]) == (1, False)
    wrong = [each["subject"] for each in document["findings"] if each["state"] == "wrong"]
    assert sorted(wrong) == sorted(
        f"peer {MemberConfig.read_file(path).url}" for path in four.paths[1:]
    )


def test_check__of_a_member_that_is_set_up__says_its_seat_peers_watchers_and_index(config):
    found = about(config)
    assert found["seat"].found == "member 1 of 4, epoch 1, 3 signatures"
    assert found["peers"].found == "all 3 others are named"
    assert found["watch"].found.endswith("4 watchers or more for each")
    assert found["index"].found == "second version, replayed values: SCU / USD"
    assert found["method"].state is Severity.OK
    assert found["lock"].found == "free: no node runs on this journal"
    assert found["balance"].state is Severity.OK


def test_check__of_a_key_or_an_index_that_is_another_one__names_it(four, config):
    stranger = about(replace(config, reporter="0x" + "12" * 20))
    assert stranger["key"].state is stranger["seat"].state is Severity.WRONG
    assert "setReporters" in stranger["seat"].mend
    assert stranger["balance"].state is Severity.WRONG
    names = config.chain.model_copy(update={"indices": ("H100 / USD",)})
    assert about(replace(config, chain=names))["index"].state is Severity.WRONG
    nothing = config.chain.model_copy(update={"spot_index": config.reporter})
    assert about(replace(config, chain=nothing))["index"].state is Severity.WRONG
    down = config.chain.model_copy(update={"rpc": (nobody(),)})
    assert about(replace(config, chain=down))["endpoint"].state is Severity.WRONG


def test_check__of_a_method_that_does_not_ship__names_it_and_looks_at_the_rest(four, config):
    index, wallet = four.index, Wallet(four.chain, devnet_keys()[0])
    committee = index.reporter_config(block=Tag.LATEST)
    wallet.send(index.set_reporters(committee.quorum, b"\7" * 32, committee.reporters))
    try:
        found = about(config)
        assert found["method"].state is Severity.WRONG
        assert found["seat"].found == "member 1 of 4, epoch 2, 3 signatures"
    finally:
        former = index.set_reporters(committee.quorum, committee.method_hash, committee.reporters)
        wallet.send(former)


def test_check__of_peers_that_are_left_out__is_wrong_once_too_few_for_a_round_are_left(config):
    first, second, *_ = config.peers
    nearly = {address: url for address, url in config.peers.items() if address != first}
    assert about(replace(config, peers=nearly))["peers"].state is Severity.WARNING
    two = {address: url for address, url in nearly.items() if address != second}
    found = about(replace(config, peers=two))["peers"]
    assert found.state is Severity.WRONG
    assert first in found.found
    strange = about(replace(config, peers={**config.peers, "0x" + "34" * 20: nobody()}))["peers"]
    assert strange.state is Severity.WARNING


def test_check__of_a_line_that_too_few_watch_or_nobody_knows__names_it(four, config):
    unknown = about(replace(config, watch=frozenset({"nowhere"})))["watch"]
    assert unknown.state is Severity.WRONG
    assert "nowhere" in unknown.found
    live = config.live.model_copy(update={"venues": ("lium",)})
    absent = about(replace(config, live=live, watch=frozenset({"lium", "lambda"})))["watch"]
    assert absent.state is Severity.WRONG
    assert absent.found.startswith("fewer than 3 members watch ")
    assert "lium/lium" in absent.found
    some = frozenset(sorted(config.panel.providers)[1:])
    thin = about(replace(config, watch=some))["watch"]
    assert thin.state is Severity.WARNING
    assert sorted(config.panel.providers)[0] in thin.found


def test_check__of_a_journal_that_is_not_there_or_is_no_journal__says_how_to_get_one(
    config, tmp_path
):
    found = about(replace(config, data=tmp_path))["journal"]
    assert found.state is Severity.WRONG
    assert "oracle member new-journal" in found.mend
    (tmp_path / FILE).write_bytes(b"overwritten" * 1_000)
    broken = about(replace(config, data=tmp_path))["database"]
    assert broken.state is Severity.WRONG
    assert "oracle member restore" in broken.mend
