"""Alerts of committee nodes fire for real: faults of processes, seen by a real Prometheus."""

import os
import signal
from dataclasses import replace

import pytest

from oracle.member.config import MemberConfig
from tests.support.committee import TIMING, committee
from tests.support.nodes import until
from tests.support.prometheus import prometheus
from tests.support.proxy import fault_proxy

pytestmark = pytest.mark.deep

PATIENCE_S = 240
SLOW = replace(TIMING, heartbeat=20)


def test_alerts__of_a_committee_that_loses_too_many__fire(tmp_path, monkeypatch):
    monkeypatch.setenv("PARGRADE_RUNTIME_DIR", str(tmp_path / "tips"))
    with committee(tmp_path, 4, SLOW) as four, fault_proxy(four.devnet.url) as proxy:
        config = four.paths[1]
        config.write_text(config.read_text().replace(four.devnet.url, proxy.url))
        four.start()
        configs = [MemberConfig.read_file(path) for path in four.paths]
        targets = [each.url.removeprefix("http://") for each in configs]
        with prometheus(tmp_path / "scraper", {"pargrade-member": targets}) as scraper:
            until(lambda: len(scraper.query("up == 1")) == 4, "scraped members", 60)
            four.await_rounds(1)
            ours = {"CommitteeNoRound", "CommitteeCut", "CommitteeNoSeat", "LooksFail"}
            assert not ours & {name for name, _ in scraper.firing()}
            four.chain.fund(configs[0].reporter, 10**15)
            scraper.await_alert("KeyBalanceLow", targets[0], PATIENCE_S)
            proxy.break_with("hangs up")
            scraper.await_alert("LooksFail", targets[1], PATIENCE_S)
            scraper.await_alert("NoEndpointFit", targets[1], PATIENCE_S)
            for number in (2, 3):
                os.kill(four.pid(number), signal.SIGKILL)
            scraper.await_alert("TargetDown", targets[3], PATIENCE_S)
            scraper.await_alert("CommitteeCut", targets[0], PATIENCE_S)
            scraper.await_alert("CommitteeNoRound", targets[0], PATIENCE_S)
