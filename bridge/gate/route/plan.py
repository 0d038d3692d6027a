"""What is still to be done at each end of a route. Values in, calls out; nothing is sent here."""

from collections.abc import Iterator
from typing import Any, Final

from bridge.gate.route.attester_set import AttesterSet
from bridge.gate.route.end import GateEnd, RouteSide
from bridge.gate.route.file import EndTable
from bridge.gate.route.pair import EndsDisagree, RoutePair
from bridge.gate.route.reading import EndReading
from pargrade.bindings.bridged_token import BridgedToken
from pargrade.chain.block import Tag
from pargrade.chain.call import Call
from pargrade.chain.create2 import through_factory
from pargrade.chain.development import is_development
from pargrade.chain.hashing import Address, parse_address
from pargrade.clock import DAY_S
from pargrade.devnet.accounts import COUNCIL
from pargrade.gate.transfer import MOST_STEPS
from pargrade.units import parse_amount

Calls = list[Call[Any]]

START_S: Final = 2 * DAY_S
"""Between the curator's start of a stopped route and its going on."""


def capacity_of(table: EndTable, decimals: int) -> int:
    """The limit of an end, in steps of the route. Raises BadAmount, TooPrecise, EndsDisagree."""
    steps = parse_amount(table.limit, decimals)
    if not 0 <= steps <= MOST_STEPS:
        raise EndsDisagree((f"a limit of {table.limit} cannot be kept",))
    return steps


def council_of(table: EndTable, end: GateEnd) -> Address:
    """Who can stop the route at an end. Raises EndsDisagree, BadAddress."""
    if table.council:
        return parse_address(table.council)
    if is_development(end.chain.chain_id):
        return COUNCIL.address
    raise EndsDisagree((f"the file names no council {_where(end)}",))


def require_agreement(pair: RoutePair, home: EndReading, remote: EndReading) -> None:
    """Raises EndsDisagree for all that stands between the ends and being one route."""
    reasons = tuple(_disagreements(pair, home, remote))
    if reasons:
        raise EndsDisagree(reasons)


def addition(pair: RoutePair, side: RouteSide, reading: EndReading) -> Calls:
    """Calls that bring the route to an end; none where it is there."""
    calls: Calls = []
    if side is RouteSide.REMOTE and pair.creation is not None and not pair.has_representation:
        calls.append(through_factory(pair.creation))
    if reading.state is None:
        table = pair.file.home if side is RouteSide.HOME else pair.file.remote
        capacity = capacity_of(table, pair.route.decimals)
        end = pair.end(side)
        calls.append(end.gate.add_route(pair.terms, capacity, council_of(table, end)))
    return calls


def limitation(
    pair: RoutePair, side: RouteSide, reading: EndReading
) -> tuple[Calls, dict[str, int]]:
    """Calls that bring an end's limit to that of the file, and what waits: Unix time by name."""
    gate, limit = pair.end(side).gate, reading.limit
    if limit is None:
        raise EndsDisagree((f"the route is not added {_where(pair.end(side))}",))
    table = pair.file.home if side is RouteSide.HOME else pair.file.remote
    steps = capacity_of(table, pair.route.decimals)
    if limit.capacity == steps and not limit.ready_at:
        return [], {}
    if limit.ready_at and limit.pending == steps:
        if reading.block.timestamp < limit.ready_at:
            return [], {"limit": limit.ready_at}
        return [gate.apply_limit(pair.route.id)], {}
    return [gate.set_limit(pair.route.id, steps)], {}


def stop(pair: RoutePair, side: RouteSide, reading: EndReading) -> Calls:
    """The call that stops everything at an end, also where it is stopped: again from now."""
    if reading.state is None:
        return []
    return [pair.end(side).gate.stop_routes((pair.route.id,))]


def start(pair: RoutePair, side: RouteSide, reading: EndReading) -> tuple[Calls, dict[str, int]]:
    """Calls that let a stopped end go on, two days after the first of them; what waits."""
    state, now, gate = reading.state, reading.block.timestamp, pair.end(side).gate
    if state is None:
        return [], {}
    if state.stopped_until > now + START_S:
        return [gate.start_route(pair.route.id)], {}
    if state.stopped_until > now:
        return [], {"transfers": state.stopped_until}
    return ([gate.allow_entry(pair.route.id)] if state.entry_stopped else []), {}


def seating(end: GateEnd, wanted: AttesterSet, reading: EndReading) -> Calls:
    """The call that puts the attesters in force; none where they are."""
    if wanted.is_in_force(reading.attesters):
        return []
    return [end.gate.set_attesters(wanted.threshold, wanted.addresses)]


def revocation(end: GateEnd, epoch: int | None, reading: EndReading) -> Calls:
    """Calls that revoke an epoch, by default all that may still let anything through.

    The set before the current one counts for three days more, so a thief may have either. One that
    is over attests nothing, but what waits on it goes through until it is revoked: whoever queued
    a forgery could else sit the rotation out. Which of them the thief has is not known here, so
    none is spared. No event is asked for: an endpoint that hides some would spare a set.
    """
    current = reading.attesters
    if (epoch is not None and epoch > current.epoch) or not current.epoch:
        raise EndsDisagree((f"there is no epoch {epoch or 1} {_where(end)}",))
    _, arrivals = end.gate.queue_lengths(block=reading.block)
    calls: Calls = []
    for number in range(current.epoch, 0, -1) if epoch is None else (epoch,):
        config = end.gate.attester_config(number, block=reading.block)
        is_over = config.valid_until <= reading.block.timestamp
        if epoch is None and is_over and not arrivals:
            break  # As are all before it, and nothing ever waited on one.
        if not config.revoked:
            calls.append(end.gate.revoke_epoch(number))
    return calls


def _disagreements(pair: RoutePair, home: EndReading, remote: EndReading) -> Iterator[str]:
    for end, reading in ((pair.home, home), (pair.remote, remote)):
        if reading.taken_by not in (bytes(32), pair.route.id):
            taken = "0x" + reading.taken_by.hex()
            yield f"the token {_where(end)} has another route, {taken}"
    for end, reading in ((pair.home, home), (pair.remote, remote)):
        if reading.state is not None and reading.state.terms != pair.terms:
            yield f"the route {_where(end)} has other terms"
    if pair.has_representation:
        yield from _representation_faults(pair)
    for end, table in ((pair.home, pair.file.home), (pair.remote, pair.file.remote)):
        capacity_of(table, pair.route.decimals)
        council_of(table, end)


def _representation_faults(pair: RoutePair) -> Iterator[str]:
    token = BridgedToken(pair.remote.chain, pair.route.remote.token)
    found = token.decimals(block=Tag.LATEST)
    if found != pair.route.remote.decimals:
        yield f"{token.address} has {found} decimals, the route {pair.route.remote.decimals}"
    owner = token.gate(block=Tag.LATEST)
    if owner != pair.remote.gate.address:
        yield f"{token.address} obeys {owner}, not the gate {pair.remote.gate.address}"


def _where(end: GateEnd) -> str:
    return f"at {end.side.value} (chain {end.chain.chain_id})"
