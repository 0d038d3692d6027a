"""`pargrade oracle check` names each thing that is wrong, and says how to mend it."""

import json
from dataclasses import replace

import pytest

from oracle.journal.journal import FILE
from oracle.node.check import check_node
from pargrade.check.result import Severity
from tests.support.cli import run
from tests.support.nodes import GENESIS, nodes
from tests.support.peer import nobody

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def team(tmp_path_factory):
    with nodes(tmp_path_factory.mktemp("team"), reporters=3, quorum=3) as three:
        yield three


def about(findings):
    return {finding.subject.split(" ")[0]: finding for finding in findings}


def test_check__peers_do_not_run__they_are_wrong_and_the_exit_code_is_1(team):
    ended = run("oracle", "check", str(team.paths[0]), "--json")
    document = json.loads(ended.out)
    assert ended.code == 1
    assert not document["ok"]
    wrong = [each for each in document["findings"] if each["state"] == "wrong"]
    assert [each["subject"] for each in wrong] == [f"peer {node.url}" for node in team.configs[1:]]
    assert all("node runs" in each["mend"] for each in wrong)


def test_check__while_all_run__all_is_well(team):
    running = [team.start(number) for number in range(3)]
    try:
        team.round(GENESIS)
        found = about(check_node(team.configs[0]))
        assert [each for each in found.values() if each.state is Severity.WRONG] == []
        assert found["registration"].found.startswith("reporter 1 of 3, epoch 1")
        assert found["lock"].found == f"process {running[0].pid} runs on this journal"
    finally:
        for node in running:
            node.stop()


def test_check__wrong_key_chain_endpoint_or_journal__each_is_named(team, tmp_path):
    config, other, _ = team.configs
    found = about(check_node(replace(config, reporter=other.reporter)))
    assert found["key"].state is Severity.WRONG
    stranger = replace(config, reporter="0x" + "12" * 20)
    found = about(check_node(stranger))
    assert found["registration"].state is Severity.WRONG
    assert "setReporters" in found["registration"].mend
    assert found["balance"].state is Severity.WRONG
    elsewhere = replace(config, chain=config.chain.model_copy(update={"id": 1}))
    found = about(check_node(elsewhere))
    assert found["endpoint"].state is Severity.WRONG
    down = config.chain.model_copy(update={"rpc": (nobody(),)})
    assert about(check_node(replace(config, chain=down)))["endpoint"].state is Severity.WRONG
    deaf = config.chain.model_copy(update={"heads": (nobody().replace("http", "ws"),)})
    assert about(check_node(replace(config, chain=deaf)))["heads"].state is Severity.WARNING
    assert about(check_node(replace(config, data=tmp_path)))["journal"].state is Severity.WRONG
    (tmp_path / FILE).write_bytes(b"overwritten" * 1_000)
    assert about(check_node(replace(config, data=tmp_path)))["database"].state is Severity.WRONG
