"""What a bridge needs to run, looked at without changing anything."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy.engine import URL, make_url

from bridge.outbox.transaction_log import Intents
from bridge.schema import BRIDGE
from bridge.service.database_backup import file_of
from bridge.service.settings import Settings
from pargrade.chain.block import Tag
from pargrade.chain.endpoint.url import split_urls
from pargrade.chain.fee_budget import Expense
from pargrade.chain.hashing import Address
from pargrade.check.endpoints import check_endpoints
from pargrade.check.funds import DAYS, Need, check_balance, estimate_need
from pargrade.check.result import CheckResult, find
from pargrade.check.storage import check_file, check_space
from pargrade.clock import DAY_S
from pargrade.database import open_database, read_version, transaction
from pargrade.database.migration import versions
from pargrade.deployment.session import Session, open_session
from pargrade.keys.source import load_signer

_TIMEOUT_S: Final = 10.0

_TRANSACTIONS: Final = 60
"""Of a month without a past: two a day, for a series a week with a page of holders a day."""

_GAS: Final = 1_000_000
"""Of one, an estimate: a page of 20 holders takes so much."""

_RESTORE: Final = "pargrade bridge restore"


@dataclass(frozen=True, slots=True)
class _Looked:
    session: Session | None
    findings: tuple[CheckResult, ...]


def check_bridge(settings: Settings, key: str) -> list[CheckResult]:
    """Looks at endpoints, clock, deployment, database, key and balance. `key` may be empty."""
    urls = split_urls(settings.rpc_url)
    findings = check_endpoints(urls, None, _TIMEOUT_S, time.time())
    looked = _open(settings)
    findings += looked.findings
    if looked.session is None:
        return findings
    session = looked.session
    findings += find("database", lambda: _check_database(settings, session))
    return findings + find("key", lambda: _check_key(settings, session, key))


def _open(settings: Settings) -> _Looked:
    sessions: list[Session] = []

    def look() -> Iterator[CheckResult]:
        session = open_session(settings.rpc_url, settings.deployment)
        sessions.append(session)
        market = session.deployment.address("FuturesMarket")
        if session.chain.code(market, block=Tag.LATEST):
            yield CheckResult.ok("deployment", f"{session.path}: market {market} is on chain")
        else:
            mend = "Name the file of this chain's deployment with --deployment."
            yield CheckResult.wrong("deployment", f"{session.path}: no contract at {market}", mend)

    findings = find("deployment", look)
    return _Looked(sessions[0] if sessions else None, tuple(findings))


def _check_database(settings: Settings, session: Session) -> Iterator[CheckResult]:
    url = make_url(settings.database_beside(session.path))
    if url.get_backend_name() != "sqlite":
        yield _judge_server(_read_version(url))
        return
    path = file_of(url)
    if path.is_file():
        yield from check_file(path, BRIDGE, _RESTORE)
    elif path.parent.is_dir():
        yield CheckResult.ok(f"database {path}", "there is none yet; the first start makes it")
    else:
        mend = "Make the folder, or name another file with --database."
        yield CheckResult.wrong(f"database {path}", "its folder is missing", mend)
        return
    yield check_space(path.parent)


def _judge_server(found: str | None) -> CheckResult:
    if found in (None, BRIDGE.head, *versions(BRIDGE)):
        stated = found or "without tables; the first start makes them"
        return CheckResult.ok("database", f"reachable, {stated}")
    mend = "Run the program that wrote it or a newer one, or name another database."
    return CheckResult.wrong("database", f"version {found}, newer than {BRIDGE.head}", mend)


def _read_version(url: URL) -> str | None:
    engine = open_database(url)
    try:
        with transaction(engine) as connection:
            return read_version(connection)
    finally:
        engine.dispose()


def _check_key(settings: Settings, session: Session, key: str) -> Iterator[CheckResult]:
    if not key:
        mend = "Set PARGRADE_KEY, or give --key: `bridge run` signs with it."
        yield CheckResult.warning("key", "none was given, so no balance is looked at", mend)
        return
    address = load_signer(key, lambda: session.chain).address
    yield CheckResult.ok("key", f"signs as {address}")
    need = _measure_need(settings, session, address)
    yield check_balance(session.chain, address, need)


def _measure_need(settings: Settings, session: Session, sender: Address) -> Need:
    """From what the last 30 days of chain time cost; estimated where they cost nothing."""
    url = make_url(settings.database_beside(session.path))
    is_there = url.get_backend_name() != "sqlite" or file_of(url).is_file()
    if is_there and _read_version(url) == BRIDGE.head:
        since = session.chain.head().timestamp - DAYS * DAY_S
        spent = _read_expenses(url, sender, since)
        if spent:
            wei = sum(expense.wei for expense in spent)
            return Need(wei, f"as the last {DAYS} days: {len(spent)} transactions")
    return estimate_need(session.chain, _TRANSACTIONS, _GAS)


def _read_expenses(url: URL, sender: Address, since: int) -> list[Expense]:
    engine = open_database(url, BRIDGE)
    try:
        return Intents(engine, sender).expenses(since)
    finally:
        engine.dispose()
