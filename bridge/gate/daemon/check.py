"""What the services of a route need, looked at without changing anything."""

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from bridge.gate.attester.journal import FILE, AttestationJournal, AttesterIdentity
from bridge.gate.carrier.attester_client import AttesterClient, AttesterSilent
from bridge.gate.route.attester_set import AttesterSet
from bridge.gate.route.end import GateEnd
from bridge.gate.route.file import RouteFile
from bridge.gate.route.pair import RoutePair
from bridge.gate.route.plan import require_agreement
from bridge.gate.route.reading import EndReading, read_pair
from bridge.gate.witness.witnesses import BadEndpoints, Witnesses
from pargrade.bindings.bridge_gate import BridgeGate
from pargrade.chain.block import Tag
from pargrade.chain.hashing import Address
from pargrade.check.endpoints import check_endpoints
from pargrade.check.funds import check_balance, estimate_need
from pargrade.check.result import CheckResult, find
from pargrade.check.storage import check_space
from pargrade.deployment.file import Deployment
from pargrade.keys.source import load_signer

_TIMEOUT_S: Final = 10.0
_TRANSACTIONS: Final = 900
"""Of a carrier's month: thirty a day at each end."""
_GAS: Final = 100_000
"""Of a delivery, with a margin."""
_STOPS: Final = ("stop_routes", "stop_entry", "delay_inbound")


def check_route(file: RouteFile, key: str, data: Path | None) -> list[CheckResult]:
    """Looks at endpoints, gates, attesters, and at what a key and a folder are good for.

    `key` may be empty; `data` is the folder of an attester.
    """
    findings: list[CheckResult] = []
    for name, table in (("home", file.home), ("remote", file.remote)):
        chains = find(name, partial(_check_deployment, table.deployment))
        findings += chains
        findings += check_endpoints(table.rpc_urls, None, _TIMEOUT_S, time.time())
        findings.append(_judge_hosts(name, table.rpc_urls))
    pairs: list[RoutePair] = []

    def look() -> Iterator[CheckResult]:
        pair = RoutePair.open(file)
        pairs.append(pair)
        readings = read_pair(pair)
        require_agreement(pair, *readings)
        for end, reading in zip((pair.home, pair.remote), readings, strict=True):
            yield from _judge_end(file, end, reading)

    findings += find("route", look)
    for url in file.attesters.urls:
        findings += find(f"attester {url}", partial(_check_attester, url, pairs))
    if pairs:
        findings += find("key", lambda: _check_key(pairs[0], key, data))
    return findings


def _check_deployment(path: Path) -> Iterator[CheckResult]:
    found = Deployment.read(path)
    yield CheckResult.ok(f"deployment {path}", f"of chain {found.chain_id}")


def _judge_hosts(name: str, urls: tuple[str, ...]) -> CheckResult:
    try:
        Witnesses(urls, 0)
    except BadEndpoints as bad:
        mend = f"{bad.hint} Attesters, watchers and audits believe no single one."
        return CheckResult.warning(f"{name}: rpc_urls", "one host", mend)
    return CheckResult.ok(f"{name}: rpc_urls", "two hosts or more")


def _judge_end(file: RouteFile, end: GateEnd, reading: EndReading) -> Iterator[CheckResult]:
    side = end.side.value
    if reading.state is None:
        mend = "The curator adds it: pargrade bridge route add."
        yield CheckResult.wrong(f"{side}: route", "not added", mend)
    elif reading.state.stopped_until > reading.block.timestamp:
        mend = "Find out why; the curator starts it: pargrade bridge route start."
        yield CheckResult.wrong(f"{side}: route", "stopped", mend)
    else:
        yield CheckResult.ok(f"{side}: route", "added and running")
    if AttesterSet.of(file.attesters).is_in_force(reading.attesters):
        found = f"epoch {reading.attesters.epoch} is that of the file"
        yield CheckResult.ok(f"{side}: attesters", found)
    else:
        mend = "Mend the file, or have the admin seat them: pargrade bridge attesters set."
        yield CheckResult.wrong(f"{side}: attesters", "others are in force, or none", mend)


def _check_attester(url: str, pairs: list[RoutePair]) -> Iterator[CheckResult]:
    destination = pairs[0].route.remote.chain if pairs else 1
    try:
        AttesterClient(url).signatures(destination, 1, 0)
    except AttesterSilent as silent:
        yield CheckResult.warning(f"attester {url}", silent.reason, silent.hint)
    else:
        yield CheckResult.ok(f"attester {url}", "hands signatures out")


def _check_key(pair: RoutePair, key: str, data: Path | None) -> Iterator[CheckResult]:
    if not key:
        mend = "Set PARGRADE_KEY, or give --key: a service signs with it."
        yield CheckResult.warning("key", "none was given, so nothing of it is looked at", mend)
        return
    address = load_signer(key, lambda: pair.home.chain).address
    seat = address in AttesterSet.of(pair.file.attesters).addresses
    yield CheckResult.ok("key", f"{address}, {'an attester' if seat else 'no attester'}")
    for end in (pair.home, pair.remote):
        need = estimate_need(end.chain, _TRANSACTIONS, _GAS)
        yield check_balance(end.chain, address, need)
        may = [name for name in _STOPS if _may(end, address, name)]
        stops = ", ".join(may) or "nothing: it only raises the alarm"
        yield CheckResult.ok(f"{end.side.value}: a watcher with it", f"may call {stops}")
    if data is not None:
        yield from _check_journal(pair, address, data)


def _may(end: GateEnd, account: Address, function: str) -> bool:
    selector = BridgeGate.SELECTORS[function]
    may = end.governance.can_call(account, end.gate.address, selector, block=Tag.LATEST)
    return bool(may.immediate)


def _check_journal(pair: RoutePair, address: Address, data: Path) -> Iterator[CheckResult]:
    journal = AttestationJournal(data)
    try:
        journal.require_owner(AttesterIdentity(address, pair.route.id))
        yield CheckResult.ok(f"journal {data / FILE}", f"{journal.mark().entries} signatures")
    finally:
        journal.close()
    yield check_space(data)
