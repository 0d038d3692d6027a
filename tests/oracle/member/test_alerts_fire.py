"""Alerts of committee nodes fire for real: faults of processes, seen by a real Prometheus."""

import os
import signal
from contextlib import ExitStack
from dataclasses import replace

import pytest

from oracle.evidence.part import FOLDER
from oracle.member.archiving import SETTLED_S
from oracle.member.config import MemberConfig
from oracle.transport.nats.stream import name_of
from pargrade.clock import DAY_S
from tests.oracle.member.test_member import landed
from tests.support.committee import TIMING, committee
from tests.support.members import BEGIN, SharedLedger, running, stored_committee, write_configs
from tests.support.nats_server import as_client, nats_server
from tests.support.nodes import until
from tests.support.prometheus import prometheus
from tests.support.proxy import fault_proxy

pytestmark = pytest.mark.deep

PATIENCE_S = 240
SLOW = replace(TIMING, heartbeat=20)


def test_alerts__of_a_committee_that_loses_too_many__fire(tmp_path, monkeypatch):
    monkeypatch.setenv("PARGRADE_RUNTIME_DIR", str(tmp_path / "tips"))
    with committee(tmp_path, 4, SLOW) as four, fault_proxy(four.devnet.url) as proxy:
        four.edit(1, four.devnet.url, proxy.url)
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


def test_alerts__of_an_archive_and_of_nats__fire(tmp_path, monkeypatch):
    monkeypatch.setenv("PARGRADE_RUNTIME_DIR", str(tmp_path / "tips"))
    ours = {"ArchiveFails", "NatsAway", "NatsFallsBack", "NatsStrangers"}
    midnight = BEGIN - BEGIN % DAY_S + DAY_S
    stored = stored_committee(4)
    ledger, stream = SharedLedger(stored, now=midnight - 1_200), name_of(stored.committee)
    with ExitStack() as stack:
        server = stack.enter_context(nats_server(tmp_path))
        paths = write_configs(tmp_path, 4, transport={"nats": [server.url]})
        members = [stack.enter_context(running(path, ledger)) for path in paths]
        until(lambda: all(each.driver.seat for each in members), "seats", 60)
        links = [each.driver.seat.deliveries.link for each in members]
        until(lambda: not any(each.problem for each in links), "connections", 60)
        targets = [each.config.url.removeprefix("http://") for each in members]
        scraper = stack.enter_context(
            prometheus(tmp_path / "scraper", {"pargrade-member": targets})
        )
        until(lambda: len(scraper.query("up == 1")) == 4, "scraped members", 60)
        until(lambda: len(scraper.query("pargrade_committee_nats_sent_total")) == 4, "figures", 60)
        assert not ours & {name for name, _ in scraper.firing()}

        async def shout(client):
            # One who is no member.
            for _ in range(400):
                await client.publish(f"{stream}.slot.1", b"strange")

        as_client(server, shout)
        scraper.await_alert("NatsStrangers", targets[0], PATIENCE_S)

        async def shrink(client):
            # Word that a member is here passes; batches, sets and votes do not.
            manager = client.jetstream()
            config = (await manager.stream_info(stream)).config
            await manager.update_stream(config, max_msg_size=200)

        as_client(server, shrink)
        for slot in range(midnight - 1_080, midnight - 300, 120):
            landed(ledger, slot)
        assert min(each.failed for each in links) > 10
        scraper.await_alert("NatsFallsBack", targets[0], PATIENCE_S)
        (members[1].config.data / FOLDER).write_text("no folder")
        ledger.now = midnight + SETTLED_S
        scraper.await_alert("ArchiveFails", targets[1], PATIENCE_S)
        assert ("ArchiveFails", targets[0]) not in scraper.firing()
        server.stop()
        scraper.await_alert("NatsAway", targets[0], PATIENCE_S)
