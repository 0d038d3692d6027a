"""What a node needs to run, looked at without changing anything."""

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any, Final

from oracle.consensus.chain_state import ChainState, ChainStateReader
from oracle.consensus.peer_client import NoAnswer, PeerClient
from oracle.fetch.quote_store import QuoteStore
from oracle.journal.journal import FILE
from oracle.journal.tables import JOURNAL
from oracle.node.config import NodeConfig
from oracle.node.recording import history_of
from pargrade.bindings.spot_index import SpotIndex
from pargrade.chain.endpoint.head_channel import FeedBroken
from pargrade.chain.endpoint.head_feed import try_feed
from pargrade.chain.endpoints import Endpoints
from pargrade.chain.errors import RpcDown
from pargrade.chain.json_text import parse_json
from pargrade.check.endpoints import check_endpoints
from pargrade.check.funds import DAYS, check_balance, estimate_need
from pargrade.check.result import CheckResult, find
from pargrade.check.storage import check_file, check_space
from pargrade.clock import DAY_S, HOUR_S
from pargrade.journal.lock import lock_folder
from pargrade.journal.refusals import JournalInUse

_GAS: Final = 400_000
"""Of a report with five observations, an estimate."""

_STALE_S: Final = 24 * HOUR_S
_RESTORE: Final = "pargrade oracle restore"


def check_node(config: NodeConfig) -> list[CheckResult]:
    """Looks at key, endpoints, clock, registration, balance, quotes, peers and storage."""
    timeout_s = config.pace.rpc_timeout_ms / 1000
    findings = find("key", lambda: _check_key(config))
    findings += check_endpoints(config.chain.rpc, config.chain.id, timeout_s, time.time())
    findings += [_check_heads(url, timeout_s) for url in config.chain.heads]
    findings += find("registration", lambda: _check_registration(config))
    findings += find("quotes", lambda: _check_quotes(config))
    findings += [found for url in config.peers for found in _check_peer(config, url)]
    return findings + find("journal", lambda: _check_storage(config))


def _check_key(config: NodeConfig) -> Iterator[CheckResult]:
    yield CheckResult.ok("key", f"signs as {config.load_key().address}, {config.key.source}")


def _check_heads(url: str, timeout_s: float) -> CheckResult:
    try:
        shown = try_feed(url, timeout_s)
    except (RpcDown, FeedBroken) as failure:
        mend = "Name an endpoint that takes eth_subscribe; the node polls until then."
        return CheckResult.warning("heads", str(failure), mend)
    return CheckResult.ok(f"heads {shown}", "announces new blocks")


def _check_registration(config: NodeConfig) -> Iterator[CheckResult]:
    endpoints = Endpoints(config.chain.rpc, config.chain.id, config.pace.rpc_timeout_ms / 1000)
    state = ChainStateReader(endpoints, config.chain.index).read()
    place, size = state.position(config.reporter), len(state.reporters.reporters)
    with endpoints.use() as chain:
        index = SpotIndex(chain, config.chain.spot_index)
        jailed = index.is_jailed(config.reporter, block=state.head)
        need = estimate_need(chain, _transmissions(state), _GAS)
        balance = check_balance(chain, config.reporter, need)
    if jailed:
        found = f"{config.reporter} is jailed: two of its signatures contradict each other"
        yield CheckResult.wrong("registration", found, "Find out why, then register another key.")
    elif place is None:
        found = f"{config.reporter} is none of the {size} reporters of epoch {state.epoch}"
        yield CheckResult.wrong("registration", found, "The admin has to call setReporters.")
    else:
        found = f"reporter {place + 1} of {size}, epoch {state.epoch}"
        yield CheckResult.ok("registration", f"{found}, quorum {state.reporters.quorum}")
    yield balance


def _transmissions(state: ChainState) -> int:
    """Rounds of 30 days at the heartbeat, this node's share of them rounded up."""
    rounds = DAYS * DAY_S // max(state.timing.heartbeat, 1)
    return -(-rounds // max(len(state.reporters.reporters), 1))


def _check_quotes(config: NodeConfig) -> Iterator[CheckResult]:
    if config.live.venues:
        yield from _check_venues(config)
        return
    newest = int(history_of(config.sample).times[-1])
    subject = f"quotes {config.sample.name}"
    if config.replay_offset_s:
        yield CheckResult.ok(subject, "replayed, so their age says nothing")
        return
    age_s = int(time.time()) - newest
    found = f"the newest is {age_s // HOUR_S} hours old"
    if age_s > _STALE_S:
        yield CheckResult.warning(
            subject, found, "Fetch newer ones, or replay: init with --sample."
        )
    else:
        yield CheckResult.ok(subject, found)


def _check_venues(config: NodeConfig) -> Iterator[CheckResult]:
    with closing(QuoteStore(config.data)) as store:
        records = [store.read_venue(slug) for slug in config.live.venues]
    now, mend = int(time.time()), f"See `pargrade oracle sources {config.path}`."
    for record in records:
        subject = f"venue {record.venue}"
        if record.last_success is None:
            found = record.reason or "it has not been asked yet"
            yield CheckResult.warning(subject, found, mend)
        elif now - record.last_success > _STALE_S:
            hours = (now - record.last_success) // HOUR_S
            found = f"its last good answer is {hours} hours old: {record.reason}"
            yield CheckResult.warning(subject, found, mend)
        else:
            yield CheckResult.ok(subject, f"{record.quotes} quotes in its last good answer")


def _check_peer(config: NodeConfig, url: str) -> Iterator[CheckResult]:
    subject = f"peer {url}"
    try:
        response = PeerClient(url, config.pace.answer_ms / 1000).get("/health")
        stated: Any = parse_json(response.body)
    except NoAnswer as failure:
        yield CheckResult.wrong(subject, failure.reason, failure.hint)
        return
    except ValueError:
        yield CheckResult.wrong(subject, "its answer is no JSON", "Look whether a node runs there.")
        return
    stated = stated if isinstance(stated, dict) else {}
    ours = (config.chain.id, config.chain.spot_index)
    theirs = (stated.get("chain_id"), stated.get("spot_index"))
    if theirs != ours:
        found = f"it reports to {theirs[1]} on chain {theirs[0]}"
        yield CheckResult.wrong(subject, found, "Name the peers of this index.")
    elif stated.get("ok") is not True:
        mend = "Its operator has to look; rounds go on while a quorum is well."
        yield CheckResult.warning(subject, f"it is not well: {stated.get('problems')}", mend)
    else:
        yield CheckResult.ok(subject, "reachable, well, same chain and index")


def _check_storage(config: NodeConfig) -> Iterator[CheckResult]:
    path = config.data / FILE
    if not path.is_file():
        mend = f"Bring a backup back with `{_RESTORE}`, or make one with `oracle new-journal`."
        yield CheckResult.wrong(f"journal {path}", "there is none", mend)
        return
    yield from check_file(path, JOURNAL, _RESTORE)
    try:
        with closing(lock_folder(path)):
            yield CheckResult.ok("lock", "free: no node runs on this journal")
    except JournalInUse as in_use:
        yield CheckResult.ok("lock", f"process {in_use.pid} runs on this journal")
    yield check_space(config.data)
