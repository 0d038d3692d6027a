"""What a committee node needs to run, looked at without changing anything."""

import time
from collections.abc import Iterator
from typing import Final

from oracle.member.config import MemberConfig
from oracle.member.method_choice import choose_method, is_only_method
from oracle.member.provision import read_members
from oracle.member.settings import ClockKind
from oracle.member.watched_lists import watched_lists
from oracle.node.needs import check_journal, check_peer, check_quotes
from oracle.protocol.committee.bounds import Bounds, bounds_of_set
from oracle.protocol.committee.coverage import cover
from oracle.protocol_store.promise_journal import FILE
from oracle.protocol_store.tables import PROMISES
from oracle.transport.nats.stream import try_servers
from oracle.valuation.lists import provider_of
from pargrade.bindings.spot_index_v2 import ReportersChanged, SpotIndexV2
from pargrade.bindings.structs import ReporterConfig
from pargrade.chain.block import Tag
from pargrade.chain.development import is_development
from pargrade.chain.endpoints import Endpoints
from pargrade.chain.hashing import Address
from pargrade.chain.rpc import Chain
from pargrade.check.endpoints import check_endpoints
from pargrade.check.funds import DAYS, check_balance, estimate_need
from pargrade.check.result import CheckResult, find
from pargrade.clock import DAY_S
from pargrade.extras import require_extra
from pargrade.settings import BadConfig

_GAS: Final = 150_000
"""Of a report with all signatures and two indices, an estimate."""


def check_member(config: MemberConfig) -> list[CheckResult]:
    """Looks at key, endpoints, clock, index, seat, balance, peers, watchers, quotes, journal."""
    timeout_s = config.pace.rpc_timeout_ms / 1000
    findings = find("key", lambda: _check_key(config))
    findings += check_endpoints(config.chain.rpc, config.chain.id, timeout_s, time.time())
    findings += _check_clock(config)
    findings += find("index", lambda: _check_on_chain(config, timeout_s))
    findings += find("quotes", lambda: check_quotes(config, "Look at the node's log."))
    for url in config.peers.values():
        findings += check_peer(config.chain, url, config.pace.answer_ms / 1000)
    if config.nats is not None:
        findings += find("nats", lambda: _check_nats(config))
    path = config.data / FILE
    return findings + find(
        "journal", lambda: check_journal(path, PROMISES, "pargrade oracle member")
    )


def _check_key(config: MemberConfig) -> Iterator[CheckResult]:
    yield CheckResult.ok("key", f"signs as {config.load_key().address}, {config.key.source}")


def _check_clock(config: MemberConfig) -> Iterator[CheckResult]:
    if config.pace.clock is ClockKind.CHAIN and not is_development(config.chain.id):
        found = "slots open by the newest block, which comes late"
        mend = 'Set pace.clock to "machine", and keep a time service on.'
        yield CheckResult.warning("pace.clock", found, mend)


def _check_nats(config: MemberConfig) -> Iterator[CheckResult]:
    """Raises MissingExtra."""
    assert config.nats is not None
    require_extra("nats")
    problem = try_servers(config.nats)
    url = config.nats.urls[0]
    if problem:
        found = f"{url}: {problem}; messages go over HTTP"
        mend = "Start `nats-server -js` there, and look at its log, or take [transport] out."
        yield CheckResult.warning("nats", found, mend)
    else:
        yield CheckResult.ok("nats", f"{url} has JetStream and lets this member in")


def _check_on_chain(config: MemberConfig, timeout_s: float) -> Iterator[CheckResult]:
    with Endpoints(config.chain.rpc, config.chain.id, timeout_s).use() as chain:
        committee = read_members(chain, config.chain.spot_index)
        bounds = bounds_of_set(len(committee.reporters), committee.quorum)
        index = SpotIndexV2(chain, config.chain.spot_index)
        yield from _check_index(config, index, committee)
        yield from _check_seat(config, index, committee, bounds)
        yield from _check_others(config, committee, bounds)
        heartbeat_s = index.timing(block=Tag.LATEST).heartbeat
        yield _check_funds(config, chain, heartbeat_s, bounds)
    yield from _check_watch(config, committee.reporters, bounds)


def _check_index(
    config: MemberConfig, index: SpotIndexV2, committee: ReporterConfig
) -> Iterator[CheckResult]:
    names, stated = index.index_names(block=Tag.LATEST), tuple(config.chain.indices)
    flags = index.flags(block=Tag.LATEST)
    found = f"it has {', '.join(names)}; the file says {', '.join(stated)}"
    if any(ours != theirs for ours, theirs in zip(stated, names, strict=False)):
        yield CheckResult.wrong("index", found, "Name in chain.indices what the index has.")
    elif names != stated:
        # A member goes on over an append; history and an external signer go by the file.
        yield CheckResult.warning("index", found, "Name all of them in chain.indices, in order.")
    else:
        kind = "replayed" if flags else "live"
        yield CheckResult.ok("index", f"second version, {kind} values: {', '.join(names)}")
    # A finding of its own: without the method the rest is looked at all the same.
    first = config.chain.first_block
    yield from find("method", lambda: _check_method(index, first, committee, names[0], flags))


def _check_method(
    index: SpotIndexV2, first: int, committee: ReporterConfig, name: str, flags: int
) -> Iterator[CheckResult]:
    """Raises WrongMethod, NotShadowed, UnknownIndex, ChainError."""

    def is_founding() -> bool:
        changes = index.history(ReportersChanged, first=first, last=index.chain.head().number)
        known = ((change.epoch, change.method_hash) for _, change in changes)
        return is_only_method(committee.method_hash, committee.epoch, known)

    method = choose_method(committee.method_hash, name, flags, is_founding)
    found = f"version {method.version}, {method.method_hash.hex()}, ships with this release"
    yield CheckResult.ok("method", found)


def _check_seat(
    config: MemberConfig, index: SpotIndexV2, committee: ReporterConfig, bounds: Bounds
) -> Iterator[CheckResult]:
    if index.is_jailed(config.reporter, block=Tag.LATEST):
        found = f"{config.reporter} is jailed: it signed two contents for one slot"
        yield CheckResult.wrong("seat", found, "Find out why, then register another key.")
    elif config.reporter not in committee.reporters:
        found = f"{config.reporter} is none of the {bounds.nodes} of epoch {committee.epoch}"
        yield CheckResult.wrong("seat", found, "The admin has to call setReporters.")
    else:
        place = committee.reporters.index(config.reporter) + 1
        found = f"member {place} of {bounds.nodes}, epoch {committee.epoch}"
        yield CheckResult.ok("seat", f"{found}, {bounds.signatures} signatures")


def _check_others(
    config: MemberConfig, committee: ReporterConfig, bounds: Bounds
) -> Iterator[CheckResult]:
    others = set(committee.reporters) - {config.reporter}
    missing, strange = others - set(config.peers), set(config.peers) - others
    if missing:
        found = f"no address of {', '.join(sorted(missing))}"
        mend = "Add them to [peers]: a node that reaches too few takes part in no round."
        is_cut = bounds.nodes - len(missing) < bounds.prepares
        state = CheckResult.wrong if is_cut else CheckResult.warning
        yield state("peers", found, mend)
    if strange:
        found = f"not in the committee: {', '.join(sorted(strange))}"
        yield CheckResult.warning("peers", found, "Take them out, or ask the admin.")
    if not missing and not strange:
        yield CheckResult.ok("peers", f"all {len(others)} others are named")


def _check_funds(
    config: MemberConfig, chain: Chain, heartbeat_s: int, bounds: Bounds
) -> CheckResult:
    rounds = DAYS * DAY_S // max(heartbeat_s, 1)
    need = estimate_need(chain, -(-rounds // bounds.nodes), _GAS)
    return check_balance(chain, config.reporter, need)


def _check_watch(
    config: MemberConfig, members: tuple[Address, ...], bounds: Bounds
) -> Iterator[CheckResult]:
    """Watchers of each line, where the folder has every member's file: else what is watched."""
    unknown = config.watch - set(config.panel.providers)
    if unknown:
        found = f"nobody knows {', '.join(sorted(unknown))}"
        yield CheckResult.wrong("watch", found, "Name providers of `pargrade oracle venues`.")
    lists = watched_lists(config)
    absent = config.watch - unknown - {provider_of(name) for name in lists}
    if absent:
        found = f"no source of this member has lists of {', '.join(sorted(absent))}"
        mend = "Name venues in [live] that have them, or take them out of `watch`."
        yield CheckResult.warning("watch", found, mend)
    panels = {each.reporter: watched_lists(each) for each in _neighbours(config)}
    if set(panels) != set(members):
        count = len(lists)
        found = f"{count} lines; the other members' files are not here, so nobody counted watchers"
        yield CheckResult.ok("watch", found)
        return
    coverage = cover([panels[member] for member in members], bounds)
    few = [each.line for each in coverage if each.silence < 0]
    thin = [each.line for each in coverage if each.is_thin and each.silence >= 0]
    least, right = bounds.least_batches, bounds.right_watchers
    if few:
        found = f"fewer than {least} members watch {', '.join(few)}"
        yield CheckResult.wrong("watch", found, "Let more watch each, or none.")
    elif thin:
        found = f"fewer than {right} members watch {', '.join(thin)}"
        yield CheckResult.warning("watch", found, f"Let {right} members watch each.")
    else:
        yield CheckResult.ok("watch", f"{len(coverage)} lines, {right} watchers or more for each")


def _neighbours(config: MemberConfig) -> Iterator[MemberConfig]:
    """Every member of this index whose file is in the same folder."""
    for path in sorted(config.path.parent.glob("*.toml")):
        try:
            found = config if path == config.path else MemberConfig.read_file(path)
        except BadConfig:
            continue  # another kind of file
        if found.chain.spot_index == config.chain.spot_index:
            yield found
