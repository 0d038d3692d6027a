"""What a node needs to run, looked at without changing anything."""

import time
from collections.abc import Iterator
from typing import Final

from oracle.consensus.chain_state import ChainState, ChainStateReader
from oracle.journal.journal import FILE
from oracle.journal.tables import JOURNAL
from oracle.node.config import NodeConfig
from oracle.node.needs import check_journal, check_peer, check_quotes
from pargrade.bindings.spot_index import SpotIndex
from pargrade.chain.endpoint.head_channel import FeedBroken
from pargrade.chain.endpoint.head_feed import try_feed
from pargrade.chain.endpoints import Endpoints
from pargrade.chain.errors import RpcDown
from pargrade.check.endpoints import check_endpoints
from pargrade.check.funds import DAYS, check_balance, estimate_need
from pargrade.check.result import CheckResult, find
from pargrade.clock import DAY_S

_GAS: Final = 400_000
"""Of a report with five observations, an estimate."""


def check_node(config: NodeConfig) -> list[CheckResult]:
    """Looks at key, endpoints, clock, registration, balance, quotes, peers and storage."""
    timeout_s = config.pace.rpc_timeout_ms / 1000
    findings = find("key", lambda: _check_key(config))
    findings += check_endpoints(config.chain.rpc, config.chain.id, timeout_s, time.time())
    findings += [_check_heads(url, timeout_s) for url in config.chain.heads]
    findings += find("registration", lambda: _check_registration(config))
    mend = f"See `pargrade oracle sources {config.path}`."
    findings += find("quotes", lambda: check_quotes(config, mend))
    answer_s = config.pace.answer_ms / 1000
    for url in config.peers:
        findings += check_peer(config.chain, url, answer_s)
    journal = config.data / FILE
    return findings + find("journal", lambda: check_journal(journal, JOURNAL, "pargrade oracle"))


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
