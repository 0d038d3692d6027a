"""The daemon as a real process, and its command line."""

import json
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest

from bridge.ledger.finality import Finality
from pargrade.bindings.structs import Phase
from pargrade.chain.block import Tag
from pargrade.devnet.anvil import Devnet
from pargrade.process.ports import free_ports
from tests.support.cli import run
from tests.support.command import KEEPER_KEY, start
from tests.support.figures import scrape
from tests.support.market import DAY, MIDNIGHT, PRICE, Market, account

pytestmark = pytest.mark.full

EXPIRY = MIDNIGHT + 2 * DAY


@pytest.fixture
def series(market: Market) -> int:
    """A covered series that has expired, with three LONG holders and one SHORT holder."""
    number = market.list_series("A1GH", name="NET-A1GH")
    market.spread(number, 3)
    market.cover(MIDNIGHT + DAY, EXPIRY, PRICE * 21 // 20)
    return number


@pytest.fixture
def where(market: Market, series: int, tmp_path: Path) -> tuple[str, ...]:
    """Options that name the chain and the deployment."""
    deployment = market.write(tmp_path / "31337.json")
    return ("--rpc-url", market.net.url, "--deployment", str(deployment))


@pytest.fixture
def daemon(where: tuple[str, ...]) -> Iterator[Callable[..., Popen[str]]]:
    """Starts daemons; those that still run at the end are ended."""
    started: list[Popen[str]] = []

    def begin(*options: str, **streams: Any) -> Popen[str]:
        started.append(start("bridge", "run", *where, "--interval", "1", *options, **streams))
        return started[-1]

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def until(seen: Callable[[], bool], *, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def failed_passes(port: int) -> float:
    return scrape(f"http://127.0.0.1:{port}")['pargrade_bridge_passes_total{outcome="failed"}']


def ended(process: Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


def test_run__series_expires__settled_and_paid_while_nobody_watches(
    market: Market, series: int, daemon: Callable[..., Popen[str]]
) -> None:
    process = daemon("--json")

    def phase() -> Phase:
        return market.market.series(series, block=Tag.LATEST).phase

    until(lambda: phase() is Phase.PROPOSED)
    market.chain.advance(market.now + DAY)
    until(lambda: market.market.balance_of(account(4), series + 1, block=Tag.LATEST) == 0)
    process.send_signal(signal.SIGTERM)
    code, out, err = ended(process)
    assert code == 143, err
    passes = [json.loads(line) for line in out.splitlines()]
    acts = [end["act"].split()[0] for each in passes for end in each["outcomes"]]
    assert acts == ["propose", "finalise", "redeem", "redeem"]
    assert "propose" in err
    assert "Traceback" not in err


def test_run__chain_goes_away__says_so_and_keeps_trying_until_told_to_end(
    market: Market, daemon: Callable[..., Popen[str]], tmp_path: Path
) -> None:
    log = tmp_path / "log"
    [port] = free_ports(1)
    with log.open("w") as stderr:
        process = daemon("--api-port", str(port), stderr=stderr)
    until(lambda: "figures agree" in log.read_text())
    market.net.stop()
    until(lambda: failed_passes(port) > 1)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130
    assert "Traceback" not in log.read_text()
    # Every pass failed in the same way; what came again is counted.
    assert log.read_text().count("no answer from") >= 1
    assert "repeated" in log.read_text()


def test_run__transaction_waits_for_a_block__later_passes_are_skipped_and_said_so(
    market: Market, daemon: Callable[..., Popen[str]]
) -> None:
    market.chain.pause_mining()
    process = daemon()
    until(lambda: market.chain.request("txpool_status")["pending"] != "0x0")
    time.sleep(3)
    market.chain.resume_mining()
    market.chain.mine()
    process.send_signal(signal.SIGTERM)
    _, _, err = ended(process)
    assert re.search(r"keep took \d+\.\d s, and was not started again meanwhile", err)


def test_run__journal_of_another_chain__one_error_and_a_hint(
    market: Market, where: tuple[str, ...], daemon: Callable[..., Popen[str]], tmp_path: Path
) -> None:
    assert run("bridge", "status", *where).code == 0
    market.net.stop()
    with Devnet(genesis=MIDNIGHT + 60) as other:
        stranger = Market.ready(other)
        stranger.write(tmp_path / "31337.json")
        process = start("bridge", "run", *where[2:], "--rpc-url", other.url)
        code, _, err = ended(process)
    errors = [line for line in err.splitlines() if line.startswith(("error:", "hint:"))]
    assert code == 1
    assert "is not the one the journal began after" in errors[0]
    assert "rebuild" in errors[1]
    assert "Traceback" not in err


def test_once__everything_due__told_as_a_table_and_as_json(
    market: Market, where: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARGRADE_KEY", KEEPER_KEY)
    done = run("bridge", "once", *where, "--json").json
    assert [end["verdict"] for end in done["outcomes"]] == ["done"]
    assert done["series"][0]["why"] == "in challenge"
    assert done["series"][0]["price"] == str(PRICE * 21 // 20)
    market.chain.advance(market.now + DAY)
    output = run("bridge", "once", *where)
    assert output.code == 0
    assert "LONG for 3 holders" in output.out
    assert run("bridge", "once", *where).out.startswith("Nothing was due.")


def test_once__dry_run_without_a_key__plans_and_sends_nothing(
    market: Market, where: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PARGRADE_KEY", raising=False)
    head = market.chain.head()
    done = run("bridge", "once", *where, "--dry-run", "--json").json
    assert [end["verdict"] for end in done["outcomes"]] == ["planned"]
    assert market.chain.head() == head


def test_once__no_key__refused_before_anything_is_read(
    where: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PARGRADE_KEY", raising=False)
    assert "has no key" in run("bridge", "once", *where).error


def test_once__cap_per_day_too_low__one_error_with_the_cap_and_a_hint(
    market: Market, where: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARGRADE_KEY", KEEPER_KEY)
    head = market.chain.head()
    refused = run("bridge", "once", *where, "--max-fee-per-day", "0.000000001")
    assert "the cap per day is 0.000000001 coins" in refused.error
    assert "--max-fee-per-day" in refused.hint
    assert market.chain.head() == head
    caps = ("--max-fee", "0.1", "--max-fee-per-day", "0.1")
    assert run("bridge", "once", *where, *caps).code == 0


def test_status__expired_series__shows_what_is_due_and_the_next_rung(
    where: tuple[str, ...],
) -> None:
    (each,) = run("bridge", "status", *where, "--json").json
    assert (each["name"], each["phase"], each["due"]) == ("NET-A1GH", "OPEN", "propose")
    assert (each["lots"], each["holders"]) == ("30", 4)
    assert (each["rung"], each["next_at"]) == ("FULL", EXPIRY + 7 * DAY)
    output = run("bridge", "status", *where).out
    assert "NET-A1GH" in output
    assert "100.0 % covered" in output


def test_reconcile__with_a_replay__every_figure_agrees(where: tuple[str, ...]) -> None:
    found = run("bridge", "reconcile", *where, "--replay", "--json").json
    assert found["figures"] > 10
    rebuilt = run("bridge", "rebuild", *where, "--json").json
    assert rebuilt["before"] == rebuilt["ledger"] == found["ledger"]


def test_reconcile__tokens_are_missing__one_error_that_names_the_figure(
    market: Market, where: tuple[str, ...]
) -> None:
    unit, token = market.unit("A1GH"), market.token("A1GH")
    market.do_as(unit.address, token.transfer(account(9), 1))
    assert f"grade.{unit.address}.tokens" in run("bridge", "reconcile", *where).error


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--finality", "soon"), "--finality is 'soon', not finalized, safe, latest or a number"),
        (("--database", "nosuch://x"), "database nosuch://x"),
        (("--rpc-url", "http://127.0.0.1:1"), "no answer from http://127.0.0.1:1"),
    ],
)
def test_status__unusable_option__one_error(
    where: tuple[str, ...], options: tuple[str, ...], why: str
) -> None:
    assert why in run("bridge", "status", *where, *options).error


def test_finality__default_on_a_development_chain__counts_every_block(market: Market) -> None:
    assert Finality(Tag.LATEST).head(market.chain) == market.chain.head()
